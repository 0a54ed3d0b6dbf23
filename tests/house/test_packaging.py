"""The wheel is complete: in an empty environment it serves its page, script, style and Swedish."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import urljoin
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("contactcenter", "channels", "routing", "workers")
NODE = ROOT / ".venv" / "node"
SECONDS = 60
Command = list[str | Path]
GENERATED = shutil.ignore_patterns("node_modules", "dist", "*.mo", "__pycache__")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (NODE.exists() or shutil.which("npm")), reason="no Node to build the bundle with"),
]


def clean_environment(**more: str) -> dict[str, str]:
    """Our environment without what would let the checkout shine through."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COV", "PYTEST"))} | more


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy that holds nothing generated, so that the build itself has to make it."""
    source = tmp_path_factory.mktemp("source")
    for name in (*OURS, "templates"):
        shutil.copytree(ROOT / name, source / name, ignore=GENERATED)
    for name in ("pyproject.toml", "hatch_build.py", "config.example.toml", "README.md", ".gitignore"):
        shutil.copy2(ROOT / name, source)
    modules = Path("contactcenter", "static", "node_modules")
    (source / modules).symlink_to(ROOT / modules, target_is_directory=True)  # spares a download
    pip: Command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run(
        [*pip, "--wheel-dir", source / "out", source], env=clean_environment(PYTHONPATH=str(NODE)), check=True
    )
    [built] = (source / "out").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new virtual environment with the wheel; other people's packages are lent from this one.

    A path line in a .pth file is not searched for further .pth files, so our editable install stays out.
    """
    home = tmp_path_factory.mktemp("empty")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
    python = home / "bin" / "python"
    pip: Command = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index"]
    subprocess.run([*pip, "--no-deps", wheel], env=clean_environment(), check=True)
    [site] = home.glob("lib/python*/site-packages")
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home


@contextmanager
def serving(environment: Path, folder: Path) -> Iterator[dict[str, str]]:
    """Run `contactcenter serve` on free ports; gives the address of each service it names when ready."""
    command: Command = [environment / "bin" / "contactcenter", "serve", "--data", folder / "data"]
    with subprocess.Popen(
        [*command, "--web", "127.0.0.1:0", "--smtp", "127.0.0.1:0"],
        cwd=folder,
        env=clean_environment(PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        emergency = threading.Timer(SECONDS, process.kill)
        emergency.start()
        try:
            yield ready(process.stdout)
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=10) == 0
        finally:
            emergency.cancel()
            process.kill()


def ready(output: IO[str]) -> dict[str, str]:
    """Read lines like `web http://127.0.0.1:8080` until both services are up."""
    addresses: dict[str, str] = {}
    for line in output:
        name, _, address = line.strip().partition(" ")
        addresses[name] = address
        if {"web", "smtp"} <= addresses.keys():
            return addresses
    raise AssertionError(f"serve ended before it was ready, after saying {addresses}")


def test_the_wheel_holds_what_is_needed_and_no_more(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for pattern in (
        r"contactcenter/templates/.+\.html",
        r"contactcenter/config\.example\.toml",
        r"contactcenter/static/dist/.+\.js",
        r"contactcenter/translations/sv/LC_MESSAGES/messages\.mo",
        r"contactcenter/migrations/versions/.+\.py",
        *(rf"{package}/py\.typed" for package in OURS),
    ):
        assert any(re.fullmatch(pattern, name) for name in names), f"nothing like {pattern}"
    tops = {name.partition("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == set(OURS)
    assert not [name for name in names if "node_modules" in name or "static/src" in name or name.endswith(".po")]


def test_our_packages_come_from_the_wheel(environment: Path, tmp_path: Path) -> None:
    script = f"import {', '.join(OURS)}; print(*(m.__file__ for m in ({', '.join(OURS)})), sep='\\n')"
    python = environment / "bin" / "python"
    result = subprocess.run(
        [python, "-c", script],
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert all(Path(line).is_relative_to(environment) for line in result.stdout.splitlines()), result.stdout


def test_it_serves_its_page_script_and_style(environment: Path, tmp_path: Path) -> None:
    with serving(environment, tmp_path) as addresses:
        with urlopen(addresses["web"] + "/", timeout=10) as answer:
            page, address = answer.read().decode(), answer.url
        assert "Kom igång" in page, "the Swedish catalogue is missing"
        for pattern, kind in (
            (r'<script[^>]+src="([^"]+)"', "javascript"),
            (r'<link[^>]+href="([^"]+\.css)"', "css"),
        ):
            found = re.search(pattern, page)
            assert found, f"the page names no {kind}"
            with urlopen(urljoin(address, found[1]), timeout=10) as answer:
                assert kind in answer.headers["Content-Type"]
                assert answer.read()

"""Every import contract in pyproject.toml is kept, and each is shown to catch a deliberate violation."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("contactcenter", "channels", "routing", "workers")
LINTER = Path(sys.executable).with_name("lint-imports")

FOLDERS = "The four folders: work goes down, never up"
INSIDE = "Inside contactcenter"
VIEWS = "A view never imports a view"
LEAN = "A process that serves no pages loads none"
PURE = "Pure code touches no framework"
VIOLATIONS = [
    (FOLDERS, "channels/planted.py", "import contactcenter"),
    (FOLDERS, "channels/planted.py", "import routing"),
    (FOLDERS, "routing/planted.py", "import channels"),
    (FOLDERS, "contactcenter/planted.py", "import workers"),
    (INSIDE, "contactcenter/model/planted.py", "import contactcenter.services"),
    (INSIDE, "contactcenter/queries/planted.py", "import contactcenter.services"),
    (INSIDE, "contactcenter/services/planted.py", "import contactcenter.web"),
    (INSIDE, "contactcenter/live/planted.py", "import contactcenter.web"),
    (INSIDE, "contactcenter/model/planted.py", "import contactcenter.access"),
    (INSIDE, "contactcenter/db.py", "import contactcenter.model"),
    (INSIDE, "contactcenter/settings.py", "import contactcenter.db"),
    (INSIDE, "contactcenter/planted.py", ""),  # a module that no layer names
    (VIEWS, "contactcenter/web/drafts.py", "import contactcenter.web.tickets"),
    (LEAN, "workers/live_daemon.py", "import contactcenter.web.page"),
    (LEAN, "contactcenter/schema.py", "import alembic"),
    (PURE, "channels/planted.py", "import sqlalchemy"),
    (PURE, "routing/planted.py", "import flask"),
]


def contracts() -> dict[str, dict[str, Any]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return {contract["name"]: contract for contract in settings["tool"]["importlinter"]["contracts"]}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINTER, "--no-cache", "--config", "pyproject.toml"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Our Python files and the contracts, free to be spoiled."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in PACKAGES:
        for source in (ROOT / package).rglob("*.py"):
            if "node_modules" not in source.parts:
                copy = tmp_path / source.relative_to(ROOT)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, copy)
    return tmp_path


def test_the_contracts_are_kept(checkout: Path) -> None:
    result = lint(checkout)
    assert result.returncode == 0, result.stdout
    assert f"{len(contracts())} kept, 0 broken" in result.stdout


def test_every_contract_has_a_violation() -> None:
    assert {contract for contract, _, _ in VIOLATIONS} == contracts().keys()


def test_every_view_is_in_its_contract() -> None:
    views = {
        f"contactcenter.web.{file.stem}"
        for file in (ROOT / "contactcenter" / "web").glob("*.py")
        if "Blueprint(" in file.read_text()
    }
    assert views == set(contracts()[VIEWS]["modules"])


@pytest.mark.parametrize(("contract", "file", "line"), VIOLATIONS)
def test_a_violation_is_named(checkout: Path, contract: str, file: str, line: str) -> None:
    with (checkout / file).open("a") as planted:
        planted.write(f"{line}\n")
    result = lint(checkout)
    assert result.returncode == 1, result.stdout + result.stderr
    assert f"{contract} BROKEN" in result.stdout

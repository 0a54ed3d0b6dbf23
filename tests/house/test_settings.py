"""Configuration comes in by one door, and the example file tells all of it."""

from __future__ import annotations

import ast
import dataclasses
import itertools
import tomllib
from pathlib import Path
from typing import Any

import pytest

from contactcenter.mailbox_settings import MailboxSettings
from contactcenter.settings import Secret, Settings, load
from tests.house import sources

EXAMPLE = sources.ROOT / "config.example.toml"
TABLES = {"channels.mail.mailboxes": MailboxSettings}
"""Lists of tables: the example has one of each, commented out."""
NEEDS_NO_WORDS = ("host", "port", "user", "password", "folder")
ENVIRONMENT = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}


def reads_environment(module: ast.AST) -> bool:
    """Whether anything of the environment is named: `os.environ`, `from os import getenv` and their like."""
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute) and node.attr in ENVIRONMENT:
            return True
        if isinstance(node, ast.ImportFrom) and node.module == "os":
            names = {alias.name for alias in node.names}
            if names & ENVIRONMENT:
                return True
    return False


def test_only_settings_reads_the_environment() -> None:
    found = [sources.name(path) for path in sources.files() if reads_environment(sources.tree(path))]
    assert found == ["contactcenter/settings.py"]


@pytest.mark.parametrize("line", ["os.environ['A']", "os.getenv('A')", "from os import environ", "x = os.environ.get"])
def test_reading_it_elsewhere_would_be_seen(line: str) -> None:
    assert reads_environment(ast.parse(line))


def keys_of(settings: Any, at: str = "") -> dict[str, Any]:
    """Every key with its default, as the file writes it. Lists of tables are empty, and have no key then."""
    keys: dict[str, Any] = {}
    for item in dataclasses.fields(settings):
        value = getattr(settings, item.name)
        if f"{at}{item.name}" in TABLES:
            assert value == ()
            continue
        if dataclasses.is_dataclass(value):
            keys |= keys_of(value, f"{at}{item.name}.")
        elif isinstance(value, Secret):
            keys[at + item.name] = value.reveal()
        else:
            keys[at + item.name] = list(value) if isinstance(value, tuple) else value
    return keys


def flat(table: dict[str, Any], at: str = "") -> dict[str, Any]:
    """A table of TOML with dotted keys."""
    keys: dict[str, Any] = {}
    for key, value in table.items():
        keys |= flat(value, f"{at}{key}.") if isinstance(value, dict) else {at + key: value}
    return keys


def test_the_example_holds_every_setting_with_its_default_and_nothing_else() -> None:
    assert flat(tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))) == keys_of(Settings())


def test_the_example_loads_as_the_defaults() -> None:
    assert load(EXAMPLE) == Settings()


def test_every_table_of_the_example_is_explained() -> None:
    """Each key or the table above it has a comment: on its line, or on the lines right above."""
    unexplained, comment = [], False
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        if not line.strip():
            comment = False
        elif line.startswith("["):
            comment = "#" in line
        elif "#" in line:
            comment = True
        elif not comment:
            unexplained.append(line)
    assert unexplained == []


def commented_out(name: str) -> list[str]:
    """The lines of a table that the example shows and does not have."""
    lines = EXAMPLE.read_text(encoding="utf-8").split(f"# [[{name}]]\n")[1].splitlines()
    return [line.removeprefix("# ") for line in itertools.takewhile(lambda line: line.startswith("# "), lines)]


@pytest.mark.parametrize("name", TABLES)
def test_the_example_shows_every_key_of_a_list_of_tables(name: str) -> None:
    lines = commented_out(name)
    assert all("#" in line or line.startswith(NEEDS_NO_WORDS) for line in lines)
    shown = tomllib.loads("\n".join(lines))
    defaults = keys_of(TABLES[name]())
    assert list(shown) == list(defaults)
    assert {key: value for key, value in shown.items() if defaults[key] != ""} == {
        key: value for key, value in defaults.items() if value != ""
    }


def test_the_example_of_a_mailbox_can_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [name] = TABLES
    monkeypatch.setenv("KONTAKT_PASSWORD", "hemligt")
    path = tmp_path / "config.toml"
    path.write_text("\n".join([f"[[{name}]]", *commented_out(name)]), encoding="utf-8")
    [box] = load(path).channels.mail.mailboxes
    assert box.password == Secret("hemligt")

"""Rules about the templates: they compile, they are used, and they hold nothing a strict content policy forbids."""

from __future__ import annotations

import re
from itertools import chain
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, nodes

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
ICONS = ROOT / "contactcenter" / "static" / "src" / "icons.txt"
NAMES = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*") if path.is_file())
PAGES = [name for name in NAMES if name.endswith(".html")]
PYTHON = [path for folder in ("contactcenter", "workers") for path in (ROOT / folder).rglob("*.py")]
ATTRIBUTES = {"get", "post", "target", "swap", "select", "trigger"}


@pytest.fixture(scope="module")
def environment() -> Environment:
    return Environment(loader=FileSystemLoader(TEMPLATES), extensions=["jinja2.ext.i18n"], autoescape=True)


def source(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def without_comments(name: str) -> str:
    return re.sub(r"\{#.*?#\}", "", source(name), flags=re.DOTALL)


@pytest.mark.parametrize("name", NAMES)
def test_it_compiles(environment: Environment, name: str) -> None:
    environment.get_template(name)


@pytest.mark.parametrize("name", NAMES)
def test_what_it_refers_to_exists(environment: Environment, name: str) -> None:
    tree = environment.parse(source(name))
    found = chain(*(tree.find_all(kind) for kind in (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)))
    asked = [getattr(node, "template").value for node in found]  # noqa: B009 - the four kinds share no typed base
    assert [other for other in asked if other not in NAMES] == []


def test_every_template_is_used() -> None:
    text = "\n".join([path.read_text(encoding="utf-8") for path in PYTHON] + [source(name) for name in NAMES])
    unused = [name for name in NAMES if f'"{name}"' not in text and f"'{name}'" not in text]
    assert unused == []


@pytest.mark.parametrize("name", PAGES)
def test_nothing_in_it_is_inline(name: str) -> None:
    text = without_comments(name)
    assert re.findall(r"<style\b", text) == []
    assert re.findall(r"\sstyle\s*=", text) == []
    assert re.findall(r"\son[a-z]+\s*=\s*[\"']", text) == []
    assert re.findall(r"<script\b(?![^>]*\bsrc=)[^>]*>", text) == []
    assert re.findall(r"javascript:", text, re.IGNORECASE) == []
    assert re.findall(r"hx-(?:on|vals|headers|boost|ext)\b", text) == []


@pytest.mark.parametrize("name", PAGES)
def test_it_uses_only_the_agreed_htmx_attributes(name: str) -> None:
    assert set(re.findall(r"\bhx-([a-z-]+)\s*=", without_comments(name))) <= ATTRIBUTES


@pytest.mark.parametrize("name", PAGES)
def test_nothing_escapes_the_escaping(name: str) -> None:
    assert "|safe" not in without_comments(name).replace(" ", "")
    assert "autoescape false" not in without_comments(name)


@pytest.mark.parametrize("name", PAGES)
def test_every_form_that_writes_carries_the_token(name: str) -> None:
    forms = re.findall(r"<form\b[^>]*method=\"post\".*?</form>", without_comments(name), re.DOTALL)
    assert [form[:90] for form in forms if "csrf_field()" not in form] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_frame_is_sandboxed(name: str) -> None:
    frames = re.findall(r"<iframe\b[^>]*>", re.sub(r"\{\{.*?\}\}", "x", without_comments(name)))
    assert [frame for frame in frames if 'sandbox=""' not in frame or "srcdoc" in frame] == []


def test_every_icon_is_in_the_sprite() -> None:
    sprite = {line for line in ICONS.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")}
    text = "\n".join(without_comments(name) for name in PAGES)
    calls = re.findall(r"\bicon\(((?!name)[^()]*(?:\([^()]*\)[^()]*)*)\)", text)
    asked = {icon for call in calls for icon in re.findall(r"\"([a-z0-9-]+)\"", call.split(', "ic')[0])} - {"call"}
    tables = " ".join(re.findall(r"_icons = \{(.*?)\}", text, re.DOTALL))
    asked |= set(re.findall(r": \"([a-z0-9-]+)\"", tables))
    views = ROOT / "contactcenter" / "queries" / "views.py"
    asked |= set(re.findall(r"View\(\"[a-z-]+\", \"([a-z0-9-]+)\"", views.read_text(encoding="utf-8")))
    assert asked
    assert asked <= sprite


def test_scripts_own_no_words() -> None:
    """What scripts say is in partials/texts.html: what they ask for is there, and what is there is asked for."""
    folder = ROOT / "contactcenter" / "static" / "src"
    scripts = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.js"))
    words = set(re.findall(r"\"(\w+)\"", scripts))
    counted = {name + form for name in re.findall(r"\bcounted\(\"(\w+)\"", scripts) for form in ("One", "Many")}
    states = {f"live{state.title()}" for state in re.findall(r"\bsay\(\"(\w+)\"\)", scripts)}
    kebab = re.findall(r"^\s*data-([a-z-]+)=", source("partials/texts.html"), re.MULTILINE)
    there = {re.sub(r"-([a-z])", lambda match: match[1].upper(), name) for name in kebab}
    assert there - words - counted - {"liveOn", "liveLost", "liveOffline"} == set()
    assert (set(re.findall(r"\btext\(\"(\w+)\"", scripts)) | counted | states) - there == set()

"""A note cannot leak: nothing on the way out can reach where notes are kept. And every promise has somebody to keep it.

`reach` follows names from function to function through our own modules (`from x import f`, `module.f`, `f`). The same
walk from where notes are shown finds them, so that a walk that finds nothing means something.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, meta
from sqlalchemy import inspect

from contactcenter.model import Entry, EntryMessage, EntryNote
from contactcenter.services import outbox
from tests.house import sources
from workers.jobs import JOBS, REMOTE

NOTES = {"EntryNote", "entry_note"}
MAIL = sources.ROOT / "templates" / "mail"
LETTER = {"text", "html", "signature", "lang"}
OTHERS = {
    "link.txt": {"_", "name", "invited", "municipality", "url", "login", "until"},
    "trial.txt": {"_", "name", "municipality", "at"},
}
Place = tuple[str, str]


@cache
def modules() -> dict[str, ast.Module]:
    """Our modules by dotted name."""
    found = {}
    for path in sources.files():
        dotted = ".".join(path.relative_to(sources.ROOT).with_suffix("").parts).removesuffix(".__init__")
        found[dotted] = sources.tree(path)
    return found


@cache
def definitions(module: str) -> dict[str, ast.AST]:
    """What a module defines at its top: functions, classes, values."""
    found: dict[str, ast.AST] = {}
    for node in modules()[module].body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id: node for target in targets if isinstance(target, ast.Name)}
    return found


@cache
def imported(module: str) -> dict[str, Place]:
    """Names that a module imports of ours: the module and the name there (empty: the module itself)."""
    found: dict[str, Place] = {}
    for node in ast.walk(modules()[module]):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                place = (whole, "") if whole in modules() else (node.module, alias.name)
                if place[0] in modules():
                    found[alias.asname or alias.name] = place
    return found


def reach(module: str, name: str) -> set[Place]:
    """Everything of ours that `name` can come to; names of models and tables are places too."""
    seen: set[Place] = set()
    waiting = [(module, name)]
    while waiting:
        place = waiting.pop()
        if place in seen or place[0] not in modules():
            continue
        seen.add(place)
        node = definitions(place[0]).get(place[1])
        if node is None:
            onward = imported(place[0]).get(place[1])
            waiting += [onward] if onward else []
            continue
        waiting += _named(place[0], node)
    return seen


def _named(module: str, node: ast.AST) -> list[Place]:
    places: list[Place] = []
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
            owner = imported(module).get(part.value.id)
            if owner and not owner[1]:
                places.append((owner[0], part.attr))
        elif isinstance(part, ast.Name):
            places.append(imported(module).get(part.id) or (module, part.id))
        elif isinstance(part, ast.Constant) and part.value in NOTES:
            places.append(("contactcenter.model.entry", "EntryNote"))
    return places


def finds_notes(module: str, name: str) -> bool:
    return any(found in NOTES for _, found in reach(module, name))


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("contactcenter.queries.timeline", "newest"),
        ("contactcenter.web.tickets", "show"),
        ("contactcenter.services.replies", "note"),
    ],
)
def test_where_notes_are_shown_or_written_the_walk_finds_them(module: str, name: str) -> None:
    assert finds_notes(module, name)


def test_what_builds_a_letter_cannot_come_to_notes() -> None:
    reached = reach("contactcenter.services.delivery", "begin")
    assert ("contactcenter.model.entry", "EntryMessage") in reached, "the walk does not see what a letter is made of"
    assert ("contactcenter.queries.letters", "our_address") in reached
    assert ("channels.email.markdown", "render") in reached
    assert not [place for place in reached if place[1] in NOTES]


def test_what_is_put_below_a_letter_when_it_is_promised_cannot_come_to_notes() -> None:
    reached = reach("contactcenter.queries.letters", "signature")
    assert ("contactcenter.queries.signatures", "fill") in reached
    assert not [place for place in reached if place[1] in NOTES]


@pytest.mark.parametrize("module", ["contactcenter.services.delivery", "contactcenter.queries.letters"])
def test_modules_that_write_letters_do_not_name_notes(module: str) -> None:
    source = ast.unparse(modules()[module])
    assert not [name for name in NOTES if name in source]


def test_an_entry_has_no_way_to_its_note() -> None:
    relations = {relation.mapper.class_ for relation in inspect(Entry).relationships}
    assert EntryMessage in relations
    assert EntryNote not in relations
    assert "text" not in inspect(Entry).columns


@pytest.mark.parametrize("path", sorted(MAIL.iterdir()), ids=lambda path: path.name)
def test_templates_of_letters_know_nothing_but_the_letter(path: Path) -> None:
    environment = Environment(loader=FileSystemLoader(MAIL.parent), autoescape=True)
    parsed = environment.parse(path.read_text(encoding="utf-8"))
    assert meta.find_undeclared_variables(parsed) <= LETTER | OTHERS.get(path.name, set())
    assert [name for name in meta.find_referenced_templates(parsed) if not str(name).startswith("mail/")] == []


def test_every_kind_of_promise_has_a_job_and_every_job_a_kind() -> None:
    assert set(JOBS) == set(outbox.KINDS)
    assert set(JOBS) >= REMOTE

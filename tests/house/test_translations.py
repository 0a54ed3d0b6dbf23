"""Everything people see is there in Swedish: each text of code and templates is in the catalogue, filled in."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
SWEDISH = ROOT / "contactcenter" / "translations" / "sv" / "LC_MESSAGES" / "messages.po"
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None}
NOT_OURS = {"node_modules", "dist", "__pycache__"}
HOLES = re.compile(r"%\((\w+)\)\w|\{(\w+)\}")


def may_enter(folder: str) -> bool:
    """Whether texts are looked for below `folder`."""
    name = Path(folder).name
    return name not in NOT_OURS and not name.startswith(".")


@cache
def texts() -> frozenset[str | tuple[str, ...]]:
    """Every text that the code and the templates ask for."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file, "babel.cfg")  # type: ignore[no-untyped-call]
    found = extract_from_dir(ROOT, methods, options, KEYWORDS, directory_filter=may_enter)
    return frozenset(message for _file, _line, message, _comments, _context in found)


@cache
def catalogue() -> Catalog:
    """The Swedish catalogue."""
    with SWEDISH.open("rb") as file:
        return read_po(file, locale="sv")


def forms(text: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    """A text, or its singular and plural."""
    return (text,) if isinstance(text, str) else tuple(text or ())


def test_swedish_quotes_begin_as_they_end() -> None:
    """”så här” (Svenska skrivregler); “this” is English."""
    wrong = [message.id for message in catalogue() if any("“" in form for form in forms(message.string))]
    assert wrong == []


def test_texts_are_found() -> None:
    assert {"Take ticket", "Sign in"} <= texts()


def test_every_text_is_there_in_swedish() -> None:
    missing = []
    for text in texts():
        message = catalogue().get(forms(text)[0])
        if message is None or message.fuzzy or not all(forms(message.string)):
            missing.append(text)
    assert missing == [], "run `make messages` and write the Swedish"


def test_the_catalogue_holds_nothing_else() -> None:
    known = {forms(text)[0] for text in texts()}
    assert [message.id for message in catalogue() if message.id and forms(message.id)[0] not in known] == []


def test_the_swedish_has_the_same_holes_to_fill() -> None:
    wrong = []
    for message in catalogue():
        wanted = {hole for form in forms(message.id) for hole in HOLES.findall(form)}
        got = {hole for form in forms(message.string) for hole in HOLES.findall(form)}
        if message.id and wanted != got:
            wrong.append(message.id)
    assert wrong == []

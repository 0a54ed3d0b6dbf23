"""Bytes that somebody chose, into the objects they describe: the shape alone, without a database, and bounded."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, NoReturn

from contactcenter.i18n import gettext as _
from contactcenter.services.editing.change import NO_SLUGS
from contactcenter.services.portable import section as sections
from contactcenter.services.portable.place import Findings, Place, legible
from contactcenter.services.portable.section import SECTIONS, Part, Section, State
from contactcenter.services.portable.value import MOST_ENTRIES, keyed, listed

FORMAT = "contactcenter-settings"
VERSION = 1
MOST_BYTES = 5_000_000
MOST_PARTS = 5_000
"""Opening hours, days that differ and services of all offices together: each is read, compared and written anew."""
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]*")


class NotOurFile(ValueError):
    """The bytes are no settings file; the text says what they are instead."""


class _Twice(ValueError):
    """A key stands twice in one object."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a file says: for each section its objects by their key, with the keys that were written and no others."""

    objects: dict[str, dict[str, State]]
    places: dict[tuple[str, str], Place]
    findings: Findings


def read(written: bytes) -> Content:
    """The objects of a file; its mistakes are in `findings`.

    Raises:
        NotOurFile: it is too long, no text, no JSON, or JSON of something else.
    """
    raw = _json(written)
    if raw.get("format") != FORMAT:
        raise NotOurFile(_("This is no settings file: it does not begin with “format”: “%(name)s”.", name=FORMAT))
    if raw.get("version") != VERSION or isinstance(raw["version"], bool):
        raise NotOurFile(_("This file is of another version than %(version)s.", version=VERSION))
    content = Content({}, {}, Findings())
    root = Place("", content.findings)
    known = keyed(raw, root, ("format", "version", *(section.name for section in SECTIONS)))
    for section in SECTIONS:
        if section.name in known:
            content.objects[section.name] = {}
            _objects(content, section, known[section.name], root.at(section.name))
    return content


def _json(content: bytes) -> dict[str, Any]:
    if len(content) > MOST_BYTES:
        most = f"{MOST_BYTES // 1_000_000} MB"
        raise NotOurFile(_("The file is too large: at most %(most)s can be read.", most=most))
    try:
        raw = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_number)
    except UnicodeDecodeError as error:
        raise NotOurFile(_("This is no text file. Choose a file that was exported here.")) from error
    except RecursionError as error:
        raise NotOurFile(_("The file is nested too deeply.")) from error
    except _Twice as error:
        raise NotOurFile(_("The key “%(key)s” stands twice in one object.", key=legible(str(error)))) from error
    except json.JSONDecodeError as error:
        where = {"line": error.lineno, "column": error.colno}
        raise NotOurFile(
            _(
                "This is no JSON: line %(line)s, column %(column)s cannot be read. Is a comma missing or too many?",
                **where,
            )
        ) from error
    except ValueError as error:
        raise NotOurFile(_("The file holds something that is no number.")) from error
    if not isinstance(raw, dict):
        raise NotOurFile(_("This is no settings file: it does not begin with “format”: “%(name)s”.", name=FORMAT))
    return raw


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        raise _Twice(next(key for key, _value in pairs if key in seen or seen.add(key)))  # type: ignore[func-returns-value]
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


def _objects(content: Content, section: Section, raw: object, place: Place) -> None:
    if section.listed:
        for at, each in enumerate(listed(raw, place)):
            here = place.number(at)
            _keep(content, section, _object(section, each, here), here)
        return
    if not isinstance(raw, dict) or len(raw) > MOST_ENTRIES:
        place.wrong(_("This must be an object: { … }."))
        return
    if sum(_length(each, section) for each in raw.values()) > MOST_PARTS:
        place.wrong(_("At most %(most)s opening hours, differing days and services together.", most=MOST_PARTS))
        return
    [identity] = section.identity
    for key, each in raw.items():
        here = place.at(key)
        if isinstance(each, dict) and identity in each:
            here.at(identity).wrong(_("It stands before the object already; leave it out here."))
        elif isinstance(each, dict):
            each = {identity: key, **each}
        _keep(content, section, _object(section, each, here), here)


def _length(raw: object, section: Section) -> int:
    """How many entries the lists of an object have together."""
    lists = [raw.get(part.name) for part in section.parts] if isinstance(raw, dict) else []
    return sum(len(each) for each in lists if isinstance(each, list))


def _keep(content: Content, section: Section, state: State, place: Place) -> None:
    """Put an object to the others, unless what it is known by is wrong or taken."""
    known = sections.entries(section)
    for name in section.identity:
        if name not in state and known[name].required:
            place.wrong(_("“%(key)s” is missing.", key=name))
        state.setdefault(name, None if known[name].required else known[name].empty)
    names = [state[name] for name in section.identity]
    if None in names:
        return
    if any(not isinstance(name, str) or name.strip() != name for name in names):
        place.wrong(_("What something is known by is one line, with no space around it."))
        return
    if section.identity == ("slug",) and (not _SLUG.fullmatch(state["slug"]) or state["slug"] in NO_SLUGS):
        place.wrong(_("What something is known by is written with a–z, 0–9, _ and -."))
    key = section.key(state)
    if key in content.objects[section.name]:
        place.wrong(_("“%(key)s” stands here twice.", key=key))
    content.objects[section.name][key] = state
    content.places[section.name, key] = place


def _object(of: Section | Part, raw: object, place: Place) -> State:
    known = sections.entries(of)
    parts = {part.name: part for part in of.parts} if isinstance(of, Section) else {}
    given = keyed(raw, place, (*known, *parts))
    state: State = {}
    for name, value in given.items():
        here = place.at(name)
        if name in parts:
            state[name] = [_part(parts[name], each, here.number(at)) for at, each in enumerate(listed(value, here))]
        elif value is None and known[name].column.nullable and known[name].empty is None:
            state[name] = None
        else:
            state[name] = known[name].value.read(value, here)
    return state


def _part(part: Part, raw: object, place: Place) -> State:
    """An entry of a list is complete: what it leaves out is as if it were new."""
    before = len(place.findings.problems)
    state = _object(part, raw, place)
    complete(part, state, place)
    if len(place.findings.problems) == before and not place.findings.is_full:
        part.check(state, place)
    return state


def complete(of: Section | Part, state: State, place: Place) -> None:
    """Fill in what a new object leaves out; what it must have is missed."""
    for name, entry in sections.entries(of).items():
        if name not in state:
            if entry.required:
                place.wrong(_("“%(key)s” is missing.", key=name))
            state[name] = entry.empty
    for part in of.parts if isinstance(of, Section) else ():
        state.setdefault(part.name, [])

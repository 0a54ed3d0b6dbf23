"""The file itself: JSON with one line for what is short, the same bytes for the same settings."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy.orm import Session

from contactcenter.services.portable import section as sections
from contactcenter.services.portable import stored
from contactcenter.services.portable.parse import FORMAT, VERSION
from contactcenter.services.portable.section import SECTIONS, Part, Section, State

WIDTH = 110


def write(session: Session) -> bytes:
    """All settings."""
    found = stored.load(session)
    content: dict[str, Any] = {"format": FORMAT, "version": VERSION}
    for section in SECTIONS:
        objects = [_object(section, state) for state in found.states[section.name].values()]
        if section.listed:
            content[section.name] = objects
        else:
            [identity] = section.identity
            content[section.name] = {each.pop(identity): each for each in objects}
    return f"{_told(content)}\n".encode()


def _object(section: Section, state: State) -> State:
    parts = {part.name: [_short(part, each) for each in state[part.name]] for part in section.parts}
    return {name: state[name] for name in sections.entries(section)} | parts


def _short(part: Part, state: State) -> State:
    """An entry of a list without what it would have anyway."""
    known = sections.entries(part)
    return {name: value for name, value in state.items() if known[name].required or value != known[name].empty}


def _told(value: Any, depth: int = 0) -> str:
    """`value` in one line when it is short and no object of objects, else indented."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or not value or (depth > 1 and len(line) + 2 * depth <= WIDTH):
        return line
    inner, outer = "  " * (depth + 1), "  " * depth
    if isinstance(value, dict):
        lines = (f"{json.dumps(key, ensure_ascii=False)}: {_told(each, depth + 1)}" for key, each in value.items())
        return "{\n" + ",\n".join(inner + each for each in lines) + f"\n{outer}}}"
    return "[\n" + ",\n".join(inner + _told(each, depth + 1) for each in value) + f"\n{outer}]"

"""What the database holds, in the words of the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from contactcenter.services.portable import section as sections
from contactcenter.services.portable.section import SECTIONS, Entry, Part, Section, State
from contactcenter.services.portable.value import Reference

PLACE = "place"
"""The key of a state that says where its object stands, from 1, where the order counts."""


@dataclass(slots=True)
class Stored:
    """All objects: for each section its rows and states by their key, in the order of the file."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    states: dict[str, dict[str, State]] = field(default_factory=dict)
    keys: dict[str, dict[int, str]] = field(default_factory=dict)
    """What each row id of a section is known by."""

    def places(self, section: str) -> dict[str, int]:
        """Where each object of a section stands, when the order counts in it."""
        return {key: state[PLACE] for key, state in self.states[section].items()}


def load(session: Session) -> Stored:
    """Read everything that the file can hold; as the sections are ordered, what is referred to comes first."""
    found = Stored()
    for section in SECTIONS:
        rows = list(session.scalars(select(section.table).order_by(section.table.id)))
        if not section.listed:
            [identity] = section.identity
            found.keys[section.name] = {row.id: getattr(row, identity) for row in rows}
        parts = {part.name: _parts(session, found, part) for part in section.parts}
        pairs = [(row, _state(found, section, row, parts)) for row in rows]
        if is_ordered(section):
            pairs.sort(key=lambda pair: (pair[0].position, pair[0].id))  # type: ignore[attr-defined]
            for place, (_row, state) in enumerate(pairs, 1):
                state[PLACE] = place
        else:
            pairs.sort(key=lambda pair: section.key(pair[1]))
        found.rows[section.name] = {section.key(state): row for row, state in pairs}
        found.states[section.name] = {section.key(state): state for _row, state in pairs}
    return found


def is_ordered(section: Section) -> bool:
    """Whether it counts which object comes first."""
    return "position" in section.table.__table__.columns


def _state(found: Stored, section: Section, row: Any, parts: dict[str, dict[int, list[State]]]) -> State:
    state = {name: _told(found, entry, row) for name, entry in sections.entries(section).items()}
    return state | {name: of_owner.get(row.id, []) for name, of_owner in parts.items()}


def _told(found: Stored, entry: Entry, row: Any) -> Any:
    held = getattr(row, entry.column.name)
    if held is None:
        return entry.empty
    if isinstance(entry.value, Reference):
        return found.keys[entry.value.section][held]
    return entry.value.told(held)


def _parts(session: Session, found: Stored, part: Part) -> dict[int, list[State]]:
    """The rows of all owners, those of each in the order of their values: it is the same wherever they are stored."""
    known = sections.entries(part)
    by_owner: dict[int, list[State]] = {}
    for row in sorted(session.scalars(select(part.table)), key=lambda row: _in_order(found, known, row)):
        owner = getattr(row, part.owner)
        by_owner.setdefault(owner, []).append({name: _told(found, entry, row) for name, entry in known.items()})
    return by_owner


def _in_order(found: Stored, known: Mapping[str, Entry], row: Any) -> tuple[tuple[bool, Any], ...]:
    """By what is held, never by row ids, and not by the database: each sorts words its own way."""
    held = [
        _told(found, entry, row) if isinstance(entry.value, Reference) else getattr(row, entry.column.name)
        for entry in known.values()
    ]
    return tuple((value is not None, value) for value in held)

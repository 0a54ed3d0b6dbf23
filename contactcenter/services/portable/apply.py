"""Writes what a plan says, and that it was done."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from contactcenter.model import SettingChange
from contactcenter.services import deadlines
from contactcenter.services.appearance import look
from contactcenter.services.editing.kind import Names
from contactcenter.services.editing.register import kind_of_table
from contactcenter.services.portable import section as sections
from contactcenter.services.portable.plan import Item, Plan
from contactcenter.services.portable.section import SECTIONS, Entry, Part, Section, State
from contactcenter.services.portable.stored import PLACE, Stored
from contactcenter.services.portable.value import Reference

Ids = dict[str, dict[str, int]]


def carry_out(session: Session, plan: Plan, now: Stored, agent_id: int | None) -> None:
    """Store what would be added and changed, each with a row of history; `agent_id` is None for a command.

    `now` was loaded in this transaction, under `editing.change.lock`.
    """
    names = Names(session)
    before = {(item.section.name, item.key): _history_state(names, item, now, item.before or {}) for item in plan.items}
    ids: Ids = {name: {key: row.id for key, row in rows.items()} for name, rows in now.rows.items()}
    written: list[tuple[Item, Any]] = []
    for section in SECTIONS:
        of_section = [item for item in plan.items if item.section is section]
        pairs = [(item, _row(session, item, now)) for item in of_section]
        for item, row in pairs:
            _columns(row, item, ids, own=False)
        if any(PLACE in item.changed for item in of_section):
            _put_in_order(pairs, now)
        session.flush()
        ids[section.name] |= {item.key: row.id for item, row in pairs}
        for item, row in pairs:
            _columns(row, item, ids, own=True)
        for part in section.parts:
            _replace(session, part, [pair for pair in pairs if part.name in pair[0].changed], ids)
        session.flush()
        written += pairs
    if any(item.section.name in ("offices", "reply_targets") for item in plan.items):
        deadlines.hours_changed(session)
    if any(item.section.name == "appearance" for item in plan.items):
        look.changed(session)
    session.expire_all()
    fresh = Names(session)
    for item, row in written:
        now.rows[item.section.name][item.key] = row
        old = before[item.section.name, item.key]
        new = _history_state(fresh, item, now, item.after)
        session.add(
            SettingChange(kind=_kind(item.section), key=item.key[:320], agent_id=agent_id, before=old, after=new)
        )


def _kind(section: Section) -> str:
    kind = kind_of_table(section.table)
    return kind.slug if kind else section.kind


def _history_state(names: Names, item: Item, now: Stored, state: State) -> State:
    """An object as the history tells it: as its form does, where it has one, and what only the file knows besides."""
    kind, row = kind_of_table(item.section.table), now.rows[item.section.name].get(item.key)
    if not state or row is None or kind is None:
        return state
    return {**state, **kind.state(names, row)}


def _row(session: Session, item: Item, now: Stored) -> Any:
    row = now.rows[item.section.name].get(item.key)
    if row is None:
        row = item.section.table()
        session.add(row)
    return row


def _columns(row: Any, item: Item, ids: Ids, *, own: bool) -> None:
    """Put the values that change into the row; `own`: those that refer to its own section, once that is stored."""
    for entry in sections.entries(item.section).values():
        if entry.name not in item.changed:
            continue
        refers = isinstance(entry.value, Reference) and entry.value.section == item.section.name
        if refers == own:
            setattr(row, entry.column.name, _stored(entry, item.after[entry.name], ids))
    if hasattr(row, "version") and not own and not item.is_new and set(item.changed) - {PLACE}:
        row.version += 1


def _put_in_order(pairs: list[tuple[Item, Any]], now: Stored) -> None:
    """Give all objects of a section their places: those that stay may have stood with any distance between them."""
    name = pairs[0][0].section.name
    rows = now.rows[name] | {item.key: row for item, row in pairs}
    places = now.places(name) | {item.key: item.after[PLACE] for item, _row in pairs}
    for key, row in rows.items():
        row.position = places[key] * 10


def _stored(entry: Entry, plain: Any, ids: Ids) -> Any:
    if isinstance(entry.value, Reference):
        return ids[entry.value.section][plain] if plain else None
    return None if plain is None else entry.value.stored(plain)


def _replace(session: Session, part: Part, pairs: list[tuple[Item, Any]], ids: Ids) -> None:
    """Take away what these objects had in a list of theirs and put in what they have now, all in two statements."""
    table = part.table.__table__
    known = [row.id for item, row in pairs if not item.is_new]
    if known:
        session.execute(delete(part.table).where(table.c[part.owner].in_(known)))
    rows = [_part_row(part, row.id, state, ids) for item, row in pairs for state in item.after[part.name]]
    if rows:
        session.execute(insert(part.table), rows)


def _part_row(part: Part, owner: int, state: State, ids: Ids) -> dict[str, Any]:
    columns = {entry.column.name: _stored(entry, state[name], ids) for name, entry in sections.entries(part).items()}
    return {**columns, part.owner: owner}

"""Settings as lists: the objects of one kind, what a search over all kinds finds, and what was changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from contactcenter import terms
from contactcenter.model import SettingChange
from contactcenter.queries import wording
from contactcenter.services.editing import change
from contactcenter.services.editing.change import Difference
from contactcenter.services.editing.kind import Kind, Names, State
from contactcenter.services.editing.register import KINDS

MOST_FOUND = 20
"""How many objects of each kind a search over all of them shows."""


@dataclass(frozen=True, slots=True)
class SettingRow:
    """An object in a list. `depth` is how deep it stands in its tree, `off` that it is put away."""

    key: str
    title: str
    facts: tuple[str, ...]
    depth: int = 0
    off: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What a search finds in one kind."""

    kind: Kind
    rows: tuple[SettingRow, ...]


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One change: when, who, which object, and what of it."""

    at: str
    who: str
    kind: str
    kind_slug: str
    key: str
    title: str
    verb: str
    changes: tuple[Difference, ...]


def row(names: Names, kind: Kind, item: Any, depth: int = 0) -> SettingRow:
    """One object."""
    return _row(names, kind, item, kind.state(names, item), depth)


def _row(names: Names, kind: Kind, item: Any, state: State, depth: int = 0) -> SettingRow:
    off = state.get("active") is False
    return SettingRow(str(getattr(item, kind.key)), kind.title_of(state), tuple(kind.summary(names, state)), depth, off)


def rows(names: Names, kind: Kind, asked: str = "") -> tuple[SettingRow, ...]:
    """The objects of a kind, or those that hold every word of `asked`."""
    words = terms.fold(asked).split()
    found = []
    for item in names.session.scalars(kind.rows()):
        state = kind.state(names, item)
        if not words or _holds(names, kind, item, state, words):
            found.append(_row(names, kind, item, state))
    return tuple(found)


def _holds(names: Names, kind: Kind, item: Any, state: State, words: list[str]) -> bool:
    told = [field.told(state.get(field.name)) for field in kind.fields_once(names)]
    text = terms.fold(" ".join((str(getattr(item, kind.key)), *told)))
    return all(word in text for word in words)


def search(names: Names, kinds: Iterable[Kind], asked: str) -> tuple[Found, ...]:
    """What every kind holds of `asked`, the first of each."""
    found = (Found(kind, rows(names, kind, asked)[:MOST_FOUND]) for kind in kinds)
    return tuple(each for each in found if each.rows)


def history(
    names: Names, kind: str = "", key: str = "", before: int | None = None
) -> tuple[tuple[HistoryRow, ...], int | None]:
    """A page of what was changed, newest first."""
    found, next_id = change.history(names.session, kind=kind, key=key, before=before)
    kinds = {each.slug: each for each in KINDS}
    return tuple(_history_row(names, kinds.get(each.kind), each, who) for each, who in found), next_id


def _history_row(names: Names, kind: Kind | None, each: SettingChange, who: str) -> HistoryRow:
    state = each.after or each.before
    verb = "changed" if each.before and each.after else "added" if each.after else "removed"
    return HistoryRow(
        at=wording.day_and_time(each.created_at),
        who=who,
        kind=kind.title() if kind else each.kind,
        kind_slug=kind.slug if kind else "",
        key=each.key,
        title=kind.title_of(state) if kind else str(state.get("name", each.key)),
        verb=verb,
        changes=change.differences(kind.fields_once(names), each.before, each.after) if kind else (),
    )

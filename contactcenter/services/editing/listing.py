"""Settings as lists: the objects of one kind, what a search over all kinds finds, and what was changed."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import Any

from contactcenter import terms
from contactcenter.i18n import gettext as _
from contactcenter.model import SettingChange
from contactcenter.queries import staff_history, wording
from contactcenter.queries.staff_shapes import StaffChange
from contactcenter.services.editing import change
from contactcenter.services.editing.change import Difference
from contactcenter.services.editing.kind import Kind, Names, State
from contactcenter.services.editing.register import KINDS
from contactcenter.services.portable import titles

_AFTER = re.compile(r"(\d{0,15})\.(\d{0,15})", re.ASCII)
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
    """One change: when, who, which object, and what of it. `verb` is a word for code, or the words for people where it
    was done to somebody's account: then `agent_id` is theirs (0: a program's), and `details` say what was changed.
    """

    at: str
    who: str
    kind: str
    kind_slug: str
    key: str
    title: str
    verb: str
    changes: tuple[Difference, ...] = ()
    details: tuple[str, ...] = ()
    agent_id: int = 0


def row(names: Names, kind: Kind, item: Any, depth: int = 0) -> SettingRow:
    """One object."""
    return _row(names, kind, item, kind.state(names, item), depth)


def _row(names: Names, kind: Kind, item: Any, state: State, depth: int = 0) -> SettingRow:
    off = state.get("active") is False
    title = kind.title_of(names, state)
    return SettingRow(kind.key_of(names, item), title, tuple(kind.summary(names, state)), depth, off)


def rows(names: Names, kind: Kind, asked: str = "") -> tuple[SettingRow, ...]:
    """The objects of a kind, or those that hold every word of `asked`."""
    words = terms.fold(asked).split()
    found = [(item, kind.state(names, item)) for item in kind.items(names)]
    if words:
        held = (pair for pair in found if _holds(names, kind, *pair, words))
        return tuple(_row(names, kind, item, state) for item, state in held)
    return tuple(_row(names, kind, item, state, depth) for item, state, depth in _as_tree(names, kind, found))


def _as_tree(
    names: Names, kind: Kind, found: list[tuple[Any, State]], parent: str = "", depth: int = 0
) -> list[tuple[Any, State, int]]:
    """What lies under `parent`, each followed by what lies under it; without parents, all as they come."""
    here = [(item, state) for item, state in found if state.get("parent", "") == parent]
    if "parent" not in kind.references:
        return [(item, state, 0) for item, state in here]
    tree: list[tuple[Any, State, int]] = []
    for item, state in here:
        tree += [(item, state, depth), *_as_tree(names, kind, found, kind.key_of(names, item), depth + 1)]
    return tree


def _holds(names: Names, kind: Kind, item: Any, state: State, words: list[str]) -> bool:
    told = [field.told(state.get(field.name)) for field in kind.fields_once(names)]
    text = terms.fold(" ".join((kind.key_of(names, item), kind.title_of(names, state), *told)))
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


def whole_history(names: Names, with_staff: bool, after: str = "") -> tuple[tuple[HistoryRow, ...], str]:
    """A page of all that was changed, also of colleagues if the reader may know it; and what the next page begins
    after, empty at the end.
    """
    marks = _AFTER.fullmatch(after)
    change_id, staff_id = (int(mark) if mark else None for mark in (marks.groups() if marks else ("", "")))
    changes, more = change.history(names.session, before=change_id)
    people = staff_history.of_all(names.session, staff_id, change.HISTORY_PAGE + 1) if with_staff else []
    kinds = {each.slug: each for each in KINDS}
    of_settings = [
        (each.created_at, (each.id, None), _history_row(names, kinds.get(each.kind), each, who))
        for each, who in changes
    ]
    of_staff = [(each.at, (None, each.id), staff_row(each)) for each in people]
    # each list stays in the order of its ids, by which the next page goes on, whatever the clocks said
    newest = heapq.merge(of_settings, of_staff, key=itemgetter(0), reverse=True)
    shown = list(islice(newest, change.HISTORY_PAGE))
    for _at, (of_setting, of_colleague), _row in shown:
        change_id, staff_id = of_setting or change_id, of_colleague or staff_id
    is_end = len(of_settings) + len(of_staff) == len(shown) and more is None
    return tuple(row for _at, _mark, row in shown), "" if is_end else f"{change_id or ''}.{staff_id or ''}"


def staff_row(each: StaffChange) -> HistoryRow:
    """A change of somebody's account or rights."""
    kind = _("Colleagues") if each.agent_id else _("Tokens")
    at, line = wording.day_and_time(each.at), each.line
    return HistoryRow(at, line.who, kind, "", "", each.name, line.what, details=line.details, agent_id=each.agent_id)


def _history_row(names: Names, kind: Kind | None, each: SettingChange, who: str) -> HistoryRow:
    state = each.after or each.before
    verb = "changed" if each.before and each.after else "added" if each.after else "removed"
    return HistoryRow(
        at=wording.day_and_time(each.created_at),
        who=who,
        kind=kind.title() if kind else titles.of_history(each.kind),
        kind_slug=kind.slug if kind else "",
        key=each.key,
        title=kind.title_of(names, state) if kind else str(state.get("name", each.key)),
        verb=verb,
        changes=_changes(names, kind, each),
    )


def _changes(names: Names, kind: Kind | None, each: SettingChange) -> tuple[Difference, ...]:
    """What was changed, in the words of the form; what only a settings file can change comes after."""
    fields = kind.fields_once(names) if kind is not None else ()
    in_form = {field.name for field in fields}
    of_file = titles.beside_the_form(each.kind, in_form, each.before, each.after) if each.before and each.after else ()
    return (*change.differences(fields, each.before, each.after), *of_file)

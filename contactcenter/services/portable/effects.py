"""What a file touches beside the settings themselves: the sentences that the forms tell of one change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from contactcenter.services.editing.kind import Kind, Names
from contactcenter.services.editing.register import kind_of_table
from contactcenter.services.portable import section as sections
from contactcenter.services.portable.plan import Item, Plan
from contactcenter.services.portable.section import SECTIONS, Section, State
from contactcenter.services.portable.stored import PLACE, Stored
from contactcenter.services.portable.value import Text

MOST_TOLD = 200
"""For so many objects it is counted what uses them: each costs a few questions."""


@dataclass(frozen=True, slots=True)
class Effects:
    """The sentences of each object, by section and key; of `untold` objects beyond `MOST_TOLD` there are none."""

    told: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    untold: int = 0


def of_plan(names: Names, plan: Plan, now: Stored) -> Effects:
    """What the plan touches, counted over what the actor of `names` may see; what only moves says nothing."""
    told: dict[tuple[str, str], tuple[str, ...]] = {}
    untold = 0
    for section in SECTIONS:
        items = [item for item in plan.items if item.section is section]
        kind = kind_of_table(section.table)
        if kind is None or not items:
            continue
        after = {item.key: kind.of_file(_in_one(section, item.after)) for item in items}
        names.planned = _in_order(names, kind, items, after, now) if kind.ordered else ()
        for item in items:
            if set(item.changed) == {PLACE}:
                continue
            if len(told) >= MOST_TOLD:
                untold += 1
                continue
            row = now.rows[section.name].get(item.key)
            before = kind.of_file(_in_one(section, item.before)) if item.before is not None else {}
            told[section.name, item.key] = tuple(kind.effects(names, row, before, after[item.key]))
    return Effects(told, untold)


def _in_order(names: Names, kind: Kind, items: list[Item], after: Mapping[str, State], now: Stored) -> list[State]:
    """All objects of a kind as they would be, where they would stand."""
    name = items[0].section.name
    states = {key: kind.state(names, row) for key, row in now.rows[name].items()} | dict(after)
    places = now.places(name) | {item.key: item.after[PLACE] for item in items}
    return [states[key] for key in sorted(states, key=places.__getitem__)]


def _in_one(section: Section, state: State) -> State:
    """A state with its texts in one piece, as the forms have them: the file writes several lines as a list."""
    known = sections.entries(section)
    joined = {name: known[name].value.stored(state[name]) for name in known if isinstance(known[name].value, Text)}
    return {**state, **joined}

"""What a file would change: compared with what is stored, before anything is written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from contactcenter.i18n import gettext as _
from contactcenter.services.editing.kind import spelled
from contactcenter.services.portable import check, parse, stored
from contactcenter.services.portable.parse import Content
from contactcenter.services.portable.place import Place, Problem
from contactcenter.services.portable.section import SECTIONS, Section, State
from contactcenter.services.portable.stored import Stored


@dataclass(frozen=True, slots=True)
class Item:
    """One object as it is (None: it is not) and as it would be."""

    section: Section
    key: str
    before: State | None
    after: State

    @property
    def is_new(self) -> bool:
        """Whether it would be added."""
        return self.before is None

    @property
    def changed(self) -> tuple[str, ...]:
        """The keys whose values would be others."""
        return tuple(name for name in self.after if (self.before or {}).get(name) != self.after[name])


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be added and changed, in the order of storing; how many stay as they are, and what is left alone."""

    items: tuple[Item, ...]
    same: Mapping[str, int]
    left_alone: Mapping[str, tuple[str, ...]]
    problems: tuple[Problem, ...]

    @property
    def fingerprint(self) -> str:
        """A short text that two plans share only when they would write the same over the same."""
        told = [(item.section.name, item.key, item.before, item.after) for item in self.items]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]


def make(content: Content, now: Stored) -> Plan:
    """Compare a file with what is stored. With problems there is nothing to carry out."""
    merged = {section.name: _merged(section, content, now) for section in SECTIONS}
    _references(content, merged)
    _no_circles(content, merged["topics"])
    for section in SECTIONS:
        if section.names_differ:
            _names_differ(section, content, merged[section.name], now)
    _one_first_line(content, merged["teams"], now)
    if content.findings.problems:
        return Plan((), {}, {}, tuple(content.findings.problems))
    items: list[Item] = []
    same: dict[str, int] = {}
    left: dict[str, tuple[str, ...]] = {}
    for section in SECTIONS:
        before, given = now.states[section.name], content.objects.get(section.name, {})
        found = [Item(section, key, before.get(key), after) for key, after in merged[section.name].items()]
        changed = [item for item in found if item.before != item.after]
        items += changed
        touched = {item.key for item in changed}
        same[section.name] = sum(1 for key in given if key not in touched)
        left[section.name] = tuple(key for key in before if key not in given and key not in touched)
    return Plan(tuple(items), same, left, ())


def _merged(section: Section, content: Content, now: Stored) -> dict[str, State]:
    """All objects of a section as they would be: those of the file first, in its order."""
    before, given = now.states[section.name], content.objects.get(section.name, {})
    found: dict[str, State] = {}
    for key, state in given.items():
        place = content.places[section.name, key]
        after = {**before[key], **state} if key in before else dict(state)
        wrong = len(content.findings.problems)
        parse.complete(section, after, place)
        at_fault = any(place.holds(problem.place) for problem in content.findings.problems)
        is_right = len(content.findings.problems) == wrong and not at_fault and not content.findings.is_full
        if is_right and after != before.get(key):
            section.check(after, place)
            address = after[section.sender] if section.sender else ""
            if address != before.get(key, {}).get(section.sender, ""):
                check.mail(address, place if section.sender in section.identity else place.at(section.sender))
        found[key] = after
    rest = {key: dict(state) for key, state in before.items() if key not in found}
    if stored.is_ordered(section):
        _order(before, found, rest)
    return found | rest


def _order(before: Mapping[str, State], found: dict[str, State], rest: dict[str, State]) -> None:
    """A file that names all gives the order. One that names some has its order among them and moves no other: they
    exchange places, and what is new comes last, as from the form.
    """
    known = iter([key for key in found if key in before])
    kept = [key if key in rest else next(known) for key in before]
    order = [*kept, *(key for key in found if key not in before)] if rest else list(found)
    for place, key in enumerate(order, 1):
        (found if key in found else rest)[key][stored.PLACE] = place


def _references(content: Content, merged: Mapping[str, Mapping[str, State]]) -> None:
    for path, section, key in content.findings.references:
        if key not in merged[section]:
            place = Place(path, content.findings)
            place.unknown(
                _("There is no “%(key)s” among “%(section)s”.", key=key[:80], section=section), key, merged[section]
            )


def _names_differ(section: Section, content: Content, merged: Mapping[str, State], now: Stored) -> None:
    """No two objects have one name, as in the forms; those that have it already may keep it."""
    with_name: dict[str, list[str]] = {}
    for key, state in merged.items():
        with_name.setdefault(spelled(str(state["name"])), []).append(key)
    for key in content.objects.get(section.name, {}):
        name, before = merged[key]["name"], now.states[section.name].get(key, {})
        others = [each for each in with_name[spelled(str(name))] if each != key]
        if others and name is not None and name != before.get("name"):
            content.places[section.name, key].at("name").wrong(
                _("There is already one with this name: “%(key)s”.", key=others[0])
            )


def _no_circles(content: Content, topics: Mapping[str, State]) -> None:
    """No topic lies, over however many others, under itself."""
    for key in content.objects.get("topics", {}):
        above, seen = topics[key].get("parent"), {key}
        while above and above in topics and above not in seen:
            seen.add(above)
            above = topics[above].get("parent")
        if above == key:
            content.places["topics", key].at("parent").wrong(
                _("A topic cannot lie under itself, nor under one below it.")
            )


def _one_first_line(content: Content, teams: dict[str, State], now: Stored) -> None:
    """One group is the first line: a new one takes over from the old. Where none is, none must be."""
    given = content.objects.get("teams", {})
    chosen = [key for key in given if given[key].get("is_first_line") is True]
    for key in chosen[1:]:
        content.places["teams", key].at("is_first_line").wrong(_("Only one group can be the first line."))
    if chosen:
        for key, state in teams.items():
            if key not in given or "is_first_line" not in given[key]:
                state["is_first_line"] = False
    elif _has_first_line(now.states["teams"]) and not _has_first_line(teams):
        Place("teams", content.findings).wrong(_("Some group must be the first line: “is_first_line”: true."))


def _has_first_line(teams: Mapping[str, State]) -> bool:
    return any(state.get("is_first_line") for state in teams.values())


def differences(item: Item) -> Iterator[tuple[str, str, str]]:
    """What would be another: the key, and both values in short; of lists and phrases what goes and what comes."""
    yield from compared(item.changed, item.before or {}, item.after)


def compared(names: Iterable[str], old: State, new: State) -> Iterator[tuple[str, str, str]]:
    """The same of some keys of any two states."""
    for name in names:
        before, after = old.get(name), new.get(name)
        if isinstance(before, dict) and isinstance(after, dict):
            before, after = _apart(before, after)
        elif isinstance(before, list) and isinstance(after, list) and len(before) + len(after) > 2:
            before, after = (
                [each for each in before if each not in after],
                [each for each in after if each not in before],
            )
        yield name, _brief(before), _brief(after)


def _apart(before: State, after: State) -> tuple[State, State]:
    gone = {key: value for key, value in before.items() if after.get(key) != value}
    return gone, {key: value for key, value in after.items() if before.get(key) != value}


def _brief(value: object) -> str:
    if value in (None, "", [], {}):
        return "–"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 300 else f"{text[:299]}…"

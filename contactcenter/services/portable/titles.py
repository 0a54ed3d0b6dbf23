"""A plan in words: what each section is called, and what would happen to whom in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from contactcenter.i18n import gettext as _
from contactcenter.services.editing.change import Difference
from contactcenter.services.portable import plan as plans
from contactcenter.services.portable import section as sections
from contactcenter.services.portable.effects import Effects
from contactcenter.services.portable.plan import Item, Plan
from contactcenter.services.portable.section import SECTIONS, Section, State


@dataclass(frozen=True, slots=True)
class Changed:
    """One object: what it is known by, its name where that is another, what would be another, and what uses it."""

    key: str
    name: str
    differences: tuple[tuple[str, str, str], ...]
    effects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """One section of a plan."""

    title: str
    added: tuple[Changed, ...]
    changed: tuple[Changed, ...]
    same: int
    left_alone: tuple[str, ...]
    warning: str = ""


def told(made: Plan, touched: Effects | None = None) -> tuple[Told, ...]:
    """The sections in which there is something to tell; of each object also what it touches, where that is given."""
    effects = touched.told if touched is not None else {}
    found = []
    for section in SECTIONS:
        items = [item for item in made.items if item.section is section]
        added = tuple(_changed(item, effects) for item in items if item.is_new)
        changed = tuple(_changed(item, effects) for item in items if not item.is_new)
        left = made.left_alone.get(section.name, ())
        warning = ""
        if added and section.name == "domains":
            warning = _("Nobody sees tickets of a new domain until somebody is given the right to.")
        same = made.same.get(section.name, 0)
        if items or same or left:
            found.append(Told(title(section.name), added, changed, same, left, warning))
    return tuple(found)


def title(section: str) -> str:
    """What people call a section."""
    return {
        "domains": _("Confidentiality domains"),
        "skills": _("Competences"),
        "teams": _("Answer groups"),
        "topics": _("Topics"),
        "districts": _("Districts"),
        "offices": _("Offices"),
        "addresses": _("Our mail addresses"),
        "rules": _("Routing rules"),
        "reply_targets": _("Reply times"),
        "canned_replies": _("Canned replies"),
        "signatures": _("Signatures"),
        "acknowledgements": _("Acknowledgements"),
        "senders": _("Senders"),
        "authorities": _("Other authorities"),
        "appearance": _("Appearance"),
    }.get(section, section)


def of_history(kind: str) -> str:
    """What people call a kind of settings that has no form."""
    return next((title(section.name) for section in SECTIONS if section.kind == kind), kind)


def beside_the_form(kind: str, in_form: Collection[str], before: State, after: State) -> tuple[Difference, ...]:
    """Where two states of the history differ in what a file holds and no form: what it is called, and both in short."""
    entries = next((_told_by_file(section) for section in SECTIONS if section.kind == kind), ())
    names = [name for name in entries if name not in in_form and before.get(name) != after.get(name)]
    return tuple(Difference(_label(name), *values) for name, *values in plans.compared(names, before, after))


def _told_by_file(section: Section) -> tuple[str, ...]:
    """What is known of an object by itself; the parts of a rule are in its form under other names."""
    known = (*sections.entries(section), *(part.name for part in section.parts))
    return tuple(name for name in known if name not in ("slug", "conditions", "actions"))


def _label(name: str) -> str:
    """A key of the file in words, where it is not on any form."""
    return {
        "name": _("Name"),
        "name_en": _("Name in English"),
        "place_names": _("What people call it"),
        "offers": _("Services at fixed times"),
        "phone": _("Telephone"),
        "url": _("Web address"),
        "level": _("Level"),
        "checked": _("Checked"),
        "department": _("Department"),
        "shown_name": _("Name that is shown"),
        "brand": _("Colour of the house"),
        "on_brand": _("Text on that colour"),
        "brand_dark": _("Colour of the house in the dark"),
        "on_brand_dark": _("Text on that colour in the dark"),
        "radius": _("Corners"),
    }.get(name, name)


def _changed(item: Item, effects: Mapping[tuple[str, str], tuple[str, ...]]) -> Changed:
    name = str(item.after.get("name") or item.after.get("title") or "")
    differences = () if item.is_new else tuple(plans.differences(item))
    used = effects.get((item.section.name, item.key), ())
    return Changed(item.key, "" if name == item.key else name, differences, used)

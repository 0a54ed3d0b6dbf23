"""A plan in words: what each section is called, and what would happen to whom in it."""

from __future__ import annotations

from dataclasses import dataclass

from contactcenter.i18n import gettext as _
from contactcenter.services.portable import plan as plans
from contactcenter.services.portable.plan import Item, Plan
from contactcenter.services.portable.section import SECTIONS


@dataclass(frozen=True, slots=True)
class Changed:
    """One object: what it is known by, its name where that is another, and what would be another in it."""

    key: str
    name: str
    differences: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Told:
    """One section of a plan."""

    title: str
    added: tuple[Changed, ...]
    changed: tuple[Changed, ...]
    same: int
    left_alone: tuple[str, ...]
    warning: str = ""


def told(made: Plan) -> tuple[Told, ...]:
    """The sections in which there is something to tell."""
    found = []
    for section in SECTIONS:
        items = [item for item in made.items if item.section is section]
        added = tuple(_changed(item) for item in items if item.is_new)
        changed = tuple(_changed(item) for item in items if not item.is_new)
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
        "authorities": _("Other authorities"),
        "appearance": _("Appearance"),
    }.get(section, section)


def _changed(item: Item) -> Changed:
    name = str(item.after.get("name") or item.after.get("title") or "")
    differences = () if item.is_new else tuple(plans.differences(item))
    return Changed(item.key, "" if name == item.key else name, differences)

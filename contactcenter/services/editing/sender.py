"""Senders whose mail is always parked, or always taken in though a program wrote it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from channels.email.addresses import one_spelling
from contactcenter.i18n import gettext as _
from contactcenter.model import SenderRule
from contactcenter.queries.shapes import Choice
from contactcenter.services import parking
from contactcenter.services.editing.field import Field, OneOf
from contactcenter.services.editing.kind import Kind, Names, State

PATTERN = re.compile(r"[^@\s<>,;/]{0,64}@[^@\s<>,;/.]+(?:\.[^@\s<>,;/.]+)+")


class Senders(Kind):
    """Rules about who writes. Nothing is ever thrown away by one."""

    slug = "avsandare"
    icon = "shield-alert"
    table = SenderRule
    key = "pattern"
    label = "pattern"
    removable = True

    def title(self) -> str:
        """Its heading."""
        return _("Senders")

    def lead(self) -> str:
        """What it is."""
        return _(
            "Addresses whose mail is parked, such as those who send advertisements, and programs whose mail always "
            "becomes tickets. What is parked can be read and made a ticket; what may be about danger never is parked."
        )

    def add_label(self) -> str:
        """The button."""
        return _("New sender")

    def fields(self, names: Names) -> tuple[Field, ...]:
        """Who it is, and what is done."""
        return (
            Field(
                name="pattern",
                label=_("Address"),
                hint=_("An address, or @ and a domain for everybody there: @example.com"),
                longest=320,
                required=True,
                fixed=True,
            ),
            OneOf(name="action", label=_("What is done with the mail"), options=actions(), required=True),
            Field(name="note", label=_("Why"), longest=300),
        )

    def summary(self, names: Names, state: State) -> Sequence[str]:
        """What is done, and why."""
        told = next(choice.label for choice in actions() if choice.value == state["action"])
        return (told, state["note"]) if state["note"] else (told,)

    def check(self, names: Names, row: Any, state: State) -> Mapping[str, str]:
        """It is an address or a domain, and has no rule yet."""
        if row is not None:
            return {}
        pattern = state["pattern"] = one_spelling(state["pattern"])
        if wrong := wrong_pattern(pattern):
            return {"pattern": wrong}
        if self.find(names, pattern) is not None:
            return {"pattern": _("There is already one with this name.")}
        return {}

    def effects(self, names: Names, row: Any, before: State, after: State) -> Sequence[str]:
        """From when it holds."""
        return [_("It holds for mail that comes from now on. What is parked already stays where it is.")]


def actions() -> tuple[Choice, ...]:
    """What can be done."""
    return (
        Choice(parking.BLOCK, _("Park it, and make no ticket")),
        Choice(parking.TAKE_IN, _("Make a ticket, though a program wrote it")),
    )


def wrong_pattern(pattern: str) -> str:
    """Why `pattern` is neither an address nor a domain, or not in its one spelling; empty when it is right."""
    if PATTERN.fullmatch(pattern) and pattern == (spelled := one_spelling(pattern)):
        return ""
    if PATTERN.fullmatch(pattern) and pattern == pattern.lower():
        return _("Write it as %(pattern)s.", pattern=spelled)
    return _("Write an address such as bo@example.com, or a domain such as @example.com, in small letters.")

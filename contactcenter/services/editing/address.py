"""Our own mail addresses, and what writing to one of them says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import select

from contactcenter.i18n import gettext as _
from contactcenter.model import Domain, Office, OurAddress, Team, Topic
from contactcenter.services.editing import choices, usage
from contactcenter.services.editing.field import Field, OneOf
from contactcenter.services.editing.kind import Kind, Names, State


class Addresses(Kind):
    """Where residents write, and where that leads."""

    slug = "e-postadresser"
    icon = "mail"
    table = OurAddress
    key = "address"
    label = "address"
    removable = True
    references: ClassVar[Mapping[str, type[Any]]] = {
        "topic": Topic,
        "team": Team,
        "office": Office,
        "domain": Domain,
    }

    def title(self) -> str:
        """Its heading."""
        return _("Mail addresses")

    def lead(self) -> str:
        """What it is."""
        return _("The addresses residents write to, and where a message to each of them goes.")

    def add_label(self) -> str:
        """The button."""
        return _("New address")

    def fields(self, names: Names) -> tuple[Field, ...]:
        """The address and its targets, each of which may be left open."""
        options = {name: choices.of_table(names, table) for name, table in self.references.items()}
        return (
            Field(name="address", label=_("Address"), longest=320, required=True, fixed=True),
            OneOf(name="topic", label=_("Topic"), options=options["topic"]),
            OneOf(name="team", label=_("Answer group"), options=options["team"]),
            OneOf(name="office", label=_("Office"), options=options["office"]),
            OneOf(
                name="domain",
                label=_("Confidentiality domain"),
                hint=_("Keeps what is written here among those who may see it, also when no topic is recognised."),
                options=options["domain"],
            ),
        )

    def summary(self, names: Names, state: State) -> Sequence[str]:
        """Where it leads."""
        led = (names.name(table, state[name]) for name, table in self.references.items() if state[name])
        return tuple(led) or (_("led by what is written"),)

    def check(self, names: Names, row: Any, state: State) -> Mapping[str, str]:
        """It is an address, and nobody has it yet."""
        if row is not None:
            return {}
        address = state["address"] = state["address"].lower()
        if not usage.is_address(address):
            return {"address": _("Write an address such as kontakt@ekhamra.example.")}
        if names.session.scalar(select(OurAddress.id).where(OurAddress.address == address)):
            return {"address": _("There is already one with this name.")}
        return {}

    def effects(self, names: Names, row: Any, before: State, after: State) -> Sequence[str]:
        """Where new mail goes from now on."""
        if row is None:
            return ()
        rules = usage.rules(names.session, "recipient", row.address)
        where = [_("New mail to %(address)s goes another way from now on.", address=row.address)]
        if not after:
            where = [_("Mail to %(address)s is no longer led by its address.", address=row.address)]
        return (*where, *rules)

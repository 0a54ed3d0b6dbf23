"""Our own mail addresses, and what writing to one of them says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import select

from contactcenter import runtime
from contactcenter.access import COMMON_DOMAIN
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
        if wrong := usage.wrong_address(address):
            return {"address": wrong}
        if names.session.scalar(select(OurAddress.id).where(OurAddress.address == address)):
            return {"address": _("There is already one with this name.")}
        return {}

    def kept(self, names: Names, row: Any) -> str:
        """The address that answers come from stays, since residents write back to it; and some address does."""
        if row.address == runtime.current().settings.channels.mail.address.lower():
            return _(
                "Answers come from %(address)s, and residents write back there. It is kept as long as the configuration"
                " names it (channels.mail.address).",
                address=row.address,
            )
        if not names.session.scalar(select(OurAddress.id).where(OurAddress.id != row.id).limit(1)):
            return _("This is the only address that residents write to. Add another one first.")
        return ""

    def effects(self, names: Names, row: Any, before: State, after: State) -> Sequence[str]:
        """Where new mail goes from now on, who may see it, and who answers from the address."""
        unseen = _kept_from_all(names, after) if after and before != after else ()
        if row is None:
            return unseen
        where = [_("New mail to %(address)s goes another way from now on.", address=row.address)]
        if not after:
            where = [_("Mail to %(address)s is still received, and led by what is written.", address=row.address)]
        if before["domain"] and before["domain"] != after.get("domain"):
            name = names.name(Domain, before["domain"])
            where.append(_("What is written there is no longer kept among those who may see “%(name)s”.", name=name))
        return (*where, *unseen, *_answering(names, row.address), *usage.rules(names.session, "recipient", row.address))


def _kept_from_all(names: Names, state: State) -> tuple[str, ...]:
    """What a confidential address keeps, and from whom: its own group answers, else that of its topic."""
    topic = names.session.scalar(select(Topic).where(Topic.slug == state["topic"])) if state["topic"] else None
    domain = state["domain"] or (names.slug(Domain, topic.domain_id) if topic is not None else "")
    team = state["team"] or (names.slug(Team, topic.team_id) if topic is not None else "")
    if domain in ("", COMMON_DOMAIN):
        return ()
    if not team:
        text = _(
            "No answer group is chosen: what is written there goes to the group of what it is about, also where that "
            "group does not see %(domain)s.",
            domain=names.name(Domain, domain),
        )
        return (text, *usage.out_of_sight(names, domain, ""))
    return tuple(usage.out_of_sight(names, domain, team))


def _answering(names: Names, address: str) -> Sequence[str]:
    """Which groups and offices send their answers from the address."""
    teams = select(Team.name).where(Team.mail_address == address).order_by(Team.name)
    offices = select(Office.name).where(Office.mail_address == address).order_by(Office.name)
    found = [*names.session.scalars(teams), *names.session.scalars(offices)]
    return [_("Answers from %(names)s come from it.", names=", ".join(found))] if found else []

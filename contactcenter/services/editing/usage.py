"""What uses a setting, as sentences: how many open tickets, topics, rules and addresses."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from channels.email.compose import can_be_sent_to
from contactcenter import runtime
from contactcenter.access import visible_tickets
from contactcenter.i18n import gettext as _
from contactcenter.i18n import ngettext
from contactcenter.model import Domain, OurAddress, RoutingRule, Team, Ticket, Topic
from contactcenter.model.ticket import IS_OPEN
from contactcenter.queries import holders, mail_cover, views
from contactcenter.services.editing.kind import Names, State

_ADDRESS = re.compile(r"[^@\s<>,;/]{1,64}@[^@\s<>,;/.]+(\.[^@\s<>,;/.]+)+")


def wrong_address(text: str) -> str:
    """Why answers cannot come from `text` and come back to it, empty when they can.

    A reply goes where our answer came from: an address that our SMTP door refuses would lose it.
    """
    if len(text) > 320 or not _ADDRESS.fullmatch(text) or not can_be_sent_to(text):
        return _("Write an address such as kontakt@ekhamra.example.")
    ours = runtime.current().settings.channels.mail.domains
    domain = text.rpartition("@")[2]
    if not ours or domain.lower() in {each.lower() for each in ours}:
        return ""
    return _(
        "We take in no mail for %(domain)s, so no reply would reach us. Write an address at %(ours)s, or ask whoever "
        "runs the installation to add the domain to channels.mail.domains.",
        domain=domain,
        ours=", ".join(ours),
    )


def wrong_sender(row: Any, state: State) -> str:
    """What is wrong with the address of a group or an office; none, and the one it has already, are right."""
    address = state["mail_address"]
    return wrong_address(address) if address and address != getattr(row, "mail_address", "") else ""


def not_covered(state: State) -> list[str]:
    """What is amiss with the address that answers of a group or an office come from, in short, for its line."""
    mail, address = runtime.current().settings.channels.mail, state["mail_address"]
    if not address:
        return []
    found = [] if mail_cover.is_signed(mail, address) else [_("its mail is not signed for its own domain")]
    return found if mail_cover.is_taken(mail, address) else [*found, _("replies to its mail do not reach us")]


def not_believed(before: State, after: State) -> list[str]:
    """That residents' servers may take answers from a new address for forged: they are signed for another domain."""
    mail, address = runtime.current().settings.channels.mail, after.get("mail_address", "")
    if not address or address == before.get("mail_address") or mail_cover.is_signed(mail, address):
        return []
    return [
        _(
            "Answers from %(address)s are signed for %(domain)s, which is another domain: the resident's mail server "
            "may take them for forged. Ask whoever runs the installation.",
            address=address,
            domain=mail_cover.key_domain(mail),
        )
    ]


def open_tickets(names: Names, condition: ColumnElement[bool]) -> list[str]:
    """How many open tickets there are that the reader sees: a number and nothing of what they hold.

    That there may be others is always said, whether or not there are any: what may not be seen changes no word.
    """
    others = _("Open tickets that you do not see may use it too.")
    if names.actor is None:
        return [others]
    count = views.count(names.session, IS_OPEN & condition & visible_tickets(names.actor))
    if count >= views.COUNT_LIMIT:
        return [_("More than 999 open tickets that you see use it."), others]
    seen = ngettext("%(num)d open ticket that you see uses it.", "%(num)d open tickets that you see use it.", count)
    return [seen, others] if count else [others]


def out_of_sight(names: Names, domain: str, team: str) -> list[str]:
    """That nobody sees what would come in from now on, if it is so. For a domain that a file adds there are others."""
    domain_id = names.id(Domain, domain)
    if domain_id is None or holders.is_answered(names.session, domain_id, names.id(Team, team)):
        return []
    name = names.name(Domain, domain)
    return [_("Nobody who can answer sees %(domain)s: new tickets here reach no one.", domain=name)]


def addresses(session: Session, column: InstrumentedAttribute[Any], row_id: int) -> list[str]:
    """Which of our addresses lead to it."""
    found = session.scalars(select(OurAddress.address).where(column == row_id).order_by(OurAddress.address)).all()
    return [_("Mail to %(addresses)s leads here.", addresses=", ".join(found))] if found else []


def rules(session: Session, word: str, slug: str) -> list[str]:
    """Which routing rules ask for it or set it."""
    found = [
        rule.name
        for rule in session.scalars(select(RoutingRule).order_by(RoutingRule.position))
        if slug in rule.conditions.get(word, ()) or rule.actions.get(word) == slug
    ]
    if not found:
        return []
    text = ngettext(
        "%(num)d rule uses it: %(names)s.", "%(num)d rules use it: %(names)s.", len(found), names="; ".join(found)
    )
    return [text]


def of_team(names: Names, team: Team) -> list[str]:
    """What uses an answer group."""
    session = names.session
    count = session.scalar(select(func.count()).select_from(Topic).where(Topic.team_id == team.id, Topic.active)) or 0
    topics = [ngettext("%(num)d topic belongs to it.", "%(num)d topics belong to it.", count)] if count else []
    return [
        *topics,
        *rules(session, "team", team.slug),
        *addresses(session, OurAddress.team_id, team.id),
        *open_tickets(names, Ticket.team_id == team.id),
    ]

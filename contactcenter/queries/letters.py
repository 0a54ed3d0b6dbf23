"""What a letter to a resident needs beside its text: who it goes to, and what is put below it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from channels.email.compose import can_be_sent_to
from contactcenter import runtime
from contactcenter.model import Address, Agent, Entry, Office, Outbox, Team, Ticket
from contactcenter.model.words import AddressKind, EntryState
from contactcenter.queries import signatures


def recipient(session: Session, ticket: Ticket) -> Address | None:
    """Who an answer goes to: the address of the ticket, if it is one that mail can be sent to."""
    address = session.get(Address, ticket.address_id) if ticket.address_id else None
    if address is None or address.kind is not AddressKind.EMAIL or not can_be_sent_to(address.value):
        return None
    return address


def can_undo(promise: Outbox) -> bool:
    """Whether an answer can be taken back: it is promised for the first time, and nobody has begun to send it."""
    return promise.attempt == 0 and bool(promise.payload.get("before"))


MOST_UNCERTAIN = 2
"""How often an answer may be handed over with nobody knowing whether it was taken."""


def can_send_again(entry: Entry) -> bool:
    """Whether an answer may leave once more: it has failed, or may have left, but not twice."""
    if entry.state is EntryState.UNCERTAIN:
        return int(entry.data.get("uncertain", 0)) < MOST_UNCERTAIN
    return entry.state is EntryState.FAILED


def signature(session: Session, ticket: Ticket, agent_id: int | None) -> str:
    """The lines below an answer, as the group of the ticket signs."""
    agent = session.get(Agent, agent_id) if agent_id else None
    team = session.get_one(Team, ticket.team_id)
    number = f"{runtime.current().settings.instance.ticket_prefix}-{ticket.number}"
    values = signature_values(agent, team, named_office(session, ticket), number)
    return signatures.fill(signatures.text_for(session, team.id), values)


def signature_values(agent: Agent | None, team: Team | None, office: Office | None, number: str) -> dict[str, str]:
    """What a signature is filled in with, by its words in English."""
    settings = runtime.current().settings
    return {
        "guide": agent.name if agent else "",
        "title": agent.title if agent else "",
        "municipality": settings.instance.municipality,
        "place": (office.signature if office else "") or (team.signature if team else ""),
        "team": team.name if team else "",
        "office": office.name if office else "",
        "address": office.street_address if office else "",
        "phone": office.phone if office else "",
        "mail": (office.mail_address if office else "")
        or (team.mail_address if team else "")
        or settings.channels.mail.address,
        "number": number,
    }


def named_office(session: Session, ticket: Ticket) -> Office | None:
    """The office of the ticket; none when it is discreet, so that no letter names it."""
    office = session.get(Office, ticket.office_id) if ticket.office_id else None
    return None if office is None or office.discreet else office


def our_address(session: Session, ticket: Ticket) -> tuple[str, str]:
    """The address that answers come from, and the name beside it: the office's, the group's, or the common one."""
    settings = runtime.current().settings
    office = named_office(session, ticket)
    if office is not None and office.mail_address:
        return office.mail_address, office.name
    team = session.get_one(Team, ticket.team_id)
    return team.mail_address or settings.channels.mail.address, settings.instance.municipality

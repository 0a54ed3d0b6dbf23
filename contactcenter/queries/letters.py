"""What a letter to a resident needs beside its text: who it goes to, and what is put below it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from channels.email.compose import can_be_sent_to
from contactcenter import runtime
from contactcenter.model import Address, Agent, Office, Outbox, Team, Ticket
from contactcenter.model.words import AddressKind


def recipient(session: Session, ticket: Ticket) -> Address | None:
    """Who an answer goes to: the address of the ticket, if it is one that mail can be sent to."""
    address = session.get(Address, ticket.address_id) if ticket.address_id else None
    if address is None or address.kind is not AddressKind.EMAIL or not can_be_sent_to(address.value):
        return None
    return address


def can_undo(promise: Outbox) -> bool:
    """Whether an answer can be taken back: it is promised for the first time, and nobody has begun to send it."""
    return promise.attempt == 0 and bool(promise.payload.get("before"))


def signature(session: Session, ticket: Ticket, agent_id: int | None) -> str:
    """The lines below an answer: the guide, the place or group, the municipality and the ticket's number."""
    instance = runtime.current().settings.instance
    agent = session.get(Agent, agent_id) if agent_id else None
    place = _place(session, ticket)
    who = ", ".join(part for part in (agent.title if agent else "", instance.municipality) if part)
    ref = f"{instance.ticket_prefix}-{ticket.number}"
    return "\n".join(line for line in (agent.name if agent else "", who, place, ref) if line)


def _place(session: Session, ticket: Ticket) -> str:
    office = session.get(Office, ticket.office_id) if ticket.office_id else None
    team = session.get_one(Team, ticket.team_id)
    return (office.signature if office else "") or team.signature


def our_address(session: Session, ticket: Ticket) -> tuple[str, str]:
    """The address that answers come from, and the name beside it: the office's, the group's, or the common one."""
    settings = runtime.current().settings
    office = session.get(Office, ticket.office_id) if ticket.office_id else None
    if office is not None and office.mail_address:
        return office.mail_address, office.name
    team = session.get_one(Team, ticket.team_id)
    return team.mail_address or settings.channels.mail.address, settings.instance.municipality

"""Which of our own addresses a mail is to, and whether its conversation has ever used one of them.

Who answers with all recipients stays in the conversation. Who sends it on to another address of ours asks somebody
else: a new ticket, whatever stands before the subject (`VB:`, `Fwd:`), and also where nothing does.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session

from channels.email.compose import spellings, wire_form
from channels.message import Envelope, InboundMessage
from contactcenter import runtime
from contactcenter.model import (
    Decision,
    Entry,
    EntryMessage,
    Inbox,
    Office,
    OurAddress,
    Team,
    Ticket,
    TicketTeam,
    Topic,
)
from contactcenter.model.words import Direction

MOST_MESSAGES = 200


def bare(address: str) -> str:
    """`kontakt+…@ekhamra.example` as `kontakt@ekhamra.example`: what is behind the sign is only for us.

    As it is sent, so that no letters in its domain make it another one.
    """
    local, _, domain = wire_form(address).rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def ours(session: Session, addresses: Iterable[str]) -> frozenset[str]:
    """Those of `addresses` (bare) that we answer at: configured, or a group's, an office's or a mailbox's."""
    asked = _in_our_domains(addresses)
    if not asked:
        return frozenset()
    mail = runtime.current().settings.channels.mail
    known = {bare(mail.address), *(bare(box.address) for box in mail.mailboxes)}
    columns = (OurAddress.address, Team.mail_address, Office.mail_address)
    spelled = spellings(asked)
    found = session.scalars(union(*(select(func.lower(each)).where(func.lower(each).in_(spelled)) for each in columns)))
    return frozenset(map(wire_form, found)) | known.intersection(asked)


def _in_our_domains(addresses: Iterable[str]) -> list[str]:
    """Those that can be ours at all, so that nothing is asked about residents."""
    domains = {wire_form(f"x@{domain}")[2:] for domain in runtime.current().settings.channels.mail.domains}
    return sorted({address for address in addresses if address.rpartition("@")[2] in domains})


def teams_written_to(session: Session, message: InboundMessage, envelope: Envelope) -> set[int]:
    """The groups behind the addresses of ours, when a mail is to several: each is to see it. Nobody for one alone.

    Where an address says no group, it is the first line's.
    """
    to = _in_our_domains(map(bare, _to(message, envelope)))
    if len(to) < 2:
        return set()
    first_line = select(Team.id).where(Team.is_first_line).order_by(Team.id).limit(1).scalar_subquery()
    group = func.coalesce(OurAddress.team_id, Topic.team_id, first_line)
    rows = session.scalars(
        select(group)
        .outerjoin(Topic, Topic.id == OurAddress.topic_id)
        .where(func.lower(OurAddress.address).in_(spellings(to)))
    ).all()
    return {team_id for team_id in rows if team_id is not None} if len(rows) > 1 else set()


def _to(message: InboundMessage, envelope: Envelope) -> Iterable[str]:
    return (*envelope.recipients, *(address.value for address in (*message.recipients, *message.copies)))


def leads_elsewhere(session: Session, ticket_id: int, message: InboundMessage, envelope: Envelope) -> bool:
    """Whether a mail that belongs to the conversation of a ticket is only to addresses of ours that it never used."""
    to = ours(session, map(bare, _to(message, envelope)))
    return bool(to) and to.isdisjoint(_of_conversation(session, ticket_id))


def _of_conversation(session: Session, ticket_id: int) -> set[str]:
    """Where its messages were sent, and where its answers may have come from: wherever it has been routed."""
    used = {bare(address) for address in _written_to(session, ticket_id)}
    common = runtime.current().settings.channels.mail.address
    for office, team in _places(session, ticket_id):
        used.add(bare(office or team or common))
    return used


def _written_to(session: Session, ticket_id: int) -> Iterable[str]:
    rows = session.execute(
        select(EntryMessage.recipients, EntryMessage.copies, Inbox.envelope_to)
        .join(Entry, Entry.id == EntryMessage.entry_id)
        .outerjoin(Inbox, Inbox.id == Entry.inbox_id)
        .where(Entry.ticket_id == ticket_id, Entry.direction == Direction.IN)
        .order_by(Entry.id)
        .limit(MOST_MESSAGES)
    )
    for recipients, copies, envelope_to in rows:
        yield from (*recipients, *copies, *(envelope_to or ()))


def _places(session: Session, ticket_id: int) -> set[tuple[str, str]]:
    """The addresses of the offices and groups that the ticket is at, has been at, or is seen by."""
    decided = select(Decision.office_id, Decision.team_id).where(Decision.ticket_id == ticket_id)
    present = select(Ticket.office_id, Ticket.team_id).where(Ticket.id == ticket_id)
    places = {(office_id, team_id) for query in (decided, present) for office_id, team_id in session.execute(query)}
    also = session.scalars(select(TicketTeam.team_id).where(TicketTeam.ticket_id == ticket_id)).all()
    places |= {(None, team_id) for team_id in also} | {(None, team_id) for _office_id, team_id in places}
    offices = _addresses(session, Office, {office_id for office_id, _team_id in places if office_id is not None})
    teams = _addresses(session, Team, {team_id for _office_id, team_id in places})
    return {(offices.get(office_id, ""), teams.get(team_id, "")) for office_id, team_id in places}


def _addresses(session: Session, table: type[Office] | type[Team], ids: set[int]) -> dict[int | None, str]:
    rows = session.execute(select(table.id, table.mail_address).where(table.id.in_(ids), table.mail_address != ""))
    return {row_id: address for row_id, address in rows}

"""Takes the example data out again: tickets, residents and agents. The organisation stays, to be edited.

What is real stays: a ticket that real mail has joined, and the name of an example agent who wrote in one.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Delete, Update, delete, or_, select, update
from sqlalchemy.orm import Session

from contactcenter import clock
from contactcenter.demo import parked
from contactcenter.demo.conversations import load_people
from contactcenter.demo.store_people import e164
from contactcenter.errors import Conflict
from contactcenter.i18n import gettext as _
from contactcenter.model import (
    Acknowledged,
    Acknowledgement,
    Address,
    Agent,
    AgentSession,
    Attachment,
    Audit,
    Decision,
    DomainGrant,
    Draft,
    Entry,
    Event,
    Inbox,
    Outbox,
    ParkedMail,
    Person,
    PersonAddress,
    SearchDoc,
    SettingChange,
    TeamMember,
    Ticket,
    Timer,
)
from contactcenter.services import agents, deadlines, outbox


def remove(session: Session) -> None:
    """Take everything out in one transaction.

    Raises:
        Conflict: nobody real can administer yet, so nobody could sign in afterwards.
    """
    if not agents.has_real_administrator(session):
        raise Conflict(_("Add an administrator with a password first: otherwise nobody could sign in afterwards."))
    joined = select(Entry.ticket_id).where(Entry.inbox_id.is_not(None))
    _do(session, update(Ticket).where(Ticket.is_demo, Ticket.id.in_(joined)).values(is_demo=False))
    people = _people(session)
    parked.remove(session)
    _remove_tickets(session)
    _remove_people(session, people)
    _remove_agents(session)
    if session.scalar(select(SettingChange.id).where(SettingChange.kind == "bekraftelser").limit(1)) is None:
        _do(session, update(Acknowledgement).values(active=False))  # nobody has read what would leave by itself


def _people(session: Session) -> list[int]:
    """The residents of the example: those of its tickets, and those at its addresses."""
    residents = load_people().residents
    values = {one.email.lower() for one in residents if one.email} | {e164(one.phone) for one in residents if one.phone}
    at_address = (
        select(PersonAddress.person_id)
        .join(Address, Address.id == PersonAddress.address_id)
        .where(Address.value.in_(sorted(values)))
    )
    with_ticket = select(Ticket.person_id).where(Ticket.is_demo, Ticket.person_id.is_not(None))
    return list(session.scalars(select(Person.id).where(Person.id.in_(at_address) | Person.id.in_(with_ticket))))


def _remove_tickets(session: Session) -> None:
    gone = select(Ticket.id).where(Ticket.is_demo)
    lines = select(Entry.id).where(Entry.ticket_id.in_(gone))
    drafts = select(Draft.id).where(Draft.ticket_id.in_(gone))
    owed = or_(
        (Outbox.kind == outbox.DELIVER) & Outbox.subject_id.in_(lines),
        (Outbox.kind == outbox.WAKE) & Outbox.subject_id.in_(gone),
    )
    for statement in (
        delete(Outbox).where(owed),
        delete(Timer).where(Timer.kind == deadlines.FIRST_REPLY, Timer.subject_id.in_(gone)),
        delete(Event).where(Event.ticket_id.in_(gone)),
        delete(SearchDoc).where(SearchDoc.ticket_id.in_(gone)),
        delete(Attachment).where(or_(Attachment.entry_id.in_(lines), Attachment.draft_id.in_(drafts))),
        delete(Entry).where(Entry.ticket_id.in_(gone)),
        update(Audit).where(Audit.ticket_id.in_(gone)).values(ticket_id=None),
        update(Inbox).where(Inbox.ticket_id.in_(gone)).values(ticket_id=None),
        update(ParkedMail).where(ParkedMail.ticket_id.in_(gone)).values(ticket_id=None),
        delete(Acknowledged).where(Acknowledged.ticket_id.in_(gone)),
        update(Ticket).where(Ticket.related_ticket_id.in_(gone)).values(related_ticket_id=None),
        delete(Ticket).where(Ticket.is_demo),
    ):
        _do(session, statement)


def _remove_people(session: Session, people: Sequence[int]) -> None:
    """The residents of the example, unless something real knows them."""
    unknown = ~select(Ticket.id).where(Ticket.person_id == Person.id).exists()
    gone = list(session.scalars(select(Person.id).where(Person.id.in_(people), unknown)))
    addresses = list(session.scalars(select(PersonAddress.address_id).where(PersonAddress.person_id.in_(gone))))
    _do(session, delete(PersonAddress).where(PersonAddress.person_id.in_(gone)))
    _do(session, delete(Person).where(Person.id.in_(gone)))
    in_use = [
        select(PersonAddress.id).where(PersonAddress.address_id == Address.id),
        select(Ticket.id).where(Ticket.address_id == Address.id),
        select(Entry.id).where(Entry.address_id == Address.id),
    ]
    unused: list[ColumnElement[bool]] = [~use.exists() for use in in_use]
    _do(session, delete(Address).where(Address.id.in_(addresses), *unused))


def _remove_agents(session: Session) -> None:
    """Whoever has left a trace in something real stays as a name that cannot sign in."""
    everybody = select(Agent.id).where(Agent.is_demo)
    _do(session, update(Ticket).where(Ticket.assignee_id.in_(everybody)).values(assignee_id=None))
    _do(session, delete(AgentSession).where(AgentSession.agent_id.in_(everybody)))
    traces = [
        select(Entry.id).where(Entry.agent_id == Agent.id),
        select(Decision.id).where(Decision.corrected_by_id == Agent.id),
        select(Audit.id).where(Audit.agent_id == Agent.id, Audit.ticket_id.is_not(None)),
        select(Event.id).where(Event.agent_id == Agent.id),
        select(SettingChange.id).where(SettingChange.agent_id == Agent.id),
        select(Draft.id).where(Draft.agent_id == Agent.id),
        select(ParkedMail.id).where(ParkedMail.agent_id == Agent.id),
    ]
    left = [trace.exists() for trace in traces]
    stays = {"disabled_at": clock.now(), "password_hash": "", "is_demo": False}
    _do(session, update(Agent).where(Agent.is_demo, or_(*left)).values(**stays))
    for statement in (
        delete(Audit).where(Audit.agent_id.in_(everybody)),
        update(Audit).where(Audit.subject_id.in_(everybody)).values(subject_id=None),
        delete(TeamMember).where(TeamMember.agent_id.in_(everybody)),
        delete(DomainGrant).where(DomainGrant.agent_id.in_(everybody)),
        delete(Agent).where(Agent.is_demo),
    ):
        _do(session, statement)


def _do(session: Session, statement: Delete | Update) -> None:
    session.execute(statement.execution_options(synchronize_session=False))

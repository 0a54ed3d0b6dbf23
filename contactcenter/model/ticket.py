"""The ticket (ärende), who else may see it, and why it is where it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, Sequence, String, Text, UniqueConstraint, and_, literal_column, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ColumnElement

from contactcenter.db import Base, Model
from contactcenter.model.columns import Created, optional_reference, reference
from contactcenter.model.organisation import Agent, Domain, Office, Team, Topic
from contactcenter.model.person import Address, Person
from contactcenter.model.words import ChannelKind, Priority, Relation, Status, word

FIRST_NUMBER = 1001
Sequence("ticket_number", start=FIRST_NUMBER, metadata=Base.metadata)


class NextTicketNumber(ColumnElement[int]):
    """The next free number: a sequence on PostgreSQL; on SQLite, which has one writer, the highest plus one.

    Numbers up to `seq` of a row `ticket_number` in `sqlite_sequence` are passed over: they were given before a restored
    backup was lost.
    """

    inherit_cache = True
    type = Integer()


@compiles(NextTicketNumber, "postgresql")
def _next_number_postgresql(element: NextTicketNumber, compiler: SQLCompiler, **kw: Any) -> str:
    return "nextval('ticket_number')"


@compiles(NextTicketNumber, "sqlite")
def _next_number_sqlite(element: NextTicketNumber, compiler: SQLCompiler, **kw: Any) -> str:
    passed = "coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'ticket_number'), 0)"
    return f"(SELECT max(coalesce(max(number), {FIRST_NUMBER - 1}), {passed}) + 1 FROM ticket)"  # noqa: S608 - constants


class Ticket(Created, Model):
    """One matter of one resident.

    `rank` is 0 for urgent tickets and 1 for all others: with `waiting_since` and `id` it is the order of the queue.
    `waiting_since` is when the present wait began (ours or the resident's). `new_reply` is set when the resident wrote
    again and nobody has answered yet. `reply_owed_since` is when the resident began to wait for a first answer that
    nobody has given yet, and `first_reply_due` when it is due, if one is promised by then. `sender`, `preview`,
    `channel` and `last_message_at` repeat the newest message so that a list reads one table. `rev` counts every
    change. `thanked_at` is when the resident last wrote thanks and nothing else, which owes nobody an answer.
    `related_ticket_id` is an older ticket that this one is linked to, and `related_as` why, where a program did that.
    `trace` is what the log calls the message that opened it. Ids are signed into reply addresses and never given again.
    """

    __tablename__ = "ticket"
    __table_args__ = ({"sqlite_autoincrement": True},)

    number: Mapped[int] = mapped_column(unique=True, default=NextTicketNumber())
    public_token: Mapped[str] = mapped_column(String(64), unique=True)
    subject: Mapped[str] = mapped_column(String(500))
    status: Mapped[Status] = mapped_column(word(Status), default=Status.NEW)
    priority: Mapped[Priority] = mapped_column(word(Priority), default=Priority.NORMAL)
    rank: Mapped[int] = mapped_column(default=1)
    sensitive: Mapped[bool] = mapped_column(default=False)
    person_id: Mapped[int | None] = optional_reference("person.id", index=True)
    address_id: Mapped[int | None] = optional_reference("address.id", index=True)
    topic_id: Mapped[int | None] = optional_reference("topic.id")
    office_id: Mapped[int | None] = optional_reference("office.id")
    team_id: Mapped[int] = reference("team.id")
    assignee_id: Mapped[int | None] = optional_reference("agent.id")
    domain_id: Mapped[int] = reference("domain.id")
    district: Mapped[str] = mapped_column(String(100), default="")
    language: Mapped[str] = mapped_column(String(8), default="")
    interpreter: Mapped[str] = mapped_column(String(8), default="")
    rev: Mapped[int] = mapped_column(default=1)
    last_seq: Mapped[int] = mapped_column(default=0)
    waiting_since: Mapped[datetime]
    last_message_at: Mapped[datetime]
    first_reply_at: Mapped[datetime | None]
    first_reply_due: Mapped[datetime | None]
    reply_owed_since: Mapped[datetime | None]
    resolve_due: Mapped[datetime | None]
    snoozed_until: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(32), default="")
    contact_reason: Mapped[str] = mapped_column(String(100), default="")
    registry_ref: Mapped[str] = mapped_column(String(100), default="")
    channel: Mapped[ChannelKind] = mapped_column(word(ChannelKind))
    sender: Mapped[str] = mapped_column(String(320), default="")
    preview: Mapped[str] = mapped_column(String(200), default="")
    new_reply: Mapped[bool] = mapped_column(default=False)
    related_ticket_id: Mapped[int | None] = optional_reference("ticket.id")
    related_as: Mapped[Relation | None] = mapped_column(word(Relation))
    thanked_at: Mapped[datetime | None]
    is_demo: Mapped[bool] = mapped_column(default=False)
    trace: Mapped[str] = mapped_column(String(16), default="")

    person: Mapped[Person | None] = relationship()
    address: Mapped[Address | None] = relationship()
    topic: Mapped[Topic | None] = relationship()
    office: Mapped[Office | None] = relationship()
    team: Mapped[Team] = relationship()
    assignee: Mapped[Agent | None] = relationship()
    domain: Mapped[Domain] = relationship()


# Written as a literal on both sides: a partial index is only used where the query repeats its condition.
IS_OPEN = Ticket.status != literal_column("'closed'")
IS_CLOSED = Ticket.status == literal_column("'closed'")
_UNASSIGNED = and_(IS_OPEN, Ticket.assignee_id.is_(None))
_SNOOZED = Ticket.snoozed_until.is_not(None)


def _partial(name: str, *columns: Any, where: Any) -> Index:
    return Index(name, *columns, postgresql_where=where, sqlite_where=where)


_PLACE = (Ticket.rank, Ticket.waiting_since, Ticket.id)
_COUNTED = (Ticket.status, Ticket.domain_id)  # with these in the index, counting a view does not read its tickets
_partial("ix_ticket_queue", *_PLACE, *_COUNTED, where=IS_OPEN)
_partial("ix_ticket_status_queue", Ticket.status, *_PLACE, Ticket.domain_id, where=IS_OPEN)
_partial("ix_ticket_assignee_queue", Ticket.assignee_id, *_PLACE, *_COUNTED, where=IS_OPEN)
_partial("ix_ticket_unassigned", *_PLACE, *_COUNTED, where=_UNASSIGNED)
_partial("ix_ticket_team_queue", Ticket.team_id, *_PLACE, where=IS_OPEN)
_partial("ix_ticket_topic_queue", Ticket.topic_id, *_PLACE, where=IS_OPEN)
_partial("ix_ticket_office_queue", Ticket.office_id, *_PLACE, where=IS_OPEN)
_partial("ix_ticket_new_reply", *_PLACE, Ticket.assignee_id, *_COUNTED, where=Ticket.new_reply == true())
_partial("ix_ticket_closed", Ticket.closed_at, Ticket.id, where=IS_CLOSED)
_partial("ix_ticket_owed", Ticket.id, where=Ticket.reply_owed_since.is_not(None))
_partial("ix_ticket_related", Ticket.related_ticket_id, where=Ticket.related_ticket_id.is_not(None))
_partial("ix_ticket_snoozed", Ticket.snoozed_until, where=_SNOOZED)


class TicketTeam(Created, Model):
    """A further team that sees a ticket in its queue (a mail to two of our addresses is one ticket for both)."""

    __tablename__ = "ticket_team"
    __table_args__ = (UniqueConstraint("ticket_id", "team_id"),)

    ticket_id: Mapped[int] = reference("ticket.id", cascade=True)
    team_id: Mapped[int] = reference("team.id", index=True)


class TicketGrant(Created, Model):
    """The right to see one ticket outside one's domains, with its ground; given to an agent or to a team."""

    __tablename__ = "ticket_grant"
    __table_args__ = (UniqueConstraint("ticket_id", "agent_id"), UniqueConstraint("ticket_id", "team_id"))

    ticket_id: Mapped[int] = reference("ticket.id", cascade=True)
    agent_id: Mapped[int | None] = optional_reference("agent.id", index=True)
    team_id: Mapped[int | None] = optional_reference("team.id", index=True)
    ground: Mapped[str] = mapped_column(Text, default="")


class Decision(Created, Model):
    """Why a ticket went where it did: the reasons as data, in order. A guide's correction is a decision of its own."""

    __tablename__ = "decision"

    ticket_id: Mapped[int] = reference("ticket.id", index=True, cascade=True)
    topic_id: Mapped[int | None] = optional_reference("topic.id")
    team_id: Mapped[int] = reference("team.id")
    office_id: Mapped[int | None] = optional_reference("office.id")
    rule: Mapped[str] = mapped_column(String(64), default="")
    rule_version: Mapped[int] = mapped_column(default=0)
    confidence: Mapped[float] = mapped_column(default=0.0)
    reasons: Mapped[list[Any]] = mapped_column(default=list)
    candidates: Mapped[list[Any]] = mapped_column(default=list)
    corrected_by_id: Mapped[int | None] = optional_reference("agent.id")
    previous_topic_id: Mapped[int | None] = optional_reference("topic.id")

    ticket: Mapped[Ticket] = relationship()

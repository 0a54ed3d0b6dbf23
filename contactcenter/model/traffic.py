"""What arrives, what is promised to leave, and what has changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, and_, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ColumnElement

from contactcenter.db import Model
from contactcenter.model.columns import Created, optional_reference
from contactcenter.model.words import ChannelKind, InboxState, word


class Inbox(Created, Model):
    """Something that arrived, as it arrived. Its bytes are the blob `raw_key`; it is never deleted by the program.

    While `waiting` it is claimed with a lease; `attempts` counts claims and never falls, so that it tells an earlier
    claim from the present one. The third of `failures` puts it in quarantine, where people see it with its `reason` (a
    code) and `error` (what the reader said), and so does the fifth claim in a row that nobody came back from (`lost`).
    `domain_id` is the confidential domain that a message in quarantine was addressed to, if it was. `promoted`:
    somebody wants it as a ticket, whatever speaks for parking it.
    """

    __tablename__ = "inbox"
    __table_args__ = (UniqueConstraint("channel", "dedupe_key"),)

    channel: Mapped[ChannelKind] = mapped_column(word(ChannelKind))
    dedupe_key: Mapped[str] = mapped_column(String(64))
    raw_key: Mapped[str] = mapped_column(String(200))
    size: Mapped[int]
    envelope_from: Mapped[str] = mapped_column(String(320), default="")
    envelope_to: Mapped[list[str]] = mapped_column(default=list)
    peer: Mapped[str] = mapped_column(String(64), default="")
    state: Mapped[InboxState] = mapped_column(word(InboxState), default=InboxState.WAITING)
    reason: Mapped[str] = mapped_column(String(40), default="")
    error: Mapped[str] = mapped_column(Text, default="")
    attempts: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    lost: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    seen_count: Mapped[int] = mapped_column(default=1)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    domain_id: Mapped[int | None] = optional_reference("domain.id")
    promoted: Mapped[bool] = mapped_column(default=False)


_WAITING = Inbox.state == InboxState.WAITING
_QUARANTINED = Inbox.state == InboxState.QUARANTINED
Index("ix_inbox_waiting", Inbox.lost, Inbox.id, postgresql_where=_WAITING, sqlite_where=_WAITING)
Index("ix_inbox_quarantined", Inbox.id, postgresql_where=_QUARANTINED, sqlite_where=_QUARANTINED)


class Outbox(Created, Model):
    """A promised effect outside the database, written in the transaction that causes it.

    A claim sets `lease_until` and raises `attempt`, the fencing number: only its holder may record an outcome. An
    answer is owed once at a time. `tried_at` is when it was first tried: how long one goes on trying counts from there.
    `lost` counts the claims in a row that nobody came back from; a promise with too many is given up, visibly.
    """

    __tablename__ = "outbox"

    kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int] = mapped_column(BigInteger, index=True)
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    due_at: Mapped[datetime]
    tried_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    attempt: Mapped[int] = mapped_column(default=0)
    lost: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(16), default="")
    error: Mapped[str] = mapped_column(Text, default="")


_OWED = Outbox.done_at.is_(None)
Index("ix_outbox_owed", Outbox.due_at, postgresql_where=_OWED, sqlite_where=_OWED)
_OWED_ANSWER = and_(_OWED, Outbox.kind == literal_column("'deliver'"))
Index("uq_outbox_answer", Outbox.subject_id, unique=True, postgresql_where=_OWED_ANSWER, sqlite_where=_OWED_ANSWER)


class Timer(Created, Model):
    """That something is to happen at `due_at`, once: a timer of a kind and subject is set anew, never twice.

    A claim sets `lease_until` and raises `attempt`, the fencing number: only its holder may let it go off. Ids are
    never given again, so that a claim cannot fit another timer.
    """

    __tablename__ = "timer"
    __table_args__ = (UniqueConstraint("kind", "subject_id"), {"sqlite_autoincrement": True})

    kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int] = mapped_column(BigInteger)
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    attempt: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]


_TICKING = Timer.done_at.is_(None)
Index("ix_timer_ticking", Timer.due_at, postgresql_where=_TICKING, sqlite_where=_TICKING)


class CurrentTransaction(ColumnElement[int]):
    """The number of the writing transaction on PostgreSQL, whose ids may become visible out of order; 0 on SQLite."""

    inherit_cache = True
    type = BigInteger()


@compiles(CurrentTransaction, "postgresql")
def _current_transaction_postgresql(element: CurrentTransaction, compiler: SQLCompiler, **kw: Any) -> str:
    return "pg_current_xact_id()::text::bigint"


@compiles(CurrentTransaction, "sqlite")
def _current_transaction_sqlite(element: CurrentTransaction, compiler: SQLCompiler, **kw: Any) -> str:
    return "0"


class Event(Created, Model):
    """That a ticket changed: a hint for screens, never the truth. Watchers read it in (`xid`, `id`) order."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_order", "xid", "id"),)

    xid: Mapped[int] = mapped_column(BigInteger, default=CurrentTransaction())
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    number: Mapped[int]
    rev: Mapped[int]
    domain_id: Mapped[int] = mapped_column(ForeignKey("domain.id"))
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    kind: Mapped[str] = mapped_column(String(32))

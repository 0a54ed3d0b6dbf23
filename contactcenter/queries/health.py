"""Whether the service is well: the database answers, the disk has room, nothing waits too long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from contactcenter import clock
from contactcenter.model import Inbox, Outbox
from contactcenter.model.words import InboxState

INBOX_SECONDS = 60
OUTBOX_SECONDS = 60
MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Backlog:
    """Ages in seconds of the oldest message not taken in and the oldest promise overdue, and what is in quarantine."""

    inbox_age: float
    outbox_age: float
    quarantined: int

    @property
    def is_well(self) -> bool:
        """Whether both are younger than they may become."""
        return self.inbox_age <= INBOX_SECONDS and self.outbox_age <= OUTBOX_SECONDS


@dataclass(frozen=True, slots=True)
class Queues:
    """How much waits: messages to be taken in, and promises by (kind, state: `later`, `due` or `held`)."""

    waiting: int
    owed: dict[tuple[str, str], int]


def queues(session: Session) -> Queues:
    """Count what waits; no count looks at more than 10 000 rows."""
    now = clock.now()
    waiting = select(Inbox.id).where(Inbox.state == InboxState.WAITING).limit(MOST_COUNTED).subquery()
    state = case((Outbox.lease_until > now, "held"), (Outbox.due_at > now, "later"), else_="due").label("state")
    owed = select(Outbox.kind, state).where(Outbox.done_at.is_(None)).limit(MOST_COUNTED).subquery()
    counted = select(owed.c.kind, owed.c.state, func.count()).group_by(owed.c.kind, owed.c.state)
    return Queues(
        waiting=session.scalar(select(func.count()).select_from(waiting)) or 0,
        owed={(kind, state): count for kind, state, count in session.execute(counted)},
    )


def backlog(session: Session) -> Backlog:
    """Measure the backlog now."""
    now = clock.now()
    waiting = session.scalar(select(func.min(Inbox.created_at)).where(Inbox.state == InboxState.WAITING))
    overdue = session.scalar(select(func.min(Outbox.due_at)).where(Outbox.done_at.is_(None)))
    held = select(Inbox.id).where(Inbox.state == InboxState.QUARANTINED).limit(1000).subquery()
    return Backlog(
        inbox_age=_age(waiting, now),
        outbox_age=_age(overdue, now),
        quarantined=session.scalar(select(func.count()).select_from(held)) or 0,
    )


def _age(moment: datetime | None, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds()) if moment is not None else 0.0

"""What is to happen at a moment: one row for each kind and subject, written in the transaction that knows the moment.

Nothing looks through tickets for what is late. A timer that should have gone off while nobody was there, or while the
clock stood elsewhere, goes off late and once, and still says when it was due.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, delete, null, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from contactcenter import clock, runtime
from contactcenter.db import Base, after_commit, is_postgres
from contactcenter.model import Timer

LEASE = timedelta(seconds=25)
SOON = timedelta(seconds=5)
"""Whoever lets timers go off looks this often without being woken."""

_TABLE = Base.metadata.tables["timer"]


def _upsert(insert: Any) -> Any:
    """Set a timer, or set it anew. One that has gone off stays so when its new moment has passed as well."""
    statement = insert(_TABLE)
    new = statement.excluded
    gone_off = (_TABLE.c.done_at.is_not(None), new.due_at <= new.created_at)
    values = {
        "due_at": new.due_at,
        "lease_until": null(),
        "attempt": _TABLE.c.attempt + 1,
        "done_at": case((gone_off[0] & gone_off[1], _TABLE.c.done_at), else_=null()),
    }
    keys = [_TABLE.c.kind, _TABLE.c.subject_id]
    return statement.on_conflict_do_update(index_elements=keys, set_=values, where=_TABLE.c.due_at != new.due_at)


_SET = {True: _upsert(postgresql_insert), False: _upsert(sqlite_insert)}


def start(session: Session, kind: str, subject_id: int, due_at: datetime) -> None:
    """Let the timer of `kind` and `subject_id` go off at `due_at` instead of when it was to before.

    With the same moment as before nothing happens: what has gone off does not go off again.
    """
    now = clock.now()
    row = {"kind": kind, "subject_id": subject_id, "due_at": due_at, "created_at": now}
    session.execute(_SET[is_postgres(session)], row)
    if due_at <= now + SOON:
        after_commit(session, runtime.current().bus.timers.set)


def clear(session: Session, kind: str, subject_id: int) -> None:
    """Let it not go off. One that has is kept, so that setting it for the same moment does not repeat it."""
    session.execute(delete(Timer).where(Timer.kind == kind, Timer.subject_id == subject_id, Timer.done_at.is_(None)))


def next_due(session: Session) -> datetime | None:
    """When the next timer that nobody holds goes off; it may be in the past. None when none is set."""
    free = or_(Timer.lease_until.is_(None), Timer.lease_until < clock.now())
    return session.scalar(select(Timer.due_at).where(Timer.done_at.is_(None), free).order_by(Timer.due_at).limit(1))


def claim(session: Session, limit: int) -> list[Timer]:
    """Take up to `limit` timers that are due for `LEASE`; each claim raises `attempt`, the fencing number."""
    now = clock.now()
    due = (
        select(Timer.id)
        .where(
            Timer.done_at.is_(None),
            Timer.due_at <= now,
            or_(Timer.lease_until.is_(None), Timer.lease_until < now),
        )
        .order_by(Timer.due_at, Timer.id)
        .limit(limit)
    )
    if is_postgres(session):
        due = due.with_for_update(skip_locked=True)
    ids = list(session.scalars(due))
    if not ids:
        return []
    taken = update(Timer).where(Timer.id.in_(ids)).values(lease_until=now + LEASE, attempt=Timer.attempt + 1)
    session.execute(taken.execution_options(synchronize_session=False))
    return list(session.scalars(select(Timer).where(Timer.id.in_(ids)).order_by(Timer.due_at, Timer.id)))


def held(session: Session, timer_id: int, attempt: int) -> Timer | None:
    """The row, locked, if this attempt still holds it; None when it was set anew, cleared or taken over (fencing)."""
    row = session.scalar(select(Timer).where(Timer.id == timer_id).with_for_update())
    if row is None or row.done_at is not None or row.attempt != attempt:
        return None
    return row


def renew(session: Session, timer_id: int, attempt: int) -> bool:
    """Lengthen the lease of what takes long; False when somebody else has taken over."""
    row = held(session, timer_id, attempt)
    if row is not None:
        row.lease_until = clock.now() + LEASE
    return row is not None


def finish(row: Timer) -> None:
    """It has gone off."""
    row.done_at = clock.now()
    row.lease_until = None


def release_all(session: Session) -> None:
    """Forget every lease; only for the one daemon of an embedded database, when it starts."""
    freed = update(Timer).where(Timer.done_at.is_(None), Timer.lease_until.is_not(None)).values(lease_until=None)
    session.execute(freed.execution_options(synchronize_session=False))

"""Promises as rows: every effect outside the database is written here in the transaction of its cause."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from contactcenter import clock, runtime
from contactcenter.db import after_commit, is_postgres
from contactcenter.errors import Conflict, NotFound
from contactcenter.model import Outbox

DELIVER = "deliver"
WAKE = "wake"
LINK = "link"
WEBHOOK = "webhook"
TRIAL = "trial"
KINDS = (DELIVER, WAKE, LINK, WEBHOOK, TRIAL)
LEASE = timedelta(seconds=25)
PAUSE = timedelta(seconds=5)
MAX_LOST = 5


class Mark(StrEnum):
    """What a promise that is not kept yet can carry as its outcome."""

    HANDED = "handed"


def promise(session: Session, kind: str, subject_id: int, due_at: datetime, **payload: Any) -> Outbox:
    """Write a promise to be kept at `due_at`. Wakes the relay once it is durable."""
    row = Outbox(kind=kind, subject_id=subject_id, due_at=due_at, payload=payload)
    session.add(row)
    after_commit(session, runtime.current().bus.outbox.set)
    return row


def next_due(session: Session) -> datetime | None:
    """When the next promise that nobody holds is due; it may be in the past. None when nothing is owed."""
    free = or_(Outbox.lease_until.is_(None), Outbox.lease_until < clock.now())
    return session.scalar(select(Outbox.due_at).where(Outbox.done_at.is_(None), free).order_by(Outbox.due_at).limit(1))


def due(session: Session, limit: int, kinds: Sequence[str] = KINDS) -> list[tuple[int, str]]:
    """Id and kind of up to `limit` promises of `kinds` that could be claimed now, longest due first."""
    now = clock.now()
    free = or_(Outbox.lease_until.is_(None), Outbox.lease_until < now)
    found = session.execute(
        select(Outbox.id, Outbox.kind)
        .where(Outbox.done_at.is_(None), Outbox.due_at <= now, Outbox.kind.in_(kinds), free)
        .order_by(Outbox.due_at, Outbox.id)
        .limit(limit)
    )
    return [(row.id, row.kind) for row in found]


def claim(
    session: Session, limit: int, kinds: Sequence[str] = KINDS, only: Sequence[int] | None = None
) -> list[Outbox]:
    """Take up to `limit` due promises of `kinds` for `LEASE`, `only` these if given.

    Each claim raises `attempt`, the fencing number, and `lost`, which falls to 0 when somebody comes back from it: one
    with more than `MAX_LOST` is to be given up, since it may be what kills the process that keeps it.
    """
    now = clock.now()
    free = (
        select(Outbox.id)
        .where(
            Outbox.done_at.is_(None),
            Outbox.due_at <= now,
            Outbox.kind.in_(kinds),
            or_(Outbox.lease_until.is_(None), Outbox.lease_until < now),
        )
        .order_by(Outbox.due_at, Outbox.id)
        .limit(limit)
    )
    if only is not None:
        free = free.where(Outbox.id.in_(only))
    if is_postgres(session):
        free = free.with_for_update(skip_locked=True)
    ids = list(session.scalars(free))
    if not ids:
        return []
    session.execute(
        update(Outbox)
        .where(Outbox.id.in_(ids))
        .values(
            lease_until=now + LEASE,
            attempt=Outbox.attempt + 1,
            lost=Outbox.lost + 1,
            tried_at=func.coalesce(Outbox.tried_at, now),
        )
        .execution_options(synchronize_session=False)
    )
    return list(session.scalars(select(Outbox).where(Outbox.id.in_(ids)).order_by(Outbox.due_at, Outbox.id)))


def held(session: Session, outbox_id: int, attempt: int) -> Outbox | None:
    """The row, locked, if this attempt still holds it; None when somebody else has taken over (fencing)."""
    row = session.scalar(select(Outbox).where(Outbox.id == outbox_id).with_for_update())
    if row is None or row.done_at is not None or row.attempt != attempt:
        return None
    return row


def renew(session: Session, held_rows: dict[int, int]) -> None:
    """Lengthen the lease of attempts that are still under way (`outbox id → attempt`)."""
    until = clock.now() + LEASE
    for outbox_id, attempt in held_rows.items():
        session.execute(
            update(Outbox)
            .where(Outbox.id == outbox_id, Outbox.attempt == attempt, Outbox.done_at.is_(None))
            .values(lease_until=until)
            .execution_options(synchronize_session=False)
        )


def finish(row: Outbox, outcome: str, error: str = "") -> None:
    """The promise is kept, or given up with `error`."""
    row.done_at = clock.now()
    row.lease_until = None
    row.outcome = outcome
    row.error = error


def settle(session: Session, entry_id: int, outcome: str) -> None:
    """Somebody else knows how the newest promise to deliver `entry_id` ended; who holds it now says so itself."""
    newest = select(Outbox).where(Outbox.kind == DELIVER, Outbox.subject_id == entry_id).order_by(Outbox.id.desc())
    row = session.scalars(newest.limit(1).with_for_update()).first()
    if row is None or (row.done_at is None and row.lease_until is not None and row.lease_until > clock.now()):
        return
    if row.done_at is None:
        finish(row, outcome)
    row.outcome = outcome


def hand_over(session: Session, outbox_id: int, attempt: int) -> bool:
    """Mark that this attempt begins to send, right before it does; False when its lease no longer holds.

    The mark stays until the outcome is known: whoever finds it after a crash knows that the answer may have left.
    """
    row = held(session, outbox_id, attempt)
    if row is None or row.lease_until is None or row.lease_until <= clock.now():
        return False
    row.outcome = Mark.HANDED
    return True


def postpone(row: Outbox, due_at: datetime, error: str) -> None:
    """Try again at `due_at`; nothing has left."""
    row.due_at = due_at
    row.outcome = ""
    row.lease_until = None
    row.lost = 0
    row.error = error


def put_off(session: Session, outbox_id: int, attempt: int) -> None:
    """The database was in trouble, not the promise: wait a little, however often it has been tried."""
    row = held(session, outbox_id, attempt)
    if row is not None:
        row.lease_until, row.lost = clock.now() + PAUSE, 0


def retry(session: Session, outbox_id: int) -> Outbox:
    """Make a promise due now, also one that was given up.

    Raises:
        NotFound: there is no such row, or it was kept.
        Conflict: somebody is keeping it at this moment; twice at once would send it twice.
    """
    row = session.scalar(select(Outbox).where(Outbox.id == outbox_id).with_for_update())
    if row is None or row.outcome in ("sent", "done", "undone"):
        raise NotFound()
    if row.done_at is None and row.lease_until is not None and row.lease_until > clock.now():
        raise Conflict("it is being sent at this moment")
    row.done_at = row.tried_at = None
    row.lost = 0
    row.outcome = ""
    row.lease_until = None
    row.due_at = clock.now()
    after_commit(session, runtime.current().bus.outbox.set)
    return row


def release_all(session: Session) -> None:
    """Forget every lease; only for the one daemon of an embedded database, when it starts."""
    session.execute(
        update(Outbox)
        .where(Outbox.done_at.is_(None))
        .values(lease_until=None)
        .execution_options(synchronize_session=False)
    )

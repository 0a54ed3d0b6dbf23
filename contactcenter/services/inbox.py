"""The inbox: what arrived, as it arrived, until it is dealt with.

`accept` is one insert; after its COMMIT the sender may be told that we have the message. A process then claims it with
a lease, and only the claim that still holds it may say what became of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from channels.message import Envelope
from contactcenter import clock, logs, runtime
from contactcenter.db import Base, after_commit, is_postgres
from contactcenter.errors import Conflict, NotFound
from contactcenter.model import Inbox
from contactcenter.model.words import ChannelKind, InboxState
from contactcenter.services import addressed

log = logs.get_logger(__name__)

LEASE = timedelta(seconds=25)
PAUSE = timedelta(seconds=5)
MAX_FAILURES = 3
MAX_LOST = 5
SUSPECT = 2


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message of the inbox that this process is to read now, or, `given_up`, to put in quarantine unread.

    `promoted`: it was parked, and somebody wants it as a ticket.
    """

    inbox_id: int
    attempt: int
    raw_key: str
    envelope: Envelope
    trace: str = ""
    given_up: bool = False
    promoted: bool = False


def trace(dedupe_key: str) -> str:
    """What a message is called in every line of the log, from the mail door on, and in our answer to its sender."""
    return dedupe_key[: logs.TRACE_LENGTH]


def dedupe_key(envelope: Envelope, raw: bytes) -> str:
    """Equal when a sender gives us the same mail again because our 250 was lost (RFC 5321 §6.1)."""
    digest = hashlib.sha256()
    for part in (envelope.sender, *sorted(envelope.recipients)):
        digest.update(part.encode("utf-8", "surrogateescape") + b"\0")
    digest.update(hashlib.sha256(raw).digest())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message as it came, whose bytes are durable already as the blob `raw_key`."""

    channel: ChannelKind
    envelope: Envelope
    raw_key: str
    dedupe_key: str
    size: int


def arrived(channel: ChannelKind, envelope: Envelope, raw: bytes, raw_key: str) -> Arrived:
    """`raw` is stored as the blob `raw_key`; what is to be written of it, without its bytes."""
    return Arrived(channel, envelope, raw_key, dedupe_key(envelope, raw), len(raw))


def accept(session: Session, channel: ChannelKind, envelope: Envelope, raw: bytes, raw_key: str) -> None:
    """Write one arrived message to the inbox. Its bytes are already durable as the blob `raw_key`."""
    accept_all(session, [arrived(channel, envelope, raw, raw_key)])


def accept_all(session: Session, messages: Sequence[Arrived]) -> None:
    """Write arrived messages to the inbox.

    The same message again only raises `seen_count`. Signs of the envelope that no database can hold are replaced.
    """
    session.connection().execute(_acceptance(is_postgres(session)), [_row(message) for message in messages])
    after_commit(session, runtime.current().bus.inbox.set)


def accept_one(
    session: Session, message: Arrived, reason: str = "", error: str = "", named: Sequence[str] = ()
) -> tuple[int, bool]:
    """Write one arrived message to the inbox: its id, and whether it is new there.

    With a `reason` it goes to quarantine: it is a notice of something that could not be had, as `error` tells; `named`
    as for `quarantine`.
    """
    row = _row(message)
    if reason:
        row |= {"state": InboxState.QUARANTINED, "reason": reason, "error": _storable(error)[:4000]}
        row["domain_id"] = addressed.confidential_domain(session, (*message.envelope.recipients, *named))
    written = _acceptance(is_postgres(session)).returning(_INBOX.c.id, _INBOX.c.seen_count)
    inbox_id, seen_count = session.connection().execute(written, row).one()
    after_commit(session, runtime.current().bus.inbox.set)
    return inbox_id, seen_count == 1


def replace_notice(session: Session, inbox_id: int, message: Arrived) -> bool:
    """Let a notice in quarantine be the message that it stood for, unread; False when it is no notice any more, or the
    message is in the inbox already.
    """
    row = session.scalar(select(Inbox).where(Inbox.id == inbox_id).with_for_update())
    known = select(Inbox.id).where(Inbox.channel == message.channel, Inbox.dedupe_key == message.dedupe_key)
    if row is None or row.state is not InboxState.QUARANTINED or session.scalar(known) is not None:
        return False
    for name, value in _row(message).items():
        if name != "created_at":
            setattr(row, name, value)
    row.error = ""
    retry(session, inbox_id)
    return True


def _row(message: Arrived) -> dict[str, Any]:
    return {
        "channel": message.channel,
        "dedupe_key": message.dedupe_key,
        "raw_key": message.raw_key,
        "size": message.size,
        "envelope_from": _storable(message.envelope.sender)[:320],
        "envelope_to": [_storable(recipient) for recipient in message.envelope.recipients],
        "peer": _storable(message.envelope.peer)[:64],
        "created_at": clock.now(),
    }


@cache
def _acceptance(postgres: bool) -> Any:
    """The statement, built once. Each message is a row of its own run: two alike in one would be refused."""
    insert = postgresql_insert if postgres else sqlite_insert
    return insert(_INBOX).on_conflict_do_update(
        index_elements=[_INBOX.c.channel, _INBOX.c.dedupe_key], set_={"seen_count": _INBOX.c.seen_count + 1}
    )


def _storable(text: str) -> str:
    """`text` without NUL and without bytes that were no UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\0", "\ufffd")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that waits and that nobody holds."""

    inbox_id: int
    channel: ChannelKind
    suspect: bool


def waiting(session: Session, limit: int) -> list[Waiting]:
    """Up to `limit` messages that could be claimed now, oldest first; what may kill a reader comes last."""
    free = or_(Inbox.lease_until.is_(None), Inbox.lease_until < clock.now())
    found = session.execute(
        select(Inbox.id, Inbox.channel, Inbox.lost)
        .where(Inbox.state == InboxState.WAITING, free)
        .order_by(Inbox.lost, Inbox.id)
        .limit(limit)
    )
    return [Waiting(row.id, row.channel, row.lost >= SUSPECT) for row in found]


def claim(session: Session, limit: int, only: Sequence[int] | None = None) -> list[Claimed]:
    """Take up to `limit` waiting messages for `LEASE`, oldest first; `only` these if given.

    A message may be what kills the process that reads it. One that was claimed and never heard of again is claimed
    after all others, then alone, and at last as `given_up`, so that it cannot keep the rest from being read.
    """
    now = clock.now()
    free = (
        select(Inbox.id, Inbox.lost)
        .where(Inbox.state == InboxState.WAITING, or_(Inbox.lease_until.is_(None), Inbox.lease_until < now))
        .order_by(Inbox.lost, Inbox.id)
        .limit(limit)
    )
    if only is not None:
        free = free.where(Inbox.id.in_(only))
    if is_postgres(session):
        free = free.with_for_update(skip_locked=True)
    found = session.execute(free).all()
    if not found:
        return []
    trusted = [row_id for row_id, lost in found if lost < SUSPECT]
    row_id, lost = found[0]
    ids = trusted or [row_id]
    session.execute(
        update(Inbox)
        .where(Inbox.id.in_(ids))
        .values(lease_until=now + LEASE, attempts=Inbox.attempts + 1, lost=Inbox.lost + 1)
        .execution_options(synchronize_session=False)
    )
    rows = session.scalars(select(Inbox).where(Inbox.id.in_(ids)).order_by(Inbox.id))
    return [
        Claimed(
            row.id,
            row.attempts,
            row.raw_key,
            Envelope(row.envelope_from, tuple(row.envelope_to), row.peer),
            trace(row.dedupe_key),
            given_up=not trusted and lost >= MAX_LOST,
            promoted=row.promoted,
        )
        for row in rows
    ]


def give_up(session: Session, claimed: Claimed, named: Sequence[str] = ()) -> None:
    """Put a message in quarantine that may be what kills its readers; `named` as for `quarantine`."""
    told = f"whoever began to read it, {MAX_LOST} times in a row, was never heard of again"
    quarantine(session, claimed, "crash", told, named)


def renew(session: Session, claimed: list[Claimed]) -> None:
    """Lengthen the lease of messages that are still being worked on."""
    session.execute(
        update(Inbox)
        .where(Inbox.id.in_([item.inbox_id for item in claimed]), Inbox.state == InboxState.WAITING)
        .values(lease_until=clock.now() + LEASE)
        .execution_options(synchronize_session=False)
    )


def release_all(session: Session) -> None:
    """Forget every lease; only for the one daemon of an embedded database, when it starts."""
    session.execute(
        update(Inbox)
        .where(Inbox.state == InboxState.WAITING)
        .values(lease_until=None)
        .execution_options(synchronize_session=False)
    )


_INBOX = Base.metadata.tables["inbox"]
_SETTLE = update(_INBOX).where(_INBOX.c.id == bindparam("held_id"))
_HOLD = (
    select(_INBOX.c.id)
    .where(
        _INBOX.c.id == bindparam("held_id"),
        _INBOX.c.state == InboxState.WAITING,
        _INBOX.c.attempts == bindparam("held_attempt"),
    )
    .with_for_update()
)


def is_held(session: Session, claimed: Claimed) -> bool:
    """The fence: whether this claim still holds the message, which is locked until the end of the transaction."""
    held = {"held_id": claimed.inbox_id, "held_attempt": claimed.attempt}
    return session.execute(_HOLD, held).first() is not None


def settle(session: Session, claimed: Claimed, state: InboxState, ticket_id: int | None, reason: str = "") -> None:
    """Say what became of a message that this claim holds."""
    outcome = {"state": state, "ticket_id": ticket_id, "reason": reason, "lease_until": None}
    session.execute(_SETTLE, {"held_id": claimed.inbox_id, **outcome})


def quarantine(session: Session, claimed: Claimed, reason: str, error: str, named: Sequence[str] = ()) -> None:
    """Put a message that cannot be read where people see it. Its bytes stay.

    `named` are the recipients in its header (`addressed.named`): a confidential one hides it like one of the envelope.
    """
    row = _held(session, claimed)
    if row is not None:
        row.state, row.reason, row.error, row.lease_until = InboxState.QUARANTINED, reason, error[:4000], None
        row.domain_id = addressed.confidential_domain(session, (*row.envelope_to, *named))
        after_commit(session, lambda: log.warning("quarantined", trace=claimed.trace, inbox=row.id, reason=reason))


def give_back(session: Session, claimed: Claimed, error: str, named: Sequence[str] = ()) -> None:
    """Something of ours failed: try again soon, and after `MAX_FAILURES` show it in quarantine (`named` as there)."""
    row = _held(session, claimed)
    if row is None:
        return
    row.failures, row.lost = row.failures + 1, 0
    if row.failures >= MAX_FAILURES:
        quarantine(session, claimed, "failed", error, named)
        return
    row.error = error[:4000]
    row.lease_until = clock.now() + timedelta(seconds=2**row.failures)


def put_off(session: Session, claimed: Claimed, error: str) -> None:
    """The disk or the database is in trouble, not the message: wait a little, however often it has been tried."""
    row = _held(session, claimed)
    if row is not None:
        row.error, row.lease_until, row.lost = error[:4000], clock.now() + PAUSE, 0


def retry(session: Session, inbox_id: int) -> Inbox:
    """Let a quarantined message be read again.

    Raises:
        NotFound: there is no such message.
        Conflict: it is not in quarantine.
    """
    row = session.scalar(select(Inbox).where(Inbox.id == inbox_id).with_for_update())
    if row is None:
        raise NotFound()
    if row.state is not InboxState.QUARANTINED:
        raise Conflict()
    read_again(session, row)
    return row


def read_again(session: Session, row: Inbox) -> None:
    """Let a message that was settled, and whose row the caller holds, wait as if it had just come."""
    row.state, row.lease_until, row.reason = InboxState.WAITING, None, ""
    row.failures = row.lost = 0
    row.attempts += 1  # whoever still works on an earlier claim has lost it
    after_commit(session, runtime.current().bus.inbox.set)


def _held(session: Session, claimed: Claimed) -> Inbox | None:
    row = session.scalar(select(Inbox).where(Inbox.id == claimed.inbox_id).with_for_update())
    if row is None or row.state is not InboxState.WAITING or row.attempts != claimed.attempt:
        return None
    return row

"""The mailboxes that are read for us: who reads which, how far, and the ledger in which each mail has one line.

A mail is written to inbox, ledger and cursor in one transaction; only then may its server be told to do something with
it. Who reads holds a lease; a lost one is noticed at the next write, which then does not happen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from contactcenter import clock
from contactcenter.db import Base, is_postgres
from contactcenter.errors import Conflict
from contactcenter.model import MailboxState, MailUid
from contactcenter.services import inbox
from contactcenter.services.inbox import Arrived

LEASE = timedelta(seconds=60)
GONE = "gone"
NOTICED = ("too_large", "refused", "failed")
"""Why a mail could not be had that there is a notice of."""
_AT_ONCE = 5_000  # UIDs asked for in one statement

_STATE = Base.metadata.tables["mailbox_state"]
_LEDGER = Base.metadata.tables["mail_uid"]


@dataclass(frozen=True, slots=True)
class Held:
    """A mailbox that this process reads: everything up to `last_uid` of `uidvalidity` is in the ledger."""

    name: str
    attempt: int
    uidvalidity: int
    last_uid: int


@dataclass(frozen=True, slots=True)
class Found:
    """A mail of a server, or what there is in its place: `message` is None for one that is gone.

    `problem` is why the mail itself could not be had, as in the ledger, and `error` what was said. `named` are the
    recipients in its header, which nobody reads but those who may.
    """

    uid: int
    message: Arrived | None
    problem: str = ""
    error: str = ""
    named: tuple[str, ...] = ()


def take(session: Session, name: str) -> Held | None:
    """Take the lease of a mailbox; None while somebody else reads it."""
    session.execute(
        _first(session, _STATE, name=name, uidvalidity=0, last_uid=0, attempt=0, error_code="", error="", warning="")
    )
    free = or_(MailboxState.lease_until.is_(None), MailboxState.lease_until < clock.now())
    query = select(MailboxState).where(MailboxState.name == name, free)
    row = session.scalar(query.with_for_update(skip_locked=is_postgres(session)))
    if row is None:
        return None
    row.attempt += 1
    row.lease_until = clock.now() + LEASE
    return Held(name, row.attempt, row.uidvalidity, row.last_uid)


def renew(session: Session, held: Held) -> None:
    """Say that the mailbox is still read, or waited for.

    Raises:
        Conflict: somebody else reads it.
    """
    _locked(session, held).lease_until = clock.now() + LEASE


def well(session: Session, held: Held, warning: str) -> None:
    """Say that all has been read and the server has answered; `warning`: what goes wrong beside it.

    Raises:
        Conflict: somebody else reads it.
    """
    row = _locked(session, held)
    _is_well(row)
    row.warning = warning


def release(session: Session, held: Held, error: str = "", code: str = "own") -> None:
    """Read it no more, because of `error` if there is one; somebody else may at once. `code` is that of `Away`."""
    row = session.scalar(select(MailboxState).where(MailboxState.name == held.name).with_for_update())
    if row is None or row.attempt != held.attempt:
        return
    row.lease_until = None
    if error:
        row.failing_since, row.error_code, row.error = row.failing_since or clock.now(), code, error[:1000]


def release_all(session: Session) -> None:
    """Forget every lease; only for the one daemon of an embedded database, when it starts."""
    session.execute(update(_STATE).values(lease_until=None))


def begin(session: Session, held: Held, uidvalidity: int) -> Held:
    """The folder has been opened: where another UIDVALIDITY makes all its UIDs new, it is read from its first mail.

    Raises:
        Conflict: somebody else reads it.
    """
    row = _locked(session, held)
    if row.uidvalidity != uidvalidity:
        row.uidvalidity, row.last_uid = uidvalidity, 0
    return Held(held.name, held.attempt, row.uidvalidity, row.last_uid)


def accept(session: Session, held: Held, found: Sequence[Found], upto: int, *, is_done: bool) -> Held:
    """Write mails to inbox and ledger, and the cursor on to `upto`. Their bytes are durable.

    `is_done`: nothing is to be done with them on the server. With a mail that could not be had, nothing ever is.

    Raises:
        Conflict: somebody else reads the mailbox.
    """
    row = _locked(session, held)
    enter(session, held.name, held.uidvalidity, found, is_done=is_done)
    row.last_uid = max(row.last_uid, upto)
    _is_well(row)
    return Held(held.name, held.attempt, held.uidvalidity, row.last_uid)


def enter(session: Session, name: str, uidvalidity: int, found: Sequence[Found], *, is_done: bool) -> int:
    """Write mails to inbox and ledger, without regard to the cursor; how many were in neither."""
    written = 0
    for one in found:
        inbox_id, is_new = None, False
        if one.message is not None:
            inbox_id, is_new = inbox.accept_one(session, one.message, one.problem, one.error, one.named)
        finished = clock.now() if is_done or one.problem else None
        line = _first(
            session,
            _LEDGER,
            mailbox=name,
            uidvalidity=uidvalidity,
            uid=one.uid,
            inbox_id=inbox_id,
            is_repeat=inbox_id is not None and not is_new,
            problem=one.problem,
            finished_at=finished,
        )
        session.connection().execute(line)
        written += is_new
    return written


def not_had(session: Session, name: str, uidvalidity: int, uids: Sequence[int]) -> list[int]:
    """Those of `uids` (ascending) that there is only a notice of."""
    if not uids:
        return []
    own = (MailUid.mailbox == name, MailUid.uidvalidity == uidvalidity, MailUid.uid.between(uids[0], uids[-1]))
    query = select(MailUid.uid).where(*own, MailUid.problem.in_(NOTICED)).order_by(MailUid.uid)
    wanted = set(uids)
    return [uid for uid in session.scalars(query) if uid in wanted]


def had_at_last(session: Session, name: str, uidvalidity: int, found: Found, *, is_done: bool) -> bool:
    """Write a mail in place of the notice that stood for it; False when there is no such notice any more.

    The notice becomes the mail, unless somebody has made a ticket of it meanwhile or the mail came another way too.
    """
    own = (MailUid.mailbox == name, MailUid.uidvalidity == uidvalidity, MailUid.uid == found.uid)
    line = session.scalar(select(MailUid).where(*own).with_for_update())
    if line is None or line.inbox_id is None or line.problem not in NOTICED or found.message is None:
        return False
    if not inbox.replace_notice(session, line.inbox_id, found.message):
        line.inbox_id, is_new = inbox.accept_one(session, found.message)
        line.is_repeat = not is_new
    line.problem, line.finished_at = "", clock.now() if is_done else None
    return True


def missing(session: Session, name: str, uidvalidity: int, uids: Sequence[int]) -> list[int]:
    """Those of `uids` (ascending) that the ledger has no line for."""
    left: list[int] = []
    for start in range(0, len(uids), _AT_ONCE):
        piece = uids[start : start + _AT_ONCE]
        own = (MailUid.mailbox == name, MailUid.uidvalidity == uidvalidity)
        known = set(session.scalars(select(MailUid.uid).where(*own, MailUid.uid.between(piece[0], piece[-1]))))
        left += [uid for uid in piece if uid not in known]
    return left


def unfinished(session: Session, held: Held, limit: int) -> list[int]:
    """Mails that are safe, and with which something is to be done on the server still."""
    own = (MailUid.mailbox == held.name, MailUid.uidvalidity == held.uidvalidity)
    query = select(MailUid.uid).where(*own, MailUid.finished_at.is_(None)).order_by(MailUid.uid)
    return list(session.scalars(query.limit(limit)))


def finished(session: Session, held: Held, uids: Sequence[int]) -> None:
    """That has been done."""
    own = (MailUid.mailbox == held.name, MailUid.uidvalidity == held.uidvalidity, MailUid.uid.in_(uids))
    session.execute(
        update(MailUid).where(*own).values(finished_at=clock.now()).execution_options(synchronize_session=False)
    )


def cursor(session: Session, name: str, uidvalidity: int) -> int:
    """How far the mailbox has been read; 0 where its mails have got new UIDs since."""
    own = (MailboxState.name == name, MailboxState.uidvalidity == uidvalidity)
    return session.scalar(select(MailboxState.last_uid).where(*own)) or 0


def compared_at(session: Session, name: str) -> datetime | None:
    """When server and ledger were last compared."""
    return session.scalar(select(MailboxState.reconciled_at).where(MailboxState.name == name))


def reconciled(session: Session, name: str, difference: int) -> None:
    """Server and ledger have been compared."""
    found = update(MailboxState).where(MailboxState.name == name)
    values = {"reconciled_at": clock.now(), "difference": difference}
    session.execute(found.values(values).execution_options(synchronize_session=False))


def _is_well(row: MailboxState) -> None:
    row.last_ok_at, row.lease_until = clock.now(), clock.now() + LEASE
    row.failing_since, row.error_code, row.error = None, "", ""


def _locked(session: Session, held: Held) -> MailboxState:
    row = session.scalar(select(MailboxState).where(MailboxState.name == held.name).with_for_update())
    if row is None or row.attempt != held.attempt:
        raise Conflict()
    return row


def _first(session: Session, table: Any, **values: Any) -> Any:
    """An insert that leaves a row that is there as it is."""
    insert = postgresql_insert if is_postgres(session) else sqlite_insert
    return insert(table).values(created_at=clock.now(), **values).on_conflict_do_nothing()

"""The two first steps of a message: accept (raw, durable) and take in (identity, thread, ticket, entry, decision).

`accept` is one insert; after its COMMIT the sender may be told that we have the message. `take_in` happens later, in
one transaction for each message, and either all of it is there or nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, bindparam, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from channels.message import Attachment, Envelope, InboundMessage
from contactcenter import clock, runtime
from contactcenter.blobs import BlobStore
from contactcenter.db import Base, after_commit, is_postgres
from contactcenter.errors import Conflict, NotFound
from contactcenter.filenames import safe_name
from contactcenter.model import Entry, EntryMessage, Inbox, Team, Ticket, TicketTeam
from contactcenter.model.words import (
    AddressKind,
    ChannelKind,
    Direction,
    EntryKind,
    InboxState,
    Priority,
    Status,
)
from contactcenter.services import decisions, entries, events, identity, threads, tickets
from contactcenter.services.entries import NewEntry, StoredFile
from contactcenter.services.organisation import Organisation

LEASE = timedelta(seconds=25)
PAUSE = timedelta(seconds=5)
MAX_ATTEMPTS = 3
MESSAGE_ID_BYTES = 998


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message of the inbox that this process is to read now."""

    inbox_id: int
    attempt: int
    raw_key: str
    envelope: Envelope


def dedupe_key(envelope: Envelope, raw: bytes) -> str:
    """Equal when a sender gives us the same mail again because our 250 was lost (RFC 5321 §6.1)."""
    digest = hashlib.sha256()
    for part in (envelope.sender, *sorted(envelope.recipients)):
        digest.update(part.encode("utf-8", "surrogateescape") + b"\0")
    digest.update(hashlib.sha256(raw).digest())
    return digest.hexdigest()


def accept(session: Session, channel: ChannelKind, envelope: Envelope, raw: bytes, raw_key: str) -> None:
    """Write one arrived message to the inbox. Its bytes are already durable as the blob `raw_key`.

    The same message again only raises `seen_count`. Signs of the envelope that no database can hold are replaced.
    """
    insert = postgresql_insert if is_postgres(session) else sqlite_insert
    row = insert(Inbox).values(
        channel=channel,
        dedupe_key=dedupe_key(envelope, raw),
        raw_key=raw_key,
        size=len(raw),
        envelope_from=_storable(envelope.sender)[:320],
        envelope_to=[_storable(recipient) for recipient in envelope.recipients],
        peer=_storable(envelope.peer)[:64],
    )
    again = row.on_conflict_do_update(
        index_elements=[Inbox.channel, Inbox.dedupe_key], set_={"seen_count": Inbox.seen_count + 1}
    )
    session.execute(again)
    after_commit(session, runtime.current().bus.inbox.set)


def _storable(text: str) -> str:
    """`text` without NUL and without bytes that were no UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\0", "\ufffd")


def claim(session: Session, limit: int) -> list[Claimed]:
    """Take up to `limit` waiting messages for `LEASE`, oldest first."""
    now = clock.now()
    free = (
        select(Inbox.id)
        .where(Inbox.state == InboxState.WAITING, or_(Inbox.lease_until.is_(None), Inbox.lease_until < now))
        .order_by(Inbox.id)
        .limit(limit)
    )
    if is_postgres(session):
        free = free.with_for_update(skip_locked=True)
    ids = list(session.scalars(free))
    if not ids:
        return []
    session.execute(
        update(Inbox)
        .where(Inbox.id.in_(ids))
        .values(lease_until=now + LEASE, attempts=Inbox.attempts + 1)
        .execution_options(synchronize_session=False)
    )
    rows = session.scalars(select(Inbox).where(Inbox.id.in_(ids)).order_by(Inbox.id))
    return [
        Claimed(row.id, row.attempts, row.raw_key, Envelope(row.envelope_from, tuple(row.envelope_to), row.peer))
        for row in rows
    ]


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


def store_files(blobs: BlobStore, attachments: tuple[Attachment, ...]) -> tuple[StoredFile, ...]:
    """Make the bytes of all files durable, before the transaction that refers to them."""
    return tuple(
        StoredFile(
            name=safe_name(file.name),
            media_type=file.media_type[:127],
            size=len(file.content),
            key=blobs.put(file.content),
            content_id=(file.content_id or "")[:255],
            inline=file.inline,
            problem=(file.problem or "")[:300],
        )
        for file in attachments
    )


def take_in(
    session: Session,
    organisation: Organisation,
    claimed: Claimed,
    message: InboundMessage,
    files: tuple[StoredFile, ...] = (),
    placed: decisions.Placement | None = None,
) -> None:
    """Make a read message part of a ticket, in one step: all of it or nothing. `placed` is where it belongs, if that
    has been decided before, with no transaction open.

    A mail that was delivered twice on different ways is recognised by its content: the second becomes a duplicate that
    only adds the team of the address it was sent to.
    """
    if placed is None:
        placed = decisions.place(organisation, decisions.facts_of(message, claimed.envelope))
    try:
        with session.begin_nested():
            ticket = _append_or_open(session, claimed, message, files, placed)
            _settle(session, claimed, InboxState.DONE, ticket.id)
    except _Stale:
        return
    except IntegrityError:
        twin = _twin(session, message)
        if twin is None:
            raise
        with contextlib.suppress(_Stale), session.begin_nested():
            _share(session, twin, placed.team_id)
            _settle(session, claimed, InboxState.DUPLICATE, twin.id, "same_content")


_INBOX = Base.metadata.tables["inbox"]
_SETTLE = update(_INBOX).where(
    _INBOX.c.id == bindparam("held_id"),
    _INBOX.c.state == InboxState.WAITING,
    _INBOX.c.attempts == bindparam("held_attempt"),
)


class _Stale(Exception):
    """Another process has taken this message over, or dealt with it: what was written is rolled back."""


def _settle(session: Session, claimed: Claimed, state: InboxState, ticket_id: int, reason: str = "") -> None:
    """The fence: only the claim that still holds the message may say what became of it."""
    outcome = {"state": state, "ticket_id": ticket_id, "reason": reason, "lease_until": None}
    settled = session.execute(_SETTLE, {"held_id": claimed.inbox_id, "held_attempt": claimed.attempt, **outcome})
    if cast(CursorResult[Any], settled).rowcount != 1:
        raise _Stale


def quarantine(session: Session, claimed: Claimed, reason: str, error: str) -> None:
    """Put a message that cannot be read where people see it. Its bytes stay."""
    row = _held(session, claimed)
    if row is not None:
        row.state, row.reason, row.error, row.lease_until = InboxState.QUARANTINED, reason, error[:4000], None


def give_back(session: Session, claimed: Claimed, error: str) -> None:
    """Something of ours failed: try again soon, and after `MAX_ATTEMPTS` show it in quarantine."""
    if claimed.attempt >= MAX_ATTEMPTS:
        quarantine(session, claimed, "failed", error)
        return
    row = _held(session, claimed)
    if row is not None:
        row.error = error[:4000]
        row.lease_until = clock.now() + timedelta(seconds=2**claimed.attempt)


def put_off(session: Session, claimed: Claimed, error: str) -> None:
    """The disk or the database is in trouble, not the message: wait a little, however often it has been tried."""
    row = _held(session, claimed)
    if row is not None:
        row.error, row.lease_until = error[:4000], clock.now() + PAUSE


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
    row.state, row.attempts, row.lease_until, row.reason = InboxState.WAITING, 0, None, ""
    after_commit(session, runtime.current().bus.inbox.set)
    return row


def _held(session: Session, claimed: Claimed) -> Inbox | None:
    row = session.scalar(select(Inbox).where(Inbox.id == claimed.inbox_id).with_for_update())
    if row is None or row.state is not InboxState.WAITING or row.attempts != claimed.attempt:
        return None
    return row


def _append_or_open(
    session: Session,
    claimed: Claimed,
    message: InboundMessage,
    files: tuple[StoredFile, ...],
    placed: decisions.Placement,
) -> Ticket:
    here = runtime.current()
    value = message.sender.value
    sender_id = identity.find_or_add_address(session, AddressKind.EMAIL, value) if value else None
    prefix = here.settings.instance.ticket_prefix
    thread = threads.find_thread(session, here.keys, message, claimed.envelope, sender_id, prefix)
    if thread.ticket_id is None:
        ticket, kind = _new_ticket(message, sender_id, placed, thread.related_id), "opened"
        if sender_id is not None and not message.sender_doubt:
            ticket.person = identity.person_behind(session, sender_id, message.sender.name, ticket.language)
        decisions.store(session, ticket, placed)
    else:
        ticket, kind = tickets.by_id(session, thread.ticket_id), "message"
        _resume(session, ticket)
        _alarm(session, ticket, placed)
    new = NewEntry(
        EntryKind.MESSAGE,
        Direction.IN,
        channel=ChannelKind(message.channel),
        address_id=sender_id,
        author_name=message.sender.name,
        verification=thread.verification,
        message_id=_known_by(message),
        content_key=message.content_key,
        inbox_id=claimed.inbox_id,
    )
    _write(session, ticket, new, _body(message), files, kind)
    return ticket


def _write(
    session: Session, ticket: Ticket, new: NewEntry, body: EntryMessage, files: tuple[StoredFile, ...], kind: str
) -> None:
    """Everything of one message in one flush, then what needs the row ids."""
    entry = entries.line(session, ticket, new)
    entry.message, entry.attachments = body, entries.attachments(ticket, files)
    entries.show(ticket, entry, body)
    if kind == "opened":
        entries.line(session, ticket, entries.event("routed", team=session.get_one(Team, ticket.team_id).name))
    ticket.rev += 1
    session.flush()
    entries.index(session, ticket, entry, body)
    events.publish(session, ticket, kind)


def _known_by(message: InboundMessage) -> str | None:
    """The Message-ID, unless it is longer than a line of mail (RFC 5322 §2.1.1) and than an index can hold."""
    known = message.message_id
    return known if known is not None and len(known.encode()) <= MESSAGE_ID_BYTES else None


def _body(message: InboundMessage) -> EntryMessage:
    return EntryMessage(
        text=message.text,
        html=message.html,
        quoted_from=message.quoted_from,
        language=_language(message.language),
        automatic=(message.automatic or "")[:40],
        has_remote_images=message.has_remote_images,
        recipients=[address.value for address in message.recipients],
        copies=[address.value for address in message.copies],
        references=list(message.references[-threads.MAX_REFERENCES :]),
    )


def _language(code: str | None) -> str:
    return code if code and len(code) <= 8 else ""


def _new_ticket(
    message: InboundMessage,
    address_id: int | None,
    placed: decisions.Placement,
    related_id: int | None,
) -> Ticket:
    now = clock.now()
    return Ticket(
        public_token=tickets.new_token(),
        rev=0,
        last_seq=0,
        subject=message.subject[:500],
        priority=placed.priority,
        rank=tickets.rank_of(placed.priority),
        sensitive=placed.decision.sensitive,
        address_id=address_id,
        topic_id=placed.topic_id,
        office_id=placed.office_id,
        district=placed.decision.district or "",
        team_id=placed.team_id,
        domain_id=placed.domain_id,
        language=_language(placed.decision.language),
        waiting_since=now,
        last_message_at=now,
        channel=ChannelKind(message.channel),
        sender=(message.sender.name or message.sender.value)[:320],
        related_ticket_id=related_id,
    )


def _resume(session: Session, ticket: Ticket) -> None:
    """The resident wrote again: the ticket waits for us, since now unless it already did."""
    tickets.drop_absent_owner(session, ticket)
    if ticket.status is Status.CLOSED:
        entries.add_event(session, ticket, "reopened")
        tickets.reopen_silently(ticket)
        ticket.new_reply = True
        return
    if ticket.status in (Status.WAITING_RESIDENT, Status.PARKED):
        tickets.set_status(ticket, Status.OPEN)
        ticket.waiting_since = clock.now()
    if ticket.first_reply_at is not None:
        ticket.new_reply = True


def _alarm(session: Session, ticket: Ticket, placed: decisions.Placement) -> None:
    """Danger in a reply is as loud as in a first message; the ticket stays where it is."""
    if placed.priority is Priority.URGENT and ticket.priority is not Priority.URGENT:
        ticket.priority, ticket.rank = Priority.URGENT, tickets.rank_of(Priority.URGENT)
        decisions.store(session, ticket, placed)
        entries.line(session, ticket, entries.event("urgent"))


def _twin(session: Session, message: InboundMessage) -> Ticket | None:
    if message.content_key is None:
        return None
    return session.scalar(
        select(Ticket)
        .join(Entry, Entry.ticket_id == Ticket.id)
        .where(Entry.channel == ChannelKind(message.channel), Entry.content_key == message.content_key)
        .with_for_update(of=Ticket)
    )


def _share(session: Session, ticket: Ticket, team_id: int) -> None:
    if team_id == ticket.team_id:
        return
    insert = postgresql_insert if is_postgres(session) else sqlite_insert
    session.execute(insert(TicketTeam).values(ticket_id=ticket.id, team_id=team_id).on_conflict_do_nothing())
    events.changed(session, ticket, "shared")

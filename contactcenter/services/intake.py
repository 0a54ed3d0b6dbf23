"""Taking in: a message that has been read becomes an entry of a ticket (identity, thread, ticket, entry, decision).

One transaction for each message, and either all of it is there or nothing.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from channels.message import Attachment, InboundMessage
from contactcenter import clock, logs, runtime
from contactcenter.blobs import BlobStore
from contactcenter.db import Base, after_commit, is_postgres
from contactcenter.filenames import safe_name
from contactcenter.model import Entry, EntryMessage, Ticket, TicketTeam
from contactcenter.model.words import (
    AddressKind,
    ChannelKind,
    Direction,
    EntryKind,
    InboxState,
    Priority,
    Status,
    Verification,
)
from contactcenter.services import (
    deadlines,
    decisions,
    entries,
    events,
    identity,
    inbox,
    receipts,
    threads,
    tickets,
    webhook_calls,
)
from contactcenter.services.entries import NewEntry, StoredFile
from contactcenter.services.inbox import Claimed
from contactcenter.services.organisation import Organisation

log = logs.get_logger(__name__)

MESSAGE_ID_BYTES = 998


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
    """Make a read message part of its tickets, in one step: all of it or nothing. `placed` is where it belongs, if
    that has been decided before, with no transaction open.

    A mail that names the signed addresses of several tickets is written in each of them. A mail that was delivered
    twice on different ways is recognised by its content: the second becomes a duplicate that only adds the team of the
    address it was sent to, or a ticket of its own where that team must not see what others are told.
    """
    if not inbox.is_held(session, claimed):
        return
    if placed is None:
        placed = decisions.place(organisation, decisions.facts_of(message, claimed.envelope))
    arrived = _arrived(session, claimed, message, files, placed)
    into = [_once(session, arrived, ticket_id) for ticket_id in arrived.thread.ticket_ids or (None,)]
    written = [ticket for ticket, is_new in into if is_new]
    if written:
        inbox.settle(session, claimed, InboxState.DONE, written[0].id)
    else:
        inbox.settle(session, claimed, InboxState.DUPLICATE, into[0][0].id, "same_content")


def open_ticket(
    session: Session, message: InboundMessage, files: tuple[StoredFile, ...], placed: decisions.Placement
) -> Ticket:
    """Make a new ticket of something that came in whole and is known to be new: a form, a call noted elsewhere."""
    value = message.sender.value
    kind = AddressKind.EMAIL if "@" in value else AddressKind.PHONE
    sender_id = identity.find_or_add_address(session, kind, value) if value else None
    arrived = _Arrived(None, message, files, placed, sender_id, threads.Thread())
    return _append_or_open(session, arrived, None, "")


@dataclass(frozen=True, slots=True)
class _Arrived:
    """A message with all that is known of it before it is written anywhere.

    `claimed` is its row in the inbox, `answer` what of ours it reports of.
    """

    claimed: Claimed | None
    message: InboundMessage
    files: tuple[StoredFile, ...]
    placed: decisions.Placement
    sender_id: int | None
    thread: threads.Thread
    answer: Entry | None = None

    @property
    def trace(self) -> str:
        """What the log calls it; what did not come through the inbox has no lines before these."""
        return self.claimed.trace if self.claimed is not None else secrets.token_hex(logs.TRACE_LENGTH // 2)


def _arrived(
    session: Session,
    claimed: Claimed,
    message: InboundMessage,
    files: tuple[StoredFile, ...],
    placed: decisions.Placement,
) -> _Arrived:
    here = runtime.current()
    value = message.sender.value
    sender_id = identity.find_or_add_address(session, AddressKind.EMAIL, value) if value else None
    prefix = here.settings.instance.ticket_prefix
    answer = receipts.answer_of(session, message, claimed.envelope)
    if answer is not None:
        thread = threads.Thread((answer.ticket_id,), Verification.TOKEN)
    else:
        thread = threads.find_thread(session, here.keys, message, claimed.envelope, sender_id, prefix)
    return _Arrived(claimed, message, files, placed, sender_id, thread, answer)


def _once(session: Session, arrived: _Arrived, ticket_id: int | None) -> tuple[Ticket, bool]:
    """Write the message in the ticket, or in a new one (None), unless the same is there: the ticket, and whether."""
    scope = f"domain:{arrived.placed.domain_id}" if ticket_id is None else f"ticket:{ticket_id}"
    try:
        with session.begin_nested():
            return _append_or_open(session, arrived, ticket_id, scope), True
    except IntegrityError:
        twin = _twin(session, arrived.message, scope)
        if twin is None:
            raise
        if ticket_id is None:
            _share(session, twin, arrived.placed.team_id)
        return twin, False


def _append_or_open(session: Session, arrived: _Arrived, ticket_id: int | None, scope: str) -> Ticket:
    message, placed, sender_id = arrived.message, arrived.placed, arrived.sender_id
    was_closed = False
    if ticket_id is None:
        related_id = arrived.thread.related_id or _elsewhere(session, message)
        ticket, kind = _new_ticket(message, sender_id, placed, related_id), "opened"
        ticket.trace = arrived.trace
        if sender_id is not None and not message.sender_doubt:
            ticket.person = identity.person_behind(session, sender_id, message.sender.name, ticket.language)
        decisions.store(session, ticket, placed)
    elif arrived.answer is not None:
        ticket, kind = tickets.by_id(session, ticket_id), "delivery"
    else:
        ticket, kind = tickets.by_id(session, ticket_id), "message"
        before = ticket.channel, ticket.priority
        was_closed = _resume(session, ticket)
        _alarm(session, ticket, placed)
        ticket.channel = ChannelKind(message.channel)
        if not message.automatic:
            _promise(session, ticket, placed, again=was_closed, changed=before != (ticket.channel, ticket.priority))
    new = NewEntry(
        EntryKind.MESSAGE,
        Direction.IN,
        channel=ChannelKind(message.channel),
        address_id=sender_id,
        author_name=message.sender.name,
        verification=arrived.thread.verification,
        message_id=_known_by(message),
        content_key=message.content_key,
        content_scope=scope,
        inbox_id=arrived.claimed.inbox_id if arrived.claimed else None,
    )
    _write(session, ticket, arrived, new, kind)
    if was_closed:
        webhook_calls.tell(session, ticket, "ticket.reopened")
    return ticket


def _write(session: Session, ticket: Ticket, arrived: _Arrived, new: NewEntry, kind: str) -> None:
    """Everything of one message in one flush, then what needs the row ids."""
    entry, body = entries.line(session, ticket, new), _body(arrived.message)
    entry.message, entry.attachments = body, entries.attachments(ticket, arrived.files)
    outside = "ticket.message"
    if arrived.answer is not None:
        outside = receipts.receive(session, ticket, arrived.answer, arrived.message)
    else:
        entries.show(ticket, entry, body)
    if kind == "opened":
        outside = ""
        entries.line(session, ticket, entries.event("routed", team=arrived.placed.team_name))
    ticket.rev += 1
    session.flush()
    if kind == "opened" and ticket.first_reply_due is not None:
        deadlines.arm(session, ticket)
    entries.index(session, ticket, entry, body)
    events.publish(session, ticket, kind, outside)
    said = "ticket_opened" if kind == "opened" else "ticket_continued"
    trace = arrived.claimed.trace if arrived.claimed is not None else ticket.trace
    told = {"trace": trace, "conversation": ticket.trace, "ticket": ticket.number, "entry": entry.id}
    after_commit(session, lambda: log.info(said, team=arrived.placed.team_name, **told))


def _known_by(message: InboundMessage) -> str | None:
    """The Message-ID, unless it is longer than a line of mail (RFC 5322 §2.1.1) and than an index can hold."""
    known = message.message_id
    return known if known is not None and len(known.encode()) <= MESSAGE_ID_BYTES else None


def _body(message: InboundMessage) -> EntryMessage:
    return EntryMessage(
        text=message.text,
        html=message.html,
        quoted_from=message.quoted_from,
        signature_from=message.signature_from,
        protection=(message.protection or "")[:16],
        language=_language(message.language),
        doubt=(message.sender_doubt or "")[:40],
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
    ticket = Ticket(
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
    if not message.automatic:
        deadlines.begin(placed.promises, ticket, now)
    return ticket


def _promise(session: Session, ticket: Ticket, placed: decisions.Placement, *, again: bool, changed: bool) -> None:
    """What the resident wrote now is promised: it opened the ticket `again`, or `changed` how soon it is due."""
    if again:
        deadlines.renewed(session, placed.promises, ticket)
    elif changed:
        deadlines.hurried(session, placed.promises, ticket)


def _resume(session: Session, ticket: Ticket) -> bool:
    """The resident wrote again: the ticket waits for us, since now unless it already did. Whether it was closed."""
    tickets.drop_absent_owner(session, ticket)
    if ticket.status is Status.CLOSED:
        entries.add_event(session, ticket, "reopened")
        tickets.reopen_silently(ticket)
        ticket.new_reply = True
        return True
    if ticket.status in (Status.WAITING_RESIDENT, Status.PARKED):
        tickets.set_status(ticket, Status.OPEN)
        ticket.waiting_since = clock.now()
    if ticket.first_reply_at is not None:
        ticket.new_reply = True
    return False


def _alarm(session: Session, ticket: Ticket, placed: decisions.Placement) -> None:
    """Danger in a reply is as loud as in a first message; the ticket stays where it is."""
    if placed.priority is Priority.URGENT and ticket.priority is not Priority.URGENT:
        ticket.priority, ticket.rank = Priority.URGENT, tickets.rank_of(Priority.URGENT)
        decisions.store(session, ticket, placed)
        entries.line(session, ticket, entries.event("urgent"))


def _twin(session: Session, message: InboundMessage, scope: str) -> Ticket | None:
    """The ticket that has the same message in the same scope."""
    if message.content_key is None:
        return None
    return session.scalar(
        select(Ticket)
        .join(Entry, Entry.ticket_id == Ticket.id)
        .where(
            Entry.channel == ChannelKind(message.channel),
            Entry.content_key == message.content_key,
            Entry.content_scope == scope,
        )
        .with_for_update(of=Ticket)
    )


_ENTRY = Base.metadata.tables["entry"]
_SAME_CONTENT = (
    select(_ENTRY.c.ticket_id)
    .where(_ENTRY.c.channel == bindparam("channel"), _ENTRY.c.content_key == bindparam("key"))
    .order_by(_ENTRY.c.id)
    .limit(1)
)


def _elsewhere(session: Session, message: InboundMessage) -> int | None:
    """A ticket of another domain that the same mail opened, to be linked: who may see both then sees that."""
    if message.content_key is None:
        return None
    return session.scalar(_SAME_CONTENT, {"channel": ChannelKind(message.channel), "key": message.content_key})


def _share(session: Session, ticket: Ticket, team_id: int) -> None:
    if team_id == ticket.team_id:
        return
    insert = postgresql_insert if is_postgres(session) else sqlite_insert
    session.execute(insert(TicketTeam).values(ticket_id=ticket.id, team_id=team_id).on_conflict_do_nothing())
    events.changed(session, ticket, "shared")

"""Taking in: a message that has been read becomes an entry of a ticket (identity, thread, ticket, entry, decision).

One transaction for each message, and either all of it is there or nothing.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from channels.message import Attachment, InboundMessage
from contactcenter import clock, logs, runtime
from contactcenter.blobs import BlobStore
from contactcenter.db import after_commit, is_postgres
from contactcenter.filenames import safe_name
from contactcenter.model import Entry, EntryMessage, Ticket, TicketTeam
from contactcenter.model.words import (
    AddressKind,
    ChannelKind,
    Direction,
    EntryKind,
    InboxState,
    Priority,
    Relation,
    Status,
    Verification,
)
from contactcenter.services import (
    acknowledgements,
    deadlines,
    decisions,
    entries,
    events,
    identity,
    inbox,
    opening,
    own_addresses,
    parking,
    receipts,
    reopening,
    thanks,
    threads,
    tickets,
    webhook_calls,
)
from contactcenter.services.entries import NewEntry, StoredFile
from contactcenter.services.identity import Sender
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
    address it was sent to, or a ticket of its own where that team must not see what others are told. What nobody has
    to answer is parked, unless somebody has said that it is to be taken in.
    """
    if not inbox.is_held(session, claimed):
        return
    if placed is None:
        placed = decisions.place(organisation, decisions.facts_of(message, claimed.envelope))
    arrived = _arrived(session, claimed, message, files, placed)
    if not claimed.promoted and arrived.answer is None:
        parked = parking.why(session, organisation, claimed.envelope, message, arrived.thread, placed)
        if parked is not None:
            parking.park(session, claimed, message, parked, placed)
            return
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
    sender = Sender(identity.find_or_add_address(session, kind, value) if value else None)
    arrived = _Arrived(None, message, files, placed, sender, threads.Thread())
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
    sender: Sender
    thread: threads.Thread
    answer: Entry | None = None

    @property
    def is_asked(self) -> bool:
        """Whether somebody waits for an answer: a person wrote it, or a colleague has said so."""
        by_somebody = self.message.automatic in (None, "", "away_subject")
        return by_somebody or (self.claimed is not None and self.claimed.promoted)

    def related(self, continues: Ticket | None) -> tuple[int | None, Relation | None]:
        """The older ticket that a new one is linked to, and why: the one it `continues`, or what the mail hints at."""
        if continues is not None:
            return continues.id, Relation.CONTINUES
        return self.thread.related_id, self.thread.related_as

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
    sender = identity.sender_of(session, message, claimed.inbox_id)
    prefix = here.settings.instance.ticket_prefix
    answer = receipts.answer_of(session, message, claimed.envelope)
    if answer is not None:
        thread = threads.Thread((answer.ticket_id,), Verification.TOKEN)
    else:
        thread = threads.find_thread(session, here.keys, message, claimed.envelope, sender, prefix)
    return _Arrived(claimed, message, files, placed, sender, thread, answer)


def _once(session: Session, arrived: _Arrived, ticket_id: int | None) -> tuple[Ticket, bool]:
    """Write the message in the ticket, or in a new one (None), unless the same is there: the ticket, and whether."""
    scope = f"domain:{arrived.placed.domain_id}" if ticket_id is None else f"ticket:{ticket_id}"
    try:
        with session.begin_nested():
            ticket = _append_or_open(session, arrived, ticket_id, scope)
            if ticket_id is None:
                _share(session, ticket, arrived)
            return ticket, True
    except IntegrityError:
        twin = _twin(session, arrived.message, scope)
        if twin is None:
            raise
        if ticket_id is None:
            _share(session, twin, arrived)
        return twin, False


def _append_or_open(session: Session, arrived: _Arrived, ticket_id: int | None, scope: str) -> Ticket:
    message, sender = arrived.message, arrived.sender
    was_closed, data = False, sender.told()
    into = tickets.by_id(session, ticket_id) if ticket_id is not None else None
    continues: Ticket | None = None
    is_written = into is not None and arrived.answer is None
    is_thanks = False
    if into is not None and is_written and arrived.is_asked:
        is_thanks = thanks.is_all(session, into, message, arrived.placed.priority)
    if into is not None and is_written and not is_thanks:
        into, continues = reopening.place_of_reply(session, into, sender)
    if into is not None and _is_there(session, into, arrived.claimed):
        return into
    if into is None:
        if continues is not None:
            arrived = replace(arrived, placed=decisions.continued(session, arrived.placed, continues))
        kind, related = "opened", arrived.related(continues)
        ticket = opening.open_ticket(session, message, sender, arrived.placed, related, asked=arrived.is_asked)
        ticket.trace = arrived.trace
    elif arrived.answer is not None:
        ticket, kind = into, "delivery"
    else:
        ticket, kind = into, "message"
        data |= identity.newcomer(session, ticket, sender)
        if is_thanks:
            data |= thanks.received(session, ticket)
        else:
            was_closed = _answer_owed(session, ticket, arrived)
    new = NewEntry(
        EntryKind.MESSAGE,
        Direction.IN,
        channel=ChannelKind(message.channel),
        address_id=sender.address_id,
        author_name=message.sender.name,
        verification=sender.level(arrived.thread.verification),
        message_id=_known_by(message),
        content_key=message.content_key,
        content_scope=scope,
        inbox_id=arrived.claimed.inbox_id if arrived.claimed else None,
        data=data,
    )
    _write(session, ticket, arrived, new, kind)
    if continues is not None and kind == "opened":
        reopening.link(session, continues, ticket)
    if was_closed:
        webhook_calls.tell(session, ticket, "ticket.reopened")
    return ticket


def _is_there(session: Session, ticket: Ticket, claimed: Claimed | None) -> bool:
    """Whether the same mail, to another ticket that this one continues, is written here already."""
    if claimed is None:
        return False
    written = select(Entry.id).where(Entry.ticket_id == ticket.id, Entry.inbox_id == claimed.inbox_id).limit(1)
    return session.scalar(written) is not None


def _answer_owed(session: Session, ticket: Ticket, arrived: _Arrived) -> bool:
    """A message that somebody is to read and answer has come to a ticket. Whether it was closed."""
    message, placed = arrived.message, arrived.placed
    before = ticket.channel, ticket.priority
    was_closed = _resume(session, ticket)
    _alarm(session, ticket, placed)
    ticket.channel = ChannelKind(message.channel)
    if arrived.is_asked:
        _promise(session, ticket, placed, again=was_closed, changed=before != (ticket.channel, ticket.priority))
    return was_closed


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
    if kind == "opened" and arrived.claimed is not None:
        acknowledgements.promise(session, arrived.sender, ticket, entry, arrived.message, arrived.claimed.envelope)
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
        language=opening.language(message.language),
        doubt=(message.sender_doubt or "")[:40],
        automatic=(message.automatic or "")[:40],
        has_remote_images=message.has_remote_images,
        recipients=[address.value for address in message.recipients],
        copies=[address.value for address in message.copies],
        references=list(message.references[-threads.MAX_REFERENCES :]),
    )


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


def _share(session: Session, ticket: Ticket, arrived: _Arrived) -> None:
    """Let the groups see the ticket whose addresses the mail was sent to too, or where this copy of it belongs."""
    if arrived.claimed is None:
        return
    teams = own_addresses.teams_written_to(session, arrived.message, arrived.claimed.envelope)
    insert = postgresql_insert if is_postgres(session) else sqlite_insert
    for team_id in sorted((teams | {arrived.placed.team_id}) - {ticket.team_id}):
        row = insert(TicketTeam).values(ticket_id=ticket.id, team_id=team_id)
        if session.execute(row.on_conflict_do_nothing().returning(TicketTeam.id)).first() is not None:
            events.changed(session, ticket, "shared")

"""Keeping the promise of an answer: build the message, and record what became of it.

Three short transactions with the network between them: `begin` (claimed, entry `sending`), then the channel sends with
no transaction open, then `record`. Only the attempt that still holds the claim may record (fencing).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from flask import render_template
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.email.compose import can_be_referred_to, can_be_sent_to, wire_address
from channels.email.markdown import render
from channels.errors import ChannelError, OutcomeUnknown, Refused, TryLater
from channels.message import Address, OutboundMessage, Receipt
from channels.message import Attachment as OutboundFile
from contactcenter import clock, logs, runtime
from contactcenter.db import after_commit
from contactcenter.errors import Conflict
from contactcenter.model import Attachment, Entry, EntryMessage, Outbox, Ticket
from contactcenter.model.entry import ACKNOWLEDGEMENT, IS_BY_PROGRAM
from contactcenter.model.words import EntryState
from contactcenter.queries import letters
from contactcenter.queries.protected import hidden, unnamed
from contactcenter.services import entries, events, outbox, receipts, threads, tickets

log = logs.get_logger(__name__)

BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30, 60, 120, 240))
GIVE_UP_AFTER = timedelta(days=3)
TOO_LATE_AFTER = timedelta(days=1)
"""How long an acknowledgement is tried: later it would only puzzle."""
_NO_SUCH_ADDRESS = re.compile(r"\b5\.(?:1\.\d{1,3}|2\.1)\b")  # of the address itself, RFC 3463 §3.2, §3.3


@dataclass(frozen=True, slots=True)
class Delivery:
    """One claimed answer, complete: sending it needs no database.

    `handed_before`: an earlier attempt ended without telling how, after it had begun to send.
    """

    outbox_id: int
    attempt: int
    entry_id: int
    message: OutboundMessage
    handed_before: bool = False


def begin(session: Session, row: Outbox) -> Delivery | None:
    """Build the message of a claimed promise and mark its entry `sending`; None when there is nothing to send."""
    entry = session.get(Entry, row.subject_id)
    if entry is None or entry.state not in (EntryState.QUEUED, EntryState.SENDING):
        outbox.finish(row, "done", "nothing to send")
        return None
    ticket = session.get_one(Ticket, entry.ticket_id)
    entry.state = EntryState.SENDING
    return Delivery(row.id, row.attempt, entry.id, _build(session, ticket, entry), row.outcome == outbox.Mark.HANDED)


def _build(session: Session, ticket: Ticket, entry: Entry) -> OutboundMessage:
    here = runtime.current()
    body = session.scalars(select(EntryMessage).where(EntryMessage.entry_id == entry.id)).one()
    address, name = letters.our_address(session, ticket)
    earlier = _conversation(session, ticket, entry)
    language = ticket.language or here.settings.instance.locale
    escaped = Markup(render(body.text))  # noqa: S704 - the renderer escapes everything but its few marks
    return OutboundMessage(
        message_id=entry.own_message_id or "",
        sender=Address(address, name),
        reply_to=Address(threads.reply_address(here.keys, ticket.id, address), name),
        recipients=tuple(Address(value) for value in body.recipients),
        copies=tuple(Address(value) for value in body.copies),
        blind_copies=tuple(Address(value) for value in body.blind_copies),
        spared=_spared(entry, body),
        subject=entry.data.get("subject") or _subject(ticket.subject),
        text=render_template("mail/reply.txt", text=body.text, signature=body.signature),
        html=render_template("mail/reply.html", html=escaped, signature=body.signature, lang=language),
        in_reply_to=next((message_id for message_id in reversed(earlier) if can_be_referred_to(message_id)), None),
        references=tuple(earlier),
        attachments=_files(session, entry),
        language=language,
        sent_at=entry.at,
        automatic=body.automatic == ACKNOWLEDGEMENT,
        return_path=threads.return_path(here.keys, entry.id, address) if here.settings.channels.mail.signs else "",
    )


def _everybody(body: EntryMessage) -> tuple[str, ...]:
    return (*body.recipients, *body.copies, *body.blind_copies)


def _spared(entry: Entry, body: EntryMessage) -> frozenset[str]:
    """Who has got an answer that others did not get: it is sent again to those it did not reach."""
    missed = entry.data.get("missed", ())
    return frozenset(address for address in _everybody(body) if address not in missed) if missed else frozenset()


def _subject(subject: str) -> str:
    known = subject.lstrip()[:4].lower()
    return subject if known.startswith(("re:", "sv:")) else f"Sv: {subject}".strip()


def _conversation(session: Session, ticket: Ticket, entry: Entry) -> list[str]:
    """The Message-IDs before this answer, oldest first (RFC 5322 §3.6.4)."""
    newest_first = session.scalars(
        select(Entry.message_id)
        .where(Entry.ticket_id == ticket.id, Entry.seq < entry.seq, Entry.message_id.is_not(None))
        .where(Entry.id.not_in(select(EntryMessage.entry_id).where(EntryMessage.entry_id == Entry.id, IS_BY_PROGRAM)))
        .order_by(Entry.seq.desc())
        .limit(threads.MAX_REFERENCES)
    )
    return [message_id for message_id in reversed(list(newest_first)) if message_id]


def _files(session: Session, entry: Entry) -> tuple[OutboundFile, ...]:
    blobs = runtime.current().blobs
    rows = session.scalars(select(Attachment).where(Attachment.entry_id == entry.id).order_by(Attachment.id))
    return tuple(OutboundFile(row.name, row.media_type, blobs.get(row.blob_key)) for row in rows)


def record(session: Session, outbox_id: int, attempt: int, outcome: Receipt | ChannelError) -> None:
    """Write what became of an attempt, if it still holds the claim. The ticket is locked first, as pages do."""
    entry = session.scalar(select(Entry).join(Outbox, Outbox.subject_id == Entry.id).where(Outbox.id == outbox_id))
    ticket = tickets.by_id(session, entry.ticket_id) if entry is not None else None
    row = outbox.held(session, outbox_id, attempt)
    if row is None:
        return
    if entry is None or ticket is None:
        outbox.finish(row, "done", "nothing to send")
        return
    by_itself = receipts.is_acknowledgement(entry)
    outside = "" if by_itself else "ticket.reply_failed"
    if isinstance(outcome, Receipt):
        told = "" if by_itself else "ticket.replied"
        outside = told if _sent(session, ticket, entry, row, outcome) else outside
    elif isinstance(outcome, TryLater) and clock.now() - (row.tried_at or clock.now()) < (
        TOO_LATE_AFTER if by_itself else GIVE_UP_AFTER
    ):
        entry.failure = _unnamed(session, ticket, outcome.reply)
        wait = BACKOFF[min(row.attempt, len(BACKOFF)) - 1]
        outbox.postpone(row, clock.now() + wait, entry.failure)
        outside = ""
    elif isinstance(outcome, OutcomeUnknown):
        _uncertain(session, ticket, entry, row, outcome)
    else:
        _failed(session, ticket, entry, row, outcome)
    events.changed(session, ticket, "delivery", outside)
    _log(session, ticket, entry, attempt)


def _log(session: Session, ticket: Ticket, entry: Entry, attempt: int) -> None:
    """What became of the answer, under the name that the resident's message had at the mail door."""
    told = {"ticket": ticket.number, "entry": entry.id, "message_id": entry.own_message_id, "attempt": attempt}
    said = f"answer_{entry.state or 'waits'}"
    after_commit(session, lambda: log.info(said, trace=ticket.trace, reply=entry.failure[:200], **told))


def retry(session: Session, outbox_id: int) -> Outbox:
    """Promise an answer again that was given up or waits for its next attempt; its Message-ID stays the same.

    Raises:
        NotFound: there is no such promise, or it was kept.
        Conflict: it is being sent at this moment, or the answer was promised again since or has left.
    """
    subject = select(Entry.ticket_id).join(Outbox, Outbox.subject_id == Entry.id)
    ticket_id = session.scalar(subject.where(Outbox.id == outbox_id, Outbox.kind == outbox.DELIVER))
    if ticket_id is not None:
        tickets.by_id(session, ticket_id)
    given_up = session.scalar(select(Outbox.done_at).where(Outbox.id == outbox_id)) is not None
    row = outbox.retry(session, outbox_id)
    entry = session.get(Entry, row.subject_id) if row.kind == outbox.DELIVER else None
    lost = entry is not None and entry.state in (EntryState.FAILED, EntryState.UNCERTAIN)
    if row.kind == outbox.DELIVER and given_up and not lost:
        raise Conflict("the answer was promised again since, or has left")
    if entry is not None and lost and not letters.can_send_again(entry):
        raise Conflict("the answer may have left twice already")
    if entry is not None and lost:
        entry.state, entry.failure = EntryState.QUEUED, ""
        ticket = tickets.by_id(session, entry.ticket_id)
        receipts.is_answer_again(session, ticket, entry)
        events.changed(session, ticket, "delivery")
    return row


def _sent(session: Session, ticket: Ticket, entry: Entry, row: Outbox, receipt: Receipt) -> bool:
    """The server took it, for some at least. Whether it is an answer: not if nobody it was written to will get it."""
    is_under_way = entry.state in (EntryState.QUEUED, EntryState.SENDING)  # else how it went has been reported already
    body = session.scalars(select(EntryMessage).where(EntryMessage.entry_id == entry.id)).one()
    outbox.finish(row, "sent", receipt.reply[:500])
    names = {wire_address(value): value for value in _everybody(body) if can_be_sent_to(value)}
    refused = [(names.get(address, address), reason) for address, reason in receipt.refused]
    missed = [address for address, _reason in refused]
    if is_under_way:
        entry.state, entry.failure = EntryState.SENT, ""
        entry.data = {key: value for key, value in entry.data.items() if key != "missed"}
    if not refused:
        return True
    entry.data = {**entry.data, "missed": [*entry.data.get("missed", ()), *missed]}
    receipts.bounced(session, [address for address, reason in refused if reason.startswith("5")])
    entry.failure = _unnamed(session, ticket, "; ".join(f"{address}: {reason}" for address, reason in refused))
    if not is_under_way or not set(body.recipients) <= set(missed):
        _tell(session, ticket, entry, "refused")
        return True
    outbox.finish(row, "refused", entry.failure[:500])
    _tell(session, ticket, entry, "failed")
    receipts.not_arrived(session, ticket, entry)
    return False


def _unnamed(session: Session, ticket: Ticket, said: str) -> str:
    """What a server said, without the addresses of somebody whose identity is protected."""
    return unnamed(said, hidden(session, ticket))


def _uncertain(session: Session, ticket: Ticket, entry: Entry, row: Outbox, outcome: OutcomeUnknown) -> None:
    reply = _unnamed(session, ticket, outcome.reply)
    outbox.finish(row, "uncertain", reply)
    if entry.state in (EntryState.QUEUED, EntryState.SENDING):
        entry.state, entry.failure = EntryState.UNCERTAIN, reply
        entry.data = {**entry.data, "uncertain": int(entry.data.get("uncertain", 0)) + 1}
        _tell(session, ticket, entry, "uncertain")


def _failed(session: Session, ticket: Ticket, entry: Entry, row: Outbox, outcome: ChannelError) -> None:
    reply = _unnamed(session, ticket, outcome.reply)
    outbox.finish(row, "refused" if isinstance(outcome, Refused) else "failed", reply)
    if entry.state not in (EntryState.QUEUED, EntryState.SENDING):
        return
    entry.failure = reply
    if isinstance(outcome, Refused) and _NO_SUCH_ADDRESS.search(outcome.reply):
        body = session.scalars(select(EntryMessage).where(EntryMessage.entry_id == entry.id)).one()
        receipts.bounced(session, body.recipients)
        entry.data = {**entry.data, "missed": [one for one in _everybody(body) if one not in _spared(entry, body)]}
    _tell(session, ticket, entry, "failed")
    receipts.not_arrived(session, ticket, entry)


def _tell(session: Session, ticket: Ticket, entry: Entry, what: str) -> None:
    """An answer that did not arrive makes the ticket wait for us again, and says so; an acknowledgement does not."""
    if receipts.is_acknowledgement(entry):
        return
    receipts.wait_again(session, ticket, entry)
    entries.add_event(session, ticket, f"delivery_{what}", entry=entry.seq, reply=entry.failure[:500])

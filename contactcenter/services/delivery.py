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
_NO_SUCH_ADDRESS = re.compile(r"\b5\.(?:1\.(?:[1236]|10)|2\.1)\b")
"""Of the recipient's address itself (RFC 3463 §3.2, §3.3, RFC 7505 §4.1): 5.1.7 and 5.1.8 are of the sender's, ours."""


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
        outbox.finish(row, _ended(entry, "done") if entry is not None else "done", "nothing to send")
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
    """Who is known to have got an answer that others may not have got: it is sent again to the others alone."""
    got = frozenset(entry.data.get("got", ()))
    return got if not got >= set(_everybody(body)) else frozenset()


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
    body = session.scalars(select(EntryMessage).where(EntryMessage.entry_id == entry.id)).one()
    patience = TOO_LATE_AFTER if by_itself else GIVE_UP_AFTER
    if _asks_us_back(entry, outcome) and clock.now() - (row.tried_at or clock.now()) < patience:
        _wait(session, ticket, entry, body, row, outcome)
        outside = ""
    elif isinstance(outcome, OutcomeUnknown):
        _uncertain(session, ticket, entry, row, outcome)
    else:
        ended = _of_the_rest(entry, body, outcome)
        if isinstance(ended, Receipt):
            told = "" if by_itself else "ticket.replied"
            outside = told if _sent(session, ticket, entry, row, ended) else outside
        else:
            _failed(session, ticket, entry, row, ended)
    events.changed(session, ticket, "delivery", outside)
    _log(session, ticket, entry, attempt)


def _asks_us_back(entry: Entry, outcome: Receipt | ChannelError) -> bool:
    """Whether nothing has left yet for those that are left, and nobody was refused for good."""
    if isinstance(outcome, Receipt):
        is_under_way = entry.state in (EntryState.QUEUED, EntryState.SENDING)
        return is_under_way and bool(outcome.refused) and all(why.startswith("4") for _who, why in outcome.refused)
    return isinstance(outcome, TryLater)


def _wait(
    session: Session, ticket: Ticket, entry: Entry, body: EntryMessage, row: Outbox, outcome: Receipt | ChannelError
) -> None:
    """Try again later, with those that have not got it by now."""
    if isinstance(outcome, Receipt):
        refused = _refused(body, outcome)
        _note(entry, body, [address for address, _reason in refused])
        said = _said(refused)
    else:
        said = outcome.reply
    entry.failure = _unnamed(session, ticket, said)
    outbox.postpone(row, clock.now() + BACKOFF[min(row.attempt, len(BACKOFF)) - 1], entry.failure[:500])


def _of_the_rest(entry: Entry, body: EntryMessage, outcome: Receipt | ChannelError) -> Receipt | ChannelError:
    """The outcome for the answer: when some it is written to have got it before, only the others did not get it."""
    spared = _spared(entry, body)
    if isinstance(outcome, Receipt) or not spared & set(body.recipients):
        return outcome
    left = tuple((wire_address(address), outcome.reply) for address in _everybody(body) if address not in spared)
    return Receipt(outcome.reply, outcome.refused or left)


def _refused(body: EntryMessage, outcome: Receipt | ChannelError) -> list[tuple[str, str]]:
    """Who was refused, as we write them, and why."""
    names = {wire_address(value): value for value in _everybody(body) if can_be_sent_to(value)}
    return [(names.get(address, address), reason) for address, reason in outcome.refused]


def _said(refused: list[tuple[str, str]]) -> str:
    return "; ".join(f"{address}: {reason}" for address, reason in refused)


def _note(entry: Entry, body: EntryMessage, missed: list[str]) -> None:
    """Remember, of several, who has got it and whom it did not reach."""
    everybody = _everybody(body)
    rest = {key: value for key, value in entry.data.items() if key not in ("missed", "got")}
    got = {"got": [one for one in everybody if one not in missed]} if len(everybody) > 1 else {}
    entry.data = {**rest, **got, **({"missed": missed} if missed else {})}


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


def _ended(entry: Entry, said: str) -> str:
    """How a promise ended: as `said`, unless a report of the answer came first."""
    if entry.state in (EntryState.SENT, EntryState.DELIVERED, EntryState.READ):
        return "sent"
    return "bounced" if entry.state is EntryState.FAILED else said


def _sent(session: Session, ticket: Ticket, entry: Entry, row: Outbox, receipt: Receipt) -> bool:
    """The server took it, for some at least. Whether it is an answer: not if nobody it was written to will get it."""
    is_under_way = entry.state in (EntryState.QUEUED, EntryState.SENDING)  # else how it went has been reported already
    body = session.scalars(select(EntryMessage).where(EntryMessage.entry_id == entry.id)).one()
    outbox.finish(row, _ended(entry, "sent"), _unnamed(session, ticket, receipt.reply)[:500])
    refused = _refused(body, receipt)
    missed = [address for address, _reason in refused]
    known = [] if is_under_way else [one for one in entry.data.get("missed", ()) if one not in missed]
    _note(entry, body, [*known, *missed])
    if is_under_way:
        entry.state, entry.failure = EntryState.SENT, ""
    if not refused:
        return True
    receipts.bounced(session, [address for address, reason in refused if _NO_SUCH_ADDRESS.search(reason)])
    entry.failure = _unnamed(session, ticket, _said(refused))
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
    outbox.finish(row, _ended(entry, "uncertain"), reply)
    if entry.state in (EntryState.QUEUED, EntryState.SENDING):
        entry.state, entry.failure = EntryState.UNCERTAIN, reply
        body = session.scalars(select(EntryMessage).where(EntryMessage.entry_id == entry.id)).one()
        missed = [address for address, _reason in _refused(body, outcome)]
        rest = {key: value for key, value in entry.data.items() if key != "missed"}
        entry.data = {**rest, "uncertain": int(rest.get("uncertain", 0)) + 1, **({"missed": missed} if missed else {})}
        _tell(session, ticket, entry, "uncertain")


def _failed(session: Session, ticket: Ticket, entry: Entry, row: Outbox, outcome: ChannelError) -> None:
    reply = _unnamed(session, ticket, outcome.reply)
    outbox.finish(row, _ended(entry, "refused" if isinstance(outcome, Refused) else "failed"), reply)
    if entry.state not in (EntryState.QUEUED, EntryState.SENDING):
        return
    entry.failure = reply
    body = session.scalars(select(EntryMessage).where(EntryMessage.entry_id == entry.id)).one()
    lost = [one for one in _everybody(body) if one not in _spared(entry, body)]
    refused = _refused(body, outcome) or [(one, outcome.reply) for one in lost if len(lost) == 1]
    gone = [address for address, reason in refused if _NO_SUCH_ADDRESS.search(reason)]
    if gone or _NO_SUCH_ADDRESS.search(outcome.reply):
        receipts.bounced(session, gone)
        entry.data = {**entry.data, "missed": lost}
    _tell(session, ticket, entry, "failed")
    receipts.not_arrived(session, ticket, entry)


def _tell(session: Session, ticket: Ticket, entry: Entry, what: str) -> None:
    """An answer that did not arrive makes the ticket wait for us again, and says so; an acknowledgement does not."""
    if receipts.is_acknowledgement(entry):
        return
    receipts.wait_again(session, ticket, entry)
    entries.add_event(session, ticket, f"delivery_{what}", entry=entry.seq, reply=entry.failure[:500])

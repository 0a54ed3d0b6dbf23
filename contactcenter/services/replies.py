"""Answers and notes. An answer is promised here and leaves later; until it is claimed it can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from contactcenter import clock, logs, runtime, search
from contactcenter.access import Actor, Permission
from contactcenter.db import after_commit
from contactcenter.errors import Conflict, InvalidInput, NotFound
from contactcenter.i18n import gettext as _
from contactcenter.model import Attachment, Draft, Entry, EntryMessage, EntryNote, Outbox, Ticket
from contactcenter.model.entry import IS_BY_PROGRAM
from contactcenter.model.words import (
    ChannelKind,
    Direction,
    DraftKind,
    EntryKind,
    EntryState,
    Status,
)
from contactcenter.queries import letters
from contactcenter.queries import recipients as known
from contactcenter.services import (
    audit,
    caution,
    deadlines,
    drafts,
    entries,
    events,
    outbox,
    receipts,
    recipients,
    threads,
    tickets,
)
from contactcenter.services.entries import NewEntry
from contactcenter.services.recipients import Recipients, Wanted

log = logs.get_logger(__name__)

USUAL = Wanted()
Sure = bool | Callable[[Recipients], bool]
"""Whether the writer is sure, whatever speaks against it; or for whom they have said so."""


def newer_message(session: Session, ticket: Ticket, actor: Actor, seen_seq: int) -> Entry | None:
    """A message, from the resident or a colleague, that came after the one the agent had read; no server's report."""
    reports = select(EntryMessage.entry_id).where(IS_BY_PROGRAM)
    return session.scalar(
        select(Entry)
        .where(
            Entry.ticket_id == ticket.id,
            Entry.seq > seen_seq,
            Entry.kind == EntryKind.MESSAGE,
            (Entry.agent_id.is_(None)) | (Entry.agent_id != actor.agent_id),
            Entry.id.not_in(reports.where(EntryMessage.entry_id == Entry.id)),
        )
        .order_by(Entry.seq.desc())
        .limit(1)
    )


def send(
    session: Session,
    actor: Actor,
    ticket: Ticket,
    text: str,
    *,
    key: str,
    seen_seq: int,
    wanted: Wanted = USUAL,
    anyway: bool = False,
    sure: Sure = False,
    close: bool = False,
) -> Entry:
    """Promise an answer to the resident: entry, outbox row, draft gone and event in one transaction.

    `key` is made by the page once for each answer: the same key again gives the same entry (double click, lost
    response). `seen_seq` is the newest message the agent had read. `wanted` says to whom, for this answer alone.

    Raises:
        InvalidInput: nothing is written, there is nobody to answer to, or somebody who cannot be written to.
        Conflict: a newer message exists and `anyway` is not set; `data["seq"]` is its place.
        Risky: something in it is better not sent by e-mail, and the agent is not `sure`.
    """
    actor.require(Permission.REPLY)
    before = _by_key(session, ticket, key, EntryKind.MESSAGE, text)
    if before is not None:
        return _the_same(session, ticket, before, wanted)
    if not text.strip():
        raise InvalidInput(_("Write an answer first."), field="text")
    to = recipients.choose(session, ticket, wanted)
    newer = None if anyway else newer_message(session, ticket, actor, seen_seq)
    if newer is not None:
        raise Conflict(_("A new message has come. Read it, then send."), seq=newer.seq)
    risks = caution.risks(session, ticket, text, to)
    if not (sure(to) if callable(sure) else sure):
        caution.stop(risks, to)
    if ticket.assignee_id is None and actor.may(Permission.TAKE):
        ticket.assignee_id = actor.agent_id
    entry = _write(session, actor, ticket, text, key, to)
    _after_sending(session, actor, ticket, entry, close=close)
    more = {**({"risks": list(risks)} if risks else {}), **({"others": len(to.others)} if to.is_changed else {})}
    record = audit.on_any_ticket if more else audit.on_ticket  # what went to others, or in spite of a warning
    record(session, actor, "reply", ticket, entry=entry.id, **more)
    events.changed(session, ticket, "message")
    return entry


def _by_key(session: Session, ticket: Ticket, key: str, kind: EntryKind, text: str) -> Entry | None:
    """What the same form has written before. A form that comes again with something else is not the same."""
    if not key or len(key) > 100:
        raise InvalidInput(_("The page is too old. Reload it; your text is saved."), field="key")
    entry = session.scalar(select(Entry).where(Entry.ticket_id == ticket.id, Entry.form_key == key))
    if entry is None:
        return None
    body = EntryMessage if entry.kind is EntryKind.MESSAGE else EntryNote
    if entry.kind is not kind or session.scalar(select(body.text).where(body.entry_id == entry.id)) != text:
        raise _saved_already()
    return entry


def _saved_already() -> Conflict:
    return Conflict(_("An earlier version of this was saved already. Reload the page to see it; your text is kept."))


def _the_same(session: Session, ticket: Ticket, before: Entry, wanted: Wanted) -> Entry:
    """`before`, unless it was promised to others than are wanted now. The usual one is whoever it was then."""
    if wanted.to is None:
        wanted = replace(wanted, to=_wanted(session, before).to)
    body = session.scalars(select(EntryMessage).where(EntryMessage.entry_id == before.id)).one()
    if not recipients.choose(session, ticket, wanted).are_those_of(body):
        raise _saved_already()
    return before


def _write(session: Session, actor: Actor, ticket: Ticket, text: str, key: str, to: Recipients) -> Entry:
    here = runtime.current()
    entry = entries.append(
        session,
        ticket,
        NewEntry(
            EntryKind.MESSAGE,
            Direction.OUT,
            channel=ChannelKind.EMAIL,
            agent_id=actor.agent_id,
            author_name=actor.name,
            state=EntryState.QUEUED,
        ),
    )
    entry.form_key = key
    threads.name_ours(here.keys, entry, here.settings.channels.mail.address)
    body = EntryMessage(
        text=text,
        recipients=list(to.to),
        copies=list(to.copies),
        blind_copies=list(to.blind_copies),
        language=ticket.language,
        signature=letters.signature(session, ticket, actor.agent_id),
    )
    entries.add_message(session, ticket, entry, body)
    draft = drafts.find(session, actor, ticket, DraftKind.REPLY, lock=True)
    if draft is not None:
        session.execute(
            update(Attachment).where(Attachment.draft_id == draft.id).values(entry_id=entry.id, draft_id=None)
        )
        drafts.discard(session, draft)
    return entry


def _after_sending(session: Session, actor: Actor, ticket: Ticket, entry: Entry, *, close: bool) -> None:
    now = clock.now()
    undo = timedelta(seconds=runtime.current().settings.channels.mail.undo_seconds)
    before = {
        "status": ticket.status,
        "new_reply": ticket.new_reply,
        "waiting_since": ticket.waiting_since.isoformat(),
        "outcome": ticket.outcome,
        "closed_at": ticket.closed_at.isoformat() if ticket.closed_at else "",
    }
    outbox.promise(session, outbox.DELIVER, entry.id, now + undo, before=before, close=close)
    told = {"ticket": ticket.number, "entry": entry.id, "agent": actor.agent_id}
    after_commit(session, lambda: log.info("answer_promised", trace=ticket.trace, **told))
    ticket.new_reply = False
    deadlines.answered(session, ticket, entry)
    ticket.first_reply_at = ticket.first_reply_at or entry.at
    if close:
        tickets.close(session, actor, ticket)
    else:
        if ticket.status is Status.CLOSED:
            tickets.reopen_silently(ticket)
        tickets.set_status(ticket, Status.WAITING_RESIDENT)
        ticket.waiting_since = now


def note(session: Session, actor: Actor, ticket: Ticket, text: str, *, key: str) -> Entry:
    """Write an internal note; the same `key` again gives the same note.

    Raises:
        InvalidInput: nothing is written.
    """
    actor.require(Permission.NOTE)
    before = _by_key(session, ticket, key, EntryKind.NOTE, text)
    if before is not None:
        return before
    if not text.strip():
        raise InvalidInput(_("Write a note first."), field="text")
    entry = entries.add_note(session, ticket, actor, text)
    entry.form_key = key
    draft = drafts.find(session, actor, ticket, DraftKind.NOTE, lock=True)
    if draft is not None:
        session.execute(
            update(Attachment).where(Attachment.draft_id == draft.id).values(entry_id=entry.id, draft_id=None)
        )
        drafts.discard(session, draft)
    audit.on_ticket(session, actor, "note", ticket, entry=entry.id)
    events.changed(session, ticket, "note")
    return entry


def undo(session: Session, actor: Actor, ticket: Ticket, entry_id: int) -> Draft:
    """Take an answer back before it leaves: it is a draft again, with its files, and the ticket waits as it did.

    Where the actor has begun another one, the two become one draft for all whom either is for, as their text is one.

    Raises:
        NotFound: there is no such answer of the actor's.
        Conflict: it has already left, or is leaving now.
    """
    entry = session.get(Entry, entry_id)
    if entry is None or entry.ticket_id != ticket.id or entry.agent_id != actor.agent_id:
        raise NotFound()
    promise = session.scalar(
        select(Outbox)
        .where(Outbox.kind == outbox.DELIVER, Outbox.subject_id == entry_id, Outbox.done_at.is_(None))
        .with_for_update()
    )
    session.refresh(entry)
    if promise is None or not letters.can_undo(promise) or entry.state is not EntryState.QUEUED:
        raise Conflict(_("It is too late to undo: the answer has left."))
    seq, kept = entry.seq, dict(entry.data)
    wanted = _wanted(session, entry)
    begun = _begun(session, actor, ticket)
    draft = _as_draft(session, actor, ticket, entry)
    search.forget(session, entry.id)
    session.execute(delete(EntryMessage).where(EntryMessage.entry_id == entry.id))
    session.delete(entry)
    session.flush()
    if begun is not None:
        wanted = recipients.together(begun, wanted, known.usual(session, ticket))
    drafts.address_to(session, ticket, draft, wanted)  # who the usual one is may depend on what has been sent
    outbox.finish(promise, "undone")
    newest = _newest(session, ticket)
    ticket.preview = entries.preview(newest[1]) if newest else ""
    ticket.last_message_at = newest[0].at if newest else ticket.last_message_at
    ticket.first_reply_at = tickets.first_answer(session, ticket)
    if newest is None or newest[0].seq < seq:
        _restore(session, actor, ticket, promise.payload["before"], newest)
    deadlines.unanswered(session, ticket, entry_id, kept)
    audit.on_ticket(session, actor, "undo", ticket)
    events.changed(session, ticket, "undone")
    return draft


def _wanted(session: Session, entry: Entry) -> Wanted:
    """Whom an answer was for, as it is typed."""
    body = session.scalars(select(EntryMessage).where(EntryMessage.entry_id == entry.id)).one()
    return Wanted(*(recipients.as_typed(part) for part in (body.recipients, body.copies, body.blind_copies)))


def _begun(session: Session, actor: Actor, ticket: Ticket) -> Wanted | None:
    """Whom the draft is for that is there now; None where nobody has begun one."""
    draft = drafts.find(session, actor, ticket, DraftKind.REPLY, lock=True)
    if draft is None:
        return None
    wanted = Wanted(draft.recipients, draft.copies, draft.blind_copies)
    return wanted if draft.text.strip() or any((wanted.to, wanted.copies, wanted.blind_copies)) else None


def _as_draft(session: Session, actor: Actor, ticket: Ticket, entry: Entry) -> Draft:
    body = session.scalars(select(EntryMessage).where(EntryMessage.entry_id == entry.id)).one()
    draft = drafts.find(session, actor, ticket, DraftKind.REPLY, lock=True)
    if draft is None:
        draft = Draft(
            ticket_id=ticket.id, agent_id=actor.agent_id, kind=DraftKind.REPLY, text=body.text, saved_at=clock.now()
        )
        session.add(draft)
    else:
        draft.text = f"{body.text}\n\n{draft.text}".strip()
        draft.saved_at = clock.now()
    draft.seen_seq = entry.seq - 1
    session.flush()
    session.execute(update(Attachment).where(Attachment.entry_id == entry.id).values(entry_id=None, draft_id=draft.id))
    session.expire(entry)
    return draft


def _restore(
    session: Session, actor: Actor, ticket: Ticket, before: dict[str, Any], newest: tuple[Entry, EntryMessage] | None
) -> None:
    """The ticket as it was before the answer. `newest` is the last message that is left.

    Whoever wrote keeps the ticket, and a rest that the answer ended stays ended.
    """
    if ticket.status not in (Status.WAITING_RESIDENT, Status.CLOSED):
        return
    status = Status(before["status"])
    ticket.outcome = before["outcome"]
    if status is Status.CLOSED:
        tickets.set_status(ticket, Status.OPEN)
        tickets.set_status(ticket, Status.CLOSED)
        ticket.closed_at = tickets.moment(before["closed_at"])
    elif ticket.status is Status.CLOSED:
        tickets.set_status(ticket, Status.OPEN)
        entries.add_event(session, ticket, "reopened", actor)
    elif status is not Status.WAITING_RESIDENT or newest is None or newest[0].direction is Direction.IN:
        tickets.set_status(ticket, status if status is Status.WAITING_INTERNAL else Status.OPEN)
    ticket.new_reply = before["new_reply"]
    ticket.waiting_since = tickets.moment(before["waiting_since"])


def _newest(session: Session, ticket: Ticket) -> tuple[Entry, EntryMessage] | None:
    found = session.execute(
        select(Entry, EntryMessage)
        .join(EntryMessage, EntryMessage.entry_id == Entry.id)
        .where(Entry.ticket_id == ticket.id, ~IS_BY_PROGRAM)
        .order_by(Entry.seq.desc())
        .limit(1)
    ).first()
    return (found[0], found[1]) if found else None


def send_again(session: Session, actor: Actor, ticket: Ticket, entry_id: int) -> Entry:
    """Try once more with an answer that failed or whose outcome is unknown; its Message-ID stays the same.

    Raises:
        NotFound: there is no such answer.
        Conflict: it has not failed, or may have left twice already.
    """
    actor.require(Permission.REPLY)
    entry = session.get(Entry, entry_id)
    if entry is None or entry.ticket_id != ticket.id or entry.direction is not Direction.OUT:
        raise NotFound()
    if entry.state not in (EntryState.FAILED, EntryState.UNCERTAIN) or receipts.is_acknowledgement(entry):
        raise Conflict(_("That answer has not failed."))
    if not letters.can_send_again(entry):
        raise Conflict(_("That answer may have arrived twice already. Ask the resident before you write again."))
    entry.state, entry.failure = EntryState.QUEUED, ""
    receipts.is_answer_again(session, ticket, entry)
    ticket.new_reply = False
    outbox.promise(session, outbox.DELIVER, entry.id, clock.now(), before={})
    audit.on_ticket(session, actor, "send_again", ticket, entry=entry.id)
    events.changed(session, ticket, "message")
    return entry

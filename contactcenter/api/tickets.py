"""Tickets for other programs: reading them, opening them, and what is done to them."""

from __future__ import annotations

from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.email.addresses import address as mail_address
from channels.language import detect
from channels.message import Address, Envelope, InboundMessage
from channels.phones import normal_number
from contactcenter import clock, runtime
from contactcenter.access import Actor, Permission, get_ticket, visible_tickets
from contactcenter.api import shapes, tell
from contactcenter.api.door import not_found, reads, writes
from contactcenter.api.reply_shapes import NewReply
from contactcenter.db import transaction
from contactcenter.filenames import safe_name
from contactcenter.model import Agent, Entry, Ticket
from contactcenter.model.words import AddressKind, EntryKind
from contactcenter.queries import records
from contactcenter.services import audit, decisions, intake, organisation, replies, tickets
from contactcenter.services.entries import StoredFile
from contactcenter.services.recipients import Wanted, as_typed

ONE = "/tickets/<int:number>"


@reads("/tickets", shapes.Tickets, shapes.ListAsked)
def list_tickets(session: Session, actor: Actor, asked: shapes.ListAsked) -> shapes.Tickets:
    """Tickets that the token's agent may see, filtered, a page at a time."""
    rows, after = records.page(session, actor, records.Wanted(**asked.model_dump()))
    audit.on_list(session, actor, rows)
    return tell.tickets(session, rows, after)


@reads(ONE, shapes.TicketWithEntries)
def get_one_ticket(session: Session, actor: Actor, asked: Any, number: int) -> shapes.TicketWithEntries:
    """One ticket with its entries."""
    row = get_ticket(session, actor, number)
    audit.on_ticket(session, actor, "read", row)
    return tell.ticket(session, actor, row)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A new ticket's message, decided by routing, with its files on disk."""

    message: InboundMessage
    files: tuple[StoredFile, ...]
    placed: decisions.Placement


def _prepare(asked: shapes.NewTicket) -> _Prepared:
    here = runtime.current()
    limits = here.settings.limits
    if sum(len(file.content) for file in asked.attachments) > limits.reply_bytes:
        raise not_found("attachments", f"All files together may have {limits.reply_bytes} bytes.")
    files = tuple(
        StoredFile(safe_name(file.name), file.media_type, len(file.content), here.blobs.put(file.content))
        for file in asked.attachments
    )
    message = _message(asked)
    with transaction(read_only=True) as session:
        known = organisation.present(session)
    return _Prepared(message, files, decisions.place(known, decisions.facts_of(message, Envelope("", ()))))


def _message(asked: shapes.NewTicket) -> InboundMessage:
    known = [_address(place, given) for place, given in enumerate(asked.person.addresses)]
    text = asked.text.replace("\r\n", "\n")
    return InboundMessage(
        channel=asked.channel,
        sender=Address(known[0] if known else "", asked.person.name),
        recipients=(),
        subject=asked.subject,
        text=text,
        language=asked.language or detect(f"{asked.subject}\n{text}")[0],
    )


def _address(place: int, given: shapes.AddressAsked) -> str:
    field = f"person/addresses/{place}/value"
    found = mail_address(given.value) if given.kind is AddressKind.EMAIL else normal_number(given.value)
    if found is None:
        raise not_found(field, f"`{given.value[:60]}` is no address of the kind `{given.kind}`.")
    return found


@writes("/tickets", Permission.OPEN, shapes.Ticket, shapes.NewTicket, status=201, prepare=_prepare)
def open_ticket(session: Session, actor: Actor, asked: shapes.NewTicket, prepared: _Prepared) -> shapes.Ticket:
    """Open a ticket: from a form of an e-service, a letter, a call noted elsewhere."""
    placed = decisions.chosen(session, prepared.placed, asked.topic, asked.office)
    row = intake.open_ticket(session, prepared.message, prepared.files, placed)
    audit.on_ticket(session, actor, "opened", row)
    session.flush()
    session.expire(row)
    return tell.new_ticket(session, row)


def _changed(session: Session, actor: Actor, row: Ticket) -> shapes.Changed:
    """What a write is answered: the ticket's new `rev`, and whether the agent still sees it."""
    session.flush()
    seen = select(Ticket.id).where(Ticket.id == row.id, visible_tickets(actor))
    return shapes.Changed(number=row.number, rev=row.rev, visible=session.scalar(seen) is not None, status=row.status)


@writes(f"{ONE}/assign", Permission.ASSIGN, shapes.Changed, shapes.Assign)
def assign_ticket(session: Session, actor: Actor, asked: shapes.Assign, number: int) -> shapes.Changed:
    """Give the ticket to somebody, or put it back into the queue."""
    row = get_ticket(session, actor, number, lock=True)
    if asked.agent is None:
        tickets.release(session, actor, row, asked.rev)
        return _changed(session, actor, row)
    agent = session.scalar(select(Agent).where(Agent.login == asked.agent.lower(), Agent.disabled_at.is_(None)))
    if agent is None:
        raise not_found("agent", "There is no such agent.")
    tickets.assign(session, actor, row, agent.id, asked.rev)
    return _changed(session, actor, row)


@writes(f"{ONE}/close", Permission.CLOSE, shapes.Changed, shapes.Close)
def close_ticket(session: Session, actor: Actor, asked: shapes.Close, number: int) -> shapes.Changed:
    """Close the ticket with an outcome."""
    row = get_ticket(session, actor, number, lock=True)
    tickets.close(session, actor, row, asked.outcome, asked.rev)
    return _changed(session, actor, row)


@writes(f"{ONE}/reopen", Permission.CLOSE, shapes.Changed, shapes.Reopen)
def reopen_ticket(session: Session, actor: Actor, asked: shapes.Reopen, number: int) -> shapes.Changed:
    """Take up a closed ticket again."""
    row = get_ticket(session, actor, number, lock=True)
    tickets.reopen(session, actor, row, asked.rev)
    return _changed(session, actor, row)


@writes(f"{ONE}/park", Permission.CLOSE, shapes.Changed, shapes.Park)
def park_ticket(session: Session, actor: Actor, asked: shapes.Park, number: int) -> shapes.Changed:
    """Let the ticket rest until a moment, or until the resident writes."""
    if asked.until is not None and asked.until <= clock.now():
        raise not_found("until", "The moment has passed.")
    row = get_ticket(session, actor, number, lock=True)
    tickets.park(session, actor, row, asked.until, asked.rev)
    return _changed(session, actor, row)


@writes(f"{ONE}/topic", Permission.TOPIC, shapes.Changed, shapes.ChangeTopic)
def change_topic(session: Session, actor: Actor, asked: shapes.ChangeTopic, number: int) -> shapes.Changed:
    """Correct the topic; team, priority and domain follow."""
    row = get_ticket(session, actor, number, lock=True)
    tickets.change_topic(session, actor, row, asked.topic, asked.rev, ground=asked.ground)
    return _changed(session, actor, row)


@writes(f"{ONE}/replies", Permission.REPLY, shapes.Added, NewReply, status=201)
def add_reply(session: Session, actor: Actor, asked: NewReply, number: int) -> shapes.Added:
    """Answer the resident. It leaves after the time for undoing."""
    row = get_ticket(session, actor, number, lock=True)
    newest = select(func.max(Entry.seq)).where(Entry.ticket_id == row.id, Entry.kind == EntryKind.MESSAGE)
    seen = asked.seen_seq if asked.seen_seq is not None else session.scalar(newest) or 0
    to = None if asked.to is None else as_typed(asked.to)
    wanted = Wanted(to, as_typed(asked.cc), as_typed(asked.bcc))
    entry = replies.send(
        session,
        actor,
        row,
        asked.text,
        key=token_urlsafe(24),
        seen_seq=seen,
        wanted=wanted,
        sure=asked.sure,
        close=asked.close,
    )
    return _added(session, row, entry)


@writes(f"{ONE}/notes", Permission.NOTE, shapes.Added, shapes.NewNote, status=201)
def add_note(session: Session, actor: Actor, asked: shapes.NewNote, number: int) -> shapes.Added:
    """Write an internal note, which no resident ever sees."""
    row = get_ticket(session, actor, number, lock=True)
    return _added(session, row, replies.note(session, actor, row, asked.text, key=token_urlsafe(24)))


def _added(session: Session, row: Ticket, entry: Entry) -> shapes.Added:
    session.flush()
    return shapes.Added(number=row.number, seq=entry.seq, state=entry.state, rev=row.rev)

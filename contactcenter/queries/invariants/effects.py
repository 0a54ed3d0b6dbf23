"""I14: one effect for each act, in its place, in its domain, and only there."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, exists, func, literal, or_, select

from contactcenter.model import Attachment, Draft, Entry, EntryMessage, EntryNote, Event, SearchDoc, Ticket
from contactcenter.model.words import EntryKind
from contactcenter.queries.invariants.check import Check, Finding, first_of

UNDONE = "undone"


def i14_one_effect_for_each_act(check: Check) -> Iterator[Finding]:
    """A form writes one entry; the lines of a ticket are numbered without gaps or doubles in the order they were
    written; its files and what it is found by are in its domain; what is said to residents and what is said among us
    lie each in its own table.
    """
    repeated = select(func.min(Entry.id), literal("is there again: the same form wrote twice"))
    once = repeated.where(Entry.form_key.is_not(None)).group_by(Entry.ticket_id, Entry.form_key)
    yield from check.exceptions("I14", "entry", once.having(func.count() > 1))
    yield from _numbering(check)
    yield from _domains(check)
    yield from _bodies(check)


def _numbering(check: Check) -> Iterator[Finding]:
    """`last_seq` counts the lines of a ticket and those that were taken back: an answer undone leaves its number
    unused, and an event `undone` for the screens.
    """
    lines = (
        select(
            Entry.ticket_id,
            func.count().label("count"),
            func.count(Entry.seq.distinct()).label("numbers"),
            func.min(Entry.seq).label("first"),
            func.max(Entry.seq).label("last"),
        )
        .group_by(Entry.ticket_id)
        .subquery()
    )
    undone = (
        select(Event.ticket_id, func.count().label("count"))
        .where(Event.kind == UNDONE)
        .group_by(Event.ticket_id)
        .subquery()
    )
    taken_back = func.coalesce(undone.c.count, 0)
    problem = first_of(
        (lines.c.numbers != lines.c.count, "has two lines of one number"),
        (or_(lines.c.first < 1, lines.c.last > Ticket.last_seq), "has a line beyond its last one"),
        (Ticket.last_seq < func.coalesce(lines.c.count, 0) + taken_back, "counts fewer lines than it has"),
        (Ticket.last_seq > func.coalesce(lines.c.count, 0) + taken_back, "misses a line that nobody took back"),
    )
    counted = (
        select(Ticket.number, problem)
        .join(lines, lines.c.ticket_id == Ticket.id, isouter=True)
        .join(undone, undone.c.ticket_id == Ticket.id, isouter=True)
    )
    yield from check.exceptions("I14", "ticket", counted)
    before = func.lag(Entry.id).over(partition_by=Entry.ticket_id, order_by=(Entry.seq, Entry.id))
    ordered = select(Entry.id.label("id"), before.label("before")).subquery()
    problem = first_of((ordered.c.before > ordered.c.id, "stands behind a line that was written later"))
    yield from check.exceptions("I14", "entry", select(ordered.c.id, problem))


def _domains(check: Check) -> Iterator[Finding]:
    elsewhere = "is in another domain than its ticket"
    owner = func.coalesce(Entry.ticket_id, Draft.ticket_id)
    files = (
        select(Attachment.id, first_of((Attachment.domain_id != Ticket.domain_id, elsewhere)))
        .join(Entry, Entry.id == Attachment.entry_id, isouter=True)
        .join(Draft, Draft.id == Attachment.draft_id, isouter=True)
        .join(Ticket, Ticket.id == owner)
    )
    yield from check.exceptions("I14", "file", files)
    problem = first_of(
        (SearchDoc.ticket_id != Entry.ticket_id, "is found in another ticket than its entry's"),
        (SearchDoc.domain_id != Ticket.domain_id, elsewhere),
    )
    rows = (
        select(SearchDoc.id, problem)
        .join(Entry, Entry.id == SearchDoc.entry_id)
        .join(Ticket, Ticket.id == Entry.ticket_id)
    )
    yield from check.exceptions("I14", "search row", rows)


def _bodies(check: Check) -> Iterator[Finding]:
    said = exists().where(EntryMessage.entry_id == Entry.id).correlate(Entry)
    noted = exists().where(EntryNote.entry_id == Entry.id).correlate(Entry)
    is_message = Entry.kind == EntryKind.MESSAGE
    problem = first_of(
        (and_(is_message, noted), "is a message, and has the body of a note"),
        (and_(~is_message, said), "is no message, and has a body that may leave"),
        (and_(is_message, ~said), "is a message without a body"),
        (and_(Entry.kind == EntryKind.NOTE, ~noted), "is a note without a body"),
        (and_(Entry.kind == EntryKind.EVENT, noted), "is an event, and has the body of a note"),
    )
    yield from check.exceptions("I14", "entry", select(Entry.id, problem))

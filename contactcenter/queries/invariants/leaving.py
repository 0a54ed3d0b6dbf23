"""I4 and I5: an answer leaves as one letter, and is owed exactly as its state says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from contactcenter.model import Entry, Outbox, Ticket
from contactcenter.model.words import Direction, EntryKind, EntryState, Status
from contactcenter.queries.invariants import journals
from contactcenter.queries.invariants.check import DELIVER, WAKE, Check, Finding, first_of
from contactcenter.queries.invariants.journals import Tally

_SIGNED = re.compile(r"<r\.([a-z2-7]{39})@")
_WAY = (EntryState.QUEUED, EntryState.SENDING)
_LEFT = (EntryState.SENT, EntryState.DELIVERED, EntryState.READ)
_ANSWER = and_(Entry.kind == EntryKind.MESSAGE, Entry.direction == Direction.OUT)
_OPEN = Outbox.done_at.is_(None)


def _promises(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    """How many promises to deliver the entry there are."""
    return (
        select(func.count())
        .select_from(Outbox)
        .where(Outbox.kind == DELIVER, Outbox.subject_id == Entry.id, *conditions)
        .correlate(Entry)
        .scalar_subquery()
    )


_PROMISED = exists().where(Outbox.kind == DELIVER, Outbox.subject_id == Entry.id).correlate(Entry)


def i4_one_letter_for_each_answer(check: Check) -> Iterator[Finding]:
    """An answer that was ever promised has one Message-ID of ours, for ever, and nothing else has one; its signature
    is that of its entry, and one promise of it at most was kept. Where a journal says what left, every letter is an
    answer of ours, and every answer that is `sent` left at least once.

    Copies of one Message-ID are counted only: a process that died while sending may have sent.
    """
    own = Entry.own_message_id
    problem = first_of(
        (and_(_ANSWER, own.is_(None), _PROMISED), "was promised without a Message-ID"),
        (and_(own.is_not(None), ~_ANSWER), "has a Message-ID of ours, and is no answer"),
        (and_(own.is_not(None), Entry.message_id.is_distinct_from(own)), "has two Message-IDs"),
        (_promises(Outbox.outcome == "sent") > 1, "was sent for two promises"),
    )
    is_outgoing = or_(own.is_not(None), Entry.direction == Direction.OUT)
    yield from check.exceptions("I4", "entry", select(Entry.id, problem).where(is_outgoing))
    for row in check.stream(select(Entry.id, own).where(own.is_not(None)).order_by(Entry.id)):
        found = _SIGNED.match(row.own_message_id)
        signed = check.keys.message_id.read(found[1]) if found else None
        if signed is not None and signed != row.id:  # None: the key may have been lost and made anew
            yield Finding("I4", f"entry {row.id}", f"has the Message-ID of entry {signed}")
    if check.delivered is not None:
        with journals.tally(journals.delivered(check.delivered)) as tally:
            yield from _ghosts(check, tally)
            yield from _never_left(check, tally)


def _ghosts(check: Check, tally: Tally) -> Iterator[Finding]:
    letters = copies = 0
    for piece in journals.pieces(tally.all()):
        letters += len(piece)
        copies += sum(count - 1 for _, count in piece)
        message_ids = [message_id for message_id, _ in piece]
        known = set(check.session.scalars(select(Entry.own_message_id).where(Entry.own_message_id.in_(message_ids))))
        for message_id in message_ids:
            if message_id not in known:
                yield Finding("I4", f"letter {message_id!a}", "left, and is no answer of ours")
    check.counts.update(letters=letters, copies=copies)


def _never_left(check: Check, tally: Tally) -> Iterator[Finding]:
    """Answers of the example data never did, and nothing was promised."""
    made_up = and_(Ticket.is_demo, ~_PROMISED)
    rows = check.stream(
        select(Entry.id, Entry.own_message_id)
        .join(Ticket, Ticket.id == Entry.ticket_id)
        .where(_ANSWER, Entry.state.in_(_LEFT), Entry.own_message_id.is_not(None), ~made_up)
        .order_by(Entry.id)
    )
    for piece in journals.pieces(rows):
        left = tally.has(row.own_message_id for row in piece)
        for row in piece:
            if row.own_message_id not in left:
                yield Finding("I4", f"entry {row.id}", "is sent, and no letter of it left")


def i5_promised_as_the_state_says(check: Check) -> Iterator[Finding]:
    """An answer that is `queued` or `sending` is owed by exactly one open promise, any other by none; one that is
    `sent` after a promise has a promise that says so. Every open promise is of an answer that is there, a kept or
    given up one says how it ended, and a ticket that rests until a moment, and only that, has a promise to wake it.
    """
    owed, under_way = _promises(_OPEN), Entry.state.in_(_WAY)
    problem = first_of(
        (and_(~_ANSWER, Entry.state != EntryState.RECEIVED), "came in, and has the state of an answer"),
        (and_(_ANSWER, Entry.state == EntryState.RECEIVED), "is an answer, and is marked as received"),
        (and_(_ANSWER, under_way, owed == 0), "waits to leave, and nothing is promised"),
        (and_(_ANSWER, under_way, owed > 1), "is promised twice"),
        (and_(_ANSWER, ~under_way, owed > 0), "has come to its end, and is still promised"),
        (
            and_(_ANSWER, Entry.state.in_(_LEFT), _PROMISED, _promises(Outbox.outcome == "sent") == 0),
            "is sent, and none of its promises was kept",
        ),
    )
    yield from check.exceptions("I5", "entry", select(Entry.id, problem).where(Entry.kind == EntryKind.MESSAGE))
    answered = select(Entry.id).where(Entry.id == Outbox.subject_id, _ANSWER).correlate(Outbox).exists()
    problem = first_of(
        (and_(Outbox.kind == DELIVER, _OPEN, ~answered), "promises an answer that is not there"),
        (and_(~_OPEN, Outbox.outcome.in_(("", "handed"))), "has ended, and does not say how"),
    )
    yield from check.exceptions("I5", "promise", select(Outbox.id, problem))
    yield from check.exceptions("I5", "ticket", select(Ticket.number, _rest(check)))


def _rest(check: Check) -> ColumnElement[str]:
    """A promise tried again by hand is due at once, not when the rest ends; that it then lies there is I6."""
    due = or_(Outbox.due_at == Ticket.snoozed_until, Outbox.due_at <= check.now)
    woken = exists().where(Outbox.kind == WAKE, Outbox.subject_id == Ticket.id, _OPEN, due).correlate(Ticket)
    rests, until = Ticket.status == Status.PARKED, Ticket.snoozed_until.is_not(None)
    return first_of(
        (and_(until, ~rests), "is to be woken, and does not rest"),
        (and_(until, rests, ~woken), "rests until a moment, and no promise wakes it"),
    )

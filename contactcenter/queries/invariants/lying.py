"""I6: nothing is left lying."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select

from contactcenter.model import Inbox, Outbox, Ticket, Timer
from contactcenter.model.words import InboxState, Status
from contactcenter.queries.invariants.check import FIRST_REPLY, Check, Finding, first_of


def i6_nothing_is_left_lying(check: Check) -> Iterator[Finding]:
    """No message waits in the inbox, no promise or timer is due, no rest is over for longer than its limit.

    A promise that somebody holds is being kept; once its lease has run out the limit counts from there.
    """
    late = _before(check, check.limits.inbox)
    waits = and_(Inbox.state == InboxState.WAITING, Inbox.created_at < late)
    yield from check.exceptions("I6", "message", select(Inbox.id, first_of((waits, "waits too long to be taken in"))))
    late = _before(check, check.limits.outbox)
    let_go = or_(Outbox.lease_until.is_(None), Outbox.lease_until < late)
    owed = and_(Outbox.done_at.is_(None), Outbox.due_at < late, let_go)
    yield from check.exceptions("I6", "promise", select(Outbox.id, first_of((owed, "is overdue, and nobody keeps it"))))
    yield from _timers(check)
    rests = and_(Ticket.status == Status.PARKED, Ticket.snoozed_until < _before(check, check.limits.snoozed))
    yield from check.exceptions("I6", "ticket", select(Ticket.number, first_of((rests, "rests beyond its time"))))


def _timers(check: Check) -> Iterator[Finding]:
    """What was to go off has gone off; who is owed an answer by a moment has a timer for it, and nobody else has."""
    late = _before(check, check.limits.timers)
    let_go = or_(Timer.lease_until.is_(None), Timer.lease_until < late)
    due = and_(Timer.done_at.is_(None), Timer.due_at < late, let_go)
    found = first_of((due, "should have gone off, and has not"), (_is_idle(), "runs for a promise that is no more"))
    yield from check.exceptions("I6", "timer", select(Timer.id, found))
    of_ticket = and_(Timer.kind == FIRST_REPLY, Timer.subject_id == Ticket.id, Timer.due_at == Ticket.first_reply_due)
    unwatched = and_(Ticket.first_reply_due.is_not(None), ~exists().where(of_ticket))
    ended = and_(Ticket.first_reply_due.is_not(None), Ticket.status == Status.CLOSED)
    problems = first_of((unwatched, "has a deadline and no timer for it"), (ended, "is closed and has a deadline"))
    yield from check.exceptions("I6", "ticket", select(Ticket.number, problems))


def _is_idle() -> ColumnElement[bool]:
    same = and_(Ticket.id == Timer.subject_id, Ticket.first_reply_due == Timer.due_at)
    return and_(Timer.kind == FIRST_REPLY, Timer.done_at.is_(None), ~exists().where(same))


def _before(check: Check, seconds: float) -> datetime:
    return check.now - timedelta(seconds=seconds)

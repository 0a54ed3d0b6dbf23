"""I6: nothing is left lying."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select

from contactcenter.model import Inbox, Outbox, Ticket
from contactcenter.model.words import InboxState, Status
from contactcenter.queries.invariants.check import Check, Finding, first_of


def i6_nothing_is_left_lying(check: Check) -> Iterator[Finding]:
    """No message waits in the inbox, no promise is due, no rest is over for longer than its limit.

    A promise that somebody holds is being kept; once its lease has run out the limit counts from there.
    """
    late = _before(check, check.limits.inbox)
    waits = and_(Inbox.state == InboxState.WAITING, Inbox.created_at < late)
    yield from check.exceptions("I6", "message", select(Inbox.id, first_of((waits, "waits too long to be taken in"))))
    late = _before(check, check.limits.outbox)
    let_go = or_(Outbox.lease_until.is_(None), Outbox.lease_until < late)
    owed = and_(Outbox.done_at.is_(None), Outbox.due_at < late, let_go)
    yield from check.exceptions("I6", "promise", select(Outbox.id, first_of((owed, "is overdue, and nobody keeps it"))))
    rests = and_(Ticket.status == Status.PARKED, Ticket.snoozed_until < _before(check, check.limits.snoozed))
    yield from check.exceptions("I6", "ticket", select(Ticket.number, first_of((rests, "rests beyond its time"))))


def _before(check: Check, seconds: float) -> datetime:
    return check.now - timedelta(seconds=seconds)

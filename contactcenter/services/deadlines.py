"""The promise of a first answer: made when a ticket opens, moved with the ticket, kept by the first answer of a person.

- It runs from when the resident wrote. A resident who writes again in a closed ticket asks anew, and is promised anew.
- What a program wrote by itself (an automatic reply, a delivery report, a mailing list) is promised nothing.
- Topic, office or priority changed before the answer: reckoned again from the same beginning. A message that makes a
  ticket urgent, or comes on a quicker channel, may only make it due earlier, reckoned from that message.
- An automatic answer keeps no promise. An answer that is taken back, or that could not be delivered, has not kept it.
- Resting or waiting among ourselves does not stop the clock; closing a ticket ends the promise until it is reopened.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from contactcenter import clock
from contactcenter.model import Entry, Ticket
from contactcenter.model.ticket import IS_OPEN
from contactcenter.model.words import Direction, EntryKind, EntryState, Priority, Status
from contactcenter.services import entries, events, promises, timers
from contactcenter.services.promises import Promises

FIRST_REPLY = "first_reply"
RECKON = "reckon"
EVERYTHING = 0
TOGETHER = timedelta(seconds=1)
"""Edits made within this time are reckoned once."""
OWED = "owed"


def begin(known: Promises, ticket: Ticket, since: datetime) -> None:
    """Promise a first answer to what came in at `since`, on a ticket that has no row yet: `arm` it once it has."""
    ticket.reply_owed_since = since
    ticket.first_reply_due = _reckoned(known, ticket, since)


def arm(session: Session, ticket: Ticket) -> None:
    """Let it be noted when the promise is broken."""
    if ticket.first_reply_due is None:
        timers.clear(session, FIRST_REPLY, ticket.id)
    else:
        timers.start(session, FIRST_REPLY, ticket.id, ticket.first_reply_due)


def renewed(session: Session, known: Promises, ticket: Ticket) -> None:
    """The resident has opened a closed ticket again: what they wrote now is promised an answer of its own."""
    begin(known, ticket, clock.now())
    arm(session, ticket)


def hurried(session: Session, known: Promises, ticket: Ticket) -> None:
    """A message has come on another channel or made the ticket urgent: the answer is due earlier, never later."""
    now = clock.now()
    sooner = _reckoned(known, ticket, now)
    if sooner is None or (ticket.reply_owed_since is None and ticket.priority is not Priority.URGENT):
        return
    if ticket.first_reply_due is None or sooner < ticket.first_reply_due:
        ticket.reply_owed_since, ticket.first_reply_due = now, sooner
        arm(session, ticket)


def moved(session: Session, ticket: Ticket) -> None:
    """The ticket's topic, office or priority is another now, or it was opened again by a colleague."""
    if ticket.reply_owed_since is not None and ticket.status is not Status.CLOSED:
        _reckon(session, promises.read(session), ticket)


def suspended(session: Session, ticket: Ticket) -> None:
    """The ticket is closed: nothing is due, until somebody opens it again."""
    if ticket.first_reply_due is not None:
        ticket.first_reply_due = None
        arm(session, ticket)


def answered(session: Session, ticket: Ticket, entry: Entry) -> None:
    """`entry` answers the resident. It keeps the promise with it, for the day it is taken back, and for the figures."""
    if ticket.reply_owed_since is None:
        return
    due = ticket.first_reply_due
    kept = {"since": ticket.reply_owed_since.isoformat(), "due": due.isoformat() if due else ""}
    entry.data = {**entry.data, OWED: kept}
    ticket.reply_owed_since = ticket.first_reply_due = None
    arm(session, ticket)


def unanswered(session: Session, ticket: Ticket, entry_id: int, data: dict[str, Any]) -> None:
    """The answer `entry_id` (with its `data`) is no answer after all; a later one takes over, or it is owed again."""
    kept = data.get(OWED)
    if kept is None or ticket.reply_owed_since is not None:
        return
    since = datetime.fromisoformat(kept["since"])
    other = session.scalar(
        select(Entry)
        .where(
            Entry.ticket_id == ticket.id,
            Entry.id != entry_id,
            Entry.kind == EntryKind.MESSAGE,
            Entry.direction == Direction.OUT,
            Entry.agent_id.is_not(None),
            Entry.state != EntryState.FAILED,
            Entry.at >= since,
        )
        .order_by(Entry.seq)
        .limit(1)
    )
    if other is not None:
        other.data = {**other.data, OWED: kept}
        return
    ticket.reply_owed_since = since
    if kept["due"] and ticket.status is not Status.CLOSED:
        ticket.first_reply_due = datetime.fromisoformat(kept["due"])
        arm(session, ticket)


def broken(session: Session, ticket: Ticket, due_at: datetime) -> None:
    """The moment has passed and nobody has answered: say so in the timeline and on every screen."""
    if ticket.first_reply_due == due_at:
        entries.add_event(session, ticket, "overdue", due=due_at.isoformat())
        events.changed(session, ticket, "overdue")


def hours_changed(session: Session) -> None:
    """Opening hours, exceptions or targets were edited: every open promise is reckoned again, soon and by a job."""
    timers.start(session, RECKON, EVERYTHING, clock.now() + TOGETHER)


def reckon(session: Session, after_id: int, limit: int) -> int | None:
    """Reckon the next `limit` open promises after the ticket `after_id` again; the last one's id, None at the end."""
    found = session.scalars(
        select(Ticket)
        .where(Ticket.reply_owed_since.is_not(None), IS_OPEN, Ticket.id > after_id)
        .order_by(Ticket.id)
        .limit(limit)
        .with_for_update(of=Ticket)
    ).all()
    if not found:
        return None
    known = promises.read(session)
    for ticket in found:
        if _reckon(session, known, ticket):
            events.changed(session, ticket, "deadline")
    return found[-1].id


def _reckon(session: Session, known: Promises, ticket: Ticket) -> bool:
    since = ticket.reply_owed_since
    due = _reckoned(known, ticket, since) if since is not None else None
    if due == ticket.first_reply_due:
        return False
    ticket.first_reply_due = due
    arm(session, ticket)
    return True


def _reckoned(known: Promises, ticket: Ticket, since: datetime) -> datetime | None:
    return known.due(
        since,
        topic_id=ticket.topic_id,
        office_id=ticket.office_id,
        channel=ticket.channel,
        priority=ticket.priority,
    )

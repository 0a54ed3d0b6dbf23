"""An answer of which nobody knows whether it left: it says so until a guide, or a report, says how it ended.

It is never tried again by itself. A guide may send it once more, with the same Message-ID, so that the resident's
server can tell that it is the same; who then still does not know has sent it twice, and asks the resident.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from contactcenter import clock
from contactcenter.access import Actor, Permission
from contactcenter.errors import Conflict, NotFound
from contactcenter.i18n import gettext as _
from contactcenter.model import Entry, Outbox, Ticket
from contactcenter.model.words import Direction, EntryKind, EntryState, Status
from contactcenter.services import audit, entries, events, outbox, receipts, tickets


def arrived(session: Session, actor: Actor, ticket: Ticket, entry_id: int) -> Entry:
    """Somebody knows that an uncertain answer arrived: the resident said so, or the mail server's log does.

    Raises:
        NotFound: there is no such answer.
        Conflict: it is not uncertain, or not any more.
    """
    actor.require(Permission.REPLY)
    entry = session.get(Entry, entry_id)
    if entry is None or entry.ticket_id != ticket.id or entry.direction is not Direction.OUT:
        raise NotFound()
    if entry.state is not EntryState.UNCERTAIN or receipts.is_acknowledgement(entry):
        raise Conflict(_("How that answer went is known already."))
    entry.state, entry.failure = EntryState.SENT, ""
    if entry.message is not None:
        receipts.forget_missed(entry, entry.message.recipients)
    outbox.settle(session, entry.id, "sent")
    newer = select(Entry.id).where(Entry.ticket_id == ticket.id, Entry.seq > entry.seq, Entry.kind == EntryKind.MESSAGE)
    is_last = ticket.status is Status.OPEN and session.scalar(newer.limit(1)) is None
    ends = is_last and actor.may(Permission.CLOSE) and _was_the_end(session, entry)
    if is_last and not ends:
        tickets.set_status(ticket, Status.WAITING_RESIDENT)
        ticket.waiting_since = clock.now()
    entries.add_event(session, ticket, "delivery_settled", actor, entry=entry.seq)
    audit.on_ticket(session, actor, "settled", ticket, entry=entry.id)
    events.changed(session, ticket, "delivery", "ticket.replied")
    if ends:
        tickets.close(session, actor, ticket)
    return entry


def _was_the_end(session: Session, entry: Entry) -> bool:
    """Whether the ticket was closed with this answer."""
    promises = select(Outbox.payload).where(Outbox.kind == outbox.DELIVER, Outbox.subject_id == entry.id)
    return any(payload.get("close") for payload in session.scalars(promises))

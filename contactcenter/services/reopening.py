"""What becomes of a reply to a closed ticket: it opens it again, for so many days; later it continues in a new one.

An old ticket is not used again for something new: its figures are made and its papers may be in the archive. The new
one is linked to it, both say so, and further replies to the old letters go where it continues. It is routed by what it
says; what it does not say is taken from the old one. It never leaves the old one's confidential domain, for it quotes
what was written there.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from contactcenter import clock, runtime
from contactcenter.model import Entry, Ticket
from contactcenter.model.words import Relation, Status
from contactcenter.services import entries, events
from contactcenter.services.identity import Sender

MOST_STEPS = 50


def days(ticket: Ticket) -> int:
    """For how many days after its end a reply opens `ticket` again."""
    own = ticket.topic.reopen_days if ticket.topic is not None else None
    return runtime.current().settings.channels.mail.reopen_days if own is None else own


def is_over(ticket: Ticket) -> bool:
    """Whether `ticket` was closed so long ago that a reply no longer opens it."""
    if ticket.status is not Status.CLOSED or ticket.closed_at is None:
        return False
    return clock.now() >= ticket.closed_at + timedelta(days=days(ticket))


def place_of_reply(session: Session, ticket: Ticket, sender: Sender) -> tuple[Ticket | None, Ticket]:
    """Where a reply to `ticket` is written, None for a new ticket; and the ticket that a new one continues.

    Where it has been continued before, that is followed, if the sender is beyond doubt and takes part there. Tickets
    are locked, older ones first; of two replies at once the second so finds what the first has opened.
    """
    for _step in range(MOST_STEPS):
        if not is_over(ticket):
            return ticket, ticket
        following = _following(session, ticket, sender.address_id) if sender.is_believed else None
        if following is None:
            return None, ticket
        ticket = following
    return None, ticket


def _following(session: Session, ticket: Ticket, sender_id: int | None) -> Ticket | None:
    if sender_id is None:
        return None
    wrote = select(Entry.ticket_id).where(Entry.ticket_id == Ticket.id, Entry.address_id == sender_id)
    return session.scalar(
        select(Ticket)
        .where(
            Ticket.related_ticket_id == ticket.id,
            Ticket.id > ticket.id,
            Ticket.related_as == Relation.CONTINUES,
            or_(Ticket.address_id == sender_id, wrote.exists()),
        )
        .order_by(Ticket.id.desc())
        .limit(1)
        .with_for_update(of=Ticket)
    )


def link(session: Session, old: Ticket, new: Ticket) -> None:
    """Say in both timelines that `new` continues `old`, which stays closed.

    The old one keeps still where others may see it than the new one: a line that leads nowhere for them would tell
    that there is something. Who may see both is told by the pages.
    """
    entries.add_event(session, new, "continues", other=old.id, days=days(old))
    if old.domain_id == new.domain_id:
        entries.add_event(session, old, "continued", other=new.id, days=days(old))
        events.changed(session, old, "linked")

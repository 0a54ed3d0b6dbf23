"""Which tickets a ticket is linked to, and why: told to those who may see both; others learn nothing of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, joinedload

from contactcenter import runtime
from contactcenter.access import Actor, visible_tickets
from contactcenter.i18n import gettext as _
from contactcenter.model import Entry, Ticket
from contactcenter.model.words import EntryKind, Relation
from contactcenter.queries.shapes import TicketLink

MOST = 6
TOLD_BOTH_WAYS = (Relation.CONTINUES, Relation.FORWARDED)
"""What the older ticket is told of, too. A mere hint changes nothing there: anybody can write one."""


def of_ticket(session: Session, actor: Actor, ticket: Ticket) -> Sequence[Ticket]:
    """The tickets to be named on the page of `ticket`: the one it came from first, then the newest that came of it."""
    later = and_(Ticket.related_ticket_id == ticket.id, Ticket.related_as.in_(TOLD_BOTH_WAYS))
    earlier = [Ticket.id == ticket.related_ticket_id] if ticket.related_ticket_id and ticket.related_as else []
    found = session.scalars(
        select(Ticket)
        .where(or_(*earlier, later), Ticket.id != ticket.id, visible_tickets(actor))
        .options(joinedload(Ticket.assignee))
        .order_by(Ticket.id.desc())
        .limit(MOST)
    ).all()
    return sorted(found, key=lambda row: row.id != ticket.related_ticket_id)


def links(actor: Actor, ticket: Ticket, others: Iterable[Ticket]) -> tuple[TicketLink, ...]:
    """`others` (as `of_ticket` gives them) as the page names them."""
    prefix = runtime.current().settings.instance.ticket_prefix
    return tuple(_link(actor, ticket, other, f"{prefix}-{other.number}") for other in others)


def _link(actor: Actor, ticket: Ticket, other: Ticket, ref: str) -> TicketLink:
    is_earlier = other.id == ticket.related_ticket_id
    lead, why = _came_from(ticket.related_as) if is_earlier else _became(other.related_as)
    owner = _owner(actor, other) if is_earlier and ticket.related_as is Relation.CONTINUES else ""
    return TicketLink(lead=lead, ref=ref, url=f"/arenden/{other.number}", why=why, owner=owner)


def _came_from(related_as: Relation | None) -> tuple[str, str]:
    match related_as:
        case Relation.CONTINUES:
            return _("Continues from"), _("the reply came when the time to open it again was over.")
        case Relation.FORWARDED:
            return _("Comes from"), _("the mail was sent on from there, to another address of ours.")
        case Relation.NUMBER:
            return _("May belong to"), _("the number is in the subject, but anybody can write it there.")
        case Relation.SAME_MAIL:
            return _("The same mail is in"), _("it was sent to several addresses of ours.")
    return _("May belong to"), _(
        "the mail refers to a message there, but it is not certain that its sender takes part."
    )


def _became(related_as: Relation | None) -> tuple[str, str]:
    if related_as is Relation.CONTINUES:
        return _("Continues in"), _("the resident wrote when the time to open this one again was over.")
    return _("Sent on to"), _("the resident wrote to another address of ours.")


def _owner(actor: Actor, other: Ticket) -> str:
    """Who had the earlier ticket, while they work here. They are not given the new one: they may be away."""
    if other.assignee is None or other.assignee.disabled_at is not None or other.assignee.is_service:
        return ""
    if other.assignee_id == actor.agent_id:
        return _("Earlier with you")
    return _("Earlier with %(name)s", name=other.assignee.name)


def named_in(session: Session, actor: Actor, entries: Iterable[Entry]) -> dict[int, str]:
    """The numbers of other tickets that event lines name, by row id, of those that the actor may see."""
    ids = {entry.data["other"] for entry in entries if entry.kind is EntryKind.EVENT and "other" in entry.data}
    if not ids:
        return {}
    prefix = runtime.current().settings.instance.ticket_prefix
    rows = session.execute(select(Ticket.id, Ticket.number).where(Ticket.id.in_(ids), visible_tickets(actor)))
    return {row_id: f"{prefix}-{number}" for row_id, number in rows}

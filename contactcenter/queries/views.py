"""The views of the queue: what each holds, in which order, and how many there are (counting stops at 999+)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, literal_column, or_, select
from sqlalchemy.orm import Session

from contactcenter.access import Actor, visible_tickets
from contactcenter.i18n import gettext as _
from contactcenter.model import Ticket
from contactcenter.model.ticket import IS_CLOSED, IS_OPEN
from contactcenter.model.words import Status

COUNT_LIMIT = 1000
DEFAULT_VIEW = "otilldelade"
OURS_TO_DO = (Status.NEW, Status.OPEN, Status.WAITING_INTERNAL)


@dataclass(frozen=True, slots=True)
class View:
    """A view of the queue: the condition on top of what the actor may see, and its sign."""

    slug: str
    icon: str
    hot: bool
    condition: ColumnElement[bool]
    closed: bool = False


def view_label(slug: str) -> str:
    """The name of a view."""
    return {
        "mina": _("Mine"),
        "otilldelade": _("Unassigned"),
        "nya-svar": _("New replies"),
        "vantar": _("Waiting for residents"),
        "oppna": _("All open"),
        "avslutade": _("Closed tickets"),
    }[slug]


def views_for(actor: Actor) -> dict[str, View]:
    """All views, in the order of the navigation."""
    mine = Ticket.assignee_id == actor.agent_id
    nobodys = Ticket.assignee_id.is_(None)
    to_do = Ticket.status.in_(OURS_TO_DO)
    views = (
        View("mina", "user", True, and_(IS_OPEN, mine, to_do)),
        View("otilldelade", "inbox", False, and_(IS_OPEN, nobodys, to_do)),
        View("nya-svar", "reply", True, and_(Ticket.new_reply, IS_OPEN, or_(mine, nobodys))),
        View("vantar", "alarm-clock", False, and_(IS_OPEN, Ticket.status == Status.WAITING_RESIDENT)),
        View("oppna", "archive", False, IS_OPEN),
        View("avslutade", "circle-check", False, IS_CLOSED, closed=True),
    )
    return {view.slug: view for view in views}


def counts(session: Session, actor: Actor) -> dict[str, int]:
    """How many tickets each view holds, at most `COUNT_LIMIT`; one round trip, and no table is counted whole."""
    seen = visible_tickets(actor)
    views = [view for view in views_for(actor).values() if not view.closed]
    columns = []
    for view in views:
        some = select(literal_column("1")).select_from(Ticket).where(view.condition, seen).limit(COUNT_LIMIT).subquery()
        columns.append(select(func.count()).select_from(some).scalar_subquery())
    return dict(zip((view.slug for view in views), session.execute(select(*columns)).one(), strict=True))


def count(session: Session, condition: ColumnElement[bool]) -> int:
    """How many tickets meet `condition`, at most `COUNT_LIMIT`."""
    some = select(literal_column("1")).select_from(Ticket).where(condition).limit(COUNT_LIMIT).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def count_text(count: int) -> str:
    """`14`, or `999+`."""
    return "999+" if count >= COUNT_LIMIT else str(count)

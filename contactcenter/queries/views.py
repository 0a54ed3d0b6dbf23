"""The views of the queue: what each holds, in which order, and how many there are (counting stops at 999+)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, or_, select
from sqlalchemy.orm import Session

from contactcenter.access import Actor, visible_tickets
from contactcenter.i18n import gettext as _
from contactcenter.i18n import once_a_language
from contactcenter.model import Ticket
from contactcenter.model.ticket import IS_CLOSED, IS_OPEN
from contactcenter.model.words import Status
from contactcenter.queries import parked

COUNT_LIMIT = 1000
KEPT_STATEMENTS = 512
"""Building one costs more than the database needs to run it."""
DEFAULT_VIEW = "otilldelade"
PARKED = "parkerat"
"""The list of parked mail, which stands and counts beside the views of tickets."""
OURS_TO_DO = (Status.NEW, Status.OPEN, Status.WAITING_INTERNAL)


@dataclass(frozen=True, slots=True)
class ViewLink:
    """A view of the queue in the navigation. `count` is text (`6`, `999+`); `hot` asks to be seen."""

    slug: str
    label: str
    icon: str
    url: str
    count: str
    hot: bool = False
    current: bool = False


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
    return _view_labels()[slug]


@once_a_language
def _view_labels() -> dict[str, str]:
    return {
        "mina": _("Mine"),
        "otilldelade": _("Unassigned"),
        "nya-svar": _("New replies"),
        "vantar": _("Waiting for residents"),
        "oppna": _("All open"),
        "avslutade": _("Closed tickets"),
        PARKED: _("Parked mail"),
    }


@lru_cache(maxsize=KEPT_STATEMENTS)
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
    """How many tickets each view holds, and how much mail is parked, at most `COUNT_LIMIT`.

    One round trip, and no table is counted whole.
    """
    slugs, statement = _counting(actor)
    return dict(zip(slugs, session.execute(statement).one(), strict=True))


@lru_cache(maxsize=KEPT_STATEMENTS)
def _counting(actor: Actor) -> tuple[list[str], Select[*tuple[int, ...]]]:
    """The statement holds the rights that `actor` has; with other rights it is another actor, and another statement."""
    seen = visible_tickets(actor)
    views = [view for view in views_for(actor).values() if not view.closed]
    columns = []
    for view in views:
        columns.append(_up_to_limit(view.condition, seen).scalar_subquery())
    slugs, of_parked = [view.slug for view in views], parked.counting(actor, COUNT_LIMIT)
    if of_parked is not None:
        slugs.append(PARKED)
        columns.append(of_parked.scalar_subquery())
    return slugs, select(*columns)


def count(session: Session, condition: ColumnElement[bool]) -> int:
    """How many tickets meet `condition`, at most `COUNT_LIMIT`."""
    return session.scalar(_up_to_limit(condition)) or 0


def _up_to_limit(*conditions: ColumnElement[bool]) -> Select[int]:
    """Counts along the order of the queue: its indexes hold all that is asked, where the planner would rather begin to
    read the whole table and trust in meeting enough soon.
    """
    some: Select[int] = select(literal_column("1")).select_from(Ticket).where(*conditions)
    along = some.order_by(Ticket.rank, Ticket.waiting_since, Ticket.id).limit(COUNT_LIMIT)
    return select(func.count()).select_from(along.subquery())


def count_text(count: int) -> str:
    """`14`, or `999+`."""
    return "999+" if count >= COUNT_LIMIT else str(count)

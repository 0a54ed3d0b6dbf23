"""The list of tickets: one view, filtered, in queue order, a page at a time by key and never by offset."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import BigInteger, ColumnElement, Select, literal, or_, select, true, tuple_
from sqlalchemy import Row as SqlRow
from sqlalchemy.orm import Session

from contactcenter import runtime, search
from contactcenter.access import Actor, visible_tickets
from contactcenter.errors import InvalidInput
from contactcenter.i18n import gettext as _
from contactcenter.model import Agent, Draft, Office, Person, Team, Ticket, TicketTeam, Topic
from contactcenter.model.words import ChannelKind, Status
from contactcenter.queries import choices, views, wording
from contactcenter.queries.paging import page_of
from contactcenter.queries.shapes import Filter, Listing, Row, RowGroup
from contactcenter.queries.views import View

PAGE = 50
SEARCH_LIMIT = 200
FILTERS = ("kanal", "amne", "kontor", "grupp", "sprak")


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What the address of a list says: the view, the filters, the search, the page and the open ticket."""

    view: str = views.DEFAULT_VIEW
    filters: dict[str, str] = field(default_factory=dict)
    search: str = ""
    after: str = ""
    current: int | None = None

    def parameters(self) -> dict[str, str]:
        """The query parameters that give this list again, without the page."""
        asked = {"vy": self.view, **self.filters}
        if self.search:
            asked["q"] = self.search
        return asked

    def encoded(self) -> str:
        """`parameters` as a query string."""
        return urlencode(self.parameters())


Line = SqlRow[*tuple[Any, ...]]
"""What a list shows of one ticket: `_SHOWN`."""

Shown = Callable[[Sequence[Line]], None]
"""Told which tickets a list is about to show, so that the look can be recorded."""


def listing(
    session: Session, actor: Actor, query: ListQuery, shown: Shown, counted: Mapping[str, int] | None = None
) -> Listing:
    """One page of the list for `actor`; `counted` are the `views.counts` of this moment where they are known already.

    Raises:
        InvalidInput: there is no such view, or the page key is not one of ours.
    """
    view = _view(actor, query.view)
    if query.search:
        tickets, next_key, total = _found(session, actor, query)
    else:
        tickets, next_key = _page(session, actor, view, query)
        total = _total(session, actor, view, query, counted)
    shown(tickets)
    rows = to_rows(session, actor, tickets, query)
    title = _("Search") if query.search else views.view_label(view.slug)
    return Listing(
        view=view.slug,
        title=title,
        total=total,
        groups=_groups(view, query, list(zip(tickets, rows, strict=True))),
        filters=_filters(session, query),
        active_filters=len(query.filters),
        next_url=f"/arenden?{urlencode({**query.parameters(), 'efter': next_key})}" if next_key else "",
        search=query.search,
        clear_url=f"/arenden?{urlencode({'vy': view.slug})}",
        empty_text=_empty_text(query),
        query=query.encoded(),
        order_text=_order_text(view, query),
    )


def rows_by_id(session: Session, actor: Actor, query: ListQuery, ids: Sequence[int], shown: Shown) -> list[Row]:
    """Some rows as they are now; what has left the view is dimmed and says why, the unseen are absent."""
    view = _view(actor, query.view)
    inside = set(session.scalars(select(Ticket.id).where(Ticket.id.in_(ids), _filtered(actor, view, query))))
    asked = _columns().where(Ticket.id.in_(ids), visible_tickets(actor)).order_by(Ticket.id)
    tickets = session.execute(asked).all()
    shown(tickets)
    rows = to_rows(session, actor, tickets, query)
    return [
        row if row.id in inside or query.search else replace(row, dimmed=_left(ticket, actor))
        for ticket, row in zip(tickets, rows, strict=True)
    ]


def _left(ticket: Line, actor: Actor) -> str:
    if ticket.status is Status.CLOSED:
        return _("Closed")
    if ticket.assignee_id is not None and ticket.assignee_id != actor.agent_id:
        return _("%(name)s has the ticket", name=ticket.assignee_name)
    if ticket.assignee_id is not None:
        return _("You have the ticket")
    return wording.status_label(ticket.status)


def _view(actor: Actor, slug: str) -> View:
    known = views.views_for(actor)
    if slug not in known:
        raise InvalidInput(_("There is no such view."), field="vy")
    return known[slug]


def _filtered(actor: Actor, view: View, query: ListQuery) -> ColumnElement[bool]:
    condition = view.condition & visible_tickets(actor)
    for name, value in query.filters.items():
        condition = condition & _filter(name, value)
    return condition


def _filter(name: str, value: str) -> ColumnElement[bool]:
    if name == "kanal":
        if value not in set(ChannelKind):
            raise InvalidInput(_("There is no such channel."), field=name)
        return Ticket.channel == ChannelKind(value)
    if name == "sprak":
        return Ticket.language == value
    if name == "amne":
        return Ticket.topic_id == select(Topic.id).where(Topic.slug == value).scalar_subquery()
    if name == "kontor":
        return Ticket.office_id == select(Office.id).where(Office.slug == value).scalar_subquery()
    team = select(Team.id).where(Team.slug == value).scalar_subquery()
    return or_(Ticket.team_id == team, Ticket.id.in_(select(TicketTeam.ticket_id).where(TicketTeam.team_id == team)))


_PLACE = (Ticket.rank, Ticket.waiting_since, Ticket.id)
_SHOWN = (
    *(
        Ticket.id,
        Ticket.number,
        Ticket.rev,
        Ticket.status,
        Ticket.rank,
        Ticket.waiting_since,
        Ticket.closed_at,
        Ticket.new_reply,
        Ticket.thanked_at,
    ),
    Ticket.first_reply_due,
    *(Ticket.channel, Ticket.sender, Ticket.subject, Ticket.preview, Ticket.language),
    *(Ticket.assignee_id, Ticket.domain_id, Agent.name.label("assignee_name")),
    *(Topic.name.label("topic_name"), Topic.name_en.label("topic_name_en"), Person.protected_identity),
)


def _columns() -> Select[*tuple[Any, ...]]:
    """Columns and no objects: a list only shows."""
    return _beside(select(*_SHOWN).select_from(Ticket))


def _beside(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return query.outerjoin(Ticket.assignee).outerjoin(Ticket.topic).outerjoin(Ticket.person)


@lru_cache(maxsize=views.KEPT_STATEMENTS)
def _first_page(actor: Actor, slug: str) -> Select[*tuple[Any, ...]]:
    """The statement of an unfiltered view's beginning, which is asked for more than all others."""
    view = views.views_for(actor)[slug]
    return _in_order(view, view.condition & visible_tickets(actor))


def _in_order(view: View, condition: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    order = (Ticket.closed_at.desc(), Ticket.id.desc()) if view.closed else _PLACE
    return _beside(page_of(_SHOWN, condition, order, PAGE + 1))


def _page(session: Session, actor: Actor, view: View, query: ListQuery) -> tuple[Sequence[Line], str]:
    if query.filters or query.after:
        statement = _in_order(view, _filtered(actor, view, query) & _behind(view, query.after))
    else:
        statement = _first_page(actor, view.slug)
    tickets = session.execute(statement).all()
    if len(tickets) <= PAGE:
        return tickets, ""
    last = tickets[PAGE - 1]
    moment = last.closed_at if view.closed else last.waiting_since
    parts = [moment.isoformat() if moment else "", str(last.id)]
    return tickets[:PAGE], _write_key(parts if view.closed else [str(last.rank), *parts])


def _behind(view: View, key: str) -> ColumnElement[bool]:
    """What comes after the place that `key` names; everything if it is empty."""
    if not key:
        return true()
    if view.closed:
        return tuple_(Ticket.closed_at, Ticket.id) < tuple_(*_read_key(key, 2))
    return tuple_(*_PLACE) > tuple_(*_read_key(key, 3))


def _write_key(parts: list[str]) -> str:
    return base64.urlsafe_b64encode("|".join(parts).encode()).decode().rstrip("=")


def _read_key(key: str, length: int) -> list[ColumnElement[Any]]:
    try:
        text = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)).decode()
        *rank, moment, row_id = text.split("|")
        if len(rank) != length - 2:
            raise ValueError(key)
        at = datetime.fromisoformat(moment).astimezone(UTC)
        column = Ticket.closed_at if length == 2 else Ticket.waiting_since
        place = [*rank, row_id]
        if not all(part.isascii() and part.isdecimal() and len(part) < 16 for part in place):
            raise ValueError(key)
        whole = [literal(int(part), BigInteger) for part in place]
        return [*whole[:-1], literal(at, column.type), whole[-1]]
    except (ValueError, binascii.Error, OverflowError) as error:
        raise _no_such_page() from error


def _no_such_page() -> InvalidInput:
    return InvalidInput(_("That page of the list does not exist. Start from the top."), field="efter")


def _found(session: Session, actor: Actor, query: ListQuery) -> tuple[Sequence[Line], str, str]:
    """A page of the newest matches, the key of the next one (the last ticket of this one), and how many there are."""
    condition = visible_tickets(actor)
    for name, value in query.filters.items():
        condition = condition & _filter(name, value)
    prefix = runtime.current().settings.instance.ticket_prefix
    ids = search.find(session, query.search, condition, SEARCH_LIMIT, prefix=prefix)
    start = _place_after(ids, query.after) if query.after else 0
    page = ids[start : start + PAGE]
    by_id = {line.id: line for line in session.execute(_columns().where(Ticket.id.in_(page), condition))}
    more = _write_key([str(page[-1])]) if len(ids) > start + PAGE else ""
    total = f"{SEARCH_LIMIT}+" if len(ids) >= SEARCH_LIMIT else str(len(ids))
    return [by_id[ticket_id] for ticket_id in page if ticket_id in by_id], more, total


def _place_after(ids: list[int], key: str) -> int:
    try:
        last = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)).decode("ascii")
        return ids.index(int(last) if last.isdecimal() and len(last) < 16 else 0) + 1
    except (ValueError, binascii.Error) as error:
        raise _no_such_page() from error


def _total(session: Session, actor: Actor, view: View, query: ListQuery, counted: Mapping[str, int] | None) -> str:
    if view.closed and not query.filters:
        return ""
    if counted is not None and not query.filters:
        return views.count_text(counted[view.slug])
    return views.count_text(views.count(session, _filtered(actor, view, query)))


def to_rows(session: Session, actor: Actor, tickets: Iterable[Line], query: ListQuery) -> list[Row]:
    """The rows that show `tickets`."""
    tickets = list(tickets)
    drafts = _drafts(session, actor, [ticket.id for ticket in tickets])
    prefix, encoded, now = runtime.current().settings.instance.ticket_prefix, query.encoded(), wording.now()
    return [_row(ticket, drafts.get(ticket.id, ""), prefix, encoded, query.current, now) for ticket in tickets]


def _drafts(session: Session, actor: Actor, ids: list[int]) -> dict[int, str]:
    rows = session.execute(
        select(Draft.ticket_id, Draft.text).where(
            Draft.agent_id == actor.agent_id, Draft.ticket_id.in_(ids), Draft.text != ""
        )
    )
    return {ticket_id: " ".join(text.split())[:120] for ticket_id, text in rows}


def _row(ticket: Line, draft: str, prefix: str, encoded: str, current: int | None, now: wording.Now) -> Row:
    return Row(
        id=ticket.id,
        number=ticket.number,
        ref=f"{prefix}-{ticket.number}",
        rev=ticket.rev,
        url=f"/arenden/{ticket.number}?{encoded}",
        channel=ticket.channel,
        channel_label=wording.channel_label(ticket.channel),
        sender=_("Protected identity") if ticket.protected_identity else wording.address(ticket.sender) or _("Unknown"),
        subject=ticket.subject or _("(no subject)"),
        preview=ticket.preview,
        draft=draft,
        wait=wording.wait(ticket.closed_at or ticket.waiting_since, now),
        wait_at=ticket.closed_at or ticket.waiting_since,
        urgent=ticket.rank == 0,
        unread=ticket.new_reply or ticket.status is Status.NEW,
        tag=(now.locale == "en" and ticket.topic_name_en) or ticket.topic_name or "",
        language_tag="" if ticket.language in ("", "sv") else wording.language_label(ticket.language),
        assignee=wording.face(ticket.assignee_name) if ticket.assignee_name else None,
        status=ticket.status,
        status_label=wording.status_label(ticket.status),
        thanked=_has_thanked(ticket),
        current=ticket.number == current,
        deadline=wording.deadline(ticket.first_reply_due, now, urgent=ticket.rank == 0),
    )


def _has_thanked(ticket: Line) -> bool:
    """Whether the resident has said thank you since the ticket was closed."""
    return bool(ticket.closed_at and ticket.thanked_at and ticket.thanked_at >= ticket.closed_at)


def _groups(view: View, query: ListQuery, pairs: list[tuple[Line, Row]]) -> tuple[RowGroup, ...]:
    if query.search:
        return (RowGroup("hits", _("Newest first"), tuple(row for _ticket, row in pairs)),) if pairs else ()
    today = wording.now().today
    headings = {
        "urgent": _("Urgent"),
        "older": _("Older"),
        "today": _("Today"),
        "yesterday": _("Yesterday"),
    }
    grouped: dict[str, list[Row]] = {}
    for ticket, row in pairs:
        grouped.setdefault(_group_key(view, ticket, today), []).append(row)
    return tuple(RowGroup(key, headings[key], tuple(rows)) for key, rows in grouped.items())


def _group_key(view: View, ticket: Line, today: datetime) -> str:
    moment: datetime = (ticket.closed_at if view.closed else None) or ticket.waiting_since
    if ticket.rank == 0 and not view.closed:
        return "urgent"
    if moment >= today:
        return "today"
    if view.closed and moment >= today - timedelta(days=1):
        return "yesterday"
    return "older"


def _filters(session: Session, query: ListQuery) -> tuple[Filter, ...]:
    lists = choices.kept(session)
    named = {
        "kanal": (_("Channel"), choices.channels()),
        "amne": (_("Topic"), lists.topics),
        "kontor": (_("Office"), lists.offices),
        "grupp": (_("Answer group"), lists.teams),
        "sprak": (_("Language"), choices.languages()),
    }
    return tuple(
        Filter(name, label, choices.marked(offered, query.filters.get(name, "")), query.filters.get(name, ""))
        for name, (label, offered) in named.items()
    )


def _order_text(view: View, query: ListQuery) -> str:
    if query.search:
        return ""
    return _("Latest first") if view.closed else _("Longest waiting first")


def _empty_text(query: ListQuery) -> str:
    if query.search:
        return _("No ticket matches “%(text)s”.", text=query.search[:80])
    if query.filters:
        return _("No ticket matches the filters.")
    return _("Everything is answered right now.")

"""The list of tickets: one view, filtered, in queue order, a page at a time by key and never by offset."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import BigInteger, ColumnElement, Select, literal, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload, load_only, raiseload

from contactcenter import runtime, search
from contactcenter.access import Actor, visible_tickets
from contactcenter.errors import InvalidInput
from contactcenter.i18n import gettext as _
from contactcenter.i18n import language
from contactcenter.model import Agent, Draft, Office, Person, Team, Ticket, TicketTeam, Topic
from contactcenter.model.words import ChannelKind, Status
from contactcenter.queries import choices, views, wording
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


Shown = Callable[[Sequence[Ticket]], None]
"""Told which tickets a list is about to show, so that the look can be recorded."""


def listing(session: Session, actor: Actor, query: ListQuery, shown: Shown) -> Listing:
    """One page of the list for `actor`.

    Raises:
        InvalidInput: there is no such view, or the page key is not one of ours.
    """
    view = _view(actor, query.view)
    condition = _filtered(actor, view, query)
    if query.search:
        tickets, next_key = _found(session, actor, query), ""
    else:
        tickets, next_key = _page(session, view, condition, query.after)
    shown(tickets)
    rows = to_rows(session, actor, tickets, query)
    title = _("Search") if query.search else views.view_label(view.slug)
    return Listing(
        view=view.slug,
        title=title,
        total=_total(session, view, condition, query, len(rows)),
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
    tickets = session.scalars(asked).all()
    shown(tickets)
    rows = to_rows(session, actor, tickets, query)
    return [
        row if row.id in inside or query.search else replace(row, dimmed=_left(ticket, actor))
        for ticket, row in zip(tickets, rows, strict=True)
    ]


def _left(ticket: Ticket, actor: Actor) -> str:
    if ticket.status is Status.CLOSED:
        return _("Closed")
    if ticket.assignee is not None and ticket.assignee_id != actor.agent_id:
        return _("%(name)s has the ticket", name=ticket.assignee.name)
    if ticket.assignee is not None:
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


_SHOWN = (
    *(Ticket.number, Ticket.rev, Ticket.status, Ticket.rank, Ticket.waiting_since, Ticket.closed_at, Ticket.new_reply),
    *(Ticket.channel, Ticket.sender, Ticket.subject, Ticket.preview, Ticket.language),
    *(Ticket.assignee_id, Ticket.topic_id, Ticket.person_id, Ticket.domain_id),
)


def _columns() -> Select[Ticket]:
    return select(Ticket).options(
        load_only(*_SHOWN, raiseload=True),
        joinedload(Ticket.assignee).options(load_only(Agent.name), raiseload("*")),
        joinedload(Ticket.topic).options(load_only(Topic.name, Topic.name_en), raiseload("*")),
        joinedload(Ticket.person).options(load_only(Person.protected_identity), raiseload("*")),
        raiseload("*"),
    )


def _page(session: Session, view: View, condition: ColumnElement[bool], after: str) -> tuple[Sequence[Ticket], str]:
    query = _columns().where(condition).limit(PAGE + 1)
    if view.closed:
        query = query.order_by(Ticket.closed_at.desc(), Ticket.id.desc())
        beyond = tuple_(Ticket.closed_at, Ticket.id) < tuple_(*_read_key(after, 2)) if after else None
    else:
        place = tuple_(Ticket.rank, Ticket.waiting_since, Ticket.id)
        query = query.order_by(Ticket.rank, Ticket.waiting_since, Ticket.id)
        beyond = place > tuple_(*_read_key(after, 3)) if after else None
    tickets = session.scalars(query if beyond is None else query.where(beyond)).all()
    if len(tickets) <= PAGE:
        return tickets, ""
    last = tickets[PAGE - 1]
    moment = last.closed_at if view.closed else last.waiting_since
    parts = [moment.isoformat() if moment else "", str(last.id)]
    return tickets[:PAGE], _write_key(parts if view.closed else [str(last.rank), *parts])


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
        raise InvalidInput(_("That page of the list does not exist. Start from the top."), field="efter") from error


def _found(session: Session, actor: Actor, query: ListQuery) -> Sequence[Ticket]:
    condition = visible_tickets(actor)
    for name, value in query.filters.items():
        condition = condition & _filter(name, value)
    prefix = runtime.current().settings.instance.ticket_prefix
    ids = search.find(session, query.search, condition, SEARCH_LIMIT, prefix=prefix)
    by_id = {ticket.id: ticket for ticket in session.scalars(_columns().where(Ticket.id.in_(ids)))}
    return [by_id[ticket_id] for ticket_id in ids if ticket_id in by_id]


def _total(session: Session, view: View, condition: ColumnElement[bool], query: ListQuery, shown: int) -> str:
    if query.search:
        return f"{SEARCH_LIMIT}+" if shown >= SEARCH_LIMIT else str(shown)
    if view.closed and not query.filters:
        return ""
    return views.count_text(views.count(session, condition))


def to_rows(session: Session, actor: Actor, tickets: Iterable[Ticket], query: ListQuery) -> list[Row]:
    """The rows that show `tickets`."""
    tickets = list(tickets)
    drafts = _drafts(session, actor, [ticket.id for ticket in tickets])
    english = language() == "en"
    prefix = runtime.current().settings.instance.ticket_prefix
    encoded = query.encoded()
    return [_row(ticket, drafts.get(ticket.id, ""), english, prefix, encoded, query.current) for ticket in tickets]


def _drafts(session: Session, actor: Actor, ids: list[int]) -> dict[int, str]:
    rows = session.execute(
        select(Draft.ticket_id, Draft.text).where(
            Draft.agent_id == actor.agent_id, Draft.ticket_id.in_(ids), Draft.text != ""
        )
    )
    return {ticket_id: " ".join(text.split())[:120] for ticket_id, text in rows}


def _row(ticket: Ticket, draft: str, english: bool, prefix: str, encoded: str, current: int | None) -> Row:
    topic = ticket.topic
    hidden = ticket.person is not None and ticket.person.protected_identity
    return Row(
        id=ticket.id,
        number=ticket.number,
        ref=f"{prefix}-{ticket.number}",
        rev=ticket.rev,
        url=f"/arenden/{ticket.number}?{encoded}",
        channel=ticket.channel,
        channel_label=wording.channel_label(ticket.channel),
        sender=_("Protected identity") if hidden else wording.address(ticket.sender) or _("Unknown"),
        subject=ticket.subject or _("(no subject)"),
        preview=ticket.preview,
        draft=draft,
        wait=wording.wait(ticket.closed_at or ticket.waiting_since),
        wait_at=ticket.closed_at or ticket.waiting_since,
        urgent=ticket.rank == 0,
        unread=ticket.new_reply or ticket.status is Status.NEW,
        tag=((topic.name_en if english else "") or topic.name) if topic else "",
        language_tag="" if ticket.language in ("", "sv") else wording.language_label(ticket.language),
        assignee=wording.face(ticket.assignee.name) if ticket.assignee else None,
        status=ticket.status,
        status_label=wording.status_label(ticket.status),
        current=ticket.number == current,
    )


def _groups(view: View, query: ListQuery, pairs: list[tuple[Ticket, Row]]) -> tuple[RowGroup, ...]:
    if query.search:
        return (RowGroup("hits", _("Newest first"), tuple(row for _ticket, row in pairs)),) if pairs else ()
    today = wording.today_start()
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


def _group_key(view: View, ticket: Ticket, today: datetime) -> str:
    moment = (ticket.closed_at if view.closed else None) or ticket.waiting_since
    if ticket.rank == 0 and not view.closed:
        return "urgent"
    if moment >= today:
        return "today"
    if view.closed and moment >= today - timedelta(days=1):
        return "yesterday"
    return "older"


def _filters(session: Session, query: ListQuery) -> tuple[Filter, ...]:
    chosen = query.filters.get
    return (
        Filter("kanal", _("Channel"), choices.channels(chosen("kanal", "")), chosen("kanal", "")),
        Filter("amne", _("Topic"), choices.topics(session, chosen("amne")), chosen("amne", "")),
        Filter("kontor", _("Office"), choices.offices(session, chosen("kontor", "")), chosen("kontor", "")),
        Filter("grupp", _("Answer group"), choices.teams(session, chosen("grupp", "")), chosen("grupp", "")),
        Filter("sprak", _("Language"), choices.languages(chosen("sprak", "")), chosen("sprak", "")),
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

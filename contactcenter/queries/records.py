"""Tickets as whole records, for other programs: with names, last decisions and entries, a page at a time by key."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Label, Row, Select, bindparam, func, or_, select, true, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload, raiseload, selectinload

from contactcenter import runtime, search
from contactcenter.access import Actor, visible_tickets
from contactcenter.errors import InvalidInput
from contactcenter.model import (
    Address,
    Agent,
    Decision,
    Domain,
    Entry,
    EntryNote,
    Office,
    Person,
    PersonAddress,
    Team,
    Ticket,
    TicketTeam,
    Topic,
)
from contactcenter.model.ticket import IS_OPEN
from contactcenter.model.words import AddressKind
from contactcenter.queries.paging import page_of

FOUND_AT_MOST = 200
KEPT_STATEMENTS = 512
"""Building one costs more than the database needs to run it."""

Line = Row[*tuple[Any, ...]]
"""What is told of one ticket: `_TOLD`."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tickets: slugs and words, None where it does not matter. `assignee` is a login, or `none`."""

    status: str | None = None
    topic: str | None = None
    team: str | None = None
    office: str | None = None
    channel: str | None = None
    language: str | None = None
    assignee: str | None = None
    q: str | None = None
    order: str = "newest"
    limit: int = 50
    after: str | None = None


def page(session: Session, actor: Actor, wanted: Wanted) -> tuple[Sequence[Line], str | None]:
    """The tickets that `actor` may see, and the key of the next page (None: there is none).

    Raises:
        InvalidInput: `after` is no key of ours.
    """
    if wanted.q:
        return _found(session, wanted, _condition(actor, wanted))
    statement = _in_order(actor, replace(wanted, after=None), bool(wanted.after))
    tickets = session.execute(statement, _place_of(wanted)).all()
    if len(tickets) <= wanted.limit:
        return tickets, None
    return tickets[: wanted.limit], _key_after(tickets[wanted.limit - 1], wanted.order)


def line(session: Session, ticket: Ticket) -> Line:
    """One ticket that the actor may see."""
    return session.execute(_columns().where(Ticket.id == ticket.id)).one()


def _name(name: InstrumentedAttribute[Any], where: ColumnElement[bool], label: str) -> Label[Any]:
    """What a small table calls something. So many joins would take PostgreSQL ten times as long to plan as to run."""
    return select(name).where(where).correlate(Ticket).scalar_subquery().label(label)


_TOLD = (
    *(Ticket.id, Ticket.number, Ticket.subject, Ticket.status, Ticket.priority, Ticket.rank, Ticket.channel),
    *(Ticket.language, Ticket.domain_id, Ticket.rev, Ticket.created_at, Ticket.waiting_since, Ticket.first_reply_due),
    *(Ticket.sender, Ticket.person_id, Ticket.address_id, Person.protected_identity),
    *(Address.kind.label("address_kind"), Address.value.label("address_value")),
    *(_name(Topic.slug, Topic.id == Ticket.topic_id, "topic"), _name(Team.slug, Team.id == Ticket.team_id, "team")),
    _name(Office.slug, Office.id == Ticket.office_id, "office"),
    _name(Agent.login, Agent.id == Ticket.assignee_id, "assignee"),
    _name(Domain.slug, Domain.id == Ticket.domain_id, "domain"),
)
_PLACE = (Ticket.rank, Ticket.waiting_since, Ticket.id)
_AFTER_PLACE = (
    bindparam("after_rank", type_=BigInteger),
    bindparam("after_moment", type_=Ticket.waiting_since.type),
    bindparam("after_id", type_=BigInteger),
)


def _columns() -> Select[*tuple[Any, ...]]:
    """Columns and no objects: they are only told."""
    return _beside(select(*_TOLD).select_from(Ticket))


def _beside(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return query.outerjoin(Ticket.person).outerjoin(Ticket.address)


@lru_cache(maxsize=KEPT_STATEMENTS)
def _in_order(actor: Actor, wanted: Wanted, later: bool) -> Select[*tuple[Any, ...]]:
    """The first page, or a `later` one, which wants to know behind which place.

    The statement holds the rights that `actor` has; with other rights it is another actor.
    """
    condition = _condition(actor, wanted)
    if wanted.order == "queue":
        behind = tuple_(*_PLACE) > tuple_(*_AFTER_PLACE) if later else true()
        return _beside(page_of(_TOLD, condition & IS_OPEN & behind, _PLACE, wanted.limit + 1))
    behind = Ticket.id < _AFTER_PLACE[-1] if later else true()
    return _beside(page_of(_TOLD, condition & behind, (Ticket.id.desc(),), wanted.limit + 1))


def _condition(actor: Actor, wanted: Wanted) -> ColumnElement[bool]:
    condition = visible_tickets(actor)
    for held in _conditions(wanted):
        condition = condition & held
    return condition


def _conditions(wanted: Wanted) -> Iterable[ColumnElement[bool]]:
    if wanted.status:
        yield Ticket.status == wanted.status
    if wanted.channel:
        yield Ticket.channel == wanted.channel
    if wanted.language:
        yield Ticket.language == wanted.language
    if wanted.topic:
        yield Ticket.topic_id == select(Topic.id).where(Topic.slug == wanted.topic).scalar_subquery()
    if wanted.office:
        yield Ticket.office_id == select(Office.id).where(Office.slug == wanted.office).scalar_subquery()
    if wanted.team:
        team = select(Team.id).where(Team.slug == wanted.team).scalar_subquery()
        shared = select(TicketTeam.ticket_id).where(TicketTeam.team_id == team)
        yield or_(Ticket.team_id == team, Ticket.id.in_(shared))
    if wanted.assignee == "none":
        yield Ticket.assignee_id.is_(None)
    elif wanted.assignee:
        yield Ticket.assignee_id == select(Agent.id).where(Agent.login == wanted.assignee.lower()).scalar_subquery()


def _found(session: Session, wanted: Wanted, condition: ColumnElement[bool]) -> tuple[Sequence[Line], str | None]:
    """The newest matches; the key of a page is the place in them."""
    start = _digits(_read(wanted.after, 1)[0]) if wanted.after else 0
    prefix = runtime.current().settings.instance.ticket_prefix
    ids = search.find(session, wanted.q or "", condition, FOUND_AT_MOST, prefix=prefix)
    shown = ids[start : start + wanted.limit]
    by_id = {ticket.id: ticket for ticket in session.execute(_columns().where(Ticket.id.in_(shown), condition))}
    end = start + wanted.limit
    return [by_id[found] for found in shown if found in by_id], _write(str(end)) if end < len(ids) else None


def _key_after(last: Line, order: str) -> str:
    if order == "queue":
        return _write(str(last.rank), last.waiting_since.isoformat(), str(last.id))
    return _write(str(last.id))


def _write(*parts: str) -> str:
    return base64.urlsafe_b64encode("|".join(parts).encode()).decode().rstrip("=")


def _read(key: str, length: int) -> list[str]:
    try:
        parts = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)).decode().split("|")
    except (ValueError, binascii.Error) as error:
        raise _no_such_page() from error
    if len(parts) != length:
        raise _no_such_page()
    return parts


def _place_of(wanted: Wanted) -> dict[str, Any]:
    """The place that `after` names, for `_in_order`."""
    if not wanted.after:
        return {}
    if wanted.order != "queue":
        return {"after_id": _digits(_read(wanted.after, 1)[0])}
    rank, moment, row_id = _read(wanted.after, 3)
    try:
        at = datetime.fromisoformat(moment).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _no_such_page() from error
    return {"after_rank": _digits(rank), "after_moment": at, "after_id": _digits(row_id)}


def _digits(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise _no_such_page()
    return int(text)


def _no_such_page() -> InvalidInput:
    return InvalidInput("`after` is no key of a page. Leave it out to begin from the start.", field="query.after")


def decisions(session: Session, tickets: Sequence[Line]) -> Mapping[int, tuple[str, list[Any]]]:
    """The rule and the reasons of the newest decision about each ticket, by the ticket's row id."""
    ids = [ticket.id for ticket in tickets]
    newest = select(func.max(Decision.id)).where(Decision.ticket_id.in_(ids)).group_by(Decision.ticket_id)
    told = select(Decision.ticket_id, Decision.rule, Decision.reasons).where(Decision.id.in_(newest))
    return {ticket_id: (rule, reasons) for ticket_id, rule, reasons in session.execute(told)}


def addresses(session: Session, tickets: Sequence[Line]) -> Mapping[int, list[tuple[int, AddressKind, str]]]:
    """The confirmed addresses (row id, kind, value) of the persons of these tickets, by the person's row id; none of
    protected identities.
    """
    ids = {ticket.person_id for ticket in tickets if ticket.person_id is not None and not ticket.protected_identity}
    rows = session.execute(
        select(PersonAddress.person_id, Address.id, Address.kind, Address.value)
        .join(Address, Address.id == PersonAddress.address_id)
        .where(PersonAddress.person_id.in_(ids), PersonAddress.verified_at.is_not(None))
        .order_by(Address.id)
    )
    known: dict[int, list[tuple[int, AddressKind, str]]] = {}
    for person_id, address_id, kind, value in rows:
        known.setdefault(person_id, []).append((address_id, kind, value))
    return known


def entries(session: Session, ticket: Ticket, limit: int = 1000) -> tuple[list[Entry], Mapping[int, str]]:
    """The newest `limit` entries of a ticket, oldest first, and the texts of its notes by the entry's row id."""
    query = select(Entry).where(Entry.ticket_id == ticket.id).order_by(Entry.seq.desc()).limit(limit)
    near = (joinedload(Entry.message), joinedload(Entry.agent), joinedload(Entry.address))
    rows = list(session.scalars(query.options(*near, selectinload(Entry.attachments), raiseload("*"))).unique())
    ids = [entry.id for entry in rows]
    notes = session.execute(select(EntryNote.entry_id, EntryNote.text).where(EntryNote.entry_id.in_(ids)))
    return rows[::-1], {entry_id: text for entry_id, text in notes}


def numbers(session: Session, ids: Sequence[int]) -> Mapping[int, int]:
    """The numbers of tickets by their row ids."""
    rows = session.execute(select(Ticket.id, Ticket.number).where(Ticket.id.in_(ids)))
    return {ticket_id: number for ticket_id, number in rows}

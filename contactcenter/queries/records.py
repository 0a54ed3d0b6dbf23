"""Tickets as whole records, for other programs: with names, last decisions and entries, a page at a time by key."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload, raiseload, selectinload

from contactcenter import runtime, search
from contactcenter.access import Actor, visible_tickets
from contactcenter.errors import InvalidInput
from contactcenter.model import (
    Address,
    Agent,
    Decision,
    Entry,
    EntryNote,
    Office,
    PersonAddress,
    Team,
    Ticket,
    TicketTeam,
    Topic,
)
from contactcenter.model.ticket import IS_OPEN

FOUND_AT_MOST = 200


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


def page(session: Session, actor: Actor, wanted: Wanted) -> tuple[Sequence[Ticket], str | None]:
    """The tickets that `actor` may see, and the key of the next page (None: there is none).

    Raises:
        InvalidInput: `after` is no key of ours.
    """
    condition = visible_tickets(actor)
    for held in _conditions(wanted):
        condition = condition & held
    if wanted.q:
        return _found(session, wanted, condition)
    query = _whole().where(condition).limit(wanted.limit + 1)
    if wanted.order == "queue":
        place: tuple[Any, ...] = (Ticket.rank, Ticket.waiting_since, Ticket.id)
        query = query.where(IS_OPEN).order_by(*place)
        beyond = tuple_(*place) > tuple_(*_queue_key(wanted.after)) if wanted.after else None
    else:
        query = query.order_by(Ticket.id.desc())
        beyond = Ticket.id < _number(_read(wanted.after, 1)[0]) if wanted.after else None
    tickets = session.scalars(query if beyond is None else query.where(beyond)).all()
    if len(tickets) <= wanted.limit:
        return tickets, None
    return tickets[: wanted.limit], _key_after(tickets[wanted.limit - 1], wanted.order)


def _whole() -> Select[Ticket]:
    near = (Ticket.topic, Ticket.team, Ticket.office, Ticket.domain, Ticket.assignee, Ticket.person, Ticket.address)
    return select(Ticket).options(*(joinedload(relation) for relation in near), raiseload("*"))


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


def _found(session: Session, wanted: Wanted, condition: ColumnElement[bool]) -> tuple[Sequence[Ticket], str | None]:
    """The newest matches; the key of a page is the place in them."""
    start = _digits(_read(wanted.after, 1)[0]) if wanted.after else 0
    prefix = runtime.current().settings.instance.ticket_prefix
    ids = search.find(session, wanted.q or "", condition, FOUND_AT_MOST, prefix=prefix)
    shown = ids[start : start + wanted.limit]
    by_id = {ticket.id: ticket for ticket in session.scalars(_whole().where(Ticket.id.in_(shown)))}
    end = start + wanted.limit
    return [by_id[found] for found in shown if found in by_id], _write(str(end)) if end < len(ids) else None


def _key_after(last: Ticket, order: str) -> str:
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


def _queue_key(key: str) -> tuple[ColumnElement[Any], ...]:
    rank, moment, row_id = _read(key, 3)
    try:
        at = datetime.fromisoformat(moment).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _no_such_page() from error
    return _number(rank), literal(at, Ticket.waiting_since.type), _number(row_id)


def _number(text: str) -> ColumnElement[int]:
    return literal(_digits(text), BigInteger)


def _digits(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise _no_such_page()
    return int(text)


def _no_such_page() -> InvalidInput:
    return InvalidInput("`after` is no key of a page. Leave it out to begin from the start.", field="query.after")


def decisions(session: Session, tickets: Sequence[Ticket]) -> Mapping[int, Decision]:
    """The newest decision about each ticket, by the ticket's row id."""
    ids = [ticket.id for ticket in tickets]
    newest = select(func.max(Decision.id)).where(Decision.ticket_id.in_(ids)).group_by(Decision.ticket_id)
    return {row.ticket_id: row for row in session.scalars(select(Decision).where(Decision.id.in_(newest)))}


def addresses(session: Session, tickets: Sequence[Ticket]) -> Mapping[int, list[Address]]:
    """The confirmed addresses of the persons of these tickets, by the person's row id; none of protected identities."""
    ids = {ticket.person.id for ticket in tickets if ticket.person and not ticket.person.protected_identity}
    rows = session.execute(
        select(PersonAddress.person_id, Address)
        .join(Address, Address.id == PersonAddress.address_id)
        .where(PersonAddress.person_id.in_(ids), PersonAddress.verified_at.is_not(None))
        .order_by(Address.id)
    )
    known: dict[int, list[Address]] = {}
    for person_id, address in rows:
        known.setdefault(person_id, []).append(address)
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

"""What has changed since a moment: the `event` table, read in an order in which nothing can be missed.

On PostgreSQL ids become visible out of order: a transaction that took a lower one may commit later. Events therefore
carry the number of their transaction and are read in (`xid`, `id`) order, once no older transaction of this database
is under way. (The oldest one of a snapshot will not do: it counts every database of the server.) All our processes
sign in to PostgreSQL as one role, because a role is shown only its own transactions. SQLite has one writer; `xid` is 0.

Who follows the events keeps their place as a sealed text (`written`): its numbers would tell how much happens where one
may not look.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import BigInteger, ColumnElement, and_, exists, false, literal, or_, select, text, true, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from contactcenter import runtime
from contactcenter.access import Actor, Permission, visible_tickets
from contactcenter.db import is_postgres
from contactcenter.model import Event, Ticket
from contactcenter.model.words import Role

MOST = 500
_ROUND = 2**32
_RUNNING = text(
    "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint, array_agg(backend_xid::text::bigint)"
    " FROM pg_stat_activity"
    " WHERE datname = current_database() AND backend_xid IS NOT NULL AND backend_type = 'client backend'"
)


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """A place in the order of events."""

    xid: int = 0
    id: int = 0


def written(cursor: Cursor) -> str:
    """The cursor as browsers and programs keep it: sealed, and another text each time."""
    return runtime.current().keys.cursor.seal(cursor.xid, cursor.id)


def parse(given: str) -> Cursor | None:
    """The cursor that was sent back; None when it is not one of ours."""
    place = runtime.current().keys.cursor.open(given)
    return Cursor(*place) if place is not None else None


def is_known(session: Session, given: str) -> bool:
    """Whether `given` is a place that was given here, and that the order of events still reaches."""
    cursor = parse(given)
    return cursor is not None and cursor <= newest(session)


def of(event: Event) -> Cursor:
    """The place of `event`."""
    return Cursor(event.xid, event.id)


def newest(session: Session) -> Cursor:
    """The place of the newest event that can be read: where somebody who knows the present begins."""
    return _newest(session, _settled(session))


def _newest(session: Session, settled: ColumnElement[bool]) -> Cursor:
    row = session.execute(
        select(Event.xid, Event.id).where(settled).order_by(Event.xid.desc(), Event.id.desc()).limit(1)
    ).first()
    return Cursor(row[0], row[1]) if row else Cursor()


def after(session: Session, cursor: Cursor, limit: int = MOST) -> list[Event]:
    """The events after `cursor`, oldest first: as much work however many are watching."""
    settled = _settled(session)
    query = select(Event).where(_later(session, cursor), settled)
    return list(session.scalars(query.order_by(*_order(session)).limit(limit)))


def since(session: Session, actor: Actor, given: str, limit: int = MOST) -> tuple[str, list[tuple[int, int]]]:
    """What changed for `actor` after the cursor `given`: the new cursor, and tickets with their newest `rev`.

    At most `limit` events are looked at; asking again with the new cursor gives the next ones. A text that is no
    cursor, or one of a database that has been restored since, begins at the present with nothing.
    """
    settled = _settled(session)
    cursor, present = parse(given), _newest(session, settled)
    if cursor is None or cursor > present:
        return written(present), []
    rows = session.execute(
        select(Event.xid, Event.id, Event.ticket_id, Event.rev)
        .where(_later(session, cursor), settled, told_to(actor))
        .order_by(*_order(session))
        .limit(limit)
    ).all()
    last = Cursor(rows[-1].xid, rows[-1].id) if len(rows) == limit else present
    revs: dict[int, int] = {}
    for row in rows:
        revs[row.ticket_id] = max(row.rev, revs.get(row.ticket_id, 0))
    return written(last), list(revs.items())


def told_to(actor: Actor) -> ColumnElement[bool]:
    """The events that `actor` may be told of: those of tickets that they may see now, and those that happened
    where `access.watch_rooms` lets them watch, so that they learn that a ticket has left.
    """
    if not actor.may(Permission.READ):
        return false()
    # Asked for each event: as a list, all that the actor may see would be gathered first.
    seen = exists().where(Ticket.id == Event.ticket_id, visible_tickets(actor))
    return or_(seen, and_(Event.domain_id.in_(sorted(actor.domains)), _in_rooms(actor)))


def _in_rooms(actor: Actor) -> ColumnElement[bool]:
    own = Event.agent_id == actor.agent_id
    if actor.role is Role.SPECIALIST:
        return or_(own, Event.team_id.in_(sorted(actor.teams)))
    return own if actor.role is Role.IT_HOST else Event.id.is_not(None)


def _later(session: Session, cursor: Cursor) -> ColumnElement[bool]:
    """What comes after `cursor`. On SQLite, where `xid` is 0, by the id alone: by both it would read from the start."""
    if not is_postgres(session):
        return Event.id > cursor.id
    place = tuple_(literal(cursor.xid, BigInteger), literal(cursor.id, BigInteger))
    return tuple_(Event.xid, Event.id) > place


def _order(session: Session) -> tuple[InstrumentedAttribute[int], ...]:
    return (Event.xid, Event.id) if is_postgres(session) else (Event.id,)


def _settled(session: Session) -> ColumnElement[bool]:
    """The condition that no transaction under way can still add an event before those that are read.

    Asked for before the events are read, in a statement of its own: who has ended by now is seen by the next one.
    """
    if not is_postgres(session):
        return true()
    end, running = session.execute(_RUNNING).one()
    oldest: int = min([end, *(_full_number(xid, end) for xid in running or ())])
    return Event.xid < oldest


def _full_number(xid: int, near: int) -> int:
    """The 64-bit number of a transaction of which the server shows the lower 32 bits; it is not far from `near`."""
    behind = (near - xid) % _ROUND
    return near - (behind if behind < _ROUND // 2 else behind - _ROUND)

"""Filling an empty database from a backup, and what must be so afterwards: nothing twice, and no id given again.

Between a backup and the disaster the service went on: letters left, and residents got reply addresses and ticket
numbers that the backup knows nothing of. So ids and numbers go on far behind the highest one, for an address that was
signed for a lost ticket must never reach another one; and an answer that was owed may have left, so that it is never
sent again without a person's decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table, func, select, text, update

from contactcenter import clock
from contactcenter.db import Base
from contactcenter.model import AgentLink, Event, Outbox, Ticket
from contactcenter.model.ticket import FIRST_NUMBER
from contactcenter.services import outbox

PIECE = 1_000
IDS_PASSED_OVER = 1_000_000
NUMBERS_PASSED_OVER = 10_000
SIGNED = ("ticket", "entry", "webhook", "event")
"""Tables whose ids others hold: in signed addresses and Message-IDs, behind the secrets of webhooks, in cursors."""


def is_empty(connection: Connection) -> bool:
    """Whether no table of ours has a row."""
    tables = Base.metadata.sorted_tables
    return all(connection.scalar(select(table.c.id).limit(1)) is None for table in tables)


def load(connection: Connection, table: Table, rows: Iterable[dict[str, Any]]) -> int:
    """Insert the rows, and tell how many there were."""
    loaded = 0
    left = iter(rows)
    while piece := list(islice(left, PIECE)):
        connection.execute(table.insert(), piece)
        loaded += len(piece)
    return loaded


@contextmanager
def references_later(connection: Connection) -> Iterator[None]:
    """Let rows refer to rows that come after them; all references are checked at the end.

    On SQLite an `opened` connection does so anyway.
    """
    if connection.dialect.name != "postgresql":
        yield
        return
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    keys = connection.execute(
        text(
            "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
        )
    ).all()
    for table, name, _ in keys:
        connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))
    yield
    for table, name, definition in keys:
        connection.execute(text(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"))


def settle(connection: Connection) -> None:
    """Make the loaded database safe to go on with."""
    owed_answers = update(Outbox).where(Outbox.done_at.is_(None), Outbox.kind == outbox.DELIVER)
    connection.execute(owed_answers.values(outcome=outbox.Mark.HANDED))
    connection.execute(update(Outbox).where(Outbox.done_at.is_(None)).values(lease_until=None))
    ended = update(AgentLink).where(AgentLink.ended_at.is_(None)).values(ended_at=clock.now())
    connection.execute(ended)  # one of them may have been used since, or its agent disabled
    connection.execute(update(Event).values(xid=0))  # they are before all transactions of this database
    number = (connection.scalar(select(func.max(Ticket.number))) or FIRST_NUMBER - 1) + NUMBERS_PASSED_OVER
    postgres = connection.dialect.name == "postgresql"
    if postgres:
        connection.execute(text("SELECT setval('ticket_number', :last)"), {"last": number})
    else:
        _pass_over(connection, "ticket_number", number)
    for table in Base.metadata.sorted_tables:
        last = connection.scalar(select(func.max(table.c.id))) or 0
        if table.name in SIGNED:
            last += IDS_PASSED_OVER
        if postgres and last:
            sequence = text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)")
            connection.execute(sequence, {"name": table.name, "last": last})
        elif not postgres and table.name in SIGNED:
            _pass_over(connection, table.name, last)


def _pass_over(connection: Connection, name: str, last: int) -> None:
    """SQLite keeps the highest id of an AUTOINCREMENT table in a row, which may be raised (sqlite.org/autoinc.html)."""
    connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": name})
    connection.execute(
        text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), {"name": name, "last": last}
    )

"""All rows as lines of JSON, the same from SQLite and PostgreSQL, and back again: what a backup is made of."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time
from enum import Enum
from typing import Any

from sqlalchemy import Column, Table, func, select, union
from sqlalchemy.orm import Session

from contactcenter.db import Base, UTCDateTime
from contactcenter.model import AgentSession, Appearance, Attachment, Inbox, LoginAttempt, OpenTicket, Process

PIECE = 1_000
PASSING = frozenset(table.__tablename__ for table in (AgentSession, LoginAttempt, OpenTicket, Process))
"""Tables that no backup holds: who was signed in then is not signed in again, and other processes run."""
BLOB_COLUMNS = (Attachment.blob_key, Inbox.raw_key, Appearance.logo_key)
"""The columns that name stored bytes."""


def tables() -> list[Table]:
    """The tables of a backup, each after those it refers to."""
    return [table for table in Base.metadata.sorted_tables if table.name not in PASSING]


def lines(session: Session, table: Table) -> Iterator[bytes]:
    """A line for each row: a list of its values, in the order of the table's columns."""
    rows = session.execute(select(*table.columns).order_by(table.c.id), execution_options={"yield_per": PIECE})
    for row in rows:
        yield json.dumps(list(row), default=_plain, separators=(",", ":")).encode() + b"\n"


def _plain(value: object) -> str:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a backup")


def rows(table: Table, columns: Sequence[str], stored: Iterator[bytes]) -> Iterator[dict[str, Any]]:
    """The rows of such lines, ready to be inserted into `table`.

    Raises:
        ValueError: the columns are not those of the table, or a line is not a row of it.
    """
    if sorted(columns) != sorted(table.columns.keys()):
        raise ValueError(f"{table.name} has other columns than this version")
    readers = [(name, _reader(table.columns[name])) for name in columns]
    for number, line in enumerate(stored, 1):
        try:
            values = json.loads(line)
            yield {
                name: None if value is None else read(value)
                for (name, read), value in zip(readers, values, strict=True)
            }
        except (TypeError, ValueError) as error:
            raise ValueError(f"{table.name}, line {number}: {error}") from error


def _reader(column: Column[Any]) -> Callable[[Any], Any]:
    kind = column.type.python_type
    if isinstance(column.type, UTCDateTime) or issubclass(kind, datetime):
        return datetime.fromisoformat
    if issubclass(kind, date):
        return date.fromisoformat
    if issubclass(kind, time):
        return time.fromisoformat
    if issubclass(kind, Enum):
        return lambda value: kind(value)
    return _as_it_is


def _as_it_is(value: Any) -> Any:
    return value


def referred(session: Session, folder: str) -> set[str]:
    """The keys that begin with `folder` and that a row refers to."""
    asked = (select(column).where(func.substr(column, 1, len(folder)) == folder) for column in BLOB_COLUMNS)
    return set(session.scalars(union(*asked)))


def referred_of(session: Session, keys: Iterable[str]) -> set[str]:
    """Those of a few `keys` that a row refers to."""
    wanted = list(keys)
    return set(session.scalars(union(*(select(column).where(column.in_(wanted)) for column in BLOB_COLUMNS))))


def blob_keys(session: Session) -> Iterator[str]:
    """The key of everything stored that a row refers to, each once."""
    named = union(*(select(column.label("key")) for column in BLOB_COLUMNS)).subquery()
    asked = select(named.c.key).where(named.c.key != "").order_by(named.c.key)
    return iter(session.scalars(asked, execution_options={"yield_per": PIECE}))

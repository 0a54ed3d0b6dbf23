"""Short words for the columns of migrations. Names of keys and indexes follow the convention of `db.Base`."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def table(name: str, *items: sa.schema.SchemaItem, once: bool = False) -> None:
    """Create a table with `id` before and `created_at` after its other columns; constraints come last.

    `once`: an id is never given again, not even on SQLite after its row has been removed.
    """
    columns = [item for item in items if isinstance(item, sa.Column)]
    rules = [item for item in items if not isinstance(item, sa.Column)]
    key = sa.Column("id", ROW_ID, primary_key=True)
    op.create_table(name, key, *columns, moment("created_at"), *rules, sqlite_autoincrement=once)


def index(
    name: str, table_name: str, *columns: str, where: str | sa.ColumnElement[bool] = "", once: bool = False
) -> None:
    """Create an index, of the rows `where` holds for if it is given; `once` lets no two of them agree."""
    condition = (sa.text(where) if where else None) if isinstance(where, str) else where
    op.create_index(name, table_name, list(columns), unique=once, postgresql_where=condition, sqlite_where=condition)


def unique(*columns: str) -> sa.UniqueConstraint:
    """No two rows agree in all `columns`; rows with an empty one of them are not compared."""
    return sa.UniqueConstraint(*columns)


def column(name: str, kind: Any, *, null: bool = False, **options: Any) -> sa.Column[Any]:
    """A column; `null` lets it be empty."""
    return sa.Column(name, kind, nullable=null, **options)


def ref(name: str, target: str, *, null: bool = False, cascade: bool = False, **options: Any) -> sa.Column[Any]:
    """A reference to the row of `target`; `cascade` removes this row with that one."""
    key = sa.ForeignKey(f"{target}.id", ondelete="CASCADE" if cascade else None)
    return sa.Column(name, ROW_ID, key, nullable=null, **options)


def text(name: str, length: int | None = None, *, null: bool = False, **options: Any) -> sa.Column[Any]:
    """A text of at most `length` characters, or of any length."""
    return column(name, sa.String(length) if length else sa.Text(), null=null, **options)


def word(name: str, *, null: bool = False) -> sa.Column[Any]:
    """One of the words in `model.words`."""
    return text(name, 24, null=null)


def number(name: str, *, null: bool = False, **options: Any) -> sa.Column[Any]:
    """A whole number of 32 bits."""
    return column(name, sa.Integer(), null=null, **options)


def flag(name: str) -> sa.Column[Any]:
    """True or false."""
    return column(name, sa.Boolean())


def moment(name: str, *, null: bool = False) -> sa.Column[Any]:
    """A moment in UTC."""
    return column(name, MOMENT, null=null)


def json(name: str) -> sa.Column[Any]:
    """A value of plain data."""
    return column(name, JSON)

"""A page of tickets: chosen by their order alone, and only then joined with what is shown beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.sql.elements import SQLCoreOperations

from contactcenter.model import Ticket


def page_of(
    shown: Sequence[SQLCoreOperations[Any]],
    condition: ColumnElement[bool],
    order: Sequence[SQLCoreOperations[Any]],
    limit: int,
) -> Select[*tuple[Any, ...]]:
    """`shown` of the first `limit` tickets with `condition`, for further joins.

    PostgreSQL reckons with hardly any rows behind a place in the queue, since it judges a comparison of rows by the
    first column, which is the same for nearly all: in one piece it would join and sort all that follows.
    """
    chosen = select(Ticket.id).where(condition).order_by(*order).limit(limit).subquery("chosen")
    return select(*shown).select_from(chosen).join(Ticket, Ticket.id == chosen.c.id).order_by(*order)

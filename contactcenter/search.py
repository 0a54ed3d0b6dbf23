"""Full text behind one door. What is found, and in which order, is the same on SQLite and PostgreSQL.

SQLite has two FTS5 tables over `search_doc` (words; trigrams of parts), PostgreSQL a `tsvector` of the same
words and a trigram index of the same parts. All splitting and stemming is in `terms`, because the databases'
own parsers differ (one reads `00123` in `SE-2024-00123` as a negative number). There is no ranking: the
newest matches are walked to in growing windows of the newest rows, so that a common word costs no more than a
rare one.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Table,
    and_,
    cast,
    column,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from contactcenter.db import Base, is_postgres
from contactcenter.terms import Term, document, question, ticket_number

MOST_FOUND = 200
FIRST_WINDOW = 1024
WINDOW_GROWTH = 4


def _table(name: str) -> Table:
    return Base.metadata.tables[name]


@cache
def _upsert(postgres: bool) -> Any:
    """The statement, built once: building it costs more than running it."""
    statement: Any = (postgresql.insert if postgres else sqlite.insert)(_table("search_doc"))
    changed = {name: statement.excluded[name] for name in ("ticket_id", "domain_id", "text", "parts")}
    return statement.on_conflict_do_update(index_elements=["entry_id"], set_=changed)


def index(session: Session, *, ticket_id: int, entry_id: int, domain_id: int, text: str) -> None:
    """Make a flushed entry findable by `text`, in place of what it was found by before."""
    words, parts = document(text)
    row = {"ticket_id": ticket_id, "entry_id": entry_id, "domain_id": domain_id, "text": words, "parts": parts}
    session.execute(_upsert(is_postgres(session)), row)


def forget(session: Session, entry_id: int) -> None:
    """Make an entry unfindable."""
    docs = _table("search_doc")
    session.execute(docs.delete().where(docs.c.entry_id == entry_id))


def reindex_domain(session: Session, ticket_id: int, domain_id: int) -> None:
    """Follow a ticket into another domain; until then nothing of it is found."""
    docs = _table("search_doc")
    session.execute(update(docs).where(docs.c.ticket_id == ticket_id).values(domain_id=domain_id))


def find(
    session: Session, text: str, visible: ColumnElement[bool], limit: int = MOST_FOUND, *, prefix: str = "KC"
) -> list[int]:
    """Ids of the tickets that hold what is asked, newest matching entry first, at most `limit`.

    `visible` is a condition on `Ticket`; what it excludes is never counted. A question that is a ticket
    number (with or without `prefix`) puts that ticket first. All terms must be found in one entry; see
    `terms.question`.
    """
    found: dict[int, None] = {}
    number = ticket_number(text, prefix)
    tickets = _table("ticket")
    if number is not None:
        exact = session.scalars(select(tickets.c.id).where(tickets.c.number == number, visible))
        found |= dict.fromkeys(exact)
    terms = question(text)
    if not terms:
        return []
    for low, high in _windows(session):
        found |= dict.fromkeys(session.scalars(_newest(session, terms, low, high).where(visible).limit(limit)))
        if len(found) >= limit:
            break
    return list(found)[:limit]


def _windows(session: Session) -> Iterator[tuple[int, int]]:
    """Ranges of row ids from the newest to the oldest, each four times as long as the one before."""
    high: int = session.scalar(select(func.max(_table("search_doc").c.id))) or 0
    size = FIRST_WINDOW
    while high > 0:
        low = max(high - size, 0) + 1
        yield low, high
        high = low - 1
        size *= WINDOW_GROWTH


def _newest(session: Session, terms: list[Term], low: int, high: int) -> Select[Any]:
    """Tickets with a match among these rows. A row whose domain is not its ticket's is never found."""
    docs, tickets = _table("search_doc"), _table("ticket")
    same = and_(tickets.c.id == docs.c.ticket_id, tickets.c.domain_id == docs.c.domain_id)
    matches = _on_postgres(terms) if is_postgres(session) else _on_sqlite(terms, low, high)
    return (
        select(docs.c.ticket_id)
        .join_from(docs, tickets, same)
        .where(docs.c.id.between(low, high), matches)
        .group_by(docs.c.ticket_id)
        .order_by(func.max(docs.c.id).desc())
    )


def _on_sqlite(terms: list[Term], low: int, high: int) -> ColumnElement[bool]:
    docs = _table("search_doc")

    def rows(name: str, asked: str) -> Select[Any]:
        row = table(name, column("rowid", Integer)).c.rowid
        matches = literal_column(name).bool_op("MATCH")(literal(asked))
        return select(row).where(matches, row.between(low, high))

    conditions = []
    whole = [_phrase(term) for term in terms if not term.part]
    if whole:
        conditions.append(docs.c.id.in_(rows("search_words", " AND ".join(whole))))
    for term in terms:
        if term.part:
            either = union_all(rows("search_words", _phrase(term)), rows("search_parts", f'"{term.part}"'))
            conditions.append(docs.c.id.in_(either))
    return and_(*conditions)


def _phrase(term: Term) -> str:
    return f'"{" ".join(term.words)}"{" *" if term.prefix else ""}'


def _on_postgres(terms: list[Term]) -> ColumnElement[bool]:
    docs = _table("search_doc")
    stored: ColumnElement[Any] = literal_column("search_doc.words")
    conditions = []
    for term in terms:
        *before, last = (f"'{word}'" for word in term.words)
        asked = " & ".join((*before, f"{last}:*" if term.prefix else last))
        condition: ColumnElement[bool] = stored.bool_op("@@")(cast(literal(asked), postgresql.TSQUERY))
        if before:
            side_by_side = f"% {' '.join(term.words)}{'%' if term.prefix else ' %'}"
            condition = and_(condition, docs.c.text.like(side_by_side))
        if term.part:
            condition = or_(condition, docs.c.parts.like(f"%{term.part}%"))
        conditions.append(condition)
    return and_(*conditions)

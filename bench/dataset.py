"""Fills a database with many tickets quickly. `python -m bench.dataset COUNT [--sqlite]` says how quickly.

The database makes the rows itself, from a few thousand letters that are made here: a person for every fourth ticket,
a letter, an answer to most, and what a letter leaves behind on its way. One in five is open, one in a hundred of those
urgent, and one letter in fifty has the word `RARE`. What is made is the same every time.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import ColumnElement, Connection, insert, literal_column, select, text

from bench import machine, rows, served
from bench.corpus import SENTENCES, SUBJECTS
from bench.rows import FIRST, Rows
from contactcenter import clock, terms
from contactcenter.db import Base, db, is_postgres
from contactcenter.demo.conversations import load_conversations
from workers.process import unit_of_work

__all__ = ["FIRST", "RARE", "fill", "settle"]

CHUNK = 50_000
MOST = 1_000_000
RARE = "ovanlighetsord"
LETTERS = 2_000
INDEXED_LATER = 20_000
"""From this many tickets on it is quicker to build the full-text indexes at the end."""


def fill(app: Flask, count: int, *, answers: bool = True, sentences: int = 5, settled: bool = True) -> None:
    """Write tickets `FIRST` … `FIRST + count - 1` into a database that has an organisation and no tickets yet.

    `answers` and longer letters (at most `sentences` each) make it truer and slower. Whoever writes more rows leaves
    `settled` out and calls `settle` at the end.

    Raises:
        ValueError: that is more than a million.
    """
    if count > MOST:
        raise ValueError(f"at most {MOST} tickets")
    with unit_of_work(app) as session:
        connection, postgres = session.connection(), is_postgres(session)
        _prepare(connection, count, sentences)
        wanted = rows.everything(clock.now().replace(microsecond=0), postgres=postgres, answers=answers)
        with _indexed_at_the_end(connection, postgres, count >= INDEXED_LATER):
            for first in range(0, count, CHUNK):
                for made in wanted:
                    _write(connection, made, first, first + CHUNK - 1)
        if postgres:
            _advance(connection, [made.table for made in wanted], count)
        for name in ("place", "letter", "topic", "agent"):
            connection.execute(text(f"DROP TABLE bench_{name}"))
    if settled:
        settle(app)


def settle(app: Flask) -> None:
    """Let the database take stock of what it has, as it does by itself in the course of a night."""
    with app.app_context():
        on_postgres = db.engine.dialect.name == "postgresql"
        with db.engine.connect().execution_options(
            isolation_level="AUTOCOMMIT" if on_postgres else "SERIALIZABLE"
        ) as run:
            run.exec_driver_sql("SET statement_timeout = 0" if on_postgres else "SELECT 1")
            run.exec_driver_sql("VACUUM ANALYZE" if on_postgres else "ANALYZE")
            run.commit()


def _prepare(connection: Connection, count: int, sentences: int) -> None:
    """What rows are made from: places, letters, topics and agents."""
    run = connection.exec_driver_sql
    run("CREATE TEMPORARY TABLE bench_place (n bigint PRIMARY KEY)")
    run(
        "INSERT INTO bench_place WITH RECURSIVE digit(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM digit WHERE n < 999)"
        " SELECT a.n * 1000 + b.n FROM digit a CROSS JOIN digit b"
        f" WHERE a.n * 1000 + b.n < {count} ORDER BY 1"
    )
    run("CREATE TEMPORARY TABLE bench_letter (place int PRIMARY KEY, subject text, body text, words text, parts text)")
    letter = text("INSERT INTO bench_letter VALUES (:place, :subject, :body, :words, :parts)")
    connection.execute(letter, list(_letters(sentences)))
    numbered = "AS SELECT row_number() OVER (ORDER BY id) - 1 AS place, id AS"
    run(f"CREATE TEMPORARY TABLE bench_topic {numbered} topic_id, team_id, domain_id FROM topic")
    run(f"CREATE TEMPORARY TABLE bench_agent {numbered} agent_id FROM agent WHERE disabled_at IS NULL")
    for name in ("place", "letter", "topic", "agent"):
        run(f"ANALYZE bench_{name}")


def _letters(sentences: int) -> Iterator[dict[str, object]]:
    """Swedish letters put together from sentences of the example conversations."""
    chance = random.Random(1)
    texts = [entry.text for one in load_conversations() for entry in one.entries if entry.text]
    known = [part.strip() for body in texts for part in re.split(r"(?<=[.?!])\s+", body) if part.strip()]
    for place in range(LETTERS):
        subject = chance.choice(SUBJECTS)
        said = chance.choices(known, k=chance.randint(1, sentences))
        if place % 5 == 0:
            said.append(chance.choice(SENTENCES))
        if place % 50 == 0:
            said.append(RARE)
        body = " ".join(said)
        words, parts = terms.document(f"{subject} {body}")
        yield {"place": place, "subject": subject, "body": body, "words": words, "parts": parts}


def _write(connection: Connection, made: Rows, first: int, last: int) -> None:
    """Insert the rows of places `first` … `last`."""
    columns: list[ColumnElement[Any]] = [literal_column(f"({sql})").label(name) for name, sql in made.columns.items()]
    found = select(*columns).select_from(text(made.source)).where(literal_column("n").between(first, last))
    into = insert(Base.metadata.tables[made.table])
    connection.execute(into.from_select(list(made.columns), found.order_by(text("n"))))


@contextmanager
def _indexed_at_the_end(connection: Connection, postgres: bool, later: bool) -> Iterator[None]:
    """Take the indexes of the large tables away and build them when all is there: several times as fast."""
    run = connection.exec_driver_sql
    if postgres and run("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").scalar():
        run("SET LOCAL session_replication_role = replica")  # what is made here refers to nothing that is not there
    taken = [(name, made) for name, made in run(_INDEXES_OF_POSTGRES if postgres else _INDEXES_OF_SQLITE) if later]
    for name, _made in taken:
        run(f"DROP {name}")
    yield
    if later and postgres:
        run("SET LOCAL maintenance_work_mem = '256MB'")
        run("SET LOCAL statement_timeout = 0")
    for _name, made in taken:
        run(made)
    for name in ("search_words", "search_parts") if later and not postgres else ():
        run(f"INSERT INTO {name} ({name}) VALUES ('rebuild')")


_LARGE = "('ticket', 'entry', 'search_doc', 'inbox', 'event', 'decision', 'outbox')"
_INDEXES_OF_POSTGRES = (
    "SELECT 'INDEX ' || indexrelid::regclass, pg_get_indexdef(indexrelid) FROM pg_index"
    f" JOIN pg_class ON pg_class.oid = indrelid WHERE relname IN {_LARGE}"
    " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)"
)
_INDEXES_OF_SQLITE = (
    "SELECT type || ' ' || name, sql FROM sqlite_master"
    f" WHERE sql IS NOT NULL AND (type = 'index' AND tbl_name IN {_LARGE}"
    " OR type = 'trigger' AND tbl_name = 'search_doc')"
)


def _advance(connection: Connection, tables: list[str], count: int) -> None:
    """Ids were given here, so the sequences must go on after them."""
    for name in dict.fromkeys(tables):
        connection.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name}")
    connection.exec_driver_sql(f"SELECT setval('ticket_number', {FIRST + count})")


def main() -> None:
    """Say how long it takes to make `COUNT` tickets and how large the database is then."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=100_000)
    parser.add_argument("--sqlite", action="store_true", help="the embedded default instead of PostgreSQL")
    asked = parser.parse_args()
    with ExitStack() as stack:
        url = "" if asked.sqlite else stack.enter_context(machine.fresh_postgres())
        data, _config, app = stack.enter_context(served.prepared(url))
        started = time.monotonic()
        fill(app, asked.count)
        took = time.monotonic() - started
        with unit_of_work(app, read_only=True) as session:
            size = "SELECT pg_database_size(current_database())"
            held = session.scalar(text(size)) if url else (data / "contactcenter.db").stat().st_size
    print(machine.describe(), "PostgreSQL" if url else "SQLite", sep=", ")
    print(f"{asked.count} tickets in {took:.1f} s, {(held or 0) / 1e6:.0f} MB")


if __name__ == "__main__":
    main()

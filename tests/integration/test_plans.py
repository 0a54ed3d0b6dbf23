"""What the hot pages ask the database for at 100 000 tickets: no large table is read whole, and little is looked at."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, insert, select, text, update
from sqlalchemy.orm import Session

from bench import dataset
from contactcenter import access, clock, migrate, search
from contactcenter.access import Actor
from contactcenter.app import create_app
from contactcenter.db import db, is_postgres
from contactcenter.demo import build, store_people
from contactcenter.demo.conversations import load_people
from contactcenter.model import Agent, Domain, Inbox, Outbox, ParkedMail
from contactcenter.model.words import Role
from contactcenter.queries import deltas, listing, parked, records, ticket_page, views
from contactcenter.queries.listing import ListQuery
from contactcenter.queries.records import Wanted
from contactcenter.runtime import build_runtime
from contactcenter.services import inbox, outbox
from contactcenter.settings import Settings
from tests.integration import databases
from workers.process import unit_of_work

pytestmark = pytest.mark.slow

TICKETS = 100_000
PARKED = 40_000
MOST_ROWS = 12_000
"""Rows of large tables that one statement may look at on PostgreSQL; the views' counts stop at 1 000 each."""
MORE_ROWS = {"word": 45_000}
"""Where PostgreSQL may also choose to walk a window of the newest rows."""
MOST_STEPS = 150_000
"""Steps of SQLite's machine for one statement: reading a table of this size whole takes at least twice as many."""
LARGE = (
    "ticket",
    "entry",
    "entry_message",
    "search_doc",
    "event",
    "inbox",
    "outbox",
    "decision",
    "person",
    "address",
    "parked_mail",
)

Ask = Callable[[Session, Actor], object]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def large(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application on a database of 100 000 tickets."""
    folder = tmp_path_factory.mktemp("plans")
    if request.param == "sqlite":
        yield from _filled("", folder)
        return
    with databases.postgres("plans") as url:
        yield from _filled(url, folder)


def _filled(url: str, folder: Path) -> Iterator[Flask]:
    here = build_runtime(Settings(database_url=url), folder)
    migrate.upgrade(here.database_url)
    app = create_app(here)
    with unit_of_work(app) as session:
        build.ensure_organisation(session, clock.now())
        store_people.store(session, load_people())
    dataset.fill(app, TICKETS, answers=False, sentences=1, settled=False)
    with unit_of_work(app) as session:
        ids = range(1, TICKETS, TICKETS // 20)
        session.execute(update(Inbox).where(Inbox.id.in_(ids)).values(state="waiting"))
        made = {"kind": outbox.WAKE, "due_at": clock.now(), "done_at": clock.now()}
        session.execute(insert(Outbox), [{**made, "subject_id": n} for n in range(1, TICKETS // 5)])
        session.add_all([Outbox(kind=outbox.DELIVER, subject_id=n, due_at=clock.now(), payload={}) for n in ids])
        _park(session)
    dataset.settle(app)
    yield app
    with app.app_context():
        db.engine.dispose()


def _park(session: Session) -> None:
    """Much mail that nobody has looked at, every other one about a ticket; and what was handled long ago."""
    common = session.scalars(select(Domain.id).where(Domain.slug == access.COMMON_DOMAIN)).one()
    ids = session.scalars(select(Inbox.id).order_by(Inbox.id).limit(PARKED)).all()
    made = {"domain_id": common, "reason": "auto_reply", "handled_at": clock.now()}
    rows = [{**made, "inbox_id": n, "ticket_id": n if n % 2 else None} for n in ids]
    for row in rows[PARKED // 4 :]:
        row["handled_at"] = None
    session.execute(insert(ParkedMail), rows)


def _view(slug: str) -> Ask:
    return lambda session, actor: listing.listing(session, actor, ListQuery(slug), lambda _: None)


def _second_page(session: Session, actor: Actor) -> object:
    first = listing.listing(session, actor, ListQuery(view="oppna"), lambda _: None)
    return listing.listing(session, actor, ListQuery(view="oppna", after=first.next_url.partition("efter=")[2]), print)


def _next_page(order: str) -> Ask:
    def ask(session: Session, actor: Actor) -> object:
        _first, key = records.page(session, actor, Wanted(order=order))
        assert key
        return records.page(session, actor, Wanted(order=order, after=key))

    return ask


def _ticket(session: Session, actor: Actor) -> object:
    ticket = access.get_ticket(session, actor, dataset.FIRST + TICKETS // 2)
    shown = ticket_page.ticket_page(session, actor, ticket, lambda _: None)
    assert len(shown.earlier) == 3
    return shown


HOT: dict[str, Ask] = {
    **{f"view {slug}": _view(slug) for slug in ("mina", "otilldelade", "nya-svar", "vantar", "oppna", "avslutade")},
    "second page": _second_page,
    "counts": views.counts,
    "parked": lambda session, actor: parked.rows(session, actor),
    "everything parked": lambda session, actor: parked.rows(session, actor, everything=True),
    "ticket": _ticket,
    "word": lambda session, actor: search.find(session, "altan", access.visible_tickets(actor)),
    "rare word": lambda session, actor: search.find(session, dataset.RARE, access.visible_tickets(actor)),
    "phrase": lambda session, actor: search.find(session, '"betala båda"', access.visible_tickets(actor)),
    "part of a word": lambda session, actor: search.find(session, "lampan", access.visible_tickets(actor)),
    "tail": lambda session, _actor: deltas.after(session, deltas.Cursor(0, TICKETS - 10)),
    "since": lambda session, actor: deltas.since(session, actor, deltas.written(deltas.Cursor(0, TICKETS - 10))),
    "due letters": lambda session, _actor: outbox.due(session, 200, [outbox.DELIVER, outbox.LINK]),
    "claim of the inbox": lambda session, _actor: inbox.claim(session, 10),
    "claim of the outbox": lambda session, _actor: outbox.claim(session, 10),
    "next due": lambda session, _actor: outbox.next_due(session),
    "API, newest": lambda session, actor: records.page(session, actor, Wanted()),
    "API, queue": lambda session, actor: records.page(session, actor, Wanted(order="queue")),
    "API, newest, next page": _next_page("newest"),
    "API, queue, next page": _next_page("queue"),
}


@pytest.mark.parametrize(("role", "domains"), [(Role.SPECIALIST, 2), (Role.GUIDE, 0), (Role.GUIDE, 2)])
def test_parked_mail_is_counted_quickly_also_for_whoever_sees_little_of_it(
    large: Flask, role: Role, domains: int
) -> None:
    with unit_of_work(large) as session:
        agent = session.scalars(select(Agent).where(Agent.login == "ingrid@ekhamra.example")).one()
        ids = session.scalars(select(Domain.id).order_by(Domain.id.desc()).limit(domains)).all()
        rights: dict[str, Any] = {"role": role, "teams": frozenset(), "domains": frozenset(ids)}
        actor = replace(access.actor_for(session, agent), **rights)
        counting = parked.counting(actor, views.COUNT_LIMIT)
        assert counting is not None
        (asked,) = _statements(session, lambda: session.scalar(counting))
        (_on_postgres if is_postgres(session) else _on_sqlite)(session, asked, MOST_ROWS)


@pytest.mark.parametrize("name", HOT)
def test_a_hot_page_reads_no_large_table_whole(large: Flask, name: str) -> None:
    with unit_of_work(large) as session:
        agent = session.scalars(select(Agent).where(Agent.login == "ingrid@ekhamra.example")).one()
        actor = access.actor_for(session, agent)
        asked = _statements(session, lambda: HOT[name](session, actor))
        assert asked
        explain = _on_postgres if is_postgres(session) else _on_sqlite
        for one in asked:
            explain(session, one, MORE_ROWS.get(name, MOST_ROWS))


def test_a_table_that_is_read_whole_is_noticed(large: Flask) -> None:
    with unit_of_work(large) as session:
        whole = text("SELECT count(*) FROM ticket WHERE subject LIKE '%x' AND id > 0")
        (asked,) = _statements(session, lambda: session.execute(whole).all())
        with pytest.raises(AssertionError):
            (_on_postgres if is_postgres(session) else _on_sqlite)(session, asked, MOST_ROWS)


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement as the driver was given it."""

    sql: str
    parameters: Any


def _statements(session: Session, run: Callable[[], object]) -> list[Asked]:
    found: list[Asked] = []

    def note(_connection: object, _cursor: object, sql: str, parameters: Any, *_more: object) -> None:
        if sql.startswith("SELECT"):
            found.append(Asked(sql, parameters))

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        run()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return found


def _on_postgres(session: Session, asked: Asked, most_rows: int) -> None:
    explained = session.connection().exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {asked.sql}", asked.parameters)
    plan = explained.scalar_one()[0]["Plan"]
    looked_at = 0.0
    for node in _nodes(plan):
        if node.get("Relation Name") in LARGE:
            assert node["Node Type"] != "Seq Scan", f"{asked.sql}\n{json.dumps(plan, indent=1)}"
            thrown_away = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
            looked_at += (node["Actual Rows"] + thrown_away) * node["Actual Loops"]
    assert looked_at <= most_rows, f"{asked.sql}\n{json.dumps(plan, indent=1)}"


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _on_sqlite(session: Session, asked: Asked, _most_rows: int) -> None:
    connection = session.connection()
    plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked.sql}", asked.parameters)]
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1000
        return 0

    driver: Any = connection.connection.driver_connection
    driver.set_progress_handler(count, 1000)
    try:
        connection.exec_driver_sql(asked.sql, asked.parameters).all()
    finally:
        driver.set_progress_handler(None, 0)
    assert steps <= MOST_STEPS, f"{steps} steps\n{asked.sql}\n{plan}"

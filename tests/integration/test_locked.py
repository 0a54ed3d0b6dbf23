"""A table that somebody holds: who asks is answered within two seconds, and nothing of what they did is half done."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import NullPool, create_engine

from contactcenter.db import transaction
from contactcenter.model import Ticket
from contactcenter.services import tokens
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import rows
from tests.integration.people import Organisation, make_ticket

SECONDS = 2.0
SLACK = 1.0
"""Seconds that a busy machine may add."""


@pytest.fixture
def token(begin: Begin, organisation: Organisation) -> str:
    with begin() as session:
        make_ticket(session, organisation.common, organisation.first_line)
        return tokens.add(session, "Kartan", tuple(tokens.Scope), session.merge(organisation.alice))


@contextmanager
def held(database_url: str) -> Iterator[None]:
    """Somebody writes and does not end; on PostgreSQL nobody else may even read the table of tickets."""
    engine = create_engine(database_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        sqlite = engine.dialect.name == "sqlite"
        for statement in ("BEGIN IMMEDIATE",) if sqlite else ("BEGIN", "LOCK TABLE ticket IN ACCESS EXCLUSIVE MODE"):
            connection.exec_driver_sql(statement)
        try:
            yield
        finally:
            connection.exec_driver_sql("ROLLBACK")


def test_pages_and_programs_are_told_in_time(
    app: Flask, begin: Begin, organisation: Organisation, token: str, database_url: str
) -> None:
    alice, program = Browser(app).signed_in(organisation.alice), app.test_client()
    [ticket] = rows(begin, Ticket)
    headers = {"Authorization": f"Bearer {token}"}
    with held(database_url):
        began = time.monotonic()
        page = alice.post(f"/arenden/{ticket.number}/ta")
        between = time.monotonic()
        told = program.post(f"/api/v1/tickets/{ticket.number}/notes", json={"text": "Hej"}, headers=headers)
        ended = time.monotonic()
    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
    assert "Databasen svarar inte" in page.text
    assert (told.status_code, told.content_type) == (503, "application/problem+json")
    assert between - began < SECONDS + SLACK
    assert ended - between < SECONDS + SLACK
    assert alice.post(f"/arenden/{ticket.number}/ta").status_code == 303, "soon it is as before"
    assert rows(begin, Ticket)[0].assignee_id == organisation.alice.id


@pytest.mark.parametrize("database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_reading_a_table_that_nobody_may_read_is_answered_in_time(
    app: Flask, begin: Begin, organisation: Organisation, token: str, database_url: str
) -> None:
    """On SQLite who reads never waits for who writes; on PostgreSQL an index that is made may hold the whole table."""
    alice, program = Browser(app).signed_in(organisation.alice), app.test_client()
    [ticket] = rows(begin, Ticket)
    pages = (
        "/arenden",
        "/arenden?q=altan",
        f"/arenden/{ticket.number}",
        "/f/antal",
        f"/f/arende/{ticket.number}/huvud",
    )
    addresses = ("/api/v1/tickets", "/api/v1/tickets?q=altan", f"/api/v1/tickets/{ticket.number}", "/readyz")
    headers = {"Authorization": f"Bearer {token}"}
    with held(database_url):
        for address in (*pages, *addresses):
            began = time.monotonic()
            answer = alice.get(address) if address in pages else program.get(address, headers=headers)
            assert time.monotonic() - began < SECONDS + SLACK, address
            assert answer.status_code == 503 or address == "/readyz", address
        assert program.get("/healthz").status_code == 200
    for address in pages:
        assert alice.get(address).status_code == 200, "soon it is as before"


def test_what_works_by_itself_waits_longer(app: Flask, token: str, organisation: Organisation) -> None:
    question = {
        "sqlite": "PRAGMA busy_timeout",
        "postgresql": "SELECT setting::int FROM pg_settings WHERE name = 'lock_timeout'",
    }

    def patience() -> int:
        with transaction(read_only=True) as session:
            connection = session.connection()
            return int(connection.exec_driver_sql(question[connection.dialect.name]).scalar_one())

    with app.app_context():
        own = patience()
    with app.test_request_context():
        asked = patience()
    with app.app_context():
        assert patience() == own
    assert asked == 1500
    assert own >= 5000

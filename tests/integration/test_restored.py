"""A backup is restored while programs and browsers remember what came after it: each is told clearly, by HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from contactcenter import runtime
from contactcenter.app import create_app
from contactcenter.db import db, transaction
from contactcenter.model import Agent, Event, Ticket
from contactcenter.runtime import build_runtime
from contactcenter.services import links, sessions, tokens
from contactcenter.settings import Settings
from tests.integration import databases
from tests.integration.conftest import Begin
from tests.integration.people import Organisation
from workers.backup import backup
from workers.process import unit_of_work
from workers.restore import restore

FORM = {
    "channel": "form",
    "person": {"name": "Maja", "addresses": [{"kind": "email", "value": "maja@example.se"}]},
    "subject": "Altan",
    "text": "Får jag bygga en altan?",
}


class Program:
    """Another program, as it remembers."""

    def __init__(self, app: Flask, token: str) -> None:
        self._client, self._token = app.test_client(), token
        self.number = 0

    def move(self, app: Flask) -> None:
        """Ask the restored service from now on."""
        self._client = app.test_client()

    def get(self, path: str) -> tuple[int, Any]:
        answer = self._client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {self._token}"})
        return answer.status_code, answer.get_json(force=True)

    def open(self, key: str) -> tuple[int, int, bool]:
        headers = {"Authorization": f"Bearer {self._token}", "Idempotency-Key": key}
        answer = self._client.post("/api/v1/tickets", json=FORM, headers=headers)
        told = answer.get_json(force=True)
        return answer.status_code, told.get("number", 0), "Idempotent-Replayed" in answer.headers


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    if request.param == "sqlite":
        yield Settings(database_url=f"sqlite:///{tmp_path / 'elsewhere.db'}")
        return
    with databases.postgres("restored") as url:
        yield Settings(database_url=url)


def made_token(begin: Begin, agent: Agent, name: str) -> str:
    with begin() as session:
        return tokens.add(session, name, tuple(tokens.Scope), session.get_one(Agent, agent.id))


def test_who_remembers_what_is_gone_is_told(
    app: Flask, begin: Begin, organisation: Organisation, elsewhere: Settings, tmp_path: Path
) -> None:
    with app.app_context():
        settings = runtime.current().settings
    token = made_token(begin, organisation.bob, "E-tjänster")
    program = Program(app, token)
    first = program.open("before")
    known = program.get("/events")[1]["last"]
    assert backup(settings, tmp_path, str(tmp_path / "backup.tar")) == 0
    lost = program.open("after")
    late = made_token(begin, organisation.bob, "Senare")
    last = program.get(f"/events?since={known}")[1]["last"]
    with begin() as session:
        alice, dora = (session.get_one(Agent, one.id) for one in (organisation.alice, organisation.dora))
        cookie, link = sessions.start(session, alice, "127.0.0.1"), links.make(session, dora, None).rpartition("/")[2]

    data = tmp_path / "restored"
    assert restore(elsewhere, data, tmp_path / "backup.tar") == 0
    there = create_app(build_runtime(elsewhere, data))
    there.testing = True
    program.move(there)
    assert program.open("before") == (201, first[1], True), "what is remembered on both sides is done once"
    status, number, replayed = program.open("after")
    assert (status, replayed) == (201, False), "what the backup does not know is done anew"
    assert number > lost[1], "under a number that nobody was told"
    assert program.get(f"/tickets/{lost[1]}")[0] == 404
    assert Program(there, late).get("/tickets")[0] == 401
    _is_told_to_begin_anew(program, known, last)
    _is_signed_out(there.test_client(), cookie, link)
    _follows(there, program, number)
    with there.app_context():
        db.engine.dispose()


def _is_told_to_begin_anew(program: Program, *places: str) -> None:
    """Also of a place that the backup reaches: what was changed after it has been taken back."""
    for place in places:
        status, told = program.get(f"/events?since={place}")
        assert status == 422
        assert told["errors"][0]["field"] == "query.since"
        assert "a backup was restored" in told["detail"]


def _is_signed_out(client: FlaskClient, cookie: str, link: str) -> None:
    client.set_cookie("cc_session", cookie)
    answer = client.get("/arenden")
    assert (answer.status_code, answer.location) == (303, "/logga-in?next=/arenden")
    assert client.get(f"/valj-losenord/{link}").status_code == 404


def _follows(there: Flask, program: Program, number: int) -> None:
    """From then on each change is told once, whatever numbers the transactions of the other database had."""
    told = program.get("/events")[1]
    assert told["changes"] == []
    for text in ("Ett", "Två"):
        headers = {"Authorization": f"Bearer {program._token}"}
        there.test_client().post(f"/api/v1/tickets/{number}/notes", json={"text": text}, headers=headers)
        told = program.get(f"/events?since={told['last']}")[1]
        assert [one["number"] for one in told["changes"]] == [number]
        told = program.get(f"/events?since={told['last']}")[1]
        assert told["changes"] == []


def test_a_place_beyond_the_end_is_not_the_present(app: Flask, begin: Begin, organisation: Organisation) -> None:
    """Where somebody has put back the database itself, with the same keys."""
    program = Program(app, made_token(begin, organisation.bob, "E-tjänster"))
    program.open("k")
    last = program.get("/events")[1]["last"]
    with app.app_context(), transaction() as session:
        newest = session.scalar(select(func.max(Event.id)))
        assert newest
        for row in session.scalars(select(Event)):
            session.delete(row)
    assert program.get(f"/events?since={last}")[0] == 422
    assert program.get("/tickets")[0] == 200
    with unit_of_work(app, read_only=True) as session:
        assert session.scalars(select(Ticket)).all()

"""`/metrics`: for who has the token, with the figures of every process, and with nobody's name in them."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select

from contactcenter import clock, metrics
from contactcenter.app import create_app
from contactcenter.db import db
from contactcenter.model import Process
from contactcenter.runtime import build_runtime
from contactcenter.services import processes
from contactcenter.settings import Metrics, Secret, Settings
from tests.integration.conftest import Begin
from tests.integration.mailroom import accept, answer, arrive, mail, travel
from tests.integration.people import Organisation
from workers.heartbeat import Heartbeat

TOKEN = {"Authorization": "Bearer " + "s" * 32}


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Flask:
    settings = Settings(database_url=database_url, metrics=Metrics(Secret("s" * 32)))
    return create_app(build_runtime(settings, tmp_path))


@pytest.fixture(autouse=True)
def _close(app: Flask) -> object:
    yield
    with app.app_context():
        db.engine.dispose()


def figures(client: FlaskClient) -> dict[str, float]:
    """`name{labels}` and value of everything that is told."""
    answer = client.get("/metrics", headers=TOKEN)
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain")
    return {
        f"{sample.name}{sorted(sample.labels.items())}": sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic " + "s" * 32}, {"Authorization": "Bearer å"}],
)
def test_without_the_token_there_is_no_such_page(client: FlaskClient, headers: dict[str, str]) -> None:
    assert client.get("/metrics", headers=headers).status_code == 404
    assert client.get(f"/metrics?token={'s' * 32}").status_code == 404


def test_without_the_setting_nothing_opens_it(database_url: str, tmp_path: Path) -> None:
    closed = create_app(build_runtime(Settings(database_url=database_url), tmp_path / "closed"))
    assert closed.test_client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    with closed.app_context():
        db.engine.dispose()


def test_the_queues_are_told_as_the_database_has_them(
    client: FlaskClient, begin: Begin, organisation: Organisation
) -> None:
    number = arrive(begin, mail())
    answer(begin, organisation.alice, number)
    accept(begin, mail("En till.", subject="Senare"))
    told = figures(client)
    assert told["contactcenter_inbox_waiting[]"] == 1
    assert told["contactcenter_outbox_owed[('kind', 'deliver'), ('state', 'later')]"] == 1
    assert told["contactcenter_quarantined[]"] == 0
    assert told["contactcenter_inbox_oldest_seconds[]"] < 60


def test_every_process_that_lives_is_told_with_its_name(
    app: Flask, client: FlaskClient, begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    metrics.ACCEPTED.labels("email").inc()
    with begin() as session:
        processes.beat(session, "smtp", metrics.own())
        other = Process(name="relay@elsewhere:7", kind="relay", version="1", seen_at=clock.now())
        other.figures = '# TYPE contactcenter_accepted counter\ncontactcenter_accepted_total{channel="email"} 41.0\n'
        session.add(other)
    told = figures(client)
    mine = processes.own_name("smtp")
    assert told["contactcenter_accepted_total[('channel', 'email'), ('process', 'relay@elsewhere:7')]"] == 41
    assert told[f"contactcenter_accepted_total[('channel', 'email'), ('process', '{mine}')]"] >= 1
    assert told["contactcenter_process_silent[('kind', 'relay'), ('name', 'relay@elsewhere:7')]"] == 0
    travel(monkeypatch, timedelta(minutes=2))
    later = figures(client)
    assert later["contactcenter_process_silent[('kind', 'relay'), ('name', 'relay@elsewhere:7')]"] == 1
    assert not [name for name in later if name.startswith("contactcenter_accepted") and "relay@" in name]
    travel(monkeypatch, timedelta(days=2))
    with begin() as session:
        processes.leave(session, "smtp")
        processes.beat(session, "web", "")
        session.flush()
        assert [row.kind for row in session.scalars(select(Process))] == ["web"]


def test_a_process_signs_off_when_it_ends(app: Flask, begin: Begin, organisation: Organisation) -> None:
    heart = Heartbeat(app, "smtp")
    heart.step()
    with begin() as session:
        assert [row.kind for row in processes.heard(session)] == ["smtp"]
    heart.end()
    with begin() as session:
        assert processes.heard(session) == []


def test_requests_are_counted_by_route_and_never_by_what_is_in_them(
    client: FlaskClient, begin: Begin, organisation: Organisation
) -> None:
    client.get("/arenden/4812?q=margareta@example.se")
    client.get("/finns/inte/margareta")
    told = metrics.own()
    assert re.search(r'contactcenter_request_seconds_count\{route="none",status="4xx"\}', told)
    assert "margareta" not in told
    assert "/4812" not in told

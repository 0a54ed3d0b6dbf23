"""Answers leave over real SMTP, and a service that is killed while it sends loses none and sends each as the same."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from contactcenter.app import create_app
from contactcenter.db import db, transaction
from contactcenter.model import Agent, Entry
from contactcenter.model.words import Direction, Role
from contactcenter.runtime import build_runtime
from contactcenter.services import agents
from contactcenter.settings import load
from tests.integration.conftest import Begin
from tests.integration.mailroom import answer, arrive, mail
from tests.running import run, serving, wait_until
from tests.smarthost import smarthost
from tests.together import rest
from workers.relay import SENDERS

ANSWERS = 12
SECONDS = 0.15


@dataclass
class Post:
    """The smarthost's port, and the Message-IDs that it said 250 for."""

    port: int
    taken: list[str]


@pytest.fixture
def post() -> Iterator[Post]:
    taken: list[str] = []

    def take(message_id: str) -> None:
        rest(SECONDS)
        taken.append(message_id)

    with smarthost(take) as server:
        yield Post(server.port, taken)


def promised(config: Path, data: Path) -> list[str]:
    """A data folder in which answers wait to leave; their Message-IDs."""
    assert run("db", "upgrade", "--data", data, "--config", config).returncode == 0
    app = create_app(build_runtime(load(config), data))
    begin = _beginning(app)
    with begin() as session:
        domains = ("common", "education", "social", "care", "acute")
        agents.add(session, "petra@ekhamra.example", "Petra Ny", Role.SUPERVISOR, domains=domains)
    with begin(read_only=True) as session:
        petra = session.scalars(select(Agent)).one()
    for number in range(ANSWERS):
        arrived = arrive(begin, mail(f"Fråga {number}", sender=f"person{number}@example.se"))
        answer(begin, petra, arrived, f"Svar {number}")
    with begin(read_only=True) as session:
        made = session.scalars(select(Entry.own_message_id).where(Entry.direction == Direction.OUT)).all()
    with app.app_context():
        db.engine.dispose()
    return [str(one) for one in made]


def _beginning(app: Flask) -> Begin:
    @contextmanager
    def begin(*, read_only: bool = False) -> Iterator[Session]:
        with app.app_context(), transaction(read_only=read_only) as session:
            yield session

    return begin


def test_killed_while_sending_nothing_leaves_twice(tmp_path: Path, post: Post) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        "[channels.mail]\nundo_seconds = 0\n"
        f'[channels.mail.smarthost]\nhost = "127.0.0.1"\nport = {post.port}\ntls = "none"\n'
    )
    data = tmp_path / "var"
    wanted = promised(config, data)
    assert len(set(wanted)) == ANSWERS
    with serving(data, "--config", config) as service:
        wait_until(lambda: len(post.taken) >= 3, 60)
        service.end(signal.SIGKILL)
    with serving(data, "--config", config) as service:
        left = "SELECT 1 FROM outbox WHERE done_at IS NULL"
        wait_until(lambda: service.rows(left) == [], 60)
        found = service.rows("SELECT own_message_id, state FROM entry WHERE direction = 'out'")
        states = {str(own): state for own, state in found}
    copies = Counter(post.taken)
    uncertain = {one for one in wanted if states[one] == "uncertain"}
    assert set(copies.values()) == {1}
    assert set(copies) | uncertain == set(wanted)
    assert {one for one in wanted if states[one] == "sent"} == set(wanted) - uncertain
    assert len(uncertain) <= SENDERS

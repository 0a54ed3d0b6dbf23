"""Which tickets are open at other processes: told while these live, and forgotten with them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, update

from contactcenter import clock
from contactcenter.live.elsewhere import Elsewhere
from contactcenter.live.presence import READING, WRITING
from contactcenter.model import OpenTicket, Process
from contactcenter.services import processes
from contactcenter.services.presence import At
from tests.integration.conftest import Begin
from tests.integration.mailroom import count
from tests.integration.people import Organisation

HERE, THERE = "live@a:1", "live@b:1"


@pytest.fixture(autouse=True)
def heard_of(begin: Begin) -> None:
    with begin() as session:
        for name in (HERE, THERE):
            session.add(Process(name=name, kind="live", version="1", seen_at=clock.now()))


def test_a_process_hears_of_its_own_tickets_alone(app: Flask, begin: Begin, organisation: Organisation) -> None:
    here, there = Elsewhere(app, HERE), Elsewhere(app, THERE)
    alice = At(7, organisation.alice.id, organisation.alice.name, READING)
    bob = At(7, organisation.bob.id, organisation.bob.name, WRITING)
    other = At(8, organisation.bob.id, organisation.bob.name, READING)
    assert here.exchange({"a": alice}) == []
    assert there.exchange({"b": bob, "c": other}) == [alice]
    assert here.exchange({"a": alice}) == [bob]
    assert there.exchange({}) == []
    assert here.exchange({"a": alice}) == []


def test_a_process_that_was_killed_has_nothing_open(app: Flask, begin: Begin, organisation: Organisation) -> None:
    here, there = Elsewhere(app, HERE), Elsewhere(app, THERE)
    alice = At(7, organisation.alice.id, organisation.alice.name, READING)
    bob = At(7, organisation.bob.id, organisation.bob.name, WRITING)
    there.exchange({"b": bob})
    with begin() as session:
        late = clock.now() - processes.SILENT_AFTER - timedelta(seconds=1)
        session.execute(update(Process).where(Process.name == THERE).values(seen_at=late))
    assert here.exchange({"a": alice}) == []
    assert count(begin, OpenTicket) == 2
    with begin() as session:
        processes.beat(session, "live", "")
    assert count(begin, OpenTicket) == 1, "the next process that starts clears up"
    with begin() as session:
        session.execute(update(Process).where(Process.name == THERE).values(seen_at=clock.now()))
    again = Elsewhere(app, THERE)
    again.exchange({"c": bob})
    here.exchange({"a": alice})
    assert count(begin, OpenTicket) == 2


def test_a_new_process_of_the_same_name_begins_with_nothing(
    app: Flask, begin: Begin, organisation: Organisation
) -> None:
    bob = At(7, organisation.bob.id, organisation.bob.name, WRITING)
    Elsewhere(app, THERE).exchange({"b": bob, "c": bob})
    Elsewhere(app, THERE).exchange({"d": bob})
    assert count(begin, OpenTicket) == 1


def test_who_was_thought_dead_is_seen_again(app: Flask, begin: Begin, organisation: Organisation) -> None:
    here, there = Elsewhere(app, HERE), Elsewhere(app, THERE)
    alice = At(7, organisation.alice.id, organisation.alice.name, READING)
    bob = At(7, organisation.bob.id, organisation.bob.name, WRITING)
    there.exchange({"b": bob})
    with begin() as session:
        session.execute(delete(OpenTicket).where(OpenTicket.process == THERE))
    assert here.exchange({"a": alice}) == []
    there.exchange({"b": bob})
    assert there.exchange({"b": bob}) == [alice]
    assert here.exchange({"a": alice}) == [bob]


def test_what_a_killed_process_of_the_same_name_had_open_is_forgotten_at_the_start(
    app: Flask, begin: Begin, organisation: Organisation
) -> None:
    bob = At(7, organisation.bob.id, organisation.bob.name, WRITING)
    Elsewhere(app, THERE).exchange({"b": bob})
    Elsewhere(app, THERE).exchange({})
    assert count(begin, OpenTicket) == 0

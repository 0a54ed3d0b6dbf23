"""What a process keeps of the settings: a slow answer of the database holds up nobody else, odd rows stop no mail."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from contactcenter.errors import Busy
from contactcenter.model import ReplyTarget, SettingChange, Team
from contactcenter.services import organisation as organisations
from contactcenter.services.appearance import look
from contactcenter.services.appearance.look import Kept, Look
from contactcenter.services.organisation import OrganisationCache
from tests.integration.conftest import Begin
from tests.integration.people import Organisation

SOON = 10.0
"""Seconds: far more than is needed, so that a test which fails ends."""


class Slow:
    """A question that is answered when the test says so."""

    def __init__(self, answer: Callable[..., object]) -> None:
        self.asked, self.answered = threading.Event(), threading.Event()
        self.count = 0
        self._answer = answer

    def __call__(self, *arguments: object) -> object:
        self.count += 1
        self.asked.set()
        assert self.answered.wait(SOON)
        return self._answer(*arguments)


def test_nobody_waits_while_another_asks_for_the_look(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, red = Kept(), Look(sheet="red")
    monkeypatch.setattr(look, "_read", lambda last: red)
    assert kept.get() is red
    kept._until = 0.1  # it is old
    slow = Slow(lambda last: Look(sheet="blue"))
    monkeypatch.setattr(look, "_read", slow)
    with ThreadPoolExecutor(2) as threads:
        asking = threads.submit(kept.get)
        assert slow.asked.wait(SOON)
        assert threads.submit(kept.get).result(SOON) is red
        slow.answered.set()
        assert asking.result(SOON).sheet == "blue"
    assert slow.count == 1
    assert kept.get().sheet == "blue"


def test_an_answer_from_before_a_change_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, slow = Kept(), Slow(lambda last: Look(sheet="old"))
    monkeypatch.setattr(look, "_read", slow)
    with ThreadPoolExecutor(1) as threads:
        asking = threads.submit(kept.get)
        assert slow.asked.wait(SOON)
        kept.forget()
        slow.answered.set()
        assert asking.result(SOON).sheet == "old"
    monkeypatch.setattr(look, "_read", lambda last: Look(sheet="new"))
    assert kept.get().sheet == "new"


@pytest.fixture
def known(begin: Begin, organisation: Organisation) -> OrganisationCache:
    """A cache that has been asked."""
    cache = OrganisationCache()
    with begin(read_only=True) as session:
        cache.get(session)
    return cache


def change_something(begin: Begin) -> None:
    with begin() as session:
        session.add(SettingChange(kind="grupper", key="x", agent_id=None, before={}, after={"name": "X"}))


def test_who_comes_while_the_organisation_is_built_goes_on_with_the_last(
    begin: Begin, known: OrganisationCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    with begin(read_only=True) as session:
        last = known.get(session)
    change_something(begin)
    slow = Slow(organisations.read)
    monkeypatch.setattr(organisations, "read", slow)
    monkeypatch.setattr(organisations, "WAIT_SECONDS", 0.01)

    def ask() -> organisations.Organisation:
        with begin(read_only=True) as session:
            return known.get(session)

    with ThreadPoolExecutor(4) as threads:
        building = threads.submit(ask)
        assert slow.asked.wait(SOON)
        assert [threads.submit(ask).result(SOON) for _ in range(3)] == [last] * 3
        slow.answered.set()
        fresh = building.result(SOON)
    assert slow.count == 1, "one builds"
    assert ask() is fresh is not last


def test_a_first_one_is_waited_for_and_not_for_ever(
    begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, slow = OrganisationCache(), Slow(organisations.read)
    monkeypatch.setattr(organisations, "read", slow)

    def ask() -> organisations.Organisation:
        with begin(read_only=True) as session:
            return cache.get(session)

    with ThreadPoolExecutor(2) as threads:
        building = threads.submit(ask)
        assert slow.asked.wait(SOON)
        monkeypatch.setattr(organisations, "FIRST_SECONDS", 0.01)
        with pytest.raises(Busy):
            ask()
        monkeypatch.setattr(organisations, "FIRST_SECONDS", SOON)
        waiting = threads.submit(ask)
        slow.answered.set()
        assert waiting.result(SOON) is building.result(SOON)


def test_odd_rows_leave_the_last_good_organisation(
    begin: Begin, known: OrganisationCache, caplog: pytest.LogCaptureFixture
) -> None:
    with begin() as session:
        session.add(ReplyTarget(priority="low", channel="", count=1, unit="weeks"))
    change_something(begin)
    with begin(read_only=True) as session:
        kept = known.get(session)
    assert kept.teams["gata-park"]
    assert "organisation_not_built" in caplog.text
    caplog.clear()
    with begin(read_only=True) as session:
        assert known.get(session) is kept
    assert caplog.text == "", "it is not built for every mail anew"
    with begin() as session:
        session.execute(delete(ReplyTarget))
        session.add(Team(slug="ny", name="Ny"))
    change_something(begin)
    with begin(read_only=True) as session:
        assert "ny" in known.get(session).teams, "the next change is tried at once"


def test_odd_rows_before_there_is_any_are_an_error(begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        session.add(ReplyTarget(priority="low", channel="", count=1, unit="weeks"))
    with begin(read_only=True) as session, pytest.raises(ValueError, match="weeks"):
        OrganisationCache().get(session)


def test_a_database_that_is_away_is_an_error(
    begin: Begin, known: OrganisationCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(session: Session, before: object) -> None:
        raise OperationalError("SELECT 1", None, OSError("away"))

    change_something(begin)
    monkeypatch.setattr(organisations, "read", away)
    for _ in range(2):
        with begin(read_only=True) as session, pytest.raises(OperationalError):
            known.get(session)

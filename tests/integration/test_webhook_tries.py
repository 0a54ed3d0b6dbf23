"""A program that does not answer is tried by one call at a time, whoever makes the calls and whenever they come due."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from channels.errors import TryLater
from channels.message import Receipt
from contactcenter import clock
from contactcenter.model import Outbox
from contactcenter.services import outbox, webhook_calls
from tests.integration.conftest import Begin
from tests.integration.mailroom import arrive, mail, rows
from tests.integration.people import Organisation
from tests.integration.test_webhooks import Receiver, added, call_all, calls
from workers import jobs

Later = Callable[[timedelta], None]
Claim = Callable[[], list[Outbox]]


def begun(session: Session, row: Outbox) -> bool:
    """Whether the call of a claimed promise is made now."""
    held = outbox.held(session, row.id, row.attempt)
    assert held is not None
    return webhook_calls.begin(session, held) is not None


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    """Sets the clock ahead, by that much from what it says."""

    def ahead(by: timedelta) -> None:
        so_far = clock.now() - datetime.now(UTC)
        monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + so_far + by)

    return ahead


@pytest.fixture
def come_due(begin: Begin, later: Later) -> Claim:
    """Claims together, as several senders do, what waits for a program to be tried again."""

    def claim() -> list[Outbox]:
        until = max(row.due_at for row in calls(begin) if row.done_at is None)
        later(until - clock.now() + timedelta(seconds=1))
        with begin() as session:
            return outbox.claim(session, 50, [outbox.WEBHOOK])

    return claim


@pytest.fixture
def silent(app: Flask, begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch) -> Receiver:
    """A program that does not answer, and three calls that wait for it."""
    receiver = Receiver()
    monkeypatch.setattr(jobs, "caller_for", lambda here: receiver)
    added(begin)
    for text in ("ett", "två", "tre"):
        arrive(begin, mail(text))
    receiver.fails(TryLater("504 silent"))
    call_all(app, begin)
    return receiver


def test_one_tries_and_the_others_wait_also_when_all_come_due(
    app: Flask, begin: Begin, silent: Receiver, come_due: Claim
) -> None:
    first, trying, third = come_due()
    for row, tries in ((trying, True), (first, False), (third, False)):
        with begin() as session:
            assert begun(session, row) is tries
    arrive(begin, mail("fyra"))
    call_all(app, begin)
    assert len(silent.calls) == 1, "nor does what happens meanwhile"
    with begin() as session:
        webhook_calls.record(session, trying.id, trying.attempt, TryLater("504 silent"))
    until = rows(begin, Outbox, Outbox.id == trying.id)[0].due_at
    waiting = [row.id for row in calls(begin) if row.id != trying.id]
    with begin() as session:
        session.execute(update(Outbox).where(Outbox.id.in_(waiting)).values(due_at=clock.now()))
    call_all(app, begin)
    assert len(silent.calls) == 1
    assert {row.due_at for row in calls(begin)} == {until}, "they wait for the same, and not for each other"
    silent.answer = lambda: Receipt("200 OK")
    call_all(app, begin, due=True)
    assert [row.outcome for row in calls(begin)] == ["sent"] * 4


def test_a_try_that_nobody_came_back_from_is_followed_by_one(
    begin: Begin, silent: Receiver, come_due: Claim, later: Later
) -> None:
    for row in come_due():
        with begin() as session:
            begun(session, row)
    later(outbox.LEASE + timedelta(seconds=1))
    with begin() as session:
        claimed = outbox.claim(session, 50, [outbox.WEBHOOK])
    tried = []
    for row in reversed(claimed):
        with begin() as session:
            tried.append(begun(session, row))
    assert sum(tried) == 1


@pytest.mark.parametrize("database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_of_two_that_begin_at_the_same_moment_one_tries(begin: Begin, silent: Receiver, come_due: Claim) -> None:
    """Neither waits for the other: who records an outcome holds the webhook, and then wants a call that one holds."""
    one, other, _ = come_due()
    with begin() as session, ThreadPoolExecutor(1) as thread:

        def begin_other() -> bool:
            with begin() as session:
                return begun(session, other)

        assert begun(session, one)
        assert not thread.submit(begin_other).result(4)

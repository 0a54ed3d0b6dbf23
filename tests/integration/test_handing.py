"""Handing over: what waits goes by its queue, again when nobody takes it, and is done here if need be."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import timedelta

import pytest
from flask import Flask
from redis.exceptions import ConnectionError as Away
from sqlalchemy import update

from contactcenter import clock
from contactcenter.model import Entry, Inbox, Outbox, Ticket
from contactcenter.model.words import EntryState, Status
from contactcenter.services import inbox, outbox
from tests.integration import mailroom
from tests.integration.conftest import Begin
from tests.integration.mailroom import accept, answer, arrive, mail, rows
from tests.integration.people import Organisation
from tests.integration.test_relay import Post, due_now, working
from tests.running import wait_until
from workers import handing, jobs
from workers.handed import MOST, Handed
from workers.handing import Handing, Ledger
from workers.jobs import Task, Tools
from workers.queues import ANSWER_SECONDS, Errand, Work
from workers.relay import Relay


class Queue:
    """Redis as the relay sees it."""

    def __init__(self) -> None:
        self.put_in: list[Errand] = []
        self.away = self.crowded = False

    def put(self, errands: Iterable[Errand]) -> None:
        self.put_in.extend(errands)

    def is_crowded(self) -> bool:
        if self.away:
            raise Away("no route to host")
        return self.crowded


class Hands:
    """The relay's own hands, counted."""

    def __init__(self) -> None:
        self.started = self.ended = 0

    def start(self) -> None:
        self.started += 1

    def end(self, seconds: float) -> bool:
        self.ended += 1
        return True


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Relaying:
    def __init__(self, app: Flask) -> None:
        self.queue, self.hands, self.clock = Queue(), Hands(), Clock()
        self.handing = Handing(app, self.queue, lambda: self.hands, Ledger(self.clock))

    def step(self) -> list[Errand]:
        """What one more round puts into Redis."""
        before = len(self.queue.put_in)
        self.handing.step()
        return self.queue.put_in[before:]


@pytest.fixture
def relaying(app: Flask) -> Relaying:
    return Relaying(app)


def test_each_goes_by_its_queue_and_once(relaying: Relaying, begin: Begin, organisation: Organisation) -> None:
    entry = due_now(begin, answer(begin, organisation.alice, arrive(begin, mail())))
    [promise] = rows(begin, Outbox, Outbox.subject_id == entry)
    accept(begin, mail("Ett brev till"))
    message = rows(begin, Inbox)[-1]
    assert relaying.step() == [
        Errand(Work.TAKE_IN, message.id, "mail"),
        Errand(Work.SEND, promise.id, "mail"),
    ]
    assert relaying.step() == []
    assert relaying.hands.started == 0


def test_what_nobody_takes_is_handed_over_again_and_then_done_here(relaying: Relaying, begin: Begin) -> None:
    accept(begin, mail())
    assert len(relaying.step()) == 1
    relaying.clock.now += handing.AGAIN_SECONDS
    assert len(relaying.step()) == 1
    assert relaying.hands.started == 0
    relaying.clock.now += handing.LATE_SECONDS
    relaying.step()
    assert relaying.hands.started == 1


def test_what_was_taken_is_forgotten(relaying: Relaying, begin: Begin) -> None:
    accept(begin, mail())
    relaying.step()
    mailroom.claim(begin)
    relaying.clock.now += 100
    assert relaying.step() == []
    assert relaying.hands.started == 0


def test_what_a_killed_worker_had_is_handed_over_as_soon_as_its_lease_is_over(relaying: Relaying, begin: Begin) -> None:
    """Half a minute after a worker was killed somebody else has its work, however long Redis remembers it."""
    accept(begin, mail())
    [first] = relaying.step()
    mailroom.claim(begin)
    assert relaying.step() == []
    with begin() as session:
        session.execute(update(Inbox).values(lease_until=clock.now() - timedelta(seconds=1)))
    assert relaying.step() == [first]
    for lease in (inbox.LEASE, outbox.LEASE):
        assert lease / timedelta(seconds=1) + handing.REST + ANSWER_SECONDS < 30


@pytest.mark.parametrize("trouble", ["away", "crowded"])
def test_the_relay_helps_itself_and_stops_when_it_goes_well(
    relaying: Relaying, begin: Begin, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(begin, mail())
    setattr(relaying.queue, trouble, True)
    assert relaying.step() == []
    assert relaying.hands.started == 1
    setattr(relaying.queue, trouble, False)
    assert len(relaying.step()) == 1
    assert relaying.hands.ended == 0
    monkeypatch.setattr(handing, "CALM_SECONDS", 0.0)
    mailroom.claim(begin)
    relaying.step()
    wait_until(lambda: relaying.hands.ended == 1)


def test_a_suspect_goes_alone_and_last(relaying: Relaying, begin: Begin) -> None:
    for text in ("ett", "två", "tre"):
        accept(begin, mail(text))
    first, second, third = (row.id for row in rows(begin, Inbox))
    with begin() as session:
        session.execute(update(Inbox).where(Inbox.id != second).values(lost=inbox.SUSPECT))
    assert [one.row_id for one in relaying.step()] == [second]
    mailroom.claim(begin)
    assert [one.row_id for one in relaying.step()] == [first]
    assert third not in [one.row_id for one in relaying.queue.put_in]


def test_only_what_was_handed_over_is_claimed(app: Flask, begin: Begin, organisation: Organisation) -> None:
    sent = [
        due_now(begin, answer(begin, organisation.alice, arrive(begin, mail(text)), text)) for text in ("ett", "två")
    ]
    promises = {row.subject_id: row.id for row in rows(begin, Outbox)}
    handed = Handed(lambda: None, lambda: None)
    handed.letters.add(promises[sent[1]])
    handed.letters.add(999_999)  # a row that is gone
    handed.local.add(promises[sent[0]])  # of another kind
    relay = Relay(app, Post(), handed=handed)
    relay.step()
    wait_until(lambda: _state(begin, sent[1]) is EntryState.SENT)
    assert _state(begin, sent[0]) is EntryState.QUEUED
    assert relay.join(5)


def _state(begin: Begin, entry_id: int) -> EntryState:
    [found] = rows(begin, Entry, Entry.id == entry_id)
    return found.state


def test_there_is_an_end_to_what_one_worker_remembers() -> None:
    woken: list[int] = []
    handed = Handed(lambda: woken.append(1), lambda: None)
    for row_id in range(MOST + 10):
        handed.inbox.add(row_id % MOST)
    assert len(handed.inbox) == MOST
    assert handed.is_full
    assert len(woken) == MOST + 10
    assert handed.inbox.take(3) == [0, 1, 2]


def test_a_promise_that_nobody_comes_back_from_is_given_up_and_told(
    app: Flask, begin: Begin, organisation: Organisation
) -> None:
    number = arrive(begin, mail())
    entry = due_now(begin, answer(begin, organisation.alice, number))
    with begin() as session:
        session.execute(update(Outbox).where(Outbox.subject_id == entry).values(lost=outbox.MAX_LOST))
    post = Post()
    with working(app, post):
        wait_until(lambda: rows(begin, Outbox, Outbox.subject_id == entry)[0].done_at is not None)
    [promise] = rows(begin, Outbox, Outbox.subject_id == entry)
    assert (promise.outcome, "never heard of again" in promise.error) == ("failed", True)
    assert post.given == []
    assert _state(begin, entry) is EntryState.FAILED
    [ticket] = rows(begin, Ticket, Ticket.number == number)
    assert ticket.status is Status.OPEN
    with begin() as session:
        outbox.retry(session, promise.id)
    assert rows(begin, Outbox, Outbox.subject_id == entry)[0].lost == 0


def test_one_that_may_have_left_says_so(app: Flask, begin: Begin, organisation: Organisation) -> None:
    entry = due_now(begin, answer(begin, organisation.alice, arrive(begin, mail())))
    with begin() as session:
        values = {"lost": outbox.MAX_LOST, "outcome": outbox.Mark.HANDED}
        session.execute(update(Outbox).where(Outbox.subject_id == entry).values(values))
    with working(app, Post()):
        wait_until(lambda: _state(begin, entry) is EntryState.UNCERTAIN)


def test_a_postponed_promise_is_not_a_lost_one(app: Flask, begin: Begin, organisation: Organisation) -> None:
    entry = due_now(begin, answer(begin, organisation.alice, arrive(begin, mail())))
    with begin() as session:
        [row] = outbox.claim(session, 1)
        assert row.lost == 1
        outbox.postpone(row, row.due_at, "421 later")
    assert rows(begin, Outbox, Outbox.subject_id == entry)[0].lost == 0


def owe_calls(begin: Begin, count: int) -> list[int]:
    """The ids of calls of another program that are due now, longer than anything else."""
    with begin() as session:
        due = clock.now() - timedelta(hours=1)
        owed = [Outbox(kind=outbox.WEBHOOK, subject_id=at, payload={}, due_at=due) for at in range(1, count + 1)]
        session.add_all(owed)
        session.flush()
        return [row.id for row in owed]


def test_a_crowd_of_calls_is_in_no_letters_way(relaying: Relaying, begin: Begin, organisation: Organisation) -> None:
    calls = owe_calls(begin, handing.AT_ONCE + 50)
    due_now(begin, answer(begin, organisation.alice, arrive(begin, mail())))
    [letter] = rows(begin, Outbox, Outbox.kind == outbox.DELIVER)
    handed = relaying.step()
    assert Errand(Work.SEND, letter.id, "mail") in handed
    assert {one.row_id for one in handed if one.work is Work.CALL} <= set(calls)


def test_calls_wait_for_slow_programs_without_being_forgotten_or_called_late(
    app: Flask, relaying: Relaying, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two at a time are under way when other programs do not answer; the third waits its turn in the worker."""
    answered = threading.Event()
    called: list[int] = []

    def slow(tools: Tools, task: Task) -> None:
        called.append(task.outbox_id)
        answered.wait(10)
        with begin() as session:
            row = outbox.held(session, task.outbox_id, task.attempt)
            assert row is not None
            outbox.finish(row, "done")

    monkeypatch.setattr(jobs, "JOBS", {**jobs.JOBS, outbox.WEBHOOK: slow})
    calls = owe_calls(begin, 3)
    handed = Handed(lambda: None, lambda: None)
    relay = Relay(app, Post(), handed=handed)
    for errand in relaying.step():
        handed.calls.add(errand.row_id)
    relay.step()
    wait_until(lambda: len(called) == 2)
    relay.step()
    assert len(handed.calls) == 1
    relaying.clock.now += handing.LATE_SECONDS + 1
    relaying.step()
    assert relaying.hands.started == 0
    answered.set()
    wait_until(lambda: relay.step() is not None and sorted(called) == calls)
    assert relay.join(5)
    relaying.clock.now += handing.LATE_CALL_SECONDS + 1
    owe_calls(begin, 1)
    relaying.step()
    relaying.clock.now += handing.LATE_CALL_SECONDS + 1
    relaying.step()
    assert relaying.hands.started == 1

"""The relay keeps promises: once, with several senders at a time, and through failures on both sides."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from channels.errors import OutcomeUnknown, Refused, TryLater
from channels.message import OutboundMessage, Receipt
from contactcenter import clock
from contactcenter.access import actor_for, get_ticket
from contactcenter.model import Agent, Entry, Outbox, Ticket
from contactcenter.model.words import Direction, EntryState, Status
from contactcenter.services import delivery, outbox, tickets
from tests.integration import mailroom
from tests.integration.conftest import Begin
from tests.integration.mailroom import answer, arrive, mail, rows, ticket
from tests.integration.people import Organisation
from tests.running import wait_until
from workers import jobs, relay
from workers.jobs import Task, Tools
from workers.loop import Loop
from workers.relay import Relay


class Post:
    """A way out that remembers what it was given, and does with each mail what the test says."""

    repeatable = False

    def __init__(self, act: Callable[[OutboundMessage], Receipt] = lambda _: Receipt("250 2.0.0 Ok")) -> None:
        self.act = act
        self.given: list[OutboundMessage] = []

    def send(self, message: OutboundMessage) -> Receipt:
        self.given.append(message)
        return self.act(message)


def failing(error: Exception) -> Callable[[OutboundMessage], Receipt]:
    def act(message: OutboundMessage) -> Receipt:
        raise error

    return act


@contextmanager
def working(app: Flask, post: Post, senders: int = 4) -> Iterator[Relay]:
    made = Relay(app, post, senders)
    made.start()
    try:
        yield made
    finally:
        made.end()
        assert made.join(10)


@pytest.fixture
def promised(app: Flask, begin: Begin, organisation: Organisation) -> int:
    """The entry of an answer that is due now."""
    number = arrive(begin, mail())
    return due_now(begin, answer(begin, organisation.alice, number))


def due_now(begin: Begin, entry_id: int) -> int:
    with begin() as session:
        session.execute(update(Outbox).where(Outbox.subject_id == entry_id).values(due_at=clock.now()))
    return entry_id


def entry(begin: Begin, entry_id: int) -> Entry:
    [found] = rows(begin, Entry, Entry.id == entry_id)
    return found


def promise(begin: Begin, entry_id: int) -> Outbox:
    return rows(begin, Outbox, Outbox.subject_id == entry_id, Outbox.kind == outbox.DELIVER)[-1]


def is_in(begin: Begin, entry_id: int, state: EntryState) -> bool:
    return entry(begin, entry_id).state is state


def test_an_answer_leaves_once_and_is_recorded(app: Flask, begin: Begin, promised: int) -> None:
    post = Post()
    with working(app, post):
        wait_until(lambda: is_in(begin, promised, EntryState.SENT))
    assert [message.message_id for message in post.given] == [entry(begin, promised).own_message_id]
    assert (promise(begin, promised).outcome, promise(begin, promised).error) == ("sent", "250 2.0.0 Ok")


def test_nothing_leaves_before_the_time_for_undoing_is_over(
    app: Flask, begin: Begin, organisation: Organisation
) -> None:
    answer(begin, organisation.alice, arrive(begin, mail()))
    post = Post()
    made = Relay(app, post)
    rest = made.step()
    assert 0 < rest <= relay.LONGEST_REST
    assert post.given == []
    assert made.join(1)


def test_a_dead_mail_server_is_tried_again_later(app: Flask, begin: Begin, promised: int) -> None:
    post = Post(failing(TryLater("connection refused")))
    with working(app, post):
        wait_until(lambda: promise(begin, promised).error != "")
    row = promise(begin, promised)
    assert row.done_at is None
    assert row.lease_until is None
    assert timedelta(seconds=50) < row.due_at - clock.now() <= timedelta(seconds=60)
    assert (entry(begin, promised).state, entry(begin, promised).failure) == (EntryState.SENDING, "connection refused")
    assert len(post.given) == 1


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (Refused("550 no such user"), EntryState.FAILED),
        (OutcomeUnknown("the connection broke"), EntryState.UNCERTAIN),
        (ZeroDivisionError("a fault of ours"), EntryState.UNCERTAIN),
    ],
)
def test_what_failed_says_so_and_waits_for_us(
    app: Flask, begin: Begin, promised: int, error: Exception, state: EntryState
) -> None:
    post = Post(failing(error))
    with working(app, post):
        wait_until(lambda: promise(begin, promised).done_at is not None)
        made = entry(begin, promised)
    assert made.state is state
    assert str(error) in made.failure
    [row] = rows(begin, Ticket)
    assert row.status is Status.OPEN
    assert len(post.given) == 1


def test_a_slow_mail_server_holds_up_only_what_it_has(app: Flask, begin: Begin, organisation: Organisation) -> None:
    go_on = threading.Event()

    def act(message: OutboundMessage) -> Receipt:
        if "trögt" in message.text:
            assert go_on.wait(20)
        return Receipt("250 Ok")

    sent = [
        due_now(begin, answer(begin, organisation.alice, arrive(begin, mail(text)), text))
        for text in ("trögt", "ett", "två", "tre")
    ]
    with working(app, Post(act), senders=2):
        wait_until(lambda: all(is_in(begin, one, EntryState.SENT) for one in sent[1:]))
        assert is_in(begin, sent[0], EntryState.SENDING)
        go_on.set()
        wait_until(lambda: is_in(begin, sent[0], EntryState.SENT))


def test_a_lease_is_renewed_while_something_is_sent(
    app: Flask, begin: Begin, promised: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "RENEW_EVERY", 0.05)
    monkeypatch.setattr(relay, "LONGEST_REST", 0.05)
    go_on = threading.Event()

    def act(message: OutboundMessage) -> Receipt:
        assert go_on.wait(20)
        return Receipt("250 Ok")

    with working(app, Post(act)):
        wait_until(lambda: is_in(begin, promised, EntryState.SENDING))
        first = promise(begin, promised).lease_until
        assert first is not None
        wait_until(lambda: (promise(begin, promised).lease_until or first) > first)
        go_on.set()
        wait_until(lambda: is_in(begin, promised, EntryState.SENT))


def claimed(begin: Begin) -> Task:
    with begin() as session:
        [row] = outbox.claim(session, 1, [outbox.DELIVER])
        return Task(row.id, row.attempt, row.kind, row.subject_id, dict(row.payload))


def test_whoever_slept_through_the_lease_does_not_send(app: Flask, begin: Begin, promised: int) -> None:
    task = claimed(begin)
    with begin() as session:
        past = clock.now() - timedelta(seconds=1)
        session.execute(update(Outbox).where(Outbox.id == task.outbox_id).values(lease_until=past))
    post = Post()
    jobs.deliver(Tools(app, post), task)
    assert post.given == []
    again = claimed(begin)
    assert again.attempt == task.attempt + 1
    jobs.deliver(Tools(app, post), task)
    assert post.given == []
    jobs.deliver(Tools(app, post), again)
    assert len(post.given) == 1
    assert is_in(begin, promised, EntryState.SENT)


def test_an_outcome_that_comes_too_late_is_not_recorded(app: Flask, begin: Begin, promised: int) -> None:
    task = claimed(begin)
    with begin() as session:
        session.execute(update(Outbox).where(Outbox.id == task.outbox_id).values(attempt=task.attempt + 1))
        delivery.record(session, task.outbox_id, task.attempt, Refused("550 never"))
    assert entry(begin, promised).state is EntryState.QUEUED
    assert promise(begin, promised).done_at is None


@pytest.mark.parametrize("handed", [False, True])
@pytest.mark.parametrize("repeatable", [False, True])
def test_an_answer_under_way_when_all_ended(
    app: Flask, begin: Begin, promised: int, handed: bool, repeatable: bool
) -> None:
    task = claimed(begin)
    with begin() as session:
        row = outbox.held(session, task.outbox_id, task.attempt)
        assert row is not None
        first = delivery.begin(session, row)
        assert not handed or outbox.hand_over(session, task.outbox_id, task.attempt)
    assert first is not None
    assert is_in(begin, promised, EntryState.SENDING)
    with begin() as session:
        outbox.release_all(session)
    post = Post()
    post.repeatable = repeatable
    may_have_left = handed and not repeatable
    with working(app, post):
        wait_until(lambda: is_in(begin, promised, EntryState.UNCERTAIN if may_have_left else EntryState.SENT))
    again = [] if may_have_left else [first.message.message_id]
    assert [message.message_id for message in post.given] == again


def test_what_has_left_is_recorded_once_the_database_is_back(
    app: Flask, begin: Begin, promised: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = delivery.record, []
    monkeypatch.setattr(jobs, "RECORD_EVERY", 0.01)

    def record(*arguments: object) -> None:
        calls.append(arguments)
        if len(calls) < 4:
            raise OperationalError("UPDATE", {}, Exception("the database is away"))
        real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(delivery, "record", record)
    post = Post()
    jobs.deliver(Tools(app, post), claimed(begin))
    assert len(calls) == 4
    assert len(post.given) == 1
    assert is_in(begin, promised, EntryState.SENT)


def test_an_answer_that_cannot_be_built_does_not_stop_the_others(
    app: Flask, begin: Begin, organisation: Organisation, promised: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = due_now(begin, answer(begin, organisation.alice, arrive(begin, mail("En annan fråga")), "Svar"))
    real = delivery.begin

    def begin_it(session: object, row: Outbox) -> object:
        if row.subject_id == promised:
            raise FileNotFoundError("a file is gone")
        return real(session, row)  # type: ignore[arg-type]

    monkeypatch.setattr(delivery, "begin", begin_it)
    with working(app, Post()):
        wait_until(lambda: is_in(begin, other, EntryState.SENT))
        wait_until(lambda: promise(begin, promised).error != "")
    assert "a file is gone" in entry(begin, promised).failure
    assert promise(begin, promised).done_at is None


def park(begin: Begin, organisation: Organisation, number: int, wakes: timedelta) -> None:
    with begin() as session:
        actor = actor_for(session, session.get_one(Agent, organisation.alice.id))
        tickets.park(session, actor, get_ticket(session, actor, number, lock=True), clock.now() + wakes)


def test_a_parked_ticket_wakes_when_it_is_time(app: Flask, begin: Begin, organisation: Organisation) -> None:
    number = arrive(begin, mail())
    park(begin, organisation, number, timedelta(milliseconds=300))
    assert ticket(begin, number).status is Status.PARKED
    with working(app, Post()):
        wait_until(lambda: ticket(begin, number).status is Status.OPEN)
    assert mailroom.happened(begin, number)[-1] == "woken"


def test_a_ticket_that_was_parked_anew_rests_on(app: Flask, begin: Begin, organisation: Organisation) -> None:
    number = arrive(begin, mail())
    park(begin, organisation, number, timedelta(milliseconds=100))
    with begin() as session:
        actor = actor_for(session, session.get_one(Agent, organisation.alice.id))
        tickets.wake(session, get_ticket(session, actor, number, lock=True), actor)
    park(begin, organisation, number, timedelta(hours=1))
    with working(app, Post()):
        wait_until(lambda: rows(begin, Outbox)[0].done_at is not None)
    assert ticket(begin, number).status is Status.PARKED
    assert rows(begin, Outbox)[1].done_at is None


def test_a_wake_call_does_not_wait_behind_a_slow_mail_server(
    app: Flask, begin: Begin, organisation: Organisation, promised: int
) -> None:
    go_on = threading.Event()

    def act(message: OutboundMessage) -> Receipt:
        assert go_on.wait(20)
        return Receipt("250 Ok")

    number = arrive(begin, mail("Något annat"))
    with working(app, Post(act), senders=1):
        wait_until(lambda: is_in(begin, promised, EntryState.SENDING))
        park(begin, organisation, number, timedelta(0))
        wait_until(lambda: ticket(begin, number).status is Status.OPEN)
        go_on.set()
        wait_until(lambda: is_in(begin, promised, EntryState.SENT))


def test_an_answer_that_was_given_up_can_be_promised_again(app: Flask, begin: Begin, promised: int) -> None:
    with working(app, Post(failing(Refused("550 no")))):
        wait_until(lambda: is_in(begin, promised, EntryState.FAILED))
    with begin() as session:
        delivery.retry(session, promise(begin, promised).id)
    post = Post()
    with working(app, post):
        wait_until(lambda: is_in(begin, promised, EntryState.SENT))
    assert len(post.given) == 1


def test_a_loop_survives_its_steps() -> None:
    done = threading.Event()
    steps: list[int] = []

    def step() -> float:
        steps.append(len(steps))
        if len(steps) == 1:
            raise OSError("away")
        done.set()
        return 60.0

    flag = threading.Event()
    loop = Loop("test", step, flag)
    loop.start()
    assert done.wait(10)
    loop.end()
    assert loop.join(5)
    assert steps == [0, 1]


def test_two_relays_share_the_work(app: Flask, begin: Begin, organisation: Organisation) -> None:
    sent = [
        due_now(begin, answer(begin, organisation.alice, arrive(begin, mail(f"Fråga {number}")), f"Svar {number}"))
        for number in range(12)
    ]
    post = Post()
    with working(app, post), working(app, post):
        wait_until(lambda: all(is_in(begin, one, EntryState.SENT) for one in sent))
    assert sorted(message.message_id for message in post.given) == sorted(
        str(one.own_message_id) for one in rows(begin, Entry, Entry.direction == Direction.OUT)
    )


def test_a_message_is_a_value_of_its_own(app: Flask, begin: Begin, promised: int) -> None:
    """What is sent does not hang on the session that built it."""
    post = Post()
    with working(app, post):
        wait_until(lambda: post.given != [])
    assert replace(post.given[0], subject="x").recipients[0].value == "maja@example.se"

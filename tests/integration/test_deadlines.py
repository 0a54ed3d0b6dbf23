"""The promise of a first answer: when it is made, moved, kept and broken, with the hours of the office that owns it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from channels.errors import Refused
from contactcenter import clock
from contactcenter.access import actor_for, get_ticket
from contactcenter.model import (
    Agent,
    CalendarException,
    Entry,
    Event,
    OpeningInterval,
    ReplyTarget,
    Ticket,
    Timer,
)
from contactcenter.model.words import EntryKind, Priority, Status
from contactcenter.queries import wording
from contactcenter.services import deadlines, promises, replies, tickets, timers, tokens
from contactcenter.services.tokens import Scope
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import answer, arrive, deliver, happened, mail, rows, ticket
from tests.integration.people import Organisation
from workers.timer import LONGEST_REST, RINGS, Ring, TimerLoop

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # ten o'clock in Stockholm
NORTH = "norra@ekhamra.example"


def at(text: str) -> datetime:
    """A moment on the clocks of Stockholm, in the winter of 2026."""
    return datetime.fromisoformat(f"2026-{text}+01:00").astimezone(UTC)


class Clock:
    """The clock of the whole application, which a test moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = MONDAY
        monkeypatch.setattr(clock, "now", self.tick)

    def tick(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now


@pytest.fixture
def time_is(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def house(begin: Begin, organisation: Organisation, time_is: Clock) -> Organisation:
    """Monday ten o'clock. The centre is open 8–16 on working days, the north on Tuesdays and Thursdays 13–15."""
    with begin() as session:
        for weekday in range(5):
            session.add(_opening(organisation.centre.id, weekday, 8, 16))
        for weekday in (1, 3):
            session.add(_opening(organisation.north.id, weekday, 13, 15))
        session.add_all(
            [
                ReplyTarget(channel="email", count=1, unit="days"),
                ReplyTarget(channel="chat", count=10, unit="minutes"),
                ReplyTarget(priority="urgent", count=15, unit="minutes"),
                ReplyTarget(topic_id=organisation.parking.id, count=2, unit="hours"),
            ]
        )
    return organisation


def _opening(office_id: int, weekday: int, opens: int, closes: int) -> OpeningInterval:
    return OpeningInterval(office_id=office_id, weekday=weekday, opens=time(opens), closes=time(closes))


@pytest.fixture
def loop(app: Flask) -> Iterator[TimerLoop]:
    made = TimerLoop(app)
    yield made
    made.end()


def due(begin: Begin, number: int) -> datetime | None:
    """When the ticket's answer is due; its timer says the same."""
    row = ticket(begin, number)
    kept = rows(begin, Timer, Timer.kind == deadlines.FIRST_REPLY, Timer.subject_id == row.id, Timer.done_at.is_(None))
    if row.first_reply_due is None or row.first_reply_due > clock.now():
        assert [timer.due_at for timer in kept] == [row.first_reply_due] * bool(row.first_reply_due)
    return row.first_reply_due


def act(begin: Begin, house: Organisation, number: int, do: Any, **how: Any) -> None:
    with begin() as session:
        actor = actor_for(session, session.get_one(Agent, house.bob.id))
        do(session, actor, get_ticket(session, actor, number, lock=True), **how)


# Made


def test_a_mail_is_promised_an_answer_by_the_end_of_the_next_working_day(begin: Begin, house: Organisation) -> None:
    assert due(begin, arrive(begin, mail())) == at("03-03 16:00")


def test_the_office_of_the_ticket_has_its_own_calendar(begin: Begin, house: Organisation) -> None:
    with begin() as session:
        session.add(CalendarException(office_id=house.north.id, day=at("03-03 12:00").date(), reason="Utbildning"))
    assert due(begin, arrive(begin, mail(), NORTH)) == at("03-05 15:00")


def test_an_office_that_is_gone_leaves_the_hours_of_the_municipality(begin: Begin, house: Organisation) -> None:
    with begin() as session:
        session.execute(update(OpeningInterval).values(valid_to=at("02-01 12:00").date()))
    assert due(begin, arrive(begin, mail(), NORTH)) == at("03-03 16:30"), "working days till half past four"


def test_what_is_urgent_does_not_wait_for_an_office_that_is_rarely_open(begin: Begin, house: Organisation) -> None:
    with begin(read_only=True) as session:
        known = promises.read(session)
    same: dict[str, Any] = {"topic_id": None, "office_id": house.north.id, "channel": "email"}
    assert known.due(MONDAY, priority=Priority.URGENT, **same) == at("03-02 10:15")
    assert known.due(at("03-03 17:00"), priority=Priority.URGENT, **same) == at("03-04 08:15")
    assert known.due(MONDAY, priority=Priority.NORMAL, **same) == at("03-03 15:00")


def test_what_a_program_wrote_by_itself_is_promised_nothing(begin: Begin, house: Organisation) -> None:
    number = arrive(begin, mail(automatic="auto_generated"))
    assert (due(begin, number), ticket(begin, number).reply_owed_since) == (None, None)


def test_several_intervals_of_one_exception_are_one_day(begin: Begin, house: Organisation) -> None:
    with begin() as session:
        day = at("03-03 12:00").date()
        session.add(CalendarException(office_id=house.centre.id, day=day, opens=time(9), closes=time(12)))
    with begin(read_only=True) as session:
        known = promises.read(session).municipality
    assert [each.hours for each in known.exceptions] == [known.hours(day)]
    assert due(begin, arrive(begin, mail())) == at("03-03 12:00")


# Moved


def test_another_topic_is_reckoned_from_the_same_beginning(begin: Begin, house: Organisation, time_is: Clock) -> None:
    number = arrive(begin, mail())
    time_is.now += timedelta(hours=1)
    act(begin, house, number, tickets.change_topic, slug="parking")
    assert abs((due(begin, number) or MONDAY) - at("03-02 12:00")) < timedelta(seconds=1)


def test_a_message_that_makes_it_urgent_makes_it_due_sooner(begin: Begin, house: Organisation, time_is: Clock) -> None:
    number = arrive(begin, mail())
    time_is.now += timedelta(hours=1)
    row_id = ticket(begin, number).id
    with begin() as session:
        row = tickets.by_id(session, row_id)
        row.priority = Priority.URGENT
        deadlines.hurried(session, promises.read(session), row)
    assert abs((due(begin, number) or MONDAY) - at("03-02 11:15")) < timedelta(seconds=1)


def test_edited_hours_reckon_open_promises_again_by_a_job(
    begin: Begin, house: Organisation, loop: TimerLoop, time_is: Clock
) -> None:
    numbers = [arrive(begin, mail(f"Fråga {n}")) for n in range(3)]
    answer(begin, house.alice, numbers[2])
    with begin() as session:
        session.execute(update(OpeningInterval).where(OpeningInterval.closes == time(16)).values(closes=time(17)))
        deadlines.hours_changed(session)
    assert due(begin, numbers[0]) == at("03-03 16:00"), "not in the request"
    time_is.now += 2 * deadlines.TOGETHER
    while loop.step() == 0:
        pass
    assert [due(begin, number) for number in numbers] == [at("03-03 17:00"), at("03-03 17:00"), None]
    with begin() as session:
        session.execute(update(OpeningInterval).where(OpeningInterval.closes == time(17)).values(closes=time(16)))
        deadlines.hours_changed(session)
    time_is.now += 2 * deadlines.TOGETHER
    assert loop.step() == 0
    assert due(begin, numbers[0]) == at("03-03 16:00"), "a second edit as well"


# Kept


def test_the_first_answer_of_a_person_keeps_it_until_it_is_taken_back(begin: Begin, house: Organisation) -> None:
    number = arrive(begin, mail())
    entry_id = answer(begin, house.bob, number)
    assert due(begin, number) is None
    [entry] = rows(begin, Entry, Entry.id == entry_id)
    assert entry.data["owed"]["due"] == at("03-03 16:00").isoformat()
    act(begin, house, number, replies.undo, entry_id=entry_id)
    assert due(begin, number) == at("03-03 16:00")


def test_a_second_answer_takes_over_from_one_that_was_taken_back(begin: Begin, house: Organisation) -> None:
    number = arrive(begin, mail())
    first = answer(begin, house.bob, number)
    second = answer(begin, house.bob, number, "Och en sak till")
    act(begin, house, number, replies.undo, entry_id=first)
    assert due(begin, number) is None
    act(begin, house, number, replies.undo, entry_id=second)
    assert due(begin, number) == at("03-03 16:00")


def test_an_answer_that_could_not_be_delivered_has_not_kept_it(begin: Begin, house: Organisation) -> None:
    number = arrive(begin, mail())
    entry_id = answer(begin, house.bob, number)
    deliver(begin, Refused("550 unknown"))
    assert due(begin, number) == at("03-03 16:00")
    act(begin, house, number, replies.send_again, entry_id=entry_id)
    assert due(begin, number) is None


def test_closing_ends_it_and_opening_again_renews_it(begin: Begin, house: Organisation, time_is: Clock) -> None:
    number = arrive(begin, mail())
    act(begin, house, number, tickets.close)
    assert due(begin, number) is None
    act(begin, house, number, tickets.reopen)
    assert due(begin, number) == at("03-03 16:00"), "nobody had answered"
    answer(begin, house.bob, number, close=True)
    [sent] = deliver(begin)
    time_is.now = at("03-04 10:00")
    assert arrive(begin, mail("En ny fråga", references=(sent.message_id,))) == number
    assert ticket(begin, number).status is Status.OPEN
    assert due(begin, number) == at("03-05 16:00"), "what was asked now"


# Broken


def test_a_broken_promise_is_an_event_at_its_moment_and_happens_once(
    begin: Begin, house: Organisation, loop: TimerLoop, time_is: Clock
) -> None:
    number = arrive(begin, mail())
    assert 0 < loop.step() <= LONGEST_REST
    time_is.now = at("03-03 16:00") - timedelta(seconds=2)
    assert 0 < loop.step() < 2.1, "until the moment and no longer"
    assert "overdue" not in happened(begin, number)
    before = ticket(begin, number).rev
    time_is.now = at("03-06 09:00")
    assert loop.step() == 0
    assert loop.step() > 0
    [told] = [entry for entry in lines(begin, number) if entry.data["what"] == "overdue"]
    assert told.data["due"] == at("03-03 16:00").isoformat(), "late, with the right moment"
    row = ticket(begin, number)
    assert (row.rev, row.first_reply_due) == (before + 1, at("03-03 16:00")), "and the row still shows it"
    assert [event.kind for event in rows(begin, Event, Event.ticket_id == row.id)][-1] == "overdue"
    time_is.now = at("03-02 12:00")
    loop.step()
    time_is.now = at("03-06 10:00")
    loop.step()
    act(begin, house, number, tickets.close)
    act(begin, house, number, tickets.reopen)
    loop.step()
    assert happened(begin, number).count("overdue") == 1, "not after the clock went back, nor after closing"


def lines(begin: Begin, number: int) -> list[Entry]:
    of_ticket = Entry.ticket_id == ticket(begin, number).id
    return [entry for entry in rows(begin, Entry, of_ticket) if entry.kind is EntryKind.EVENT]


def test_two_that_let_timers_go_off_do_nothing_twice(
    begin: Begin, app: Flask, house: Organisation, time_is: Clock
) -> None:
    number = arrive(begin, mail())
    time_is.now = at("03-03 16:01")
    with begin() as session:
        [row] = timers.claim(session, 10)
        slow = Ring(row.id, row.attempt, row.kind, row.subject_id, row.due_at)
    other = TimerLoop(app)
    other.step()
    assert "overdue" not in happened(begin, number), "somebody holds it"
    time_is.now += 2 * timers.LEASE
    other.step()
    RINGS[slow.kind](app, slow)
    assert happened(begin, number).count("overdue") == 1


def test_an_answer_while_the_timer_is_held_wins(begin: Begin, app: Flask, house: Organisation, time_is: Clock) -> None:
    number = arrive(begin, mail())
    time_is.now = at("03-03 16:01")
    with begin() as session:
        [row] = timers.claim(session, 10)
        held = Ring(row.id, row.attempt, row.kind, row.subject_id, row.due_at)
    answer(begin, house.bob, number)
    RINGS[held.kind](app, held)
    assert "overdue" not in happened(begin, number)


def test_a_timer_of_something_that_is_gone_ends(begin: Begin, house: Organisation, loop: TimerLoop) -> None:
    with begin() as session:
        timers.start(session, deadlines.FIRST_REPLY, 999_999, MONDAY - timedelta(days=400))
    assert loop.step() == 0
    assert loop.step() > 0


def test_one_that_fails_does_not_keep_others_from_going_off(
    begin: Begin, house: Organisation, loop: TimerLoop, time_is: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    number = arrive(begin, mail())
    with begin() as session:
        timers.start(session, "unknown", 1, MONDAY)
    time_is.now = at("03-03 16:01")
    loop.step()
    assert "overdue" in happened(begin, number)
    assert "unknown" in caplog.text
    assert len(rows(begin, Ticket)) == 1


# Shown


@pytest.mark.parametrize(
    ("now", "swedish", "english"),
    [
        ("03-03 15:35", "Svara inom 25 min", "Answer within 25 min"),
        ("03-02 18:00", "Svara före tis 16.00", "Answer before Tue 16:00"),
        ("03-03 09:00", "Svara före 16.00", "Answer before 16:00"),
        ("03-03 18:01", "Försenat 2 tim", "2 h late"),
        ("03-06 18:00", "Försenat 3 dagar", "3 days late"),
    ],
)
def test_rows_and_headers_say_it_in_words(
    begin: Begin, app: Flask, house: Organisation, time_is: Clock, now: str, swedish: str, english: str
) -> None:
    number = arrive(begin, mail())
    time_is.now = at(now) - timedelta(seconds=1)
    for agent, locale, text in ((house.alice, "sv", swedish), (house.bob, "en", english)):
        with begin() as session:
            session.get_one(Agent, agent.id).locale = locale
        page = Browser(app).signed_in(agent)
        row = re.search(r"<li id=\"row-.*?</li>", page.get("/arenden").text, re.S)
        assert row is not None
        head = re.search(r"<header.*?</header>", page.get(f"/arenden/{number}").text, re.S)
        assert head is not None
        for part in (row[0], head[0]):
            assert f">{text}</time>" in part
            assert 'datetime="2026-03-03T15:00:00' in part
            assert re.search(r"title=\"[^\"]* 16[.:]00\"", part)


def test_nobody_is_told_that_what_is_urgent_has_time_until_monday(app: Flask) -> None:
    with app.test_request_context():
        now = clock.now()
        assert wording.deadline(now + timedelta(hours=14), urgent=True) is None
        assert wording.deadline(now + timedelta(minutes=10), urgent=True) is not None
        late = wording.deadline(now - timedelta(minutes=10), urgent=True)
        assert late is not None
        assert late.late


def test_the_timeline_says_when_it_ran_out(
    begin: Begin, app: Flask, house: Organisation, loop: TimerLoop, time_is: Clock
) -> None:
    number = arrive(begin, mail())
    time_is.now = at("03-03 16:00")
    loop.step()
    page = Browser(app).signed_in(house.alice)
    assert "Svarstiden gick ut 16.00" in page.get(f"/arenden/{number}").text


def test_programs_are_told_until_it_is_kept(begin: Begin, app: Flask, house: Organisation) -> None:
    number = arrive(begin, mail())
    with begin() as session:
        token = tokens.add(session, "A", (Scope.READ,), session.get_one(Agent, house.bob.id))
    assert asked(app, token, number).startswith("2026-03-03T15:00:00")
    answer(begin, house.bob, number)
    assert asked(app, token, number) is None


def asked(app: Flask, token: str, number: int) -> Any:
    answer = app.test_client().get(f"/api/v1/tickets/{number}", headers={"Authorization": f"Bearer {token}"})
    return json.loads(answer.text)["first_reply_due"]

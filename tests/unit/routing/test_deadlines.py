"""First-reply deadlines: which target holds, when it is reached, and how it stands at a moment."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.calendar import STOCKHOLM, Calendar, NeverOpen
from routing.deadlines import DeadlinePolicy, DeadlineRule, Target, due, first_reply_due, remaining
from routing.hours import ExceptionDay, Hours, WeeklyHours

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

OFFICE = Calendar(
    tuple(
        WeeklyHours(day, opens, closes)
        for day in range(5)
        for opens, closes in ((time(8), time(12)), (time(13), time(16)))
    ),
    (
        ExceptionDay(date(2026, 5, 15), reason="Klämdag"),
        ExceptionDay(date(2026, 4, 2), (Hours(time(8), time(12)),), "Skärtorsdag"),
    ),
)
POPUP = Calendar((WeeklyHours(1, time(13), time(16), "odd"),))
ALL_DAY = Calendar(tuple(WeeklyHours(day, time(), time()) for day in range(7)), closed_on_red_days=False)

URGENT = DeadlineRule(Target(15, "minutes"), priority="urgent")
EVERYTHING = DeadlineRule(Target(1, "days"))
CHAT = DeadlineRule(Target(2, "minutes"), channel="chat")
COMPLAINT = DeadlineRule(Target(10, "days"), topic="complaint")
COMPLAINT_BY_PHONE = DeadlineRule(Target(2, "days"), topic="complaint", channel="phone")
SPAM = DeadlineRule(None, topic="spam")
POLICY = DeadlinePolicy((EVERYTHING, CHAT, COMPLAINT, COMPLAINT_BY_PHONE, URGENT, SPAM))


def at(text: str) -> datetime:
    """A moment as the wall clock in Stockholm shows it."""
    return datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM).astimezone(UTC)


def shown(moment: datetime | None) -> str:
    return moment.astimezone(STOCKHOLM).strftime("%Y-%m-%d %H:%M") if moment else "never"


@pytest.mark.parametrize(
    ("topic", "channel", "priority", "rule"),
    [
        (None, None, None, EVERYTHING),
        ("lights", "email", "normal", EVERYTHING),
        ("lights", "chat", "normal", CHAT),
        ("complaint", "email", "normal", COMPLAINT),
        ("complaint", "chat", "normal", COMPLAINT),
        ("complaint", "phone", "normal", COMPLAINT_BY_PHONE),
        ("complaint", "phone", "urgent", URGENT),
        ("spam", "email", "normal", SPAM),
        ("spam", "chat", None, SPAM),
    ],
)
def test_the_most_specific_rule_holds_whatever_the_order(
    topic: str | None, channel: str | None, priority: str | None, rule: DeadlineRule
) -> None:
    for policy in (POLICY, DeadlinePolicy(POLICY.rules[::-1])):
        assert policy.target(topic=topic, channel=channel, priority=priority) == rule.target


def test_where_nothing_is_promised_nothing_is_due() -> None:
    since = at("2026-03-02 10:00")
    assert first_reply_due(POLICY, OFFICE, since, topic="spam") is None
    assert first_reply_due(DeadlinePolicy(), OFFICE, since, topic="lights") is None
    assert first_reply_due(DeadlinePolicy((CHAT,)), OFFICE, since, channel="email") is None
    assert shown(first_reply_due(POLICY, OFFICE, since, channel="chat")) == "2026-03-02 10:02"
    assert shown(first_reply_due(POLICY, OFFICE, since)) == "2026-03-03 16:00"


@pytest.mark.parametrize(
    ("target", "since", "moment"),
    [
        (Target(15, "minutes"), "2026-03-02 11:50", "2026-03-02 13:05"),
        (Target(15, "minutes"), "2026-03-06 15:45", "2026-03-06 16:00"),
        (Target(15, "minutes"), "2026-03-06 15:46", "2026-03-09 08:01"),
        (Target(30, "minutes"), "2026-05-13 15:50", "2026-05-18 08:20"),
        (Target(4, "hours"), "2026-03-02 10:00", "2026-03-02 15:00"),
        (Target(4, "hours"), "2026-03-07 10:00", "2026-03-09 12:00"),
    ],
)
def test_working_time_runs_while_the_office_is_open(target: Target, since: str, moment: str) -> None:
    assert shown(due(target, OFFICE, at(since))) == moment


@pytest.mark.parametrize(
    ("days", "since", "moment"),
    [
        (1, "2026-03-02 08:00", "2026-03-03 16:00"),
        (1, "2026-03-02 00:00", "2026-03-03 16:00"),
        (1, "2026-03-02 23:59", "2026-03-03 16:00"),
        (1, "2026-03-06 10:00", "2026-03-09 16:00"),
        (1, "2026-03-07 10:00", "2026-03-09 16:00"),
        (1, "2026-03-08 23:30", "2026-03-09 16:00"),
        (1, "2026-05-13 10:00", "2026-05-18 16:00"),  # Kristi himmelsfärdsdag and the klämdag after it
        (1, "2026-04-01 10:00", "2026-04-02 12:00"),  # skärtorsdag closes at noon
        (2, "2026-04-01 10:00", "2026-04-07 16:00"),  # Easter
        (2, "2026-03-27 10:00", "2026-03-31 16:00"),  # over the change to summer time
        (10, "2026-03-02 10:00", "2026-03-16 16:00"),
        (0, "2026-03-02 07:00", "2026-03-02 16:00"),
        (0, "2026-03-02 15:59", "2026-03-02 16:00"),
        (0, "2026-03-02 16:00", "2026-03-03 16:00"),
        (0, "2026-03-07 10:00", "2026-03-09 16:00"),
    ],
)
def test_working_days_end_with_the_nth_open_day_after_the_day_it_came_in(days: int, since: str, moment: str) -> None:
    assert shown(due(Target(days, "days"), OFFICE, at(since))) == moment


def test_a_day_of_a_popup_office_is_a_day_it_opens() -> None:
    assert shown(due(Target(1, "days"), POPUP, at("2026-03-10 14:00"))) == "2026-03-24 16:00"
    assert shown(due(Target(2, "days"), POPUP, at("2026-03-10 14:00"))) == "2026-04-07 16:00"


def test_a_day_that_closes_at_midnight_ends_there() -> None:
    assert shown(due(Target(1, "days"), ALL_DAY, at("2026-03-28 10:00"))) == "2026-03-30 00:00"


def test_a_promise_that_the_calendar_cannot_keep_is_an_error() -> None:
    for target in (Target(0, "days"), Target(1, "days"), Target(1, "hours")):
        with pytest.raises(NeverOpen):
            due(target, Calendar(), at("2026-03-02 10:00"))
    once = Calendar((), (ExceptionDay(date(2026, 3, 3), (Hours(time(8), time(12)),)),))
    assert shown(due(Target(1, "days"), once, at("2026-03-02 10:00"))) == "2026-03-03 12:00"
    with pytest.raises(NeverOpen, match="on 2 days after 2026-03-02"):
        due(Target(2, "days"), once, at("2026-03-02 10:00"))


def test_naive_moments_are_refused() -> None:
    for target in (Target(0, "days"), Target(1, "hours")):
        with pytest.raises(ValueError, match="has no time zone"):
            due(target, OFFICE, datetime(2026, 3, 2, 10))
    with pytest.raises(ValueError, match="has no time zone"):
        remaining(at("2026-03-02 10:00"), OFFICE, datetime(2026, 3, 2, 10))


@pytest.mark.parametrize(
    ("count", "unit"),
    [
        (0, "minutes"),
        (0, "hours"),
        (-1, "days"),
        (1001, "days"),
        (24001, "hours"),
        (1_440_001, "minutes"),
        (1, "weeks"),
    ],
)
def test_targets_that_promise_nothing_or_nonsense_are_refused(count: int, unit: str) -> None:
    with pytest.raises(ValueError, match=r"is not between|is none of minutes, hours, days"):
        Target(count, unit)


def test_two_rules_for_the_same_are_refused() -> None:
    with pytest.raises(ValueError, match="same conditions"):
        DeadlinePolicy((EVERYTHING, CHAT, DeadlineRule(Target(3, "minutes"), channel="chat")))


def test_a_policy_is_plain_data() -> None:
    stored = json.loads(json.dumps([asdict(rule) for rule in POLICY.rules]))
    read = [DeadlineRule(**{**row, "target": row["target"] and Target(**row["target"])}) for row in stored]
    assert DeadlinePolicy(tuple(read)) == POLICY


@pytest.mark.parametrize(
    ("moment", "now", "working", "elapsed", "days", "is_late"),
    [
        ("2026-03-02 10:25", "2026-03-02 10:00", 25 * MINUTE, 25 * MINUTE, 0, False),
        ("2026-03-02 16:00", "2026-03-02 11:00", 4 * HOUR, 5 * HOUR, 0, False),
        ("2026-03-09 08:10", "2026-03-06 15:50", 20 * MINUTE, 64 * HOUR + 20 * MINUTE, 3, False),
        ("2026-03-02 10:00", "2026-03-02 10:00", 0 * HOUR, 0 * HOUR, 0, False),
        ("2026-03-02 10:00", "2026-03-02 14:00", -3 * HOUR, -4 * HOUR, 0, True),
        ("2026-03-06 16:00", "2026-03-07 10:00", 0 * HOUR, -18 * HOUR, -1, True),
        ("2026-03-02 23:59", "2026-03-03 00:00", 0 * HOUR, -MINUTE, -1, True),
    ],
)
def test_what_is_left_of_a_deadline(
    moment: str, now: str, working: timedelta, elapsed: timedelta, days: int, is_late: bool
) -> None:
    left = remaining(at(moment), OFFICE, at(now))
    assert (left.working, left.elapsed, left.days, left.is_late) == (working, elapsed, days, is_late)
    assert left.is_today is (days == 0)
    assert f"{left.due_local:%Y-%m-%d %H:%M}" == moment


targets = st.builds(Target, st.integers(1, 20), st.sampled_from(("minutes", "hours", "days")))
since_when = st.integers(0, 500 * 24 * 60).map(lambda minutes: at("2026-01-01 00:00") + minutes * MINUTE)


@settings(deadline=None, derandomize=True)
@given(targets, since_when, since_when)
def test_a_deadline_is_ahead_in_open_time_and_never_earlier_for_what_came_later(
    target: Target, one: datetime, other: datetime
) -> None:
    first, last = sorted((one, other))
    moment = due(target, OFFICE, first)
    assert moment > first
    assert moment <= due(target, OFFICE, last)
    assert OFFICE.is_open(moment - MINUTE)
    assert not remaining(moment, OFFICE, first).is_late
    assert remaining(moment, OFFICE, moment + MINUTE).is_late


@settings(deadline=None, derandomize=True)
@given(st.integers(1, 12), since_when)
def test_working_days_agree_with_walking_day_by_day(count: int, since: datetime) -> None:
    day = since.astimezone(STOCKHOLM).date()
    left = count
    while left:
        day += timedelta(days=1)
        left -= bool(OFFICE.hours(day))
    closes = OFFICE.hours(day)[-1].closes
    assert due(Target(count, "days"), OFFICE, since) == at(f"{day} {closes:%H:%M}")

"""Business time on calendars drawn at random, against a walk minute by minute and against itself."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.calendar import STOCKHOLM, Calendar, NeverOpen
from routing.hours import WEEKS, ExceptionDay, Hours, WeeklyHours
from tests.unit.routing.minutes import MINUTE, walk

DAYS = 9
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
HAVANA = ZoneInfo("America/Havana")

WINDOWS = [
    (STOCKHOLM, date(2026, 3, 24)),  # summer time on the 29th
    (STOCKHOLM, date(2026, 10, 22)),  # winter time on the 25th, alla helgons dag outside
    (STOCKHOLM, date(2027, 3, 24)),  # Easter and summer time on the same Sunday
    (STOCKHOLM, date(2027, 10, 28)),  # winter time on the 31st, alla helgons dag on November 6
    (STOCKHOLM, date(2026, 12, 28)),  # week 53 and week 1, three red days
    (STOCKHOLM, date(2026, 6, 15)),  # midsommar
    (LORD_HOWE, date(2026, 4, 2)),  # half an hour back
    (LORD_HOWE, date(2026, 10, 1)),  # half an hour forward
    (HAVANA, date(2026, 3, 5)),  # no midnight on the 8th
    (HAVANA, date(2026, 10, 29)),  # midnight twice on November 1
]

clocks = st.builds(time, st.integers(0, 23), st.sampled_from((0, 0, 15, 30, 45, 59)))
hours = st.tuples(clocks, clocks | st.just(time())).filter(lambda pair: pair[0] < pair[1] or pair[1] == time())
nights = st.tuples(st.sampled_from((0, 1, 2)), st.sampled_from((0, 15, 30)), st.sampled_from((2, 3, 4))).map(
    lambda drawn: (time(drawn[0], drawn[1]), time(drawn[2], 45))
)


@st.composite
def openings(draw: st.DrawFn, first: date) -> WeeklyHours:
    opens, closes = draw(hours | nights)
    days = st.none() | st.integers(0, DAYS).map(lambda number: first + timedelta(days=number))
    return WeeklyHours(draw(st.integers(0, 6)), opens, closes, draw(st.sampled_from(WEEKS)), draw(days), draw(days))


@st.composite
def exceptions(draw: st.DrawFn, first: date) -> ExceptionDay:
    pairs = draw(st.lists(hours | nights, max_size=2))
    return ExceptionDay(first + timedelta(days=draw(st.integers(0, DAYS))), tuple(Hours(*pair) for pair in pairs))


@st.composite
def calendars(draw: st.DrawFn, zone: ZoneInfo, first: date) -> Calendar:
    return Calendar(
        tuple(draw(st.lists(openings(first), max_size=9))),
        tuple(draw(st.lists(exceptions(first), max_size=3, unique_by=lambda each: each.day))),
        draw(st.booleans()),
        zone,
    )


unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)


@pytest.mark.parametrize(("zone", "first"), WINDOWS)
@settings(unhurried, max_examples=20)
@given(data=st.data())
def test_it_agrees_with_looking_at_the_clock_every_minute(zone: ZoneInfo, first: date, data: st.DataObject) -> None:
    calendar = data.draw(calendars(zone, first))
    seen = walk(calendar, first, DAYS)
    indices = st.integers(0, len(seen.is_open) - 1)
    for start, end, minutes in data.draw(
        st.lists(st.tuples(indices, indices, st.integers(0, 3000)), min_size=4, max_size=8)
    ):
        at, duration = seen.at(start), minutes * MINUTE
        assert calendar.is_open(at) == seen.is_open[start]
        assert calendar.between(at, seen.at(end)) == seen.between(start, end)
        assert found_within(calendar.next_opening(at), seen.end) == seen.next_opening(start)
        if seen.is_open[start]:
            assert found_within(calendar.closing(at), seen.end) == seen.closing(start)
        else:
            assert calendar.closing(at) is None
        if (later := seen.add(start, minutes)) is not None:
            assert calendar.add(at, duration) == later
        else:
            assert moved(calendar, at, duration) is None or calendar.add(at, duration) > seen.end
        if (earlier := seen.subtract(start, minutes)) is not None:
            assert calendar.subtract(at, duration) == earlier
        else:
            assert moved(calendar, at, -duration) is None or calendar.subtract(at, duration) < seen.start


def found_within(moment: datetime | None, end: datetime) -> datetime | None:
    """The answer as a walk that stops at `end` can know it."""
    return moment if moment and moment < end else None


def moved(calendar: Calendar, at: datetime, duration: timedelta) -> datetime | None:
    try:
        return calendar.add(at, duration)
    except NeverOpen:
        return None


@pytest.mark.parametrize(("zone", "first"), WINDOWS)
@settings(unhurried, max_examples=20)
@given(data=st.data())
def test_every_minute_that_is_open_lies_in_one_opening_of_its_day(
    zone: ZoneInfo, first: date, data: st.DataObject
) -> None:
    calendar = data.draw(calendars(zone, first))
    seen = walk(calendar, first, 6)
    listed = [each for number in range(-1, 8) for each in calendar.opening_intervals(first + timedelta(days=number))]
    assert all(one.closes <= other.opens for one, other in pairwise(listed))
    open_minutes = {
        each.opens + number * MINUTE for each in listed for number in range((each.closes - each.opens) // MINUTE)
    }
    assert [seen.at(index) in open_minutes for index in range(len(seen.is_open))] == seen.is_open


moments = st.integers(0, DAYS * 24 * 3600 * 10**6).map(lambda number: timedelta(microseconds=number))
durations = st.integers(0, 12 * 24 * 3600 * 10**6).map(lambda number: timedelta(microseconds=number))


@pytest.mark.parametrize(("zone", "first"), WINDOWS)
@settings(unhurried, max_examples=40)
@given(data=st.data())
def test_add_subtract_and_between_agree_with_each_other(zone: ZoneInfo, first: date, data: st.DataObject) -> None:
    calendar = data.draw(calendars(zone, first))
    midnight = datetime.combine(first, time(12), zone)
    one, other = sorted(midnight + data.draw(moments) for _ in range(2))
    less, more = sorted(data.draw(durations) for _ in range(2))
    end, later, after = moved(calendar, one, less), moved(calendar, one, more), moved(calendar, other, less)
    if end is None:
        assert later is None
        return
    assert one <= end
    assert calendar.between(one, end) == less == -calendar.between(end, one)
    assert later is None or end <= later
    assert after is None or end <= after
    back = calendar.subtract(end, less)
    assert calendar.between(back, one) == timedelta()
    assert calendar.between(back, end) == less
    if later is not None:
        assert calendar.add(end, more - less) == later or more == less
        assert calendar.between(end, later) == more - less


@settings(unhurried, max_examples=60)
@given(data=st.data())
def test_time_between_adds_up_and_never_exceeds_the_clock(data: st.DataObject) -> None:
    zone, first = data.draw(st.sampled_from(WINDOWS))
    calendar = data.draw(calendars(zone, first))
    noon = datetime.combine(first, time(12), zone)
    one, two, three = (noon + data.draw(moments) for _ in range(3))
    assert calendar.between(one, two) + calendar.between(two, three) == calendar.between(one, three)
    low, high = sorted((one.timestamp(), two.timestamp()))
    assert abs(calendar.between(one, two)) <= timedelta(seconds=high - low) + timedelta(milliseconds=1)

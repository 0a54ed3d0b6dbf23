"""Business time by example: lunch, weekends, red days, a closed July, and the nights when the clock is moved."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from routing.calendar import HORIZON_DAYS, STOCKHOLM, Calendar, NeverOpen
from routing.hours import ExceptionDay, Hours, WeeklyHours

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def clock(text: str) -> time:
    return time.fromisoformat(text)


def weekly(days: str, opens: str, closes: str, weeks: str = "every") -> tuple[WeeklyHours, ...]:
    """One opening on each of the weekdays named by their digits: `01234` is Monday to Friday."""
    return tuple(WeeklyHours(int(day), clock(opens), clock(closes), weeks) for day in days)


def at(text: str, zone: ZoneInfo = STOCKHOLM, fold: int = 0) -> datetime:
    """A moment as the wall clock shows it."""
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


def shown(moment: datetime | None) -> str:
    """A moment as the wall clock shows it."""
    return moment.astimezone(STOCKHOLM).strftime("%Y-%m-%d %H:%M") if moment else "never"


def spans(calendar: Calendar, day: str) -> list[tuple[str, str]]:
    """The openings of a day in UTC."""
    return [
        (f"{each.opens:%d %H:%M}", f"{each.closes:%d %H:%M}")
        for each in calendar.opening_intervals(date.fromisoformat(day))
    ]


LUNCH = Calendar(weekly("01234", "08:00", "12:00") + weekly("01234", "13:00", "16:00"))
ALWAYS = Calendar(weekly("0123456", "00:00", "00:00"), closed_on_red_days=False)
NEVER = Calendar()


@pytest.mark.parametrize(
    ("moment", "is_open", "following", "closing"),
    [
        ("2026-03-02 07:59", False, "2026-03-02 08:00", "never"),
        ("2026-03-02 08:00", True, "2026-03-02 08:00", "2026-03-02 12:00"),
        ("2026-03-02 11:59", True, "2026-03-02 11:59", "2026-03-02 12:00"),
        ("2026-03-02 12:00", False, "2026-03-02 13:00", "never"),
        ("2026-03-06 16:00", False, "2026-03-09 08:00", "never"),
        ("2026-06-18 16:30", False, "2026-06-22 08:00", "never"),
        ("2026-12-23 17:00", False, "2026-12-28 08:00", "never"),
    ],
)
def test_open_is_from_opening_until_just_before_closing(
    moment: str, is_open: bool, following: str, closing: str
) -> None:
    assert LUNCH.is_open(at(moment)) is is_open
    assert shown(LUNCH.next_opening(at(moment))) == following
    assert shown(LUNCH.closing(at(moment))) == closing


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        ("2026-03-02 08:00", 4 * HOUR, "2026-03-02 12:00"),
        ("2026-03-02 08:00", 4 * HOUR + MINUTE, "2026-03-02 13:01"),
        ("2026-03-02 11:30", HOUR, "2026-03-02 13:30"),
        ("2026-03-02 12:20", HOUR, "2026-03-02 14:00"),
        ("2026-03-06 15:50", 10 * MINUTE, "2026-03-06 16:00"),
        ("2026-03-06 15:50", 11 * MINUTE, "2026-03-09 08:01"),
        ("2026-03-07 10:00", 7 * HOUR, "2026-03-09 16:00"),
        ("2026-03-27 15:00", 2 * HOUR, "2026-03-30 09:00"),
        ("2026-10-23 15:00", 2 * HOUR, "2026-10-26 09:00"),
        ("2026-06-18 15:00", 2 * HOUR, "2026-06-22 09:00"),
        ("2026-04-02 15:00", 8 * HOUR, "2026-04-07 16:00"),
        ("2026-03-02 08:00", 10 * 7 * HOUR, "2026-03-13 16:00"),
        ("2026-03-07 10:00", 0 * HOUR, "2026-03-07 10:00"),
    ],
)
def test_adding_business_time(start: str, duration: timedelta, end: str) -> None:
    assert shown(LUNCH.add(at(start), duration)) == end
    assert LUNCH.between(at(start), at(end)) == duration
    assert LUNCH.between(at(end), at(start)) == -duration
    assert LUNCH.between(LUNCH.subtract(at(end), duration), at(end)) == duration


@pytest.mark.parametrize(
    ("end", "duration", "start"),
    [
        ("2026-03-09 08:10", 10 * MINUTE, "2026-03-09 08:00"),
        ("2026-03-09 08:10", 11 * MINUTE, "2026-03-06 15:59"),
        ("2026-03-09 08:00", 10 * MINUTE, "2026-03-06 15:50"),
        ("2026-03-02 13:30", HOUR, "2026-03-02 11:30"),
        ("2026-03-08 10:00", 0 * HOUR, "2026-03-08 10:00"),
    ],
)
def test_subtracting_business_time(end: str, duration: timedelta, start: str) -> None:
    assert shown(LUNCH.subtract(at(end), duration)) == start
    assert LUNCH.add(at(end), -duration) == LUNCH.subtract(at(end), duration)
    assert LUNCH.subtract(at(start), -duration) == LUNCH.add(at(start), duration)


def test_moments_come_in_any_zone_and_go_out_in_utc() -> None:
    tokyo = at("2026-03-02 08:30").astimezone(ZoneInfo("Asia/Tokyo"))
    assert LUNCH.is_open(tokyo)
    for found in (LUNCH.add(tokyo, HOUR), LUNCH.add(tokyo, 0 * HOUR), LUNCH.next_opening(tokyo), LUNCH.closing(tokyo)):
        assert found is not None
        assert found.tzinfo is UTC


def test_seconds_and_less_are_kept() -> None:
    start = at("2026-03-06 15:59:59.999999")
    assert LUNCH.add(start, timedelta(microseconds=2)) == at("2026-03-09 08:00:00.000001")


def test_summer_comes_at_night_and_the_office_opens_by_the_new_clock() -> None:
    assert spans(LUNCH, "2026-03-27")[0] == ("27 07:00", "27 11:00")
    assert spans(LUNCH, "2026-03-30")[0] == ("30 06:00", "30 10:00")


@pytest.mark.parametrize(
    ("day", "opens", "closes", "expected"),
    [
        ("2026-03-29", "00:00", "00:00", [("28 23:00", "29 22:00")]),  # 23 hours
        ("2026-10-25", "00:00", "00:00", [("24 22:00", "25 23:00")]),  # 25 hours
        ("2026-03-29", "02:15", "02:45", []),
        ("2026-03-29", "02:00", "03:00", []),
        ("2026-03-29", "02:30", "04:00", [("29 01:00", "29 02:00")]),
        ("2026-03-29", "01:00", "02:30", [("29 00:00", "29 01:00")]),
        ("2026-10-25", "02:15", "02:45", [("25 00:15", "25 00:45")]),
        ("2026-10-25", "02:30", "03:30", [("25 00:30", "25 02:30")]),
        ("2026-10-25", "01:00", "02:30", [("24 23:00", "25 00:30")]),
    ],
)
def test_the_nights_when_the_clock_is_moved(day: str, opens: str, closes: str, expected: list[tuple[str, str]]) -> None:
    assert spans(Calendar(weekly("6", opens, closes)), day) == expected


def test_what_meets_on_the_clock_meets_in_time() -> None:
    calendar = Calendar(weekly("6", "01:00", "02:30") + weekly("6", "02:30", "05:00"))
    assert spans(calendar, "2026-03-29") == [("29 00:00", "29 03:00")]
    assert spans(calendar, "2026-10-25") == [("24 23:00", "25 04:00")]


def test_a_day_without_a_midnight_begins_when_the_clock_has_jumped() -> None:
    havana = ZoneInfo("America/Havana")
    calendar = Calendar(weekly("56", "00:00", "00:00"), zone=havana)
    assert spans(calendar, "2026-03-07") == [("07 05:00", "08 05:00")]
    assert spans(calendar, "2026-03-08") == [("08 05:00", "09 04:00")]
    assert calendar.between(at("2026-03-07", havana), at("2026-03-09", havana)) == 47 * HOUR


def test_overlapping_hours_count_once() -> None:
    calendar = Calendar(weekly("0", "10:00", "14:00") + weekly("0", "08:00", "12:00") + weekly("0", "09:00", "09:30"))
    assert spans(calendar, "2026-03-02") == [("02 07:00", "02 13:00")]
    assert shown(calendar.add(at("2026-03-02 07:00"), 6 * HOUR)) == "2026-03-02 14:00"
    assert len(calendar.hours(date(2026, 3, 2))) == 3


def test_an_opening_over_midnight_is_two_that_are_joined() -> None:
    calendar = Calendar(weekly("4", "20:00", "00:00") + weekly("5", "00:00", "02:00"))
    assert shown(calendar.closing(at("2026-03-06 21:00"))) == "2026-03-07 02:00"
    assert shown(calendar.closing(at("2026-03-07 00:00"))) == "2026-03-07 02:00"
    assert shown(calendar.add(at("2026-03-06 23:00"), 2 * HOUR)) == "2026-03-07 01:00"
    assert shown(calendar.closing(at("2026-03-05 21:00"))) == "never"


def test_odd_and_even_weeks_go_by_their_iso_number() -> None:
    odd = Calendar(weekly("1", "13:00", "16:00", "odd"))
    even = Calendar(weekly("1", "13:00", "16:00", "even"))
    assert shown(odd.next_opening(at("2026-03-11 00:00"))) == "2026-03-24 13:00"
    assert shown(even.next_opening(at("2026-03-11 00:00"))) == "2026-03-17 13:00"
    assert shown(odd.next_opening(at("2026-12-29 14:00"))) == "2026-12-29 14:00"  # week 53
    assert shown(odd.next_opening(at("2026-12-30 14:00"))) == "2027-01-05 13:00"  # week 1, odd again
    assert shown(odd.add(at("2026-03-11 00:00"), 4 * HOUR)) == "2026-04-07 14:00"


def test_hours_hold_from_their_first_day_through_their_last() -> None:
    calendar = Calendar((WeeklyHours(0, clock("08:00"), clock("16:00"), "every", date(2026, 3, 9), date(2026, 3, 16)),))
    assert [day for day in (2, 9, 16, 23) if calendar.hours(date(2026, 3, day))] == [9, 16]


def test_a_closed_july_is_stepped_over() -> None:
    july = tuple(ExceptionDay(date(2026, 7, day), reason="Sommarstängt") for day in range(1, 32))
    calendar = Calendar(LUNCH.weekly, july)
    assert shown(calendar.add(at("2026-06-30 15:50"), 30 * MINUTE)) == "2026-08-03 08:20"
    assert shown(calendar.subtract(at("2026-08-03 08:20"), 30 * MINUTE)) == "2026-06-30 15:50"
    assert calendar.between(at("2026-07-01 00:00"), at("2026-08-01 00:00")) == 0 * HOUR
    assert calendar.remark(date(2026, 7, 14)) == "Sommarstängt"


def test_thirty_minutes_on_a_friday_before_a_klamdag_and_five_weeks_closed() -> None:
    closed = [date(2026, 7, 6) + timedelta(days=number) for number in range(35)]
    calendar = Calendar(LUNCH.weekly, tuple(ExceptionDay(day) for day in closed))
    assert shown(calendar.add(at("2026-07-03 15:50"), 30 * MINUTE)) == "2026-08-10 08:20"


def test_an_exception_goes_before_the_red_day_and_the_red_day_before_the_week() -> None:
    opened = ExceptionDay(date(2026, 5, 14), (Hours(clock("10:00"), clock("12:00")),), "Valet")
    split = ExceptionDay(
        date(2026, 5, 12), (Hours(clock("08:00"), clock("09:30")), Hours(clock("10:00"), clock("11:00"))), "Ombyggnad"
    )
    calendar = Calendar(LUNCH.weekly, (opened, split))
    assert spans(calendar, "2026-05-14") == [("14 08:00", "14 10:00")]
    assert spans(calendar, "2026-05-12") == [("12 06:00", "12 07:30"), ("12 08:00", "12 09:00")]
    assert spans(calendar, "2026-05-01") == []
    remarks = [calendar.remark(date(2026, 5, day)) for day in (1, 12, 13, 14)]
    assert remarks == ["Första maj", "Ombyggnad", "", "Valet"]


def test_an_office_may_hold_open_on_red_days() -> None:
    assert ALWAYS.is_open(at("2026-12-24 15:00"))
    assert ALWAYS.remark(date(2026, 12, 24)) == ""


def test_an_office_that_never_opens_says_so() -> None:
    now = at("2026-03-02 08:00")
    assert (NEVER.is_open(now), NEVER.next_opening(now), NEVER.closing(now)) == (False, None, None)
    assert NEVER.between(now, now + timedelta(days=365)) == 0 * HOUR
    assert list(NEVER.open_days_after(date(2026, 3, 2))) == []
    assert NEVER.add(now, 0 * HOUR) == now
    with pytest.raises(NeverOpen, match="not open for 0:01:00 after 2026-03-02T07:00"):
        NEVER.add(now, MINUTE)
    with pytest.raises(NeverOpen, match="before"):
        NEVER.subtract(now, MINUTE)


def test_an_office_that_never_closes_has_no_closing() -> None:
    assert ALWAYS.closing(at("2026-03-02 08:00")) is None
    assert ALWAYS.add(at("2026-03-02 08:00"), timedelta(days=365)) == at("2027-03-02 08:00")


def test_what_opens_beyond_the_horizon_counts_as_never() -> None:
    now = at("2026-03-02 00:00")
    for days, found in ((HORIZON_DAYS, True), (HORIZON_DAYS + 1, False)):
        later = date(2026, 3, 2) + timedelta(days=days)
        calendar = Calendar((), (ExceptionDay(later, (Hours(clock("10:00"), clock("12:00")),)),))
        assert (calendar.next_opening(now) is not None) is found


def test_a_duration_beyond_reach_is_refused() -> None:
    hour_a_week = Calendar(weekly("0", "08:00", "09:00"))
    with pytest.raises(NeverOpen):
        hour_a_week.add(at("2026-03-02 08:00"), timedelta(days=1000))
    with pytest.raises(ValueError, match="more than 36525 days apart"):
        LUNCH.between(datetime(1900, 1, 1, tzinfo=UTC), at("2026-03-02 08:00"))


def test_naive_moments_are_refused() -> None:
    naive, aware = datetime(2026, 3, 2, 8), at("2026-03-02 08:00")
    for ask in (
        lambda: LUNCH.is_open(naive),
        lambda: LUNCH.next_opening(naive),
        lambda: LUNCH.closing(naive),
        lambda: LUNCH.local_day(naive),
        lambda: LUNCH.add(naive, 0 * HOUR),
        lambda: LUNCH.subtract(naive, HOUR),
        lambda: LUNCH.between(aware, naive),
    ):
        with pytest.raises(ValueError, match="has no time zone"):
            ask()


@pytest.mark.parametrize(
    ("opens", "closes"), [("16:00", "08:00"), ("08:00", "08:00"), ("22:00", "02:00"), ("08:00+01:00", "16:00")]
)
def test_hours_that_are_none_are_refused(opens: str, closes: str) -> None:
    with pytest.raises(ValueError, match=r"cannot open|no time zone"):
        Hours(clock(opens), clock(closes))
    with pytest.raises(ValueError, match=r"cannot open|no time zone"):
        WeeklyHours(0, clock(opens), clock(closes))


def test_facts_that_mean_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="weekday 7"):
        WeeklyHours(7, clock("08:00"), clock("16:00"))
    with pytest.raises(ValueError, match="weeks 'uneven'"):
        WeeklyHours(0, clock("08:00"), clock("16:00"), "uneven")
    with pytest.raises(ValueError, match="2026-05-15 has two exceptions"):
        Calendar((), (ExceptionDay(date(2026, 5, 15)), ExceptionDay(date(2026, 5, 15), reason="Klämdag")))


def test_equal_calendars_share_what_is_reckoned_and_a_used_one_travels() -> None:
    one, other = Calendar(weekly("0", "08:00", "09:00")), Calendar(weekly("0", "08:00", "09:00"))
    day = date(2026, 3, 2)
    assert one.opening_intervals(day) is other.opening_intervals(day)
    for travelled in (pickle.loads(pickle.dumps(one)), copy.deepcopy(one)):
        assert travelled == one
        assert travelled.opening_intervals(day) == one.opening_intervals(day)


def test_a_year_of_business_time_looks_at_each_day_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[date] = []
    applies_to = WeeklyHours.applies_to

    def looked_at(hours: WeeklyHours, day: date) -> bool:
        looked.append(day)
        return applies_to(hours, day)

    monkeypatch.setattr(WeeklyHours, "applies_to", looked_at)
    calendar = Calendar(weekly("0123", "08:00", "15:01"))
    end = calendar.add(at("2026-01-01 00:00"), 1400 * HOUR)
    assert calendar.between(at("2026-01-01 00:00"), end) == 1400 * HOUR
    assert calendar.between(calendar.subtract(end, 1400 * HOUR), end) == 1400 * HOUR
    assert len(looked) == 4 * len(set(looked))

"""The calendar of an office, and business time reckoned on it: when it is open, and what is so much open time later.

Every moment given is an aware datetime in any zone (a naive one is refused with ValueError); every moment returned is
in UTC. Time is open from `opens` until just before `closes`. A day is a day on the clock of the office.

Nothing here searches for ever: an office without an opening for `HORIZON_DAYS` in a row counts as closed for good, and
no answer lies more than `REACH_DAYS` away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from routing import red_days
from routing.hours import ExceptionDay, Hours, WeeklyHours, by_day
from routing.moments import Opening, in_utc, joined, opening, shared_time

HORIZON_DAYS = 400  # more than a year, so that what is open once a year is found
REACH_DAYS = 36_525  # a century: a mistyped duration is an error, not a minute of work
STOCKHOLM = ZoneInfo("Europe/Stockholm")

_NO_TIME = timedelta()
_KEPT_CALENDARS = 256
_KEPT_DAYS = 4096


class NeverOpen(ValueError):
    """The moment asked for does not exist: there is not enough open time within reach."""


@dataclass(frozen=True)
class Calendar:
    """When an office is open: weekly hours, days that differ, and whether it closes on red days.

    On a day an exception goes before a red day, and a red day before the weekly hours. Calendars with equal facts are
    equal and share what has been reckoned, so one may be built anew from the database for every request. Raises
    ValueError when a day has two exceptions.
    """

    weekly: tuple[WeeklyHours, ...] = ()
    exceptions: tuple[ExceptionDay, ...] = ()
    closed_on_red_days: bool = True
    zone: ZoneInfo = STOCKHOLM

    def __post_init__(self) -> None:
        by_day(self.exceptions)

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in self.__dict__.items() if not name.startswith("_")}

    def hours(self, day: date) -> tuple[Hours, ...]:
        """The hours of the day as they are written, in local time; they may overlap, and are empty when closed."""
        return self._facts.hours(day)

    def remark(self, day: date) -> str:
        """Why the day differs, for people: the reason of its exception, else the name of the red day, else empty."""
        exception = self._facts.exceptions.get(day)
        if exception:
            return exception.reason
        return (red_days.name_of(day) or "") if self.closed_on_red_days else ""

    def opening_intervals(self, day: date) -> tuple[Opening, ...]:
        """The openings of the day as moments in UTC, in order; overlapping and meeting hours are one opening."""
        return self._openings(day)

    def local_day(self, at: datetime) -> date:
        """The date on the clock of the office."""
        return in_utc(at).astimezone(self.zone).date()

    def is_open(self, at: datetime) -> bool:
        """Whether the office is open at the moment: yes when it opens, no when it closes."""
        return self._opening_at(in_utc(at)) is not None

    def next_opening(self, at: datetime) -> datetime | None:
        """The first moment from `at` on when the office is open: `at` itself if it is.

        None when it does not open within HORIZON_DAYS.
        """
        at = in_utc(at)
        return next((max(each.opens, at) for each in self._from(at)), None)

    def closing(self, at: datetime) -> datetime | None:
        """The end of the opening that `at` lies in, over midnight when the next day opens at once.

        None when the office is closed at `at`, and when it does not close within HORIZON_DAYS.
        """
        at = in_utc(at)
        end: datetime | None = None
        for each in self._from(at):
            if each.opens > (end or at):
                break
            end = each.closes
            if end - at > timedelta(days=HORIZON_DAYS):
                return None
        return end

    def open_days_after(self, day: date) -> Iterator[date]:
        """The days after `day` on which the office opens, in order; they end as every search here does."""
        return (each for each in self._days(day + timedelta(days=1), 1) if self._openings(each))

    def add(self, start: datetime, duration: timedelta) -> datetime:
        """The earliest moment with so much open time since `start`; a negative duration is subtracted.

        What fills an opening exactly ends when it closes, not when the next one opens: ten minutes from 15.50 end at
        16.00. Adding nothing gives `start`, also when the office is closed then. Raises NeverOpen when the office
        does not open for HORIZON_DAYS in a row, or has too little open time within REACH_DAYS.
        """
        start, left = in_utc(start), duration
        if left < _NO_TIME:
            return self.subtract(start, -left)
        if not left:
            return start
        for each in self._from(start):
            begin = max(each.opens, start)
            if left <= each.closes - begin:
                return begin + left
            left -= each.closes - begin
        raise NeverOpen(f"the office is not open for {duration} after {start.isoformat()}")

    def subtract(self, end: datetime, duration: timedelta) -> datetime:
        """The latest moment with so much open time until `end`: the mirror of `add`, with the same bounds.

        Ten minutes before 08.10 is 08.00, not the closing of the day before. So `subtract(add(a, d), d)` is as good
        as `a`: no open time lies between them.
        """
        end, left = in_utc(end), duration
        if left < _NO_TIME:
            return self.add(end, -left)
        if not left:
            return end
        for each in self._until(end):
            finish = min(each.closes, end)
            if left <= finish - each.opens:
                return finish - left
            left -= finish - each.opens
        raise NeverOpen(f"the office is not open for {duration} before {end.isoformat()}")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The open time from `start` to `end`, negative when `end` is the earlier.

        Raises ValueError when they are more than REACH_DAYS apart.
        """
        start, end = in_utc(start), in_utc(end)
        if end < start:
            return -self.between(end, start)
        if end - start > timedelta(days=REACH_DAYS):
            raise ValueError(f"{start.isoformat()} and {end.isoformat()} are more than {REACH_DAYS} days apart")
        first, last = self.local_day(start).toordinal(), self.local_day(end).toordinal()
        days = map(date.fromordinal, range(first, last + 1))
        asked = Opening(start, end)
        return sum((shared_time(each, asked) for day in days for each in self._openings(day)), _NO_TIME)

    @cached_property
    def _facts(self) -> _Facts:
        return _arranged(self)

    @cached_property
    def _openings(self) -> Callable[[date], tuple[Opening, ...]]:
        return self._facts.openings

    def _opening_at(self, at: datetime) -> Opening | None:
        return next((each for each in self._openings(self.local_day(at)) if each.opens <= at < each.closes), None)

    def _from(self, at: datetime) -> Iterator[Opening]:
        """The openings that end after `at`, in order."""
        days = self._days(self.local_day(at), 1)
        return (each for day in days for each in self._openings(day) if each.closes > at)

    def _until(self, at: datetime) -> Iterator[Opening]:
        """The openings that begin before `at`, the latest first."""
        days = self._days(self.local_day(at), -1)
        return (each for day in days for each in reversed(self._openings(day)) if each.opens < at)

    def _days(self, first: date, step: int) -> Iterator[date]:
        """Day by day from `first` while there is hope: not beyond HORIZON_DAYS without an opening, nor REACH_DAYS."""
        opened = 0
        for distance in range(REACH_DAYS + 1):
            if distance - opened > HORIZON_DAYS:
                return
            day = first + timedelta(days=distance * step)
            if self._openings(day):
                opened = distance
            yield day


class _Facts:
    """A calendar arranged for looking up a day; what has been reckoned of a day is kept."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.exceptions = by_day(calendar.exceptions)
        self.openings = lru_cache(maxsize=_KEPT_DAYS)(self._reckon)

    def hours(self, day: date) -> tuple[Hours, ...]:
        if day in self.exceptions:
            return self.exceptions[day].hours
        if self.calendar.closed_on_red_days and red_days.is_red(day):
            return ()
        return tuple(each.hours for each in self.calendar.weekly if each.applies_to(day))

    def _reckon(self, day: date) -> tuple[Opening, ...]:
        return joined([opening(day, hours, self.calendar.zone) for hours in self.hours(day)])


@lru_cache(maxsize=_KEPT_CALENDARS)
def _arranged(calendar: Calendar) -> _Facts:
    return _Facts(calendar)

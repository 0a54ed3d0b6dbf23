"""Opening hours as they are written on the door: in the local time of the office, by weekday or for one day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time

MIDNIGHT = time()
WEEKS = ("every", "odd", "even")


@dataclass(frozen=True, slots=True)
class Hours:
    """From `opens` until just before `closes` within one day; closing at 00:00 is at its end, 24.00.

    Raises ValueError when nothing lies between the two, as with hours over midnight: they are two, one on each day.
    """

    opens: time
    closes: time

    def __post_init__(self) -> None:
        if self.opens.tzinfo or self.closes.tzinfo:
            raise ValueError("opening hours are in the local time of the office and carry no time zone")
        if self.closes != MIDNIGHT and self.closes <= self.opens:
            raise ValueError(f"hours that close at {self.closes:%H:%M} cannot open at {self.opens:%H:%M}")


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """An opening that returns every week: one row of the office's opening hours; several a day are several rows.

    `weekday` is 0 on Monday. `weeks` is every, odd or even by the number that ISO 8601 gives the week, so week 53 and
    week 1 after it are both odd. `valid_from` and `valid_to` are the first and the last day, both included.
    """

    weekday: int
    opens: time
    closes: time
    weeks: str = "every"
    valid_from: date | None = None
    valid_to: date | None = None

    def __post_init__(self) -> None:
        if self.weekday not in range(7):
            raise ValueError(f"weekday {self.weekday} is not between 0 (Monday) and 6 (Sunday)")
        if self.weeks not in WEEKS:
            raise ValueError(f"weeks {self.weeks!r} is none of {', '.join(WEEKS)}")
        Hours(self.opens, self.closes)  # refuses what is no opening

    @property
    def hours(self) -> Hours:
        """The opening on a day it applies to."""
        return Hours(self.opens, self.closes)

    def applies_to(self, day: date) -> bool:
        """Whether this opening is held on the day."""
        return day.weekday() == self.weekday and self._is_valid_on(day) and self._is_week_of(day)

    def _is_valid_on(self, day: date) -> bool:
        return (self.valid_from or day) <= day <= (self.valid_to or day)

    def _is_week_of(self, day: date) -> bool:
        return self.weeks == "every" or (day.isocalendar().week % 2 == 1) == (self.weeks == "odd")


@dataclass(frozen=True, slots=True)
class ExceptionDay:
    """A day that differs: closed when `hours` is empty, else open at these hours instead of the weekly ones.

    It goes before everything, red days too: an office may hold open on Nationaldagen. `reason` is told to residents.
    """

    day: date
    hours: tuple[Hours, ...] = ()
    reason: str = ""


def by_day(exceptions: Iterable[ExceptionDay]) -> dict[date, ExceptionDay]:
    """The exceptions by their day. Raises ValueError when a day has two: nobody could say which holds."""
    found: dict[date, ExceptionDay] = {}
    for exception in exceptions:
        if found.setdefault(exception.day, exception) is not exception:
            raise ValueError(f"{exception.day} has two exceptions; give one with all its hours")
    return found

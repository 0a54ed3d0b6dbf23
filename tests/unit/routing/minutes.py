"""A slow second opinion on business time: it looks at the wall clock once a minute and counts.

It shares nothing with `routing.calendar`: no moments of openings, no joining, no library of holidays.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from routing.calendar import Calendar

MINUTE = timedelta(minutes=1)

RED = {
    *(date(2026, *day) for day in ((1, 1), (1, 6), (4, 3), (4, 5), (4, 6), (5, 1), (5, 14), (5, 24), (6, 6))),
    *(date(2026, *day) for day in ((6, 19), (6, 20), (10, 31), (12, 24), (12, 25), (12, 26), (12, 31))),
    *(date(2027, *day) for day in ((1, 1), (1, 6), (3, 26), (3, 28), (3, 29), (5, 1), (5, 6), (5, 16), (6, 6))),
    *(date(2027, *day) for day in ((6, 25), (6, 26), (11, 6), (12, 24), (12, 25), (12, 26), (12, 31))),
}


def ranges(calendar: Calendar, day: date) -> list[tuple[int, int]]:
    """The opening hours of a day in minutes after midnight, unsorted, as many as are written."""
    exceptions = [each for each in calendar.exceptions if each.day == day]
    if exceptions:
        written = [(each.opens, each.closes) for each in exceptions[0].hours]
    elif calendar.closed_on_red_days and day in RED:
        written = []
    else:
        parity = "odd" if int(day.strftime("%V")) % 2 else "even"
        written = [
            (each.opens, each.closes)
            for each in calendar.weekly
            if each.weekday == int(day.strftime("%u")) - 1
            and each.weeks in ("every", parity)
            and not (each.valid_from and day < each.valid_from)
            and not (each.valid_to and day > each.valid_to)
        ]
    return [(opens.hour * 60 + opens.minute, closes.hour * 60 + closes.minute or 24 * 60) for opens, closes in written]


@dataclass(frozen=True)
class Window:
    """Some days of a calendar: whether each minute from `start` is open."""

    start: datetime
    is_open: list[bool]

    @property
    def end(self) -> datetime:
        return self.start + len(self.is_open) * MINUTE

    def at(self, index: int) -> datetime:
        return self.start + index * MINUTE

    def add(self, index: int, minutes: int) -> datetime | None:
        """The first minute with so many open ones since `index`, or None beyond the window."""
        while minutes and index < len(self.is_open):
            minutes -= self.is_open[index]
            index += 1
        return None if minutes else self.at(index)

    def subtract(self, index: int, minutes: int) -> datetime | None:
        """The last minute with so many open ones until `index`, or None before the window."""
        while minutes and index > 0:
            index -= 1
            minutes -= self.is_open[index]
        return None if minutes else self.at(index)

    def between(self, first: int, last: int) -> timedelta:
        return (sum(self.is_open[first:last]) - sum(self.is_open[last:first])) * MINUTE

    def next_opening(self, index: int) -> datetime | None:
        return self.at(self.is_open.index(True, index)) if True in self.is_open[index:] else None

    def closing(self, index: int) -> datetime | None:
        return self.at(self.is_open.index(False, index)) if False in self.is_open[index:] else None


def walk(calendar: Calendar, first: date, days: int) -> Window:
    """Every minute of some days. A clock that is put back does not undo what it has shown that day."""
    start = at = datetime(first.year, first.month, first.day, tzinfo=calendar.zone).astimezone(UTC)
    day, latest, hours, seen = date.min, 0, list[tuple[int, int]](), list[bool]()
    while len(seen) < days * 24 * 60:
        local = at.astimezone(calendar.zone)
        if local.date() != day:
            day, latest, hours = local.date(), 0, ranges(calendar, local.date())
        latest = max(latest, local.hour * 60 + local.minute)
        seen.append(any(opens <= latest < closes for opens, closes in hours))
        at += MINUTE
    return Window(start, seen)

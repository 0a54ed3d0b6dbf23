"""Turning the relative times of the example data into moments in UTC that are never in the future."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, get_args
from zoneinfo import ZoneInfo

from contactcenter.demo.records import Conversation, Entry, Weekday, WorkingDay

LOCAL: Final = ZoneInfo("Europe/Stockholm")
_SLOT: Final = re.compile(r"\{([^{}]*)\}")
_SHORT_WEEKDAYS: Final = get_args(Weekday)
_WEEKDAYS: Final = ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag")
_MONTHS: Final = (
    *("januari", "februari", "mars", "april", "maj", "juni"),
    *("juli", "augusti", "september", "oktober", "november", "december"),
)


@dataclass(frozen=True, slots=True)
class TimedEntry:
    """An entry at its moment (UTC), its text with the dates filled in."""

    at: datetime
    text: str
    entry: Entry


def timeline(conversation: Conversation, now: datetime) -> tuple[TimedEntry, ...]:
    """Its entries in order, each later than the one before and none after `now` (an aware datetime).

    What came in "today at 09:12" is moved to earlier working days while the clock has not yet come so far,
    and what must be on a certain weekday to that one.
    """
    received = conversation.received
    if isinstance(received, timedelta):
        return _placed(conversation, now.astimezone(UTC) - received)
    day = working_day(now.astimezone(LOCAL).date(), -received.days)
    while True:
        placed = _placed(conversation, _moment(day, WorkingDay(0, received.clock)))
        if placed[-1].at <= now and conversation.weekday in (None, _SHORT_WEEKDAYS[day.weekday()]):
            return placed
        day = working_day(day, -1)


def received_at(conversation: Conversation, now: datetime) -> datetime:
    """When its first entry came in, in UTC."""
    return timeline(conversation, now)[0].at


def last_activity_at(conversation: Conversation, now: datetime) -> datetime:
    """When its last entry was made, in UTC; a closed conversation was closed then."""
    return timeline(conversation, now)[-1].at


def wakes_at(conversation: Conversation, now: datetime) -> datetime | None:
    """When a parked conversation comes back, in UTC and after `now`; None for all others."""
    if conversation.wakes is None:
        return None
    return _moment(now.astimezone(LOCAL).date(), conversation.wakes)


def working_day(day: date, days: int) -> date:
    """`days` working days after `day` (before it when negative); a weekend counts as the Friday before it."""
    while day.weekday() > 4:
        day -= timedelta(days=1)
    step = timedelta(days=1 if days > 0 else -1)
    for _ in range(abs(days)):
        day += step
        while day.weekday() > 4:
            day += step
    return day


def fill_dates(text: str, day: date) -> str:
    """Replace ``{day+3}`` (working days) and ``{next thu}`` by dates such as "torsdag 26 november".

    Raises ValueError for any other text in braces.
    """
    return _SLOT.sub(lambda slot: _swedish(_meant(slot[1], day)), text)


def _placed(conversation: Conversation, start: datetime) -> tuple[TimedEntry, ...]:
    at, placed = start, []
    for entry in conversation.entries:
        if isinstance(entry.after, timedelta):
            at += entry.after
        elif entry.after is not None:
            at = _moment(at.astimezone(LOCAL).date(), entry.after)
        placed.append(TimedEntry(at, fill_dates(entry.text, at.astimezone(LOCAL).date()), entry))
    return tuple(placed)


def _moment(day: date, when: WorkingDay) -> datetime:
    return datetime.combine(working_day(day, when.days), when.clock, LOCAL).astimezone(UTC)


def _meant(slot: str, day: date) -> date:
    if match := re.fullmatch(r"day([+-]\d+)", slot):
        return working_day(day, int(match[1]))
    if match := re.fullmatch(r"next (mon|tue|wed|thu|fri)", slot):
        wanted = _SHORT_WEEKDAYS.index(match[1])
        return day + timedelta(days=(wanted - day.weekday() - 1) % 7 + 1)
    raise ValueError(f"unknown date {{{slot}}}, write for instance {{day+3}}, {{day-2}} or {{next thu}}")


def _swedish(day: date) -> str:
    return f"{_WEEKDAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"

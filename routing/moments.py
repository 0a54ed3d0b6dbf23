"""Moments in UTC, and where the wall clock of an office puts them when it is moved forward or back.

An opening begins when the clock of the day *first* shows its time, and ends when it first shows the closing time; a
clock that is put back does not undo what it has shown. So on the day of 25 hours 02.30–03.30 lasts two hours, and two
openings that meet on the clock always meet in time. A time that the clock skips is the moment of the skip: on the day
of 23 hours 02.30–04.00 lasts one hour and 02.15–02.45 does not occur.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from routing.hours import MIDNIGHT, Hours

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Opening:
    """The office is open from `opens` until just before `closes`, both aware and in UTC."""

    opens: datetime
    closes: datetime


def in_utc(at: datetime) -> datetime:
    """The same moment in UTC. Raises ValueError for a naive datetime, which is no moment at all."""
    if at.utcoffset() is None:
        raise ValueError(f"{at!r} has no time zone; business time is reckoned on aware datetimes")
    return at.astimezone(UTC)


def moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """When the clock of `zone` first shows `clock` on `day`, or the moment it skips it."""
    wall = datetime.combine(day, clock)
    at = wall.replace(tzinfo=zone).astimezone(UTC)
    shown = at.astimezone(zone).replace(tzinfo=None)
    return at if shown == wall else _skip(wall, zone)


def _skip(wall: datetime, zone: ZoneInfo) -> datetime:
    """When the clock jumps over `wall`, to the second; PEP 495 gives a moment on each side of the jump."""
    before, after = (wall.replace(tzinfo=zone, fold=fold, microsecond=0).astimezone(UTC) for fold in (1, 0))
    moved = after.astimezone(zone).utcoffset()
    seconds = range((after - before) // _SECOND)
    found = bisect_left(
        seconds, True, key=lambda second: (before + second * _SECOND).astimezone(zone).utcoffset() == moved
    )
    return before + found * _SECOND


def opening(day: date, hours: Hours, zone: ZoneInfo) -> Opening:
    """The hours on a day as moments; they can be empty, where the clock skips them."""
    last = day + timedelta(days=1) if hours.closes == MIDNIGHT else day
    return Opening(moment(day, hours.opens, zone), moment(last, hours.closes, zone))


def joined(openings: list[Opening]) -> tuple[Opening, ...]:
    """In order, without empty ones, and those that overlap or meet made one."""
    found: list[Opening] = []
    for each in sorted(openings, key=lambda each: each.opens):
        if each.opens >= each.closes:
            continue
        if found and each.opens <= found[-1].closes:
            found[-1] = Opening(found[-1].opens, max(found[-1].closes, each.closes))
        else:
            found.append(each)
    return tuple(found)


def shared_time(one: Opening, other: Opening) -> timedelta:
    """How long both last at once."""
    return max(timedelta(), min(one.closes, other.closes) - max(one.opens, other.opens))

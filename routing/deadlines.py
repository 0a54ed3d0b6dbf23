"""When a resident is to have a first answer, reckoned in the business time of the office that owns the ticket.

A target is so many working minutes or hours, or so many working days. Which one holds for a ticket is looked up in a
policy by priority, topic and channel. The words a page shows are not made here: `Remaining` says what they rest on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from routing.calendar import Calendar, NeverOpen
from routing.moments import in_utc

MOST_DAYS = 1000
UNITS = {"minutes": timedelta(minutes=1), "hours": timedelta(hours=1)}
DAYS = "days"


@dataclass(frozen=True, slots=True)
class Target:
    """An answer within so many working `minutes`, `hours` or `days` (`unit`).

    Zero days is the same day. Raises ValueError for an unknown unit, for less than one minute or hour, for less than
    zero days, and for more than MOST_DAYS of anything.
    """

    count: int
    unit: str

    def __post_init__(self) -> None:
        if self.unit != DAYS and self.unit not in UNITS:
            raise ValueError(f"unit {self.unit!r} is none of {', '.join((*UNITS, DAYS))}")
        fewest = 0 if self.unit == DAYS else 1
        most = timedelta(days=MOST_DAYS) // UNITS.get(self.unit, timedelta(days=1))
        if not fewest <= self.count <= most:
            raise ValueError(f"a deadline of {self.count} {self.unit} is not between {fewest} and {most}")


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    """One row of a policy: the target of what has this priority, topic and channel, where None fits every one.

    A rule without a target says that nothing is promised there, such as for what is for information only.
    """

    target: Target | None
    priority: str | None = None
    topic: str | None = None
    channel: str | None = None

    @property
    def conditions(self) -> tuple[str | None, str | None, str | None]:
        """What must fit, the weightiest first."""
        return self.priority, self.topic, self.channel


@dataclass(frozen=True, slots=True)
class DeadlinePolicy:
    """The promises of first answers. Raises ValueError when two rules have the same conditions."""

    rules: tuple[DeadlineRule, ...] = ()

    def __post_init__(self) -> None:
        if len({rule.conditions for rule in self.rules}) < len(self.rules):
            raise ValueError("two rules of the deadline policy have the same conditions")

    def target(
        self, *, topic: str | None = None, channel: str | None = None, priority: str | None = None
    ) -> Target | None:
        """The target of the most specific rule that fits, or None when none fits or it promises nothing.

        Priority weighs more than topic, and topic more than channel: a rule for urgent tickets is not undone by a
        generous one for their topic, and a rule for topic and channel goes before one for the topic alone.
        """
        asked = (priority, topic, channel)
        fitting = (rule for rule in self.rules if _fits(rule, asked))
        best = max(fitting, key=lambda rule: [condition is not None for condition in rule.conditions], default=None)
        return best.target if best else None


def _fits(rule: DeadlineRule, asked: tuple[str | None, ...]) -> bool:
    return all(condition in (None, value) for condition, value in zip(rule.conditions, asked, strict=True))


def due(target: Target, calendar: Calendar, since: datetime) -> datetime:
    """When the target is reached for what came in at `since`, in UTC. An answer at that very moment is in time.

    Minutes and hours are open time, so that what fills an opening exactly is due when the office closes. Days: the
    end of the opening on the n-th open day after the day it came in, whatever the hour and whether that day was open
    (KKiK: "inom en arbetsdag" is before the end of the next working day). The day it came in is the date on the
    clock of the office; the end of a day is its last closing. Zero days: the end of the day it came in when the
    office is still to close that day, else of the next open day.

    Raises NeverOpen when the calendar has no such moment, and ValueError for a naive `since`.
    """
    if target.unit == DAYS:
        return _end_of_open_day(target.count, calendar, since)
    return calendar.add(since, target.count * UNITS[target.unit])


def _end_of_open_day(count: int, calendar: Calendar, since: datetime) -> datetime:
    came_in = calendar.local_day(since)
    today = calendar.opening_intervals(came_in)
    if count == 0 and today and in_utc(since) < today[-1].closes:
        return today[-1].closes
    for number, day in enumerate(calendar.open_days_after(came_in), start=1):
        if number >= count:
            return calendar.opening_intervals(day)[-1].closes
    raise NeverOpen(f"the office does not open on {max(count, 1)} days after {came_in}")


def first_reply_due(
    policy: DeadlinePolicy,
    calendar: Calendar,
    since: datetime,
    *,
    topic: str | None = None,
    channel: str | None = None,
    priority: str | None = None,
) -> datetime | None:
    """When what came in at `since` is to have its first answer, in UTC, or None when the policy promises nothing.

    Raises NeverOpen when there is a promise that the calendar cannot keep.
    """
    target = policy.target(topic=topic, channel=channel, priority=priority)
    return due(target, calendar, since) if target else None


@dataclass(frozen=True, slots=True)
class Remaining:
    """How a deadline stands at a moment: enough to say "Svara inom 25 min", "idag före 16.00", "försenat 2 tim".

    `working` is the open time left, `elapsed` the time on the clock; both are negative when late. `days` is how many
    dates ahead it is due: 0 today, 1 tomorrow, -1 yesterday. `due_local` is for showing, in the zone of the office.
    When the office has been closed since it was due, `working` is zero and it is late all the same: see `is_late`.
    """

    due_local: datetime
    working: timedelta
    elapsed: timedelta
    days: int

    @property
    def is_late(self) -> bool:
        """Whether the moment has passed; the moment itself is in time."""
        return self.elapsed < timedelta()

    @property
    def is_today(self) -> bool:
        """Whether it is, or was, due today."""
        return self.days == 0


def remaining(due_at: datetime, calendar: Calendar, now: datetime) -> Remaining:
    """How the deadline `due_at` stands `now`. Raises ValueError for a naive moment."""
    return Remaining(
        due_local=in_utc(due_at).astimezone(calendar.zone),
        working=calendar.between(now, due_at),
        elapsed=in_utc(due_at) - in_utc(now),
        days=(calendar.local_day(due_at) - calendar.local_day(now)).days,
    )

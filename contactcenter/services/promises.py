"""What is promised about first answers, read from the tables: the targets, and the calendars they are reckoned on.

A ticket is reckoned on the calendar of its office. Without an office, or when its office is closed for good, on that of
the municipality: the hours of its first central office, or working days from 8.00 to 16.30 where none has hours. What
is urgent does not wait for an office that is rarely open: there the earlier of the two holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from contactcenter import logs, runtime
from contactcenter.model import CalendarException, Office, ReplyTarget
from contactcenter.model.words import ChannelKind, OfficeKind, Priority
from routing.calendar import Calendar, NeverOpen
from routing.deadlines import DeadlinePolicy, DeadlineRule, Target, due
from routing.hours import ExceptionDay, Hours, WeeklyHours

log = logs.get_logger(__name__)

OFFICE_HOURS = tuple(WeeklyHours(weekday, time(8), time(16, 30)) for weekday in range(5))


@dataclass(frozen=True, slots=True)
class Promises:
    """The policy, the calendar of each office by its row id, and the one of the municipality."""

    policy: DeadlinePolicy = field(default_factory=DeadlinePolicy)
    offices: Mapping[int, Calendar] = field(default_factory=dict)
    municipality: Calendar = field(default_factory=lambda: Calendar(OFFICE_HOURS))

    def due(
        self, since: datetime, *, topic_id: int | None, office_id: int | None, channel: ChannelKind, priority: Priority
    ) -> datetime | None:
        """When what came in at `since` is to have its first answer, in UTC; None when nothing is promised."""
        topic = str(topic_id) if topic_id else None
        target = self.policy.target(topic=topic, channel=channel, priority=priority)
        if target is None:
            return None
        own = self._reached(target, since, self.offices.get(office_id or 0))
        if own is not None and priority is not Priority.URGENT:
            return own
        usual = self._reached(target, since, self.municipality)
        known = [moment for moment in (own, usual) if moment is not None]
        return min(known, default=None) or due(target, Calendar(OFFICE_HOURS, zone=self.municipality.zone), since)

    def _reached(self, target: Target, since: datetime, calendar: Calendar | None) -> datetime | None:
        try:
            return due(target, calendar, since) if calendar is not None else None
        except NeverOpen:
            return None


def read(session: Session) -> Promises:
    """The promises as they are now."""
    zone = ZoneInfo(runtime.current().settings.instance.timezone)
    offices = session.scalars(select(Office).options(selectinload(Office.intervals)).order_by(Office.id)).all()
    exceptions = _exceptions(session)
    calendars = {office.id: Calendar(_weekly(office), exceptions.get(office.id, ()), zone=zone) for office in offices}
    central = next((office.id for office in offices if office.kind is OfficeKind.CENTRAL and office.intervals), None)
    return Promises(
        policy=_policy(session),
        offices=calendars,
        municipality=Calendar(OFFICE_HOURS, zone=zone) if central is None else calendars[central],
    )


def _policy(session: Session) -> DeadlinePolicy:
    rows = session.scalars(select(ReplyTarget).order_by(ReplyTarget.id))
    return DeadlinePolicy(tuple(_rule(row) for row in rows))


def _rule(row: ReplyTarget) -> DeadlineRule:
    return DeadlineRule(
        target=None if row.count is None else Target(row.count, row.unit),
        priority=row.priority or None,
        topic=str(row.topic_id) if row.topic_id else None,
        channel=row.channel or None,
    )


def _weekly(office: Office) -> tuple[WeeklyHours, ...]:
    """The opening hours of an office while it exists."""
    return tuple(
        WeeklyHours(
            weekday=row.weekday,
            opens=row.opens,
            closes=row.closes,
            weeks=row.weeks,
            valid_from=max(filter(None, (row.valid_from, office.valid_from)), default=None),
            valid_to=min(filter(None, (row.valid_to, office.valid_to)), default=None),
        )
        for row in office.intervals
    )


def _exceptions(session: Session) -> dict[int, tuple[ExceptionDay, ...]]:
    rows = session.scalars(
        select(CalendarException).order_by(CalendarException.office_id, CalendarException.day, CalendarException.id)
    )
    return {office_id: tuple(_days(of_office)) for office_id, of_office in groupby(rows, key=lambda row: row.office_id)}


def _days(rows: Iterable[CalendarException]) -> Iterator[ExceptionDay]:
    """The days of an office that differ, each with all its hours; a day without any is closed."""
    for day, of_day in groupby(rows, key=_day):
        same = list(of_day)
        hours = [Hours(row.opens, row.closes) for row in same if row.opens is not None and row.closes is not None]
        yield ExceptionDay(day, tuple(hours), next((row.reason for row in same if row.reason), ""))


def _day(row: CalendarException) -> date:
    return row.day

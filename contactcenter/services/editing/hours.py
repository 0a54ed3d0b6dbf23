"""Opening hours as lines of text, as residents would read them: `måndag–torsdag 08.00–12.00, 13.00–16.00`.

Stored lines are plain and the same in every language: `1 08:00-12:00 every` (1 is Monday), with `2026-06-01` and
`2026-08-31`, or `*` for no limit, behind it when the opening holds for a time; and `2026-12-24 closed Julafton` or
`2026-12-23 09:00-12:00,13:00-15:00 Dagen före` for days that differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from itertools import combinations, groupby, pairwise
from typing import Any

from babel.dates import get_day_names

from contactcenter.i18n import gettext as _
from contactcenter.i18n import language
from contactcenter.services.editing.field import Area, Form, Wrong
from routing.hours import Hours, WeeklyHours

MOST_OPENINGS = 200
LONGEST_REASON = 300
_DAYS = "måndag tisdag onsdag torsdag fredag lördag söndag".split()
_ENGLISH = "monday tuesday wednesday thursday friday saturday sunday".split()
_TIMES = r"(?P<times>\d{1,2}[.:]\d\d\s*[-–]\s*\d{1,2}[.:]\d\d(?:\s*,\s*\d{1,2}[.:]\d\d\s*[-–]\s*\d{1,2}[.:]\d\d)*)"
_WEEKLY = re.compile(
    rf"(?P<first>[^\W\d]+)(?:\s*[-–]\s*(?P<last>[^\W\d]+))?\s+{_TIMES}"
    r"(?:\s+(?P<weeks>udda|jämna|odd|even)(?:\s+(?:veckor|weeks))?)?"
    r"(?:\s+(?:från|from)\s+(?P<since>\d{4}-\d\d-\d\d))?(?:\s+(?:till|to)\s+(?P<until>\d{4}-\d\d-\d\d))?",
    re.IGNORECASE,
)
_DIFFERS = re.compile(
    rf"(?P<day>\d{{4}}-\d\d-\d\d)\s+(?:{_TIMES}|(?P<closed>stängt|closed))(?:\s*:?\s+(?P<reason>\S.*))?", re.IGNORECASE
)
_SPAN = re.compile(r"(\d{1,2})[.:](\d\d)\s*[-–]\s*(\d{1,2})[.:](\d\d)")


def weekly(line: str) -> WeeklyHours:
    """A stored line as routing reads it. Raises ValueError when it is none."""
    weekday, span, weeks, *limits = line.split()
    opens, closes = (time.fromisoformat(text) for text in span.split("-"))
    since, until = (date.fromisoformat(text) if text != "*" else None for text in (*limits, "*", "*")[:2])
    return WeeklyHours(int(weekday) - 1, opens, closes, weeks, since, until)


def weekly_line(held: WeeklyHours) -> str:
    """An opening as it is stored."""
    limits = ""
    if held.valid_from or held.valid_to:
        limits = f" {held.valid_from or '*'} {held.valid_to or '*'}"
    return f"{held.weekday + 1} {held.opens:%H:%M}-{held.closes:%H:%M} {held.weeks}{limits}"


def differing(line: str) -> tuple[date, tuple[Hours, ...], str]:
    """A stored day that differs: the day, its hours (none: closed) and the reason."""
    day, spans, *reason = line.split(" ", 2)
    hours = () if spans == "closed" else tuple(_stored_span(span) for span in spans.split(","))
    return date.fromisoformat(day), hours, " ".join(reason)


def differing_line(day: date, hours: Iterable[Hours], reason: str) -> str:
    """A day that differs as it is stored."""
    spans = ",".join(f"{each.opens:%H:%M}-{each.closes:%H:%M}" for each in hours) or "closed"
    return f"{day} {spans} {reason}".strip()


def _stored_span(text: str) -> Hours:
    opens, closes = (time.fromisoformat(each) for each in text.split("-"))
    return Hours(opens, closes)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyLines(Area):
    """The openings of a week."""

    def read(self, form: Form) -> Any:
        """Stored lines in the order of the week.

        Raises:
            Wrong: a line is no opening, or two are at the same time.
        """
        found: list[WeeklyHours] = []
        for line in self.checked(form.get(self.name, "")).splitlines():
            if line.strip():
                found += _openings(" ".join(line.split()))
        if wrong := wrong_week(found):
            raise Wrong(wrong)
        return [weekly_line(held) for held in sorted(found, key=lambda held: (held.weekday, held.opens, held.weeks))]

    def written(self, value: Any) -> str:
        """A line for each day and kind of week."""
        held = sorted(
            (weekly(line) for line in value or ()),
            key=lambda each: (each.weekday, each.weeks, str(each.valid_from), str(each.valid_to), each.opens),
        )
        together = groupby(held, key=lambda each: (each.weekday, each.weeks, each.valid_from, each.valid_to))
        return "\n".join(_told(list(same)) for _key, same in together)


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferingLines(Area):
    """Days that differ."""

    def read(self, form: Form) -> Any:
        """Stored lines in the order of the calendar.

        Raises:
            Wrong: a line is no such day, its hours overlap, or a day stands twice.
        """
        found: dict[date, str] = {}
        for line in self.checked(form.get(self.name, "")).splitlines():
            if line.strip():
                day, stored = _differing(" ".join(line.split()))
                if day in found:
                    raise Wrong(_("%(day)s stands twice. Give one line with all its hours.", day=day))
                found[day] = stored
        return [stored for _day, stored in sorted(found.items())]

    def written(self, value: Any) -> str:
        """One a line."""
        return "\n".join(_told_day(line) for line in value or ())


def wrong_week(held: Sequence[WeeklyHours]) -> str:
    """Why these openings cannot be held together, empty when they can."""
    if len(held) > MOST_OPENINGS:
        return _("At most %(most)s openings.", most=MOST_OPENINGS)
    for one, other in combinations(held, 2):
        if _meet(one, other):
            return _("Two openings overlap: %(one)s and %(other)s.", one=_told([one]), other=_told([other]))
    return ""


def overlap(hours: Iterable[Hours]) -> bool:
    """Whether two of the hours of one day meet."""
    return any(_end(one.closes) > other.opens for one, other in pairwise(sorted(hours, key=lambda each: each.opens)))


def _openings(line: str) -> Iterator[WeeklyHours]:
    match = _WEEKLY.fullmatch(line)
    first = _weekday(match["first"]) if match else None
    last = _weekday(match["last"] or match["first"]) if match else None
    if match is None or first is None or last is None or last < first:
        raise Wrong(
            _("“%(line)s” is no opening. Write for example: måndag–torsdag 08.00–12.00, 13.00–16.00", line=line[:80])
        )
    weeks = {"udda": "odd", "jämna": "even"}.get(
        (match["weeks"] or "every").lower(), (match["weeks"] or "every").lower()
    )
    try:
        since, until = (date.fromisoformat(text) if text else None for text in (match["since"], match["until"]))
    except ValueError as error:
        raise Wrong(_("“%(line)s” names a day that does not exist.", line=line[:80])) from error
    if since and until and until < since:
        raise Wrong(_("“%(line)s” ends before it begins.", line=line[:80]))
    for weekday in range(first, last + 1):
        for hours in _spans(match["times"], line):
            yield WeeklyHours(weekday, hours.opens, hours.closes, weeks, since, until)


def _weekday(word: str) -> int | None:
    word = word.lower()
    for names in (_DAYS, _ENGLISH):
        for number, name in enumerate(names):
            if len(word) >= 3 and name.startswith(word):
                return number
    return None


def _spans(text: str, line: str) -> list[Hours]:
    try:
        return [
            Hours(time(int(hour), int(minute)), _closing(int(until), int(past)))
            for hour, minute, until, past in _SPAN.findall(text)
        ]
    except ValueError as error:
        raise Wrong(
            _("“%(line)s” closes before it opens, or names a time that does not exist.", line=line[:80])
        ) from error


def _differing(line: str) -> tuple[date, str]:
    match = _DIFFERS.fullmatch(line)
    if match is None:
        raise Wrong(_("“%(line)s” is no such day. Write for example: 2026-12-24 stängt: Julafton", line=line[:80]))
    try:
        day = date.fromisoformat(match["day"])
    except ValueError as error:
        raise Wrong(_("“%(line)s” names a day that does not exist.", line=line[:80])) from error
    hours = [] if match["closed"] else sorted(_spans(match["times"], line), key=lambda each: each.opens)
    if overlap(hours):
        raise Wrong(_("“%(line)s” has hours that overlap.", line=line[:80]))
    reason = match["reason"] or ""
    if len(reason) > LONGEST_REASON:
        raise Wrong(_("Write at most %(most)s characters; this is %(now)s.", most=LONGEST_REASON, now=len(reason)))
    return day, differing_line(day, hours, reason)


def _closing(hour: int, minute: int) -> time:
    """A time of day; 24.00 is the end of it. Raises ValueError for any other beyond 23.59."""
    return time() if (hour, minute) == (24, 0) else time(hour, minute)


def _end(closes: time) -> time:
    """Closing at 00.00 is the end of the day."""
    return closes if closes != time() else time.max


def _meet(one: WeeklyHours, other: WeeklyHours) -> bool:
    """Whether two openings are ever held at the same time."""
    if one.weekday != other.weekday or {one.weeks, other.weeks} == {"odd", "even"}:
        return False
    if max(one.opens, other.opens) >= min(_end(one.closes), _end(other.closes)):
        return False
    begins = max(one.valid_from or date.min, other.valid_from or date.min)
    return begins <= min(one.valid_to or date.max, other.valid_to or date.max)


def _told(same: list[WeeklyHours]) -> str:
    """Openings of one day as a line: `Måndag 08.00–12.00, 13.00–16.00 udda veckor`."""
    held = same[0]
    day = get_day_names("wide", locale=language())[held.weekday]
    times = ", ".join(_span_text(each.opens, each.closes) for each in same)
    weeks = {"odd": " " + _("odd weeks"), "even": " " + _("even weeks")}.get(held.weeks, "")
    since = " " + _("from %(day)s", day=held.valid_from) if held.valid_from else ""
    until = " " + _("to %(day)s", day=held.valid_to) if held.valid_to else ""
    return f"{day.capitalize()} {times}{weeks}{since}{until}"


def _span_text(opens: time, closes: time) -> str:
    return f"{opens:%H.%M}–{closes:%H.%M}"


def _told_day(line: str) -> str:
    day, hours, reason = differing(line)
    times = ", ".join(_span_text(each.opens, each.closes) for each in hours) or _("closed")
    return f"{day} {times}" + (f": {reason}" if reason else "")

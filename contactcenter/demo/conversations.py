"""The invented people and conversations of Ekhamra kommun, read strictly from ``data/*.toml``.

The keys are explained on top of ``data/people.toml`` and ``data/conversations_acute.toml``. Whether topics,
teams and offices exist is for whoever stores them to say: their slugs are passed on as written.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date, time, timedelta
from functools import cache
from importlib.resources import files
from typing import Final, get_args

from contactcenter.demo import records
from contactcenter.demo.records import Agent, Attachment, Conversation, Entry, People, Resident, WorkingDay
from contactcenter.demo.strict_table import DemoDataError, Table
from contactcenter.demo.timeline import fill_dates, last_activity_at, received_at, timeline, wakes_at

__all__ = [
    "DemoDataError",
    "last_activity_at",
    "load_conversations",
    "load_people",
    "parse_conversations",
    "parse_people",
    "received_at",
    "timeline",
    "wakes_at",
]

_DAY: Final = re.compile(r"(\d{1,2}) d ([01]\d|2[0-3]):([0-5]\d)")
_INTERVAL: Final = re.compile(r"(?:(\d{1,2}) h)?(?: ?(\d{1,3}) min)?")
_DATA: Final = files("contactcenter.demo") / "data"


@cache
def load_people() -> People:
    """Everybody in ``people.toml``; raises DemoDataError on a mistake in the file."""
    return parse_people((_DATA / "people.toml").read_text("utf-8"))


@cache
def load_conversations() -> tuple[Conversation, ...]:
    """All conversations of ``conversations_*.toml``, file by file; raises DemoDataError on a mistake."""
    found: list[Conversation] = []
    for name in sorted(one.name for one in _DATA.iterdir()):
        if name.startswith("conversations_") and name.endswith(".toml"):
            found.extend(parse_conversations((_DATA / name).read_text("utf-8"), name, load_people()))
    _demand_unique("conversations_*.toml", [one.key for one in found])
    return tuple(found)


def parse_people(text: str, name: str = "people.toml") -> People:
    """The people of one TOML document; `name` is what errors call it."""
    top = Table(tomllib.loads(text), name)
    agents = tuple(_agent(one) for one in top.tables("agent"))
    residents = tuple(_resident(one) for one in top.tables("resident"))
    top.end()
    _demand_unique(name, [one.login for one in agents] + [one.key for one in residents])
    return People(agents, residents)


def parse_conversations(text: str, name: str, people: People) -> tuple[Conversation, ...]:
    """The conversations of one TOML document between those people; `name` is what errors call it."""
    top = Table(tomllib.loads(text), name)
    found = tuple(_conversation(one, people) for one in top.tables("conversation"))
    top.end()
    return found


def _agent(table: Table) -> Agent:
    agent = Agent(
        login=table.text("login"),
        name=table.text("name"),
        role=table.choice("role", get_args(records.Role)),
        title=table.text("title"),
        languages=table.texts("languages"),
        teams=table.texts("teams"),
        domains=table.texts("domains", get_args(records.Domain)),
    )
    table.end()
    return agent


def _resident(table: Table) -> Resident:
    resident = Resident(
        key=table.text("key"),
        kind=table.choice("kind", get_args(records.PersonKind), "person"),
        name=table.text("name", None),
        email=table.text("email", None),
        phone=table.text("phone", None),
        language=table.text("language", "sv"),
        preferred_channel=table.choice("preferred_channel", get_args(records.Channel), None),
        protected_identity=table.flag("protected_identity"),
        safe_contact=table.text("safe_contact", None),
    )
    table.end()
    return resident


def _conversation(table: Table, people: People) -> Conversation:
    resident, assignee = table.text("resident", None), table.text("assignee", None)
    _demand_known(table, people, resident, assignee)
    spoken = people.resident(resident).language if resident else "sv"
    entries = [_entry(one, people, resident, assignee) for one in table.tables("entry")]
    conversation = Conversation(
        key=table.text("key"),
        subject=table.text("subject"),
        topic=table.text("topic"),
        status=table.choice("status", get_args(records.Status)),
        received=_when(table, table.text("received")),
        weekday=table.choice("weekday", get_args(records.Weekday), None),
        resident=resident,
        language=table.text("language", spoken),
        team=table.text("team", None),
        office=table.text("office", None),
        priority=table.choice("priority", get_args(records.Priority), None),
        assignee=assignee,
        outcome=table.choice("outcome", get_args(records.Outcome), None),
        outcome_reason=table.text("outcome_reason", None),
        wakes=_wakes(table),
        entries=tuple(entries),
    )
    table.end()
    _demand_sense(table, conversation)
    return conversation


def _entry(table: Table, people: People, resident: str | None, assignee: str | None) -> Entry:
    kind = table.choice("kind", get_args(records.EntryKind))
    incoming = kind in ("message_in", "reopened")
    author = table.text("author", resident if incoming else assignee)
    if author is None:
        table.fail(f"author is missing, and the conversation has no {'resident' if incoming else 'assignee'}")
    _demand_known(table, people, *((author, None) if incoming else (None, author)))
    after = table.text("after", None)
    entry = Entry(
        kind=kind,
        author=author,
        channel=_channel(table, kind),
        after=None if after is None else _when(table, after),
        text=table.text("text", "") if kind in ("closed", "reopened") else table.text("text"),
        attachments=tuple(_attachment(one) for one in table.tables("attachments")),
    )
    table.end()
    _demand_dates(table, entry.text)
    return entry


def _channel(table: Table, kind: records.EntryKind) -> records.Channel | None:
    if kind in ("message_in", "message_out"):
        channel: records.Channel = table.choice("channel", get_args(records.Channel), "email")
        return channel
    return {"call": "phone", "visit": "visit"}.get(kind)  # type: ignore[return-value]


def _attachment(table: Table) -> Attachment:
    attachment = Attachment(table.text("name"), table.choice("kind", get_args(records.AttachmentKind)))
    if not attachment.name.endswith(f".{attachment.kind}"):
        table.fail(f"the name {attachment.name} must end in .{attachment.kind}")
    table.end()
    return attachment


def _when(table: Table, text: str) -> timedelta | WorkingDay:
    if match := _DAY.fullmatch(text):
        return WorkingDay(int(match[1]), time(int(match[2]), int(match[3])))
    match = _INTERVAL.fullmatch(text)
    interval = timedelta(hours=int(match[1] or 0), minutes=int(match[2] or 0)) if match else timedelta()
    if not interval:
        table.fail(f'{text!r} is not a time: write "2 d 09:40" (working days), "3 h" or "1 h 20 min"')
    return interval


def _wakes(table: Table) -> WorkingDay | None:
    text = table.text("wakes", None)
    if text is None:
        return None
    when = _when(table, text)
    if not isinstance(when, WorkingDay) or when.days < 1:
        table.fail(f'wakes is {text!r}, it must be at least one working day ahead, for instance "3 d 08:00"')
    return when


def _demand_sense(table: Table, one: Conversation) -> None:
    """What the columns say together: states, outcomes, offices and the order of the entries."""
    first, *afters = [entry.after for entry in one.entries] or [timedelta()]
    if first is not None or None in afters:
        table.fail("it needs entries, and all but the first need `after`")
    if (one.outcome is not None) != (one.status == "closed"):
        table.fail("outcome belongs to status closed, and closed needs one")
    if (one.outcome_reason is not None) != (one.outcome == "no_help"):
        table.fail("outcome_reason belongs to outcome no_help, which needs one")
    if (one.wakes is not None) != (one.status == "parked"):
        table.fail("wakes belongs to status parked, which needs one")
    if one.office is None and "visit" in [entry.kind for entry in one.entries]:
        table.fail("a visit needs the office of the conversation")
    if one.weekday is not None and isinstance(one.received, timedelta):
        table.fail("weekday belongs to received in working days")
    if isinstance(one.received, timedelta):
        intervals = [after for after in afters if isinstance(after, timedelta)]
        if len(intervals) < len(afters) or sum(intervals, timedelta()) >= one.received:
            table.fail('received as an interval needs entries at intervals that fit in, or write "1 d 09:00"')


def _demand_known(table: Table, people: People, resident: str | None, agent: str | None) -> None:
    if resident is not None and resident not in [one.key for one in people.residents]:
        table.fail(f"no resident has the key {resident}; people.toml lists them")
    if agent is not None and agent not in [one.login for one in people.agents]:
        table.fail(f"no agent has the login {agent}; people.toml lists them")


def _demand_dates(table: Table, text: str) -> None:
    try:
        fill_dates(text, date(2026, 1, 1))
    except ValueError as problem:
        table.fail(str(problem))


def _demand_unique(place: str, names: list[str]) -> None:
    for name in {one for one in names if names.count(one) > 1}:
        raise DemoDataError(f"{place}: {name} is used twice; keys and logins must differ")

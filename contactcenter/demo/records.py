"""What the example data says: people and conversations as plain values, free of database and framework."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta
from typing import Literal

Role = Literal["guide", "specialist", "supervisor", "it_host", "admin"]
Domain = Literal["common", "education", "social", "care", "acute"]
PersonKind = Literal["person", "association", "company"]
Status = Literal["new", "open", "waiting_resident", "waiting_internal", "parked", "closed"]
Priority = Literal["urgent", "high", "normal", "low"]
Outcome = Literal[
    "solved",
    "transferred",
    "asked_return",
    "answer_group",
    "handed_over",
    "referred",
    "no_help",
    "self_service",
]
EntryKind = Literal["message_in", "message_out", "note", "call", "visit", "closed", "reopened"]
Channel = Literal["email", "chat", "sms", "form", "letter", "phone", "visit"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri"]
AttachmentKind = Literal["png", "pdf", "txt"]


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody who works for the municipality; `login` is the address they sign in with."""

    login: str
    name: str
    role: Role
    title: str
    languages: tuple[str, ...]
    teams: tuple[str, ...]
    domains: tuple[Domain, ...]


@dataclass(frozen=True, slots=True)
class Resident:
    """A person, association or company; `name` is None when only an address is known."""

    key: str
    kind: PersonKind
    name: str | None
    email: str | None
    phone: str | None
    language: str
    preferred_channel: Channel | None
    protected_identity: bool
    safe_contact: str | None


@dataclass(frozen=True, slots=True)
class People:
    """Everybody who writes or is written to."""

    agents: tuple[Agent, ...]
    residents: tuple[Resident, ...]

    def agent(self, login: str) -> Agent:
        """The agent with that login; KeyError when there is none."""
        return {one.login: one for one in self.agents}[login]

    def resident(self, key: str) -> Resident:
        """The resident with that key; KeyError when there is none."""
        return {one.key: one for one in self.residents}[key]


@dataclass(frozen=True, slots=True)
class WorkingDay:
    """A clock time in Stockholm, a number of working days (Monday to Friday) from some given day."""

    days: int
    clock: time


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to be generated under that name."""

    name: str
    kind: AttachmentKind


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a timeline; `after` counts from the entry before it and is None on the first.

    `author` is a resident's key on a message_in and the reopening it brings, else an agent's login. `channel`
    is None on what stays inside (note, closed, reopened).
    """

    kind: EntryKind
    author: str
    channel: Channel | None
    after: timedelta | WorkingDay | None
    text: str
    attachments: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True)
class Conversation:
    """One ticket. `team` and `priority` are None when the topic's own apply, `resident` when it is unknown.

    `received` is a time back from now: so many working days (0 or more), or an interval on any day of the
    week. It lies further back when it must be on a certain `weekday`.
    """

    key: str
    subject: str
    topic: str
    status: Status
    received: timedelta | WorkingDay
    weekday: Weekday | None
    resident: str | None
    language: str
    team: str | None
    office: str | None
    priority: Priority | None
    assignee: str | None
    outcome: Outcome | None
    outcome_reason: str | None
    wakes: WorkingDay | None
    entries: tuple[Entry, ...]

"""What programs send and are given: the models that check it, and that the OpenAPI document is made from."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from contactcenter.model.words import (
    OUTCOMES,
    AddressKind,
    ChannelKind,
    Direction,
    EntryKind,
    EntryState,
    Priority,
    Role,
    Status,
)

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Line = Annotated[str, StringConstraints(max_length=500, strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]*$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=200_000, pattern=r"^[^\x00]*$")]
Number = Annotated[int, Field(ge=1, lt=2**31)]
Login = Annotated[str, StringConstraints(min_length=3, max_length=320, pattern=r"^[^\s\x00]+@[^\s\x00]+$")]
Outcome = Literal[OUTCOMES]  # type: ignore[valid-type]


def _decoded(given: object) -> bytes:
    """Bytes from base64 (RFC 4648 §4), with nothing else in between."""
    if not isinstance(given, str):
        raise ValueError("must be text in base64")
    try:
        return base64.b64decode(given, validate=True)
    except binascii.Error as error:
        raise ValueError("is no base64") from error


class Asked(BaseModel):
    """What a program sends: exact types, and no field that is not known."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True, use_attribute_docstrings=True)


class Told(BaseModel):
    """What a program is given."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Reason(Told):
    """One step of a decision."""

    code: str
    text: str
    matched: list[str]
    """The words of the message that mattered."""
    used: bool
    """False: it was considered and did not count."""


class Decision(Told):
    """Why a ticket is where it is."""

    rule: str | None
    reasons: list[Reason]


class Reached(Told):
    """An address of a person."""

    kind: AddressKind
    value: str


class Person(Told):
    """Who a ticket is about. Of a protected identity nothing is told but that it is one."""

    name: str
    protected: bool
    addresses: list[Reached]


class File(Told):
    """A file of an entry."""

    id: int
    name: str
    media_type: str
    size: int
    """Bytes."""


class Entry(Told):
    """One line of a ticket's timeline."""

    seq: int
    kind: EntryKind
    direction: Direction
    channel: ChannelKind | None
    author: str
    text: str
    state: EntryState
    created_at: datetime
    attachments: list[File]


class Ticket(Told):
    """A ticket as lists tell it."""

    number: int
    subject: str
    status: Status
    priority: Priority
    topic: str | None
    team: str
    office: str | None
    assignee: str | None
    channel: ChannelKind
    language: str
    domain: str
    person: Person
    rev: int
    """Counts every change; send it with a write to be told when somebody was faster."""
    created_at: datetime
    waiting_since: datetime
    first_reply_due: datetime | None
    """When the first answer that is still owed is promised by; null when none is owed or promised."""
    decision: Decision


class TicketWithEntries(Ticket):
    """A ticket read alone."""

    entries: list[Entry]


class Tickets(Told):
    """A page of tickets."""

    tickets: list[Ticket]
    next: str | None
    """Send it as `after` for the next page; null on the last one."""


class Change(Told):
    """That a ticket changed."""

    number: int
    rev: int


class Changes(Told):
    """What has changed for the token's agent since a place in the order of events."""

    changes: list[Change]
    last: str
    """Send it as `since` next time."""


class Topic(Told):
    """A topic (ämne)."""

    slug: str
    name: str
    name_en: str
    team: str
    domain: str
    priority: Priority
    active: bool


class Topics(Told):
    """All topics."""

    topics: list[Topic]


class Team(Told):
    """A team (svarsgrupp)."""

    slug: str
    name: str
    first_line: bool


class Teams(Told):
    """All teams."""

    teams: list[Team]


class Office(Told):
    """An office (kontor)."""

    slug: str
    name: str
    district: str
    languages: list[str]


class Offices(Told):
    """All offices."""

    offices: list[Office]


class Agent(Told):
    """A colleague who can be given tickets."""

    login: str
    name: str
    role: Role
    languages: list[str]
    teams: list[str]


class Agents(Told):
    """All agents who work here now."""

    agents: list[Agent]


class ListAsked(BaseModel):
    """Which tickets."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True)

    status: Status | None = None
    topic: Slug | None = None
    team: Slug | None = None
    office: Slug | None = None
    channel: ChannelKind | None = None
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")] | None = None
    assignee: Login | Literal["none"] | None = None
    """A login, or `none` for tickets that nobody has."""
    q: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00]*$")] | None = None
    """Words to search for: the newest 200 matches, in pages."""
    order: Literal["newest", "queue"] = "newest"
    """`queue` gives open tickets only: urgent first, then those that have waited longest."""
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    after: Annotated[str, StringConstraints(max_length=200)] | None = None


class SinceAsked(BaseModel):
    """From where."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True)

    since: Annotated[str, StringConstraints(max_length=60)] = ""
    """`last` of the answer before; empty begins at the present."""
    limit: Annotated[int, Field(ge=1, le=1000)] = 500


class NothingAsked(Asked):
    """No field."""


class WithRev(Asked):
    """A change of a ticket."""

    rev: Annotated[int, Field(ge=0, lt=2**31)] | None = None
    """The `rev` that the change was thought out with; 409 when the ticket has changed since. Left out: any."""


class AddressAsked(Asked):
    """An address of whoever writes: only a claim."""

    kind: AddressKind
    value: Annotated[str, StringConstraints(min_length=3, max_length=320)]


class PersonAsked(Asked):
    """Who writes."""

    name: Line = ""
    addresses: Annotated[list[AddressAsked], Field(max_length=5)] = []
    """The first one is answered to."""


class FileAsked(Asked):
    """A file, in base64."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    media_type: Annotated[str, StringConstraints(max_length=127, pattern=r"^[\w.+-]+/[\w.+-]+$")] = (
        "application/octet-stream"
    )
    content: Annotated[
        bytes,
        BeforeValidator(_decoded),
        WithJsonSchema({"type": "string", "contentEncoding": "base64", "pattern": "^[A-Za-z0-9+/]*={0,2}$"}),
    ]


class NewTicket(Asked):
    """Something from outside that becomes a ticket: a form of an e-service, a letter, a call noted elsewhere."""

    channel: ChannelKind = ChannelKind.FORM
    person: PersonAsked = PersonAsked()
    subject: Line = ""
    text: Words
    topic: Slug | None = None
    """Left out: routing finds it from the words."""
    office: Slug | None = None
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")] | None = None
    """Left out: detected."""
    attachments: Annotated[list[FileAsked], Field(max_length=20)] = []


class NewNote(Asked):
    """An internal note."""

    text: Words


class Assign(WithRev):
    """Who is to have the ticket: a login, or null for nobody."""

    agent: Login | None


class Close(WithRev):
    """How it ended."""

    outcome: Outcome = "solved"


class Reopen(WithRev):
    """Nothing more."""


class Park(WithRev):
    """How long it rests; null: until the resident writes."""

    until: AwareDatetime | None


class ChangeTopic(WithRev):
    """The right topic; team, priority and domain follow."""

    topic: Slug
    ground: Line = ""
    """Why the ticket may leave a confidential domain; needed when it does."""


class Changed(Told):
    """The ticket after a write."""

    number: int
    rev: int
    status: Status
    visible: bool
    """False: the token's agent no longer sees it."""


class Added(Told):
    """The entry that was written."""

    number: int
    seq: int
    state: EntryState
    rev: int


class WebhookTicket(Told):
    """Where a ticket is when something happens to it. Topic, team and office are null where they would say too much."""

    number: int
    status: Status
    priority: Priority
    channel: ChannelKind
    rev: int
    domain: str | None
    topic: str | None
    team: str | None
    office: str | None


class WebhookEvent(Told):
    """What a webhook is told. It holds no text and no person: whoever may know more fetches the ticket."""

    id: str
    type: str
    created_at: datetime
    ticket: WebhookTicket

"""The words that columns may hold, and which status may follow which."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Enum


def word(kind: type[StrEnum]) -> Enum:
    """A column type that stores the value of `kind` as text."""
    return Enum(kind, native_enum=False, length=24, values_callable=lambda members: [m.value for m in members])


class Role(StrEnum):
    """What an agent is here for; the rights of each are in `access`."""

    GUIDE = "guide"
    SPECIALIST = "specialist"
    SUPERVISOR = "supervisor"
    IT_HOST = "it_host"
    ADMIN = "admin"
    PARTNER = "partner"


class LinkPurpose(StrEnum):
    """Why somebody is given a link to choose a password: they are new, or their old one no longer holds."""

    INVITE = "invite"
    RESET = "reset"


class Status(StrEnum):
    """Where a ticket is in its life."""

    NEW = "new"
    OPEN = "open"
    WAITING_RESIDENT = "waiting_resident"
    WAITING_INTERNAL = "waiting_internal"
    PARKED = "parked"
    CLOSED = "closed"


STATUS_EDGES: dict[Status, frozenset[Status]] = {
    Status.NEW: frozenset(
        {Status.OPEN, Status.WAITING_RESIDENT, Status.WAITING_INTERNAL, Status.PARKED, Status.CLOSED}
    ),
    Status.OPEN: frozenset({Status.WAITING_RESIDENT, Status.WAITING_INTERNAL, Status.PARKED, Status.CLOSED}),
    Status.WAITING_RESIDENT: frozenset({Status.OPEN, Status.WAITING_INTERNAL, Status.PARKED, Status.CLOSED}),
    Status.WAITING_INTERNAL: frozenset({Status.OPEN, Status.WAITING_RESIDENT, Status.PARKED, Status.CLOSED}),
    Status.PARKED: frozenset({Status.OPEN, Status.WAITING_RESIDENT, Status.WAITING_INTERNAL, Status.CLOSED}),
    Status.CLOSED: frozenset({Status.OPEN}),
}


class Priority(StrEnum):
    """How soon somebody must look: now, the same day, the next working day, or when there is time."""

    URGENT = "urgent"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class Sensitivity(StrEnum):
    """What a topic's tickets usually hold."""

    OPEN = "open"
    PERSONAL = "personal"
    SECRET = "secret"  # noqa: S105 - how closed a topic is


class ChannelKind(StrEnum):
    """The kinds of doors."""

    EMAIL = "email"
    CHAT = "chat"
    SMS = "sms"
    PHONE = "phone"
    VISIT = "visit"
    FORM = "form"
    LETTER = "letter"


CHANNEL_WEIGHTS: dict[ChannelKind, int] = {
    ChannelKind.EMAIL: 1,
    ChannelKind.CHAT: 2,
    ChannelKind.SMS: 1,
    ChannelKind.PHONE: 3,
    ChannelKind.VISIT: 3,
    ChannelKind.FORM: 1,
    ChannelKind.LETTER: 1,
}
"""How much of a colleague's capacity one open ticket takes: a letter can wait, a person at the desk cannot."""


class EntryKind(StrEnum):
    """What a line of a ticket's timeline is."""

    MESSAGE = "message"
    NOTE = "note"
    OFFICIAL_NOTE = "official_note"
    CALL = "call"
    VISIT = "visit"
    EVENT = "event"


class Direction(StrEnum):
    """From the resident, to the resident, or among us."""

    IN = "in"
    OUT = "out"
    INTERNAL = "internal"


class EntryState(StrEnum):
    """How far an outgoing message has come; what has come in is `received`. A state never falls in rank."""

    RECEIVED = "received"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    UNCERTAIN = "uncertain"
    FAILED = "failed"
    DELIVERED = "delivered"
    READ = "read"


class InboxState(StrEnum):
    """What became of something that arrived."""

    WAITING = "waiting"
    DONE = "done"
    DUPLICATE = "duplicate"
    PARKED = "parked"
    QUARANTINED = "quarantined"


class PersonKind(StrEnum):
    """Who can be on the other side."""

    PERSON = "person"
    ASSOCIATION = "association"
    COMPANY = "company"


class AddressKind(StrEnum):
    """What an address is an address of."""

    EMAIL = "email"
    PHONE = "phone"


class OfficeKind(StrEnum):
    """What an office is: the central one, a local one, a visiting one, a desk in somebody else's house."""

    CENTRAL = "central"
    LOCAL = "local"
    POPUP = "popup"
    DESK = "desk"


OUTCOMES = (
    "solved",
    "transferred",
    "message_taken",
    "other_system",
    "self_service",
    "asked_return",
    "answer_group",
    "handed_over",
    "referred",
    "secure",
    "no_help",
    "misc",
)
"""How a ticket can end; several of them are counted apart in the municipality's figures."""


class DraftKind(StrEnum):
    """The composer's two faces, each with a draft of its own."""

    REPLY = "reply"
    NOTE = "note"


class Verification(StrEnum):
    """How sure we are of who wrote: only claimed, or the token of an answer of ours came back."""

    CLAIMED = "claimed"
    TOKEN = "token"  # noqa: S105 - the name of a level, not a secret

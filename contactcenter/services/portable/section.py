"""What the file holds: its sections in the order in which they are stored, each over a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, Date, Enum, Integer, String, Text, Time
from sqlalchemy.types import JSON, Boolean

from contactcenter.db import Base
from contactcenter.model import (
    Acknowledgement,
    Appearance,
    Authority,
    CalendarException,
    CannedReply,
    District,
    Domain,
    Office,
    OpeningInterval,
    OurAddress,
    ReplyTarget,
    RoutingRule,
    SenderRule,
    ServiceOffer,
    Signature,
    Skill,
    Team,
    Topic,
)
from contactcenter.model.words import ChannelKind, Priority
from contactcenter.queries import ack_texts, signatures
from contactcenter.queries.wording import LANGUAGES
from contactcenter.services import parking
from contactcenter.services.appearance import look
from contactcenter.services.appearance.palette import RADII
from contactcenter.services.portable import check
from contactcenter.services.portable import value as values
from contactcenter.services.portable.place import Place
from contactcenter.services.portable.value import Value
from routing.deadlines import DAYS, MOST_DAYS, UNITS

State = dict[str, Any]
KEPT_BY_US = frozenset({"id", "created_at", "position", "version", "logo_key", "logo_type"})
"""Columns that no file holds: they are made when a row is stored."""
_CHANNELS = tuple(ChannelKind)
_PRIORITIES = tuple(Priority)
_CONDITIONS: Mapping[str, tuple[str, ...] | str | None] = {
    "channel": _CHANNELS,
    "recipient": None,
    "words": None,
    "topic": "topics",
    "language": LANGUAGES,
    "district": "districts",
    "office": "offices",
}
_MAY_BE_UNKNOWN = frozenset({"topic", "language", "district", "office"})
_ACTIONS: Mapping[str, tuple[str, ...] | str | None] = {
    "topic": "topics",
    "team": "teams",
    "office": "offices",
    "priority": _PRIORITIES,
    "domain": "domains",
}


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that belong to an object and are replaced together: its list `name`; `owner` is their column for it."""

    name: str
    table: type[Base]
    owner: str
    special: Mapping[str, Value] = field(default_factory=dict)
    check: Callable[[State, Place], None] = check.nothing


@dataclass(frozen=True, slots=True)
class Section:
    """The objects of a table. `identity` are the columns that no two share; `kind` names them in the history.

    Those with one such column stand under it; others, and those whose order counts, are a list. `special` values are
    written in their own way, all others as their column asks. Left out are the columns of `KEPT_BY_US`. With
    `names_differ` no two may have one name, besides that by which they are known. Answers come from the address in
    `sender`: another one than before must be ours.
    """

    name: str
    table: type[Base]
    kind: str
    identity: tuple[str, ...] = ("slug",)
    listed: bool = False
    special: Mapping[str, Value] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    check: Callable[[State, Place], None] = check.nothing
    names_differ: bool = False
    sender: str = ""

    def key(self, state: State) -> str:
        """What an object is known by; `*` is "all" in one that is known by several words."""
        return ".".join(str(state[name] or "*") for name in self.identity)


_SIGNED = {"signature": values.Text(signatures.LONGEST)}
_WEEKDAY = values.Word(values.WEEKDAYS, numbered=True)
_HOURS = Part(
    "intervals",
    OpeningInterval,
    "office_id",
    {"weekday": _WEEKDAY, "weeks": values.Word(("every", "odd", "even"))},
    check.opening,
)
_EXCEPTIONS = Part("exceptions", CalendarException, "office_id", {}, check.differing_day)
_OFFERS = Part(
    "offers", ServiceOffer, "office_id", {"weekday": _WEEKDAY, "mode": values.Word(("drop_in", "booked"))}, check.offer
)

SECTIONS = (
    Section("domains", Domain, "sekretessomraden"),
    Section("skills", Skill, "kompetenser", ("name",), names_differ=True),
    Section("teams", Team, "grupper", special=_SIGNED, names_differ=True, sender="mail_address"),
    Section(
        "topics",
        Topic,
        "amnen",
        special={"phrases": values.Weights()},
        names_differ=True,
    ),
    Section("districts", District, "kommundelar", ("name",), special={"place_names": values.Texts(words=True)}),
    Section(
        "offices",
        Office,
        "kontor",
        special={
            "languages": values.Texts(languages=True),
            "place_names": values.Texts(words=True),
            "landmarks": values.Texts(words=True),
            **_SIGNED,
        },
        parts=(_HOURS, _EXCEPTIONS, _OFFERS),
        check=check.office,
        names_differ=True,
        sender="mail_address",
    ),
    Section("addresses", OurAddress, "e-postadresser", ("address",), check=check.our_address, sender="address"),
    Section(
        "rules",
        RoutingRule,
        "fordelningsregler",
        listed=True,
        names_differ=True,
        special={
            "conditions": values.Choices(_CONDITIONS, True, frozenset({"words"}), _MAY_BE_UNKNOWN),
            "actions": values.Choices(_ACTIONS, False),
        },
    ),
    Section(
        "reply_targets",
        ReplyTarget,
        "svarstider",
        ("topic", "channel", "priority"),
        listed=True,
        special={
            "channel": values.Word(("", *_CHANNELS)),
            "priority": values.Word(("", *_PRIORITIES)),
            "count": values.Number(0, MOST_DAYS * 24 * 60),
            "unit": values.Word((*UNITS, DAYS)),
        },
        check=check.target,
    ),
    Section(
        "canned_replies",
        CannedReply,
        "snabbsvar",
        special={"text": values.Text(values.LONGEST_TEXT, True), "language": values.Word(LANGUAGES)},
        check=check.canned_reply,
    ),
    Section(
        "signatures",
        Signature,
        "signaturer",
        ("team",),
        listed=True,
        special={"text": values.Text(signatures.LONGEST, True)},
        check=check.signature,
    ),
    Section(
        "acknowledgements",
        Acknowledgement,
        "bekraftelser",
        ("topic", "office", "language"),
        listed=True,
        special={"text": values.Text(ack_texts.LONGEST, True), "language": values.Word(("", *LANGUAGES))},
        check=check.acknowledgement,
    ),
    Section(
        "senders",
        SenderRule,
        "avsandare",
        ("pattern",),
        special={"action": values.Word((parking.BLOCK, parking.TAKE_IN))},
        check=check.sender,
    ),
    Section("authorities", Authority, "myndigheter", ("name",)),
    Section("appearance", Appearance, look.KIND, special={"radius": values.Word(tuple(RADII))}, check=check.appearance),
)
_OF_TABLE = {section.table.__tablename__: section.name for section in SECTIONS}


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of an object: the column behind it, how it is written, and what a new object has when it is left out."""

    name: str
    column: Column[Any]
    value: Value
    required: bool
    empty: Any


def entries(of: Section | Part) -> dict[str, Entry]:
    """The keys of an object, as its table has columns."""
    skipped = KEPT_BY_US | ({of.owner} if isinstance(of, Part) else set())
    found = (_entry(column, of.special) for column in of.table.__table__.columns if column.name not in skipped)
    return {entry.name: entry for entry in found}


def _entry(column: Any, special: Mapping[str, Value]) -> Entry:
    name = column.name.removesuffix("_id") if column.foreign_keys else column.name
    default = column.default.arg if column.default is not None and column.default.is_scalar else None
    if column.foreign_keys and column.nullable:
        empty: Any = ""
    elif isinstance(column.type, JSON):
        empty = {} if isinstance(special.get(name), values.Weights | values.Choices) else []
    else:
        empty = default
    required = not column.nullable and column.default is None
    return Entry(name, column, special.get(name) or _plain_value(column, required), required, empty)


def _plain_value(column: Any, required: bool) -> Value:
    """How a column without a special value is written."""
    if column.foreign_keys:
        [key] = column.foreign_keys
        return values.Reference(_OF_TABLE[key.column.table.name], required)
    match column.type:
        case Enum() as kind:
            return values.Word(tuple(kind.enums), kind.enum_class)
        case Boolean():
            return values.Flag()
        case Integer():
            return values.Number(0, 1_000_000)
        case Date():
            return values.Day()
        case Time():
            return values.Clock()
        case Text():
            return values.Text(values.LONGEST_TEXT, required)
        case String() as text:
            return values.Text(text.length or values.LONGEST_TEXT, required, one_line=True)
        case JSON():
            return values.Texts()
    raise TypeError(f"{column} has no spelling in the file")

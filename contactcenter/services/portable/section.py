"""What the file holds: its sections in the order in which they are stored, each over a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Column, Date, Enum, Integer, String, Text, Time
from sqlalchemy.types import JSON, Boolean

from contactcenter.db import Base
from contactcenter.i18n import gettext as _
from contactcenter.model import (
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
    ServiceOffer,
    Skill,
    Team,
    Topic,
)
from contactcenter.model.words import ChannelKind, Priority
from contactcenter.services.appearance import look
from contactcenter.services.appearance.palette import HOUSE, RADII
from contactcenter.services.editing import usage
from contactcenter.services.portable import value as values
from contactcenter.services.portable.place import Place
from contactcenter.services.portable.value import Value

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
    "language": None,
    "district": "districts",
    "office": "offices",
}
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
    check: Callable[[State, Place], None] = lambda state, place: None


@dataclass(frozen=True, slots=True)
class Section:
    """The objects of a table. `identity` are the columns that no two share; `kind` names them in the history.

    Those with one such column stand under it; others, and those whose order counts, are a list. `special` values are
    written in their own way, all others as their column asks. Left out are the columns of `KEPT_BY_US`.
    """

    name: str
    table: type[Base]
    kind: str
    identity: tuple[str, ...] = ("slug",)
    listed: bool = False
    special: Mapping[str, Value] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    check: Callable[[State, Place], None] = lambda state, place: None

    def key(self, state: State) -> str:
        """What an object is known by; `*` is "all" in one that is known by several words."""
        return "/".join(str(state[name] or "*") for name in self.identity)


def _office_hours(state: State, place: Place) -> None:
    if state["closes"] <= state["opens"]:
        place.wrong(_("It must close after it opens."))


def _differs(state: State, place: Place) -> None:
    if (state["opens"] is None) != (state["closes"] is None):
        place.wrong(_("Give both times, or none when it is closed."))
    elif state["opens"] is not None:
        _office_hours(state, place)


def _offer(state: State, place: Place) -> None:
    if state["ends"] <= state["starts"]:
        place.wrong(_("It must close after it opens."))


def _days(state: State, place: Place) -> None:
    if state["valid_from"] and state["valid_to"] and state["valid_to"] < state["valid_from"]:
        place.at("valid_to").wrong(_("The last day lies before the first."))
    openings = [(each["day"], each["opens"]) for each in state["exceptions"] if isinstance(each, dict)]
    for at, opening in enumerate(openings):
        if opening in openings[:at]:
            place.at("exceptions").number(at).wrong(_("This stands here twice."))
    _mail(state, place)


def _mail(state: State, place: Place) -> None:
    if state["mail_address"] and not usage.is_address(state["mail_address"]):
        place.at("mail_address").wrong(_("Write an address such as kontakt@ekhamra.example."))


def _our_address(state: State, place: Place) -> None:
    address = state["address"]
    if not usage.is_address(address) or address != address.lower():
        place.wrong(_("Write an address such as kontakt@ekhamra.example, in small letters."))


def _look(state: State, place: Place) -> None:
    tokens, problems = look.read({name: state[name] for name in ("shown_name", *look.COLOURS, "radius")})
    for name, text in problems.items():
        place.at(name).wrong(text)
    if state["slug"] != HOUSE:
        place.unknown(_("There is nothing called so here."), state["slug"], (HOUSE,))
    elif not problems and asdict(tokens).items() - state.items():
        place.wrong(_("Write a colour as #0B5A60."))
    elif not problems and not look.can_be_read(tokens):
        place.wrong(
            _("With these colours not everything can be read. The page for the appearance shows what is wrong.")
        )


_WEEKDAY = values.Word(values.WEEKDAYS, numbered=True)
_HOURS = Part(
    "intervals",
    OpeningInterval,
    "office_id",
    {"weekday": _WEEKDAY, "weeks": values.Word(("every", "odd", "even"))},
    _office_hours,
)
_EXCEPTIONS = Part("exceptions", CalendarException, "office_id", {}, _differs)
_OFFERS = Part(
    "offers", ServiceOffer, "office_id", {"weekday": _WEEKDAY, "mode": values.Word(("drop_in", "booked"))}, _offer
)

SECTIONS = (
    Section("domains", Domain, "sekretessomraden"),
    Section("skills", Skill, "kompetenser", ("name",)),
    Section("teams", Team, "grupper", check=_mail),
    Section(
        "topics",
        Topic,
        "amnen",
        special={"phrases": values.Weights(), "languages": values.Texts(languages=True)},
    ),
    Section("districts", District, "kommundelar", ("name",)),
    Section(
        "offices",
        Office,
        "kontor",
        special={"languages": values.Texts(languages=True)},
        parts=(_HOURS, _EXCEPTIONS, _OFFERS),
        check=_days,
    ),
    Section("addresses", OurAddress, "e-postadresser", ("address",), check=_our_address),
    Section(
        "rules",
        RoutingRule,
        "fordelningsregler",
        listed=True,
        special={"conditions": values.Choices(_CONDITIONS, True), "actions": values.Choices(_ACTIONS, False)},
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
            "count": values.Number(1, 10_000),
            "unit": values.Word(("minutes", "hours", "days")),
        },
    ),
    Section("canned_replies", CannedReply, "snabbsvar", special={"text": values.Text(values.LONGEST_TEXT, True)}),
    Section("authorities", Authority, "myndigheter", ("name",)),
    Section("appearance", Appearance, look.KIND, special={"radius": values.Word(tuple(RADII))}, check=_look),
)
BY_NAME: Mapping[str, Section] = {section.name: section for section in SECTIONS}
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
            return values.Text(text.length or values.LONGEST_TEXT, required)
        case JSON():
            return values.Texts()
    raise TypeError(f"{column} has no spelling in the file")

"""The example municipality as values, read from the TOML files beside this one: Ekhamra kommun, invented throughout.

The same data gives the database its first organisation (`load`) and routing its built-in facts (`facts`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from routing.facts import AddressFacts, OfficeFacts, OrganisationFacts, RuleFacts, TopicFacts

DATA = Path(__file__).with_name("data")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEIGHTS: Mapping[str, float] = {
    "decisive": 4.0,
    "strong": 2.5,
    "clear": 1.5,
    "hint": 0.7,
    "against": -2.0,
    "urgent": 0.0,
}


@dataclass(frozen=True, slots=True)
class Domain:
    """A confidentiality domain (sekretessområde)."""

    slug: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Department:
    """A department (förvaltning) under its board; `domain` is where its secret topics belong."""

    slug: str
    name: str
    name_en: str
    domain: str


@dataclass(frozen=True, slots=True)
class Team:
    """A team (svarsgrupp); `role` is what its members are called."""

    slug: str
    name: str
    name_en: str
    role: str
    role_en: str
    department: str


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic (ämne). `sensitivity` is open, personal or secret; `phrases` maps a phrase to its weight."""

    slug: str
    name: str
    name_en: str
    department: str
    team: str
    domain: str
    sensitivity: str
    priority: str
    example: str
    phrases: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class OpeningInterval:
    """Open on a weekday (1 Monday – 7 Sunday) from `opens` to `closes`; `weeks` is all, odd or even (ISO 8601)."""

    weekday: int
    opens: time
    closes: time
    weeks: str = "all"


@dataclass(frozen=True, slots=True)
class Session:
    """A fixed session at an office, for a topic or in a language; `mode` is drop-in or booked."""

    name: str
    when: OpeningInterval
    mode: str
    topic: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Office:
    """An office: `names` are what people call it, `landmarks` names that may mean the house. Dates None: always."""

    slug: str
    name: str
    name_en: str
    kind: str
    operator: str
    owner: str
    address: str
    district: str
    languages: tuple[str, ...]
    services: tuple[str, ...]
    names: tuple[str, ...]
    landmarks: tuple[str, ...]
    hours: tuple[OpeningInterval, ...]
    sessions: tuple[Session, ...]
    mail_addresses: tuple[str, ...] = ()
    host: str | None = None
    discreet: bool = False
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class CannedReply:
    """A reply ready to insert; `{{ }}` placeholders are filled in from the ticket."""

    slug: str
    title: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Authority:
    """Another body to refer to; `level` is acute, crisis, state, region, support, municipality or other."""

    slug: str
    name: str
    level: str
    phone: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A contact reason or an outcome with its Swedish and English name."""

    slug: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Target:
    """So many working minutes, hours or days for a first answer; empty words fit all, no `count` promises nothing."""

    channels: tuple[str, ...] = ("",)
    priority: str = ""
    topic: str = ""
    count: int | None = None
    unit: str = "days"


@dataclass(frozen=True, slots=True)
class Organisation:
    """The whole example organisation."""

    name: str
    short_name: str
    mail_domain: str
    first_line: str
    default_domain: str
    domains: tuple[Domain, ...]
    departments: tuple[Department, ...]
    teams: tuple[Team, ...]
    topics: tuple[Topic, ...]
    offices: tuple[Office, ...]
    districts: Mapping[str, tuple[str, ...]]
    addresses: tuple[AddressFacts, ...]
    rules: tuple[RuleFacts, ...]
    replies: tuple[CannedReply, ...]
    authorities: tuple[Authority, ...]
    contact_reasons: tuple[Choice, ...]
    outcomes: tuple[Choice, ...]
    targets: tuple[Target, ...] = ()


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / name).read_text(encoding="utf-8"))


def _phrases(raw: dict[str, list[str]]) -> dict[str, float]:
    """Each phrase with the weight of its list; in several lists, the strongest counts. Urgent ones are marked `!`."""
    weighted = {f"!{phrase}": WEIGHTS["urgent"] for phrase in raw.pop("urgent", ())}
    for strength, phrases in raw.items():
        for phrase in phrases:
            if abs(WEIGHTS[strength]) > abs(weighted.get(phrase, 0.0)):
                weighted[phrase] = WEIGHTS[strength]
    return weighted


def _examples() -> dict[str, list[str]]:
    """Example messages per topic, a line each, under a heading `# topic`, or `# topic!` when they are urgent."""
    examples: dict[str, list[str]] = {}
    for path in sorted((DATA / "examples").glob("*.txt")):
        topic, mark = "", ""
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("# "):
                topic, mark = line[2:].rstrip("! "), "!" if line.endswith("!") else ""
            elif line.strip():
                examples.setdefault(topic, []).append(f'{mark}"{line.strip()}"')
    return examples


def _topics(departments: tuple[Department, ...], default_domain: str) -> Iterator[Topic]:
    """Every topic file. A secret topic has its department's domain, others the default, unless it says otherwise."""
    domains = {department.slug: department.domain for department in departments}
    examples = _examples()
    for path in sorted((DATA / "topics").glob("*.toml")):
        raw = _read(f"topics/{path.name}")
        owner = raw.pop("department")
        for slug, entry in raw.items():
            department = entry.pop("department", owner)
            own = domains[department] if entry["sensitivity"] == "secret" else default_domain
            yield Topic(
                slug=slug,
                department=department,
                domain=entry.pop("domain", own),
                phrases=_phrases(entry.pop("phrases")) | dict.fromkeys(examples.get(slug, ()), 1.0),
                **entry,
            )


def _interval(raw: dict[str, Any]) -> OpeningInterval:
    return OpeningInterval(
        weekday=WEEKDAYS.index(raw.pop("weekday")) + 1,
        opens=time.fromisoformat(raw.pop("opens")),
        closes=time.fromisoformat(raw.pop("closes")),
        weeks=raw.pop("weeks", "all"),
    )


def _office(slug: str, raw: dict[str, Any], mail_addresses: tuple[str, ...], today: date) -> Office:
    days = raw.pop("valid_days", None)
    return Office(
        slug=slug,
        languages=tuple(raw.pop("languages")),
        services=tuple(raw.pop("services")),
        names=tuple(raw.pop("names")),
        landmarks=tuple(raw.pop("landmarks", ())),
        hours=tuple(_interval(entry) for entry in raw.pop("hours")),
        sessions=tuple(Session(when=_interval(entry), **entry) for entry in raw.pop("sessions", ())),
        mail_addresses=mail_addresses,
        valid_from=today + timedelta(days=days[0]) if days else None,
        valid_to=today + timedelta(days=days[1]) if days else None,
        **raw,
    )


def _rule(raw: dict[str, Any]) -> RuleFacts:
    conditions = {name: tuple(values) for name, values in raw["when"].items()}
    return RuleFacts(raw["slug"], raw["name"], conditions, dict(raw["then"]), raw.get("stop", True))


def _target(raw: dict[str, Any]) -> Target:
    return Target(channels=tuple(raw.pop("channels", ("",))), **raw)


def load(today: date) -> Organisation:
    """The example organisation as it is on the given day: what is open for a time is open around that day."""
    base, codes = _read("organisation.toml"), _read("codes.toml")
    domains = tuple(Domain(slug, **entry) for slug, entry in base.pop("domains").items())
    departments = tuple(Department(slug, **entry) for slug, entry in base.pop("departments").items())
    districts = {name: tuple(dict.fromkeys(places)) for name, places in base.pop("districts").items()}
    addresses = tuple(AddressFacts(**entry) for entry in _read("addresses.toml")["address"])
    mail_of = {
        slug: tuple(entry.address for entry in addresses if entry.office == slug)
        for slug in {entry.office for entry in addresses if entry.office}
    }
    offices = tuple(_office(slug, entry, mail_of.get(slug, ()), today) for slug, entry in _read("offices.toml").items())
    return Organisation(
        **base,
        domains=domains,
        departments=departments,
        teams=tuple(Team(slug, **entry) for slug, entry in _read("teams.toml").items()),
        topics=tuple(_topics(departments, base["default_domain"])),
        offices=offices,
        districts=districts,
        addresses=addresses,
        rules=tuple(_rule(entry) for entry in _read("rules.toml")["rule"]),
        replies=tuple(CannedReply(slug, **entry) for slug, entry in _read("replies.toml").items()),
        authorities=tuple(Authority(slug, **entry) for slug, entry in _read("authorities.toml").items()),
        contact_reasons=tuple(Choice(slug, **entry) for slug, entry in codes["contact_reasons"].items()),
        outcomes=tuple(Choice(slug, **entry) for slug, entry in codes["outcomes"].items()),
        targets=tuple(_target(entry) for entry in _read("deadlines.toml")["target"]),
    )


def facts_of(organisation: Organisation) -> OrganisationFacts:
    """An organisation as routing sees it."""
    return OrganisationFacts(
        topics={
            topic.slug: TopicFacts(
                topic.slug,
                topic.name,
                topic.team,
                topic.domain,
                topic.sensitivity,
                topic.priority,
                topic.phrases,
            )
            for topic in organisation.topics
        },
        teams={team.slug: team.name for team in organisation.teams},
        offices={
            office.slug: OfficeFacts(
                office.slug,
                office.name,
                office.district,
                office.names,
                office.languages,
                office.mail_addresses,
                office.landmarks,
            )
            for office in organisation.offices
        },
        districts=organisation.districts,
        addresses=organisation.addresses,
        rules=organisation.rules,
        first_line=organisation.first_line,
        default_domain=organisation.default_domain,
    )


@lru_cache(maxsize=1)
def facts() -> OrganisationFacts:
    """The built-in example facts: what decides when there is no database. The same object every time."""
    return facts_of(load(date(2000, 1, 1)))

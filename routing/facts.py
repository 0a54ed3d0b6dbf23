"""The facts a decision rests on, and the decision with its reasons: values only, nothing of the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """What is known when a message is to be routed. `sender` is an address, a number or `visit:<office>:…`.

    `signature` stands below `body` and may say where somebody lives, but not what they write about: an architect's
    title is no question about a building permit.
    """

    channel: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    body: str
    language: str | None = None
    has_attachments: bool = False
    signature: str = ""


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """A topic as routing sees it. `phrases` maps a word, phrase or example message to its weight.

    How they are written is explained in `routing.phrases`.
    """

    slug: str
    name: str
    team: str
    domain: str
    sensitivity: str
    priority: str
    phrases: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OfficeFacts:
    """An office as routing sees it: the names and places people call it by, in any language.

    `landmarks` are names that may mean the house and not our desk in it (`stadshuset`): they count only together with
    a wish to come.
    """

    slug: str
    name: str
    district: str
    names: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    landmarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AddressFacts:
    """One of our own addresses and what writing to it says; every target may be None.

    `domain` keeps what is written to a confidential address there even when no topic is recognised, and whatever
    other addresses of ours it was sent to.
    """

    address: str
    topic: str | None = None
    team: str | None = None
    office: str | None = None
    domain: str | None = None


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """One ordered rule: all given conditions must hold; the actions given are set. Both are plain data.

    Conditions: `channel`, `recipient`, `words` (any of), `topic`, `language`, `district`, `office` — each a tuple of
    accepted values, where `""` means that nothing is known. Actions: `topic`, `team`, `office`, `priority`, `domain`.
    """

    slug: str
    name: str
    conditions: Mapping[str, tuple[str, ...]]
    actions: Mapping[str, str]
    stop: bool = True


@dataclass(frozen=True, slots=True)
class OrganisationFacts:
    """The municipality as routing sees it. `districts` maps a district to the place names that mean it."""

    topics: Mapping[str, TopicFacts]
    teams: Mapping[str, str]
    offices: Mapping[str, OfficeFacts]
    districts: Mapping[str, tuple[str, ...]]
    addresses: tuple[AddressFacts, ...]
    rules: tuple[RuleFacts, ...]
    first_line: str
    default_domain: str = "common"


@dataclass(frozen=True, slots=True)
class Reason:
    """One step of a decision in plain Swedish (`text`), with the words that mattered, and whether it counted.

    `names` are the names that the text mentions, so that it can be told in another language.
    """

    code: str
    text: str
    matched: tuple[str, ...] = ()
    used: bool = True
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a message belongs and why. `team` is never empty: what nothing claims goes to the first line."""

    topic: str | None
    team: str
    office: str | None
    district: str | None
    domain: str
    priority: str
    sensitive: bool
    language: str | None
    confidence: float
    rule: str | None
    reasons: tuple[Reason, ...]
    candidates: tuple[tuple[str, float], ...] = ()

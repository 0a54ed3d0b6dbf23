"""A tiny organisation for tests of single steps: three topics, two offices, one rule or none."""

from __future__ import annotations

from functools import cache

from contactcenter.demo import organisation as example
from routing.decide import Router
from routing.facts import (
    AddressFacts,
    Decision,
    OfficeFacts,
    OrganisationFacts,
    RuleFacts,
    TicketFacts,
    TopicFacts,
)

LIGHTS = TopicFacts(
    "lights", "Belysning", "street", "common", "open", "normal", {"gatlampa": 4.0, "lyktstolpe": 4.0, "!gnistrar": 0.0}
)
PERMITS = TopicFacts("permits", "Bygglov", "building", "common", "open", "normal", {"bygglov": 4.0, "altan": 2.5})
MONEY = TopicFacts("money", "Bistånd", "income", "social", "secret", "high", {"försörjningsstöd": 4.0})
NORTH = OfficeFacts("north", "Kontor Norr", "Norr", names=("kontoret i norr",), addresses=("norr@ekhamra.example",))
TOWN = OfficeFacts("town", "Kundtjänst", "Centrum", names=("kontoret i stan",), landmarks=("stadshuset",))
ADDRESSES = (
    AddressFacts("bygg@ekhamra.example", topic="permits", team="building"),
    AddressFacts("soc@ekhamra.example", team="income", domain="social"),
    AddressFacts("oro@ekhamra.example", domain="social"),
    AddressFacts("elev@ekhamra.example", domain="school"),
    AddressFacts("avtal@ekhamra.example", topic="money"),
)


def organisation(*rules: RuleFacts, topics: tuple[TopicFacts, ...] = (LIGHTS, PERMITS, MONEY)) -> OrganisationFacts:
    """The tiny organisation with the given rules and topics."""
    return OrganisationFacts(
        topics={topic.slug: topic for topic in topics},
        teams={"first": "Kundtjänst", "street": "Gata", "building": "Bygg", "income": "Bistånd", "night": "Jour"},
        offices={"north": NORTH, "town": TOWN},
        districts={"Norr": ("norr", "norra sidan"), "Centrum": ("centrum",), "Söder": ("söder",)},
        addresses=ADDRESSES,
        rules=rules,
        first_line="first",
    )


def ticket(body: str, subject: str = "", to: str = "", channel: str = "email", **more: str) -> TicketFacts:
    """A message with only what a test is about; `to` are addresses with spaces between."""
    return TicketFacts(
        channel=channel,
        sender=more.get("sender", "boende@example.se"),
        recipients=tuple(to.split()),
        subject=subject,
        body=body,
        language=more.get("language", "sv"),
    )


@cache
def tiny_router() -> Router:
    """What decides in the tiny organisation without rules; making one costs half a second."""
    return Router(organisation())


@cache
def example_router() -> Router:
    """What decides in the example municipality."""
    return Router(example.facts())


def decided(body: str, *rules: RuleFacts, **more: str) -> Decision:
    """The tiny organisation's decision on a message."""
    router = Router(organisation(*rules)) if rules else tiny_router()
    return router.decide(ticket(body, **more))

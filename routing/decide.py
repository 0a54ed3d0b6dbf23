"""Deciding for an organisation: its phrases compiled once, then every message read, matched, weighed and decided."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from routing import danger, districts, offices, pressing, priority, rules, sensitivity
from routing.case import Case, Evidence
from routing.facts import AddressFacts, Decision, OrganisationFacts, TicketFacts
from routing.hits import by_kind
from routing.index import Entry, PhraseIndex
from routing.likeness import Text, TopicModel
from routing.phrases import is_example, is_urgent_cue
from routing.tokens import read
from routing.urgency import UrgencyModel

_SIGNS = re.compile(r'[*=+"!]')
_EXAMPLE = 1.3  # the weight of a phrase that teaches as much as a whole example


class Router:
    """Decides for one organisation. Making it takes about a second, deciding about a millisecond.

    It keeps no state but a memory of words, and may be shared by threads.
    """

    def __init__(self, org: OrganisationFacts) -> None:
        self.org = org
        self._index = PhraseIndex(_entries(org))
        self._model = TopicModel(org.topics, list(_texts(org)))
        self._urgency = UrgencyModel(org)
        self._addresses = {entry.address.lower(): entry for entry in org.addresses}

    def decide(self, ticket: TicketFacts) -> Decision:
        """The decision on a message: always with a team of the organisation, whatever the input.

        Places and danger count wherever they stand; what the message is about is not read from its signature.
        """
        own = reading = read(ticket.subject, ticket.body, ticket.language)
        if ticket.signature:
            reading = read(ticket.subject, f"{ticket.body}\n\n{ticket.signature}", ticket.language)
        words, hits = reading.words, by_kind(self._index.match(reading))
        if ticket.signature:
            hits["topic"] = by_kind(self._index.match(own))["topic"]
        evidence = Evidence(
            hits=hits,
            likeness=self._model.weigh(own.words),
            urgency=self._urgency.weigh(words),
            pressing=pressing.find(words, hits, self._model, self._urgency, self.org.topics),
        )
        return Case(self.org, ticket, reading, evidence, self._own_addresses(ticket)).decide()

    def _own_addresses(self, ticket: TicketFacts) -> tuple[AddressFacts, ...]:
        found = (self._addresses.get(recipient.strip().lower()) for recipient in ticket.recipients)
        return tuple(entry for entry in found if entry)


def _entries(org: OrganisationFacts) -> Iterator[Entry]:
    """Every phrase to look for: the organisation's own, and those of the language."""
    for topic in org.topics.values():
        for phrase, weight in topic.phrases.items():
            if is_urgent_cue(phrase):
                yield Entry("cue", topic.slug, phrase[1:])
            elif not is_example(phrase):
                yield Entry("topic", topic.slug, phrase, weight)
    for own in (districts, offices, rules):
        yield from own.entries(org)
    for part in (danger, priority, sensitivity):
        yield from part.entries()


def _texts(org: OrganisationFacts) -> Iterator[Text]:
    """What topics are learned from: their examples in full, their phrases by weight."""
    for topic in org.topics.values():
        for phrase, weight in topic.phrases.items():
            if weight > 0:
                worth = weight if is_example(phrase) else weight / _EXAMPLE
                yield Text(topic.slug, read("", _SIGNS.sub(" ", phrase)).words, worth)


class _ByIdentity:
    """Lets an organisation, which holds mappings and so has no hash, be remembered by its identity."""

    def __init__(self, org: OrganisationFacts) -> None:
        self.org = org

    def __hash__(self) -> int:
        return id(self.org)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and other.org is self.org


@lru_cache(maxsize=8)
def _compiled(org: _ByIdentity) -> Router:
    return Router(org.org)


def router_for(org: OrganisationFacts) -> Router:
    """The compiled router of an organisation: the same object gives the same router (the eight last are kept)."""
    return _compiled(_ByIdentity(org))


def decide(ticket: TicketFacts, org: OrganisationFacts) -> Decision:
    """Where the message belongs in the organisation and why. Pure: the same facts give the same decision."""
    return router_for(org).decide(ticket)

"""The organisation's own ordered rules: all conditions of a rule must hold, then its actions are set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from routing.facts import OrganisationFacts, RuleFacts
from routing.hits import Hits, words_of
from routing.index import Entry

PRIORITIES = ("low", "normal", "high", "urgent")


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of the ticket when the rules are asked; `""` stands for nothing known."""

    channel: str
    recipients: tuple[str, ...]
    topic: str
    language: str
    district: str
    office: str


@dataclass(slots=True)
class Outcome:
    """What the rules that held have set. `unknown` names targets that do not exist: they are left out."""

    actions: dict[str, str] = field(default_factory=dict)
    held: list[tuple[RuleFacts, tuple[str, ...]]] = field(default_factory=list)
    unknown: list[tuple[RuleFacts, str]] = field(default_factory=list)


def entries(org: OrganisationFacts) -> Iterator[Entry]:
    """The words the rules ask for."""
    for rule in org.rules:
        yield from (Entry("rule", rule.slug, phrase) for phrase in rule.conditions.get("words", ()))


def holds(rule: RuleFacts, now: Situation, seen: frozenset[str]) -> bool:
    """Whether every condition of the rule is met; `seen` are the rules whose words stand in the message."""
    facts: Mapping[str, tuple[str, ...]] = {
        "channel": (now.channel,),
        "recipient": now.recipients,
        "topic": (now.topic,),
        "language": (now.language,),
        "district": (now.district,),
        "office": (now.office,),
    }
    for condition, accepted in rule.conditions.items():
        if condition == "words":
            if rule.slug not in seen:
                return False
        elif not {value.lower() for value in facts.get(condition, ())} & {value.lower() for value in accepted}:
            return False
    return bool(rule.conditions)


def _known(action: str, value: str, org: OrganisationFacts) -> bool:
    if action == "priority":
        return value in PRIORITIES
    targets: Mapping[str, Mapping[str, object]] = {"topic": org.topics, "team": org.teams, "office": org.offices}
    return value in targets[action] if action in targets else bool(value)


def apply(org: OrganisationFacts, now: Situation, hits: Hits) -> Outcome:
    """Ask the rules in order. The first to set something wins; a rule with `stop` that held ends the asking."""
    seen = frozenset(hit.owner for hit in hits.get("rule", ()))
    outcome = Outcome()
    for rule in org.rules:
        if not holds(rule, now, seen):
            continue
        words = words_of(hit for hit in hits.get("rule", ()) if hit.owner == rule.slug)
        outcome.held.append((rule, words))
        for action, value in rule.actions.items():
            if _known(action, value, org):
                outcome.actions.setdefault(action, value)
            else:
                outcome.unknown.append((rule, value))
        if rule.stop:
            break
    return outcome

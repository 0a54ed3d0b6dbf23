"""The sentence that cannot wait: danger is often mentioned last, in a message about something else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from routing.facts import TopicFacts
from routing.hits import Hits
from routing.likeness import TopicModel
from routing.tokens import Word
from routing.topics import rank
from routing.urgency import Urgency, UrgencyModel

_SHORTEST = 4  # words below which a sentence is read together with the next
_LONGEST = 30  # words from which one without full stops is cut up
_CUT = 18
_MOST = 40  # sentences looked at
_ALONE = 2.5  # sounding this urgent is enough whatever the sentence is about
_WITH_TOPIC = 0.5  # enough when the sentence is most like an urgent topic
_HEAVY = ("urgent", "high")


@dataclass(frozen=True, slots=True)
class Pressing:
    """The most urgent sentence: the topic it is most like, whether that topic leads, and how urgent it sounds."""

    topic: str
    leads: bool
    urgency: Urgency


def sentences(words: Sequence[Word]) -> list[tuple[Word, ...]]:
    """The words of a message by sentence: short ones joined with the next or the one before, endless ones cut."""
    found: list[tuple[Word, ...]] = []
    current: list[Word] = []
    for word in words:
        if current and word.place - current[-1].place > 1 and len(current) >= _SHORTEST:
            found.append(tuple(current))
            current = []
        elif len(current) >= _LONGEST:
            found.append(tuple(current[:_CUT]))
            current = current[_CUT:]
        current.append(word)
    if found and len(current) < _SHORTEST:
        found[-1] += tuple(current)
    elif current:
        found.append(tuple(current))
    return found


def find(
    words: Sequence[Word], hits: Hits, model: TopicModel, urgency: UrgencyModel, topics: Mapping[str, TopicFacts]
) -> Pressing | None:
    """The sentence that makes the whole message urgent, or None when no sentence does."""
    if not topics or not words:
        return None
    weighed = [(urgency.weigh(own), own) for own in sentences(words)[:_MOST]]
    most, own = max(weighed, key=lambda item: item[0].score)
    if most.score < _WITH_TOPIC:
        return None
    places = {word.place for word in own}
    inside = {"topic": [hit for hit in hits.get("topic", ()) if places.issuperset(hit.places)]}
    ranked = rank(inside, {}, model.weigh(own))
    priority = topics[ranked[0].slug].priority if ranked else ""
    if not ranked or (most.score < _ALONE and priority != "urgent"):
        return None
    return Pressing(ranked[0].slug, leads=priority in _HEAVY, urgency=most)

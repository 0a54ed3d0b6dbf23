"""How much a message sounds like something that cannot wait, learned from examples of both kinds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from routing.facts import OrganisationFacts
from routing.likeness import Text, TopicModel
from routing.phrases import is_example, is_urgent_example
from routing.tokens import Word, read

_URGENT, _OTHER = "urgent", "other"


@dataclass(frozen=True, slots=True)
class Urgency:
    """How much more a message sounds urgent than not (0 is even), and the words that say so."""

    score: float
    words: tuple[str, ...]


class UrgencyModel:
    """Two kinds: urgent examples and all examples of urgent topics, against the examples of every other topic."""

    def __init__(self, org: OrganisationFacts) -> None:
        texts = [
            Text(
                _URGENT if topic.priority == _URGENT or is_urgent_example(phrase) else _OTHER,
                read("", phrase.strip('!"')).words,
                weight,
            )
            for topic in org.topics.values()
            for phrase, weight in topic.phrases.items()
            if is_example(phrase)
        ]
        self._model = TopicModel((_URGENT, _OTHER), texts)

    def weigh(self, words: Sequence[Word]) -> Urgency:
        """How urgent the words sound."""
        likeness = self._model.weigh(words)
        score = likeness.scores[_URGENT]
        return Urgency(score, likeness.words_for(_URGENT) if score > 0 else ())

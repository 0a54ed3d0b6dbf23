"""How much a message sounds like each topic: its words, word pairs and parts of words, weighed by naive Bayes.

People seldom use exactly the phrase somebody thought of. Every phrase of a topic and every example message is read as
a small text of that topic; a word then speaks for the topics in whose texts it, its neighbours or its parts occur
oftener than elsewhere. Learning happens when a router is made, takes about half a second and needs nothing but the
phrases, so every organisation gets its own.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from routing.features import Features, pairs_of
from routing.tokens import Word

_SMOOTHING = 0.008
_REMEMBERED = 6_000
_LEAST_TRUST, _TRUST_PER_WORD = 0.4, 0.2  # a word or two is little to go by: three known words are trusted in full
_MOST_WORDS = 300  # different words of a message that are weighed


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of text known to belong to a topic, and how much it counts."""

    topic: str
    words: tuple[Word, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class _Sum:
    """Evidence of some features: per topic, with their squared length and their mass."""

    vector: Sequence[float]
    square: float = 0.0
    mass: float = 0.0


@dataclass(frozen=True, slots=True)
class Likeness:
    """Scores per topic, mean 0, and what each word adds to each topic (`topics` numbers the places in its vector)."""

    scores: Mapping[str, float]
    by_word: Sequence[tuple[str, Sequence[float]]]
    topics: Mapping[str, int]

    def words_for(self, topic: str, most: int = 4) -> tuple[str, ...]:
        """The words that speak most for a topic compared with all topics, strongest first."""
        number = self.topics[topic]
        weighed = sorted(
            ((vector[number] - sum(vector) / len(vector), word) for word, vector in self.by_word), reverse=True
        )
        least = weighed[0][0] / 3 if weighed else 0.0
        return tuple(word for value, word in weighed[:most] if value > max(least, 0.0))


class TopicModel:
    """Learns from texts once; answers for a message in well under a millisecond when its words have been met."""

    def __init__(self, topics: Iterable[str], texts: Sequence[Text]) -> None:
        self.topics = {slug: number for number, slug in enumerate(topics)}
        self._features = Features()
        documents = [self._features.of_text(text.words) for text in texts]
        self._features.close()
        self._rarity = self._rarities(documents)
        counts, totals = self._counted(documents, texts)
        smoothed = _SMOOTHING * max(1, len(self._rarity))
        base = [-math.log(total + smoothed) for total in totals]
        middle = sum(base) / max(1, len(base))
        self._base = [value - middle for value in base]
        self._counts = counts
        self._met: dict[str, tuple[_Sum, _Sum]] = {}

    def _rarities(self, documents: Sequence[tuple[set[int], set[int]]]) -> array[float]:
        seen = [0] * len(self._features.numbers)
        for document in documents:
            for features in document:
                for feature in features:
                    seen[feature] += 1
        return array("d", (math.log((1 + len(documents)) / (1 + count)) + 1 for count in seen))

    def _counted(
        self, documents: Sequence[tuple[set[int], set[int]]], texts: Sequence[Text]
    ) -> tuple[list[dict[int, float]], list[float]]:
        """How much of each feature, and how much in all, each topic has; every text has the same length."""
        rarity = self._rarity
        counts: list[dict[int, float]] = [{} for _ in rarity]
        totals = [0.0] * len(self.topics)
        for document, text in zip(documents, texts, strict=True):
            topic = self.topics[text.topic]
            for features in document:
                if not features:
                    continue
                scale = text.weight / math.sqrt(sum(rarity[feature] ** 2 for feature in features))
                for feature in features:
                    own = counts[feature]
                    own[topic] = own.get(topic, 0.0) + scale * rarity[feature]
                totals[topic] += scale * sum(rarity[feature] for feature in features)
        return counts, totals

    def _sum(self, features: Iterable[int]) -> _Sum:
        vector = [0.0] * len(self.topics)
        square = mass = 0.0
        for feature in features:
            value = self._rarity[feature]
            square += value * value
            mass += value
            for topic, count in self._counts[feature].items():
                vector[topic] += value * math.log(1 + count / _SMOOTHING)
        return _Sum(array("d", vector), square, mass)

    def _of_word(self, word: Word) -> tuple[_Sum, _Sum]:
        known = self._met.get(word.text)
        if known is None:
            if len(self._met) >= _REMEMBERED:
                self._met.clear()
            known = self._sum(self._features.of_word(word)), self._sum(self._features.of_parts(word))
            self._met[word.text] = known
        return known

    def weigh(self, words: Sequence[Word]) -> Likeness:
        """How much the words sound like each topic. Unknown words say nothing."""
        different = list({word.text: word for word in words}.values())[:_MOST_WORDS]
        met = [self._of_word(word) for word in different]
        pairs = {number for first, second in pairs_of(words) for number in self._features.of_pair(first, second)}
        whole = _added([own for own, _ in met] + [self._sum((pair,)) for pair in pairs])
        parts = _added([pieces for _, pieces in met])
        values = [0.0] * len(self.topics)
        for total in (whole, parts):
            if total.square:
                length = math.sqrt(total.square)
                for topic, (value, base) in enumerate(zip(total.vector, self._base, strict=True)):
                    values[topic] += (value + total.mass * base) / length
        middle = sum(values) / len(values) if values else 0.0
        by_word = [
            (word.text, own.vector)
            for word, (own, _) in zip(different, met, strict=True)
            if own.mass and not word.function
        ]
        trust = min(1.0, _LEAST_TRUST + _TRUST_PER_WORD * len(by_word))
        scores = {slug: trust * (values[number] - middle) for slug, number in self.topics.items()}
        return Likeness(scores, by_word, self.topics)


def _added(sums: Sequence[_Sum]) -> _Sum:
    vectors = [one.vector for one in sums if one.mass]
    if not vectors:
        return _Sum(())
    return _Sum(
        list(map(sum, zip(*vectors, strict=True))), sum(one.square for one in sums), sum(one.mass for one in sums)
    )

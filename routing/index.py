"""All phrases of an organisation and of the language itself, looked for in one pass over a message."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from routing.phrases import Pattern, Phrase, holds_word, parse
from routing.tokens import Reading, Word
from routing.vocabulary import Vocabulary

BETWEEN = 2  # other words allowed between two words of a phrase
NEAR = 14  # words between the two sides of `a + b`
MOST_PLACES = 30  # occurrences of one word that are looked at: the rest says nothing new

Places = Mapping[int, list[tuple[int, float]]]


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found: whose it is (`kind`, `owner`), its weight times how well it matched, and the words seen."""

    kind: str
    owner: str
    phrase: str
    weight: float
    words: tuple[str, ...]
    places: tuple[int, ...]
    in_subject: bool
    times: int = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A phrase to look for and whom it speaks for."""

    kind: str
    owner: str
    phrase: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class _Compiled:
    entry: Entry
    sides: tuple[tuple[int, ...], ...]
    numbers: frozenset[int]


def _sequence(patterns: tuple[int, ...], places: Places) -> list[tuple[tuple[int, ...], float]]:
    """Every place where the patterns follow each other closely enough, with how well they matched."""
    found: list[tuple[tuple[int, ...], float]] = [((place,), quality) for place, quality in places.get(patterns[0], ())]
    for pattern in patterns[1:]:
        following = places.get(pattern, ())
        found = [
            ((*run, place), quality * other)
            for run, quality in found
            for place, other in following
            if 0 < place - run[-1] <= BETWEEN + 1
        ][:50]
    return found


def _closest(
    sides: list[list[tuple[tuple[int, ...], float]]],
) -> tuple[tuple[int, ...], float] | None:
    """One place for every side so that all are near the first and none shares a word with another."""
    for run, quality in sides[0]:
        together, total = run, quality
        for side in sides[1:]:
            near = [
                (abs(other[0] - run[0]), other, more)
                for other, more in side
                if abs(other[0] - run[0]) <= NEAR and not set(other) & set(together)
            ]
            if not near:
                break
            _, other, more = min(near)
            together, total = (*together, *other), total * more
        else:
            return together, total
    return None


class PhraseIndex:
    """Compiled once per organisation; `match` costs by the words of the message, not by the number of phrases.

    A phrase that holds no word matches nothing: one odd line in the settings must not stop all routing.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._numbers: dict[Pattern, int] = {}
        compiled = [self._compile(entry, parse(entry.phrase)) for entry in entries if holds_word(entry.phrase)]
        uses: dict[int, int] = defaultdict(int)
        for item in compiled:
            for number in item.numbers:
                uses[number] += 1
        self._by_rarest: dict[int, list[_Compiled]] = defaultdict(list)
        for item in compiled:
            self._by_rarest[min(item.numbers, key=uses.__getitem__)].append(item)
        self._normal = Vocabulary(self._numbers, plain=False)

    @cached_property
    def _plain(self) -> Vocabulary:
        """The words without å, ä and ö: made when the first message without them comes."""
        return Vocabulary(self._numbers, plain=True)

    def _compile(self, entry: Entry, phrase: Phrase) -> _Compiled:
        numbers = self._numbers
        sides = tuple(tuple(numbers.setdefault(word, len(numbers)) for word in side) for side in phrase.sides)
        return _Compiled(entry, sides, frozenset(number for side in sides for number in side))

    def _places(self, reading: Reading) -> Places:
        vocabulary = self._plain if reading.plain else self._normal
        places: dict[int, list[tuple[int, float]]] = defaultdict(list)
        previous = None
        for word in reading.words:
            matched = vocabulary.of(word)
            if previous is not None and word.place - previous.place == 1:
                matched += vocabulary.joined(previous, word)
            for number, quality in matched:
                if len(places[number]) < MOST_PLACES:
                    places[number].append((word.place, quality))
            previous = word
        return places

    def match(self, reading: Reading) -> list[Hit]:
        """Every phrase found in the message, each once."""
        places = self._places(reading)
        written = {word.place: word for word in reading.words}
        hits = []
        for number in tuple(places):
            for item in self._by_rarest.get(number, ()):
                if item.numbers <= places.keys():
                    hit = _found(item, places, written)
                    if hit is not None:
                        hits.append(hit)
        return hits


def _found(item: _Compiled, places: Places, written: Mapping[int, Word]) -> Hit | None:
    """The phrase in the message, when its words stand as they should."""
    sides = [_sequence(side, places) for side in item.sides]
    best = _closest(sides) if all(sides) else None
    if best is None:
        return None
    where, quality = best
    entry, words = item.entry, [written[place] for place in where]
    return Hit(
        entry.kind,
        entry.owner,
        entry.phrase,
        entry.weight * quality,
        tuple(word.text for word in words),
        where,
        any(word.in_subject for word in words),
        len(sides[0]) if len(sides) == 1 else 1,
    )

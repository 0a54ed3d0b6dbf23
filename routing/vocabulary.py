"""Which words of the phrases a word of a message matches: inflected, in a compound, or slightly misspelt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from routing.phrases import How, Pattern
from routing.tokens import Word, without_dots

COMPOUND_FROM = 5  # letters in a stem before it is looked for at the start or end of a compound
INSIDE_FROM = 7  # letters before it is looked for in the middle of one
FUZZY_FROM = 7  # letters before one wrong letter is forgiven
_REST = 2  # letters that must be left for it to be a compound
_REMEMBERED = 20_000

AS_WRITTEN, AS_HEAD, AS_FIRST_PART, INSIDE, MISSPELT = 1.0, 0.9, 0.7, 0.6, 0.8


def _one_letter_less(word: str) -> Iterator[str]:
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]


class Vocabulary:
    """All words of all phrases, looked up by whole word, beginning, end, middle and by one wrong letter.

    `plain` builds it for messages without å, ä and ö.
    """

    def __init__(self, patterns: Iterable[Pattern], *, plain: bool) -> None:
        self._plain = plain
        self._whole: dict[str, list[int]] = defaultdict(list)
        self._starts: dict[str, list[tuple[int, float]]] = defaultdict(list)
        self._ends: dict[str, list[tuple[int, float]]] = defaultdict(list)
        self._inside: dict[str, list[tuple[int, float]]] = defaultdict(list)
        self._nearly: dict[str, list[str]] = defaultdict(list)
        self._known: dict[tuple[str, str], tuple[tuple[int, float], ...]] = {}
        for number, pattern in enumerate(patterns):
            self._add(number, self._spelt(pattern.text), pattern.how)
        self._inside_lengths = sorted({len(text) for text in self._inside})
        for text in [text for text in self._whole if len(text) >= FUZZY_FROM]:
            for shorter in {text, *_one_letter_less(text)}:
                self._nearly[shorter].append(text)

    def _spelt(self, text: str) -> str:
        return without_dots(text) if self._plain else text

    def _add(self, number: int, text: str, how: How) -> None:
        if how in (How.FREE, How.EXACT):
            self._whole[text].append(number)
        if how is How.BEGINS:
            self._starts[text].append((number, AS_WRITTEN))
        elif how is How.ENDS:
            self._ends[text].append((number, AS_WRITTEN))
        elif how is How.HOLDS:
            self._inside[text].append((number, AS_WRITTEN))
        elif how is How.FREE and len(text) >= COMPOUND_FROM:
            self._starts[text].append((number, AS_FIRST_PART))
            self._ends[text].append((number, AS_HEAD))
            if len(text) >= INSIDE_FROM:
                self._inside[text].append((number, INSIDE))

    def of(self, word: Word) -> tuple[tuple[int, float], ...]:
        """The pattern numbers this word matches, each with how well (0–1)."""
        key = (word.text, word.stem)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = self._known[key] = tuple(self._look(self._spelt(word.text), self._spelt(word.stem)).items())
        return found

    def joined(self, first: Word, second: Word) -> tuple[tuple[int, float], ...]:
        """Patterns matched by two words written apart (`färd tjänst`); only whole words of seven letters or more."""
        text = self._spelt(first.text + second.stem)
        if len(text) < FUZZY_FROM:
            return ()
        return tuple((number, MISSPELT) for number in self._whole.get(text, ()))

    def _look(self, text: str, stem: str) -> dict[int, float]:
        found = dict.fromkeys(self._whole.get(stem, ()), AS_WRITTEN)

        def note(number: int, quality: float) -> None:
            if quality > found.get(number, 0.0):
                found[number] = quality

        for length in range(2, len(text) + 1):
            for number, quality in self._starts.get(text[:length], ()):
                if quality == AS_WRITTEN or len(text) - length >= _REST:
                    note(number, quality)
        for start in range(0, len(stem) - 2):
            for number, quality in self._ends.get(stem[start:], ()):
                if start >= _REST or quality == AS_WRITTEN:
                    note(number, quality)
        for length in self._inside_lengths:
            for start in range(0, len(text) - length + 1):
                for number, quality in self._inside.get(text[start : start + length], ()):
                    note(number, quality)
        if not found and len(stem) >= FUZZY_FROM - 1:
            for number in self._forgiven(stem):
                note(number, MISSPELT)
        return found

    def _forgiven(self, stem: str) -> Iterator[int]:
        close = {text for shorter in (stem, *_one_letter_less(stem)) for text in self._nearly.get(shorter, ())}
        for text in close:
            yield from self._whole[text]

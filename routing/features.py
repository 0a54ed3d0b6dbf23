"""What of a text is counted when topics are learned: words, neighbouring pairs, and parts of words."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

from routing.tokens import Word

PART = 4  # letters in a part: enough to find the parts of a Swedish compound


def parts_of(word: str) -> Iterator[str]:
    """Every part of four letters, the ends of the word marked by a space."""
    padded = f" {word} "
    for start in range(max(1, len(padded) - PART + 1)):
        yield padded[start : start + PART]


def pairs_of(words: Sequence[Word]) -> Iterator[tuple[Word, Word]]:
    """Words that stand next to each other, in order; a full stop between them parts them."""
    for first, second in itertools.pairwise(words):
        if second.place - first.place == 1:
            yield first, second


class Features:
    """Numbers for features. While it is open new ones get a number; closed, unknown ones are left out."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self._parts: dict[str, tuple[int, ...]] = {}
        self._open = True

    def close(self) -> None:
        """From now on nothing new is learned, and the memory of words is given back."""
        self._open = False
        self._parts.clear()

    def _numbered(self, names: Iterable[str]) -> tuple[int, ...]:
        if self._open:
            return tuple(self.numbers.setdefault(name, len(self.numbers)) for name in names)
        return tuple(self.numbers[name] for name in names if name in self.numbers)

    def of_word(self, word: Word) -> tuple[int, ...]:
        """The number of the word's stem, or nothing."""
        return self._numbered((f"={word.stem}",))

    def of_pair(self, first: Word, second: Word) -> tuple[int, ...]:
        """The number of the pair, or nothing."""
        return self._numbered((f"{first.stem}+{second.stem}",))

    def of_parts(self, word: Word) -> tuple[int, ...]:
        """The numbers of the word's parts."""
        found = self._parts.get(word.text)
        if found is None:
            found = self._numbered(dict.fromkeys(parts_of(word.text)))
            if self._open:
                self._parts[word.text] = found
        return found

    def of_text(self, words: Sequence[Word]) -> tuple[set[int], set[int]]:
        """All words and pairs of a text, and all parts, each once."""
        whole = {number for word in words for number in self.of_word(word)}
        whole.update(number for first, second in pairs_of(words) for number in self.of_pair(first, second))
        return whole, {number for word in words for number in self.of_parts(word)}

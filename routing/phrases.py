"""How a phrase is written, and what it is made of.

`bygglov`         the word in all its inflections, and (from five letters) as part of a compound: `bygglovsansökan`
`=plats`          the word and its inflections, never as part of a compound (not `lekplats`)
`sop*`            any word beginning so
`*nyckel`         any word ending so
`*larm*`          any word with this in it
`kom inte`        words in this order with at most two others between them
`"…"`             an example message: never looked for, but what is typical of it is learned (`routing.likeness`)
`!"…"`            such a message that is urgent
`!i natt`         makes a matter of this topic urgent; says nothing about whether it is of this topic
`barn + rädd`     close to each other in any order; each side may be several words
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from routing.stems import stem
from routing.tokens import normalise, split


class How(Enum):
    """How a word of a phrase is compared with a word of a message."""

    FREE = "free"
    EXACT = "exact"
    BEGINS = "begins"
    ENDS = "ends"
    HOLDS = "holds"


@dataclass(frozen=True, slots=True)
class Pattern:
    """One word of a phrase: `text` is a stem (free, exact, ends) or letters as they stand (begins, holds)."""

    text: str
    how: How


@dataclass(frozen=True, slots=True)
class Phrase:
    """A parsed phrase: `sides` must all be near each other; each is a sequence of words in order."""

    source: str
    sides: tuple[tuple[Pattern, ...], ...]


def is_example(source: str) -> bool:
    """Whether this is an example message in quotation marks and not a phrase to look for."""
    return len(source) > 2 and source.startswith(('"', '!"')) and source.endswith('"')


def is_urgent_cue(source: str) -> bool:
    """Whether this is a phrase that makes a matter of its topic urgent; it stands behind the `!`."""
    return source.startswith("!") and not is_example(source)


def is_urgent_example(source: str) -> bool:
    """Whether this is an example of an urgent message."""
    return is_example(source) and source.startswith("!")


@lru_cache(maxsize=50_000)
def _patterns(piece: str) -> tuple[Pattern, ...]:
    """The words of one piece of a phrase (a piece written with a slash or the like has several)."""
    begins, ends, exact = piece.endswith("*"), piece.startswith("*"), piece.startswith("=")
    words = [word for word, _ in split(piece.strip("*="))]
    if begins and ends:
        return (Pattern(words[0], How.HOLDS),) if words else ()
    found = [Pattern(stem(word), How.EXACT if exact else How.FREE) for word in words]
    if found and begins:
        found[-1] = Pattern(words[-1], How.BEGINS)
    if found and ends:
        found[0] = Pattern(stem(words[0]), How.ENDS)
    return tuple(found)


def holds_word(source: str) -> bool:
    """Whether `parse` finds anything in it."""
    return bool(_sides(source))


def parse(source: str) -> Phrase:
    """Read a phrase as an administrator wrote it. Raises ValueError when nothing is left of it."""
    sides = _sides(source)
    if not sides:
        raise ValueError(f"The phrase {source!r} holds no word.")
    return Phrase(source, sides)


@lru_cache(maxsize=50_000)
def _sides(source: str) -> tuple[tuple[Pattern, ...], ...]:
    """Most phrases are the language's own, and the same whenever an organisation is compiled again."""
    read = (
        tuple(pattern for piece in side.split() for pattern in _patterns(piece))
        for side in normalise(source).split("+")
    )
    return tuple(side for side in read if side)

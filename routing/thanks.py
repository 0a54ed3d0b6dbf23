"""Is a message a thank you and nothing else? Every word of it must be known to say no more; one unknown word, a digit,
a link or a sign that is not known, and it is a message like any other.

So nothing is swallowed: a question or news is made of words that are not here, and `ja`, `nej` and their like are not
either, for they may answer something.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping

from routing.lexicon.thanks import NO_NAMES, PLEASANTRIES, THANKS

MOST_CHARACTERS = 400
MOST_WORDS = 60
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_HARMLESS = re.compile(r"[\s!.,;:/*~\-–—\"'’”“()…&+]+")
_FACES = re.compile(r"[:;=]-?[)D]+|<3|\^_?\^")
_FROWNS = re.compile(r"[:;=][^\w)\n]*[(\[{/\\<]|[:;=][^\w\s]*\w\b|[)\]/][^\w\s(]*[:;=]|(?<!\w)[dD][:;=]")
"""`:(`, `:'-(`, `:/`, `:S`, `):` and their like: what stands beside them is not meant."""
_SIGNS = frozenset("🙏❤♥💙💚💛🧡💜🩷🤍🌹🌸🌷🌻🌞☀🌟⭐✨💐🎉😀😃😄😁😊🙂☺😇🥰😍🤗👏👍🙌💪\ufe0f\ufe0e\u200d🏻🏼🏽🏾🏿")


def words(text: str) -> list[str]:
    """The words of a text in one spelling."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold().replace("’", "'"))


def is_only_thanks(text: str, names: Collection[str] = ()) -> bool:
    """Whether `text` thanks somebody and says nothing else; `names` (as `words` gives them) may stand in it."""
    return bool(_told(text, names))


def says_nothing(text: str, names: Collection[str] = ()) -> bool:
    """Whether `text` has nothing in it but greetings, thanks and `names`."""
    return _told(text, names) is not None


def _told(text: str, names: Collection[str]) -> bool | None:
    """Whether there are thanks in it; None when it says more than we know."""
    if len(text) > MOST_CHARACTERS:
        return None
    plain = _FACES.sub(" ", unicodedata.normalize("NFKC", "".join(sign for sign in text if sign not in _SIGNS)))
    if _FROWNS.search(plain) or _HARMLESS.sub("", _WORD.sub("", plain)):
        return None
    said = words(plain)
    return _parsed(said, frozenset(names) - _NO_NAMES) if len(said) <= MOST_WORDS else None


def _parsed(said: list[str], names: frozenset[str]) -> bool | None:
    """Whether there are thanks among the words; None when they are not phrases that we know, one after the other.

    `ways[n]` is whether the first n words can be told so (None: they cannot), and whether with thanks.
    """
    ways: list[bool | None] = [False, *[None] * len(said)]
    for start in range(len(said)):
        so_far = ways[start]
        if so_far is None:
            continue
        for length, thanks in _phrases_at(said, start, names):
            after = start + length
            ways[after] = bool(ways[after]) or so_far or thanks
    return ways[-1]


def _phrases_at(said: list[str], start: int, names: frozenset[str]) -> Iterable[tuple[int, bool]]:
    first = said[start]
    for known, thanks in ((_THANKS, True), (_PLEASANTRIES, False)):
        for phrase in known.get(first, ()):
            if tuple(said[start : start + len(phrase)]) == phrase:
                yield len(phrase), thanks
    if first in names:
        yield 1, False


def _by_first_word(phrases: str) -> Mapping[str, tuple[tuple[str, ...], ...]]:
    found: dict[str, dict[tuple[str, ...], None]] = {}
    for line in phrases.splitlines():
        for phrase in line.split(","):
            spelled = tuple(words(phrase))
            if spelled:
                found.setdefault(spelled[0], {})[spelled] = None
    return {first: tuple(those) for first, those in found.items()}


_THANKS = _by_first_word(THANKS)
_PLEASANTRIES = _by_first_word(PLEASANTRIES)
_NO_NAMES = frozenset(words(NO_NAMES))

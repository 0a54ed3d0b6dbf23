"""A message read as words: lower case, one spelling per letter, bounded in length, each word with its place."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from routing.stems import FUNCTION_MARK, stem

MOST_LETTERS = 12_000
MOST_WORDS = 1_500
LONGEST_WORD = 40
_TAIL = 2_000
_LAST_WORDS = 300
_SUBJECT_LETTERS = 300
_GAP = 4  # a full stop or an empty line keeps words from counting as neighbours

_WORD = re.compile(r"[^\W_]+(?:[-'’:‐‑][^\W_]+)*|[.!?]+|\n\s*\n")
_JOINTS = re.compile(r"[-'’:‐‑]")
_SAME = {
    ord("æ"): "ä", ord("ø"): "ö", ord("أ"): "ا", ord("إ"): "ا", ord("آ"): "ا", ord("ة"): "ه", ord("ى"): "ي",
    ord("ی"): "ي", ord("ک"): "ك", ord("ـ"): None, ord("ٰ"): None, 0x00AD: None, 0xFEFF: None,
}  # fmt: skip
_SAME |= dict.fromkeys(range(0x064B, 0x0653)) | dict.fromkeys(range(0x200B, 0x2010))
_PLAIN = str.maketrans("åäö", "aao")
_SWEDISH_LETTERS = frozenset("åäö")
_DOTTED = (None, "sv", "fi", "da", "no")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a message: as written (lower case), its stem, its place, and whether it stood in the subject."""

    text: str
    stem: str
    place: int
    in_subject: bool = False

    @property
    def function(self) -> bool:
        """Whether it is a function word (and, the, for …), which says nothing of the matter alone."""
        return self.stem.endswith(FUNCTION_MARK)


@dataclass(frozen=True, slots=True)
class Reading:
    """A message as words. `plain` tells that it has no å, ä or ö at all, as from a foreign keyboard."""

    words: tuple[Word, ...]
    plain: bool
    text: str


def normalise(text: str) -> str:
    """Lower case with one spelling per letter; Arabic vowel marks, soft hyphens and zero-width signs are dropped."""
    return unicodedata.normalize("NFKC", text).lower().translate(_SAME)


def without_dots(text: str) -> str:
    """`förskola` as somebody without å, ä and ö types it: `forskola`."""
    return text.translate(_PLAIN)


def _bounded(text: str, most: int, tail: int) -> str:
    return text if len(text) <= most else f"{text[: most - tail]}\n\n{text[-tail:]}"


def _without_addresses(text: str) -> str:
    """Links become the word `url`, mail addresses vanish: the words in them say nothing of the matter."""
    if "@" not in text and "//" not in text and "www." not in text:
        return text
    pieces = (
        "url" if piece.startswith(("http://", "https://", "www.")) else "" if "@" in piece else piece
        for piece in re.split(r"(\s+)", text)
    )
    return "".join(pieces)


def split(text: str) -> list[tuple[str, int]]:
    """The words of a normalised text with their places; hyphens inside a word are closed up (`p-bot` → `pbot`)."""
    found: list[tuple[str, int]] = []
    place = 0
    for match in _WORD.finditer(text):
        piece = match.group()
        if not piece[0].isalnum():
            place += _GAP
            continue
        if not piece.isalnum():
            piece = _JOINTS.sub("", piece)
        found.append((piece[:LONGEST_WORD], place))
        place += 1
    return found if len(found) <= MOST_WORDS else found[: MOST_WORDS - _LAST_WORDS] + found[-_LAST_WORDS:]


def read(subject: str, body: str, language: str | None = None) -> Reading:
    """Read a message for routing. At most 12 000 letters are looked at: the beginning and the end of the body.

    A message without å, ä and ö is `plain` unless it is known to be in a language that has none of them.
    """
    head = normalise(_bounded(subject or "", _SUBJECT_LETTERS, 0))
    rest = _without_addresses(normalise(_bounded(body or "", MOST_LETTERS, _TAIL)))
    words = [Word(word, stem(word), place, True) for word, place in split(head)]
    start = words[-1].place + 2 * _GAP if words else 0
    words += [Word(word, stem(word), start + place) for word, place in split(rest)]
    letters = set(head) | set(rest)
    return Reading(tuple(words), not letters & _SWEDISH_LETTERS and language in _DOTTED, f"{head}\n\n{rest}")

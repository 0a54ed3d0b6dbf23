"""What a text can be found by, and what a question asks for: the same words for both, on every database.

Words are runs of letters and digits, lower case, composed (NFKC), so that å, ä and ö are letters of their own
and `Åmål` is not `Amal`. A question's word is cut to its Swedish stem (Snowball) and looked for as the
beginning of a word; stems are made of the question alone, so that storing a message costs no stemming. Parts
are what must also be found from within: long words without their first letters (`fakturafråga` by `fråga`,
but not `skatt` by `katt`), words with digits, and telephone numbers in one piece.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

import snowballstemmer

MOST_CHARACTERS = 100_000
MOST_BYTES = 300_000
MOST_TERMS = 12
QUESTION_CHARACTERS = 500
WORD_CHARACTERS = 64
SHORTEST_PREFIX = 3
SHORTEST_PART = 4
FIRST_MEMBER = 2

_WORD = re.compile(r"[^\W_]+")
_NO_DIGITS = re.compile(r"\D+")
_BETWEEN_DIGITS = r"[ \t()/.\-–‐]"
_NUMBER = re.compile(rf"\+?\(?\d(?:{_BETWEEN_DIGITS}{{0,3}}\d){{6,39}}")
_ASKED = re.compile(rf'"([^"]*)"|(?<!\S)([+(]?\d(?:{_BETWEEN_DIGITS}|\d)*\d)(?!\S)|([^\s"]+)|"')
_DEFINITE = re.compile(r"(?:(?<=[aeoåö])[nt]|(?<=de)na)s?$")
_QUOTES = str.maketrans(dict.fromkeys("“”„«»", '"'))


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand side by side, or else `part` within a word; `prefix` lets the last word go on."""

    words: tuple[str, ...]
    prefix: bool = False
    part: str = ""


MOST_MARKS = 30
"""So many marks on one letter are kept (as in UAX #15, D4): to sort more of them takes minutes, and nothing is lost."""

_FAR = re.compile(f"[\u0300-\U0010ffff]{{{MOST_MARKS + 1}}}")  # no mark is nearer; quick to look for, and rare


@cache
def _marks() -> re.Pattern[str]:
    """Signs without a place of their own: accents left over after composing, joiners, soft hyphens."""
    codes = (chr(code) for code in (0xAD, *range(0x300, 0x10000)))
    signs = (sign for sign in codes if unicodedata.category(sign) in ("Mn", "Mc", "Me", "Cf"))
    return re.compile(f"[{re.escape(''.join(signs))}]+")


@cache
def _heaps() -> re.Pattern[str]:
    """Marks after more than enough others. By category: some without a class of their own are made of such as have."""
    marks = re.escape("".join(sign for sign in map(chr, range(0x300, 0x20000)) if unicodedata.category(sign)[0] == "M"))
    return re.compile(f"([{marks}]{{{MOST_MARKS}}})[{marks}]+")


def fold(text: str) -> str:
    """One spelling for each letter: composed, without case, without loose marks."""
    if text.isascii():
        return text.lower()
    if _FAR.search(text):
        text = _heaps().sub(r"\1", text)
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _marks().sub("", folded)


def document(text: str) -> tuple[str, str]:
    """The words of a text, and its parts, ready to be indexed. Only the first 100 000 characters count."""
    folded = fold(text[:MOST_CHARACTERS]).encode(errors="ignore")[:MOST_BYTES].decode(errors="ignore")
    words = [word[:WORD_CHARACTERS] for word in _WORD.findall(folded)]
    parts = dict.fromkeys(part for word in dict.fromkeys(words) if (part := _inner(word)))
    parts |= dict.fromkeys(_in_one_piece(number) for number in _NUMBER.findall(folded))
    return f" {' '.join(words)} ", " ".join(parts)


def _inner(word: str) -> str:
    if word.isalpha():
        return word[FIRST_MEMBER:] if len(word) >= FIRST_MEMBER + SHORTEST_PART else ""
    return word if len(word) >= SHORTEST_PART else ""


def _in_one_piece(number: str) -> str:
    """`+46 (0)70-174 06 05` and `0046701740605` as `0701740605`; foreign numbers begin with their country."""
    digits = _NO_DIGITS.sub("", number)
    if number.startswith("+") or digits.startswith("00"):
        digits = digits.removeprefix("00")
        if digits.startswith("46"):
            return "0" + digits[2:].lstrip("0")
    return digits


def question(text: str) -> list[Term]:
    """What is asked for; every term must be found. Empty when there is nothing to look for.

    Words stand for all their forms and for words that begin with them or hold them; `"quoted words"` for
    exactly these, side by side. No other sign has a meaning. The first 500 characters and twelve terms count.
    """
    folded = fold(text[:QUESTION_CHARACTERS].translate(_QUOTES))
    terms: dict[Term, None] = {}
    for quoted, number, chunk in _ASKED.findall(folded):
        if quoted:
            terms[Term(_words(quoted))] = None
        elif number:
            terms |= dict.fromkeys(_number(number))
        elif chunk:
            terms[_chunk(chunk)] = None
    return [term for term in terms if term.words][:MOST_TERMS]


def _words(text: str) -> tuple[str, ...]:
    return tuple(word[:WORD_CHARACTERS] for word in _WORD.findall(text))


def _number(text: str) -> list[Term]:
    """Groups of digits: one number if it is long enough, such as a telephone number, otherwise several."""
    whole = _in_one_piece(text)
    if len(whole) < 5:
        return [_chunk(group) for group in text.split()]
    words = _words(text)
    return [Term(words, len(words[-1]) >= SHORTEST_PREFIX, whole)]


def _chunk(text: str) -> Term:
    """What stands between two spaces: a word, or several held together by signs (`a@example.se`)."""
    *before, last = _words(text) or ("",)
    if last.isalpha():
        stem = _stem(last)
        part = stem if len(stem) >= SHORTEST_PART else last
    else:
        stem = part = last
    if before or len(part) < (SHORTEST_PART if last.isalpha() else SHORTEST_PREFIX):
        part = ""
    return Term((*before, stem), len(stem) >= SHORTEST_PREFIX, part) if last else Term(())


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    """What the forms of a word begin with. Snowball leaves some definite forms (`fakturan`) as they are."""
    if len(word) < SHORTEST_PREFIX + 1:
        return word
    # A stemmer holds the word it works on, so that one must not be shared among threads.
    stemmer = snowballstemmer.stemmer("swedish")
    bare = _DEFINITE.sub("", word)
    forms = (word, bare) if len(bare) > SHORTEST_PREFIX else (word,)
    stems = [str(stemmer.stemWord(form)) for form in forms]
    return min((stem for stem in stems if len(stem) >= SHORTEST_PREFIX), key=len, default=word)


def ticket_number(text: str, prefix: str) -> int | None:
    """The number if the whole question is one: `4812`, `#4812`, or with the configured prefix, `KC-4812`."""
    found = re.fullmatch(rf"(?:#|{re.escape(fold(prefix))}[-\s]?)?([0-9]{{1,9}})", fold(text[:40]).strip())
    return int(found[1]) if found else None

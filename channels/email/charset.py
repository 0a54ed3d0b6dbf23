"""Bytes to text, never failing: what the sender declared, else UTF-8 where it is that, else windows-1252.

Text that leaves here can be stored anywhere: no NUL, no other control characters, no lone surrogates, in NFC.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from functools import lru_cache

_CHARACTER_SETS = re.compile(
    r"(?:utf|ascii|iso|cp|koi|mac|big5|gb|euc|shift|hz|tis|ptcp|johab|kz|viscii)[a-z0-9_-]*", re.ASCII
)
_ALIASES = {
    "unicode-1-1-utf-7": "utf-7",
    "utf8mb4": "utf-8",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "latin-9": "iso-8859-15",
    "x-sjis": "shift_jis",
    "x-gbk": "gbk",
    "windows-936": "gbk",
    "windows-949": "cp949",
}
_WESTERN = frozenset({"ascii", "iso8859-1", "iso8859-15", "cp1252", "utf-8"})
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff]+")
_INVISIBLE = re.compile(r"[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]+")
_CHUNK = 1024  # characters normalised at a time: the standard library is quadratic on runs of combining marks


@lru_cache(maxsize=256)
def codec(declared: str) -> str | None:
    """The codec behind a declared character set, or None.

    Only character sets: `unicode_escape`, `punycode`, `hex` and their like are codecs too, and none of them is mail.
    """
    name = declared.strip(" \t\"'").lower()
    if not re.fullmatch(r"[a-z0-9_.:+-]{1,40}", name):
        return None
    try:
        found = codecs.lookup(_ALIASES.get(name, name)).name
    except (LookupError, ValueError):
        return None
    return found if _CHARACTER_SETS.fullmatch(found) else None


def decode(data: bytes, declared: str = "") -> str:
    """Text from `data`. UTF-8 labelled as Latin-1 or ASCII, the commonest wrong label, is recognised by its form."""
    name = codec(declared) or "utf-8"
    if name not in _WESTERN:
        try:
            return data.decode(name, "replace")
        except (UnicodeError, ValueError):
            return _western(data, "cp1252")
    return _western(data, name)


def _western(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    if name == "utf-8" and (repaired := _mostly_utf8(data)) is not None:
        return repaired
    return data.decode("iso8859-15" if name == "iso8859-15" else "cp1252", "replace")


def _mostly_utf8(data: bytes) -> str | None:
    """UTF-8 with a few broken bytes (cut in the middle of a letter), or None where it is no UTF-8 at all."""
    text = data.decode("utf-8-sig", "replace")
    broken = text.count("\ufffd")
    letters = len(text) - len(text.encode("ascii", "ignore")) - broken
    return text if letters > 4 * broken else None


def tidy(text: str) -> str:
    r"""Text of several lines, fit to be stored: lines end in \n, no control characters but \n and \t, NFC."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace("\u2028", "\n").replace("\u2029", "\n")
    return normalise(_CONTROLS.sub("", text))


def one_line(text: str, limit: int = 1000) -> str:
    """Text for one line (subject, name): white space is one blank, nothing invisible turns the writing around."""
    text = _INVISIBLE.sub("", text[: 4 * limit])
    return normalise(_CONTROLS.sub("", " ".join(text.split())))[:limit].strip()


def normalise(text: str) -> str:
    """NFC (what macOS sends as a + ring becomes å), in linear time."""
    if text.isascii():
        return text
    return "".join(unicodedata.normalize("NFC", piece) for piece in _pieces(text))


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    start = 0
    while start < len(text):
        end = start + _CHUNK
        if end < len(text):
            end = max(text.rfind("\n", start, end), text.rfind(" ", start, end)) + 1 or end
        pieces.append(text[start:end])
        start = end
    return pieces

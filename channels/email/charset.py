"""Bytes to text, never failing: what the sender declared, else UTF-8 where it is that, else windows-1252.

Labels are often wrong: what is UTF-8 by its form is read as UTF-8, and `mislabelled` knows the other habits.

Text that leaves here can be stored anywhere: no NUL, no other control characters, no lone surrogates, in NFC.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from functools import lru_cache

from channels.email import mislabelled

_CHARACTER_SETS = re.compile(
    r"(?:utf|ascii|iso|cp|koi|mac|big5|gb|euc|shift|hz|tis|ptcp|johab|kz|viscii)[a-z0-9_-]*", re.ASCII
)
_WINDOWS = re.compile(r"\A(?:x-)?(?:win|windows|cp)[-_]?(125\d)\Z")
_ALIASES = {
    "koi8r": "koi8-r",
    "koi8u": "koi8-u",
    "unicode-1-1-utf-7": "utf-7",
    "utf8mb4": "utf-8",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "latin-9": "iso-8859-15",
    "x-sjis": "cp932",
    "x-gbk": "gb18030",
    "windows-936": "gb18030",
    "windows-949": "cp949",
    "x-mac-roman": "mac-roman",
    "x-macintosh": "mac-roman",
    "mac": "mac-roman",
}
_LARGER = {  # what is really sent under the name of its smaller ancestor, as browsers know (WHATWG Encoding §4.2)
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
}
_SEVERAL_BYTES = ("utf", "iso2022", "gb", "big5", "euc", "shift", "hz", "johab", "cp932", "cp949", "cp950")
_WESTERN = frozenset({"ascii", "iso8859-1", "iso8859-15", "cp1252", "utf-8"})
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff]+")
_UNSEEN = (  # no joiners (U+200C, U+200D): Persian words and emoji need them
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff"
    "\uffa0\ufff9-\ufffb\U000e0000-\U000e007f"
)
_INVISIBLE = re.compile(f"[{_UNSEEN}]+")
_AT_ENDS = re.compile(rf"\A[\s{_UNSEEN}]++|(?<![\s{_UNSEEN}])[\s{_UNSEEN}]++\Z")
_WITHIN_WORDS = re.compile(r"[\u00ad\u200b\u2060]+")
_CHUNK = 256  # characters normalised at a time: the standard library is quadratic on runs of combining marks


@lru_cache(maxsize=256)
def codec(declared: str) -> str | None:
    """The codec behind a declared character set, or None.

    Only character sets: `unicode_escape`, `punycode`, `hex` and their like are codecs too, and none of them is mail.
    """
    name = declared.strip(" \t\"'").lower()
    if not re.fullmatch(r"[a-z0-9_.:+-]{1,40}", name):
        return None
    name = _WINDOWS.sub(r"cp\1", name)
    try:
        found = codecs.lookup(_ALIASES.get(name, name)).name
    except (LookupError, ValueError):
        return None
    return _LARGER.get(found, found) if _CHARACTER_SETS.fullmatch(found) else None


def decode(data: bytes, declared: str = "") -> str:
    """Text from `data`. UTF-8 labelled as something else, the commonest wrong label, is recognised by its form."""
    name = codec(declared) or "utf-8"
    if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) and b"\0" in data:
        name = "utf-16"
    elif name.startswith(("utf-16", "utf-32")) and b"\0" not in data and data.isascii():
        name = "ascii"
    if name in _WESTERN:
        return mislabelled.undouble(_western(data, name))
    try:
        if not name.startswith(_SEVERAL_BYTES) and (text := _surely_utf8(data)) is not None:
            return text
        return data.decode(mislabelled.wide(data, name), "replace")
    except (UnicodeError, ValueError):
        return _western(data, "cp1252")


def _surely_utf8(data: bytes) -> str | None:
    """UTF-8 with more letters of its own than chance would make, None otherwise."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return mislabelled.undouble(text) if len(data) - len(text) >= 2 else None


def _western(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    if name == "utf-8" and (repaired := _mostly_utf8(data)) is not None:
        return repaired
    western = mislabelled.old_machine(data) or ("iso8859-15" if name == "iso8859-15" else "cp1252")
    return mislabelled.mixed(data, western) if b"\xc3" in data else data.decode(western, "replace")


def _mostly_utf8(data: bytes) -> str | None:
    """UTF-8 with a few broken bytes (cut in the middle of a letter), or None where it is no UTF-8 at all."""
    text = data.decode("utf-8-sig", "replace")
    broken = text.count("\ufffd")
    letters = len(text) - len(text.encode("ascii", "ignore")) - broken
    if letters <= 4 * broken:
        return None
    return mislabelled.mixed(data, "cp1252") if mislabelled.has_latin1_letters(data) else text


def tidy(text: str) -> str:
    r"""Text of several lines, fit to be stored: lines end in \n, no control characters but \n and \t, NFC."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace("\u2028", "\n").replace("\u2029", "\n")
    return normalise(_CONTROLS.sub("", text))


def whole_words(text: str) -> str:
    """`text` without soft hyphens and blanks of no width: unseen, they hide the word from every search."""
    return text if text.isascii() else _WITHIN_WORDS.sub("", text)


def one_line(text: str, limit: int = 1000) -> str:
    """Text for one line (subject, name): white space is one blank, nothing invisible turns the writing around."""
    text = _INVISIBLE.sub("", text[: 4 * limit])
    return normalise(_CONTROLS.sub("", " ".join(text.split())))[:limit].strip()


def has_unseen(text: str) -> bool:
    """Whether there is something in `text` that nobody sees."""
    return not text.isascii() and bool(_INVISIBLE.search(text) or _CONTROLS.search(text))


def strip_unseen(text: str) -> str:
    """`text` without what nobody sees before and after it."""
    return text.strip() if text.isascii() else _AT_ENDS.sub("", text)


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

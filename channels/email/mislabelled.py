"""Text whose character set was named wrongly, or not at all, or lost on the way: what Swedish letters betray.

Each guess needs a sign that real text of the declared kind never has; without one the declaration holds.
"""

from __future__ import annotations

import codecs
import re

_SWEDISH_LATIN1 = re.compile(rb"[\xe5\xe4\xf6\xc5\xc4\xd6]")
_LATIN1_BESIDE_ASCII = re.compile(rb"(?<![\x80-\xff])[\xe5\xe4\xf6\xc5\xc4\xd6](?![\x80-\xff])")
_IN_WORD_DOS = re.compile(rb"[a-z][\x86\x84\x94](?=[a-z])")  # †, „ and ” in windows-1252, and no word has them
_IN_WORD_MAC = re.compile(rb"[a-z]([\x8c\x8a\x9a])(?=[a-z])")  # Œ, Š and š
_META = re.compile(rb"<meta\b[^>]{0,200}?\bcharset\s{0,3}=\s{0,3}[\"']?([a-z0-9_.:-]{2,40})", re.IGNORECASE)
_DOUBLE = re.compile("Ã[^\x00-\x7f]|â[€\x80][^\x00-\x7f]")
_MOST = 4_000_000  # characters looked at line by line; nobody writes that much
_META_WITHIN = 2_048  # bytes


def old_machine(data: bytes) -> str | None:
    """The code page of MS-DOS or of the old Macintosh, when their å, ä and ö stand inside words; None otherwise.

    One Slavic name in windows-1252 has a š inside: so one letter alone is no sign of a Macintosh.
    """
    if _SWEDISH_LATIN1.search(data):
        return None
    if len(_IN_WORD_DOS.findall(data)) >= 2:
        return "cp850"
    return "mac-roman" if len(set(_IN_WORD_MAC.findall(data))) >= 2 else None


def wide(data: bytes, name: str) -> str:
    """Which UTF-16 it is: by the byte order mark, else by the side on which Western letters have their zero byte."""
    if name != "utf-16" or data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return name
    sample = data[:4_096]
    return "utf-16-be" if sample[::2].count(0) >= sample[1::2].count(0) else "utf-16-le"


def declared_inside(html: bytes) -> str:
    """The character set that HTML names in its own head, empty when it names none; UTF-16 there is never true."""
    found = _META.search(html[:_META_WITHIN])
    name = found[1].decode("ascii") if found else ""
    return "" if name.lower().startswith("utf-16") else name


def has_latin1_letters(data: bytes) -> bool:
    """Whether an å, ä or ö of Latin-1 stands alone, which no cut UTF-8 looks like."""
    return bool(_LATIN1_BESIDE_ASCII.search(data))


def mixed(data: bytes, western: str) -> str:
    """Lines of UTF-8 among lines of `western`: an answer and what it quotes often have not the same character set."""
    if len(data) > _MOST:
        return data.decode(western, "replace")
    return "\n".join(_either(line, western) for line in data.split(b"\n"))


def _either(line: bytes, western: str) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode(western, "replace")


def undouble(text: str) -> str:
    """`text` with those lines mended that were encoded twice (`Ã¥` for `å`).

    Such a line is UTF-8 as a whole when it is written as windows-1252 again; a line that only tells of it is not.
    """
    if len(text) > _MOST or not _DOUBLE.search(text):
        return text
    return "\n".join(_once(line) if _DOUBLE.search(line) else line for line in text.split("\n"))


def _once(line: str) -> str:
    try:
        return line.encode("cp1252", "c1-as-bytes").decode("utf-8")
    except UnicodeError:
        return line


def _c1_as_bytes(error: UnicodeError) -> tuple[bytes, int]:
    """The five places that windows-1252 leaves open, and the C1 controls of Latin-1, are the bytes they came from."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    piece = error.object[error.start : error.end]
    if not all("\x80" <= letter <= "\x9f" for letter in piece):
        raise error
    return piece.encode("latin-1"), error.end


codecs.register_error("c1-as-bytes", _c1_as_bytes)

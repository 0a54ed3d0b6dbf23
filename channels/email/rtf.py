"""A letter in RTF, which Outlook puts into winmail.dat, packed in a way of its own (MS-OXRTFCP).

Where the RTF was made from HTML it still holds that HTML in groups of its own (MS-OXRTFEX), and that is what is read.
"""

from __future__ import annotations

import html as entities
import re
import struct
from dataclasses import dataclass, field

from channels.email import charset

MAX_BYTES = 1_000_000
_PACKED, _PLAIN = b"LZFu", b"MELA"
_KNOWN = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor "
    rb"MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_RING = 4_096
_TOKEN = re.compile(
    r"\\([a-zA-Z]{1,32})(-?[0-9]{1,9})? ?|((?:\\'[0-9a-fA-F]{2})+)|\\(.)|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.S
)
_HIDDEN = frozenset("fonttbl colortbl stylesheet info pict object header footer mhtmltag listtable".split())
_BREAKS = {"par": "\n", "line": "\n", "sect": "\n", "page": "\n", "row": "\n", "tab": "\t", "cell": "  "}
_SIGNS = {"lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "endash": "–", "emdash": "—", "bullet": "•"}


def unpack(data: bytes) -> bytes | None:
    """The RTF in `data`; None when it is not packed like that, or more than a letter ever is."""
    if len(data) < 16 or len(data) > MAX_BYTES:
        return None
    size, kind = struct.unpack_from("<I4s", data, 4)
    if kind == _PLAIN:
        return data[16 : 16 + size]
    return bytes(_unpack(data, min(size, MAX_BYTES))) if kind == _PACKED else None


def _unpack(data: bytes, size: int) -> bytearray:
    """Letters, and references into the last 4 096 bytes: a byte of flags stands before each eight of them."""
    out = bytearray(_KNOWN)
    position, begin = 16, len(_KNOWN)
    while position < len(data) and len(out) - begin < size:
        flags = data[position]
        position += 1
        for bit in range(8):
            if not flags >> bit & 1:
                out += data[position : position + 1]
                position += 1
                continue
            pair = data[position : position + 2]
            position += 2
            if len(pair) < 2 or (offset := pair[0] << 4 | pair[1] >> 4) == len(out) % _RING:
                return out[begin : begin + size]
            source = len(out) - (len(out) - offset) % _RING
            for place in range(source, source + (pair[1] & 15) + 2):
                out.append(out[place] if place >= 0 else 32)
    return out[begin : begin + size]


@dataclass(slots=True)
class _Letter:
    """What is written so far, and what holds in the group that is being read."""

    out: list[str] = field(default_factory=list)
    groups: list[tuple[bool, bool, int]] = field(default_factory=list)
    is_hidden: bool = False
    is_from_html: bool = False
    is_tag: bool = False  # a group of HTML as it was
    is_repeated: bool = False  # between \htmlrtf and \htmlrtf0 stands what the HTML says otherwise
    skip: int = 1  # letters that stand in for a \u
    left: int = 0  # of these, how many are still to come
    code_page: str = "cp1252"

    def add(self, text: str) -> None:
        text, self.left = text[self.left :], max(0, self.left - len(text))
        if text and not self.is_hidden and not self.is_repeated:
            self.out.append(entities.escape(text, quote=False) if self.is_from_html and not self.is_tag else text)

    def enter(self) -> None:
        self.groups.append((self.is_hidden, self.is_tag, self.skip))

    def leave(self) -> None:
        if self.groups:
            self.is_hidden, self.is_tag, self.skip = self.groups.pop()

    def command(self, name: str, number: int | None) -> None:
        if name == "htmlrtf":
            self.is_repeated = number != 0
        elif name == "fromhtml":
            self.is_from_html = True
        elif name == "htmltag":
            self.is_hidden, self.is_tag = False, True
        elif name in _HIDDEN:
            self.is_hidden = True
        elif name == "ansicpg" and number:
            self.code_page = f"cp{number}"
        elif name == "uc":
            self.skip = number if number is not None else 1
        elif name == "u" and number is not None:
            self.left = 0
            self.add(chr(number % 65_536))
            self.left = self.skip
        elif name in _BREAKS or name in _SIGNS:
            self.add(_BREAKS.get(name) or _SIGNS[name])


def read_rtf(data: bytes) -> tuple[str, str]:
    """The text of an RTF letter, or its HTML if it was made from one; the other is empty. In linear time."""
    letter = _Letter()
    for found in _TOKEN.finditer(data[:MAX_BYTES].decode("latin-1")):
        word, number, octets, sign, brace, text = found.groups()
        if word:
            letter.command(word, int(number) if number else None)
        elif octets:
            letter.add(charset.decode(bytes.fromhex(octets.replace("\\'", "")), letter.code_page))
        elif brace == "{":
            letter.enter()
        elif brace:
            letter.leave()
        elif sign == "*":
            letter.is_hidden = True
        elif sign:
            letter.add({"~": " ", "_": "-", "-": ""}.get(sign, sign if sign in "\\{}" else ""))
        elif text:
            letter.add(text)
    whole = "".join(letter.out).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return ("", charset.tidy(whole)) if letter.is_from_html else (charset.tidy(whole).strip(), "")

"""Encoded words in headers (`=?utf-8?Q?R=C3=A4ksm=C3=B6rg=C3=A5s?=`), RFC 2047, read leniently in linear time.

Seen in real mail: words without a blank between them or in the middle of others, cut within a letter, with blanks and
question marks inside, with no end because a program cut the subject, and words that were encoded twice.
"""

from __future__ import annotations

import binascii
import re

from channels.email import charset
from channels.email.transfer import base64_bytes

_OPENING = r"=\?([^?*\s]{1,60})(?:\*[^?\s]{0,20})?\?([bBqQ])\?"
_TEXT = r"((?:[^?=]|\?(?!=)|=(?!\?[^=]))*+)"  # never over the beginning of another word
_WORD = re.compile(_OPENING + _TEXT + r"\?=")
_CUT_OFF = re.compile(_OPENING + r"([^?\s]++)\??\Z")
_ENCODED_AGAIN = re.compile(r"\s*(?:=\?[^?\s]{1,60}\?[bBqQ]\?[^?\s]*+\?=\s*)++")


def decode_words(value: str) -> str:
    """`value` with its encoded words decoded; what is not one stays as it is.

    Neighbours in one character set are joined before decoding: many senders cut in the middle of a letter.
    """
    if "=?" not in value:
        return value
    decoded = _decode(value)
    return _decode(decoded) if _ENCODED_AGAIN.fullmatch(decoded) else decoded


def _decode(value: str) -> str:
    out: list[str] = []
    waiting, declared, end = bytearray(), "", 0
    for found in (*_WORD.finditer(value), *_cut_off(value)):
        between = value[end : found.start()]
        apart = bool(between.strip()) or end == 0
        named = charset.codec(found[1]) or found[1].lower()
        if apart or named != declared:
            out.append(charset.decode(bytes(waiting), declared))
            waiting.clear()
            out.append(between if apart else "")
        declared, end = named, found.end()
        waiting += _bytes(found[2], found[3])
    out.append(charset.decode(bytes(waiting), declared))
    out.append(value[end:])
    return "".join(out)


def _cut_off(value: str) -> list[re.Match[str]]:
    """The word at the very end that has no end of its own."""
    start = value.rfind("=?")
    found = _CUT_OFF.match(value, start) if start >= 0 else None
    return [found] if found else []


def _bytes(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding in "bB":
        return base64_bytes(data)
    return binascii.a2b_qp(data.replace(b"\n", b" "), header=True)

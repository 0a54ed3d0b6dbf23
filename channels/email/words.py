"""Encoded words in headers (`=?utf-8?Q?R=C3=A4ksm=C3=B6rg=C3=A5s?=`), RFC 2047, read leniently in linear time."""

from __future__ import annotations

import binascii
import re

from channels.email import charset
from channels.email.transfer import base64_bytes

_WORD = re.compile(r"=\?([^?*\s]{1,60})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?]*+)\?=")


def decode_words(value: str) -> str:
    """`value` with its encoded words decoded; what is not one stays as it is.

    Neighbours in one character set are joined before decoding: many senders cut in the middle of a letter.
    """
    if "=?" not in value:
        return value
    out: list[str] = []
    waiting, declared, end = bytearray(), "", 0
    for found in _WORD.finditer(value):
        between = value[end : found.start()]
        apart = bool(between.strip()) or end == 0
        if apart or found[1].lower() != declared:
            out.append(charset.decode(bytes(waiting), declared))
            waiting.clear()
            out.append(between if apart else "")
        declared, end = found[1].lower(), found.end()
        waiting += _bytes(found[2], found[3])
    out.append(charset.decode(bytes(waiting), declared))
    out.append(value[end:])
    return "".join(out)


def _bytes(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding in "bB":
        return base64_bytes(data)
    return binascii.a2b_qp(data.replace(b"\n", b" "), header=True)

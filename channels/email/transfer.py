"""Transfer encodings, RFC 2045 §6: base64 and quoted-printable as they are really sent."""

from __future__ import annotations

import binascii
import re

_NOT_BASE64 = bytes(sorted(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")))
_PADDING_AT_END = re.compile(rb"[^=]*+[=\s]*+\Z")
_MAX_PIECES = 1_000
_AS_THEY_ARE = frozenset({"", "7bit", "8bit", "binary"})


def decode_transfer(data: memoryview, encoding: str) -> bytes | None:
    """The bytes that `data` stands for; None when nobody knows `encoding`."""
    if encoding in _AS_THEY_ARE:
        return bytes(data)
    if encoding == "base64":
        return base64_bytes(data)
    if encoding in ("quoted-printable", "quotedprintable"):
        return binascii.a2b_qp(data)
    return None


def base64_bytes(data: bytes | memoryview) -> bytes:
    """Base64 with whatever is in it: foreign characters are skipped, missing padding is forgiven.

    Several encoded pieces in a row, each with its padding, are all read (the standard library stops at the first).
    """
    if _PADDING_AT_END.match(data):
        try:
            return binascii.a2b_base64(data)
        except binascii.Error:
            pass
    letters = bytes(data).translate(None, _NOT_BASE64)
    if letters.count(b"=") > _MAX_PIECES:
        return _piece(letters.replace(b"=", b""))
    return b"".join(map(_piece, letters.split(b"=")))


def _piece(letters: bytes) -> bytes:
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))

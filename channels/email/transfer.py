"""Transfer encodings, RFC 2045 §6: base64 and quoted-printable as they are really sent."""

from __future__ import annotations

import binascii
import re

from channels.email.uuencode import lift_files

_NOT_BASE64 = bytes(sorted(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")))
_PADDING_AT_END = re.compile(rb"[^=]*+[=\s]*+\Z")
_MAX_PIECES = 1_000
_PIECE = 1_048_576
_AS_THEY_ARE = frozenset(
    "7bit 8bit binary 7-bit 8-bit 7bits 8bits none utf-8 utf8 us-ascii iso-8859-1 text/plain text".split()
)
_NAME = re.compile(r"[a-z0-9/-]*", re.ASCII)
_STRICT = re.compile(rb"[A-Za-z0-9+/=\s]*+")
_BLANKS_AFTER_BREAK = re.compile(rb"=[ \t]++\r?\n")  # which servers add on the way (RFC 2045 §6.7)
_MOST_MENDED = 2_000_000  # bytes, since each mend takes a hundred of memory
_FIRST_LINE = re.compile(rb"\s*+([^\r\n]*+)")


def encoding_name(value: str) -> str:
    """The one word of a Content-Transfer-Encoding, without quotes, comments and what else stands around it."""
    found = _NAME.match(value.strip().strip("\"'").lower())
    return found[0] if found else ""


def is_damaged(data: memoryview, encoding: str) -> bool:
    """Whether base64 has in it what no encoder writes, or ends within a letter."""
    if encoding != "base64":
        return False
    if not _STRICT.fullmatch(data):
        return True
    letters = 0
    for start in range(0, len(data), _PIECE):  # without a copy of all of it: files are large
        piece = bytes(data[start : start + _PIECE]).translate(None, _NOT_BASE64)
        if b"=" in piece:
            return False
        letters += len(piece)
    return letters % 4 == 1


def is_rather_text(data: memoryview) -> bool:
    """Whether what is called base64 begins with a line that cannot be: some servers change the label alone."""
    found = _FIRST_LINE.match(data)
    return found is not None and bool(found[1].strip()) and not _STRICT.fullmatch(found[1])


def decode_transfer(data: memoryview, encoding: str) -> bytes | None:
    """The bytes that `data` stands for; None when nobody knows `encoding`."""
    if encoding in _AS_THEY_ARE or not encoding:
        return bytes(data)
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return uuencoded_bytes(bytes(data))
    if encoding == "base64":
        return base64_bytes(data)
    if encoding in ("quoted-printable", "quotedprintable"):
        return binascii.a2b_qp(data if len(data) > _MOST_MENDED else _BLANKS_AFTER_BREAK.sub(b"=\n", data))
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


def uuencoded_bytes(data: bytes) -> bytes:
    """The one file in a part of uuencoded lines; the lines themselves when there is none."""
    files = lift_files(data.decode("latin-1").replace("\r\n", "\n"))[1]
    return files[0].content if files else data

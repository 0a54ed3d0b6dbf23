"""Which picture some bytes are, by what they say themselves: a name or a declared type proves nothing."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from contactcenter.errors import InvalidInput
from contactcenter.i18n import gettext as _

MOST_BYTES = 200_000
MOST_PIXELS = 4_000
"""On each side."""
_JPEG_SIZES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})


def media_type(content: bytes) -> str:
    """The type of a whole PNG, JPEG or WebP picture.

    Raises:
        InvalidInput: it is something else, cut off, or too large.
    """
    if len(content) > MOST_BYTES:
        raise InvalidInput(_("The picture is too large: at most %(most)s kB.", most=MOST_BYTES // 1000))
    if b"<svg" in content[:4000].lower():
        raise InvalidInput(_("SVG can hold programs and is not taken. Save the picture as PNG or WebP."))
    try:
        kind, (width, height) = _look(content)
    except (struct.error, IndexError, StopIteration) as error:
        raise InvalidInput(_("The picture is damaged or cut off. Save it again and choose it anew.")) from error
    if not 0 < width <= MOST_PIXELS or not 0 < height <= MOST_PIXELS:
        raise InvalidInput(_("The picture may be at most %(most)s pixels on each side.", most=MOST_PIXELS))
    return kind


def _look(content: bytes) -> tuple[str, tuple[int, int]]:
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        if content[12:16] != b"IHDR" or content[-8:-4] != b"IEND":
            raise IndexError
        return "image/png", struct.unpack(">II", content[16:24])
    if content.startswith(b"\xff\xd8\xff"):
        if not content.endswith(b"\xff\xd9"):
            raise IndexError
        return "image/jpeg", next(_jpeg_sizes(content))
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        if struct.unpack("<I", content[4:8])[0] + 8 != len(content):
            raise IndexError
        return "image/webp", _webp_size(content)
    raise InvalidInput(_("This is no picture that can be shown. Choose a PNG, JPEG or WebP file."))


def _jpeg_sizes(content: bytes) -> Iterator[tuple[int, int]]:
    """The size that each frame header tells (ITU-T T.81, B.2.2)."""
    at = 2
    while content[at] == 0xFF:
        marker = content[at + 1]
        length = struct.unpack(">H", content[at + 2 : at + 4])[0]
        if marker in _JPEG_SIZES:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            yield width, height
        at += 2 + max(length, 2)


def _webp_size(content: bytes) -> tuple[int, int]:
    """The size that the first chunk tells (RFC 9649)."""
    form = content[12:16]
    if form == b"VP8X":
        return int.from_bytes(content[24:27], "little") + 1, int.from_bytes(content[27:30], "little") + 1
    if form == b"VP8L" and content[20] == 0x2F:
        bits = struct.unpack("<I", content[21:25])[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if form == b"VP8 " and content[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", content[26:30])
        return width & 0x3FFF, height & 0x3FFF
    raise IndexError

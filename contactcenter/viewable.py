"""Which stored files a browser may show on our pages: told by their bytes, never by what their sender calls them.

Four kinds of pictures and PDF. Nothing that can be a page with scripts is among them (SVG, HTML).
"""

from __future__ import annotations

import struct
from pathlib import PurePath

HEAD_BYTES = 500_000
"""So much of a file tells: a camera writes a preview of its own and colour tables before the size of a JPEG."""
MOST_PIXELS = 120_000_000
"""Some hundred bytes can claim a picture that fills the memory of whoever opens it; cameras make 108 000 000."""
THUMB_PIXELS = 25_000_000
"""What is drawn unasked, many of them at once, may hold less: a picture takes four bytes of memory for each."""
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
PDF = "application/pdf"

_IMAGE_TYPES = PICTURES | {"image/jpg", "image/pjpeg", "image/x-png"}
_PDF_TYPES = frozenset({PDF, "application/x-pdf"})
_UNTOLD = frozenset({"application/octet-stream", "binary/octet-stream"})  # what some programs call every file
_ENDINGS = {".png": "image", ".jpg": "image", ".jpeg": "image", ".gif": "image", ".webp": "image", ".pdf": "pdf"}
_PDF_WITHIN = 1_024  # bytes; where readers look for its mark (ISO 32000-1, annex H, note 13)
_SIZED = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})  # the JPEG markers that tell the size (T.81, table B.1)


def claimed(media_type: str, name: str) -> str:
    """What a file says that it is: `image`, `pdf`, or empty; by its name where its type says nothing."""
    if media_type in _UNTOLD:
        return _ENDINGS.get(PurePath(name).suffix.lower(), "")
    return "image" if media_type in _IMAGE_TYPES else "pdf" if media_type in _PDF_TYPES else ""


def kind_of(head: bytes, most_pixels: int = MOST_PIXELS) -> str:
    """The media type to send a file with, from its first `HEAD_BYTES`; empty for what is only to be downloaded."""
    if b"%PDF-" in head[:_PDF_WITHIN]:
        return PDF
    for kind, measure in _MEASURES.items():
        try:
            size = measure(head)
        except (IndexError, struct.error):
            continue
        if size is not None:
            return kind if 0 < size[0] * size[1] <= most_pixels else ""
    return ""


def _png(head: bytes) -> tuple[int, int] | None:
    if head[:8] != b"\x89PNG\r\n\x1a\n" or head[12:16] != b"IHDR":
        return None
    width, height = struct.unpack_from(">II", head, 16)
    return width, height


def _gif(head: bytes) -> tuple[int, int] | None:
    if head[:6] not in (b"GIF87a", b"GIF89a"):
        return None
    width, height = struct.unpack_from("<HH", head, 6)
    return width, height


def _webp(head: bytes) -> tuple[int, int] | None:
    if head[:4] != b"RIFF" or head[8:12] != b"WEBP":
        return None
    form = head[12:16]
    if form == b"VP8 ":
        width, height = struct.unpack_from("<HH", head, 26)
        return width & 0x3FFF, height & 0x3FFF
    if form == b"VP8L":
        [bits] = struct.unpack_from("<I", head, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if form == b"VP8X" and len(head) >= 30:
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    return None


def _jpeg(head: bytes) -> tuple[int, int] | None:
    """The size stands in the first frame header; every segment before it tells its own length."""
    if head[:3] != b"\xff\xd8\xff":
        return None
    at = 2
    while head[at] == 0xFF:
        marker = head[at + 1]
        if marker == 0xFF:  # filling
            at += 1
            continue
        if marker in _SIZED:
            height, width = struct.unpack_from(">HH", head, at + 5)
            return width, height
        [length] = struct.unpack_from(">H", head, at + 2)
        at += 2 + length
    return None


_MEASURES = {"image/png": _png, "image/jpeg": _jpeg, "image/gif": _gif, "image/webp": _webp}

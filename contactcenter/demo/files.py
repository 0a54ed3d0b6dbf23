"""Small real files for the example attachments: they open, and hold nothing."""

from __future__ import annotations

import struct
import zlib

from contactcenter.demo.records import Attachment

MEDIA_TYPES = {"pdf": "application/pdf", "png": "image/png", "txt": "text/plain"}
_WIDTH, _HEIGHT = 240, 160


def content(file: Attachment) -> bytes:
    """The bytes of an attachment of that kind; different names give different files."""
    return {"pdf": _pdf, "png": _png, "txt": _txt}[file.kind](file.name)


def _txt(name: str) -> bytes:
    return f"{name}\r\n\r\nDetta är exempeldata.\r\n".encode()


def _png(name: str) -> bytes:
    """A picture with a colour of its own that grows lighter downwards (PNG, ISO/IEC 15948)."""
    red, green, blue = zlib.crc32(name.encode()).to_bytes(4, "big")[:3]
    rows = b"".join(
        b"\0" + bytes(min(255, colour // 2 + 64 + row // 2) for colour in (red, green, blue)) * _WIDTH
        for row in range(_HEIGHT)
    )
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _pdf(name: str) -> bytes:
    """One page with the name on it (PDF 1.4, ISO 32000)."""
    shown = name.encode("latin-1", "replace").translate(None, b"()\\")
    text = b"BT /F1 18 Tf 60 760 Td (" + shown + b") Tj ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    made, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return made + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (len(objects) + 1, table, len(objects) + 1, len(made))
    )

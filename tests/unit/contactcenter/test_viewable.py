"""What a browser may be shown is told by the bytes: four kinds of pictures of a moderate size, and PDF."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.viewable import HEAD_BYTES, MOST_PIXELS, PDF, PICTURES, claimed, kind_of


def png(width: int, height: int) -> bytes:
    return (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    )


def jpeg(width: int, height: int, before: bytes = b"") -> bytes:
    frame = b"\xff\xc2" + struct.pack(">HBHHB", 17, 8, height, width, 3) + b"\0" * 9
    return b"\xff\xd8" + (before or b"\xff\xe0\x00\x04ab") + frame


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\0\0\0"


def webp(form: bytes, rest: bytes) -> bytes:
    return b"RIFF\0\0\0\0WEBP" + form + b"\x0a\0\0\0" + rest


def lossy(width: int, height: int) -> bytes:
    return webp(b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height))


def lossless(width: int, height: int) -> bytes:
    return webp(b"VP8L", b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14))


def extended(width: int, height: int) -> bytes:
    return webp(b"VP8X", b"\0\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little"))


KINDS = {
    png: "image/png",
    jpeg: "image/jpeg",
    gif: "image/gif",
    lossy: "image/webp",
    lossless: "image/webp",
    extended: "image/webp",
}


@pytest.mark.parametrize("made", KINDS, ids=lambda made: made.__name__)
def test_pictures_are_known_by_their_bytes_and_measured(made: object) -> None:
    assert callable(made)
    assert kind_of(made(640, 480)) == KINDS[made]
    assert kind_of(made(1, 1)) == KINDS[made]
    assert kind_of(made(16_000, 16_000)) == "", "a few bytes would fill the memory of whoever opens them"
    for cut in range(len(made(640, 480))):
        kind_of(made(640, 480)[:cut])


def test_a_camera_writes_much_before_the_size() -> None:
    exif = b"\xff\xe1" + struct.pack(">H", 65_000) + b"E" * 64_998
    assert kind_of(jpeg(4_000, 3_000, before=exif * 5)[:HEAD_BYTES]) == "image/jpeg"
    assert kind_of(jpeg(4_000, 3_000, before=b"\xff\xff\xe0\x00\x02")) == "image/jpeg"
    assert kind_of(jpeg(12_000, 10_000)) == "image/jpeg"
    assert MOST_PIXELS == 12_000 * 10_000
    assert kind_of(b"\xff\xd8\xff\xe0\x00\x00" * 1_000) == "", "a segment without length leads nowhere"


def test_a_pdf_is_one_even_with_something_before_it() -> None:
    assert kind_of(b"%PDF-1.7\n") == PDF
    assert kind_of(b"\xef\xbb\xbf\r\n%PDF-1.4") == PDF
    assert kind_of(b" " * 2_000 + b"%PDF-1.4") == ""


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<!doctype html><script>alert(1)</script>",
        b"BM" + b"\0" * 60,
        b"II*\0" + b"\0" * 60,
        b"\x89PNG",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
        gif(0, 10),
        webp(b"VP9 ", b"\0" * 20),
        b"PK\x03\x04",
    ],
)
def test_nothing_else_is_shown(content: bytes) -> None:
    assert kind_of(content) == ""


@given(st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF1234WEBPVP8X"]), st.binary())
def test_no_bytes_are_too_strange(begin: bytes, rest: bytes) -> None:
    assert kind_of(begin + rest) in {"", PDF, *PICTURES}


@pytest.mark.parametrize(
    ("media_type", "name", "view"),
    [
        ("image/png", "x", "image"),
        ("image/jpg", "x.bin", "image"),
        ("image/svg+xml", "bild.png", ""),
        ("text/html", "sida.pdf", ""),
        ("application/pdf", "", "pdf"),
        ("application/octet-stream", "Foto.JPG", "image"),
        ("application/octet-stream", "avtal.pdf", "pdf"),
        ("application/octet-stream", "arkiv.zip", ""),
    ],
)
def test_what_a_file_claims_decides_what_is_offered(media_type: str, name: str, view: str) -> None:
    assert claimed(media_type, name) == view

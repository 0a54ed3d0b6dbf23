"""Chosen colours can be read or are refused with the nearest that can; a picture is what its bytes say."""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contactcenter.errors import InvalidInput
from contactcenter.services.appearance import colour, logo, sheet
from contactcenter.services.appearance.palette import DARK, LIGHT, PAIRS, THEMES, Tokens, measure, nearest, passes
from tests.house.test_contrast import PAIRS as ALL_PAIRS
from tests.house.test_contrast import contrast, themes

ANY = st.from_regex(r"#[0-9A-F]{6}", fullmatch=True)
FOLLOWS = {"brand", "brand-hover", "on-brand", "brand-text", "brand-soft", "selected", "out"}
PNG = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int = 2, height: int = 2) -> bytes:
    """A picture of one colour."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    lines = b"".join(b"\x00" + b"\x0b\x5a\x60" * min(width, 9) for _ in range(min(height, 9)))
    return PNG + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def jpeg(width: int, height: int) -> bytes:
    """The markers that matter: application data, then a frame header."""
    application = b"\xff\xe0" + struct.pack(">H", 4) + b"JF"
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 8, 8, height, width, 0)
    return b"\xff\xd8" + application + frame + b"\xff\xd9"


def webp(form: bytes, rest: bytes) -> bytes:
    body = b"WEBP" + form + struct.pack("<I", len(rest)) + rest
    return b"RIFF" + struct.pack("<I", len(body)) + body


def test_the_colours_of_the_house_pass_and_are_those_of_the_stylesheet() -> None:
    for theme, css in ((LIGHT, themes()["light"]), (DARK, themes()["dark by choice"])):
        assert passes(theme, Tokens())
        assert {name: css[name] for name in theme.fixed} == theme.fixed
        assert (css["brand"], css["on-brand"]) == theme.pair(Tokens())


def test_every_pair_in_which_a_chosen_colour_takes_part_is_measured() -> None:
    touched = {pair for pair in ALL_PAIRS if FOLLOWS & set(pair[:2])}
    assert touched == set(PAIRS)


@given(ANY, ANY)
def test_contrast_is_what_the_standard_says(one: str, other: str) -> None:
    assert colour.contrast(one, other) == pytest.approx(contrast(one, other))


@settings(max_examples=50, deadline=None)
@given(ANY, ANY, ANY, ANY)
def test_the_nearest_always_passes_and_what_passes_is_kept(one: str, two: str, three: str, four: str) -> None:
    chosen = Tokens(brand=one, on_brand=two, brand_dark=three, on_brand_dark=four)
    for theme in THEMES:
        found = nearest(theme, chosen)
        assert passes(theme, found)
        assert (found == chosen) is passes(theme, chosen)


def test_a_weak_pair_is_named_with_its_figure() -> None:
    yellow = Tokens(brand="#FFD400")
    failing = {(pair.front, pair.ground): round(pair.ratio, 2) for pair in measure(LIGHT, yellow) if not pair.passes}
    assert failing["on-brand", "brand"] == 1.43
    assert failing["brand-text", "surface"] == 1.43


def test_the_stylesheet_holds_values_alone_and_another_look_another_name() -> None:
    text = sheet.write(Tokens(shown_name="</style>", radius="square"))
    assert re.fullmatch(r"[\w\s:;{}#@().\[\]=\"-]+", text)
    assert "style>" not in text
    assert "--r-8: 0px" in text
    assert sheet.name(Tokens()) != sheet.name(replace(Tokens(), brand="#000000"))


@pytest.mark.parametrize(
    ("text", "read"),
    [("#0b5a60", "#0B5A60"), (" 0B5A60 ", "#0B5A60"), ("#FFF", None), ("red", None), ("#0B5A6०", None), ("", None)],
)
def test_a_colour_has_one_spelling(text: str, read: str | None) -> None:
    assert colour.read(text) == read


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (png(), "image/png"),
        (jpeg(300, 80), "image/jpeg"),
        (webp(b"VP8X", b"\x00" * 4 + b"\x0f\x00\x00\x0f\x00\x00"), "image/webp"),
        (webp(b"VP8L", b"\x2f" + struct.pack("<I", 15 | 15 << 14)), "image/webp"),
        (webp(b"VP8 ", b"\x00" * 3 + b"\x9d\x01\x2a" + struct.pack("<HH", 16, 16)), "image/webp"),
    ],
)
def test_a_picture_is_what_its_bytes_say(content: bytes, kind: str) -> None:
    assert logo.media_type(content) == kind
    for cut in range(len(content)):
        with pytest.raises(InvalidInput):
            logo.media_type(content[:cut])


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        b"<?xml version='1.0'?><SVG/>",
        b"GIF89a",
        b"<html>",
        png(5000, 2),
        png(2, 0),
        jpeg(10, 4001),
        png()[:-12] + b"<svg" + png()[-12:],
        png() + b"x" * 200_000,
        b"\xff\xd8\xff" + b"\xff" * 1000 + b"\xff\xd9",
    ],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        logo.media_type(content)
    assert caught.value.text

"""Envelopes within the mail, whole, cut off at every byte, and of bytes that are none."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email import cms, invitation, rtf, tnef
from channels.email.alternatives import joined
from channels.email.uuencode import lift_files

ALIKE = "ab cd ef gh ij kl mn op qr st uv xy zå äö aa bb cc dd ee ff"
FOLDER = Path(__file__).parents[3] / "data" / "mail"


def payload(name: str) -> bytes:
    """The bytes of a mail that is one base64 body."""
    return base64.b64decode((FOLDER / f"{name}.eml").read_bytes().split(b"\n\n", 1)[1])


def test_an_envelope_may_end_anywhere() -> None:
    whole = payload("winmail-only")
    for length in range(len(whole)):
        envelope = tnef.unpack(whole[:length])
        assert envelope is None if length < 6 else envelope is not None
    complete = tnef.unpack(whole)
    assert complete is not None
    assert not complete.is_cut


@pytest.mark.parametrize("name", ["smime-opaque", "smime-opaque-streamed"])
def test_signed_data_may_end_anywhere(name: str) -> None:
    whole = payload(name)
    content = cms.signed_content(whole)
    assert content is not None
    assert b"undertecknat" in content
    for length in range(len(whole)):
        assert content.startswith(cms.signed_content(whole[:length]) or b"")


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_are_none(data: bytes) -> None:
    tnef.unpack(b"\x78\x9f\x3e\x22\1\0" + data)
    cms.signed_content(bytes.fromhex("308006092a864886f70d010702a080") + data)
    lift_files("begin 644 x\n" + data.decode("latin-1"))
    invitation.words("BEGIN:VEVENT\n" + data.decode("latin-1"))


@given(st.binary(max_size=200))
def test_any_bytes_are_packed_rtf(data: bytes) -> None:
    for size in (0, 50, 2**31):
        letter = rtf.unpack(b"1234" + size.to_bytes(4, "little") + b"LZFu" + b"1234" + data)
        assert letter is not None
        assert len(letter) <= min(size, rtf.MAX_BYTES)
        rtf.read_rtf(letter)
    rtf.read_rtf(data)


def test_packed_rtf_as_its_specification_gives_it() -> None:
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232 0af32068656c090020627705b06c647d0a800fa0"
    )
    letter = rtf.unpack(packed)
    assert letter == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert rtf.read_rtf(letter) == ("hello world", "")


@pytest.mark.parametrize(
    ("letter", "words"),
    [
        (rb"{\rtf1 a\par b\tab c}", "a\nb\tc"),
        (rb"{\rtf1\ansicpg1251 \'cf\'f0}", "Пр"),
        (rb"{\rtf1\uc2 \u229??\u-10179??\u-8704??}", "å😀"),
        (rb"{\rtf1 {\*\hemligt x}{\info y}a\~b\_c\-d\{e\}\\}", "a b-cd{e}\\"),
        (rb"}}}{{{\rtf1 a", "a"),
        (rb"\u-10179", "\ufffd"),
        (b"", ""),
    ],
)
def test_words_of_rtf(letter: bytes, words: str) -> None:
    assert rtf.read_rtf(letter) == (words, "")


def test_an_invitation_by_the_day() -> None:
    assert (
        invitation.words("BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261201\r\nSUMMARY:Höst\r\n möte\r\n")
        == "Höstmöte\n2026-12-01"
    )
    assert invitation.words("BEGIN:VEVENT\nDTSTART:20261201T090000Z\nDTEND:nonsense\n") == "2026-12-01 09:00Z"
    assert invitation.words("SUMMARY") == ""


def test_uuencoded_base64() -> None:
    text, files = lift_files("före\nbegin-base64 644 a.txt\nSGVq\n====\nefter")
    assert (text, [(file.name, file.content, file.is_cut) for file in files]) == (
        "före\nefter",
        [("a.txt", b"Hej", False)],
    )


@pytest.mark.parametrize(
    ("plain", "html", "text"),
    [
        ("Hej på er", "Hej på er alla", "Hej på er"),
        ("Hej", "", "Hej"),
        ("Visas inte", "Nej", "Visas inte\n\nNej"),
        ("Detta mejl kräver html", "ett två tre fyra fem sex sju åtta nio", "ett två tre fyra fem sex sju åtta nio"),
        (ALIKE, f"{ALIKE} men åtta ord till som bara står här", f"{ALIKE} men åtta ord till som bara står här"),
        (
            f"{ALIKE} och fyra ord här",
            f"{ALIKE} men nio andra saker till bara långt där borta",
            f"{ALIKE} och fyra ord här\n\n{ALIKE} men nio andra saker till bara långt där borta",
        ),
        (
            "Sammanfattning",
            "Sammanfattning ett två tre fyra fem sex sju åtta",
            "Sammanfattning ett två tre fyra fem sex sju åtta",
        ),
    ],
)
def test_alternatives(plain: str, html: str, text: str) -> None:
    assert joined(plain, html) == text

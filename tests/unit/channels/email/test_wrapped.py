"""Envelopes within the mail, whole, cut off at every byte, and of bytes that are none."""

from __future__ import annotations

import base64
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email import cms, invitation, rtf, tnef
from channels.email.alternatives import joined
from channels.email.parse import read
from channels.email.uuencode import lift_files
from channels.message import Envelope
from tests.hanging import not_hanging

NINE = "ett två tre fyra fem sex sju åtta nio"
ALIKE = "ab cd ef gh ij kl mn op qr st uv xy zå äö aa bb cc dd ee ff"
ENVELOPE = b"\x78\x9f\x3e\x22\1\0"
WINMAIL = (
    b"From: anna@example.se\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\n"
    b"Content-Transfer-Encoding: binary\r\n\r\n"
)
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


def attribute(level: int, name: int, value: bytes) -> bytes:
    return struct.pack("<BHHI", level, name, 6, len(value)) + value + b"\0\0"


def properties(*values: bytes) -> bytes:
    return struct.pack("<I", len(values)) + b"".join(values)


def binary(number: int, kind: int, value: bytes) -> bytes:
    return struct.pack("<HHII", kind, number, 1, len(value)) + value + bytes(-len(value) % 4)


@pytest.mark.parametrize(
    "before", [b"\1\0\5\x37", b"\x1e\0\5\x37\1\0\0\0\xff\xff\0\0", struct.pack("<HHI", 0x1003, 0x3705, 900)]
)
def test_an_envelope_that_makes_no_sense_is_kept(before: bytes) -> None:
    file = attribute(2, 0x9002, b"") + attribute(2, 0x9005, properties(before, binary(0x3701, 0x102, b"%PDF")))
    mail = WINMAIL + ENVELOPE + file + attribute(1, 0x8008, b"IPM.Note")
    found = read(mail, Envelope("anna@example.se", ())).attachments
    assert (found[0].name, found[0].media_type) == ("winmail.dat", "application/ms-tnef")


def test_letters_beyond_what_is_read_are_kept_as_they_are() -> None:
    packed = b"".join(b"\0" + b"{\\'e5\\u5}"[:8] for _ in range(80_000))
    letter = struct.pack("<II4sI", 0, 2**31 - 1, b"LZFu", 0) + packed
    inner = ENVELOPE + attribute(1, 0x9003, properties(binary(0x1009, 0x102, letter)))
    file = attribute(2, 0x9005, properties(binary(0x3701, 0x0D, bytes(16) + inner)))
    mail = WINMAIL + ENVELOPE + (attribute(2, 0x9002, b"") + file) * 20
    with not_hanging():
        found = read(mail, Envelope("anna@example.se", ())).attachments
    assert [file.media_type for file in found] == ["text/plain"] * 4 + ["application/octet-stream"] * 16
    assert len(found[-1].content) == len(inner)


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
    assert invitation.words("BEGIN:VEVENT\nDTSTART:20261201T090000Z\nDTEND:nonsense\n") == "2026-12-01 09:00 UTC"
    assert invitation.words("SUMMARY") == ""


def test_an_invitation_on_the_clock_of_another_place() -> None:
    times = "DTSTART;TZID={0}:20261201T090000\nDTEND;TZID={0}:20261201T100000\n"
    alarm = "BEGIN:VALARM\nDESCRIPTION:Reminder\nEND:VALARM\n"
    event = "BEGIN:VEVENT\n" + alarm + times + "DESCRIPTION:Ta med ritning.\nEND:VEVENT\n"
    when = "2026-12-01 09:00–2026-12-01 10:00"
    assert invitation.words(event.format("America/New_York")) == f"{when} (America/New_York)\n\nTa med ritning."
    assert invitation.words(event.format('"W. Europe Standard Time"')) == f"{when}\n\nTa med ritning."


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
        (f"{ALIKE} {ALIKE[::-1]} i min webbläsare", NINE, f"{ALIKE} {ALIKE[::-1]} i min webbläsare\n\n{NINE}"),
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

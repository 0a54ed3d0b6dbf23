"""Mail made to hurt: each is read, or refused with a reason, in little time; nothing else is ever raised."""

from __future__ import annotations

import base64
import binascii
import struct
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.parse import read
from channels.errors import Unreadable
from channels.message import Envelope, InboundMessage
from tests.hanging import not_hanging

ENVELOPE = Envelope("anna@example.se", ("kontakt@ekhamra.example",))
HEAD = b"From: Anna <anna@example.se>\r\nSubject: SV: Hej\r\nMessage-ID: <1@example.se>\r\n"
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
TNEF = b"Content-Type: application/ms-tnef\r\nContent-Transfer-Encoding: binary\r\n\r\n"
PKCS7 = b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: binary\r\n\r\n"
SIGNED = b"\x30\x80" + bytes.fromhex("06092a864886f70d010702") + b"\xa0\x80"
OCTETS = b"\x30\x80\2\1\1\x31\0\x30\x80" + bytes.fromhex("06092a864886f70d010701") + b"\xa0\x80"
MANY = b" ".join(b"a%d" % n for n in range(100_000))
REPORT = HEAD + b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\n"
ALTERNATIVE = (
    HEAD + b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\n%b\r\n"
    b"--b\r\nContent-Type: text/html\r\n\r\n%b\r\n--b--\r\n"
)


def rtf_letter(piece: bytes) -> bytes:
    """An envelope with 900 kB of packed RTF, all of it `piece`."""
    packed = struct.pack("<II4sI", 0, 2**31 - 1, b"LZFu", 0) + piece * (900_000 // len(piece))
    properties = struct.pack("<IHHII", 1, 0x102, 0x1009, 1, len(packed)) + packed
    return b"\x78\x9f\x3e\x22\1\0" + struct.pack("<BHHI", 1, 0x9003, 6, len(properties)) + properties


def text(body: bytes) -> bytes:
    return HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\nHej!\n" + body


def html(body: bytes) -> bytes:
    return HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + body


READABLE: dict[str, Callable[[], bytes]] = {
    "From of quotes": lambda: b'From: "' + b'"' * 20_000 + b"\r\n\r\nx",
    "From of escaped quotes": lambda: b'From: "' + b'\\"' * 10_000 + b"\r\n\r\nx",
    "From of parentheses": lambda: b"From: " + b"(" * 20_000 + b"\r\n\r\nx",
    "From of angles": lambda: b"From: " + b"<" * 20_000 + b"\r\n\r\nx",
    "From of commas": lambda: b"From: " + b"a," * 10_000 + b"\r\n\r\nx",
    "From of addresses": lambda: b"From: " + b"a@b.se " * 5_000 + b"\r\n\r\nx",
    "From with a bracket": lambda: b"From: a@[\r\n\r\nx",
    "Message-ID with a bracket": lambda: b"Message-ID: <[>\r\n\r\nx",
    "50 000 semicolons": lambda: b"Content-Type: text/plain" + b";" * 50_000 + b"\r\n\r\nx",
    "50 000 folded semicolons": lambda: b"Content-Type: text/plain" + b";\r\n " * 50_000 + b"\r\n\r\nx",
    "5 000 parameters": lambda: b"Content-Type: a/b" + b"".join(b";a*%d=b" % n for n in range(5_000)) + b"\r\n\r\nx",
    "15 000 encoded words": lambda: b"Subject: " + b"=?utf-8?q?=C3=A5?= " * 15_000 + b"\r\n\r\nx",
    "15 000 half encoded words": lambda: b"Subject: " + b"=?a?q?" * 15_000 + b"\r\n\r\nx",
    "header of 10 MB": lambda: b"Subject: " + b"x" * 10_000_000 + b"\r\n\r\nx",
    "header of a million lines": lambda: b"Subject: x" + b"\r\n x" * 1_000_000 + b"\r\n\r\nx",
    "References of angles": lambda: b"References: " + b"<a" * 15_000 + b"\r\n\r\nx",
    "a million lines of dashes": lambda: MIXED + b"--\r\n" * 1_000_000,
    "combining marks": lambda: text("\u0301\u0327".encode() * 200_000),
    "punycode": lambda: HEAD + b"Content-Type: text/plain; charset=punycode\r\n\r\n" + b"a-" * 100_000,
    "padding": lambda: MIXED + b"--b\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"A=" * 1_000_000,
    "empty lines": lambda: text(b"\n" * 400_000),
    "blanks": lambda: text(b" " * 400_000 + b":"),
    "dashes": lambda: text(b"-" * 400_000),
    "quote marks": lambda: text(b"> a\nb\n" * 60_000),
    "From lines": lambda: text(b"From: x\n" * 50_000),
    "introductions": lambda: text(b"On x\n" * 80_000 + b"wrote:\n" * 500),
    "1 MB of quote marks": lambda: text(b">" * 1_000_000),
    "1 MB of quoted lines": lambda: text(b"svar\n" + b">\n" * 500_000),
    "almost headers": lambda: text("Från: x\nSkickat: y\nTill: z\n\n".encode() * 30_000),
    "almost headers with blanks": lambda: text(("Från:" + " " * 5_000 + "\n").encode() * 80),
    "almost introductions": lambda: text(b"Den 5 mars 2026 kl 10:12 skrev vi:\n" * 12_000),
    "almost introductions over lines": lambda: text(
        (b"Den 5 mars 2026 kl\n10:12 " + b"a" * 300 + b" skrev:\n") * 1_200
    ),
    "almost separators": lambda: text((b"-" * 390 + b" original message\n") * 1_000),
    "almost forwards": lambda: text((b"-" * 390 + b" forwarded message\n") * 1_000),
    "answers that are nowhere": lambda: text(b"svar " * 80_000 + b"\n> x\n"),
    "signatures": lambda: text(b"-- \n" * 100_000),
    "telephones": lambda: text("Skickat från min iPhone\n".encode() * 16_000),
    "one long telephone": lambda: text("Skickat från ".encode() * 30_000),
    "a report of addresses": lambda: REPORT + (b"a" * 60 + b"@" + b"b" * 250 + b"  x\n") * 1_200,
    "a report of blocks": lambda: (
        REPORT + b"--b\nContent-Type: message/delivery-status\n\n" + b"Action: failed\n\n" * 60_000
    ),
    "one long introduction": lambda: text(b"On " + b"a " * 200_000 + b":"),
    "20 000 open divs": lambda: html(b"<div>" * 20_000 + b"x"),
    "3 000 open divs": lambda: html(b"<div>" * 3_000 + b"x"),
    "hidden open divs": lambda: html(b"<div><p></p>" * 9_000 + b"x"),
    "50 000 attributes": lambda: html(b"<p " + b" ".join(b"a%d" % n for n in range(50_000)) + b">x"),
    "attributes behind a quote": lambda: html(b'<p a=">" ' + b" ".join(b"a%d" % n for n in range(50_000)) + b">x"),
    "attributes behind a quote without end": lambda: html(b'<p a=x" ' + MANY + b">x"),
    "attributes behind an angle": lambda: html(b"<p < " + MANY + b">x"),
    "attributes of an end": lambda: html(b"</p " + MANY + b">x"),
    "formatting that every paragraph has again": lambda: html(
        b"<p>" + b"".join(b"<font a=%d>" % n for n in range(2_900)) + b"</p>" + b"<p>x" * 17_000
    ),
    "angles": lambda: html(b"<" * 900_000),
    "comments": lambda: html(b"<!--" * 200_000),
    "scripts": lambda: html(b"<script>" * 100_000),
    "ampersands": lambda: html(b"&" * 900_000),
    "almost Gmail's indentation": lambda: html((b"<blockquote " + b"border:none" * 27) * 3_000),
    "16 MB of HTML of combining marks": lambda: html("\u0301\u0327".encode() * 4_000_000),
    "16 MB with a file in two character sets": lambda: text(b"begin 644 x\n" + b"\xe5\n\xc3\xa5\n" * 3_200_000),
    "480 alternatives": lambda: (
        HEAD
        + b"Content-Type: multipart/alternative; boundary=b\r\n\r\n"
        + b"".join(b"--b\r\n\r\n" + b"abcdefg hijklm\n" * 3_000 for _ in range(480))
    ),
    "tables": lambda: html(b"<table><tr><td>" * 3_000),
    "quotes in quotes": lambda: html(b"<blockquote>" * 2_900 + b"x<br>" * 10_000),
    "preformatted": lambda: html(b"<blockquote>" * 100 + b"<pre>" + b"x\n" * 400_000),
    "pictures": lambda: html(b'<img src="data:image/png;base64,' * 25_000),
    "5 MB of HTML": lambda: html(b"<p>hej</p>\n" * 500_000),
    "parameters of quotes": lambda: b'Content-Type: a/b; x="' + b'" ' * 8_000 + b"\r\n\r\nx",
    "words within words": lambda: b"Subject: " + b"=?utf-8?q?a?=?" * 1_200 + b"\r\n\r\nx",
    "encoded twice and again": lambda: b"Subject: =?utf-8?q?" + b"=3D=3Futf-8=3Fq=3F" * 900 + b"?=\r\n\r\nx",
    "lines in two character sets": lambda: text(b"\xe5\n\xc3\xa5\n" * 80_000),
    "one line encoded twice": lambda: text("Ã¥".encode() * 90_000 + "👍".encode()),
    "files that begin": lambda: text(b"begin 644 x\n" * 33_000),
    "files in the text": lambda: text(b"begin 644 x\n#AAAA\nend\n" * 18_000),
    "one file without end": lambda: text(b"begin 644 x\n" + b"#AAAA\n" * 60_000),
    "stubs of at signs": lambda: ALTERNATIVE % (b"a" * 50_000, b"<p>" + b"ord @ " * 60_000),
    "winmail of empty files": lambda: HEAD + TNEF + b"\x78\x9f\x3e\x22\1\0" + b"\2\2\x90\6\0\0\0\0\0\0\0" * 90_000,
    "winmail of properties": lambda: (
        HEAD + TNEF + b"\x78\x9f\x3e\x22\1\0\1\3\x90\6\0\xff\xff\xff\x7f" + b"\xff" * 900_000
    ),
    "winmail of RTF": lambda: HEAD + TNEF + rtf_letter(b"\xff" + b"\0\xef" * 8),
    "winmail of groups": lambda: HEAD + TNEF + rtf_letter(b"\0" + b"{\\'e5\\u5}"[:8]),
    "a report with an endless copy": lambda: REPORT + b"--b\nContent-Type: text/rfc822-headers\n\n" + b"a:\n" * 50_000,
    "a mail within that is none": lambda: HEAD + b"Content-Type: message/rfc822\r\n\r\n" + b"a:\r\n" * 50_000,
    "signed data in signed data": lambda: HEAD + PKCS7 + SIGNED + b"\xa0\x80\x30\x80" * 200_000,
    "an endless octet string": lambda: HEAD + PKCS7 + SIGNED + OCTETS + b"\x24\x80" * 400_000,
    "octets of one byte": lambda: HEAD + PKCS7 + SIGNED + OCTETS + b"\x24\x80" + b"\4\1x" * 300_000,
    "an invitation of folds": lambda: HEAD + b"Content-Type: text/calendar\r\n\r\nSUMMARY;" + b"\r\n ;a" * 200_000,
    "nothing": lambda: b"",
    "NUL": lambda: b"\0" * 100_000,
}
REFUSED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "2 000 nested parts": (
        "depth",
        lambda: b"".join(b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (n, n) for n in range(2_000)),
    ),
    "2 000 parts": ("parts", lambda: MIXED + b"--b\r\n\r\nx\r\n" * 2_000),
    "false boundaries": ("parts", lambda: MIXED + b"--bx\r\n" * 1_000_000),
    "a million headers": ("headers", lambda: b"a:\r\n" * 1_000_000),
    "a mail in circles": ("loop", lambda: b"Received: from here\r\n" * 51 + HEAD + b"\r\nx"),
}


@pytest.fixture(autouse=True, scope="module")
def warm() -> None:
    """The first reading also loads what recognises languages."""
    read(HEAD + b"\r\nHej, en alldeles vanlig fr\xe5ga.", ENVELOPE)


def guarded(raw: bytes) -> InboundMessage | Unreadable:
    with not_hanging():
        try:
            return read(raw, ENVELOPE)
        except Unreadable as error:
            return error


@pytest.mark.parametrize("name", READABLE)
def test_read_all_the_same(name: str) -> None:
    assert isinstance(guarded(READABLE[name]()), InboundMessage)


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_a_reason(name: str) -> None:
    code, raw = REFUSED[name]
    outcome = guarded(raw())
    assert isinstance(outcome, Unreadable)
    assert outcome.code == code
    assert len(outcome.reply) > 10


def test_what_is_too_much_to_show_is_kept_as_a_file() -> None:
    long = read(text(b"rad\n" * 200_000), ENVELOPE)
    assert long.text.endswith(" …")
    assert [(file.name, len(file.content)) for file in long.attachments] == [("file-1.txt", 800_005)]
    tangled = read(html(b"<div>" * 20_000 + b"Hej du"), ENVELOPE)
    assert (tangled.html, tangled.text) == (None, "Hej du")
    assert [(file.name, file.media_type) for file in tangled.attachments] == [("file-1.html", "text/html")]


def test_what_is_beyond_the_bound_of_a_text_is_in_a_file() -> None:
    unseen = read(text(b"\0" * 1_700_000 + b"men detta syns"), ENVELOPE)
    assert [(file.name, len(file.content)) for file in unseen.attachments] == [("file-1.txt", 1_700_019)]
    lines = b"".join(binascii.b2a_uu(b"x" * 45) for _ in range(40_000))
    encoded = read(text(b"begin 644 foto.jpg\n" + lines + b"`\nend\nHej igen"), ENVELOPE)
    assert encoded.text == "Hej!\nHej igen"
    assert [(f.name, len(f.content), f.problem) for f in encoded.attachments] == [("foto.jpg", 1_800_000, None)]


def test_pictures_too_many_to_lift_leave_the_html_as_a_file() -> None:
    many = read(html(b'<p>x<img src="data:image/png;base64,SGVq">' * 60), ENVELOPE)
    assert [file.name for file in many.attachments[-2:]] == ["picture-50.png", "file-51.html"]
    assert many.html is not None


LARGE = base64.encodebytes(bytes(range(256)) * 32_768)
CARRIERS: dict[str, tuple[float, bytes]] = {  # how many times its own size reading it may take
    "a file": (2, HEAD + b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" + LARGE),
    "a mail with a file": (
        2,
        HEAD
        + b"Content-Type: message/rfc822\r\n\r\nContent-Transfer-Encoding: base64\r\nContent-Type: a/b\r\n\r\n"
        + LARGE,
    ),
    "an invitation": (3, HEAD + b"Content-Type: text/calendar\r\n\r\n" + "å\n".encode() * 3_000_000),
    "soft line breaks": (4, HEAD + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"a= \r\n" * 2_000_000),
}


@pytest.mark.parametrize("name", CARRIERS)
def test_a_large_mail_is_not_copied_again_and_again(name: str) -> None:
    times, raw = CARRIERS[name]
    tracemalloc.start()
    try:
        read(raw, ENVELOPE)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < times * len(raw)


WORDS = rb"""From: |Subject: |Subject: Re: |Date: |Message-ID: |References: |Received: |Content-Type: |Action: |
 multipart/mixed; boundary=b| multipart/report; boundary=b| message/delivery-status|-- |> |skrev Anna:
 multipart/alternative; boundary=b| text/html| text/plain; charset=utf-16| message/rfc822|--b|--b--
 application/ms-tnef| application/pkcs7-mime| text/calendar|begin 644 x|BEGIN:VEVENT|SUMMARY:
Content-Transfer-Encoding: base64|Content-Disposition: attachment; filename*0*=|=?utf-8?Q?|?=|<|>|"|(|;|=|@|<p>
<script>|> |On 2026 wrote:|Thu, 99 Mar 2026 99:99:99 +9999"""
BYTES = [
    b"\r\n",
    b"\r\n\r\n",
    b"\n",
    b"\r",
    b"\0",
    b"\xe5",
    b"\xc3\xa5",
    b"\xff\xfe",
    b"\x78\x9f\x3e\x22\1\0",
    b"\x30\x80",
]
PIECES = st.sampled_from([*WORDS.replace(b"\n", b"|").split(b"|"), *BYTES])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(PIECES, st.binary(max_size=12)), max_size=60).map(b"".join))
def test_nothing_but_unreadable_is_ever_raised(raw: bytes) -> None:
    outcome = guarded(raw)
    if isinstance(outcome, InboundMessage):
        for part in (outcome.text, outcome.subject, outcome.sender.name, outcome.sender.value, outcome.html or ""):
            assert "\0" not in part
            part.encode("utf-8")
        assert outcome.quoted_from is None or outcome.text[: outcome.quoted_from].strip()

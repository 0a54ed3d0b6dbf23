"""Mail made to hurt: each is read, or refused with a reason, in little time; nothing else is ever raised."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.parse import read
from channels.errors import Unreadable
from channels.message import Envelope, InboundMessage
from tests.hanging import not_hanging

ENVELOPE = Envelope("anna@example.se", ("kontakt@ekhamra.example",))
HEAD = b"From: Anna <anna@example.se>\r\nSubject: Hej\r\nMessage-ID: <1@example.se>\r\n"
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"


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
    "one long introduction": lambda: text(b"On " + b"a " * 200_000 + b":"),
    "20 000 open divs": lambda: html(b"<div>" * 20_000 + b"x"),
    "3 000 open divs": lambda: html(b"<div>" * 3_000 + b"x"),
    "hidden open divs": lambda: html(b"<div><p></p>" * 9_000 + b"x"),
    "50 000 attributes": lambda: html(b"<p " + b" ".join(b"a%d" % n for n in range(50_000)) + b">x"),
    "attributes behind a quote": lambda: html(b'<p a=">" ' + b" ".join(b"a%d" % n for n in range(50_000)) + b">x"),
    "angles": lambda: html(b"<" * 900_000),
    "comments": lambda: html(b"<!--" * 200_000),
    "scripts": lambda: html(b"<script>" * 100_000),
    "ampersands": lambda: html(b"&" * 900_000),
    "tables": lambda: html(b"<table><tr><td>" * 3_000),
    "quotes in quotes": lambda: html(b"<blockquote>" * 2_900 + b"x<br>" * 10_000),
    "preformatted": lambda: html(b"<blockquote>" * 100 + b"<pre>" + b"x\n" * 400_000),
    "pictures": lambda: html(b'<img src="data:image/png;base64,' * 25_000),
    "5 MB of HTML": lambda: html(b"<p>hej</p>\n" * 500_000),
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


WORDS = rb"""From: |Subject: |Date: |Message-ID: |References: |Received: |Content-Type: | multipart/mixed; boundary=b
 multipart/alternative; boundary=b| text/html| text/plain; charset=utf-16| message/rfc822|--b|--b--
Content-Transfer-Encoding: base64|Content-Disposition: attachment; filename*0*=|=?utf-8?Q?|?=|<|>|"|(|;|=|@|<p>
<script>|> |On 2026 wrote:|Thu, 99 Mar 2026 99:99:99 +9999"""
BYTES = [b"\r\n", b"\r\n\r\n", b"\n", b"\r", b"\0", b"\xe5", b"\xc3\xa5", b"\xff\xfe"]
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

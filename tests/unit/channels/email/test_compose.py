"""Outgoing mail: what is written is what a stranger's program, and our own reader, reads again."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.compose import MAX_RECENT_REFERENCES, compose, is_international, trim_references, wire_address
from channels.email.markdown import render
from channels.email.parse import read
from channels.message import Address, Attachment, Envelope, OutboundMessage
from tests.hanging import not_hanging

MESSAGE = OutboundMessage(
    message_id="<r.abc@ekhamra.example>",
    sender=Address("kontakt@ekhamra.example", "Ekhamra kommun"),
    recipients=(Address("anna@example.se", "Anna Ek"),),
    subject="SV: Bygglov för altan",
    text="Hej Anna!\n\nSvaret är ja.\n.\nFrån och med i dag.\n",
    sent_at=datetime(2026, 3, 5, 9, 30, tzinfo=UTC),
)
ENVELOPE = Envelope("kontakt@ekhamra.example", ("anna@example.se",))


def header(raw: bytes) -> str:
    return raw.partition(b"\r\n\r\n")[0].decode()


def test_the_whole_header() -> None:
    message = replace(
        MESSAGE,
        reply_to=Address("kontakt+abc@ekhamra.example"),
        copies=(Address("bygg@ekhamra.example"),),
        in_reply_to="<2@example.se>",
        references=("<1@example.se>", "<2@example.se>"),
    )
    assert header(compose(message)).splitlines() == [
        "From: Ekhamra kommun <kontakt@ekhamra.example>",
        "To: Anna Ek <anna@example.se>",
        "Cc: bygg@ekhamra.example",
        "Reply-To: kontakt+abc@ekhamra.example",
        "Subject: =?utf-8?q?SV=3A_Bygglov_f=C3=B6r_altan?=",
        "Date: Thu, 05 Mar 2026 09:30:00 +0000",
        "Message-ID: <r.abc@ekhamra.example>",
        "In-Reply-To: <2@example.se>",
        "References: <1@example.se> <2@example.se>",
        "Content-Language: sv",
        "Auto-Submitted: no",
        "MIME-Version: 1.0",
        'Content-Type: text/plain; charset="utf-8"',
        "Content-Transfer-Encoding: quoted-printable",
    ]


def test_it_is_read_again_as_it_was_written() -> None:
    message = replace(
        MESSAGE,
        html="<p>Hej Anna!</p>",
        recipients=(Address("anna@example.se", 'Anna "Ann" Ek, Öberg'), Address("bo@example.se", "Bo (jobb)")),
        references=("<1@example.se>",),
        attachments=(
            Attachment("Beslut om bygglov – ärende med mycket långt namn; åäö.pdf", "application/pdf", b"%PDF\0"),
            Attachment("mejl.eml", "message/rfc822", b"Subject: x\r\n\r\ny"),
            Attachment("tom.txt", "text/plain", b""),
        ),
    )
    seen = read(compose(message), ENVELOPE)
    assert (seen.sender, seen.subject, seen.text) == (message.sender, message.subject, message.text.rstrip())
    assert seen.html == message.html
    assert [address.name for address in seen.recipients] == ['Anna "Ann" Ek, Öberg', "Bo (jobb)"]
    assert seen.message_id == message.message_id
    assert seen.references == message.references
    assert seen.sent_at == message.sent_at
    assert seen.automatic is None
    assert [(file.name, file.content) for file in seen.attachments] == [
        (file.name, file.content) for file in message.attachments
    ]


def test_the_standard_library_reads_it_without_a_defect() -> None:
    message = replace(MESSAGE, html="<p>ö</p>", references=tuple(f"<{'x' * 70}{n}@example.se>" for n in range(60)))
    parsed = email.message_from_bytes(compose(message), policy=email.policy.default)
    assert [part.defects for part in parsed.walk()] == [[], [], []]
    assert parsed["references"].split()[-1] == message.references[-1]
    assert parsed["subject"] == message.subject


def test_lines_are_short_and_end_in_crlf() -> None:
    message = replace(
        MESSAGE,
        subject="Ett mycket långt ämne " * 40,
        text="å" * 5_000 + "\nb\rc\r\nd",
        references=tuple(f"<{n}{'x' * 200}@example.se>" for n in range(30)),
        recipients=tuple(Address(f"a{n}@example.se", f"Person nummer {n}") for n in range(50)),
    )
    raw = compose(message)
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert max(map(len, header(compose(replace(message, references=()))).split("\r\n"))) <= 78


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "a\r\nBcc: x@example.se"},
        {"subject": "a\0b"},
        {"sender": Address("kontakt@ekhamra.example", "a\nb")},
        {"sender": Address("kontakt@ekhamra.example>\r\nBcc: <x@example.se")},
        {"recipients": (Address("anna@example.se\n"),)},
        {"recipients": (Address("anna"),)},
        {"recipients": (Address("anna@example.se, bo@example.se"),)},
        {"recipients": (Address("anna@" + "ö" * 70 + ".se"),)},
        {"recipients": ()},
        {"copies": (Address(""),)},
        {"reply_to": Address("a b@example.se")},
        {"message_id": "abc@example.se"},
        {"message_id": "<a b@example.se>"},
        {"message_id": "<å@example.se>"},
        {"in_reply_to": "<a>\r\nX: y"},
        {"language": "sv\r\nX: y"},
        {"attachments": (Attachment("a\r\nX: y.pdf", "application/pdf", b""),)},
        {"attachments": (Attachment("a", "application/pdf", b"", content_id="x\r\ny"),)},
    ],
)
def test_nothing_brings_its_own_line_break(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        compose(replace(MESSAGE, **change))


def test_addresses_beyond_ascii() -> None:
    assert wire_address("anna@räksmörgås.example") == "anna@xn--rksmrgs-5wao1o.example"
    assert not is_international(replace(MESSAGE, recipients=(Address("anna@räksmörgås.example"),)))
    message = replace(MESSAGE, recipients=(Address("åsa@example.se", "Åsa"),))
    assert is_international(message)
    assert "<åsa@example.se>" in header(compose(message))


def test_references_keep_the_first_and_the_latest() -> None:
    known = tuple(f"<{n}@example.se>" for n in range(100))
    trimmed = trim_references((*known, "not an id", "<" + "x" * 1_000 + ">"), "<7@example.se>")
    assert trimmed[0] == "<0@example.se>"
    assert trimmed[-1] == "<7@example.se>"
    assert len(trimmed) == MAX_RECENT_REFERENCES + 1
    assert trim_references((), None) == ()
    assert trim_references(("<a@b>", "<a@b>"), None) == ("<a@b>",)


@pytest.mark.parametrize(
    "text", ["", "a", "a\n", "a\r\nb\r\n", " a \n\tb\t\n", "=3D\n.\n..\nFrom x\n", "a\n\n", "مرحبا\n" * 20, "\ud800x"]
)
def test_text_of_every_kind(text: str) -> None:
    raw = compose(replace(MESSAGE, text=text))
    assert raw.endswith(b"\r\n")
    payload = email.message_from_bytes(raw).get_payload(decode=True)
    assert isinstance(payload, bytes)
    lines = text.replace("\ud800", "?").splitlines()
    assert payload.decode().splitlines() == (lines or [""])


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200), st.text(alphabet='ab åö,"\\()<>@=?_.', max_size=100), st.text(max_size=60))
def test_whatever_is_written_arrives(text: str, subject: str, name: str) -> None:
    message = replace(MESSAGE, text=text, subject=subject, sender=Address("kontakt@ekhamra.example", name))
    try:
        raw = compose(message)
    except ValueError:
        assert not name.isprintable()
        return
    seen = read(raw, ENVELOPE)
    assert seen.sender.value == "kontakt@ekhamra.example"
    assert seen.sender_doubt is None
    assert seen.subject == " ".join(subject.split())
    assert len(seen.recipients) == 1


class TestMarkdown:
    @pytest.mark.parametrize(
        ("text", "html"),
        [
            ("Hej!\nRad två\n\nNytt", "<p>Hej!<br>\nRad två</p>\n<p>Nytt</p>"),
            ("**fet** och **halv", "<p><strong>fet</strong> och **halv</p>"),
            ("- a\n- b\n\nc", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n<p>c</p>"),
            ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'),
            ("- a\n  mer", "<ul>\n<li>a<br>mer</li>\n</ul>"),
            ("<b>&\"'", "<p>&lt;b&gt;&amp;&quot;&#x27;</p>"),
            ("[sida](https://example.se/a).", '<p><a href="https://example.se/a">sida</a>.</p>'),
            ('[x](https://a.se/"y)', '<p>[x](<a href="https://a.se/">https://a.se/</a>&quot;y)</p>'),
            ("se https://example.se/x.", '<p>se <a href="https://example.se/x">https://example.se/x</a>.</p>'),
            ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
            ("**<i>**", "<p><strong>&lt;i&gt;</strong></p>"),
            ("2026. Det var bra", "<p>2026. Det var bra</p>"),
            ("-5 grader", "<p>-5 grader</p>"),
            ("", ""),
        ],
    )
    def test_render(self, text: str, html: str) -> None:
        assert render(text) == html

    @pytest.mark.parametrize("piece", ["*", "[", "[a](", "**a", "https://", "- \n"])
    def test_hostile_text_is_rendered(self, piece: str) -> None:
        with not_hanging():
            assert len(render(piece * 50_000)) >= 50_000

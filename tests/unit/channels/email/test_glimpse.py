"""The recipients of a mail that cannot be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email import glimpse
from channels.email.parse import read
from channels.message import Envelope


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b"To: a@x.example\r\n\r\n", ("a@x.example",)),
        (
            b"TO : Ek <A@x.example>,\r\n\tb@x.example\r\ncc: a@x.example\r\n\r\nTo: c@x.example",
            ("a@x.example", "b@x.example"),
        ),
        (b"\xff no field\nTo: a@x.example\n\nCc: b@x.example", ("a@x.example",)),
        (b"a:\n" * 12_000 + b"To: a@x.example", ("a@x.example",)),
        (b"Reply-To: a@x.example\nX: To: b@x.example\n To: c@x.example\n", ()),
        (b"To: a@x.exam", ("a@x.exam",)),
        (b"a" * glimpse.MAX_HEAD + b"\nTo: a@x.example", ()),
        (b"", ()),
    ],
)
def test_the_recipients_of_the_header_are_found(head: bytes, found: tuple[str, ...]) -> None:
    assert glimpse.named(head) == found


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail(noise: bytes) -> None:
    assert "a@x.example" in glimpse.named(b"To: a@x.example\n" + noise)


@pytest.mark.parametrize(
    ("head", "sender", "recipients"),
    [
        (b"", "", ()),
        (b"From: Maja <Maja@Example.se>\r\n\r\n", "maja@example.se", ()),
        (b"From: MAILER-DAEMON@mx.example\r\n\r\n", "", ()),
        (b"From: maja@example.se\r\nReturn-Path: <>\r\n\r\n", "", ()),
        (b"Return-Path: <Maja@Example.se>\r\n\r\n", "maja@example.se", ()),
        (
            b"Return-Path: <>\nDelivered-To: a@x.example\nX-Original-To:\n b@x.example\n",
            "",
            ("a@x.example", "b@x.example"),
        ),
        (b"Envelope-To: a@x.example, b@x.example\r\n", "", ("a@x.example", "b@x.example")),
        (b"Delivered-To: a@x.example\nDelivered-To: a@x.example\n", "", ("a@x.example",)),
        (b"Received: by mx\nDelivered-To: forged@x.example\nReturn-Path: <late@x.example>\n", "late@x.example", ()),
        (b"Subject: x\n\nReturn-Path: <in@the.body>\nDelivered-To: in@the.body\n", "", ()),
    ],
)
def test_the_envelope_is_read_from_what_the_last_server_wrote(
    head: bytes, sender: str, recipients: tuple[str, ...]
) -> None:
    assert (glimpse.sender(head), glimpse.delivered_to(head)) == (sender, recipients)


def test_a_notice_in_place_of_a_mail_can_be_read_and_keeps_its_header() -> None:
    kind = b"Content-Type: multipart/mixed;\r\n boundary=x\r\nMIME-Version: 1.0\r\n"
    head = b"From: maja@example.se\r\nSubject: Hej\r\n" + kind + b"\r\n"
    notice = read(glimpse.in_place_of(head, "Meddelandet kunde inte hämtas."), Envelope("", ()))
    assert (notice.sender.value, notice.subject) == ("maja@example.se", "Hej")
    assert notice.text.strip() == "Meddelandet kunde inte hämtas."
    assert read(glimpse.in_place_of(b"", "Borta."), Envelope("", ())).text.strip() == "Borta."
    assert b"\0" not in glimpse.in_place_of(b"Subject: a\0b\r\n\r\n", "x")

"""Bodies of ten million bytes: each is answered by what is wrong with it, in no time, and nothing is kept of it."""

from __future__ import annotations

import base64
import json
import os
import time

import pytest
from flask import Flask
from flask.testing import FlaskClient

from contactcenter.api import strict_json
from contactcenter.api.problems import BadRequest
from contactcenter.model import ApiRequest, Attachment, EntryNote, Ticket
from contactcenter.services import organisation as organisations
from contactcenter.services import tokens
from tests.integration.conftest import Begin
from tests.integration.mailroom import count
from tests.integration.people import Organisation, make_ticket

SIZE = 10_000_000
SECONDS = 2.0
SLACK = 1.0
"""Seconds that a busy machine may add."""
FORM = {
    "channel": "form",
    "person": {"name": "Maja", "addresses": [{"kind": "email", "value": "maja@example.se"}]},
    "subject": "Lov",
    "text": "Får jag bygga en altan?",
}


def many(before: bytes, again: bytes, after: bytes = b"") -> bytes:
    """`again` until the body is full."""
    return before + again * ((SIZE - len(before) - len(after)) // len(again)) + after


BODIES = {
    "a text": many(b'{"text":"', b"a", b'"}'),
    "an escaped text": many(b'{"text":"', b"\\u0041", b'"}'),
    "halves of letters": many(b'{"text":"', b"\\ud800", b'"}'),
    "nothing": many(b"", b" "),
    "no bytes of a text": many(b'{"text":"', b"\xff", b'"}'),
    "names": b"{" + b",".join(b'"a%d":1' % place for place in range(SIZE // 12)) + b"}",
    "one name": many(b"{", b'"a":1,', b'"a":1}'),
    "a long name": many(b'{"', b"a", b'":1}'),
    "objects": many(b"[", b'{"a":1},', b"{}]"),
    "addresses": many(b'{"person":{"addresses":[', b"{},", b"{}]}}"),
    "attachments": many(b'{"attachments":[', b"{},", b"{}]}"),
    "numbers": many(b"[", b"1,", b"1]"),
    "lists": many(b"[", b"[],", b"[]]"),
    "depth": many(b"", b"["),
    "depth of objects": many(b"", b'{"a":'),
    "digits": many(b'{"text":', b"1", b"}"),
    "decimals": many(b'{"text":1.', b"1", b"}"),
    "no base64": many(b'{"attachments":[{"name":"a","content":"', b"A", b'!"}]}'),
}


@pytest.fixture
def token(begin: Begin, organisation: Organisation) -> str:
    with begin() as session:
        make_ticket(session, organisation.common, organisation.first_line)
        return tokens.add(session, "Kartan", tuple(tokens.Scope), session.merge(organisation.alice))


def test_each_is_refused_in_time(app: Flask, begin: Begin, client: FlaskClient, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Idempotency-Key": "k"}
    for path in ("/tickets", "/tickets/1001/notes"):
        for name, body in BODIES.items():
            began = time.monotonic()
            answer = client.post(f"/api/v1{path}", data=body, headers=headers)
            took = time.monotonic() - began
            assert answer.status_code in (400, 422), f"{path} {name}: {answer.text[:200]}"
            assert answer.content_type == "application/problem+json"
            assert len(answer.data) < 4_000, name
            assert took < SECONDS + SLACK, f"{path} {name} took {took:.1f} s"
    assert [count(begin, table) for table in (Ticket, EntryNote, ApiRequest)] == [1, 0, 0]


def test_a_file_of_that_size_is_taken(app: Flask, begin: Begin, client: FlaskClient, token: str) -> None:
    with begin() as session:
        organisations.present(session)  # it is made once in the life of a process
    file = {"name": "ritning.pdf", "content": base64.b64encode(os.urandom(SIZE * 3 // 4)).decode()}
    began = time.monotonic()
    answer = client.post(
        "/api/v1/tickets", json=FORM | {"attachments": [file]}, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 201
    assert time.monotonic() - began < SECONDS + SLACK
    assert (count(begin, Ticket), count(begin, Attachment)) == (2, 1)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"[" + b"0," * strict_json.MOST_VALUES + b"0]", "more values"),
        (json.dumps({f"a{place}": 1 for place in range(strict_json.MOST_NAMES + 1)}).encode(), "names"),
        (b'{"a": ' + b"1" * (strict_json.MOST_DIGITS + 1) + b"}", "digits"),
        (b'{"a": -1' + b"0" * strict_json.MOST_DIGITS + b"}", "digits"),
        (b'{"a": {"b": 1, "b": 2}}', "twice"),
        (b'{"a": -Infinity}', "no number"),
    ],
)
def test_what_is_too_much_is_said(body: bytes, told: str) -> None:
    with pytest.raises(BadRequest, match=told):
        strict_json.check(body)


def test_the_longest_text_is_not_too_much() -> None:
    """A text of nothing but commas is as long as any other."""
    strict_json.check(json.dumps(FORM | {"text": "," * 200_000}).encode())

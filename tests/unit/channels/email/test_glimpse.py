"""The recipients of a mail that cannot be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email import glimpse


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

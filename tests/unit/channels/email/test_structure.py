"""The tree of parts: what the standard library finds in honest mail, and bounds where mail is not honest."""

from __future__ import annotations

import email
import email.message
from pathlib import Path

import pytest

from channels.email.structure import MAX_DEPTH, MAX_PARTS, Part, read_structure
from channels.email.transfer import base64_bytes
from channels.errors import Unreadable

FOLDER = Path(__file__).parents[3] / "data" / "mail"
BETTER = {  # mails where this reader finds what the standard library loses, or forgives what it does not
    "broken-base64",
    "unknown-transfer-encoding",
    "no-boundary-lines",
    "no-boundary-parameter",
    "no-header-at-all",
    "nul-bytes",
    "file-names",
    "header-injection",
    "subject-field-with-space",
    "boundary-same-in-both",
    "file-base64-in-pieces",
    "file-encoding-unknown",
    "parts-empty",
    "transfer-encoding-base64-is-text",
    "transfer-encoding-with-comment",
}


def leaves(part: Part) -> list[Part]:
    return [leaf for child in part.children for leaf in leaves(child)] if part.is_multipart else [part]


def standard_leaves(mail: email.message.Message) -> list[tuple[str, bytes]]:
    if mail.get_content_type() == "message/rfc822" or mail.get_content_maintype() == "message":
        return [(mail.get_content_type(), b"")]
    if mail.is_multipart():
        return [leaf for part in mail.get_payload() for leaf in standard_leaves(part)]  # type: ignore[arg-type]
    payload = mail.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return [(mail.get_content_type(), payload.replace(b"\r\n", b"\n").rstrip())]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.eml")), ids=lambda path: path.stem)
def test_the_standard_library_finds_the_same_parts(path: Path) -> None:
    if path.stem in BETTER:
        return
    raw = path.read_bytes()
    ours = [
        (leaf.media_type, b"" if leaf.media_type.startswith("message/") else bytes(leaf.content() or b""))
        for leaf in leaves(read_structure(raw))
    ]
    assert [(kind, data.replace(b"\r\n", b"\n").rstrip()) for kind, data in ours] == standard_leaves(
        email.message_from_bytes(raw)
    )


def mixed(*parts: bytes, boundary: bytes = b"b") -> bytes:
    lines = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    return b"Content-Type: multipart/mixed; boundary=" + boundary + b"\r\n\r\n" + lines + b"--" + boundary + b"--\r\n"


def contents(raw: bytes) -> list[bytes | None]:
    return [leaf.content() for leaf in leaves(read_structure(raw))]


def test_parts_end_before_the_line_break_of_the_boundary() -> None:
    assert contents(mixed(b"\r\none\r\n", b"\r\ntwo", b"X: y\r\n\r\n", b"")) == [b"one\r\n", b"two", b"", b""]


def test_a_boundary_that_begins_like_another_is_another() -> None:
    inner = mixed(b"\r\ninner", boundary=b"bb")
    assert contents(mixed(inner, b"\r\nouter")) == [b"inner", b"outer"]


def test_an_outer_boundary_ends_an_inner_multipart() -> None:
    inner = b"Content-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n\r\ninner"
    assert contents(mixed(inner, b"\r\nouter")) == [b"inner", b"outer"]


def test_blanks_after_a_boundary_and_text_around_the_parts() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\nbefore\r\n--b \t\r\n\r\none\r\n--b-- \r\nafter\r\n--b\r\n"
    assert contents(raw) == [b"one"]


def test_a_mail_in_a_mail_is_one_part() -> None:
    raw = mixed(b"Content-Type: message/rfc822\r\n\r\n" + mixed(b"\r\nx", boundary=b"q"))
    assert [leaf.media_type for leaf in leaves(read_structure(raw))] == ["message/rfc822"]


def test_parts_of_a_digest_are_mails() -> None:
    raw = b"Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: a\r\n\r\nx\r\n--b--\r\n"
    assert [leaf.media_type for leaf in leaves(read_structure(raw))] == ["message/rfc822"]


def nested(depth: int) -> bytes:
    levels = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(depth))
    return levels + b"\r\nhello"


def test_depth_is_bounded() -> None:
    assert contents(nested(MAX_DEPTH)) == [b"hello"]
    with pytest.raises(Unreadable) as caught:
        read_structure(nested(MAX_DEPTH + 1))
    assert caught.value.code == "depth"


def test_parts_are_bounded() -> None:
    assert len(contents(mixed(*[b"\r\nx"] * (MAX_PARTS - 1)))) == MAX_PARTS - 1
    with pytest.raises(Unreadable) as caught:
        read_structure(mixed(*[b"\r\nx"] * MAX_PARTS))
    assert caught.value.code == "parts"


@pytest.mark.parametrize("header", [b"a:\n" * 20_000, (b"A: " + b"b" * 10_000 + b"\n") * 200])
def test_headers_are_bounded(header: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        read_structure(header + b"\n\nbody")
    assert caught.value.code == "headers"


@pytest.mark.parametrize("header", [b"Subject: x\nA: " + b"b" * 5_000_000, b"Subject: x" + b"\n y" * 100_000])
def test_one_endless_field_does_not_hide_the_rest(header: bytes) -> None:
    part = read_structure(header + b"\nTo: kontakt@ekhamra.example\n\nbody")
    assert part.fields.first("to") == "kontakt@ekhamra.example"
    assert part.content() == b"body"


@pytest.mark.parametrize(
    ("encoded", "decoded"),
    [
        (b"SGVq", b"Hej"),
        (b"SGVq\r\nSGVq\r\n", b"HejHej"),
        (b"SGU=", b"He"),
        (b"SGU", b"He"),
        (b"S!G-U.", b"He"),
        (b"SGU=SGVq", b"HeHej"),
        (b"SGU=\r\n\r\nSGU=\r\n", b"HeHe"),
        (b"S", b""),
        (b"====", b""),
        (b"", b""),
        ("åSGVq".encode(), b"Hej"),
    ],
)
def test_base64_as_it_is_really_sent(encoded: bytes, decoded: bytes) -> None:
    assert base64_bytes(encoded) == decoded


def test_blanks_that_a_server_put_behind_a_soft_line_break() -> None:
    raw = b"Content-Transfer-Encoding: quoted-printable\r\n\r\nen= \r\n altan=\t\n=C3=A5 = b"
    assert read_structure(raw).content() == "en altanå = b".encode()

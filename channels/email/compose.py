"""An `OutboundMessage` to the bytes of a mail (RFC 5322, RFC 2045–2049, RFC 6532 for addresses beyond ASCII).

The body is built by the standard library. The header is written here: the library breaks References of long identifiers
into encoded words, which other programs can no longer thread by. Nothing may bring its own line break into a header.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from channels.email.addresses import with_letters
from channels.email.attachments import safe_media_type
from channels.message import Address, Attachment, OutboundMessage

MAX_RECENT_REFERENCES = 20
_MESSAGE_ID = re.compile(r"<[^<>\s\x00-\x20\x7f]{1,898}>")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\\\"\x00-\x20\x7f]{1,128}@[^\s<>()\[\],;:\\\"\x00-\x20\x7f]{1,253}")
_UNSAFE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\u2028\u2029]")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")


def compose(message: OutboundMessage) -> bytes:
    """The mail, with CRLF line ends, ready for DATA. Equal messages with `sent_at` give equal bytes but for boundaries.

    Raises:
        ValueError: an address, identifier or header value is not fit to be sent; a line break in it, above all.
    """
    header = b"".join(_fold(name, value) for name, value in _header(message))
    return header + _body(message).as_bytes()


def is_international(message: OutboundMessage) -> bool:
    """Whether an address has a local part beyond ASCII, which only servers with SMTPUTF8 take (RFC 6531)."""
    everybody = (message.sender, *message.recipients, *message.copies, *message.blind_copies)
    return not all(wire_address(address.value).isascii() for address in everybody)


def wire_address(value: str) -> str:
    """An address as it is sent: its domain in IDNA, its local part as it is.

    Raises:
        ValueError: it is no address.
    """
    if not _ADDRESS.fullmatch(value):
        raise ValueError(f"not an address that can be sent to: {value!r}")
    local, _, domain = value.rpartition("@")
    try:
        return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise ValueError(f"not a domain that can be sent to: {domain!r}") from error


def wire_form(value: str) -> str:
    """An address for comparing with others, in lower case: as it is sent, or as it is where it cannot be sent to.

    `kontakt@ｅkhamra.example` goes where `kontakt@ekhamra.example` goes, whatever letters its domain is written with.
    """
    try:
        return wire_address(value.strip()).lower()
    except ValueError:
        return value.strip().lower()


def spellings(addresses: Iterable[str]) -> set[str]:
    """Each address as `wire_form` and with letters in its domain: one of the two is how it may be written down."""
    sent = set(map(wire_form, addresses))
    return sent | set(map(with_letters, sent))


def can_be_sent_to(value: str) -> bool:
    """Whether mail can leave for an address; some that residents write from cannot be answered (`x@[10.0.0.1]`)."""
    try:
        wire_address(value)
    except ValueError:
        return False
    return True


def _header(message: OutboundMessage) -> Iterable[tuple[str, list[str]]]:
    """Names and values; a value is a list of the pieces between which its line may be broken."""
    yield "From", [_mailbox(message.sender)]
    if not message.recipients:
        raise ValueError("a mail needs somebody to go to")
    yield "To", _mailboxes(message.recipients)
    if message.copies:
        yield "Cc", _mailboxes(message.copies)
    if message.reply_to is not None:
        yield "Reply-To", [_mailbox(message.reply_to)]
    yield "Subject", _subject(_checked("subject", message.subject))
    yield "Date", [format_datetime((message.sent_at or datetime.now(UTC)).astimezone(UTC))]
    yield "Message-ID", [_identifier(message.message_id)]
    if message.in_reply_to is not None:
        yield "In-Reply-To", [_identifier(message.in_reply_to)]
    references = trim_references(message.references, message.in_reply_to)
    if references:
        yield "References", list(references)
    yield "Content-Language", [_token("language", message.language)]
    yield "Auto-Submitted", [_submitted(message)]
    if message.automatic:
        yield "X-Auto-Response-Suppress", ["All"]  # Exchange looks for nothing else
    yield "MIME-Version", ["1.0"]


def _submitted(message: OutboundMessage) -> str:
    """Who wrote it, as RFC 3834 §5 has it: a person (`no`), or a program by itself or in answer to a mail."""
    if not message.automatic:
        return "no"
    return "auto-generated" if message.in_reply_to is None else "auto-replied"


def trim_references(references: Iterable[str], in_reply_to: str | None) -> tuple[str, ...]:
    """The thread's first identifier and its latest ones, ending with the mail that is answered (RFC 5322 §3.6.4).

    Identifiers come from strangers: those that are none are left out here, where nothing depends on them.
    """
    known = [reference for reference in dict.fromkeys(references) if can_be_referred_to(reference)]
    if in_reply_to is not None and in_reply_to in known:
        known.remove(in_reply_to)
    if in_reply_to is not None:
        known.append(in_reply_to)
    if len(known) > MAX_RECENT_REFERENCES + 1:
        known = known[:1] + known[-MAX_RECENT_REFERENCES:]
    return tuple(known)


def _fold(name: str, pieces: list[str]) -> bytes:
    """One header, broken between its pieces where a line would grow beyond 78 characters."""
    lines = [f"{name}:"]
    for piece in pieces:
        if len(lines[-1]) + 1 + len(piece) > 78 and lines[-1] != f"{name}:":
            lines.append("")
        lines[-1] += f" {piece}"
    return ("\r\n".join(lines) + "\r\n").encode()


def _mailboxes(addresses: Iterable[Address]) -> list[str]:
    found = [_mailbox(address) for address in addresses]
    return [f"{mailbox}," for mailbox in found[:-1]] + found[-1:]


def _mailbox(address: Address) -> str:
    value = wire_address(address.value)
    name = _checked("name", address.name).strip()
    if not name:
        return value
    if not name.isascii():
        return f"{_encoded(name, 'From')} <{value}>"
    if "=?" in name or not _ATOMS.fullmatch(name):
        name = '"' + name.replace("\\", r"\\").replace('"', r"\"") + '"'
    return f"{name} <{value}>"


def _subject(text: str) -> list[str]:
    words = text.split()
    if text.isascii() and "=?" not in text and all(len(word) < 900 for word in words):
        return words
    return [_encoded(" ".join(words), "Subject")]


def _encoded(text: str, name: str) -> str:
    """`text` in encoded words of at most 75 characters (RFC 2047 §2), folded."""
    return Header(text, "utf-8", maxlinelen=76, header_name=name).encode(linesep="\r\n")


def can_be_referred_to(value: str) -> bool:
    """Whether a stranger's Message-ID may be written into a header of ours."""
    return value.isascii() and _MESSAGE_ID.fullmatch(value) is not None


def _identifier(value: str) -> str:
    if not can_be_referred_to(value):
        raise ValueError(f"not a message identifier: {value[:100]!r}")
    return value


def _checked(what: str, value: str) -> str:
    if _UNSAFE.search(value):
        raise ValueError(f"a line break or control character in the {what}: {value[:100]!r}")
    return value


def _token(what: str, value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]{1,35}", value):
        raise ValueError(f"not a {what}: {value[:100]!r}")
    return value


def _body(message: OutboundMessage) -> EmailMessage:
    mail = _text("plain", message.text)
    if message.html is not None:
        mail.make_alternative()
        mail.attach(_text("html", message.html))
    for attachment in message.attachments:
        _attach(mail, attachment)
    return mail


def _text(subtype: str, text: str) -> EmailMessage:
    """A text part: quoted-printable, which stays readable, or base64 where most letters are beyond ASCII (Arabic).

    It is encoded here, because the library takes a second for each megabyte.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
    data = lines.replace("\n", "\r\n").encode("utf-8", "replace") + b"\r\n"
    readable = 2 * len(text.encode("ascii", "ignore")) >= len(text)
    encoded = binascii.b2a_qp(data) if readable else base64.encodebytes(data)
    part = EmailMessage(policy=SMTP)
    part["Content-Type"] = f'text/{subtype}; charset="utf-8"'
    part["Content-Transfer-Encoding"] = "quoted-printable" if readable else "base64"
    part.set_payload(encoded.decode("ascii"))
    return part


def _attach(mail: EmailMessage, attachment: Attachment) -> None:
    kind, _, subtype = safe_media_type(attachment.media_type).partition("/")
    if kind in ("multipart", "message"):
        kind, subtype = "application", "octet-stream"  # these may not be in base64 (RFC 2046 §5.2.1)
    mail.add_attachment(
        attachment.content,
        maintype=kind,
        subtype=subtype,
        filename=_checked("file name", attachment.name),
        disposition="inline" if attachment.inline else "attachment",
        cid=f"<{_checked('content id', attachment.content_id)}>" if attachment.content_id else None,
    )

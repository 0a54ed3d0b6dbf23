"""The values every channel speaks: what came in, and what is to go out.

They are frozen and free of any database so that a spawned reader can make them and a sender can be tested alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Address:
    """A name and a normalised address; mail addresses are lower case. The name is only a claim."""

    value: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a message, both ways. `problem` says why it could not be read, or not wholly: then `content` is what
    there is of it, perhaps nothing. `inline`: the HTML shows it, by its `content_id`.
    """

    name: str
    media_type: str
    content: bytes
    content_id: str | None = None
    inline: bool = False
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the transport said, apart from the message itself. `sender` is empty for the null return path."""

    sender: str
    recipients: tuple[str, ...]
    peer: str = ""


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One message from a resident, read and cleaned, whatever the channel.

    `text` is everything they wrote including what they quoted; `quoted_from` is the offset in `text` where the quoted
    part begins (None: nothing quoted), so that a page can fold it and nothing is ever deleted.
    `signature_from` is where the writer's signature begins, above what is quoted (None: none); it ends at
    `quoted_from` or with the text.
    `html` is sanitised and still holds remote images (`has_remote_images`); showing them is the page's decision.
    `automatic` names why the mail is believed to be automatic (RFC 3834), None for people.
    `content_key` is equal for the same mail delivered twice on different ways (same identifier, sender, date and
    content), and None where the message carries too little to tell.
    `sender_doubt` says why the sender is not what a From line alone would prove: `several_from` (more than one From or
    mailbox), `no_from` (taken from Reply-To, Return-Path or the envelope; `sender.value` is empty when those are empty
    too). A doubtful sender takes part in no ticket. None: one From, one mailbox.
    `protection` is `signed` or `encrypted` (S/MIME, PGP) as the mail itself claims: no signature is verified, and what
    is encrypted is only kept. None: neither.
    `reported` is how a delivery report or receipt says that the mail in `references` ended: `failed`, `delayed`,
    `delivered`, `relayed`, `expanded`, `read` or `unread` (thrown away unseen), and `reported_to` for whom it
    did, as far as it says. None: no report.
    `attested` is what mail servers say that they found out about the sender, from the top of the mail down: the name of
    each, and `pass`, `fail` or nothing. Strangers can write such lines: ask `authentication.verdict` whom to believe.
    """

    channel: str
    sender: Address
    recipients: tuple[Address, ...]
    subject: str
    text: str
    html: str | None = None
    quoted_from: int | None = None
    copies: tuple[Address, ...] = ()
    reply_to: Address | None = None
    message_id: str | None = None
    references: tuple[str, ...] = ()
    sent_at: datetime | None = None
    language: str | None = None
    automatic: str | None = None
    content_key: str | None = None
    has_remote_images: bool = False
    attachments: tuple[Attachment, ...] = ()
    sender_doubt: str | None = None
    protection: str | None = None
    signature_from: int | None = None
    reported: str | None = None
    reported_to: tuple[str, ...] = ()
    attested: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One message to leave, complete: sending it needs nothing but this value and the channel's settings.

    `message_id` is made once, before the first attempt, and never changes (angle brackets included). `automatic`: a
    program wrote it, and says so (RFC 3834 §5). `return_path` is where servers report to; empty: to the sender.
    `blind_copies` get it too and stand in no header (RFC 5322 §3.6.3). `spared` have got it by an earlier attempt: the
    header names them as before, and it is handed over for the others.
    """

    message_id: str
    sender: Address
    recipients: tuple[Address, ...]
    subject: str
    text: str
    html: str | None = None
    reply_to: Address | None = None
    copies: tuple[Address, ...] = ()
    blind_copies: tuple[Address, ...] = ()
    spared: frozenset[str] = frozenset()
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    language: str = "sv"
    sent_at: datetime | None = None
    automatic: bool = False
    return_path: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the next hop said when it took the message: its own words, and recipients it refused (address, reason)."""

    reply: str
    refused: tuple[tuple[str, str], ...] = ()

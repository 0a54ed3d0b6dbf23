"""Bytes of a mail to an `InboundMessage`. The rules, in the order of the code:

1. The raw bytes are looked at within fixed bounds (`structure`); what no real mail is like raises `Unreadable`.
2. The sender is the one mailbox of the one From line, by its address and never by its name. Several are a doubt, and
   then the one the transport saw is taken; none is a doubt too, and Reply-To, Return-Path and the envelope are asked.
3. The body is text and HTML (`body`), cleaned; quoted history and the signature are found, not removed (`quotes`).
4. A subject too long for a line is shown in full above the text.
5. Language and automatic mail are recognised; the content gets a key by which the same mail is known again.

All of it is linear in the size of the mail. It still belongs in a child process with limits: libraries do the cleaning.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from channels.email.addresses import address, addresses, claims_address, with_letters
from channels.email.authentication import attested
from channels.email.automatic import automatic_reason
from channels.email.body import read_body
from channels.email.charset import one_line
from channels.email.fields import MAX_HOPS, Fields
from channels.email.identity import content_key
from channels.email.protection import protection
from channels.email.quotes import find_history, is_answer, own_words
from channels.email.reports import Report, is_also_written, read_report
from channels.email.signatures import find_signature
from channels.email.structure import read_structure
from channels.email.words import decode_words
from channels.errors import Unreadable
from channels.language import detect
from channels.message import Address, Envelope, InboundMessage

MAX_SUBJECT = 250  # characters
MAX_REFERENCES = 100
_LANGUAGE_SAMPLE = 2_000  # characters
_MESSAGE_ID = re.compile(r"<([^<>]{1,990})>")
_SWEDISH_MONTH = re.compile(r"\b(?:januari|februari|mars|maj|juni|juli|augusti|okt(?:ober)?)\b", re.IGNORECASE)
_ENGLISH = {
    "jan": "Jan",
    "feb": "Feb",
    "mar": "Mar",
    "maj": "May",
    "jun": "Jun",
    "jul": "Jul",
    "aug": "Aug",
    "okt": "Oct",
}
_BARE_ID = re.compile(r"[^\s<>]{1,990}")
_BARE_REFERENCE = re.compile(r"\A\s*([^\s<>@]{1,490}@[^\s<>@]{1,490})\s*\Z")


def read(raw: bytes, envelope: Envelope) -> InboundMessage:
    """The mail `raw` as a message.

    Raises:
        Unreadable: the bytes are not a mail within the bounds; `code` says which bound.
    """
    root = read_structure(raw)
    fields = root.fields
    if len(fields.all("received")) > MAX_HOPS:
        raise Unreadable(f"the mail has passed more than {MAX_HOPS} servers: it runs in circles", "loop")
    sender, doubt = _sender(fields, envelope)
    sender = replace(sender, value=with_letters(sender.value))
    whole_subject = one_line(decode_words(fields.first("subject")), 16_384)
    subject = _shorten(whole_subject)
    body = read_body(root)
    text = body.text if subject == whole_subject else f"{whole_subject}\n\n{body.text}".rstrip("\n")
    answers = is_answer(subject) or bool(fields.first("in-reply-to").strip() or fields.first("references").strip())
    history = find_history(text, subject, answers)
    inner = [part.media_type for part in root.within()]
    automatic = automatic_reason(fields, envelope.sender, sender.value, subject, root.media_type, inner)
    report = read_report(root, text, automatic)
    references = _references(fields, report)
    if automatic == "receipt" and is_also_written(own_words(text[:history])):
        automatic = report = None  # somebody has something to say, and is to be answered
    message_id = _first_id(fields.first("message-id"))
    sent_at = _moment(fields.first("date"))
    return InboundMessage(
        channel="email",
        sender=sender,
        recipients=_everybody(fields, "to"),
        subject=subject,
        text=text,
        html=body.html,
        quoted_from=history,
        copies=_everybody(fields, "cc"),
        reply_to=next(iter(_everybody(fields, "reply-to")), None),
        message_id=message_id,
        references=references,
        sent_at=sent_at,
        language=_language(subject, text[:history]),
        automatic=automatic,
        content_key=content_key(message_id, sender.value, sent_at, subject, text, body.attachments),
        has_remote_images=body.has_remote_images,
        attachments=body.attachments,
        sender_doubt=doubt,
        protection=protection(root, text),
        signature_from=find_signature(text, history),
        reported=report.outcome if report else None,
        reported_to=report.recipients if report else (),
        attested=() if doubt else attested(fields.all("authentication-results"), sender.value),
    )


def _sender(fields: Fields, envelope: Envelope) -> tuple[Address, str | None]:
    lines = fields.all("from")
    claimed = [mailbox for line in lines for mailbox in addresses(line)]
    transport = address(envelope.sender)
    if len(claimed) == 1 and len(lines) == 1 and "from" not in fields.cut:
        return claimed[0], None  # of a line that is cut, others read another end
    if claimed:
        seen = next((mailbox for mailbox in claimed if mailbox.value == transport), None)
        return seen or (Address(transport) if transport else claimed[0]), "several_from"
    name = one_line(decode_words(fields.first("from")), 200).strip("\"'<> ")
    name = "" if claims_address(name) else name
    for other in ("reply-to", "sender", "return-path"):
        found = addresses(fields.first(other))
        if found:
            return Address(found[0].value, found[0].name or name), "no_from"
    return Address(transport or "", name), "no_from"


def _everybody(fields: Fields, name: str) -> tuple[Address, ...]:
    found = (mailbox for line in fields.all(name) for mailbox in addresses(line))
    return tuple({mailbox.value: mailbox for mailbox in found}.values())


def _shorten(subject: str) -> str:
    if len(subject) <= MAX_SUBJECT:
        return subject
    return subject[: MAX_SUBJECT - 2].rpartition(" ")[0].strip() or subject[: MAX_SUBJECT - 2]


def _first_id(value: str) -> str | None:
    found = _MESSAGE_ID.search(value)
    inner = one_line(found[1]) if found else next(iter(_BARE_ID.findall(one_line(value))), "")
    return f"<{inner.replace(' ', '')}>" if inner.strip() else None


def _references(fields: Fields, report: Report | None) -> tuple[str, ...]:
    """Identifiers of the mails this one answers or reports on, oldest first; of endless threads the first and latest.

    A delivery report brings the header of the mail that did not arrive (RFC 3462): so it finds the ticket of that mail.
    """
    found: dict[str, None] = {}
    reported = report.message_ids if report else ()
    for value in (*fields.all("references"), *fields.all("in-reply-to"), *reported):
        for inner in _MESSAGE_ID.findall(value) or _BARE_REFERENCE.findall(value):
            found[f"<{one_line(inner).replace(' ', '')}>"] = None
    known = tuple(found)
    return known if len(known) <= MAX_REFERENCES else known[:1] + known[1 - MAX_REFERENCES :]


def _moment(value: str) -> datetime | None:
    """The Date line in UTC; None when it is missing, no date, or outside the years of mail.

    Web forms write it as ISO 8601, or with the month in Swedish.
    """
    text = one_line(value, 100)
    for read_date in (parsedate_to_datetime, _with_english_month, datetime.fromisoformat):
        try:
            moment = read_date(text)
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
        return moment if 1980 <= moment.year <= 2100 else None
    return None


def _with_english_month(text: str) -> datetime:
    return parsedate_to_datetime(_SWEDISH_MONTH.sub(lambda found: _ENGLISH[found[0].lower()[:3]], text))


def _language(subject: str, text: str) -> str | None:
    """Of the writer's own words, since what is quoted may be in ours; of all of it when these say too little."""
    sample = text[: 2 * _LANGUAGE_SAMPLE]
    own = own_words(sample).strip()
    return detect((own or subject)[:_LANGUAGE_SAMPLE])[0] or detect(sample.strip()[:_LANGUAGE_SAMPLE])[0]

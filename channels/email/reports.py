"""What a delivery report (RFC 3464) or a receipt (RFC 8098) says: of which mail, to whom, and how it ended.

Many servers write reports in a form of their own (qmail, Exim, old Exchange): there the words are searched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from channels.email.addresses import addresses
from channels.email.fields import Fields, read_fields
from channels.email.structure import Part
from channels.errors import Unreadable

_STATUS = ("message/delivery-status", "message/global-delivery-status")  # global: of addresses beyond ASCII, RFC 6533
_RECEIPT = ("message/disposition-notification", "message/global-disposition-notification")
_COPY = ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global", "message/global-headers")
_WORD = re.compile(r"\s*([a-z]*)", re.IGNORECASE)
_MAX_BLOCKS = 200
_SAMPLE = 100_000  # characters of the text
_ORDER = ("failed", "delayed", "delivered", "relayed", "expanded")  # what is worst holds
_DELAYED = re.compile(
    r"\bdelayed\b|\bförsenad|\bfördröj|will (?:retry|be retried|keep trying)|still being retried|temporär|"
    r"no action is required|ännu inte (?:kunnat )?levererat?s|warning: could not send",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"^[> \t]{0,8}\*{0,2}(?:till|från|ämne|skickat|datum|kopia|to|from|subject|sent|date|cc|an|von|betreff|gesendet|"
    r"til|fra|emne|sendt|aihe|lähetetty|lähettäjä|vastaanottaja)\b[^\n:]{0,20}:[^\n]*",
    re.MULTILINE | re.IGNORECASE,
)
_PERSONAL = re.compile(
    r"\?|\b(?:jag|mig|min|mitt|mina|vi|oss|vår|vårt|våra|hej|tack|mvh|hälsningar|vill|behöver|ring|kontakta|hjälp|"
    r"i'm|i'll|i've|me|my|we|us|our|hello|thanks|thank|regards|call|help|"
    r"minä|minun|minua|hei|kiitos|terveisin|haluan|tarvitsen|soita)\b",
    re.IGNORECASE,
)
_NAMED = re.compile(r"^\s{0,8}<?([^\s<>:,;\"]{1,64}@[^\s<>:,;\"]{1,253}?)>?(?::|\s*$)", re.MULTILINE)
_COPIED_ID = re.compile(r"^[> \t]{0,8}message-id:\s{0,8}(<[^<>\s]{1,990}>)", re.MULTILINE | re.IGNORECASE)


MOST_NAMED = 200
"""Our mails go to fewer; a report that names thousands is no report of ours."""


@dataclass(frozen=True, slots=True)
class Report:
    """`outcome` is one of `failed`, `delayed`, `delivered`, `relayed`, `expanded`, `read` and `unread`; what is worst
    holds, and `recipients` are those it holds for.
    """

    outcome: str
    recipients: tuple[str, ...]
    message_ids: tuple[str, ...]


def read_report(root: Part, text: str, kind: str | None) -> Report | None:
    """The report in a mail that is automatic for the reason `kind`, None when it is not one."""
    if kind not in ("bounce", "receipt"):
        return None
    blocks = [block for part in _leaves(root) for block in _blocks(part)]
    if kind == "receipt":
        outcome = _disposition(blocks)
        named = _recipients(blocks)
    else:
        outcome = _outcome(blocks, root, text)
        named = _recipients([block for block in blocks if _action(block) == outcome])
        named = named or [mailbox.value for mailbox in addresses(root.fields.first("x-failed-recipients"))]
        named = named or [found.lower() for found in _NAMED.findall(text[:_SAMPLE].partition("\n---")[0])]
    return Report(
        outcome, tuple(dict.fromkeys(named))[:MOST_NAMED], tuple(dict.fromkeys(_message_ids(root, blocks, text)))
    )


def is_also_written(text: str) -> bool:
    """Whether `text`, beside a receipt, is a person's own: programs ask nothing and never speak of themselves.

    What they repeat of the mail that was read (`Ämne: Får jag bygga?`) is not counted.
    """
    return bool(_PERSONAL.search(_LABELLED.sub("", text[:_SAMPLE])))


def _recipients(blocks: list[Fields]) -> list[str]:
    return [mailbox.value for block in blocks for mailbox in addresses(_address_of(block))]


def _disposition(blocks: list[Fields]) -> str:
    """Only `displayed` was seen by somebody; a program that passed it on, or a person who says nothing, has it."""
    told = " ".join(block.first("disposition").rpartition(";")[2].lower() for block in blocks)
    if "deleted" in told:
        return "unread"
    return "read" if "displayed" in told or not told.strip() else "delivered"


def _action(block: Fields) -> str:
    found = _WORD.match(block.first("action"))
    return found[1].lower() if found else ""


def _outcome(blocks: list[Fields], root: Part, text: str) -> str:
    actions = set(map(_action, blocks))
    for action in _ORDER:
        if action in actions:
            return action
    return "delayed" if _DELAYED.search(root.fields.first("subject") + "\n" + text[:2_000]) else "failed"


def _leaves(part: Part) -> Iterator[Part]:
    if not part.is_multipart:
        yield part
    for child in part.children:
        yield from _leaves(child)


def _blocks(part: Part) -> Iterator[Fields]:
    """The groups of fields in the part that programs read."""
    if part.media_type not in _STATUS + _RECEIPT:
        return
    content = part.content() or b""
    position = 0
    for _ in range(_MAX_BLOCKS):
        fields, after = _fields(content, position)
        yield fields
        if after <= position or after >= len(content):
            return
        position = after


def _fields(content: bytes, position: int) -> tuple[Fields, int]:
    """The fields from `position` on and where they end; none of a header out of bounds, which only spoils the copy."""
    try:
        return read_fields(content, position, len(content))
    except Unreadable:
        return Fields(), len(content)


def _address_of(block: Fields) -> str:
    """`rfc822; bo@example.com` without its type."""
    value = block.first("original-recipient") or block.first("final-recipient")
    return value.rpartition(";")[2]


def _message_ids(root: Part, blocks: list[Fields], text: str) -> Iterator[str]:
    """Identifiers of the mail that the report is about: as reported, from the copy of it, or from the words."""
    yield from filter(None, (block.first("original-message-id").strip() for block in blocks))
    is_copied = False
    for part in _leaves(root):
        if part.media_type in _COPY:
            content = part.content() or b""
            copied = _fields(content, 0)[0].first("message-id")
            is_copied = is_copied or bool(copied)
            yield copied
    if not is_copied and not blocks:
        yield from _COPIED_ID.findall(text[:_SAMPLE])[:1]

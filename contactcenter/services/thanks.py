"""A resident who only says thank you: shown, found, and owed no answer.

It opens no closed ticket, makes nobody hurry, renews no promise, and is no new contact in the figures. A person sees it
on the ticket and in its row, and may open the ticket again. When in doubt it is an ordinary message.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.email.identity import bare_subject
from channels.email.quotes import own_words
from channels.email.signatures import tells_how_to_reach
from channels.message import InboundMessage
from contactcenter import clock
from contactcenter.model import Address, Agent, Entry, EntryMessage, Ticket
from contactcenter.model.words import Direction, EntryKind, EntryState, Priority, Status
from contactcenter.services import entries
from routing.thanks import MOST_CHARACTERS, is_only_thanks, says_nothing, words

_PARTS = re.compile(r"\s*[|·•,\n\r]\s*")
MOST_SIGNATURES = 20
"""Earlier messages whose signatures are looked at."""


def is_all(session: Session, ticket: Ticket, message: InboundMessage, priority: Priority) -> bool:
    """Whether `message`, an answer in `ticket`, says thanks and nothing else.

    Never when a program wrote it, with files, under a subject of its own, when something in it is urgent, or when we
    had asked something: then a thank you is an answer. What stands below the mark of a signature may be the rest of
    the answer, and counts as one unless it is known to say nothing.
    """
    if message.automatic or message.attachments or priority is Priority.URGENT:
        return False
    subject = bare_subject(message.subject)
    text = own_words(message.text[: _end(message)]).strip() or subject
    if len(text) > MOST_CHARACTERS or "?" in text:
        return False
    if subject and subject != bare_subject(ticket.subject) and not is_only_thanks(subject):
        return False
    if not is_only_thanks(text, _names(session, ticket, message)) or _have_asked(session, ticket):
        return False
    signature = _signature(message.text, message.signature_from, message.quoted_from)
    return _is_contact(signature, _own_names(message)) or _is_known(session, ticket, message, signature)


def _end(message: InboundMessage) -> int | None:
    """Where the writer's own words end, above the signature and what is quoted."""
    return message.quoted_from if message.signature_from is None else message.signature_from


def _signature(text: str, begins: int | None, ends: int | None) -> str:
    return "" if begins is None else text[begins:ends].strip()


def _is_contact(signature: str, names: frozenset[str]) -> bool:
    """Whether all of it is the writer's name, greetings, and how to reach them."""
    return all(tells_how_to_reach(part) or says_nothing(part, names) for part in _PARTS.split(signature))


def _is_known(session: Session, ticket: Ticket, message: InboundMessage, signature: str) -> bool:
    """Whether it stood, word for word, below an earlier message of this sender in the ticket."""
    earlier = session.execute(
        select(EntryMessage.text, EntryMessage.signature_from, EntryMessage.quoted_from)
        .join(Entry, Entry.id == EntryMessage.entry_id)
        .join(Address, Address.id == Entry.address_id)
        .where(Entry.ticket_id == ticket.id, Entry.direction == Direction.IN, Entry.kind == EntryKind.MESSAGE)
        .where(Address.value == message.sender.value, EntryMessage.signature_from.is_not(None))
        .order_by(Entry.seq.desc())
        .limit(MOST_SIGNATURES)
    )
    return any(_signature(*found).split() == signature.split() for found in earlier)


def received(session: Session, ticket: Ticket) -> dict[str, Any]:
    """Say so in the timeline; what the message itself keeps of it."""
    ticket.thanked_at = clock.now()
    entries.line(session, ticket, entries.event("thanked", closed=ticket.status is Status.CLOSED))
    return {"thanks": True}


def _names(session: Session, ticket: Ticket, message: InboundMessage) -> frozenset[str]:
    """Names that may stand in it: the writer's own, and those of colleagues who have written to them."""
    written = select(Entry.author_name).where(
        Entry.ticket_id == ticket.id, Entry.direction == Direction.OUT, Entry.kind == EntryKind.MESSAGE
    )
    owner = select(Agent.name).where(Agent.id == ticket.assignee_id)
    found = [*session.scalars(written.limit(50)), *session.scalars(owner)]
    return _own_names(message).union(word for name in found for word in words(name))


def _own_names(message: InboundMessage) -> frozenset[str]:
    local = message.sender.value.partition("@")[0]
    return frozenset(words(f"{message.sender.name} {local}"))


def _have_asked(session: Session, ticket: Ticket) -> bool:
    """Whether there is a question in the last answer that somebody wrote."""
    text = session.scalar(
        select(EntryMessage.text)
        .join(Entry, Entry.id == EntryMessage.entry_id)
        .where(Entry.ticket_id == ticket.id, Entry.direction == Direction.OUT, Entry.kind == EntryKind.MESSAGE)
        .where(Entry.state != EntryState.FAILED, Entry.agent_id.is_not(None))
        .order_by(Entry.seq.desc())
        .limit(1)
    )
    return text is not None and "?" in text

"""Writes lines into a ticket's timeline. Every line goes through `append`, which numbers it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from contactcenter import clock, search
from contactcenter.access import Actor
from contactcenter.model import Attachment, Entry, EntryMessage, EntryNote, Ticket
from contactcenter.model.words import ChannelKind, Direction, EntryKind, EntryState, Verification

PREVIEW_CHARACTERS = 180


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file whose bytes are already durable in the blob store."""

    name: str
    media_type: str
    size: int
    key: str
    content_id: str = ""
    inline: bool = False
    problem: str = ""


@dataclass(slots=True)
class NewEntry:
    """What a new line says of itself; the rest follows from the ticket."""

    kind: EntryKind
    direction: Direction
    channel: ChannelKind | None = None
    agent_id: int | None = None
    address_id: int | None = None
    author_name: str = ""
    verification: Verification = Verification.CLAIMED
    state: EntryState = EntryState.RECEIVED
    at: datetime | None = None
    message_id: str | None = None
    content_key: str | None = None
    content_scope: str = ""
    inbox_id: int | None = None
    outcome: str = ""
    data: dict[str, Any] = field(default_factory=dict)


def line(session: Session, ticket: Ticket, new: NewEntry) -> Entry:
    """A line of `ticket`, whose row the caller holds, with the next `seq`. It is written at the next flush."""
    ticket.last_seq += 1
    entry = Entry(
        ticket=ticket,
        seq=ticket.last_seq,
        kind=new.kind,
        direction=new.direction,
        channel=new.channel,
        agent_id=new.agent_id,
        address_id=new.address_id,
        author_name=new.author_name[:300],
        verification=new.verification,
        office_id=ticket.office_id,
        state=new.state,
        at=new.at or clock.now(),
        message_id=new.message_id,
        content_key=new.content_key,
        content_scope=new.content_scope,
        inbox_id=new.inbox_id,
        outcome=new.outcome,
        data=new.data,
    )
    session.add(entry)
    return entry


def append(session: Session, ticket: Ticket, new: NewEntry) -> Entry:
    """A line of `ticket`, written at once, so that it has its id."""
    entry = line(session, ticket, new)
    session.flush()
    return entry


def add_message(session: Session, ticket: Ticket, entry: Entry, body: EntryMessage) -> None:
    """Give a written line its body, make it findable, and repeat its beginning on the ticket."""
    show(ticket, entry, body)
    body.entry_id = entry.id
    session.add(body)
    index(session, ticket, entry, body)


def show(ticket: Ticket, entry: Entry, body: EntryMessage) -> None:
    """Repeat the newest message on the ticket, where lists read it."""
    ticket.preview = preview(body)
    ticket.last_message_at = entry.at
    if entry.channel is not None:
        ticket.channel = entry.channel


def index(session: Session, ticket: Ticket, entry: Entry, body: EntryMessage) -> None:
    """Make a written message findable by its words, its ticket's number and subject, and who wrote it.

    A protected identity is not findable by name or address.
    """
    is_protected = ticket.person is not None and ticket.person.protected_identity
    names = () if is_protected else (entry.author_name, ticket.sender)
    search.index(
        session,
        ticket_id=ticket.id,
        entry_id=entry.id,
        domain_id=ticket.domain_id,
        text=" ".join((f"{ticket.number}", ticket.subject, *names, body.text)),
    )


def preview(body: EntryMessage) -> str:
    """The beginning of a message, without its signature and what it quotes unless that is all."""
    cuts = [cut for cut in (body.quoted_from, body.signature_from) if cut is not None]
    written = body.text[: min(cuts)].strip() or body.text if cuts else body.text
    return " ".join(written[: PREVIEW_CHARACTERS * 3].split())[:PREVIEW_CHARACTERS]


def add_note(session: Session, ticket: Ticket, actor: Actor, text: str) -> Entry:
    """Write an internal note. It can never leave: nothing that renders for outside reads its table."""
    entry = append(
        session,
        ticket,
        NewEntry(
            EntryKind.NOTE, Direction.INTERNAL, agent_id=actor.agent_id, author_name=actor.name, state=EntryState.SENT
        ),
    )
    session.add(EntryNote(entry_id=entry.id, text=text))
    search.index(session, ticket_id=ticket.id, entry_id=entry.id, domain_id=ticket.domain_id, text=text)
    return entry


def event(what: str, actor: Actor | None = None, **data: Any) -> NewEntry:
    """That something happened to a ticket; `what` is a word that the page knows how to tell."""
    return NewEntry(
        EntryKind.EVENT,
        Direction.INTERNAL,
        agent_id=actor.agent_id if actor else None,
        author_name=actor.name if actor else "",
        state=EntryState.SENT,
        data={"what": what, **data},
    )


def add_event(session: Session, ticket: Ticket, what: str, actor: Actor | None = None, **data: Any) -> Entry:
    """Write that something happened to the ticket."""
    return append(session, ticket, event(what, actor, **data))


def add_files(session: Session, ticket: Ticket, entry: Entry, files: tuple[StoredFile, ...]) -> None:
    """Attach stored files to a written line."""
    for row in attachments(ticket, files):
        row.entry_id = entry.id
        session.add(row)


def attachments(ticket: Ticket, files: tuple[StoredFile, ...]) -> list[Attachment]:
    """The rows of stored files, in the domain of their ticket."""
    return [
        Attachment(
            domain_id=ticket.domain_id,
            name=file.name,
            media_type=file.media_type,
            size=file.size,
            sha256=file.key,
            blob_key=file.key,
            content_id=file.content_id,
            inline=file.inline,
            problem=file.problem,
        )
        for file in files
    ]

"""The timeline of a ticket. An entry has no body: messages and notes live apart, so that a note cannot leak."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from contactcenter.db import Model
from contactcenter.model.columns import Created, optional_reference, reference
from contactcenter.model.organisation import Agent
from contactcenter.model.person import Address
from contactcenter.model.ticket import Ticket
from contactcenter.model.words import (
    ChannelKind,
    Direction,
    DraftKind,
    EntryKind,
    EntryState,
    Verification,
    word,
)


class Entry(Created, Model):
    """One line of the timeline. `seq` counts within the ticket.

    `message_id` is what the mail says; strangers choose theirs, so only ours are unique (`own_message_id`).
    `form_key` is made by the page once for each answer or note, so that a double click writes one.
    Ids are signed into our Message-IDs and never given again.
    `content_key` recognises one mail delivered twice to the same ticket, or to the
    same domain (`content_scope`). `external_id` is a provider's id. `data` describes events.
    """

    __tablename__ = "entry"
    __table_args__ = (
        UniqueConstraint("ticket_id", "seq"),
        UniqueConstraint("ticket_id", "form_key"),
        UniqueConstraint("channel", "external_id"),
        UniqueConstraint("channel", "content_key", "content_scope"),
        {"sqlite_autoincrement": True},
    )

    ticket_id: Mapped[int] = reference("ticket.id")
    seq: Mapped[int]
    kind: Mapped[EntryKind] = mapped_column(word(EntryKind))
    direction: Mapped[Direction] = mapped_column(word(Direction))
    channel: Mapped[ChannelKind | None] = mapped_column(word(ChannelKind))
    agent_id: Mapped[int | None] = optional_reference("agent.id")
    address_id: Mapped[int | None] = optional_reference("address.id")
    author_name: Mapped[str] = mapped_column(String(300), default="")
    verification: Mapped[Verification] = mapped_column(word(Verification), default=Verification.CLAIMED)
    office_id: Mapped[int | None] = optional_reference("office.id")
    outcome: Mapped[str] = mapped_column(String(32), default="")
    contact_reason: Mapped[str] = mapped_column(String(100), default="")
    at: Mapped[datetime]
    message_id: Mapped[str | None] = mapped_column(String(998))
    own_message_id: Mapped[str | None] = mapped_column(String(200), unique=True)
    form_key: Mapped[str | None] = mapped_column(String(100))
    external_id: Mapped[str | None] = mapped_column(String(200))
    content_key: Mapped[str | None] = mapped_column(String(64))
    content_scope: Mapped[str] = mapped_column(String(32), default="")
    inbox_id: Mapped[int | None] = mapped_column(index=True)
    state: Mapped[EntryState] = mapped_column(word(EntryState), default=EntryState.RECEIVED)
    failure: Mapped[str] = mapped_column(Text, default="")
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)

    ticket: Mapped[Ticket] = relationship()
    agent: Mapped[Agent | None] = relationship()
    address: Mapped[Address | None] = relationship()
    message: Mapped[EntryMessage | None] = relationship()
    attachments: Mapped[list[Attachment]] = relationship(order_by="Attachment.id")


Index(
    "ix_entry_message_id",
    Entry.message_id,
    postgresql_where=Entry.message_id.is_not(None),
    sqlite_where=Entry.message_id.is_not(None),
)


class EntryMessage(Created, Model):
    """What was said between the resident and us: the only body that may ever leave the house.

    `signature_from` and `quoted_from` are where the writer's signature and what they quote begin in `text`, which is
    whole. `protection` is `signed` or `encrypted` as a mail claims of itself; nothing is verified.
    `signature` is what is put below an answer of ours, as it was when the answer was promised: whatever is renamed
    since, each attempt sends the same, and it can be seen what the resident got. `blind_copies` of an answer of ours
    are seen by staff and stand in no header.
    """

    __tablename__ = "entry_message"

    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id", ondelete="CASCADE"), unique=True)
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    quoted_from: Mapped[int | None]
    signature_from: Mapped[int | None]
    protection: Mapped[str] = mapped_column(String(16), default="")
    language: Mapped[str] = mapped_column(String(8), default="")
    doubt: Mapped[str] = mapped_column(String(40), default="")
    automatic: Mapped[str] = mapped_column(String(40), default="")
    has_remote_images: Mapped[bool] = mapped_column(default=False)
    recipients: Mapped[list[str]] = mapped_column(default=list)
    copies: Mapped[list[str]] = mapped_column(default=list)
    blind_copies: Mapped[list[str]] = mapped_column(default=list)
    signature: Mapped[str] = mapped_column(Text, default="")
    references: Mapped[list[str]] = mapped_column(default=list)


ACKNOWLEDGEMENT = "acknowledgement"
"""What `EntryMessage.automatic` calls our own word that a message has arrived: no answer, and nobody's."""
IS_BY_PROGRAM = EntryMessage.automatic.in_(("bounce", "receipt", ACKNOWLEDGEMENT))
"""What another server says of our mail, or we by ourselves: nobody said it to anybody."""


class EntryNote(Created, Model):
    """What we say among ourselves. Nothing that renders for outside may import this table."""

    __tablename__ = "entry_note"

    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id", ondelete="CASCADE"), unique=True)
    text: Mapped[str] = mapped_column(Text)


class Draft(Created, Model):
    """What an agent is writing and has not sent; one for each ticket, agent and face of the composer.

    `recipients`, `copies` and `blind_copies` are kept as they were typed. Empty recipients are the usual one, whoever
    that is when it is sent.
    """

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("ticket_id", "agent_id", "kind"),)

    ticket_id: Mapped[int] = reference("ticket.id", cascade=True)
    agent_id: Mapped[int] = reference("agent.id", index=True, cascade=True)
    kind: Mapped[DraftKind] = mapped_column(word(DraftKind))
    channel: Mapped[ChannelKind] = mapped_column(word(ChannelKind), default=ChannelKind.EMAIL)
    text: Mapped[str] = mapped_column(Text, default="")
    recipients: Mapped[str] = mapped_column(Text, default="")
    copies: Mapped[str] = mapped_column(Text, default="")
    blind_copies: Mapped[str] = mapped_column(Text, default="")
    seq: Mapped[int] = mapped_column(default=0)
    seen_seq: Mapped[int] = mapped_column(default=0)
    saved_at: Mapped[datetime]


class Attachment(Created, Model):
    """A file of an entry, or of a draft until it is sent. `problem` says why it could not be read."""

    __tablename__ = "attachment"

    entry_id: Mapped[int | None] = optional_reference("entry.id", index=True)
    draft_id: Mapped[int | None] = optional_reference("draft.id", index=True)
    domain_id: Mapped[int] = reference("domain.id")
    name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(127))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    blob_key: Mapped[str] = mapped_column(String(200))
    content_id: Mapped[str] = mapped_column(String(255), default="")
    inline: Mapped[bool] = mapped_column(default=False)
    problem: Mapped[str] = mapped_column(String(300), default="")

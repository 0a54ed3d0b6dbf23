"""What is decided about mail beside its ticket: what is parked, whose mail always is, and how it is acknowledged."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, and_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from contactcenter.db import Model
from contactcenter.model.columns import Created, optional_reference, reference
from contactcenter.model.organisation import Agent
from contactcenter.model.ticket import Ticket


class ParkedMail(Created, Model):
    """A mail that nobody has to answer, with its `reason` (a code): shown in a list of its own, never thrown away.

    It was written about `ticket`, or about none; then `domain` says who may see it. `handled_at` is when somebody said
    that it needs nothing more, or took it in after all (`taken_in`). `text` is how it begins, for the list: the mail
    itself is the blob of its inbox row. The same mail delivered twice (`content_key`) is parked once in a domain.
    """

    __tablename__ = "parked_mail"
    __table_args__ = (UniqueConstraint("content_key", "domain_id"),)

    inbox_id: Mapped[int] = mapped_column(ForeignKey("inbox.id"), unique=True)
    ticket_id: Mapped[int | None] = optional_reference("ticket.id", index=True)
    domain_id: Mapped[int] = reference("domain.id")
    reason: Mapped[str] = mapped_column(String(24))
    sender: Mapped[str] = mapped_column(String(320), default="")
    sender_name: Mapped[str] = mapped_column(String(300), default="")
    subject: Mapped[str] = mapped_column(String(998), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    content_key: Mapped[str | None] = mapped_column(String(64))
    handled_at: Mapped[datetime | None]
    agent_id: Mapped[int | None] = optional_reference("agent.id")
    taken_in: Mapped[bool] = mapped_column(default=False)

    ticket: Mapped[Ticket | None] = relationship()
    agent: Mapped[Agent | None] = relationship()


_UNHANDLED = ParkedMail.handled_at.is_(None)
_ABOUT = and_(_UNHANDLED, ParkedMail.ticket_id.is_not(None))
Index("ix_parked_mail_unhandled", ParkedMail.id, postgresql_where=_UNHANDLED, sqlite_where=_UNHANDLED)
Index("ix_parked_mail_about", ParkedMail.id, postgresql_where=_ABOUT, sqlite_where=_ABOUT)


class Acknowledged(Created, Model):
    """That an acknowledgement was promised, to be counted: how many there may be is bounded in several ways.

    `mail_domain` is that of the address, `likeness` the same for messages that differ only in digits.
    """

    __tablename__ = "acknowledged"
    __table_args__ = (
        Index("ix_acknowledged_address", "address_id", "created_at"),
        Index("ix_acknowledged_domain", "mail_domain", "created_at"),
        Index("ix_acknowledged_newest", "created_at"),
    )

    entry_id: Mapped[int] = reference("entry.id", cascade=True)
    ticket_id: Mapped[int] = reference("ticket.id", index=True)
    address_id: Mapped[int] = reference("address.id")
    mail_domain: Mapped[str] = mapped_column(String(255))
    likeness: Mapped[str] = mapped_column(String(64))

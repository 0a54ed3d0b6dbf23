"""The mailboxes that are read for us, and the ledger of their mails."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from contactcenter.db import Model
from contactcenter.model.columns import Created, optional_reference


class MailboxState(Created, Model):
    """How far a mailbox of the settings has been read, and how that goes.

    Every mail up to `last_uid` of `uidvalidity` is in the ledger. One process reads it at a time: it holds
    `lease_until` and knows `attempt`, the fencing number. `failing_since`, `error_code` and `error` are empty while
    all is well; `warning` is what goes wrong beside it (mails that cannot be moved). `difference` is how many mails the
    server had and the ledger lacked when they were compared.
    """

    __tablename__ = "mailbox_state"

    name: Mapped[str] = mapped_column(String(40), unique=True)
    uidvalidity: Mapped[int] = mapped_column(BigInteger, default=0)
    last_uid: Mapped[int] = mapped_column(BigInteger, default=0)
    lease_until: Mapped[datetime | None]
    attempt: Mapped[int] = mapped_column(default=0)
    last_ok_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    error_code: Mapped[str] = mapped_column(String(16), default="")
    error: Mapped[str] = mapped_column(Text, default="")
    warning: Mapped[str] = mapped_column(Text, default="")
    reconciled_at: Mapped[datetime | None]
    difference: Mapped[int | None]


class MailUid(Created, Model):
    """The ledger: each mail that a server has shown us, once, and which message of the inbox it is.

    What became of it is told by that message. `is_repeat`: the same bytes were in the inbox already. `problem` is why
    the mail itself could not be had: `too_large`, `refused` or `failed`, with a notice in its place, or `gone`,
    which has none. `finished_at`: what is to be done with it on the server has been done.
    """

    __tablename__ = "mail_uid"
    __table_args__ = (UniqueConstraint("mailbox", "uidvalidity", "uid"),)

    mailbox: Mapped[str] = mapped_column(String(40))
    uidvalidity: Mapped[int] = mapped_column(BigInteger)
    uid: Mapped[int] = mapped_column(BigInteger)
    inbox_id: Mapped[int | None] = optional_reference("inbox.id", index=True)
    is_repeat: Mapped[bool]
    problem: Mapped[str] = mapped_column(String(24), default="")
    finished_at: Mapped[datetime | None]


Index("ix_mail_uid_newest", MailUid.mailbox, MailUid.id)
_UNFINISHED = MailUid.finished_at.is_(None)
Index(
    "ix_mail_uid_unfinished",
    MailUid.mailbox,
    MailUid.uidvalidity,
    MailUid.uid,
    postgresql_where=_UNFINISHED,
    sqlite_where=_UNFINISHED,
)

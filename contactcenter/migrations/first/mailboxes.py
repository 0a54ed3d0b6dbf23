"""Revision 0001: the mailboxes that are read for us, and the ledger of their mails."""

from __future__ import annotations

import sqlalchemy as sa

from contactcenter.migrations.columns import column, flag, index, moment, number, ref, table, text, unique


def create() -> None:
    """Make the tables."""
    table(
        "mailbox_state",
        text("name", 40, unique=True),
        column("uidvalidity", sa.BigInteger()),
        column("last_uid", sa.BigInteger()),
        moment("lease_until", null=True),
        number("attempt"),
        moment("last_ok_at", null=True),
        moment("failing_since", null=True),
        text("error_code", 16),
        text("error"),
        text("warning"),
        moment("reconciled_at", null=True),
        number("difference", null=True),
    )
    table(
        "mail_uid",
        text("mailbox", 40),
        column("uidvalidity", sa.BigInteger()),
        column("uid", sa.BigInteger()),
        ref("inbox_id", "inbox", null=True, index=True),
        flag("is_repeat"),
        text("problem", 24),
        moment("finished_at", null=True),
        unique("mailbox", "uidvalidity", "uid"),
    )
    index("ix_mail_uid_newest", "mail_uid", "mailbox", "id")
    index("ix_mail_uid_unfinished", "mail_uid", "mailbox", "uidvalidity", "uid", where="finished_at IS NULL")

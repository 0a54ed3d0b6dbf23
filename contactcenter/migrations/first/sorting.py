"""Revision 0001: what is decided about mail beside its ticket."""

from __future__ import annotations

from contactcenter.migrations.columns import flag, index, moment, ref, table, text, unique


def create() -> None:
    """Make the tables."""
    table(
        "parked_mail",
        ref("inbox_id", "inbox", unique=True),
        ref("ticket_id", "ticket", null=True, index=True),
        ref("domain_id", "domain"),
        text("reason", 24),
        text("sender", 320),
        text("sender_name", 300),
        text("subject", 998),
        text("text"),
        text("content_key", 64, null=True),
        moment("handled_at", null=True),
        ref("agent_id", "agent", null=True),
        flag("taken_in"),
        unique("content_key", "domain_id"),
    )
    index("ix_parked_mail_unhandled", "parked_mail", "id", where="handled_at IS NULL")
    index("ix_parked_mail_about", "parked_mail", "id", where="handled_at IS NULL AND ticket_id IS NOT NULL")
    table("sender_rule", text("pattern", 320, unique=True), text("action", 16), text("note", 300))
    table(
        "acknowledgement",
        ref("topic_id", "topic", null=True),
        ref("office_id", "office", null=True),
        text("language", 8),
        text("subject", 200),
        text("text"),
        flag("active"),
        unique("topic_id", "office_id", "language"),
    )
    table(
        "acknowledged",
        ref("entry_id", "entry", cascade=True),
        ref("ticket_id", "ticket", index=True),
        ref("address_id", "address"),
        text("mail_domain", 255),
        text("likeness", 64),
    )
    index("ix_acknowledged_address", "acknowledged", "address_id", "created_at")
    index("ix_acknowledged_domain", "acknowledged", "mail_domain", "created_at")
    index("ix_acknowledged_newest", "acknowledged", "created_at")

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
    table("sender_rule", text("pattern", 320, unique=True), text("action", 16), text("note", 300))

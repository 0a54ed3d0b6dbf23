"""Revision 0001: tickets, who else sees them, and why they are where they are."""

from __future__ import annotations

import sqlalchemy as sa

from contactcenter.migrations.columns import column, flag, index, json, moment, number, ref, table, text, unique, word


def create() -> None:
    """Make the tables."""
    _tickets()
    _queues()
    _around()


def _tickets() -> None:
    table(
        "ticket",
        number("number", unique=True),
        text("public_token", 64, unique=True),
        text("subject", 500),
        word("status"),
        word("priority"),
        number("rank"),
        flag("sensitive"),
        ref("person_id", "person", null=True, index=True),
        ref("address_id", "address", null=True, index=True),
        ref("topic_id", "topic", null=True),
        ref("office_id", "office", null=True),
        ref("team_id", "team"),
        ref("assignee_id", "agent", null=True),
        ref("domain_id", "domain"),
        text("district", 100),
        text("language", 8),
        text("interpreter", 8),
        number("rev"),
        number("last_seq"),
        moment("waiting_since"),
        moment("last_message_at"),
        moment("first_reply_at", null=True),
        moment("first_reply_due", null=True),
        moment("reply_owed_since", null=True),
        moment("resolve_due", null=True),
        moment("snoozed_until", null=True),
        moment("closed_at", null=True),
        text("outcome", 32),
        text("contact_reason", 100),
        text("registry_ref", 100),
        word("channel"),
        text("sender", 320),
        text("preview", 200),
        flag("new_reply"),
        ref("related_ticket_id", "ticket", null=True),
        word("related_as", null=True),
        moment("thanked_at", null=True),
        flag("is_demo"),
        text("trace", 16),
        once=True,
    )


def _queues() -> None:
    order = ("rank", "waiting_since", "id")
    is_open = "status != 'closed'"
    counted = ("status", "domain_id")
    index("ix_ticket_queue", "ticket", *order, *counted, where=is_open)
    index("ix_ticket_unassigned", "ticket", *order, *counted, where=f"{is_open} AND assignee_id IS NULL")
    index("ix_ticket_status_queue", "ticket", "status", *order, "domain_id", where=is_open)
    index("ix_ticket_assignee_queue", "ticket", "assignee_id", *order, *counted, where=is_open)
    for column_name in ("team_id", "topic_id", "office_id"):
        index(f"ix_ticket_{column_name.removesuffix('_id')}_queue", "ticket", column_name, *order, where=is_open)
    # SQLite uses a partial index for its own spelling alone, and there SQLAlchemy writes `= 1`.
    replied = sa.column("new_reply", sa.Boolean()) == sa.true()
    index("ix_ticket_new_reply", "ticket", *order, "assignee_id", *counted, where=replied)
    index("ix_ticket_closed", "ticket", "closed_at", "id", where="status = 'closed'")
    index("ix_ticket_owed", "ticket", "id", where="reply_owed_since IS NOT NULL")
    index("ix_ticket_related", "ticket", "related_ticket_id", where="related_ticket_id IS NOT NULL")
    index("ix_ticket_snoozed", "ticket", "snoozed_until", where="snoozed_until IS NOT NULL")


def _around() -> None:
    table(
        "decision",
        ref("ticket_id", "ticket", cascade=True, index=True),
        ref("topic_id", "topic", null=True),
        ref("team_id", "team"),
        ref("office_id", "office", null=True),
        text("rule", 64),
        number("rule_version"),
        column("confidence", sa.Double()),
        json("reasons"),
        json("candidates"),
        ref("corrected_by_id", "agent", null=True),
        ref("previous_topic_id", "topic", null=True),
    )
    table(
        "ticket_grant",
        ref("ticket_id", "ticket", cascade=True),
        ref("agent_id", "agent", null=True, index=True),
        ref("team_id", "team", null=True, index=True),
        text("ground"),
        unique("ticket_id", "agent_id"),
        unique("ticket_id", "team_id"),
    )
    table(
        "ticket_team",
        ref("ticket_id", "ticket", cascade=True),
        ref("team_id", "team", index=True),
        unique("ticket_id", "team_id"),
    )

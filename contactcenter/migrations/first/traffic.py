"""Revision 0001: what arrives, what is promised to leave, what changed and who did it."""

from __future__ import annotations

import sqlalchemy as sa

from contactcenter.migrations.columns import column, flag, index, json, moment, number, ref, table, text, unique, word


def create() -> None:
    """Make the tables."""
    table(
        "outbox",
        text("kind", 32),
        column("subject_id", sa.BigInteger(), index=True),
        json("payload"),
        moment("due_at"),
        moment("tried_at", null=True),
        moment("lease_until", null=True),
        number("attempt"),
        number("lost"),
        moment("done_at", null=True),
        text("outcome", 16),
        text("error"),
    )
    index("ix_outbox_owed", "outbox", "due_at", where="done_at IS NULL")
    index("uq_outbox_answer", "outbox", "subject_id", where="done_at IS NULL AND kind = 'deliver'", once=True)
    table(
        "audit",
        ref("agent_id", "agent", null=True, index=True),
        ref("subject_id", "agent", null=True, index=True),
        text("verb", 40),
        ref("ticket_id", "ticket", null=True),
        ref("domain_id", "domain", null=True),
        text("peer", 64),
        json("data"),
    )
    index("ix_audit_ticket", "audit", "ticket_id", "id")
    index("ix_audit_of_colleagues", "audit", "id", where="subject_id IS NOT NULL")
    table(
        "setting_change",
        text("kind", 40),
        text("key", 320),
        ref("agent_id", "agent", null=True, index=True),
        json("before"),
        json("after"),
    )
    index("ix_setting_change_object", "setting_change", "kind", "key", "id")
    table(
        "event",
        column("xid", sa.BigInteger()),
        ref("ticket_id", "ticket"),
        number("number"),
        number("rev"),
        ref("domain_id", "domain"),
        ref("team_id", "team"),
        ref("agent_id", "agent", null=True),
        text("kind", 32),
    )
    index("ix_event_order", "event", "xid", "id")
    table(
        "inbox",
        word("channel"),
        text("dedupe_key", 64),
        text("raw_key", 200),
        number("size"),
        text("envelope_from", 320),
        json("envelope_to"),
        text("peer", 64),
        word("state"),
        text("reason", 40),
        text("error"),
        number("attempts"),
        number("failures"),
        number("lost"),
        moment("lease_until", null=True),
        number("seen_count"),
        ref("ticket_id", "ticket", null=True),
        ref("domain_id", "domain", null=True),
        flag("promoted"),
        unique("channel", "dedupe_key"),
    )
    table(
        "process",
        text("name", 200, unique=True),
        text("kind", 20),
        text("version", 40),
        moment("seen_at"),
        text("figures"),
    )
    table(
        "open_ticket",
        text("process", 200),
        text("sid", 64),
        number("number", index=True),
        ref("agent_id", "agent", cascade=True),
        text("what", 8),
        unique("process", "sid"),
    )
    index("ix_inbox_quarantined", "inbox", "id", where="state = 'quarantined'")
    index("ix_inbox_waiting", "inbox", "lost", "id", where="state = 'waiting'")
    table(
        "webhook",
        text("name", 100, unique=True),
        text("url", 2000),
        ref("agent_id", "agent"),
        json("events"),
        number("key_number"),
        moment("key_changed_at", null=True),
        moment("failing_since", null=True),
        moment("paused_at", null=True),
        text("pause_reason", 300),
        once=True,
    )
    table(
        "timer",
        text("kind", 32),
        column("subject_id", sa.BigInteger()),
        moment("due_at"),
        moment("lease_until", null=True),
        number("attempt"),
        moment("done_at", null=True),
        unique("kind", "subject_id"),
        once=True,
    )
    index("ix_timer_ticking", "timer", "due_at", where="done_at IS NULL")

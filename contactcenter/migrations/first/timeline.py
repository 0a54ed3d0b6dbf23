"""Revision 0001: the timeline of tickets, drafts and files."""

from __future__ import annotations

from contactcenter.migrations.columns import flag, index, json, moment, number, ref, table, text, unique, word


def create() -> None:
    """Make the tables."""
    _entries()
    _drafts()


def _entries() -> None:
    table(
        "entry",
        ref("ticket_id", "ticket"),
        number("seq"),
        word("kind"),
        word("direction"),
        word("channel", null=True),
        ref("agent_id", "agent", null=True),
        ref("address_id", "address", null=True),
        text("author_name", 300),
        word("verification"),
        ref("office_id", "office", null=True),
        text("outcome", 32),
        text("contact_reason", 100),
        moment("at"),
        text("message_id", 998, null=True),
        text("own_message_id", 200, null=True, unique=True),
        text("form_key", 100, null=True),
        text("external_id", 200, null=True),
        text("content_key", 64, null=True),
        text("content_scope", 32),
        number("inbox_id", null=True, index=True),
        word("state"),
        text("failure"),
        json("data"),
        unique("ticket_id", "seq"),
        unique("ticket_id", "form_key"),
        unique("channel", "external_id"),
        unique("channel", "content_key", "content_scope"),
        once=True,
    )
    index("ix_entry_message_id", "entry", "message_id", where="message_id IS NOT NULL")
    table(
        "entry_message",
        ref("entry_id", "entry", cascade=True, unique=True),
        text("text"),
        text("html", null=True),
        number("quoted_from", null=True),
        number("signature_from", null=True),
        text("protection", 16),
        text("language", 8),
        text("doubt", 40),
        text("automatic", 40),
        flag("has_remote_images"),
        json("recipients"),
        json("copies"),
        json("blind_copies"),
        text("signature"),
        json("references"),
    )
    table(
        "entry_note",
        ref("entry_id", "entry", cascade=True, unique=True),
        text("text"),
    )


def _drafts() -> None:
    table(
        "draft",
        ref("ticket_id", "ticket", cascade=True),
        ref("agent_id", "agent", cascade=True, index=True),
        word("kind"),
        word("channel"),
        text("text"),
        text("recipients"),
        text("copies"),
        text("blind_copies"),
        number("seq"),
        number("seen_seq"),
        moment("saved_at"),
        unique("ticket_id", "agent_id", "kind"),
    )
    table(
        "attachment",
        ref("entry_id", "entry", null=True, index=True),
        ref("draft_id", "draft", null=True, index=True),
        ref("domain_id", "domain"),
        text("name", 255),
        text("media_type", 127),
        number("size"),
        text("sha256", 64, index=True),
        text("blob_key", 200),
        text("content_id", 255),
        flag("inline"),
        text("problem", 300),
    )

"""Revision 0001: who writes to us."""

from __future__ import annotations

from contactcenter.migrations.columns import flag, moment, ref, table, text, unique, word


def create() -> None:
    """Make the tables."""
    table(
        "address",
        word("kind"),
        text("value", 320),
        moment("bounced_at", null=True),
        unique("kind", "value"),
    )
    table(
        "person",
        word("kind"),
        text("name", 300),
        text("language", 8),
        text("preferred_channel", 16),
        flag("protected_identity"),
        text("safe_contact"),
        ref("merged_into_id", "person", null=True),
    )
    table(
        "person_address",
        ref("person_id", "person"),
        ref("address_id", "address", index=True),
        moment("verified_at", null=True),
        unique("person_id", "address_id"),
    )

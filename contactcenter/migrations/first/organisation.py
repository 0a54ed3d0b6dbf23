"""Revision 0001: the municipality, its staff and how it decides."""

from __future__ import annotations

import sqlalchemy as sa

from contactcenter.migrations.columns import column, flag, index, json, moment, number, ref, table, text, unique, word


def create() -> None:
    """Make the tables."""
    _staff()
    _accounts()
    _skills()
    _domains()
    _offices()
    _routing()
    _appearance()


def _staff() -> None:
    table(
        "agent",
        text("login", 320, unique=True),
        text("name", 200),
        text("password_hash", 200),
        word("role"),
        json("languages"),
        text("title", 200),
        text("locale", 8),
        text("theme", 8),
        text("density", 8),
        flag("shortcuts"),
        flag("is_demo"),
        flag("is_service"),
        number("capacity"),
        number("rights_rev"),
        moment("disabled_at", null=True),
    )
    table(
        "team",
        text("slug", 64, unique=True),
        text("name", 200),
        text("role_name", 200),
        text("mail_address", 320),
        text("signature"),
        flag("is_first_line"),
    )
    table(
        "team_member",
        ref("team_id", "team"),
        ref("agent_id", "agent", cascade=True, index=True),
        unique("team_id", "agent_id"),
    )


def _accounts() -> None:
    table(
        "agent_session",
        text("token_hash", 64, unique=True),
        ref("agent_id", "agent", cascade=True, index=True),
        moment("seen_at"),
        moment("expires_at"),
        text("peer", 64),
    )
    table(
        "agent_link",
        ref("agent_id", "agent", cascade=True, index=True),
        word("purpose"),
        text("token_hash", 64, unique=True),
        text("nonce", 64),
        moment("expires_at"),
        moment("ended_at", null=True),
    )
    table(
        "api_token",
        text("name", 100),
        ref("agent_id", "agent", cascade=True, index=True),
        text("token_hash", 64, unique=True),
        json("scopes"),
        moment("used_at", null=True),
        moment("revoked_at", null=True),
    )
    table(
        "api_request",
        ref("token_id", "api_token", cascade=True),
        text("key", 255),
        text("fingerprint", 64),
        number("status"),
        json("answer"),
        unique("token_id", "key"),
    )
    table(
        "login_attempt",
        text("key", 80, unique=True),
        moment("window_start"),
        number("failures"),
    )


def _skills() -> None:
    table(
        "skill",
        text("name", 80, unique=True),
    )
    table(
        "agent_skill",
        ref("agent_id", "agent", cascade=True),
        ref("skill_id", "skill", cascade=True, index=True),
        unique("agent_id", "skill_id"),
    )


def _domains() -> None:
    table(
        "domain",
        text("slug", 64, unique=True),
        text("name", 200),
        text("name_en", 200),
    )
    table(
        "domain_grant",
        ref("domain_id", "domain"),
        ref("agent_id", "agent", null=True, index=True),
        ref("team_id", "team", null=True, index=True),
        unique("domain_id", "agent_id"),
        unique("domain_id", "team_id"),
    )


def _offices() -> None:
    table(
        "office",
        text("slug", 64, unique=True),
        text("name", 200),
        word("kind"),
        text("street_address", 300),
        text("district", 100),
        text("owner_board", 200),
        text("operator", 200),
        text("host", 200),
        text("phone", 40),
        text("mail_address", 320),
        text("signature"),
        json("languages"),
        json("place_names"),
        json("landmarks"),
        json("services"),
        flag("discreet"),
        column("valid_from", sa.Date(), null=True),
        column("valid_to", sa.Date(), null=True),
    )
    table(
        "district",
        text("name", 100, unique=True),
        json("place_names"),
    )
    table(
        "calendar_exception",
        ref("office_id", "office", cascade=True),
        column("day", sa.Date()),
        column("opens", sa.Time(), null=True),
        column("closes", sa.Time(), null=True),
        text("reason", 300),
        unique("office_id", "day", "opens"),
    )
    table(
        "opening_interval",
        ref("office_id", "office", cascade=True, index=True),
        number("weekday"),
        column("opens", sa.Time()),
        column("closes", sa.Time()),
        text("weeks", 8),
        column("valid_from", sa.Date(), null=True),
        column("valid_to", sa.Date(), null=True),
    )
    table(
        "service_offer",
        ref("office_id", "office", cascade=True, index=True),
        ref("team_id", "team", null=True),
        text("name", 200),
        number("weekday"),
        column("starts", sa.Time()),
        column("ends", sa.Time()),
        text("mode", 16),
        text("language", 8),
    )


def _appearance() -> None:
    table(
        "appearance",
        text("slug", 64, unique=True),
        text("shown_name", 60),
        text("brand", 7),
        text("on_brand", 7),
        text("brand_dark", 7),
        text("on_brand_dark", 7),
        text("radius", 16),
        text("logo_key", 64),
        text("logo_type", 32),
    )


def _routing() -> None:
    table(
        "topic",
        text("slug", 64, unique=True),
        text("name", 200),
        text("name_en", 200),
        text("department", 200),
        ref("parent_id", "topic", null=True),
        ref("team_id", "team"),
        ref("domain_id", "domain"),
        word("sensitivity"),
        word("priority"),
        json("phrases"),
        number("reopen_days", null=True),
        flag("active"),
    )
    table(
        "reply_target",
        ref("topic_id", "topic", null=True),
        text("channel", 24),
        text("priority", 24),
        number("count", null=True),
        text("unit", 8),
        unique("topic_id", "channel", "priority"),
    )
    index("uq_reply_target_of_every_topic", "reply_target", "channel", "priority", where="topic_id IS NULL", once=True)
    table(
        "routing_rule",
        number("position", index=True),
        text("slug", 64, unique=True),
        text("name", 300),
        json("conditions"),
        json("actions"),
        flag("stop"),
        flag("active"),
        number("version"),
    )
    table(
        "our_address",
        text("address", 320, unique=True),
        ref("topic_id", "topic", null=True),
        ref("team_id", "team", null=True),
        ref("office_id", "office", null=True),
        ref("domain_id", "domain", null=True),
    )
    table(
        "canned_reply",
        text("slug", 64, unique=True),
        text("title", 200),
        text("text"),
        text("language", 8),
    )
    table(
        "signature",
        ref("team_id", "team", null=True, unique=True),
        text("text"),
    )
    table(
        "authority",
        text("name", 200, unique=True),
        text("phone", 60),
        text("url", 300),
        text("level", 40),
        flag("checked"),
    )

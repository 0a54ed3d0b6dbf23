"""Signed-in sessions, links to choose a password, failed attempts, and the tokens of other programs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from contactcenter.db import Model
from contactcenter.model.columns import Created, reference
from contactcenter.model.organisation import Agent
from contactcenter.model.words import LinkPurpose, word


class AgentSession(Created, Model):
    """A signed-in browser. Only the hash of its token is kept; ending the row ends the session everywhere."""

    __tablename__ = "agent_session"

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    agent_id: Mapped[int] = reference("agent.id", index=True, cascade=True)
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    peer: Mapped[str] = mapped_column(String(64), default="")

    agent: Mapped[Agent] = relationship()


class AgentLink(Created, Model):
    """A link to choose a password with, once. Only the hash of its token is kept.

    The token is made from `nonce` and a key outside the database, so that the letter with the link can be written when
    it leaves and nobody who reads the table can make it. `ended_at`: used, or taken back by a newer one.
    """

    __tablename__ = "agent_link"

    agent_id: Mapped[int] = reference("agent.id", index=True, cascade=True)
    purpose: Mapped[LinkPurpose] = mapped_column(word(LinkPurpose))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    nonce: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    agent: Mapped[Agent] = relationship()


class ApiToken(Created, Model):
    """A program's key to the API. It acts as its agent, with the agent's rights of the moment and within `scopes`.

    Only the hash is kept; a revoked token keeps its row, so that what it did stays told.
    """

    __tablename__ = "api_token"

    name: Mapped[str] = mapped_column(String(100))
    agent_id: Mapped[int] = reference("agent.id", index=True, cascade=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(default=list)
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    agent: Mapped[Agent] = relationship()


class ApiRequest(Created, Model):
    """What a request with an `Idempotency-Key` was answered, so that the same again gets the same and does nothing."""

    __tablename__ = "api_request"
    __table_args__ = (UniqueConstraint("token_id", "key"),)

    token_id: Mapped[int] = reference("api_token.id", cascade=True)
    key: Mapped[str] = mapped_column(String(255))
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(default=0)
    answer: Mapped[dict[str, Any]] = mapped_column(default=dict)


class LoginAttempt(Created, Model):
    """Failed attempts within a window, counted per login and per network address."""

    __tablename__ = "login_attempt"

    key: Mapped[str] = mapped_column(String(80), unique=True)
    window_start: Mapped[datetime]
    failures: Mapped[int] = mapped_column(default=0)

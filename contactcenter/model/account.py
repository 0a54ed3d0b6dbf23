"""Signed-in sessions, and how often somebody has tried to sign in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from contactcenter.db import Model
from contactcenter.model.columns import Created, reference
from contactcenter.model.organisation import Agent


class AgentSession(Created, Model):
    """A signed-in browser. Only the hash of its token is kept; ending the row ends the session everywhere."""

    __tablename__ = "agent_session"

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    agent_id: Mapped[int] = reference("agent.id", index=True, cascade=True)
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    peer: Mapped[str] = mapped_column(String(64), default="")

    agent: Mapped[Agent] = relationship()


class LoginAttempt(Created, Model):
    """Failed attempts within a window, counted per login and per network address."""

    __tablename__ = "login_attempt"

    key: Mapped[str] = mapped_column(String(80), unique=True)
    window_start: Mapped[datetime]
    failures: Mapped[int] = mapped_column(default=0)

"""Which other programs are told what happens, and how that goes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from contactcenter.db import Model
from contactcenter.model.columns import Created, reference
from contactcenter.model.organisation import Agent


class Webhook(Created, Model):
    """A program that is called when something in `events` happens to a ticket that its agent may see.

    Its secret is derived from our key, the row's id and `key_number`, and is not stored; until a day after
    `key_changed_at` the one before signs too. Ids are never given again. A webhook that is paused, by somebody or
    because nothing has come through since `failing_since`, is told nothing.
    """

    __tablename__ = "webhook"
    __table_args__ = ({"sqlite_autoincrement": True},)

    name: Mapped[str] = mapped_column(String(100), unique=True)
    url: Mapped[str] = mapped_column(String(2000))
    agent_id: Mapped[int] = reference("agent.id")
    events: Mapped[list[str]] = mapped_column(default=list)
    key_number: Mapped[int] = mapped_column(default=1)
    key_changed_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    pause_reason: Mapped[str] = mapped_column(String(300), default="")

    agent: Mapped[Agent] = relationship()

"""The processes that are running, and what their sockets have open."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from contactcenter.db import Model
from contactcenter.model.columns import Created, reference


class Process(Created, Model):
    """One process of ours that has said within the last day that it lives, and what it has counted (`metrics`)."""

    __tablename__ = "process"

    name: Mapped[str] = mapped_column(String(200), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    version: Mapped[str] = mapped_column(String(40))
    seen_at: Mapped[datetime]
    figures: Mapped[str] = mapped_column(Text, default="")


class OpenTicket(Created, Model):
    """A ticket that somebody has open by a socket (`sid`) of `process`, reading or writing, for the other processes.

    It counts while its process is heard of, and has no lease of its own: nothing is written while nothing changes.
    """

    __tablename__ = "open_ticket"
    __table_args__ = (UniqueConstraint("process", "sid"),)

    process: Mapped[str] = mapped_column(String(200))
    sid: Mapped[str] = mapped_column(String(64))
    number: Mapped[int] = mapped_column(index=True)
    agent_id: Mapped[int] = reference("agent.id", cascade=True)
    what: Mapped[str] = mapped_column(String(8))

"""The processes that are running."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from contactcenter.db import Model
from contactcenter.model.columns import Created


class Process(Created, Model):
    """One process of ours that has said within the last day that it lives, and what it has counted (`metrics`)."""

    __tablename__ = "process"

    name: Mapped[str] = mapped_column(String(200), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    version: Mapped[str] = mapped_column(String(40))
    seen_at: Mapped[datetime]
    figures: Mapped[str] = mapped_column(Text, default="")

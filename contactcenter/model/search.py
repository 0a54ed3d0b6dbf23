"""What can be searched: one row for each entry, with the domain that decides who may find it."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from contactcenter.db import Model
from contactcenter.model.columns import Created, reference


class SearchDoc(Created, Model):
    """The words of one entry, and the parts it must be found by from within a word (see `terms`).

    The full-text indexes hang on this table: triggers fill those of SQLite, PostgreSQL has a generated column
    `words`.
    """

    __tablename__ = "search_doc"

    ticket_id: Mapped[int] = reference("ticket.id", index=True, cascade=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id", ondelete="CASCADE"), unique=True)
    domain_id: Mapped[int] = reference("domain.id")
    text: Mapped[str] = mapped_column(Text)
    parts: Mapped[str] = mapped_column(Text)

"""Columns that many tables share."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from contactcenter import clock
from contactcenter.db import UTCDateTime


class Created:
    """When the row was made."""

    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now, sort_order=999)


def reference(target: str, *, index: bool = False, cascade: bool = False) -> Mapped[int]:
    """A foreign key column to `target` (`table.id`); `cascade` removes this row with the one it refers to."""
    return mapped_column(ForeignKey(target, ondelete="CASCADE" if cascade else None), index=index)


def optional_reference(target: str, *, index: bool = False, unique: bool = False) -> Mapped[int | None]:
    """A foreign key column that may be empty; `unique`: no two rows refer to the same one."""
    return mapped_column(ForeignKey(target), index=index, unique=unique or None)

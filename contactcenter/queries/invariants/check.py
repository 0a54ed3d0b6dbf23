"""What every invariant is asked with, what it answers, and how it asks the database for its exceptions only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Executable, Select, case, select
from sqlalchemy.orm import Session

from contactcenter import clock
from contactcenter.blobs import BlobStore
from contactcenter.keys import KeyRing

PIECE = 2_000  # rows, or lines of a journal, that are in memory at a time
DELIVER = "deliver"
WAKE = "wake"
FIRST_REPLY = "first_reply"


@dataclass(frozen=True, slots=True)
class Finding:
    """One exception: which invariant it breaks, what it was found on, and in what way."""

    invariant: str
    subject: str
    text: str

    def __str__(self) -> str:
        return f"{self.invariant} {self.subject}: {self.text}"


@dataclass(frozen=True, slots=True)
class Limits:
    """How many seconds something may wait beyond its time before it counts as left lying."""

    inbox: float = 60
    outbox: float = 60
    snoozed: float = 60
    timers: float = 60


@dataclass(frozen=True, slots=True)
class Check:
    """What is checked, and how. `accepted` and `delivered` are journals from outside; `quick` reads no blob.

    `counts` is what has been looked at beyond the tables, filled while the findings are read.
    """

    session: Session
    blobs: BlobStore
    keys: KeyRing
    accepted: Path | None = None
    delivered: Path | None = None
    quick: bool = False
    limits: Limits = Limits()
    now: datetime = field(default_factory=clock.now)
    counts: dict[str, int] = field(default_factory=dict)

    def stream(self, statement: Executable) -> Iterator[Any]:
        """The rows of a statement, never more than `PIECE` of them in memory."""
        return iter(self.session.execute(statement, execution_options={"yield_per": PIECE}))

    def exceptions(self, invariant: str, noun: str, statement: Select[int, str]) -> Iterator[Finding]:
        """A finding for each row of (number, text) whose text is not empty."""
        asked = statement.subquery()
        number, text = asked.c
        for row in self.stream(select(number, text).where(text != "").order_by(number)):
            yield Finding(invariant, f"{noun} {row[0]}", row[1])


def first_of(*problems: tuple[ColumnElement[bool], str]) -> ColumnElement[str]:
    """The text of the first condition that holds, or an empty one: each row is told of once."""
    return case(*problems, else_="")

"""Processes say that they live, and what they have counted, so that one page tells of all of them."""

from __future__ import annotations

import os
import socket
from datetime import timedelta

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from contactcenter import __version__, clock
from contactcenter.model import OpenTicket, Process

EVERY = timedelta(seconds=10)
SILENT_AFTER = timedelta(seconds=35)
FORGOTTEN_AFTER = timedelta(days=1)


def own_name(kind: str) -> str:
    """The name of this process among all: what it is, where, and its number there."""
    return f"{kind}@{socket.gethostname()[:80]}:{os.getpid()}"


def beat(session: Session, kind: str, figures: str) -> None:
    """Say that this process lives, and take out those that have been silent for long."""
    name, now = own_name(kind), clock.now()
    row = session.scalar(select(Process).where(Process.name == name).with_for_update())
    if row is None:
        session.add(Process(name=name, kind=kind, version=__version__, seen_at=now, figures=figures))
        session.execute(delete(Process).where(Process.seen_at < now - FORGOTTEN_AFTER))
        session.execute(delete(OpenTicket).where(OpenTicket.process.not_in(living())))
    else:
        row.seen_at, row.figures = now, figures


def leave(session: Session, kind: str) -> None:
    """This process ends as it should; it is not missed."""
    session.execute(delete(Process).where(Process.name == own_name(kind)))
    session.execute(delete(OpenTicket).where(OpenTicket.process == own_name(kind)))


def living() -> Select[str]:
    """The names of the processes that have been heard of in time."""
    return select(Process.name).where(Process.seen_at >= clock.now() - SILENT_AFTER)


def heard(session: Session) -> list[Process]:
    """Every process that has not said that it ends, by name; `is_silent` tells those that seem to be gone."""
    return list(session.scalars(select(Process).order_by(Process.name)))


def is_silent(process: Process) -> bool:
    """Whether it should have been heard of by now."""
    return clock.now() - process.seen_at > SILENT_AFTER

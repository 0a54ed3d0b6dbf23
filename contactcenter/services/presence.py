"""Who has which ticket open, told from process to process by rows: written when it changes, read by who is there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from contactcenter import clock
from contactcenter.model import Agent, OpenTicket
from contactcenter.services import processes


@dataclass(frozen=True, slots=True)
class At:
    """One socket: whose it is, which ticket it has open, and what is done there."""

    number: int
    agent_id: int
    name: str
    what: str


def begin(session: Session, process: str) -> None:
    """Forget what a process of the same name, that was killed, had open."""
    session.execute(delete(OpenTicket).where(OpenTicket.process == process))


def tell(session: Session, process: str, changed: Mapping[str, At], gone: Collection[str]) -> None:
    """Write what the sockets of `process` have open now, of those where that has changed or that are gone."""
    sids = sorted({*changed, *gone})
    session.execute(delete(OpenTicket).where(OpenTicket.process == process, OpenTicket.sid.in_(sids)))
    now = clock.now()
    rows = [
        {"process": process, "sid": sid, "number": at.number, "agent_id": at.agent_id, "what": at.what}
        for sid, at in changed.items()
    ]
    if rows:
        session.execute(insert(OpenTicket), [{**row, "created_at": now} for row in rows])


def told(session: Session, process: str) -> int:
    """How many sockets of `process` stand in the table."""
    return session.scalar(select(func.count()).where(OpenTicket.process == process)) or 0


def elsewhere(session: Session, process: str, numbers: Collection[int]) -> list[At]:
    """Who has one of these tickets open at another process that lives."""
    query = (
        select(OpenTicket.number, OpenTicket.agent_id, Agent.name, OpenTicket.what)
        .join(Agent, Agent.id == OpenTicket.agent_id)
        .where(OpenTicket.number.in_(sorted(numbers)), OpenTicket.process != process)
        .where(OpenTicket.process.in_(processes.living()))
        .order_by(OpenTicket.id)
    )
    return [At(*row) for row in session.execute(query)]

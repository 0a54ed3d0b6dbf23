"""Tells screens that a ticket changed. A hint in the same transaction as the change; the truth is fetched."""

from __future__ import annotations

from sqlalchemy import insert
from sqlalchemy.orm import Session

from contactcenter import runtime
from contactcenter.db import Base, after_commit
from contactcenter.model import Ticket

_INSERT = insert(Base.metadata.tables["event"])


def changed(session: Session, ticket: Ticket, kind: str) -> None:
    """Count a change of `ticket` (`rev`) and tell its watchers once it is durable."""
    ticket.rev += 1
    publish(session, ticket, kind)


def publish(session: Session, ticket: Ticket, kind: str) -> None:
    """Tell the watchers of `ticket` as it is now placed, without counting a change."""
    told = {
        "ticket_id": ticket.id,
        "number": ticket.number,
        "rev": ticket.rev,
        "domain_id": ticket.domain_id,
        "team_id": ticket.team_id,
        "agent_id": ticket.assignee_id,
        "kind": kind,
    }
    session.execute(_INSERT, told)
    after_commit(session, runtime.current().bus.events.set)

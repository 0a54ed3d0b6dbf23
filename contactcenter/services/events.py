"""Tells screens that a ticket changed. A hint in the same transaction as the change; the truth is fetched."""

from __future__ import annotations

from sqlalchemy import insert
from sqlalchemy.orm import Session

from contactcenter import runtime
from contactcenter.db import Base, after_commit
from contactcenter.model import Ticket
from contactcenter.services import webhook_calls

_INSERT = insert(Base.metadata.tables["event"])


TOLD_OUTSIDE = {
    "opened": "ticket.opened",
    "taken": "ticket.assigned",
    "assigned": "ticket.assigned",
    "released": "ticket.released",
    "routed": "ticket.routed",
    "parked": "ticket.parked",
    "woken": "ticket.woken",
    "closed": "ticket.closed",
    "reopened": "ticket.reopened",
    "overdue": "ticket.overdue",
}
"""What webhooks call the changes that have one name only; who writes messages says which way they went."""


def changed(session: Session, ticket: Ticket, kind: str, outside: str = "") -> None:
    """Count a change of `ticket` (`rev`) and tell its watchers once it is durable."""
    ticket.rev += 1
    publish(session, ticket, kind, outside)


def publish(session: Session, ticket: Ticket, kind: str, outside: str = "") -> None:
    """Tell the watchers of `ticket` as it is now placed, without counting a change; `outside` is what webhooks are
    told, where that does not follow from `kind`.
    """
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
    what = outside or TOLD_OUTSIDE.get(kind)
    if what is not None:
        webhook_calls.tell(session, ticket, what)
    after_commit(session, runtime.current().bus.events.set)

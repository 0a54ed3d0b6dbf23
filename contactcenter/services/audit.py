"""Writes who did what. Reads and writes of tickets outside the common domain are always recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from contactcenter.access import COMMON_DOMAIN, Actor
from contactcenter.db import must_write
from contactcenter.model import Audit, Domain, ParkedMail, Ticket

_COMMON = select(Domain.id).where(Domain.slug == COMMON_DOMAIN)


def is_confidential(session: Session, ticket: Ticket) -> bool:
    """Whether reads and writes of `ticket` are audited: it lies outside the common domain."""
    return session.scalar(select(Domain.slug).where(Domain.id == ticket.domain_id)) != COMMON_DOMAIN


def on_ticket(session: Session, actor: Actor, verb: str, ticket: Ticket, **data: object) -> None:
    """Record an act on a ticket, if its domain asks for it."""
    if is_confidential(session, ticket):
        on_any_ticket(session, actor, verb, ticket, **data)


def on_any_ticket(session: Session, actor: Actor, verb: str, ticket: Ticket, **data: object) -> None:
    """Record an act on a ticket that is to be known of wherever it lies."""
    must_write(session)
    session.add(
        Audit(agent_id=actor.agent_id, verb=verb, ticket_id=ticket.id, domain_id=ticket.domain_id, data=dict(data))
    )


def on_move(session: Session, actor: Actor, ticket: Ticket, before: Domain, after: Domain, ground: str) -> None:
    """Record that a ticket went from one domain to another, in both, with its ground (empty: out of the common one)."""
    for domain in (before, after):
        session.add(
            Audit(
                agent_id=actor.agent_id,
                verb="domain_moved",
                ticket_id=ticket.id,
                domain_id=domain.id,
                data={"before": before.slug, "after": after.slug, "ground": ground or "topic"},
            )
        )


class Seen(Protocol):
    """What must be known of a ticket that was shown."""

    @property
    def id(self) -> int:
        """Its row id."""
        ...

    @property
    def domain_id(self) -> int:
        """Where it lies."""
        ...


def on_list(session: Session, actor: Actor, tickets: Sequence[Seen | Row[*tuple[Any, ...]]]) -> None:
    """Record which tickets outside the common domain a list has shown, in one row."""
    common = session.scalar(_COMMON)
    shown = [ticket.id for ticket in tickets if ticket.domain_id != common]
    if shown:
        must_write(session)
        session.add(Audit(agent_id=actor.agent_id, verb="listed", data={"tickets": shown}))


def on_parked(session: Session, actor: Actor, verb: str, rows: Sequence[ParkedMail]) -> None:
    """Record a look at parked mails, or an act on them: of those outside the common domain, as of tickets there."""
    common = session.scalar(_COMMON)
    for row in rows:
        domain_id = row.ticket.domain_id if row.ticket is not None else row.domain_id
        if domain_id != common:
            must_write(session)
            told = {"ticket_id": row.ticket_id, "domain_id": domain_id, "data": {"parked": row.id}}
            session.add(Audit(agent_id=actor.agent_id, verb=verb, **told))


def on_agent(session: Session, by: int | None, agent_id: int, verb: str, peer: str = "", **data: object) -> None:
    """Record what was done to a colleague's account or rights, by whom (None: a command of whoever runs the place)."""
    session.add(Audit(agent_id=by, subject_id=agent_id, verb=verb, peer=peer, data=dict(data)))


def on_account(session: Session, agent_id: int | None, verb: str, peer: str = "", **data: object) -> None:
    """Record a sign-in, a failure of it, or a change of somebody's account or rights."""
    session.add(Audit(agent_id=agent_id, verb=verb, peer=peer, data=dict(data)))

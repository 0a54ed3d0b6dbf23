"""Fills an empty database with the example municipality. Taking it out again is in `demo.remove`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from contactcenter.db import is_postgres
from contactcenter.demo import parked, store_organisation, store_people
from contactcenter.demo.conversations import load_conversations, load_people, received_at
from contactcenter.demo.organisation import load
from contactcenter.demo.remove import remove
from contactcenter.demo.store_conversations import Writer
from contactcenter.model import Acknowledgement, Agent, Team, Ticket, Topic
from contactcenter.runtime import Runtime
from contactcenter.services import organisation

__all__ = ["build", "ensure_organisation", "is_empty", "logins", "remove"]

_LOCK = 4_812_002


def ensure_organisation(session: Session, now: datetime) -> None:
    """Give a new database an organisation to begin with: without teams no message could belong anywhere."""
    if session.scalar(select(Team.id).limit(1)) is not None:
        return
    if is_postgres(session):
        session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        if session.scalar(select(Team.id).limit(1)) is not None:
            return
    store_organisation.store(session, load(now.date()))


def is_empty(session: Session) -> bool:
    """Whether nobody works here yet and nothing has arrived."""
    return all(session.scalar(select(table.id).limit(1)) is None for table in (Agent, Ticket))


def build(session: Session, here: Runtime, now: datetime) -> None:
    """Write the example people and conversations, as of `now`, decided by the router of the organisation."""
    session.execute(update(Acknowledgement).values(active=True))
    known = store_people.store(session, load_people())
    writer = Writer(
        session=session,
        here=here,
        organisation=organisation.read(session),
        known=known,
        topics={topic.slug: topic for topic in session.scalars(select(Topic))},
        teams={team.slug: team for team in session.scalars(select(Team))},
        now=now,
    )
    for conversation in sorted(load_conversations(), key=lambda one: received_at(one, now)):
        writer.write(conversation)
    parked.store(session, here, now)


def logins(session: Session) -> list[str]:
    """The logins of the example agents, in the order of the example."""
    return list(
        session.scalars(select(Agent.login).where(Agent.is_demo, Agent.disabled_at.is_(None)).order_by(Agent.id))
    )

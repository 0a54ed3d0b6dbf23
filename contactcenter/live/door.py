"""What the live view asks the database: who is it, what may they watch, what did they miss."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from contactcenter import runtime
from contactcenter.access import Actor, actor_for, actors_for, get_ticket
from contactcenter.db import transaction
from contactcenter.errors import NotFound, NotSignedIn
from contactcenter.live.hints import Place
from contactcenter.live.watchers import Watched
from contactcenter.model import Agent, Ticket
from contactcenter.queries import deltas
from contactcenter.services import sessions
from contactcenter.settings import Settings


class Door:
    """Every method is one short read-only transaction and may be called in any thread."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def settings(self) -> Settings:
        """The settings of the application."""
        with self._app.app_context():
            return runtime.current().settings

    def sign_in(self, token: str) -> Actor | None:
        """The actor behind a session token, with rights as they are now; None when the session has ended."""
        with self._reading() as session:
            return _actor(session, token)

    def ask_again(self, asked: Sequence[tuple[str, int | None]]) -> list[tuple[Actor | None, Watched | None]]:
        """For each session token and open ticket: who it is now, and whether the ticket may stay open."""
        with self._reading() as session:
            found = sessions.find_all(session, {token for token, _ in asked})
            actors = actors_for(session, {row.agent for row in found.values()})
            now = {token: actors[row.agent_id] for token, row in found.items()}
            return [(now.get(token), _watched(session, now.get(token), number)) for token, number in asked]

    def rights(self) -> dict[int, int]:
        """The `rights_rev` of every agent: one query, as much work however many sockets there are."""
        with self._reading() as session:
            return {row.id: row.rights_rev for row in session.execute(select(Agent.id, Agent.rights_rev))}

    def watch(self, actor: Actor, number: int) -> Watched | None:
        """The ticket with `number` if the actor may see it; one that is missing looks the same."""
        with self._reading() as session:
            return _watched(session, actor, number)

    def missed(self, actor: Actor, cursor: str) -> list[dict[str, Any]]:
        """What changed for `actor` since `cursor`, as it is told to browsers."""
        with self._reading() as session:
            last, changed = deltas.since(session, actor, cursor)
            ids = [ticket_id for ticket_id, _ in changed]
            found = session.execute(select(Ticket.id, Ticket.number).where(Ticket.id.in_(ids)))
            numbers = {row.id: row.number for row in found}
        return [
            {"e": last, "t": ticket_id, "n": numbers[ticket_id], "r": rev, "k": "missed"} for ticket_id, rev in changed
        ]

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        with self._app.app_context(), transaction(read_only=True) as session:
            yield session


def _actor(session: Session, token: str) -> Actor | None:
    try:
        return actor_for(session, sessions.find(session, token).agent)
    except NotSignedIn:
        return None


def _watched(session: Session, actor: Actor | None, number: int | None) -> Watched | None:
    if actor is None or number is None:
        return None
    try:
        ticket = get_ticket(session, actor, number)
    except NotFound:
        return None
    return Watched(ticket.id, ticket.number, Place(ticket.domain_id, ticket.team_id, ticket.assignee_id))

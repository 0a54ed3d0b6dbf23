"""Agents: added, given a password, disabled."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from contactcenter import clock
from contactcenter.errors import Conflict, InvalidInput, NotFound
from contactcenter.model import Agent, Domain, DomainGrant, Team, TeamMember
from contactcenter.model.words import Role
from contactcenter.services import audit, passwords, sessions, tickets

_LOGIN = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")


def find(session: Session, login: str) -> Agent:
    """The agent with `login`, also a disabled one.

    Raises:
        NotFound: there is none.
    """
    agent = session.scalar(select(Agent).where(Agent.login == login.strip().lower()))
    if agent is None:
        raise NotFound(f"there is no agent {login}")
    return agent


def add(
    session: Session,
    login: str,
    name: str,
    role: Role,
    *,
    password: str = "",
    teams: tuple[str, ...] = (),
    domains: tuple[str, ...] = (),
    languages: tuple[str, ...] = ("sv",),
) -> Agent:
    """Add an agent. Without a password nobody can sign in as them yet.

    Raises:
        InvalidInput: the login is not an e-mail address, or a team or domain is unknown.
        Conflict: there is such an agent already.
    """
    login = login.strip().lower()
    if not _LOGIN.fullmatch(login):
        raise InvalidInput(f"`{login}` is not an e-mail address")
    if session.scalar(select(Agent.id).where(Agent.login == login)) is not None:
        raise Conflict(f"there is an agent {login} already")
    agent = Agent(login=login, name=name or login.partition("@")[0], role=role, languages=list(languages))
    if password:
        passwords.check_new_password(password, login)
        agent.password_hash = passwords.hash_password(password)
    session.add(agent)
    session.flush()
    for slug in teams:
        session.add(TeamMember(agent_id=agent.id, team_id=_id_of(session, Team, slug)))
    for slug in domains:
        session.add(DomainGrant(agent_id=agent.id, domain_id=_id_of(session, Domain, slug)))
    audit.on_account(session, agent.id, "agent_added", role=str(role), domains=list(domains), teams=list(teams))
    return agent


def _id_of(session: Session, table: type[Team] | type[Domain], slug: str) -> int:
    found = session.scalar(select(table.id).where(table.slug == slug))
    if found is None:
        known = ", ".join(session.scalars(select(table.slug).order_by(table.slug)))
        raise InvalidInput(f"there is no {table.__tablename__} `{slug}`; known are: {known or 'none yet'}")
    return found


def set_password(session: Session, login: str, password: str) -> None:
    """Give an agent a new password and end all their sessions."""
    agent = find(session, login)
    passwords.check_new_password(password, login)
    agent.password_hash = passwords.hash_password(password)
    sessions.end_all(session, agent.id)
    audit.on_account(session, agent.id, "password_set")


def disable(session: Session, login: str) -> None:
    """End an agent's access everywhere and put their open tickets into the queue; their history stays."""
    agent = find(session, login)
    agent.disabled_at = agent.disabled_at or clock.now()
    sessions.end_all(session, agent.id)
    released = tickets.release_all_of(session, agent.id)
    audit.on_account(session, agent.id, "agent_disabled", released=released)


def has_real_administrator(session: Session) -> bool:
    """Whether somebody outside the example data can administer."""
    query = select(Agent.id).where(
        Agent.role == Role.ADMIN, Agent.is_demo.is_(False), Agent.disabled_at.is_(None), Agent.password_hash != ""
    )
    return session.scalar(query.limit(1)) is not None

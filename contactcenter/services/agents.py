"""Agents: added, given a password, disabled, enabled. Somebody who can administer is always left."""

from __future__ import annotations

import re

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from contactcenter import clock
from contactcenter.errors import Conflict, InvalidInput, NotFound
from contactcenter.i18n import gettext as _
from contactcenter.model import Agent, Domain, DomainGrant, Team, TeamMember
from contactcenter.model.words import Role
from contactcenter.queries.staff import through_own_teams, through_teams
from contactcenter.services import audit, links, passwords, sessions, tickets
from contactcenter.services.editing import change

_LOGIN = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[^@\s\x00-\x1f\x7f]{1,255}")
IS_LIVING_ADMINISTRATOR: ColumnElement[bool] = and_(
    Agent.role == Role.ADMIN, Agent.is_service.is_(False), Agent.disabled_at.is_(None), Agent.password_hash != ""
)
"""Who can sign in and administer at this moment."""


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
    by: int | None = None,
) -> Agent:
    """Add an agent. Without a password nobody can sign in as them yet. `by` is who adds, None for a command.

    What they see through teams is recorded: no team is given anything meanwhile (`sight.give`).

    Raises:
        InvalidInput: the login is not an e-mail address, or a team or domain is unknown.
        Conflict: there is such an agent already.
    """
    change.lock(session)
    login = login.strip().lower()
    if not _LOGIN.fullmatch(login):
        raise InvalidInput(_("`%(login)s` is not an e-mail address.", login=login), field="login")
    if session.scalar(select(Agent.id).where(Agent.login == login)) is not None:
        raise Conflict(_("There is somebody with the address %(login)s already.", login=login), field="login")
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
    audit.on_agent(
        session, by, agent.id, "agent_added", role=str(role), domains=list(domains), teams=list(teams),
        team_domains=list(through_teams(session, role, teams)),
    )  # fmt: skip
    return agent


def _id_of(session: Session, table: type[Team] | type[Domain], slug: str) -> int:
    found = session.scalar(select(table.id).where(table.slug == slug))
    if found is None:
        known = ", ".join(session.scalars(select(table.slug).order_by(table.slug)))
        raise InvalidInput(f"there is no {table.__tablename__} `{slug}`; known are: {known or 'none yet'}")
    return found


def set_password(session: Session, login: str, password: str) -> None:
    """Give an agent a new password, end all their sessions and let no link to choose one work any more."""
    agent = find(session, login)
    passwords.check_new_password(password, login)
    agent.password_hash = passwords.hash_password(password)
    links.end_all(session, agent.id)
    sessions.end_all(session, agent.id)
    audit.on_agent(session, None, agent.id, "password_set")


def disable(session: Session, login: str, by: int | None = None) -> int:
    """End an agent's access everywhere, at once, and put their open tickets into the queue; their history stays.

    How many tickets went back. `by` is who disables, None for a command.

    Raises:
        NotFound: there is no such agent.
        Conflict: nobody who can administer would be left.
    """
    agent = find(session, login)
    keep_an_administrator(session, agent)
    agent.disabled_at = agent.disabled_at or clock.now()
    links.end_all(session, agent.id)
    sessions.end_all(session, agent.id)
    released = tickets.release_all_of(session, agent.id)
    audit.on_agent(session, by, agent.id, "agent_disabled", released=released)
    return released


def enable(session: Session, login: str, by: int | None = None) -> tuple[str, ...]:
    """Let a disabled agent sign in again, with the password, role and rights they had; their tickets went to others.

    What they see through teams may be more than they saw: what a team was given meanwhile stands in the history of
    those who worked there then. It is recorded here; the domains by slug.

    Raises:
        NotFound: there is no such agent.
        Conflict: the agent is not disabled.
    """
    change.lock(session)
    agent = find(session, login)
    session.refresh(agent, with_for_update={"key_share": True})
    if agent.disabled_at is None:
        raise Conflict(_("%(name)s is not disabled.", name=agent.name))
    agent.disabled_at = None
    seen = through_own_teams(session, agent)
    audit.on_agent(session, by, agent.id, "agent_enabled", role=str(agent.role), team_domains=list(seen))
    return seen


def keep_an_administrator(session: Session, agent: Agent) -> None:
    """Before `agent` is disabled or given another role: that somebody else can administer.

    All administrators are locked until the transaction ends, so that of two who take each other's role one is refused.

    Raises:
        Conflict: nobody else could sign in and administer.
    """
    living = set(
        session.scalars(
            select(Agent.id).where(IS_LIVING_ADMINISTRATOR).order_by(Agent.id).with_for_update(key_share=True)
        )
    )
    if living and living <= {agent.id}:
        text = _("%(name)s is the only administrator who can sign in. Make somebody else one first.", name=agent.name)
        raise Conflict(text)


def has_real_administrator(session: Session) -> bool:
    """Whether somebody outside the example data can administer."""
    query = select(Agent.id).where(IS_LIVING_ADMINISTRATOR, Agent.is_demo.is_(False))
    return session.scalar(query.limit(1)) is not None

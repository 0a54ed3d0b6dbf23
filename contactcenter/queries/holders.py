"""Which domains colleagues hold, themselves or through their groups: one question, asked in one way."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from contactcenter.access import PERMISSIONS, Permission
from contactcenter.model import Agent, DomainGrant, TeamMember
from contactcenter.model.words import Role


def working() -> ColumnElement[bool]:
    """People who can be given work: no programs, and nobody who has left."""
    return Agent.disabled_at.is_(None) & Agent.is_service.is_(False)


def who_may(permission: Permission) -> ColumnElement[bool]:
    """Those of `working()` whose role includes `permission`."""
    return working() & Agent.role.in_([role for role, included in PERMISSIONS.items() if permission in included])


def is_answered(session: Session, domain_id: int, team_id: int | None) -> bool:
    """Whether anybody who can answer sees the tickets of a domain that a group has: specialists only in the group."""
    here = select(TeamMember.agent_id).where(TeamMember.team_id == team_id)
    who = who_may(Permission.TAKE) & ((Agent.role != Role.SPECIALIST) | Agent.id.in_(here))
    return domain_id in held_by(session, who)


def held_by(session: Session, who: ColumnElement[bool], given: ColumnElement[bool] | None = None) -> set[int]:
    """The ids of the domains that any of these agents holds; of all grants, or of those that are `given`."""
    holder = or_(Agent.id == DomainGrant.agent_id, Agent.id == TeamMember.agent_id)
    query = (
        select(DomainGrant.domain_id)
        .outerjoin(TeamMember, TeamMember.team_id == DomainGrant.team_id)
        .join(Agent, holder)
        .where(who)
    )
    return set(session.scalars((query if given is None else query.where(given)).distinct()))

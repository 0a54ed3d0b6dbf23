"""What a whole answer group may see: given to it and taken from it, with all that follows for those who work there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from contactcenter.access import PERMISSIONS, Actor, Permission
from contactcenter.model import Agent, Domain, DomainGrant, Team, TeamMember
from contactcenter.queries import holders
from contactcenter.services import audit, rights, tickets
from contactcenter.services.editing import change


@dataclass(frozen=True, slots=True)
class Shift:
    """What a colleague would see besides, and no longer: domains by slug, sorted. Never both empty."""

    agent: Agent
    gained: tuple[str, ...]
    lost: tuple[str, ...]


def of_team(session: Session, team_id: int) -> tuple[str, ...]:
    """The domains that a group was given, by slug."""
    query = select(Domain.slug).join(DomainGrant, DomainGrant.domain_id == Domain.id)
    return tuple(session.scalars(query.where(DomainGrant.team_id == team_id).order_by(Domain.slug)))


def shifts(session: Session, team_id: int, wanted: Collection[str]) -> tuple[Shift, ...]:
    """Whose sight changes when the group has only `wanted`: not of those who hold the same in another way."""
    now = set(of_team(session, team_id))
    members = select(TeamMember.agent_id).where(TeamMember.team_id == team_id)
    query = select(Agent).where(Agent.id.in_(members), Agent.disabled_at.is_(None)).order_by(Agent.name, Agent.id)
    found = []
    for agent in session.scalars(query.execution_options(populate_existing=True)):  # the role may have been read before
        if Permission.READ not in PERMISSIONS[agent.role]:
            continue
        otherwise = _held_otherwise(session, agent.id, team_id)
        gained = tuple(sorted(set(wanted) - now - otherwise))
        lost = tuple(sorted(now - set(wanted) - otherwise))
        if gained or lost:
            found.append(Shift(agent, gained, lost))
    return tuple(found)


def _held_otherwise(session: Session, agent_id: int, team_id: int) -> set[str]:
    """The domains that somebody holds themselves or through another group."""
    others = select(TeamMember.team_id).where(TeamMember.agent_id == agent_id, TeamMember.team_id != team_id)
    held = (DomainGrant.agent_id == agent_id) | DomainGrant.team_id.in_(others)
    return set(session.scalars(select(Domain.slug).join(DomainGrant, DomainGrant.domain_id == Domain.id).where(held)))


def unseen(session: Session, team_id: int, wanted: Collection[str]) -> tuple[str, ...]:
    """The domains, by name, that somebody sees through the group and nobody would any more."""
    lost = {slug for shift in shifts(session, team_id, wanted) for slug in shift.lost}
    otherwise = (DomainGrant.team_id != team_id) | DomainGrant.team_id.is_(None)
    still = holders.held_by(session, holders.who_may(Permission.READ), otherwise)
    query = select(Domain.name).where(Domain.slug.in_(lost), Domain.id.not_in(still))
    return tuple(session.scalars(query.order_by(Domain.name)))


def give(session: Session, actor: Actor, team: Team, wanted: Collection[str]) -> None:
    """Let the group see only `wanted`. What its colleagues hold and may no longer see goes back to the queue.

    It holds at once, also on screens that are open, and stands in the history of everybody whose sight changes: who
    works here and what they hold besides is read when nobody can change it any more. Whoever adds a colleague or
    changes what one sees takes the same lock. It is not that of the group's row, which a new first line writes too, in
    an order of its own.

    Raises:
        NotAllowed: the actor does not look after what colleagues may see.
    """
    change.lock(session)
    if set(wanted) == set(of_team(session, team.id)):
        return
    actor.require(Permission.AGENTS)
    changed = shifts(session, team.id, wanted)
    ids = set(session.scalars(select(Domain.id).where(Domain.slug.in_(wanted))))
    have = set(session.scalars(select(DomainGrant.domain_id).where(DomainGrant.team_id == team.id)))
    rights.changed(session, session.scalars(select(TeamMember.agent_id).where(TeamMember.team_id == team.id)).all())
    gone = DomainGrant.domain_id.in_(have - ids)
    session.execute(delete(DomainGrant).where(DomainGrant.team_id == team.id, gone))
    session.add_all(DomainGrant(team_id=team.id, domain_id=domain_id) for domain_id in sorted(ids - have))
    session.flush()
    tickets.lock_all_of(session, [shift.agent.id for shift in changed if shift.lost])
    for shift in changed:
        released = _release(session, shift) if shift.lost else 0
        seen = {"before": list(shift.lost), "after": list(shift.gained)}
        audit.on_agent(
            session, actor.agent_id, shift.agent.id, "team_domains_changed",
            changes={"domains": seen}, team=team.name, released=released,
        )  # fmt: skip


def _release(session: Session, shift: Shift) -> int:
    agent = shift.agent
    return tickets.release_all_of(session, agent.id, lambda ticket: tickets.can_hold(session, agent, ticket))

"""The municipality for other programs: topics, teams, offices, agents, and what has changed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from contactcenter.access import Actor
from contactcenter.api import shapes
from contactcenter.api.door import not_found, reads
from contactcenter.model import Agent, Domain, Office, Team, TeamMember, Topic
from contactcenter.queries import deltas, records

UNKNOWN_PLACE = (
    "`since` is not an answer's `last`, or was one before a backup was restored here. Ask without `since`, read the"
    " tickets you keep anew, and go on from the new `last`."
)


@reads("/topics", shapes.Topics)
def list_topics(session: Session, actor: Actor, asked: Any) -> shapes.Topics:
    """All topics with their teams and domains."""
    rows = session.execute(
        select(Topic, Team.slug, Domain.slug)
        .join(Team, Team.id == Topic.team_id)
        .join(Domain, Domain.id == Topic.domain_id)
        .order_by(Topic.slug)
    )
    return shapes.Topics(
        topics=[
            shapes.Topic(
                slug=topic.slug,
                name=topic.name,
                name_en=topic.name_en,
                team=team,
                domain=domain,
                priority=topic.priority,
                active=topic.active,
            )
            for topic, team, domain in rows
        ]
    )


@reads("/teams", shapes.Teams)
def list_teams(session: Session, actor: Actor, asked: Any) -> shapes.Teams:
    """All teams."""
    rows = session.scalars(select(Team).order_by(Team.slug))
    return shapes.Teams(teams=[shapes.Team(slug=row.slug, name=row.name, first_line=row.is_first_line) for row in rows])


@reads("/offices", shapes.Offices)
def list_offices(session: Session, actor: Actor, asked: Any) -> shapes.Offices:
    """All offices."""
    rows = session.scalars(select(Office).order_by(Office.slug))
    told = [
        shapes.Office(slug=row.slug, name=row.name, district=row.district, languages=list(row.languages))
        for row in rows
    ]
    return shapes.Offices(offices=told)


@reads("/agents", shapes.Agents)
def list_agents(session: Session, actor: Actor, asked: Any) -> shapes.Agents:
    """Everybody who works here now."""
    members: dict[int, list[str]] = {}
    for agent_id, slug in session.execute(
        select(TeamMember.agent_id, Team.slug).join(Team, Team.id == TeamMember.team_id).order_by(Team.slug)
    ):
        members.setdefault(agent_id, []).append(slug)
    rows = session.scalars(
        select(Agent).where(Agent.disabled_at.is_(None), Agent.is_service.is_(False)).order_by(Agent.login)
    )
    return shapes.Agents(
        agents=[
            shapes.Agent(
                login=row.login,
                name=row.name,
                role=row.role,
                languages=list(row.languages),
                teams=members.get(row.id, []),
            )
            for row in rows
        ]
    )


@reads("/events", shapes.Changes, shapes.SinceAsked)
def list_events(session: Session, actor: Actor, asked: shapes.SinceAsked) -> shapes.Changes:
    """Which tickets have changed since a place in the order of events."""
    if asked.since and not deltas.is_known(session, asked.since):
        raise not_found("query.since", UNKNOWN_PLACE)
    last, changed = deltas.since(session, actor, asked.since, asked.limit)
    numbers = records.numbers(session, [ticket_id for ticket_id, _rev in changed])
    return shapes.Changes(
        changes=[shapes.Change(number=numbers[ticket_id], rev=rev) for ticket_id, rev in changed], last=last
    )

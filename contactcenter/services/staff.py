"""What an administrator changes about a colleague: recorded with what was before, heeded by open sockets at once."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from contactcenter.access import Actor
from contactcenter.errors import Conflict, InvalidInput
from contactcenter.i18n import gettext as _
from contactcenter.model import Agent, AgentSkill, Domain, DomainGrant, Skill, Team, TeamMember
from contactcenter.model.words import Role
from contactcenter.queries.staff import through_teams
from contactcenter.queries.wording import LANGUAGES
from contactcenter.services import agents, audit, rights, tickets
from contactcenter.services.editing import change as settings

MAX_NAME = 200
MAX_SKILL = 80
MAX_SKILLS = 20
MAX_CAPACITY = 99
_RIGHTS = ("role", "teams", "domains")


@dataclass(frozen=True, slots=True)
class Profile:
    """What can be changed about a colleague; teams and domains by slug, all sets sorted."""

    name: str
    title: str
    role: Role
    teams: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    capacity: int = 0

    def mark(self) -> str:
        """The same for the same profile: a form that was made from another one is out of date."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change came to: the fields that differ, and how many tickets went back to the queue."""

    fields: dict[str, dict[str, object]] = field(default_factory=dict)
    released: int = 0


def profile(session: Session, agent: Agent) -> Profile:
    """A colleague as they are now."""
    return Profile(
        name=agent.name,
        title=agent.title,
        role=agent.role,
        teams=_slugs(session, select(Team.slug).join(TeamMember).where(TeamMember.agent_id == agent.id)),
        domains=_slugs(session, select(Domain.slug).join(DomainGrant).where(DomainGrant.agent_id == agent.id)),
        languages=tuple(sorted(agent.languages)),
        skills=_slugs(session, select(Skill.name).join(AgentSkill).where(AgentSkill.agent_id == agent.id)),
        capacity=agent.capacity,
    )


def _slugs(session: Session, query: object) -> tuple[str, ...]:
    return tuple(sorted(session.scalars(query)))  # type: ignore[call-overload]


def checked(session: Session, wish: Profile) -> Profile:
    """`wish` tidied, if it can be.

    Raises:
        InvalidInput: a name is missing or too long, or something in it does not exist.
    """
    if not wish.name or len(wish.name) > MAX_NAME or not wish.name.isprintable():
        raise InvalidInput(_("Write a name of at most %(n)s characters.", n=MAX_NAME), field="name")
    if len(wish.title) > MAX_NAME or not (wish.title + "x").isprintable():
        raise InvalidInput(_("The title may have at most %(n)s characters.", n=MAX_NAME), field="title")
    if not 0 <= wish.capacity <= MAX_CAPACITY:
        raise InvalidInput(_("The ceiling is a number from 0 to %(n)s; 0 is none.", n=MAX_CAPACITY), field="capacity")
    if len(wish.skills) > MAX_SKILLS or any(len(name) > MAX_SKILL or not name.isprintable() for name in wish.skills):
        text = _("At most %(n)s competences of %(m)s characters each.", n=MAX_SKILLS, m=MAX_SKILL)
        raise InvalidInput(text, field="skills")
    known = {
        "teams": set(session.scalars(select(Team.slug))),
        "domains": set(session.scalars(select(Domain.slug))),
        "languages": set(LANGUAGES),
    }
    for name, allowed in known.items():
        if not set(getattr(wish, name)) <= allowed:
            raise InvalidInput(_("Something that was chosen is no longer there. Choose again."), field=name)
    return wish


def add(session: Session, actor: Actor, login: str, wish: Profile) -> Agent:
    """Add a colleague, who can choose a password once they are invited. One at a time, as in `change`.

    Raises:
        InvalidInput, Conflict: something cannot be as it was written.
    """
    settings.lock(session)
    wish = checked(session, wish)
    agent = agents.add(
        session, login, wish.name, wish.role, teams=wish.teams, domains=wish.domains, languages=wish.languages,
        by=actor.agent_id,
    )  # fmt: skip
    agent.title, agent.capacity = wish.title, wish.capacity
    _set_skills(session, agent, wish.skills)
    return agent


def change(session: Session, actor: Actor, agent: Agent, wish: Profile, mark: str) -> Changed:
    """Make `agent` as `wish`. What they hold and may no longer see goes back to the queue. `mark` is of the profile
    that the form was made from.

    Colleagues are changed one at a time, and settings meanwhile not at all: they share competences, which come and go
    with those who have them, and groups, which are given domains (`sight.give`). What counts is read when it is our
    turn, and so is what the history says.

    Raises:
        InvalidInput: something cannot be as it was written.
        Conflict: somebody else changed them meanwhile, or nobody who can administer would be left.
    """
    settings.lock(session)
    wish = checked(session, wish)
    session.refresh(agent, with_for_update={"key_share": True})
    before = profile(session, agent)
    if before.mark() != mark:
        raise Conflict(_("Somebody else has changed this meanwhile. Look at it as it is now, and change it again."))
    changes = _differences(before, wish)
    if not changes:
        return Changed()
    if before.role is Role.ADMIN and wish.role is not Role.ADMIN:
        agents.keep_an_administrator(session, agent)
    given = {
        when: through_teams(session, each.role, each.teams) for when, each in (("before", before), ("after", wish))
    }
    if given["before"] != given["after"]:
        changes["team_domains"] = {when: list(slugs) for when, slugs in given.items()}
    agent.name, agent.title, agent.role = wish.name, wish.title, wish.role
    agent.languages, agent.capacity = list(wish.languages), wish.capacity
    _set_teams(session, agent, wish.teams)
    _set_domains(session, agent, wish.domains)
    _set_skills(session, agent, wish.skills)
    session.flush()
    released = 0
    if any(name in changes for name in _RIGHTS):
        rights.changed(session, (agent.id,))
        released = tickets.release_all_of(session, agent.id, lambda ticket: tickets.can_hold(session, agent, ticket))
    audit.on_agent(session, actor.agent_id, agent.id, "agent_changed", changes=changes, released=released)
    return Changed(changes, released)


def _differences(before: Profile, after: Profile) -> dict[str, dict[str, object]]:
    old, new = asdict(before), asdict(after)
    return {name: {"before": old[name], "after": new[name]} for name in old if old[name] != new[name]}


def _set_teams(session: Session, agent: Agent, slugs: tuple[str, ...]) -> None:
    wanted = set(session.scalars(select(Team.id).where(Team.slug.in_(slugs))))
    have = set(session.scalars(select(TeamMember.team_id).where(TeamMember.agent_id == agent.id)))
    gone = TeamMember.team_id.in_(have - wanted)
    session.execute(delete(TeamMember).where(TeamMember.agent_id == agent.id, gone))
    session.add_all(TeamMember(agent_id=agent.id, team_id=team_id) for team_id in sorted(wanted - have))


def _set_domains(session: Session, agent: Agent, slugs: tuple[str, ...]) -> None:
    wanted = set(session.scalars(select(Domain.id).where(Domain.slug.in_(slugs))))
    have = set(session.scalars(select(DomainGrant.domain_id).where(DomainGrant.agent_id == agent.id)))
    gone = DomainGrant.domain_id.in_(have - wanted)
    session.execute(delete(DomainGrant).where(DomainGrant.agent_id == agent.id, gone))
    session.add_all(DomainGrant(agent_id=agent.id, domain_id=domain_id) for domain_id in sorted(wanted - have))


def _set_skills(session: Session, agent: Agent, names: tuple[str, ...]) -> None:
    """A competence that is new is made; what this takes from the last who had it is gone, or no typo would ever go.

    Nothing else goes: a settings file may have brought in what nobody has yet.
    """
    rows = session.scalars(select(Skill).order_by(Skill.id)).all()
    known = {row.name.casefold(): row for row in rows} | {row.name: row for row in rows}
    chosen = [known.get(name) or known.setdefault(name.casefold(), Skill(name=name)) for name in names]
    session.add_all(chosen)
    session.flush()
    theirs = AgentSkill.agent_id == agent.id
    wanted, have = {row.id for row in chosen}, set(session.scalars(select(AgentSkill.skill_id).where(theirs)))
    session.execute(delete(AgentSkill).where(theirs, AgentSkill.skill_id.in_(have - wanted)))
    session.add_all(AgentSkill(agent_id=agent.id, skill_id=skill_id) for skill_id in sorted(wanted - have))
    session.flush()
    session.execute(delete(Skill).where(Skill.id.in_(have - wanted), Skill.id.not_in(select(AgentSkill.skill_id))))

"""Colleagues as an administrator sees them: the list, what can be chosen, and what a change would come to.

Tickets are counted by `visible_tickets`: an administrator learns nothing here of tickets that they may not see.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace

from flask import url_for
from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from contactcenter.access import PERMISSIONS, Actor, Permission, visible_tickets
from contactcenter.i18n import gettext as _
from contactcenter.i18n import language, ngettext
from contactcenter.model import Agent, Domain, DomainGrant, Skill, Team, TeamMember, Ticket
from contactcenter.model.ticket import IS_OPEN
from contactcenter.model.words import CHANNEL_WEIGHTS, Role
from contactcenter.queries import choices, holders, views, wording
from contactcenter.queries.shapes import Choice
from contactcenter.queries.staff_shapes import StaffChoices, StaffRow

PAGE = 200
STATES = ("active", "invited", "disabled")


def state_label(state: str) -> str:
    """The word of a colleague's state."""
    return {"active": _("Can sign in"), "invited": _("Has no password yet"), "disabled": _("Disabled")}[state]


_TONES = {"active": "ok", "invited": "info", "disabled": ""}


def state(agent: Agent) -> str:
    """Whether a colleague can sign in."""
    if agent.disabled_at is not None:
        return "disabled"
    return "active" if agent.password_hash else "invited"


def rows(session: Session, search: str = "", role: str = "", chosen: str = "") -> tuple[tuple[StaffRow, ...], bool]:
    """Colleagues by name, disabled ones last, those found by every word of `search`; and whether there are more."""
    query = select(Agent).where(Agent.is_service.is_(False))
    for word in search.split()[:10]:
        query = query.where(_mentions(word))
    if role:
        query = query.where(Agent.role == Role(role))
    if chosen:
        query = query.where(_in_state(chosen))
    query = query.order_by(Agent.disabled_at.is_not(None), func.lower(Agent.name), Agent.id)
    found = session.scalars(query.limit(PAGE + 1)).all()
    teams = _teams_of(session, [agent.id for agent in found])
    return tuple(_row(agent, teams[agent.id]) for agent in found[:PAGE]), len(found) > PAGE


def _mentions(word: str) -> ColumnElement[bool]:
    in_team = select(TeamMember.agent_id).join(Team, Team.id == TeamMember.team_id)
    team = Agent.id.in_(in_team.where(Team.name.icontains(word, autoescape=True)))
    texts = (Agent.name, Agent.login, Agent.title)
    return or_(*(column.icontains(word, autoescape=True) for column in texts), team)


def _in_state(chosen: str) -> ColumnElement[bool]:
    if chosen == "disabled":
        return Agent.disabled_at.is_not(None)
    has = Agent.password_hash != "" if chosen == "active" else Agent.password_hash == ""
    return Agent.disabled_at.is_(None) & has


def _teams_of(session: Session, agent_ids: list[int]) -> defaultdict[int, list[str]]:
    names: defaultdict[int, list[str]] = defaultdict(list)
    query = select(TeamMember.agent_id, Team.name).join(Team, Team.id == TeamMember.team_id).order_by(Team.name)
    for agent_id, name in session.execute(query.where(TeamMember.agent_id.in_(agent_ids))):
        names[agent_id].append(name)
    return names


def _row(agent: Agent, teams: list[str]) -> StaffRow:
    now = state(agent)
    return StaffRow(
        id=agent.id,
        face=wording.face(agent.name),
        login=agent.login,
        title=agent.title,
        role=wording.role_label(agent.role),
        teams=", ".join(teams),
        languages=", ".join(wording.language_label(code) or code for code in agent.languages),
        state=now,
        state_label=state_label(now),
        tone=_TONES[now],
        url=url_for("staff.show", agent_id=agent.id),
    )


def states(selected: str = "") -> tuple[Choice, ...]:
    """The states to look for."""
    return tuple(Choice(word, state_label(word), word == selected) for word in STATES)


def roles(selected: str = "") -> tuple[Choice, ...]:
    """All roles, each with what it may."""
    hints = {
        Role.GUIDE: _("Answers residents in the shared queue."),
        Role.SPECIALIST: _("Answers what their own teams are given, in their domains."),
        Role.SUPERVISOR: _("Answers, assigns to anybody, and looks after the quarantine."),
        Role.IT_HOST: _("Sees only what is assigned to them."),
        Role.ADMIN: _("Looks after people and settings. Sees tickets only in the domains given below."),
        Role.PARTNER: _("Has no access to tickets."),
    }
    return tuple(Choice(role.value, wording.role_label(role), role.value == selected, hints[role]) for role in Role)


def offered(
    session: Session, role: str, teams: Collection[str], domains: Collection[str], languages: Collection[str]
) -> StaffChoices:
    """What can be chosen for a colleague who has these."""
    return StaffChoices(
        roles=roles(role),
        teams=_marked(choices.teams(session), teams),
        domains=_marked(domain_choices(session), domains),
        languages=_marked(choices.languages(), languages),
        skills=tuple(session.scalars(select(Skill.name).order_by(func.lower(Skill.name)))),
    )


def _marked(offers: Iterable[Choice], chosen: Collection[str]) -> tuple[Choice, ...]:
    return tuple(replace(offer, selected=offer.value in chosen) for offer in offers)


def domain_choices(session: Session) -> tuple[Choice, ...]:
    """All confidentiality domains by name."""
    english = language() == "en"
    found = session.execute(select(Domain.slug, Domain.name, Domain.name_en).order_by(Domain.name))
    return tuple(Choice(slug, (name_en if english else "") or name) for slug, name, name_en in found)


def inherited(session: Session, agent: Agent) -> tuple[str, ...]:
    """The domains that a colleague sees through their teams, by name."""
    query = select(Domain.name).distinct().join(DomainGrant, DomainGrant.domain_id == Domain.id)
    mine = select(TeamMember.team_id).where(TeamMember.agent_id == agent.id)
    return tuple(session.scalars(query.where(DomainGrant.team_id.in_(mine)).order_by(Domain.name)))


def load(session: Session, actor: Actor, agent_id: int) -> int:
    """How much open work of a colleague the actor sees, in the weights of channels."""
    query = select(Ticket.channel, func.count()).where(Ticket.assignee_id == agent_id, IS_OPEN, visible_tickets(actor))
    return sum(CHANNEL_WEIGHTS[channel] * count for channel, count in session.execute(query.group_by(Ticket.channel)))


def effects(
    session: Session, actor: Actor, agent: Agent, *, role: Role | None, teams: Collection[str], domains: Collection[str]
) -> tuple[str, ...]:
    """What it comes to when `agent` has only these; `role` None: when they are disabled.

    Empty: nothing is lost, and nothing gained but what was chosen.
    """
    told = []
    leaves = role is None or role is not agent.role or _loses(session, agent, teams, domains)
    if leaves and agent.disabled_at is None:
        told += _tickets(session, actor, agent, everything=role is None)
    told += [_("%(team)s has nobody left.", team=name) for name in _emptied(session, agent, teams)]
    can_read = role is not None and Permission.READ in PERMISSIONS[role]
    told += [
        _("Nobody else sees %(domain)s: new tickets there reach no one.", domain=name)
        for name in _unseen(session, agent, teams if can_read else (), domains if can_read else ())
    ]
    if role is not None:
        told += [
            _("%(name)s will see %(domain)s, through the groups.", name=agent.name, domain=name)
            for name in _gained(session, agent, role, teams, domains)
        ]
    if role is not None and role is not agent.role:
        told.append(_("%(name)s becomes: %(role)s.", name=agent.name, role=wording.role_label(role)))
    return tuple(told)


def regained(session: Session, agent: Agent) -> tuple[str, ...]:
    """What comes back to `agent`, who is disabled, besides what they were given themselves, a line for each domain.

    A group may have been given it meanwhile: nobody was told then that they would see it.
    """
    own = select(DomainGrant.domain_id).where(DomainGrant.agent_id == agent.id)
    query = select(Domain.name).where(Domain.slug.in_(through_own_teams(session, agent)), Domain.id.not_in(own))
    return tuple(
        _("%(name)s will see %(domain)s, through the groups.", name=agent.name, domain=name)
        for name in session.scalars(query.order_by(Domain.name))
    )


def through_own_teams(session: Session, agent: Agent) -> tuple[str, ...]:
    """The domains, by slug, that somebody who can sign in sees through their groups as they are now."""
    return through_teams(session, agent.role, session.scalars(_teams_held(agent)).all())


def through_teams(session: Session, role: Role, teams: Collection[str]) -> tuple[str, ...]:
    """The domains, by slug, that groups let somebody see who works there; there are roles that read nothing."""
    if Permission.READ not in PERMISSIONS[role]:
        return ()
    query = select(Domain.slug).distinct().join(DomainGrant, DomainGrant.domain_id == Domain.id)
    given = query.join(Team, Team.id == DomainGrant.team_id).where(Team.slug.in_(teams))
    return tuple(sorted(session.scalars(given)))


def _gained(session: Session, agent: Agent, role: Role, teams: Collection[str], domains: Collection[str]) -> list[str]:
    """The domains that `agent` would see through groups and does not see now; those in `domains` were chosen openly."""
    now = holders.held_by(session, Agent.id == agent.id) if Permission.READ in PERMISSIONS[agent.role] else set()
    gained = set(through_teams(session, role, teams)) - set(domains)
    query = select(Domain.name).where(Domain.slug.in_(gained), Domain.id.not_in(now))
    return list(session.scalars(query.order_by(Domain.name)))


def _loses(session: Session, agent: Agent, teams: Collection[str], domains: Collection[str]) -> bool:
    had_teams = set(session.scalars(_teams_held(agent)))
    had = set(session.scalars(select(Domain.slug).join(DomainGrant).where(DomainGrant.agent_id == agent.id)))
    return not (had_teams <= set(teams) and had <= set(domains))


def _teams_held(agent: Agent) -> Select[str]:
    return select(Team.slug).join(TeamMember, TeamMember.team_id == Team.id).where(TeamMember.agent_id == agent.id)


def _tickets(session: Session, actor: Actor, agent: Agent, *, everything: bool) -> list[str]:
    if everything:
        seen = views.count(session, (Ticket.assignee_id == agent.id) & IS_OPEN & visible_tickets(actor))
        known = ngettext(
            "%(n)s open ticket that you see goes back to the queue.",
            "%(n)s open tickets that you see go back to the queue.", seen, n=views.count_text(seen),
        )  # fmt: skip
        unknown = _("Any open tickets in domains that you do not see go back to the queue.")
        return [known, unknown] if seen else [unknown]
    return [_("Open tickets that %(name)s may no longer see go back to the queue.", name=agent.name)]


def _emptied(session: Session, agent: Agent, teams: Collection[str]) -> list[str]:
    """The teams that only `agent` works in, and would no longer."""
    others = (
        select(TeamMember.id)
        .join(Agent, Agent.id == TeamMember.agent_id)
        .where(TeamMember.team_id == Team.id, Agent.id != agent.id, holders.working())
    )
    left = select(Team.name).where(Team.slug.in_(_teams_held(agent)), Team.slug.not_in(teams), ~others.exists())
    return list(session.scalars(left.order_by(Team.name))) if agent.disabled_at is None else []


def _unseen(session: Session, agent: Agent, teams: Collection[str], domains: Collection[str]) -> list[str]:
    """The domains that only `agent` sees, themselves or through a team, and would no longer."""
    if agent.disabled_at is not None or Permission.READ not in PERMISSIONS[agent.role]:
        return []
    others = holders.held_by(session, holders.who_may(Permission.READ) & (Agent.id != agent.id))
    by_team = select(DomainGrant.domain_id).join(Team, Team.id == DomainGrant.team_id).where(Team.slug.in_(teams))
    lost = Domain.id.in_(holders.held_by(session, Agent.id == agent.id) - others)
    query = select(Domain.name).where(lost, Domain.slug.not_in(domains), Domain.id.not_in(by_team))
    return list(session.scalars(query.order_by(Domain.name)))

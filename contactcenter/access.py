"""Who may do and see what: the table of roles, and the one predicate of confidentiality.

`visible_tickets(actor)` stands behind every list, detail, count, search, event and file. A ticket is visible when its
domain is among the agent's grants (own or through a team) or a grant names the ticket itself; specialists see only the
tickets of their own teams, IT hosts only their own, and no role holds a domain by itself. What may not be seen looks
exactly like what does not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    and_,
    bindparam,
    false,
    literal,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, joinedload

from contactcenter.errors import NotAllowed, NotFound
from contactcenter.model import (
    Agent,
    DomainGrant,
    Inbox,
    ParkedMail,
    TeamMember,
    Ticket,
    TicketGrant,
    TicketTeam,
    Topic,
)
from contactcenter.model.words import Role

COMMON_DOMAIN = "common"
"""The one domain whose tickets all of the staff may read without a record of it."""


class Permission(StrEnum):
    """An act that a role includes or does not."""

    READ = "read"
    OPEN = "open"
    TAKE = "take"
    ASSIGN = "assign"
    REPLY = "reply"
    NOTE = "note"
    CLOSE = "close"
    TOPIC = "topic"
    ASSIGN_ANYONE = "assign_anyone"
    SORT = "sort"
    QUARANTINE = "quarantine"
    SETTINGS = "settings"
    AGENTS = "agents"
    REMOVE_DEMO = "remove_demo"


_DESK = frozenset(
    {
        Permission.READ,
        Permission.OPEN,
        Permission.TAKE,
        Permission.ASSIGN,
        Permission.REPLY,
        Permission.NOTE,
        Permission.CLOSE,
        Permission.TOPIC,
        Permission.SORT,
    }
)

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.GUIDE: _DESK,
    Role.SPECIALIST: _DESK,
    Role.SUPERVISOR: _DESK | {Permission.ASSIGN_ANYONE, Permission.QUARANTINE},
    Role.IT_HOST: frozenset({Permission.READ, Permission.OPEN, Permission.NOTE, Permission.CLOSE}),
    Role.ADMIN: frozenset(
        {
            Permission.READ,
            Permission.SORT,
            Permission.SETTINGS,
            Permission.AGENTS,
            Permission.QUARANTINE,
            Permission.REMOVE_DEMO,
        }
    ),
    Role.PARTNER: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """The agent who acts, with rights as they are now; made anew for each request.

    `rights` is the agent's `rights_rev` from before they were read: whoever keeps an actor compares it.
    """

    agent_id: int
    login: str
    name: str
    role: Role
    teams: frozenset[int]
    domains: frozenset[int]
    languages: tuple[str, ...] = ()
    rights: int = 0

    def may(self, permission: Permission) -> bool:
        """Whether the role includes `permission`."""
        return permission in PERMISSIONS[self.role]

    def require(self, permission: Permission) -> None:
        """Raises NotAllowed unless the role includes `permission`."""
        if not self.may(permission):
            raise NotAllowed(permission=str(permission))


def _held(asked: Callable[[ColumnElement[int]], ColumnElement[bool]]) -> CompoundSelect[int, int, int]:
    """The teams of the agents `asked` about, and the domains that they or their teams were granted."""
    teams, grants = TeamMember.__table__, DomainGrant.__table__
    through = grants.join(teams, teams.c.team_id == grants.c.team_id)
    return union_all(
        select(teams.c.agent_id, literal_column("1").label("is_team"), teams.c.team_id.label("row_id")).where(
            asked(teams.c.agent_id)
        ),
        select(grants.c.agent_id, literal_column("0"), grants.c.domain_id).where(asked(grants.c.agent_id)),
        select(teams.c.agent_id, literal_column("0"), grants.c.domain_id)
        .select_from(through)
        .where(asked(teams.c.agent_id)),
    )


_HELD_BY_ONE = _held(lambda agent_id: agent_id == bindparam("agent", type_=BigInteger))
_HELD_BY_MANY = _held(lambda agent_id: agent_id.in_(bindparam("agents", type_=BigInteger, expanding=True)))


def actor_for(session: Session, agent: Agent) -> Actor:
    """The actor that `agent` is at this moment: one small query."""
    return _actor(agent, session.execute(_HELD_BY_ONE, {"agent": agent.id}).all())


def actors_for(session: Session, agents: Collection[Agent]) -> dict[int, Actor]:
    """The actors that `agents` are at this moment, by agent id: one query for all of them."""
    held: dict[int, list[Any]] = {agent.id: [] for agent in agents}
    for row in session.execute(_HELD_BY_MANY, {"agents": list(held)}):
        held[row.agent_id].append(row)
    return {agent.id: _actor(agent, held[agent.id]) for agent in agents}


def _actor(agent: Agent, held: Iterable[Any]) -> Actor:
    kinds: tuple[set[int], set[int]] = set(), set()
    for _agent_id, is_team, row_id in held:
        kinds[is_team].add(row_id)
    domains, teams = kinds
    return Actor(
        agent_id=agent.id,
        login=agent.login,
        name=agent.name,
        role=agent.role,
        teams=frozenset(teams),
        domains=frozenset(domains),
        languages=tuple(agent.languages),
        rights=agent.rights_rev,
    )


def visible_tickets(actor: Actor) -> ColumnElement[bool]:
    """The predicate on `Ticket` that says what `actor` may see."""
    if not actor.may(Permission.READ):
        return false()
    granted = Ticket.id.in_(
        select(TicketGrant.ticket_id).where(
            or_(
                TicketGrant.agent_id == actor.agent_id,
                TicketGrant.team_id.in_(sorted(actor.teams)) if actor.teams else false(),
            )
        )
    )
    in_domain = Ticket.domain_id.in_(sorted(actor.domains)) if actor.domains else false()
    return or_(and_(in_domain, _by_role(actor)), granted)


def visible_arrivals(actor: Actor) -> ColumnElement[bool]:
    """The predicate on `Inbox` for what could not be read: nobody knows what is in it, but to whom it was sent."""
    if not actor.may(Permission.QUARANTINE):
        return false()
    in_domain = Inbox.domain_id.in_(sorted(actor.domains)) if actor.domains else false()
    return or_(Inbox.domain_id.is_(None), in_domain)


def visible_parked(actor: Actor) -> ColumnElement[bool]:
    """The predicate on `ParkedMail`: what is parked about a ticket is seen with it, the rest as its domain is."""
    if not actor.may(Permission.SORT):
        return false()
    # a value, looked up for each mail: of a condition PostgreSQL would make a list of all tickets that one sees
    seen = select(visible_tickets(actor).label("seen")).where(Ticket.id == ParkedMail.ticket_id)
    about_seen = and_(ParkedMail.ticket_id.is_not(None), seen.correlate(ParkedMail).scalar_subquery())
    if sees_only_about_tickets(actor):
        return about_seen
    return or_(about_seen, and_(ParkedMail.ticket_id.is_(None), ParkedMail.domain_id.in_(sorted(actor.domains))))


def sees_only_about_tickets(actor: Actor) -> bool:
    """Whether of parked mail `actor` may see only what was written about a ticket."""
    return actor.role is Role.SPECIALIST or not actor.domains


def _by_role(actor: Actor) -> ColumnElement[bool]:
    mine = Ticket.assignee_id == actor.agent_id
    if actor.role is Role.SPECIALIST:
        teams = sorted(actor.teams)
        shared = Ticket.id.in_(select(TicketTeam.ticket_id).where(TicketTeam.team_id.in_(teams)))
        return or_(Ticket.team_id.in_(teams), shared, mine)
    if actor.role is Role.IT_HOST:
        return mine
    return Ticket.id.is_not(None)


_FOR_PAGES = (
    joinedload(Ticket.topic).load_only(Topic.name, Topic.name_en),
    *(joinedload(near) for near in (Ticket.team, Ticket.domain, Ticket.office)),
    *(joinedload(near) for near in (Ticket.assignee, Ticket.person, Ticket.address)),
)
"""What a page shows beside a ticket comes with it, instead of a question to the database each."""


def get_ticket(session: Session, actor: Actor, number: int, *, lock: bool = False) -> Ticket:
    """The ticket with `number`, for this actor; `lock` holds its row until the transaction ends.

    Raises:
        NotFound: there is no such ticket, or the actor may not know of it.
    """
    query = select(Ticket).where(Ticket.number == literal(number, BigInteger), visible_tickets(actor))
    ticket = session.scalar(query.with_for_update(of=Ticket) if lock else query.options(*_FOR_PAGES))
    if ticket is None:
        raise NotFound()
    return ticket


def watch_rooms(actor: Actor) -> frozenset[str]:
    """The rooms of live hints that this actor's tickets can be in; never more than `visible_tickets`."""
    if not actor.may(Permission.READ):
        return frozenset()
    own = frozenset({f"agent:{actor.agent_id}"})
    if actor.role in (Role.GUIDE, Role.SUPERVISOR, Role.ADMIN):
        return own | {f"domain:{domain}" for domain in actor.domains}
    if actor.role is Role.SPECIALIST:
        return own | {f"team:{team}:{domain}" for team in actor.teams for domain in actor.domains}
    return own

"""Writes the example people: agents with their teams and domains, residents with their addresses."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from contactcenter.demo.records import People, Resident
from contactcenter.model import Address, Agent, Domain, DomainGrant, Person, PersonAddress, Team, TeamMember
from contactcenter.model.words import AddressKind, PersonKind, Role
from contactcenter.services import demo_data, identity, passwords


@dataclass(slots=True)
class Known:
    """The rows of the example people by login and by key."""

    agents: dict[str, Agent] = field(default_factory=dict)
    persons: dict[str, Person] = field(default_factory=dict)
    mail: dict[str, Address] = field(default_factory=dict)
    phones: dict[str, Address] = field(default_factory=dict)


def store(session: Session, people: People) -> Known:
    """All agents, with one password that everybody knows, and all residents."""
    known = Known()
    _agents(session, people, known)
    for resident in people.residents:
        _resident(session, resident, known)
    return known


def _agents(session: Session, people: People, known: Known) -> None:
    password = passwords.hash_password(demo_data.PASSWORD)
    teams = {row.slug: row.id for row in session.execute(select(Team.slug, Team.id))}
    domains = {row.slug: row.id for row in session.execute(select(Domain.slug, Domain.id))}
    for given in people.agents:
        agent = Agent(
            login=given.login,
            name=given.name,
            title=given.title,
            role=Role(given.role),
            languages=list(given.languages),
            password_hash=password,
            is_demo=True,
        )
        session.add(agent)
        session.flush()
        session.add_all(TeamMember(agent_id=agent.id, team_id=teams[slug]) for slug in given.teams)
        session.add_all(DomainGrant(agent_id=agent.id, domain_id=domains[slug]) for slug in given.domains)
        known.agents[given.login] = agent


def _resident(session: Session, given: Resident, known: Known) -> None:
    person = Person(
        kind=PersonKind(given.kind),
        name=given.name or "",
        language=given.language,
        preferred_channel=given.preferred_channel or "",
        protected_identity=given.protected_identity,
        safe_contact=given.safe_contact or "",
    )
    session.add(person)
    session.flush()
    known.persons[given.key] = person
    if given.email:
        known.mail[given.key] = _address(session, person, AddressKind.EMAIL, given.email.lower())
    if given.phone:
        known.phones[given.key] = _address(session, person, AddressKind.PHONE, e164(given.phone))


def _address(session: Session, person: Person, kind: AddressKind, value: str) -> Address:
    """A couple shares an address: it is one row with two persons."""
    address = session.get_one(Address, identity.find_or_add_address(session, kind, value))
    session.add(PersonAddress(person_id=person.id, address_id=address.id))
    return address


def e164(phone: str) -> str:
    """A Swedish number as it is stored (ITU-T E.164): `070-174 06 12` is `+46701740612`."""
    return "+46" + "".join(char for char in phone if char.isdecimal()).removeprefix("0")

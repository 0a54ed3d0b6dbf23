"""Makers of rows for tests, and a small municipality of them. Every name and address is invented."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from contactcenter import clock, search
from contactcenter.db import Base
from contactcenter.model import (
    Address,
    Agent,
    Domain,
    DomainGrant,
    Entry,
    EntryMessage,
    EntryNote,
    Office,
    OurAddress,
    Person,
    PersonAddress,
    Team,
    TeamMember,
    Ticket,
    Topic,
)
from contactcenter.model.words import (
    AddressKind,
    ChannelKind,
    Direction,
    EntryKind,
    OfficeKind,
    Priority,
    Role,
    Sensitivity,
)

Row = TypeVar("Row", bound=Base)


@dataclass(frozen=True, slots=True)
class Organisation:
    """Ekhamra in small. Alice guides (common, acute), Bob supervises (all), Charlie is a specialist (social).

    Dora is a guide without any domain; `admin` administers. First line: Alice, Bob and Dora.
    """

    common: Domain
    social: Domain
    acute: Domain
    first_line: Team
    social_team: Team
    streets: Team
    parking: Topic
    economic_aid: Topic
    danger: Topic
    centre: Office
    north: Office
    alice: Agent
    bob: Agent
    charlie: Agent
    dora: Agent
    admin: Agent


def _keep(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row


def make_domain(session: Session, slug: str, name: str = "") -> Domain:
    return _keep(session, Domain(slug=slug, name=name or slug.capitalize()))


def make_team(session: Session, slug: str, name: str = "", **columns: Any) -> Team:
    return _keep(session, Team(slug=slug, name=name or slug.capitalize(), **columns))


def make_topic(session: Session, slug: str, team: Team, domain: Domain, **columns: Any) -> Topic:
    values: dict[str, Any] = {"name": slug.capitalize(), "sensitivity": Sensitivity.OPEN, "priority": Priority.NORMAL}
    return _keep(session, Topic(slug=slug, team_id=team.id, domain_id=domain.id, **values | columns))


def make_office(session: Session, slug: str, **columns: Any) -> Office:
    values: dict[str, Any] = {"name": slug.capitalize(), "kind": OfficeKind.LOCAL}
    return _keep(session, Office(slug=slug, **values | columns))


def make_agent(
    session: Session,
    name: str,
    role: Role = Role.GUIDE,
    *,
    teams: Iterable[Team] = (),
    domains: Iterable[Domain] = (),
    **columns: Any,
) -> Agent:
    """An agent `<name>@ekhamra.example` with own grants to `domains`."""
    agent = _keep(session, Agent(login=f"{name.lower()}@ekhamra.example", name=name, role=role, **columns))
    session.add_all(TeamMember(team_id=team.id, agent_id=agent.id) for team in teams)
    session.add_all(DomainGrant(domain_id=domain.id, agent_id=agent.id) for domain in domains)
    session.flush()
    return agent


def make_address(session: Session, value: str, *persons: Person) -> Address:
    """A mail address, or a telephone number in E.164, that `persons` have."""
    kind = AddressKind.EMAIL if "@" in value else AddressKind.PHONE
    address = _keep(session, Address(kind=kind, value=value))
    session.add_all(PersonAddress(person_id=person.id, address_id=address.id) for person in persons)
    session.flush()
    return address


def make_person(session: Session, name: str = "Maja Exempel", **columns: Any) -> Person:
    return _keep(session, Person(name=name, **columns))


def make_ticket(
    session: Session,
    domain: Domain,
    team: Team,
    subject: str = "En fråga",
    *,
    at: datetime | None = None,
    **columns: Any,
) -> Ticket:
    """A new ticket that came in by mail at `at` (now), with no entry yet."""
    at = at or clock.now()
    values: dict[str, Any] = {"channel": ChannelKind.EMAIL, "waiting_since": at, "last_message_at": at}
    values |= {"public_token": secrets.token_urlsafe(32), "domain_id": domain.id, "team_id": team.id}
    return _keep(session, Ticket(subject=subject, **values | columns))


def make_entry(
    session: Session,
    ticket: Ticket,
    text: str = "Hej!",
    kind: EntryKind = EntryKind.MESSAGE,
    *,
    html: str | None = None,
    **columns: Any,
) -> Entry:
    """The next entry of a ticket, with its message or note, and findable; a message comes in by mail."""
    note = kind is EntryKind.NOTE
    values: dict[str, Any] = {"at": clock.now(), "seq": ticket.last_seq + 1}
    values["direction"] = Direction.INTERNAL if note else Direction.IN
    values["channel"] = None if note else ChannelKind.EMAIL
    entry = _keep(session, Entry(ticket_id=ticket.id, kind=kind, **values | columns))
    ticket.last_seq = entry.seq
    body = EntryNote(entry_id=entry.id, text=text) if note else EntryMessage(entry_id=entry.id, text=text, html=html)
    session.add(body)
    session.flush()
    search.index(session, ticket_id=ticket.id, entry_id=entry.id, domain_id=ticket.domain_id, text=text)
    return entry


def found_organisation(session: Session) -> Organisation:
    """Make the rows of `Organisation`."""
    common, social, acute = (make_domain(session, slug) for slug in ("common", "social", "acute"))
    first_line = make_team(session, "kontaktcenter", is_first_line=True)
    social_team = make_team(session, "socialtjanst")
    streets = make_team(session, "gata-park", mail_address="gata@ekhamra.example")
    session.add(OurAddress(address="kontakt@ekhamra.example"))
    everything = (common, social, acute)
    return Organisation(
        common=common,
        social=social,
        acute=acute,
        first_line=first_line,
        social_team=social_team,
        streets=streets,
        parking=make_topic(session, "parking", streets, common),
        economic_aid=make_topic(session, "economic_aid", social_team, social, sensitivity=Sensitivity.SECRET),
        danger=make_topic(session, "acute_danger", first_line, acute, priority=Priority.URGENT),
        centre=make_office(session, "centrum", kind=OfficeKind.CENTRAL),
        north=make_office(session, "norra", mail_address="norra@ekhamra.example"),
        alice=make_agent(session, "Alice", teams=[first_line], domains=[common, acute]),
        bob=make_agent(session, "Bob", Role.SUPERVISOR, teams=[first_line], domains=everything),
        charlie=make_agent(session, "Charlie", Role.SPECIALIST, teams=[social_team], domains=[social]),
        dora=make_agent(session, "Dora", teams=[first_line]),
        admin=make_agent(session, "Admin", Role.ADMIN),
    )

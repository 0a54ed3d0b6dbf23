"""Writes the example organisation into an empty database; from then on it is ordinary data, to be edited."""

from __future__ import annotations

from sqlalchemy.orm import Session

from contactcenter.demo.organisation import Office as OfficeRecord
from contactcenter.demo.organisation import Organisation
from contactcenter.model import (
    Acknowledgement,
    Authority,
    CannedReply,
    District,
    Domain,
    Office,
    OpeningInterval,
    OurAddress,
    ReplyTarget,
    RoutingRule,
    ServiceOffer,
    Team,
    Topic,
)
from contactcenter.model.words import OfficeKind, Priority, Sensitivity
from contactcenter.queries import ack_texts

Ids = dict[str, int]


def store(session: Session, given: Organisation) -> None:
    """Domains, teams, topics, offices with their hours, addresses, rules, replies and authorities."""
    domains = _domains(session, given)
    teams = _teams(session, given)
    topics = _topics(session, given, domains, teams)
    offices = _offices(session, given, {topic.slug: teams[topic.team] for topic in given.topics})
    session.add_all(District(name=name, place_names=list(places)) for name, places in given.districts.items())
    for entry in given.addresses:
        session.add(
            OurAddress(
                address=entry.address,
                topic_id=topics.get(entry.topic or ""),
                team_id=teams.get(entry.team or ""),
                office_id=offices.get(entry.office or ""),
                domain_id=domains.get(entry.domain or ""),
            )
        )
    for target in given.targets:
        session.add_all(
            ReplyTarget(
                topic_id=topics.get(target.topic),
                channel=channel,
                priority=target.priority,
                count=target.count,
                unit=target.unit,
            )
            for channel in target.channels
        )
    _texts(session, given)
    session.flush()


def _domains(session: Session, given: Organisation) -> Ids:
    rows = [Domain(slug=domain.slug, name=domain.name, name_en=domain.name_en) for domain in given.domains]
    session.add_all(rows)
    session.flush()
    return {row.slug: row.id for row in rows}


def _teams(session: Session, given: Organisation) -> Ids:
    mail: dict[str, str] = {}
    for entry in given.addresses:
        if entry.team and not entry.office:
            mail.setdefault(entry.team, entry.address)
    rows = [
        Team(
            slug=team.slug,
            name=team.name,
            role_name=team.role,
            mail_address=mail.get(team.slug, ""),
            signature=team.name.partition(" (")[0],
            is_first_line=team.slug == given.first_line,
        )
        for team in given.teams
    ]
    session.add_all(rows)
    session.flush()
    return {row.slug: row.id for row in rows}


def _topics(session: Session, given: Organisation, domains: Ids, teams: Ids) -> Ids:
    departments = {department.slug: department.name for department in given.departments}
    rows = [
        Topic(
            slug=topic.slug,
            name=topic.name,
            name_en=topic.name_en,
            department=departments[topic.department],
            team_id=teams[topic.team],
            domain_id=domains[topic.domain],
            sensitivity=Sensitivity(topic.sensitivity),
            priority=Priority(topic.priority),
            phrases=dict(topic.phrases),
        )
        for topic in given.topics
    ]
    session.add_all(rows)
    session.flush()
    return {row.slug: row.id for row in rows}


def _offices(session: Session, given: Organisation, team_of_topic: Ids) -> Ids:
    rows = [_office(office, team_of_topic, session) for office in given.offices]
    return {row.slug: row.id for row in rows}


def _office(office: OfficeRecord, team_of_topic: Ids, session: Session) -> Office:
    own = [address for address in office.mail_addresses if address.partition("@")[0] == office.slug]
    row = Office(
        slug=office.slug,
        name=office.name,
        kind=OfficeKind(office.kind),
        street_address=office.address,
        district=office.district,
        owner_board=office.owner,
        operator=office.operator,
        host=office.host or "",
        mail_address=own[0] if own else "",
        signature=f"{office.name}\n{office.address}",
        languages=list(office.languages),
        place_names=list(office.names),
        landmarks=list(office.landmarks),
        services=list(office.services),
        discreet=office.discreet,
        valid_from=office.valid_from,
        valid_to=office.valid_to,
    )
    session.add(row)
    session.flush()
    for hours in office.hours:
        session.add(
            OpeningInterval(
                office_id=row.id,
                weekday=hours.weekday - 1,
                opens=hours.opens,
                closes=hours.closes,
                weeks="every" if hours.weeks == "all" else hours.weeks,
            )
        )
    for held in office.sessions:
        session.add(
            ServiceOffer(
                office_id=row.id,
                team_id=team_of_topic.get(held.topic or ""),
                name=held.name,
                weekday=held.when.weekday - 1,
                starts=held.when.opens,
                ends=held.when.closes,
                mode=held.mode.replace("-", "_"),
                language=held.language or "",
            )
        )
    return row


def _texts(session: Session, given: Organisation) -> None:
    for place, rule in enumerate(given.rules, 1):
        session.add(
            RoutingRule(
                position=place * 10,
                slug=rule.slug,
                name=rule.name,
                conditions={name: list(values) for name, values in rule.conditions.items()},
                actions=dict(rule.actions),
                stop=rule.stop,
            )
        )
    for reply in given.replies:
        session.add(CannedReply(slug=reply.slug, title=reply.title, text=reply.text, language=reply.language))
    for code, text in ack_texts.TEXT.items():
        session.add(Acknowledgement(language=code, subject=ack_texts.SUBJECT[code], text=text))
    for body in given.authorities:
        session.add(Authority(name=body.name, phone=body.phone or "", url=body.url or "", level=body.level))

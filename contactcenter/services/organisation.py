"""The municipality as routing sees it, read from the tables and kept until a setting is changed."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.email.addresses import one_spelling
from contactcenter import logs
from contactcenter.errors import Busy
from contactcenter.model import (
    District,
    Domain,
    Office,
    OurAddress,
    RoutingRule,
    SenderRule,
    SettingChange,
    Team,
    Topic,
)
from contactcenter.services import promises
from contactcenter.services.promises import Promises
from routing.decide import Router
from routing.facts import AddressFacts, OfficeFacts, OrganisationFacts, RuleFacts, TopicFacts

log = logs.get_logger(__name__)

KEPT_SECONDS = 10.0
WAIT_SECONDS = 1.0
"""How long a thread waits for another that builds, before it goes on with what was kept."""
FIRST_SECONDS = 10.0
"""How long it waits when nothing is kept yet."""
ODD_ROWS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What building raises when rows hold what no form and no file lets in. A database that is away raises others."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """A router for the present organisation, the row ids behind the slugs it answers with, and what it promises.

    `sender_rules` say what is done with mail from an address or from all of a domain (`@example.se`), in one spelling.
    """

    router: Router
    topics: Mapping[str, int]
    teams: Mapping[str, int]
    offices: Mapping[str, int]
    domains: Mapping[str, int]
    rule_versions: Mapping[str, int]
    promises: Promises = field(default_factory=Promises)
    sender_rules: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Kept:
    """An organisation, the newest change that it holds, and until when nothing else is looked for."""

    organisation: Organisation
    change: int
    until: float

    def holds(self, change: int) -> bool:
        """Whether it is what somebody who sees this newest change would build."""
        return change <= self.change and time.monotonic() <= self.until


class OrganisationCache:
    """Keeps the last `Organisation`: building its indices costs more than one decision.

    Whatever is changed through the settings, in any process, is seen at the next question by the newest row of the
    history; what was changed past them (a start with example data) after `KEPT_SECONDS`. The database is asked under
    no lock. One thread builds at a time, since several only slow each other; the others wait a little, and then go on
    with what was kept, as if they had come a moment earlier.
    """

    def __init__(self) -> None:
        self._building = threading.Lock()
        self._kept: _Kept | None = None

    def get(self, session: Session) -> Organisation:
        """The organisation with every change that is committed, or the last good one while that cannot be built.

        Raises:
            Busy: the first one is being built and takes too long.
        """
        change = session.scalar(select(func.max(SettingChange.id))) or 0
        kept = self._kept
        if kept is not None and kept.holds(change):
            return kept.organisation
        if not self._building.acquire(timeout=FIRST_SECONDS if kept is None else WAIT_SECONDS):
            return self._meanwhile()
        try:
            kept = self._kept
            if kept is None or not kept.holds(change):
                kept = self._kept = _Kept(self._built(session), change, time.monotonic() + KEPT_SECONDS)
            return kept.organisation
        finally:
            self._building.release()

    def _meanwhile(self) -> Organisation:
        if self._kept is None:
            raise Busy(retry_after=int(FIRST_SECONDS))
        return self._kept.organisation

    def _built(self, session: Session) -> Organisation:
        """A new one; the last good one when the rows are so odd that none can be built: mail is taken in all the same.

        It is tried again after `KEPT_SECONDS`, and at the next change.
        """
        last = self._kept.organisation if self._kept is not None else None
        try:
            return read(session, last)
        except ODD_ROWS as error:
            if last is None:
                raise
            log.exception("organisation_not_built", error=str(error), next="the last good one")
            return last


def present(session: Session) -> Organisation:
    """The organisation, kept for this application: building it takes long, so ask with no writing transaction open."""
    cache: OrganisationCache = current_app.extensions.setdefault("contactcenter.organisation", OrganisationCache())
    return cache.get(session)


def read(session: Session, before: Organisation | None = None) -> Organisation:
    """Build the organisation from the tables; the router of `before` is kept while nothing it knows has changed."""
    teams = {team.slug: team for team in session.scalars(select(Team).order_by(Team.id))}
    domains = {domain.slug: domain.id for domain in session.scalars(select(Domain))}
    topics = {topic.slug: topic for topic in session.scalars(select(Topic).where(Topic.active).order_by(Topic.id))}
    offices = {office.slug: office for office in session.scalars(select(Office).order_by(Office.id))}
    rules = list(
        session.scalars(select(RoutingRule).where(RoutingRule.active).order_by(RoutingRule.position, RoutingRule.id))
    )
    facts = OrganisationFacts(
        topics=_topics(topics, teams, domains),
        teams={slug: team.name for slug, team in teams.items()},
        offices={slug: _office(office) for slug, office in offices.items()},
        districts=_districts(session),
        addresses=_addresses(session, topics, teams, offices, domains),
        rules=tuple(_rule(rule) for rule in rules),
        first_line=next((slug for slug, team in teams.items() if team.is_first_line), next(iter(teams), "")),
    )
    return Organisation(
        router=before.router if before is not None and before.router.org == facts else Router(facts),
        topics={slug: topic.id for slug, topic in topics.items()},
        teams={slug: team.id for slug, team in teams.items()},
        offices={slug: office.id for slug, office in offices.items()},
        domains=domains,
        rule_versions={rule.slug: rule.version for rule in rules},
        promises=promises.read(session),
        sender_rules={one_spelling(rule.pattern): rule.action for rule in session.scalars(select(SenderRule))},
    )


def _topics(
    topics: Mapping[str, Topic], teams: Mapping[str, Team], domains: Mapping[str, int]
) -> dict[str, TopicFacts]:
    team_slugs = {team.id: slug for slug, team in teams.items()}
    domain_slugs = {domain_id: slug for slug, domain_id in domains.items()}
    return {
        slug: TopicFacts(
            slug=slug,
            name=topic.name,
            team=team_slugs[topic.team_id],
            domain=domain_slugs[topic.domain_id],
            sensitivity=topic.sensitivity,
            priority=topic.priority,
            phrases={phrase: float(weight) for phrase, weight in topic.phrases.items()},
        )
        for slug, topic in topics.items()
    }


def _office(office: Office) -> OfficeFacts:
    return OfficeFacts(
        slug=office.slug,
        name=office.name,
        district=office.district,
        names=tuple(office.place_names),
        languages=tuple(office.languages),
        addresses=(office.mail_address,) if office.mail_address else (),
        landmarks=tuple(office.landmarks),
    )


def _districts(session: Session) -> dict[str, tuple[str, ...]]:
    return {row.name: tuple(row.place_names) for row in session.scalars(select(District).order_by(District.id))}


def _addresses(
    session: Session,
    topics: Mapping[str, Topic],
    teams: Mapping[str, Team],
    offices: Mapping[str, Office],
    domains: Mapping[str, int],
) -> tuple[AddressFacts, ...]:
    topic_slugs = {topic.id: slug for slug, topic in topics.items()}
    team_slugs = {team.id: slug for slug, team in teams.items()}
    office_slugs = {office.id: slug for slug, office in offices.items()}
    domain_slugs = {domain_id: slug for slug, domain_id in domains.items()}
    return tuple(
        AddressFacts(
            address=row.address,
            topic=topic_slugs.get(row.topic_id or 0),
            team=team_slugs.get(row.team_id or 0),
            office=office_slugs.get(row.office_id or 0),
            domain=domain_slugs.get(row.domain_id or 0),
        )
        for row in session.scalars(select(OurAddress).order_by(OurAddress.address))
    )


def _rule(rule: RoutingRule) -> RuleFacts:
    return RuleFacts(
        slug=rule.slug,
        name=rule.name,
        conditions={key: tuple(values) for key, values in rule.conditions.items()},
        actions=dict(rule.actions),
        stop=rule.stop,
    )

"""Asks routing where a message belongs, and stores the answer with its reasons."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.message import Envelope, InboundMessage
from contactcenter import clock
from contactcenter.access import COMMON_DOMAIN
from contactcenter.errors import InvalidInput
from contactcenter.model import Decision, Domain, Office, Team, Ticket, Topic
from contactcenter.model.words import Priority
from contactcenter.services.organisation import Organisation
from contactcenter.services.promises import Promises
from routing.facts import Decision as RoutingDecision
from routing.facts import Reason, TicketFacts
from routing.reasons import reason

FEWEST_WORDS = 4
"""A message has at least so many; a greeting alone has fewer."""


@dataclass(frozen=True, slots=True)
class Placement:
    """A decision with row ids instead of slugs, and what was promised about answers when it was made."""

    topic_id: int | None
    team_id: int
    team_name: str
    office_id: int | None
    domain_id: int
    priority: Priority
    decision: RoutingDecision
    rule_version: int
    promises: Promises = field(default_factory=Promises)


def facts_of(message: InboundMessage, envelope: Envelope) -> TicketFacts:
    """What routing may know of a message: what the resident wrote now, without what was quoted.

    Their signature is told apart, unless hardly anything stands above it: then somebody wrote below the dashes.
    """
    written = message.text if message.quoted_from is None else message.text[: message.quoted_from]
    body, signature = written[: message.signature_from], ""
    if message.signature_from is not None and len(body.split()) >= FEWEST_WORDS:
        signature = written[message.signature_from :]
    else:
        body = written
    recipients = (*envelope.recipients, *(address.value for address in (*message.recipients, *message.copies)))
    return TicketFacts(
        channel=message.channel,
        sender=message.sender.value,
        recipients=tuple(dict.fromkeys(recipients)),
        subject=message.subject,
        body=body or message.text,
        language=message.language,
        has_attachments=bool(message.attachments),
        signature=signature,
    )


def place(organisation: Organisation, facts: TicketFacts) -> Placement:
    """Decide where `facts` belong. The team is always set: what nothing claims goes to the first line."""
    return placement(organisation, organisation.router.decide(facts))


def placement(organisation: Organisation, decision: RoutingDecision) -> Placement:
    """The row ids behind a decision."""
    return Placement(
        topic_id=organisation.topics.get(decision.topic or ""),
        team_id=organisation.teams[decision.team],
        team_name=organisation.router.org.teams[decision.team],
        office_id=organisation.offices.get(decision.office or ""),
        domain_id=organisation.domains[decision.domain],
        priority=Priority(decision.priority),
        decision=decision,
        rule_version=organisation.rule_versions.get(decision.rule or "", 0),
        promises=organisation.promises,
    )


def chosen(session: Session, placed: Placement, topic_slug: str | None, office_slug: str | None) -> Placement:
    """A placement with the topic and the office that whoever sent it chose; what was found in the text stays told.

    Urgency found in the text is never lowered, and what belongs in a confidential domain by its text is not taken out
    of it, nor from the group there, by a choice of a topic of the common domain.

    Raises:
        InvalidInput: there is no such topic or office.
    """
    reasons: list[Reason] = []
    if topic_slug is not None:
        topic = session.scalar(select(Topic).where(Topic.slug == topic_slug, Topic.active))
        if topic is None:
            raise InvalidInput(f"There is no topic `{topic_slug}`.", field="topic")
        level = Priority.URGENT if placed.priority is Priority.URGENT else Priority(topic.priority)
        reasons.append(reason("topic_given", name=topic.name))
        placed = replace(placed, topic_id=topic.id, priority=level)
        common = session.scalar(select(Domain.id).where(Domain.slug == COMMON_DOMAIN))
        if topic.domain_id == common != placed.domain_id:
            reasons.append(reason("domain_kept"))
        else:
            team = session.get_one(Team, topic.team_id)
            placed = replace(placed, team_id=team.id, team_name=team.name, domain_id=topic.domain_id)
    if office_slug is not None:
        office = session.scalar(select(Office).where(Office.slug == office_slug))
        if office is None:
            raise InvalidInput(f"There is no office `{office_slug}`.", field="office")
        reasons.append(reason("office_given", office=office.name))
        placed = replace(placed, office_id=office.id)
    return replace(placed, decision=replace(placed.decision, reasons=(*reasons, *placed.decision.reasons)))


def continued(session: Session, placed: Placement, old: Ticket) -> Placement:
    """A placement of what continues `old`: what the text does not tell is taken from there, and told as such.

    A confidential domain is never left, for a reply quotes what was written there; urgency found in the text holds.
    """
    reasons: list[Reason] = []
    common = session.scalar(select(Domain.id).where(Domain.slug == COMMON_DOMAIN))
    topic = old.topic if old.topic is not None and old.topic.active else None
    if old.domain_id not in (common, placed.domain_id):
        reasons.append(reason("domain_continued"))
        its_own = topic.id if topic is not None and topic.domain_id == old.domain_id else None
        placed = _at_team(session, replace(placed, topic_id=its_own, domain_id=old.domain_id), old.team_id)
    elif topic is not None and placed.topic_id is None:
        reasons.append(reason("topic_continued", name=topic.name))
        level = Priority.URGENT if placed.priority is Priority.URGENT else Priority(topic.priority)
        placed = replace(placed, topic_id=topic.id, priority=level)
        if placed.domain_id in (common, topic.domain_id):
            placed = _at_team(session, replace(placed, domain_id=topic.domain_id), topic.team_id)
    office = session.get(Office, old.office_id) if old.office_id and placed.office_id is None else None
    if office is not None and (office.valid_to is None or office.valid_to >= clock.now().date()):
        reasons.append(reason("office_continued", office=office.name))
        placed = replace(placed, office_id=office.id)
    return replace(placed, decision=replace(placed.decision, reasons=(*reasons, *placed.decision.reasons)))


def _at_team(session: Session, placed: Placement, team_id: int) -> Placement:
    team = session.get_one(Team, team_id)
    return replace(placed, team_id=team.id, team_name=team.name)


def store(session: Session, ticket: Ticket, placed: Placement) -> Decision:
    """Write down why `ticket` went where it did."""
    decision = placed.decision
    row = Decision(
        ticket=ticket,
        topic_id=placed.topic_id,
        team_id=placed.team_id,
        office_id=placed.office_id,
        rule=decision.rule or "",
        rule_version=placed.rule_version,
        confidence=decision.confidence,
        reasons=[asdict(reason) for reason in decision.reasons],
        candidates=[list(candidate) for candidate in decision.candidates],
    )
    session.add(row)
    return row


def corrected(agent: str, topic: Topic) -> dict[str, Any]:
    """The reason to store when somebody has chosen another topic."""
    text = f"{agent} ändrade ämnet till {topic.name}."
    return {
        "code": "corrected",
        "text": text,
        "matched": [],
        "used": True,
        "names": {"agent": agent, "name": topic.name},
    }

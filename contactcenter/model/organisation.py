"""The municipality: domains, teams, agents, offices with their hours, topics, rules and texts."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from contactcenter.db import Model
from contactcenter.model.columns import Created, optional_reference, reference
from contactcenter.model.words import OfficeKind, Priority, Role, Sensitivity, word


class Domain(Created, Model):
    """A confidentiality domain (sekretessområde, OSL 8 kap. 2 §): what its holders see and others do not."""

    __tablename__ = "domain"

    slug: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200), default="")


class Team(Created, Model):
    """An answer group or unit. `mail_address` is where its answers come from, empty: the common address."""

    __tablename__ = "team"

    slug: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role_name: Mapped[str] = mapped_column(String(200), default="")
    mail_address: Mapped[str] = mapped_column(String(320), default="")
    signature: Mapped[str] = mapped_column(Text, default="")
    is_first_line: Mapped[bool] = mapped_column(default=False)


class Agent(Created, Model):
    """Somebody who works here. `login` is a staff address; a disabled agent keeps the row for history.

    `is_service` is another program, which acts through tokens: it never signs in and is never given tickets.
    `capacity` is how much open work they have at most, in the weights of `words.CHANNEL_WEIGHTS`; 0: no ceiling.
    `rights_rev` rises when rights change or a session is ended, so that open sockets are asked again at once.
    """

    __tablename__ = "agent"

    login: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str] = mapped_column(String(200), default="")
    role: Mapped[Role] = mapped_column(word(Role))
    languages: Mapped[list[str]] = mapped_column(default=list)
    title: Mapped[str] = mapped_column(String(200), default="")
    locale: Mapped[str] = mapped_column(String(8), default="")
    theme: Mapped[str] = mapped_column(String(8), default="")
    density: Mapped[str] = mapped_column(String(8), default="")
    shortcuts: Mapped[bool] = mapped_column(default=True)
    is_demo: Mapped[bool] = mapped_column(default=False)
    is_service: Mapped[bool] = mapped_column(default=False)
    capacity: Mapped[int] = mapped_column(default=0)
    rights_rev: Mapped[int] = mapped_column(default=0)
    disabled_at: Mapped[datetime | None]


class TeamMember(Created, Model):
    """Who works in which team."""

    __tablename__ = "team_member"
    __table_args__ = (UniqueConstraint("team_id", "agent_id"),)

    team_id: Mapped[int] = reference("team.id")
    agent_id: Mapped[int] = reference("agent.id", index=True, cascade=True)


class Skill(Created, Model):
    """A competence (building permits, sign language): something that somebody knows and others ask for."""

    __tablename__ = "skill"

    name: Mapped[str] = mapped_column(String(80), unique=True)


class AgentSkill(Created, Model):
    """Who has which competence."""

    __tablename__ = "agent_skill"
    __table_args__ = (UniqueConstraint("agent_id", "skill_id"),)

    agent_id: Mapped[int] = reference("agent.id", cascade=True)
    skill_id: Mapped[int] = reference("skill.id", index=True, cascade=True)


class DomainGrant(Created, Model):
    """The right to see a domain, given to an agent or to a whole team."""

    __tablename__ = "domain_grant"
    __table_args__ = (UniqueConstraint("domain_id", "agent_id"), UniqueConstraint("domain_id", "team_id"))

    domain_id: Mapped[int] = reference("domain.id")
    agent_id: Mapped[int | None] = optional_reference("agent.id", index=True)
    team_id: Mapped[int | None] = optional_reference("team.id", index=True)


class Office(Created, Model):
    """A place residents can go to. `place_names` is what people call it, in any language.

    `landmarks` are names that may mean the house it lies in (stadshuset): they count together with a wish to come.
    """

    __tablename__ = "office"

    slug: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[OfficeKind] = mapped_column(word(OfficeKind))
    street_address: Mapped[str] = mapped_column(String(300), default="")
    district: Mapped[str] = mapped_column(String(100), default="")
    owner_board: Mapped[str] = mapped_column(String(200), default="")
    operator: Mapped[str] = mapped_column(String(200), default="")
    host: Mapped[str] = mapped_column(String(200), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    mail_address: Mapped[str] = mapped_column(String(320), default="")
    signature: Mapped[str] = mapped_column(Text, default="")
    languages: Mapped[list[str]] = mapped_column(default=list)
    place_names: Mapped[list[str]] = mapped_column(default=list)
    landmarks: Mapped[list[str]] = mapped_column(default=list)
    services: Mapped[list[str]] = mapped_column(default=list)
    discreet: Mapped[bool] = mapped_column(default=False)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    intervals: Mapped[list[OpeningInterval]] = relationship(order_by="OpeningInterval.weekday, OpeningInterval.opens")


class District(Created, Model):
    """A part of the municipality (kommundel) and what people call the places in it, in any language."""

    __tablename__ = "district"

    name: Mapped[str] = mapped_column(String(100), unique=True)
    place_names: Mapped[list[str]] = mapped_column(default=list)


class OpeningInterval(Created, Model):
    """One opening on one weekday (0 Monday); several a day are several rows. `weeks`: every, odd or even (ISO 8601)."""

    __tablename__ = "opening_interval"

    office_id: Mapped[int] = reference("office.id", index=True, cascade=True)
    weekday: Mapped[int]
    opens: Mapped[time]
    closes: Mapped[time]
    weeks: Mapped[str] = mapped_column(String(8), default="every")
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]


class CalendarException(Created, Model):
    """An opening on a day that differs, or that it is closed (no times), with the reason that residents are told.

    Several openings on one day are several rows.
    """

    __tablename__ = "calendar_exception"
    __table_args__ = (UniqueConstraint("office_id", "day", "opens"),)

    office_id: Mapped[int] = reference("office.id", cascade=True)
    day: Mapped[date]
    opens: Mapped[time | None]
    closes: Mapped[time | None]
    reason: Mapped[str] = mapped_column(String(300), default="")


class ServiceOffer(Created, Model):
    """A service at a fixed time in an office (`mode` drop_in or booked), by a team where one gives it."""

    __tablename__ = "service_offer"

    office_id: Mapped[int] = reference("office.id", index=True, cascade=True)
    team_id: Mapped[int | None] = optional_reference("team.id")
    name: Mapped[str] = mapped_column(String(200))
    weekday: Mapped[int]
    starts: Mapped[time]
    ends: Mapped[time]
    mode: Mapped[str] = mapped_column(String(16), default="drop_in")
    language: Mapped[str] = mapped_column(String(8), default="")


class Topic(Created, Model):
    """What a ticket is about. `phrases` maps words to weights; `priority` is the default of its tickets."""

    __tablename__ = "topic"

    slug: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200), default="")
    department: Mapped[str] = mapped_column(String(200), default="")
    parent_id: Mapped[int | None] = optional_reference("topic.id")
    team_id: Mapped[int] = reference("team.id")
    domain_id: Mapped[int] = reference("domain.id")
    sensitivity: Mapped[Sensitivity] = mapped_column(word(Sensitivity))
    priority: Mapped[Priority] = mapped_column(word(Priority))
    phrases: Mapped[dict[str, Any]] = mapped_column(default=dict)
    active: Mapped[bool] = mapped_column(default=True)


class ReplyTarget(Created, Model):
    """Within which time a first answer is promised: so many working `count` of `unit` (minutes, hours or days).

    It holds for one topic, channel and priority; without one (None, or an empty word) for all of them. Without `count`
    nothing is promised there. What weighs most when several fit is said by `routing.deadlines.DeadlinePolicy`.
    """

    __tablename__ = "reply_target"
    __table_args__ = (UniqueConstraint("topic_id", "channel", "priority"),)

    topic_id: Mapped[int | None] = optional_reference("topic.id")
    channel: Mapped[str] = mapped_column(String(24), default="")
    priority: Mapped[str] = mapped_column(String(24), default="")
    count: Mapped[int | None]
    unit: Mapped[str] = mapped_column(String(8), default="days")


_OF_EVERY_TOPIC = ReplyTarget.topic_id.is_(None)
Index(
    "uq_reply_target_of_every_topic",
    ReplyTarget.channel,
    ReplyTarget.priority,
    unique=True,
    postgresql_where=_OF_EVERY_TOPIC,
    sqlite_where=_OF_EVERY_TOPIC,
)


class RoutingRule(Created, Model):
    """One ordered rule: conditions and actions are plain data (see `routing.facts.RuleFacts`)."""

    __tablename__ = "routing_rule"

    position: Mapped[int] = mapped_column(index=True)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(300))
    conditions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    actions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    stop: Mapped[bool] = mapped_column(default=True)
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)


class OurAddress(Created, Model):
    """An address of ours that residents write to, and what writing to it says.

    `domain` keeps what is written to a confidential address there, also when no topic is recognised.
    """

    __tablename__ = "our_address"

    address: Mapped[str] = mapped_column(String(320), unique=True)
    topic_id: Mapped[int | None] = optional_reference("topic.id")
    team_id: Mapped[int | None] = optional_reference("team.id")
    office_id: Mapped[int | None] = optional_reference("office.id")
    domain_id: Mapped[int | None] = optional_reference("domain.id")


class CannedReply(Created, Model):
    """A text that guides insert; `{{placeholders}}` are filled when it is inserted."""

    __tablename__ = "canned_reply"

    slug: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8), default="sv")


class Signature(Created, Model):
    """What stands below the answers of a group; without a group, of all that have none of their own.

    `{{placeholders}}` are filled in when an answer leaves (see `queries.signatures`).
    """

    __tablename__ = "signature"

    team_id: Mapped[int | None] = optional_reference("team.id", unique=True)
    text: Mapped[str] = mapped_column(Text)


class SenderRule(Created, Model):
    """What is done with mail from an address, or from all of a domain (`@example.se`): `park` it, or `take_in` what
    would be parked as automatic.
    """

    __tablename__ = "sender_rule"

    pattern: Mapped[str] = mapped_column(String(320), unique=True)
    action: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(String(300), default="")


class Acknowledgement(Created, Model):
    """What residents are told at once when they have written: with `topic`, `office` and `language`, or (without one)
    for all of them. `{{placeholders}}` are filled in when it leaves. Only an `active` one is sent.
    """

    __tablename__ = "acknowledgement"
    __table_args__ = (UniqueConstraint("topic_id", "office_id", "language"),)

    topic_id: Mapped[int | None] = optional_reference("topic.id")
    office_id: Mapped[int | None] = optional_reference("office.id")
    language: Mapped[str] = mapped_column(String(8), default="")
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(default=False)


class Authority(Created, Model):
    """Another body that residents are shown on to (slussa vidare)."""

    __tablename__ = "authority"

    name: Mapped[str] = mapped_column(String(200), unique=True)
    phone: Mapped[str] = mapped_column(String(60), default="")
    url: Mapped[str] = mapped_column(String(300), default="")
    level: Mapped[str] = mapped_column(String(40), default="")
    checked: Mapped[bool] = mapped_column(default=False)

"""What can be chosen in lists: topics, teams, offices, languages, colleagues."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from contactcenter.i18n import gettext as _
from contactcenter.i18n import language
from contactcenter.model import Agent, Office, Team, TeamMember, Topic
from contactcenter.model.words import OUTCOMES, ChannelKind, Role
from contactcenter.queries import wording
from contactcenter.queries.shapes import Choice


def topics(session: Session, selected: int | str | None = None) -> tuple[Choice, ...]:
    """All active topics, headed by department; `selected` is a row id or a slug."""
    columns = select(Topic.id, Topic.slug, Topic.name, Topic.name_en, Topic.department)
    rows = session.execute(columns.where(Topic.active).order_by(Topic.department, Topic.name))
    english = language() == "en"
    return tuple(
        Choice(
            value=slug,
            label=(name_en if english else "") or name,
            selected=selected in (topic_id, slug),
            group=department,
        )
        for topic_id, slug, name, name_en, department in rows
    )


def teams(session: Session, selected: str = "") -> tuple[Choice, ...]:
    """All teams by name."""
    rows = session.execute(select(Team.slug, Team.name).order_by(Team.name))
    return tuple(Choice(slug, name, slug == selected) for slug, name in rows)


def offices(session: Session, selected: str = "") -> tuple[Choice, ...]:
    """All offices by name."""
    rows = session.execute(select(Office.slug, Office.name).order_by(Office.name))
    return tuple(Choice(slug, name, slug == selected) for slug, name in rows)


def channels(selected: str = "") -> tuple[Choice, ...]:
    """The kinds of channels."""
    return tuple(Choice(kind.value, wording.channel_label(kind), kind.value == selected) for kind in ChannelKind)


def languages(selected: str = "") -> tuple[Choice, ...]:
    """The languages that residents write in, by name."""
    labels = wording.language_labels()
    named = sorted((labels[code], code) for code in wording.LANGUAGES)
    return tuple(Choice(code, label, code == selected) for label, code in named)


def outcomes(selected: str = "solved") -> tuple[Choice, ...]:
    """How a ticket can end."""
    return tuple(Choice(slug, wording.outcome_label(slug), slug == selected) for slug in OUTCOMES)


def rests() -> tuple[Choice, ...]:
    """How long a ticket can rest."""
    return (
        Choice("tomorrow", _("Until tomorrow at 8.00")),
        Choice("monday", _("Until Monday at 8.00")),
        Choice("week", _("For a week")),
        Choice("reply", _("Until the resident writes")),
    )


def colleagues(session: Session, team_id: int, language: str, holder_ids: Collection[int]) -> tuple[Choice, ...]:
    """Who can have a ticket: those of its team first, with who speaks the resident's language as a hint.

    `holder_ids` are the agents who may see the ticket.
    """
    members = set(session.scalars(select(TeamMember.agent_id).where(TeamMember.team_id == team_id)))
    rows = session.scalars(
        select(Agent)
        .where(
            Agent.disabled_at.is_(None),
            Agent.is_service.is_(False),
            Agent.role != Role.ADMIN,
            Agent.id.in_(holder_ids),
        )
        .order_by(Agent.name)
    )
    choices = [
        Choice(
            value=str(agent.id),
            label=agent.name,
            hint=_speaks(agent, language),
            group=_("In the answer group") if agent.id in members else _("Others"),
        )
        for agent in rows
    ]
    return tuple(sorted(choices, key=lambda choice: (choice.group != _("In the answer group"), choice.label)))


def _speaks(agent: Agent, language: str) -> str:
    if language and language != "sv" and language in agent.languages:
        return wording.language_label(language).lower()
    return ""

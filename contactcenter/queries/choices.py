"""What can be chosen in lists: topics, teams, offices, languages, colleagues."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, field, replace

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from contactcenter.i18n import gettext as _
from contactcenter.i18n import language, once_a_language
from contactcenter.model import Agent, Office, SettingChange, Team, TeamMember, Topic
from contactcenter.model.words import OUTCOMES, ChannelKind, Role
from contactcenter.queries import wording
from contactcenter.queries.shapes import Choice

KEPT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Lists:
    """What every page of the queue offers to filter by."""

    topics: tuple[Choice, ...]
    offices: tuple[Choice, ...]
    teams: tuple[Choice, ...]


@dataclass(slots=True)
class _Kept:
    """The lists by language, as they were after the setting change `change`, and until when they are believed."""

    change: int = 0
    until: float = 0.0
    lists: dict[str, Lists] = field(default_factory=dict)


def kept(session: Session) -> Lists:
    """The lists of this moment: read once after each change of a setting, in whatever process it was made.

    What is changed past the settings (a start with example data) is seen after `KEPT_SECONDS`.
    """
    change = session.scalar(select(func.max(SettingChange.id))) or 0
    known: _Kept = current_app.extensions.get("contactcenter.choices", _Kept())
    if known.change != change or time.monotonic() > known.until:
        known = current_app.extensions["contactcenter.choices"] = _Kept(change, time.monotonic() + KEPT_SECONDS)
    code = language()
    if code not in known.lists:
        known.lists[code] = Lists(topics(session), offices(session), teams(session))
    return known.lists[code]


def marked(offered: tuple[Choice, ...], selected: str) -> tuple[Choice, ...]:
    """The same choices with the one of this value selected, if it is among them."""
    if not selected:
        return offered
    return tuple(replace(choice, selected=True) if choice.value == selected else choice for choice in offered)


def topics(session: Session, selected: int | None = None) -> tuple[Choice, ...]:
    """All active topics, headed by department; `selected` is a row id."""
    columns = select(Topic.id, Topic.slug, Topic.name, Topic.name_en, Topic.department)
    rows = session.execute(columns.where(Topic.active).order_by(Topic.department, Topic.name))
    english = language() == "en"
    return tuple(
        Choice(
            value=slug,
            label=(name_en if english else "") or name,
            selected=selected == topic_id,
            group=department,
        )
        for topic_id, slug, name, name_en, department in rows
    )


def teams(session: Session) -> tuple[Choice, ...]:
    """All teams by name."""
    return tuple(Choice(slug, name) for slug, name in session.execute(select(Team.slug, Team.name).order_by(Team.name)))


def offices(session: Session) -> tuple[Choice, ...]:
    """All offices by name."""
    rows = session.execute(select(Office.slug, Office.name).order_by(Office.name))
    return tuple(Choice(slug, name) for slug, name in rows)


@once_a_language
def channels() -> tuple[Choice, ...]:
    """The kinds of channels."""
    return tuple(Choice(kind.value, wording.channel_label(kind)) for kind in ChannelKind)


@once_a_language
def languages() -> tuple[Choice, ...]:
    """The languages that residents write in, by name."""
    labels = wording.language_labels()
    return tuple(Choice(code, label) for label, code in sorted((labels[code], code) for code in wording.LANGUAGES))


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

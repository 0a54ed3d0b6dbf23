"""What uses a setting, as sentences: how many open tickets, topics, rules and addresses."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from contactcenter.i18n import gettext as _
from contactcenter.i18n import ngettext
from contactcenter.model import OurAddress, RoutingRule, Team, Ticket, Topic
from contactcenter.model.ticket import IS_OPEN
from contactcenter.queries import views

_ADDRESS = re.compile(r"[^@\s<>,;]{1,64}@[^@\s<>,;.]+(\.[^@\s<>,;.]+)+")


def is_address(text: str) -> bool:
    """Whether `text` is written like a mail address."""
    return len(text) <= 320 and _ADDRESS.fullmatch(text) is not None


def open_tickets(session: Session, condition: ColumnElement[bool]) -> list[str]:
    """How many open tickets there are; a number and nothing of what they hold."""
    count = views.count(session, IS_OPEN & condition)
    if count >= views.COUNT_LIMIT:
        return [_("More than 999 open tickets use it.")]
    return [ngettext("%(num)d open ticket uses it.", "%(num)d open tickets use it.", count)] if count else []


def addresses(session: Session, column: InstrumentedAttribute[Any], row_id: int) -> list[str]:
    """Which of our addresses lead to it."""
    found = session.scalars(select(OurAddress.address).where(column == row_id).order_by(OurAddress.address)).all()
    return [_("Mail to %(addresses)s leads here.", addresses=", ".join(found))] if found else []


def rules(session: Session, word: str, slug: str) -> list[str]:
    """Which routing rules ask for it or set it."""
    found = [
        rule.name
        for rule in session.scalars(select(RoutingRule).order_by(RoutingRule.position))
        if slug in rule.conditions.get(word, ()) or rule.actions.get(word) == slug
    ]
    if not found:
        return []
    text = ngettext(
        "%(num)d rule uses it: %(names)s.", "%(num)d rules use it: %(names)s.", len(found), names="; ".join(found)
    )
    return [text]


def of_team(session: Session, team: Team) -> list[str]:
    """What uses an answer group."""
    count = session.scalar(select(func.count()).select_from(Topic).where(Topic.team_id == team.id, Topic.active)) or 0
    topics = [ngettext("%(num)d topic belongs to it.", "%(num)d topics belong to it.", count)] if count else []
    return [
        *topics,
        *rules(session, "team", team.slug),
        *addresses(session, OurAddress.team_id, team.id),
        *open_tickets(session, Ticket.team_id == team.id),
    ]

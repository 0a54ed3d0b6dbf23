"""What uses a setting, as sentences: how many open tickets, topics, rules and addresses."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from contactcenter.access import visible_tickets
from contactcenter.i18n import gettext as _
from contactcenter.i18n import ngettext
from contactcenter.model import OurAddress, RoutingRule, Team, Ticket, Topic
from contactcenter.model.ticket import IS_OPEN
from contactcenter.queries import views
from contactcenter.services.editing.kind import Names

_ADDRESS = re.compile(r"[^@\s<>,;]{1,64}@[^@\s<>,;.]+(\.[^@\s<>,;.]+)+")


def is_address(text: str) -> bool:
    """Whether `text` is written like a mail address."""
    return len(text) <= 320 and _ADDRESS.fullmatch(text) is not None


def open_tickets(names: Names, condition: ColumnElement[bool]) -> list[str]:
    """How many open tickets there are that the reader sees: a number and nothing of what they hold.

    That there may be others is always said, whether or not there are any: what may not be seen changes no word.
    """
    others = _("Open tickets that you do not see may use it too.")
    if names.actor is None:
        return [others]
    count = views.count(names.session, IS_OPEN & condition & visible_tickets(names.actor))
    if count >= views.COUNT_LIMIT:
        return [_("More than 999 open tickets that you see use it."), others]
    seen = ngettext("%(num)d open ticket that you see uses it.", "%(num)d open tickets that you see use it.", count)
    return [seen, others] if count else [others]


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


def of_team(names: Names, team: Team) -> list[str]:
    """What uses an answer group."""
    session = names.session
    count = session.scalar(select(func.count()).select_from(Topic).where(Topic.team_id == team.id, Topic.active)) or 0
    topics = [ngettext("%(num)d topic belongs to it.", "%(num)d topics belong to it.", count)] if count else []
    return [
        *topics,
        *rules(session, "team", team.slug),
        *addresses(session, OurAddress.team_id, team.id),
        *open_tickets(names, Ticket.team_id == team.id),
    ]

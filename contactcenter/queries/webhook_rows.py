"""The webhooks as their page shows them: whom they tell, how that goes, and their newest calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from contactcenter.access import Actor, visible_tickets
from contactcenter.i18n import gettext as _
from contactcenter.model import Domain, DomainGrant, Outbox, Ticket, Webhook
from contactcenter.queries import wording

SHOWN = 5
WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class CallRow:
    """One call: what was told of which ticket, when, and what came of it."""

    what: str
    number: int
    at: str
    outcome: str
    reply: str


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """One webhook. `state` is words for its condition, with `tone` as the tag's colour."""

    id: int
    name: str
    url: str
    events: str
    domains: str
    state: str
    tone: str
    reason: str
    paused: bool
    calls: tuple[CallRow, ...]


def rows(session: Session, actor: Actor) -> tuple[WebhookRow, ...]:
    """All of them, oldest first, with the newest calls about tickets that `actor` sees."""
    found = session.scalars(select(Webhook).options(joinedload(Webhook.agent)).order_by(Webhook.id)).all()
    return tuple(_row(session, actor, each) for each in found)


def _row(session: Session, actor: Actor, row: Webhook) -> WebhookRow:
    granted = select(Domain.name).join(DomainGrant, DomainGrant.domain_id == Domain.id)
    domains = session.scalars(granted.where(DomainGrant.agent_id == row.agent_id).order_by(Domain.name))
    state, tone, reason = _state(row)
    return WebhookRow(
        id=row.id,
        name=row.name,
        url=row.url,
        events=", ".join(row.events),
        domains=", ".join(domains),
        state=state,
        tone=tone,
        reason=reason,
        paused=row.paused_at is not None,
        calls=tuple(_call(each) for each in _calls(session, actor, row)),
    )


def _state(row: Webhook) -> tuple[str, str, str]:
    if row.paused_at is not None:
        return _("Paused since %(at)s", at=wording.day_and_time(row.paused_at)), "warn", row.pause_reason
    if row.failing_since is not None:
        return _("Fails since %(at)s", at=wording.day_and_time(row.failing_since)), "bad", ""
    return _("Works"), "ok", ""


def _calls(session: Session, actor: Actor, row: Webhook) -> Sequence[Outbox]:
    own = (Outbox.kind == WEBHOOK, Outbox.subject_id == row.id)
    ticket = Ticket.id == Outbox.payload["ticket_id"].as_integer()
    seen = select(Ticket.id).where(ticket, visible_tickets(actor)).exists()
    return session.scalars(select(Outbox).where(*own, seen).order_by(Outbox.id.desc()).limit(SHOWN)).all()


def _call(row: Outbox) -> CallRow:
    if row.done_at is None:
        outcome = _("Next attempt %(at)s", at=wording.day_and_time(row.due_at)) if row.error else _("Waits")
    else:
        outcome = {"sent": _("Told"), "failed": _("Given up")}.get(row.outcome, _("Not told"))
    at = wording.day_and_time(row.created_at)
    return CallRow(row.payload["type"], row.payload["number"], at, outcome, row.error)


def domains(session: Session) -> tuple[tuple[str, str], ...]:
    """The domains a new webhook can be given: slug and name."""
    return tuple((row.slug, row.name) for row in session.scalars(select(Domain).order_by(Domain.name)))

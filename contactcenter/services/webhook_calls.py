"""Telling other programs: promised in the transaction of what happened, called later, tried again for a day.

A call says that something happened to a ticket and where the ticket is; never its subject, its texts or who wrote. Of a
ticket on a secret topic, or whose content is sensitive, it does not say what it is about or who works with it either.
What the webhook's agent may not see is not told: asked when it happens, and again before every call.
"""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload

from channels.errors import ChannelError, Refused
from channels.message import Receipt
from channels.webhook import signature
from channels.webhook.caller import Call
from contactcenter import clock, runtime
from contactcenter.access import actor_for, visible_tickets
from contactcenter.db import after_commit
from contactcenter.model import Agent, Domain, Office, Outbox, Team, Ticket, Topic, Webhook
from contactcenter.model.words import Sensitivity
from contactcenter.services import audit, outbox

BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (0.5, 1, 2, 5, 15, 30, 60, 120))
GIVE_UP_AFTER = timedelta(hours=24)
PAUSE_AFTER = timedelta(days=3)
KEPT_SECONDS = 5.0
WAITS = "the program does not answer: one call tries it, the others wait"
BOTH_SIGN = timedelta(days=1)
CACHE = "contactcenter.webhooks"


@dataclass(frozen=True, slots=True)
class _Known:
    """A webhook that is not paused: its row id, what it is told, and the domains its agent sees."""

    webhook_id: int
    events: frozenset[str]
    domains: frozenset[int]


def tell(session: Session, ticket: Ticket, what: str) -> None:
    """Promise every webhook that wants to know it that `what` (one of `webhooks.TYPES`) happened to `ticket`."""
    for hook in _known(session):
        if what in hook.events and ticket.domain_id in hook.domains:
            now = clock.now()
            outbox.promise(session, outbox.WEBHOOK, hook.webhook_id, now, **_payload(ticket, what, now.isoformat()))


def _known(session: Session) -> tuple[_Known, ...]:
    """The webhooks, at most `KEPT_SECONDS` old: where there are none, nothing is asked."""
    until, kept = current_app.extensions.get(CACHE, (0.0, ()))
    if time.monotonic() > until:
        kept = tuple(_read(session))
        current_app.extensions[CACHE] = (time.monotonic() + KEPT_SECONDS, kept)
    return tuple(kept)


def _read(session: Session) -> list[_Known]:
    rows = [
        row
        for row in session.scalars(select(Webhook).options(joinedload(Webhook.agent)).order_by(Webhook.id))
        if row.paused_at is None and row.agent.disabled_at is None
    ]
    return [_Known(row.id, frozenset(row.events), frozenset(actor_for(session, row.agent).domains)) for row in rows]


def _payload(ticket: Ticket, what: str, at: str) -> dict[str, Any]:
    """The ticket as it is at this moment: what is told later is what was so then."""
    return {
        "id": f"evt_{secrets.token_urlsafe(16)}",
        "type": what,
        "at": at,
        "ticket_id": ticket.id,
        "topic_id": ticket.topic_id,
        "team_id": ticket.team_id,
        "office_id": ticket.office_id,
        "domain_id": ticket.domain_id,
        "sensitive": ticket.sensitive,
        "number": ticket.number,
        "status": str(ticket.status),
        "priority": str(ticket.priority),
        "channel": str(ticket.channel),
        "rev": ticket.rev,
    }


@dataclass(frozen=True, slots=True)
class Owed:
    """One claimed call, complete."""

    outbox_id: int
    attempt: int
    call: Call


def begin(session: Session, row: Outbox) -> Owed | None:
    """Build the call of a claimed promise; None when it is not to be made any more."""
    hook = session.get(Webhook, row.subject_id)
    agent = session.get(Agent, hook.agent_id) if hook is not None else None
    if hook is None or agent is None or hook.paused_at is not None or agent.disabled_at is not None:
        outbox.finish(row, "failed", "the webhook is paused or gone")
        return None
    until = _next_try(session, hook, row)
    if until is not None:
        outbox.postpone(row, until, WAITS)
        return None
    seen = select(Ticket.id).where(Ticket.id == row.payload["ticket_id"], visible_tickets(actor_for(session, agent)))
    if session.scalar(seen) is None:
        outbox.finish(row, "done", "the webhook may not see the ticket any more")
        return None
    if hook.failing_since is not None and not outbox.hand_over(session, row.id, row.attempt):
        return None
    body = json.dumps(_body(session, row.payload), ensure_ascii=False, separators=(",", ":")).encode()
    signed = signature.headers(row.payload["id"], int(clock.now().timestamp()), body, secrets_of(hook))
    return Owed(row.id, row.attempt, Call(hook.url, body, signed))


def _next_try(session: Session, hook: Webhook, row: Outbox) -> datetime | None:
    """When a program that fails is tried next, None for now and by `row`. Calls of others never wait behind its calls.

    Those that wait come due together with the one that tries: that one is marked as handed over, and counts as long as
    its lease. Who decides holds the webhook. Who cannot have it looks again in a moment instead of waiting for it: they
    hold their call already, and `record` takes the webhook first.
    """
    if hook.failing_since is None:
        return None
    now = clock.now()
    owed = (
        Outbox.kind == outbox.WEBHOOK,
        Outbox.subject_id == hook.id,
        Outbox.done_at.is_(None),
        Outbox.id != row.id,
    )
    deciding = select(Webhook.id).where(Webhook.id == hook.id).with_for_update(skip_locked=True)
    trying = select(Outbox.id).where(*owed, Outbox.outcome == outbox.Mark.HANDED, Outbox.lease_until > now)
    if session.scalar(deciding) is None or session.scalar(trying.limit(1)) is not None:
        return now + outbox.PAUSE
    failed = (Outbox.tried_at.is_not(None), Outbox.error != WAITS, Outbox.due_at > now)
    return session.scalar(select(func.min(Outbox.due_at)).where(*owed, *failed))


def _body(session: Session, told: dict[str, Any]) -> dict[str, Any]:
    topic = session.get(Topic, told["topic_id"] or 0)
    domain = session.get(Domain, told["domain_id"])
    team, office = session.get(Team, told["team_id"]), session.get(Office, told["office_id"] or 0)
    is_open = not told["sensitive"] and (topic is None or topic.sensitivity is not Sensitivity.SECRET)
    return {
        "id": told["id"],
        "type": told["type"],
        "created_at": told["at"],
        "ticket": {
            "number": told["number"],
            "status": told["status"],
            "priority": told["priority"],
            "channel": told["channel"],
            "rev": told["rev"],
            "domain": domain.slug if domain else None,
            "topic": topic.slug if topic and is_open else None,
            "team": team.slug if team and is_open else None,
            "office": office.slug if office and is_open else None,
        },
    }


def record(session: Session, outbox_id: int, attempt: int, outcome: Receipt | ChannelError) -> None:
    """Write what became of an attempt, if it still holds the claim. The webhook is locked first."""
    hook_id = session.scalar(select(Outbox.subject_id).where(Outbox.id == outbox_id))
    hook = session.scalar(select(Webhook).where(Webhook.id == hook_id).with_for_update())
    row = outbox.held(session, outbox_id, attempt)
    if row is None or hook is None:
        return
    if isinstance(outcome, Receipt):
        hook.failing_since = None
        outbox.finish(row, "sent", outcome.reply)
        return
    now = clock.now()
    hook.failing_since = hook.failing_since or now
    if isinstance(outcome, Refused):
        outbox.finish(row, "failed", outcome.reply)
        stop(session, hook, f"it wants no more calls: {outcome.reply}")
    elif now - (row.tried_at or now) < GIVE_UP_AFTER:
        outbox.postpone(row, now + BACKOFF[min(row.attempt, len(BACKOFF)) - 1], outcome.reply)
    else:
        outbox.finish(row, "failed", outcome.reply)
    if now - hook.failing_since > PAUSE_AFTER:
        stop(session, hook, f"nothing has come through for days: {outcome.reply}")


def secret(webhook_id: int, number: int) -> str:
    """The secret of a webhook; whoever has our key and its id can make it again."""
    return f"whsec_{runtime.current().keys.webhook.mac_text(f'{webhook_id}.{number}')}"


def secrets_of(row: Webhook) -> tuple[str, ...]:
    """What its calls are signed with now: for a day after a change, also with the secret before."""
    numbers = [row.key_number]
    if row.key_changed_at is not None and clock.now() - row.key_changed_at < BOTH_SIGN:
        numbers.append(row.key_number - 1)
    return tuple(secret(row.id, number) for number in numbers)


def stop(session: Session, row: Webhook, reason: str, by: int | None = None) -> None:
    """Pause a webhook that the caller holds."""
    if row.paused_at is None:
        row.paused_at, row.pause_reason = clock.now(), reason[:300]
        give_up(session, row, "paused")
        changed(session, row, "webhook_paused", by, reason=row.pause_reason)


def give_up(session: Session, row: Webhook, why: str) -> None:
    """End what a webhook is owed, visibly."""
    owed = (Outbox.kind == outbox.WEBHOOK, Outbox.subject_id == row.id, Outbox.done_at.is_(None))
    ended = {"done_at": clock.now(), "lease_until": None, "outcome": "failed", "error": why}
    session.execute(update(Outbox).where(*owed).values(**ended).execution_options(synchronize_session=False))


def changed(session: Session, row: Webhook, verb: str, by: int | None = None, **data: object) -> None:
    """Record a change of a webhook; this process knows of it at once, others within `KEPT_SECONDS`."""
    audit.on_account(session, by, verb, "", webhook=row.id, name=row.name, **data)
    known = current_app.extensions
    after_commit(session, lambda: known.pop(CACHE, None))

"""Webhooks as they are configured: added, paused, resumed, given a new secret, removed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import ip_network
from secrets import token_hex

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from channels.webhook.guard import Network, Unsafe, parse
from contactcenter import clock, runtime
from contactcenter.errors import Conflict, InvalidInput, NotFound
from contactcenter.model import Agent, Outbox, Webhook
from contactcenter.services import outbox, tokens, webhook_calls

TYPES = {
    "ticket.opened": "A ticket was opened.",
    "ticket.message": "The resident wrote in the ticket again.",
    "ticket.replied": "An answer has left for the resident.",
    "ticket.reply_failed": "An answer could not be delivered, or it is uncertain whether it was.",
    "ticket.assigned": "Somebody took the ticket, or was given it.",
    "ticket.released": "The ticket was put back into the queue.",
    "ticket.routed": "Topic and team were changed.",
    "ticket.parked": "The ticket rests.",
    "ticket.woken": "The ticket has rested enough.",
    "ticket.closed": "The ticket was closed.",
    "ticket.reopened": "The ticket was opened again, by a colleague or by the resident's reply.",
    "ticket.overdue": "The time for a first answer ran out.",
}
"""What can be told, and what it means."""

_NAME = re.compile(r"[\w .,()/-]{1,100}")


def types(text: str) -> tuple[str, ...]:
    """The events in `ticket.opened,ticket.closed`, or all of them for `all`.

    Raises:
        InvalidInput: one of them does not exist, or there is none.
    """
    asked = [word.strip() for word in text.split(",") if word.strip()]
    if asked == ["all"]:
        return tuple(TYPES)
    unknown = [word for word in asked if word not in TYPES]
    if unknown or not asked:
        wrong = f"there is no event `{unknown[0][:60]}`" if unknown else "no event is named"
        raise InvalidInput(f"{wrong}; there are {', '.join(TYPES)}, and all", field="event")
    return tuple(name for name in TYPES if name in asked)


def opened_networks() -> tuple[Network, ...]:
    """The networks inside that the settings open for webhooks; checked when they were read."""
    return tuple(ip_network(text) for text in runtime.current().settings.webhooks.inside)


def add(
    session: Session, name: str, url: str, events: tuple[str, ...], domains: tuple[str, ...] = (), by: int | None = None
) -> str:
    """Configure a webhook, and give its secret: it is shown this once. It sees the common domain, unless more is given.
    `by` is the agent who did it, here and below; None is a command.

    Raises:
        InvalidInput: the name, the URL or a domain will not do.
        Conflict: there is a webhook of that name.
    """
    name = name.strip()
    if not _NAME.fullmatch(name):
        raise InvalidInput("a webhook needs a name of letters, digits and spaces, so that people know it", field="name")
    if session.scalar(select(Webhook.id).where(Webhook.name == name)) is not None:
        raise Conflict(f"there is a webhook {name} already")
    try:
        parse(url, opened_networks())
    except Unsafe as error:
        raise InvalidInput(f"--url: {error}", field="url") from error
    agent = tokens.service_agent(session, f"webhook {name[:20]} {token_hex(4)}", domains, by)
    agent.name = f"webhook {name}"
    row = Webhook(name=name, url=url, agent_id=agent.id, events=list(events))
    session.add(row)
    session.flush()
    webhook_calls.changed(session, row, "webhook_added", by, events=list(events))
    return webhook_calls.secret(row.id, row.key_number)


def rotate(session: Session, webhook_id: int, by: int | None = None) -> str:
    """Give a webhook a new secret, shown this once. Raises NotFound."""
    row = find(session, webhook_id)
    row.key_number += 1
    row.key_changed_at = clock.now()
    webhook_calls.changed(session, row, "webhook_rotated", by)
    return webhook_calls.secret(row.id, row.key_number)


def find(session: Session, webhook_id: int) -> Webhook:
    """The webhook, locked.

    Raises:
        NotFound: there is none.
    """
    row = session.scalar(select(Webhook).where(Webhook.id == webhook_id).with_for_update())
    if row is None:
        raise _unknown(webhook_id)
    return row


def _unknown(webhook_id: int) -> NotFound:
    return NotFound(f"there is no webhook {webhook_id}: see `webhook list`")


def listed(session: Session) -> Sequence[Webhook]:
    """All of them, oldest first, with their agents."""
    return session.scalars(select(Webhook).options(joinedload(Webhook.agent)).order_by(Webhook.id)).all()


def log(session: Session, webhook_id: int, limit: int = 100) -> Sequence[Outbox]:
    """The newest calls of a webhook, made and owed. Raises NotFound."""
    if session.get(Webhook, webhook_id) is None:
        raise _unknown(webhook_id)
    own = (Outbox.kind == outbox.WEBHOOK, Outbox.subject_id == webhook_id)
    return session.scalars(select(Outbox).where(*own).order_by(Outbox.id.desc()).limit(limit)).all()


def pause(session: Session, webhook_id: int, reason: str, by: int | None = None) -> Webhook:
    """Call it no more until it is resumed; what it is owed is given up, visibly. Raises NotFound."""
    row = find(session, webhook_id)
    webhook_calls.stop(session, row, reason, by)
    return row


def resume(session: Session, webhook_id: int, by: int | None = None) -> Webhook:
    """Call it again when something happens from now on. Raises NotFound."""
    row = find(session, webhook_id)
    row.paused_at = row.failing_since = None
    row.pause_reason = ""
    webhook_calls.changed(session, row, "webhook_resumed", by)
    return row


def remove(session: Session, webhook_id: int, by: int | None = None) -> str:
    """Forget a webhook, with its secret and its agent's access; its name. Raises NotFound."""
    row = find(session, webhook_id)
    name = row.name
    webhook_calls.give_up(session, row, "removed")
    session.get_one(Agent, row.agent_id).disabled_at = clock.now()
    webhook_calls.changed(session, row, "webhook_removed", by)
    session.delete(row)
    return name

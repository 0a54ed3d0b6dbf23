"""A letter to somebody who works here, about the contact center itself: made by a program, and answered by nobody."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from channels.message import Address, OutboundMessage
from contactcenter import runtime
from contactcenter.model import Agent, Outbox
from contactcenter.services import outbox


@dataclass(frozen=True, slots=True)
class Letter:
    """One claimed letter, complete. `handed_before`: an earlier attempt ended without telling how."""

    outbox_id: int
    attempt: int
    message: OutboundMessage
    handed_before: bool = False


def new_message_id(kind: str) -> str:
    """The Message-ID of a letter, made when it is promised; `kind` is told in it."""
    domain = runtime.current().settings.channels.mail.address.rpartition("@")[2]
    return f"<{kind}.{secrets.token_hex(16)}@{domain}>"


def language_of(agent: Agent) -> str:
    """The language that somebody reads here."""
    return agent.locale or runtime.current().settings.instance.locale


def letter(row: Outbox, agent: Agent, subject: str, text: str, *, may_repeat: bool = False) -> Letter:
    """The letter of a claimed promise, whose `payload` has its Message-ID, to `agent` at their login.

    `may_repeat`: a second copy does no harm, so that it leaves again when nobody knows how an attempt ended.
    """
    settings = runtime.current().settings
    message = OutboundMessage(
        message_id=row.payload["message_id"],
        sender=Address(settings.channels.mail.address, settings.instance.municipality),
        recipients=(Address(agent.login, agent.name),),
        subject=subject,
        text=text,
        language=language_of(agent),
        sent_at=row.created_at,
        automatic=True,
    )
    return Letter(row.id, row.attempt, message, not may_repeat and row.outcome == outbox.Mark.HANDED)

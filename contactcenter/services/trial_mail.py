"""A mail that an administrator sends to themselves, the way answers go: whether it leaves, and what the server says.

It is a promise like any other, so that it is the relay and the smarthost that are tried, and not only this process.
What fails is not tried again: somebody waits to read why.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from flask import render_template
from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.errors import ChannelError, OutcomeUnknown, Refused
from channels.message import Address, OutboundMessage, Receipt
from contactcenter import clock, runtime
from contactcenter.access import Actor, Permission
from contactcenter.i18n import gettext as _
from contactcenter.model import Agent, Outbox
from contactcenter.queries import wording
from contactcenter.services import audit, outbox


@dataclass(frozen=True, slots=True)
class Letter:
    """One claimed mail, complete."""

    outbox_id: int
    attempt: int
    message: OutboundMessage
    handed_before: bool = False


def send(session: Session, actor: Actor) -> Outbox:
    """Promise a mail to the actor's own login; the one that is on its way already, if there is one."""
    actor.require(Permission.SETTINGS)
    last = newest(session, actor)
    if last is not None and last.done_at is None:
        return last
    domain = runtime.current().settings.channels.mail.address.rpartition("@")[2]
    message_id = f"<trial.{secrets.token_hex(16)}@{domain}>"
    audit.on_account(session, actor.agent_id, "trial_mail")
    return outbox.promise(session, outbox.TRIAL, actor.agent_id, clock.now(), message_id=message_id)


def newest(session: Session, actor: Actor) -> Outbox | None:
    """The last one that the actor has sent."""
    own = (Outbox.kind == outbox.TRIAL, Outbox.subject_id == actor.agent_id)
    return session.scalar(select(Outbox).where(*own).order_by(Outbox.id.desc()).limit(1))


def begin(session: Session, row: Outbox) -> Letter | None:
    """Build the mail of a claimed promise; None when who asked for it is gone."""
    agent = session.get(Agent, row.subject_id)
    if agent is None or agent.disabled_at is not None:
        outbox.finish(row, "done", "nobody to send to")
        return None
    return Letter(row.id, row.attempt, _build(row, agent), row.outcome == outbox.Mark.HANDED)


def _build(row: Outbox, agent: Agent) -> OutboundMessage:
    here = runtime.current()
    instance, language = here.settings.instance, agent.locale or here.settings.instance.locale
    with force_locale(language):
        subject = _("Test from the contact center")
        at = wording.day_and_time(row.created_at)
        text = render_template("mail/trial.txt", name=agent.name, municipality=instance.municipality, at=at)
    return OutboundMessage(
        message_id=row.payload["message_id"],
        sender=Address(here.settings.channels.mail.address, instance.municipality),
        recipients=(Address(agent.login, agent.name),),
        subject=subject,
        text=text,
        language=language,
        sent_at=row.created_at,
        automatic=True,
    )


def record(session: Session, outbox_id: int, attempt: int, outcome: Receipt | ChannelError) -> None:
    """Write what became of it, if this attempt still holds the claim."""
    row = outbox.held(session, outbox_id, attempt)
    if row is None:
        return
    if isinstance(outcome, Receipt):
        outbox.finish(row, "sent", outcome.reply[:500])
    elif isinstance(outcome, OutcomeUnknown):
        outbox.finish(row, "uncertain", outcome.reply)
    else:
        outbox.finish(row, "refused" if isinstance(outcome, Refused) else "failed", outcome.reply)

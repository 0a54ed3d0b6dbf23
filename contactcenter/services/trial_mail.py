"""A mail that an administrator sends to themselves, the way answers go: whether it leaves, and what the server says.

It is a promise like any other, so that it is the relay and the smarthost that are tried, and not only this process.
What fails is not tried again: somebody waits to read why.
"""

from __future__ import annotations

from flask import render_template
from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.errors import ChannelError, OutcomeUnknown, Refused
from channels.message import Receipt
from contactcenter import clock, runtime
from contactcenter.access import Actor, Permission
from contactcenter.i18n import gettext as _
from contactcenter.model import Agent, Outbox
from contactcenter.queries import wording
from contactcenter.services import audit, outbox, staff_letter
from contactcenter.services.staff_letter import Letter


def send(session: Session, actor: Actor) -> Outbox:
    """Promise a mail to the actor's own login; the one that is on its way already, if there is one."""
    actor.require(Permission.SETTINGS)
    last = newest(session, actor)
    if last is not None and last.done_at is None:
        return last
    message_id = staff_letter.new_message_id("trial")
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
    with force_locale(staff_letter.language_of(agent)):
        subject = _("Test from the contact center")
        at = wording.day_and_time(row.created_at)
        municipality = runtime.current().settings.instance.municipality
        text = render_template("mail/trial.txt", name=agent.name, municipality=municipality, at=at)
    return staff_letter.letter(row, agent, subject, text)


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

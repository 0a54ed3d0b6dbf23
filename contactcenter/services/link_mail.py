"""The letter with a link to choose a password: built when it leaves, so that the link is kept nowhere."""

from __future__ import annotations

from flask import render_template
from flask_babel import force_locale
from sqlalchemy.orm import Session, joinedload

from channels.errors import ChannelError, OutcomeUnknown, Refused, TryLater
from channels.message import Receipt
from contactcenter import clock, runtime
from contactcenter.i18n import gettext as _
from contactcenter.model import AgentLink, Outbox
from contactcenter.model.words import LinkPurpose
from contactcenter.queries import wording
from contactcenter.services import delivery, links, outbox, staff_letter
from contactcenter.services.staff_letter import Letter


def begin(session: Session, row: Outbox) -> Letter | None:
    """Build the letter of a claimed promise; None when its link no longer works, or cannot be written here."""
    link = session.get(AgentLink, row.subject_id, options=[joinedload(AgentLink.agent)])
    if link is None or not links.is_alive(link, clock.now()):
        outbox.finish(row, "done", "the link is no longer to be used")
        return None
    if not links.fits(link):
        outbox.finish(row, "failed", "the key that the link was made with is not in this data folder: make a new link")
        return None
    return _build(row, link)


def _build(row: Outbox, link: AgentLink) -> Letter:
    """It may leave twice: both copies hold the same link."""
    municipality, agent = runtime.current().settings.instance.municipality, link.agent
    invited = link.purpose is LinkPurpose.INVITE
    with force_locale(staff_letter.language_of(agent)):
        subject = (
            _("Welcome to the contact center – choose a password")
            if invited
            else _("Choose a new password for the contact center")
        )
        text = render_template(
            "mail/link.txt",
            name=agent.name,
            invited=invited,
            municipality=municipality,
            url=links.url(links.token_of(link)),
            login=agent.login,
            until=wording.day_and_time(link.expires_at),
        )
    return staff_letter.letter(row, agent, subject, text, may_repeat=True)


def record(session: Session, outbox_id: int, attempt: int, outcome: Receipt | ChannelError) -> None:
    """Write what became of an attempt, if it still holds the claim. A link that has run out is not sent any more."""
    row = outbox.held(session, outbox_id, attempt)
    if row is None:
        return
    if isinstance(outcome, Receipt):
        outbox.finish(row, "sent", outcome.reply[:500])
    elif isinstance(outcome, TryLater | OutcomeUnknown):
        wait = delivery.BACKOFF[min(row.attempt, len(delivery.BACKOFF)) - 1]
        outbox.postpone(row, clock.now() + wait, outcome.reply)
    else:
        outbox.finish(row, "refused" if isinstance(outcome, Refused) else "failed", outcome.reply)

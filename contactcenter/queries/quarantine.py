"""Messages that could not be read, as those who look after them see them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from contactcenter.access import Actor, Permission, visible_arrivals
from contactcenter.errors import NotFound
from contactcenter.i18n import gettext as _
from contactcenter.model import Inbox
from contactcenter.model.words import InboxState
from contactcenter.queries import holders, wording

PAGE = 50


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """A message that could not be read, as supervisors and administrators see it."""

    id: int
    channel_label: str
    envelope_from: str
    envelope_to: str
    received: str
    size: str
    reason: str
    attempts: int
    url: str
    raw_url: str


def rows(session: Session, actor: Actor, before: int | None = None) -> tuple[tuple[QuarantineRow, ...], int | None]:
    """The newest quarantined messages that `actor` may know of, and the id to go on from (None at the end)."""
    query = select(Inbox).where(Inbox.state == InboxState.QUARANTINED, visible_arrivals(actor))
    query = query.order_by(Inbox.id.desc()).limit(PAGE + 1)
    found = session.scalars(query if before is None else query.where(Inbox.id < before)).all()
    return tuple(shown(row) for row in found[:PAGE]), found[PAGE - 1].id if len(found) > PAGE else None


def find(session: Session, actor: Actor, inbox_id: int) -> Inbox:
    """One quarantined message.

    Raises:
        NotFound: there is none with that id, or the actor may not know of it.
    """
    known = (Inbox.state == InboxState.QUARANTINED, visible_arrivals(actor))
    row = session.scalar(select(Inbox).where(Inbox.id == inbox_id, *known))
    if row is None:
        raise NotFound()
    return row


def has_unseen(session: Session) -> bool:
    """Whether something lies here in a domain that nobody who looks after the quarantine sees.

    Only then is it told that there is something, to all of them: else it would be left without anybody who knows.
    """
    seen = holders.held_by(session, holders.who_may(Permission.QUARANTINE))
    unseen = exists().where(
        Inbox.state == InboxState.QUARANTINED, Inbox.domain_id.is_not(None), Inbox.domain_id.not_in(seen)
    )
    return bool(session.scalar(select(unseen)))


def shown(row: Inbox) -> QuarantineRow:
    """A message as the page shows it."""
    return QuarantineRow(
        id=row.id,
        channel_label=wording.channel_label(row.channel),
        envelope_from=row.envelope_from,
        envelope_to=", ".join(row.envelope_to),
        received=wording.day_and_time(row.created_at),
        size=wording.size(row.size),
        reason=_reason(row.reason),
        attempts=row.attempts,
        url=f"/karantan/{row.id}",
        raw_url=f"/karantan/{row.id}/ra",
    )


def _reason(code: str) -> str:
    known = {
        "timeout": _("It took too long to read."),
        "memory": _("It needs more memory than one message may use."),
        "crash": _("The reader broke down on it."),
        "failed": _("Taking it in failed three times."),
        "headers": _("It has more headers than any real message."),
        "depth": _("It is nested deeper than any real message."),
        "parts": _("It has more parts than any real message."),
        "loop": _("It has gone round between mail servers."),
        "format": _("It is not written as a message."),
        "too_large": _("It is too large to be fetched and still lies in its mailbox. This is its header only."),
        "refused": _("Its mail server does not give it away. It still lies in its mailbox; this is its header only."),
    }
    return known.get(code) or _("It could not be read (%(code)s).", code=code)

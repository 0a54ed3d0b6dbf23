"""Messages that could not be read, as those who look after them see them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from contactcenter.i18n import gettext as _
from contactcenter.model import Inbox
from contactcenter.model.words import InboxState
from contactcenter.queries import wording
from contactcenter.queries.shapes import QuarantineRow

PAGE = 50


def rows(session: Session, before: int | None = None) -> tuple[tuple[QuarantineRow, ...], int | None]:
    """The newest quarantined messages, and the id to go on from (None at the end)."""
    query = select(Inbox).where(Inbox.state == InboxState.QUARANTINED).order_by(Inbox.id.desc()).limit(PAGE + 1)
    found = session.scalars(query if before is None else query.where(Inbox.id < before)).all()
    return tuple(_row(row) for row in found[:PAGE]), found[PAGE - 1].id if len(found) > PAGE else None


def one(session: Session, inbox_id: int) -> QuarantineRow | None:
    """One quarantined message."""
    row = session.get(Inbox, inbox_id)
    return _row(row) if row is not None and row.state is InboxState.QUARANTINED else None


def _row(row: Inbox) -> QuarantineRow:
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
    }
    return known.get(code) or _("It could not be read (%(code)s).", code=code)

"""How the mailboxes of the settings are: one word for each, for pages and for what watches the service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from contactcenter import clock
from contactcenter.mailbox_settings import MailboxSettings
from contactcenter.model import MailboxState

SILENT_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Health:
    """A mailbox and its state, None while it has never been read.

    `word`: `new`, `failing`, `silent` (nobody reads it), `differs` (the server has mails that the ledger lacks),
    `unfinished` (mails are read and cannot be moved or marked) or `ok`.
    """

    box: MailboxSettings
    state: MailboxState | None
    word: str

    @property
    def age(self) -> float:
        """Seconds since all was well with it."""
        last = self.state.last_ok_at if self.state else None
        return max(0.0, (clock.now() - last).total_seconds()) if last else float("inf")


def of(session: Session, boxes: Sequence[MailboxSettings]) -> list[Health]:
    """Each mailbox of the settings, in their order."""
    if not boxes:
        return []
    found = session.scalars(select(MailboxState).where(MailboxState.name.in_([box.name for box in boxes])))
    states = {state.name: state for state in found}
    return [Health(box, states.get(box.name), _word(box, states.get(box.name))) for box in boxes]


def _word(box: MailboxSettings, state: MailboxState | None) -> str:
    if state is None or (state.last_ok_at is None and state.failing_since is None):
        return "new"
    if state.failing_since is not None:
        return "failing"
    silent_after = SILENT_AFTER + timedelta(seconds=box.poll_seconds)
    if state.last_ok_at is None or clock.now() - state.last_ok_at > silent_after:
        return "silent"
    if state.difference:
        return "differs"
    return "unfinished" if state.warning else "ok"

"""Where answers leave, in words, and how a mail that an administrator sent themselves got on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from contactcenter import clock, runtime
from contactcenter.i18n import gettext as _
from contactcenter.model import Outbox
from contactcenter.queries import wording

NORMALLY = timedelta(seconds=20)
"""Within this time a mail leaves when something runs that sends it."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a mail to oneself: `state` in words with its `tone`, and what the mail server `said`."""

    state: str
    tone: str
    said: str = ""

    @property
    def icon(self) -> str:
        """The sign beside it."""
        return {"ok": "circle-check", "info": "clock"}.get(self.tone, "triangle-alert")


def way() -> str:
    """Which server takes our mail."""
    chosen = runtime.current().settings.channels.mail.smarthost
    if not chosen.host:
        return _("No mail leaves: it is written to the folder outgoing/ beside the database.")
    return _("Answers leave through %(host)s, port %(port)s.", host=chosen.host, port=chosen.port)


def trial(row: Outbox) -> Trial:
    """How a mail to oneself got on."""
    at = wording.day_and_time(row.done_at or row.created_at)
    if row.done_at is None and clock.now() - row.created_at > NORMALLY:
        late = _("Nobody has sent it yet, asked for %(at)s. See that `contactcenter relay` or `serve` runs.", at=at)
        return Trial(late, "warn")
    if row.done_at is None:
        return Trial(_("It is on its way. The page looks again by itself."), "info")
    if row.outcome == "sent":
        return Trial(_("The mail server took it %(at)s. See that it has arrived.", at=at), "ok", row.error)
    if row.outcome == "uncertain":
        return Trial(_("The mail server did not say whether it took it, %(at)s.", at=at), "warn", row.error)
    return Trial(_("It did not leave, %(at)s.", at=at), "bad", row.error)

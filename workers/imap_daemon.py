"""`contactcenter imap`: reads the mailboxes of the settings. Any number may run; one of them reads each mailbox."""

from __future__ import annotations

from pathlib import Path

from contactcenter.settings import Settings
from workers.imap_loop import MailboxLoops
from workers.role import END_WITHIN, drained, role, told
from workers.serving import say


def imap(settings: Settings, data: Path) -> int:
    """Run until SIGTERM or Ctrl-C.

    Raises:
        StartError: something is in the way; nothing runs then.
    """
    with role("imap", settings, data) as (app, _):
        boxes = settings.channels.mail.mailboxes
        ending = told()
        loops = MailboxLoops(app, boxes)
        loops.start()
        say(f"imap {', '.join(box.name for box in boxes) or 'waits: no mailbox is in the settings'}")
        ending.wait()
        loops.end()
        drained(loops.join(END_WITHIN))
    return 0

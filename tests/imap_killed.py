"""Reads the mailboxes of a data folder until it kills itself, with SIGKILL, before or after a step.

`python -m tests.imap_killed CONFIG DATA STEP NTH before|after`; it ends well if that moment never comes.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from channels.email.mailbox import Mailbox
from channels.email.mailbox_login import Away
from contactcenter import settings
from contactcenter.blobs import BlobStore
from contactcenter.services import inbox, mailboxes
from contactcenter.services.mailbox_probe import options_of
from workers import imap_reader
from workers.imap_reader import MailboxReader
from workers.process import existing_app, unit_of_work

STEPS: dict[str, tuple[Any, str]] = {
    "select": (Mailbox, "select"),
    "sizes": (Mailbox, "sizes"),
    "fetched": (Mailbox, "fetch_small"),
    "piece": (Mailbox, "_fetch_piece"),
    "blob": (BlobStore, "put"),
    "row": (inbox, "accept_one"),
    "accepted": (mailboxes, "accept"),
    "stored": (MailboxReader, "_store"),
    "done": (Mailbox, "finish"),
    "recorded": (mailboxes, "finished"),
}
AT_ONCE = 10


def dying(real: Callable[..., Any], nth: int, when: str) -> Callable[..., Any]:
    """`real`, and death before or after it is called for the `nth` time."""
    left = [nth]

    def call(*words: Any, **named: Any) -> Any:
        left[0] -= 1
        if left[0] == 0 and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*words, **named)
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return call


def main(config: str, data: str, step: str, nth: str, when: str) -> None:
    """Read every mailbox once."""
    loaded = settings.load(Path(config))
    app = existing_app(loaded, Path(data))
    imap_reader.AT_ONCE = AT_ONCE
    owner, name = STEPS[step]
    setattr(owner, name, dying(getattr(owner, name), int(nth), when))
    with unit_of_work(app) as session:
        mailboxes.release_all(session)
    for box in loaded.channels.mail.mailboxes:
        with unit_of_work(app) as session:
            held = mailboxes.take(session, box.name)
        assert held is not None
        try:
            with Mailbox(options_of(box)) as server:
                MailboxReader(app, box).round(server, held)
        except Away as error:
            sys.exit(error.reply)


if __name__ == "__main__":
    main(*sys.argv[1:])

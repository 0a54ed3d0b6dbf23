"""Looking into a mailbox of the settings without changing anything, there or here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

from channels.email.mailbox import Mailbox
from channels.email.mailbox_login import Away, MailboxOptions, Tls
from contactcenter.mailbox_settings import MailboxSettings

PATIENCE = 8  # seconds for each answer: somebody is waiting for the page


@dataclass(frozen=True, slots=True)
class Probe:
    """What was seen: mails in the folder, its UIDVALIDITY and what the server can do; or why nothing was."""

    exists: int = 0
    uidvalidity: int = 0
    uids: tuple[int, ...] = ()
    abilities: tuple[str, ...] = ()
    error_code: str = ""
    error: str = ""


def options_of(box: MailboxSettings) -> MailboxOptions:
    """Where the mailbox is and how we get in."""
    return MailboxOptions(
        host=box.host,
        user=box.user,
        port=box.port,
        tls=cast(Tls, box.tls),
        password=box.password.reveal(),
        token_command=box.token_command,
        folder=box.folder,
        timeout=box.timeout_seconds,
        ca_file=box.ca_file,
    )


def probe(box: MailboxSettings) -> Probe:
    """Sign in, open the folder for reading, and list it. Talks to the network: not with a transaction open."""
    options = options_of(box)
    try:
        with Mailbox(replace(options, timeout=min(options.timeout, PATIENCE))) as server:
            abilities = server.abilities()
            folder = server.select(readonly=True)
            return Probe(folder.exists, folder.uidvalidity, tuple(server.uids_after(0)), abilities)
    except Away as error:
        return Probe(error_code=error.code, error=error.reply)

"""The mailboxes of the settings, and what must hold for them; every mistake is told, with what to write instead."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from contactcenter.secret import Secret

MAX_PORT = 65_535
MAX_BYTES = 50 * 1024 * 1024
TLS = ("none", "starttls", "implicit")
AFTER = ("keep", "seen", "move", "delete")
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class MailboxSettings:
    """A folder on an IMAP server that is read for us: where it is, how we get in, and what becomes of what we have.

    `name` is what the ledger of its mails knows it by, for good. Mail in it that does not say to which address of ours
    it was delivered was written to `address`. `trusted_authserv`, where given, are the servers that are believed about
    who sent what lies there, in place of `channels.mail.trusted_authserv`.
    """

    name: str = ""
    address: str = ""
    host: str = ""
    port: int = 993
    tls: str = "implicit"
    ca_file: str = ""
    user: str = ""
    password: Secret = field(default_factory=lambda: Secret(""))
    token_command: tuple[str, ...] = ()
    folder: str = "INBOX"
    after: str = "keep"
    move_to: str = ""
    max_bytes: int = MAX_BYTES
    poll_seconds: int = 60
    timeout_seconds: int = 30
    trusted_authserv: tuple[str, ...] = ()


def check(boxes: tuple[MailboxSettings, ...], domains: tuple[str, ...]) -> list[str]:
    """Every mistake in `channels.mail.mailboxes`."""
    problems: list[str] = []
    for place, box in enumerate(boxes, 1):
        at = f"channels.mail.mailboxes[{place}]"
        problems += [f"`{at}.{problem}" for problem in (*_names(box, domains), *_server(box), *_after(box))]
    for name, count in Counter(box.name for box in boxes if box.name).items():
        if count > 1:
            problems.append(f"`channels.mail.mailboxes`: {count} of them have the name {name!r}; each needs its own")
    for folder, count in Counter((box.host, box.port, box.user, box.folder) for box in boxes).items():
        if count > 1:
            problems.append(f"`channels.mail.mailboxes`: {folder[2]} {folder[3]} is there {count} times")
    return problems


def _names(box: MailboxSettings, domains: tuple[str, ...]) -> Iterator[str]:
    if not _NAME.fullmatch(box.name):
        yield f"name` must be 1 to 40 of a-z, 0-9 and -, for example kontakt, not {box.name!r}"
    if box.address.rpartition("@")[2].lower() not in {domain.lower() for domain in domains} or "@" not in box.address:
        yield f"address` must be an address in one of `channels.mail.domains`, not {box.address!r}"


def _server(box: MailboxSettings) -> Iterator[str]:
    for key in ("host", "user", "folder"):
        if not getattr(box, key):
            yield f"{key}` must be given"
    if box.port > MAX_PORT:
        yield f"port` must be at most {MAX_PORT}, not {box.port}"
    if box.tls not in TLS:
        yield f"tls` must be {', '.join(TLS[:-1])} or {TLS[-1]}, not {box.tls!r}"
    if bool(box.password) == bool(box.token_command):
        yield "password` or `token_command` must be given, one of them"
    if box.ca_file and not Path(box.ca_file).is_file():
        yield f"ca_file` names {box.ca_file}, which is no file"


def _after(box: MailboxSettings) -> Iterator[str]:
    if box.after not in AFTER:
        yield f"after` must be {', '.join(AFTER[:-1])} or {AFTER[-1]}, not {box.after!r}"
    if bool(box.move_to) != (box.after == "move"):
        yield 'move_to` must be given with `after = "move"`, and only then'
    if box.move_to and box.move_to == box.folder:
        yield "move_to` must be another folder than the one that is read"

"""Mailboxes of a real Dovecot for tests, and what is written in the settings of whoever reads them."""

from __future__ import annotations

import pytest

from bench.dovecot import PASSWORD, PROGRAM

NEEDED = pytest.mark.skipif(PROGRAM is None, reason="there is no Dovecot on this machine (dovecot-imapd)")
OURS = "kontakt@ekhamra.example"


def box(name: str, port: int, more: str = "") -> str:
    """A mailbox of the settings."""
    where = f'host = "127.0.0.1"\nport = {port}\ntls = "none"\nuser = "{name}"\npassword = "{PASSWORD}"\n'
    return f'[[channels.mail.mailboxes]]\nname = "{name}"\naddress = "{OURS}"\n{where}{more}\n'


def letter(number: int, more: str = "", text: str = "") -> bytes:
    """A mail from a resident of its own."""
    head = f"From: Maja {number} <maja{number}@example.se>\nTo: {OURS}\nSubject: =?utf-8?q?Fr=C3=A5ga_{number}?=\n"
    ids = f"Message-ID: <fraga-{number}@example.se>\nDate: Thu, 5 Mar 2026 09:30:00 +0100\n"
    return f"{head}{ids}{more}\nHej, min fråga är {number}.\n{text}".replace("\n", "\r\n").encode()

"""The way out for mail that the settings ask for."""

from __future__ import annotations

from typing import Literal, cast

from channels.email.sender import Sender
from channels.email.smarthost import Maildir, Smarthost, SmarthostOptions
from contactcenter.runtime import Runtime

FOLDER = "outgoing"


def sender_for(here: Runtime) -> Sender:
    """The configured smarthost, or without one the maildir `outgoing/` in the data folder and nothing else."""
    chosen = here.settings.channels.mail.smarthost
    if not chosen.host:
        return Maildir(here.data / FOLDER)
    return Smarthost(
        SmarthostOptions(
            host=chosen.host,
            port=chosen.port,
            tls=cast(Literal["none", "starttls", "implicit"], chosen.tls),
            user=chosen.user,
            password=chosen.password.reveal(),
            timeout=chosen.timeout_seconds,
            hello=here.settings.smtp.hostname,
        )
    )

"""The ways out that the settings ask for: for mail, and for calls to other programs."""

from __future__ import annotations

from functools import cache
from ipaddress import ip_network
from typing import Literal, cast

from channels.email.sender import Sender
from channels.email.signing import SigningKey
from channels.email.smarthost import Maildir, Smarthost, SmarthostOptions
from channels.webhook.caller import Caller, CallOptions
from contactcenter.errors import StartError
from contactcenter.runtime import Runtime

FOLDER = "outgoing"
REST_SECONDS = 15.0
"""Less than any server leaves a silent connection open (RFC 5321 §4.5.3.2.7: five minutes; some, half a minute)."""


def sender_for(here: Runtime) -> Sender:
    """The configured smarthost, or without one the maildir `outgoing/` in the data folder and nothing else.

    Raises:
        StartError: the key that mails are to be signed with cannot be used.
    """
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
            rest=REST_SECONDS,
            key=_signing_key(here),
        )
    )


def _signing_key(here: Runtime) -> SigningKey | None:
    mail = here.settings.channels.mail
    private = mail.dkim.key.reveal()
    if not private:
        return None
    try:
        return SigningKey(mail.dkim.domain or mail.address.rpartition("@")[2], mail.dkim.selector, private.encode())
    except ValueError as error:
        raise StartError(f"`channels.mail.dkim`: {error}") from error


def caller_for(here: Runtime) -> Caller:
    """What calls other programs, outside and in the networks that the settings open."""
    chosen = here.settings.webhooks
    return _caller(chosen.timeout_seconds, chosen.inside)


@cache
def _caller(timeout: int, inside: tuple[str, ...]) -> Caller:
    """Made once for all threads: reading the system's certificates takes a while."""
    return Caller(CallOptions(timeout, tuple(ip_network(network) for network in inside)))

"""Getting into an IMAP server: the connection, its encryption, and a password or a token that lets us in."""

from __future__ import annotations

import imaplib
import ssl
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError

from channels.errors import ChannelError

PIECE = 1_048_576
"""Bytes of a mail that are asked for at a time."""
MAX_TOLD = 300  # characters of a server's own words
_TOKEN_SECONDS = 30
_MAX_TOKEN = 16_384
_SLACK = 65_536  # bytes of a literal beyond what was asked for: other answers have literals too

Tls = Literal["none", "starttls", "implicit"]


class Away(ChannelError):
    """The server cannot be talked to now. Nothing is known; come back later.

    `code` is what went wrong in one word, for tables and translations: `reach` (network, encryption), `login`, `folder`
    or `answer` (it hangs, hangs up, or says what is out of form).
    """

    def __init__(self, reply: str, code: str = "answer") -> None:
        super().__init__(reply)
        self.code = code


@dataclass(frozen=True, slots=True)
class MailboxOptions:
    """One folder on one IMAP server. `timeout` is in seconds, for the connection and for each piece of an answer.

    `token_command` is a program with its arguments that prints an access token for XOAUTH2; it is run at each sign-in,
    without a shell, and then `password` is not used. `ca_file` (PEM) is trusted instead of the system's authorities.
    """

    host: str
    user: str
    port: int = 993
    tls: Tls = "implicit"
    password: str = field(default="", repr=False)
    token_command: tuple[str, ...] = ()
    folder: str = "INBOX"
    timeout: float = 30
    ca_file: str = ""


def connect(options: MailboxOptions) -> Any:
    """A client that is signed in.

    Raises:
        Away: it could not be reached, or did not let us in; the text says which.
    """
    client = reached(lambda: _open(options), f"{options.host}:{options.port} cannot be reached", "reach")
    try:
        reached(lambda: _sign_in(client, options), f"{options.host} does not let {options.user} in", "login")
    except Away:
        shut(client)
        raise
    return client


def reached(talk: Callable[[], Any], what: str, code: str = "answer") -> Any:
    """What `talk` gives; whatever goes wrong in it is `Away`, told as `what`."""
    try:
        return talk()
    except (IMAPClientError, OSError, ValueError, LookupError) as error:  # the last two: an answer out of form
        raise Away(f"{what}: {told(error)}", code) from error


def told(error: Exception) -> str:
    """What went wrong, in one short line."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    text = str(error) or type(error).__name__
    return " ".join(text.split())[:MAX_TOLD]


def shut(client: Any) -> None:
    """Close the connection without a word: the other side may be gone."""
    try:
        client.shutdown()
    except (IMAPClientError, OSError, ValueError):
        return


def _open(options: MailboxOptions) -> Any:
    context = ssl.create_default_context(cafile=options.ca_file or None)
    client = IMAPClient(
        options.host,
        options.port,
        ssl=options.tls == "implicit",
        ssl_context=context,
        timeout=SocketTimeout(options.timeout, options.timeout),
    )
    client.normalise_times = False
    _bound(client._imap)
    if options.tls == "starttls":
        try:
            client.starttls(context)
        except BaseException:
            shut(client)
            raise
    return client


def _bound(imap: Any) -> None:
    """Let no answer be larger than what is ever asked for: imaplib would read whatever size a server names."""
    read = imap.read

    def bounded(size: int) -> bytes:
        if size > PIECE + _SLACK:
            raise imaplib.IMAP4.abort(f"the server announces {size} bytes, more than were asked for")
        data: bytes = read(size)
        return data

    imap.read = bounded
    imap.debug = 0  # the library formats every line for a log that nobody reads


def _sign_in(client: Any, options: MailboxOptions) -> None:
    if options.token_command:
        client.oauth2_login(options.user, _token(options.token_command))
    elif (options.user + options.password).isascii():
        client.login(options.user, options.password)
    else:
        client.plain_login(options.user, options.password)  # LOGIN knows no letters beyond ASCII
    client.capabilities()


def _token(command: tuple[str, ...]) -> str:
    """What the program prints, first line.

    Raises:
        OSError: it cannot be run, takes too long, fails, or prints nothing that could be a token.
    """
    try:
        done = subprocess.run(command, capture_output=True, timeout=_TOKEN_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise OSError(f"the token command was not done after {_TOKEN_SECONDS} s") from error
    if done.returncode:
        said = " ".join(done.stderr.decode("utf-8", "replace").split())[-MAX_TOLD:]
        raise OSError(f"the token command failed with {done.returncode}: {said}")
    token = done.stdout[:_MAX_TOKEN].decode("ascii", "replace").strip().partition("\n")[0].strip()
    if not token.isprintable() or not token or "\ufffd" in token:
        raise OSError("the token command printed no token")
    return token

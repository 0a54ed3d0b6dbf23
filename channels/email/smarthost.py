"""The two ways out for mail: a server that takes it (SMTP), and a maildir for a machine that nothing may leave."""

from __future__ import annotations

import hashlib
import os
import re
import smtplib
import ssl
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NoReturn

from channels.email.compose import compose, is_international, wire_address
from channels.email.signing import SigningKey, sign
from channels.errors import OutcomeUnknown, Refused, TryLater
from channels.message import OutboundMessage, Receipt

_LINE_WITH_DOT = re.compile(rb"^\.", re.MULTILINE)
_CHUNK = 65_536  # bytes; the timeout is for each
_GOODBYE = 2  # seconds we wait for an answer to QUIT, when all is done, and to RSET, before all begins
_MAX_REPLY = 500  # characters of what the other side says
_DONE = 250
_RESTING = 4  # connections that rest at the same time
_MAILS_EACH = 50  # before a connection is renewed, so that a balancer in between can do its work


@dataclass(frozen=True, slots=True)
class SmarthostOptions:
    """Where mail leaves. `timeout` is in seconds and for each answer; `hello` is the name we greet with.

    A connection that took a mail may `rest` for so many seconds and take the next one: the greetings, TLS and the
    password cost more than a mail does. With 0 each mail has a connection of its own.

    With a `key` each mail is signed (DKIM).
    """

    host: str
    port: int = 587
    tls: Literal["none", "starttls", "implicit"] = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 60
    hello: str = "localhost"
    context: ssl.SSLContext | None = None  # None: certificates are checked against the system's authorities
    rest: float = 0
    key: SigningKey | None = None


class Smarthost:
    """Hands a mail to the next server, once, and says exactly how far it came.

    Before the final dot nothing has left: `TryLater`, or `Refused` where the server said 5xx. From the final dot to its
    answer nobody can know: a lost connection or a timeout there is `OutcomeUnknown`.
    """

    repeatable = False

    def __init__(self, options: SmarthostOptions) -> None:
        self._options = options
        self._resting: deque[_Line] = deque()

    def send(self, message: OutboundMessage) -> Receipt:
        """Hand `message` over. Recipients that the server refused are in the receipt if it took others."""
        data, sender, recipients = _prepare(message)
        data = _signed(data, self._options.key)
        data = _LINE_WITH_DOT.sub(b"..", data)
        with self._connected() as server:
            options = ["SMTPUTF8", "BODY=8BITMIME"] if is_international(message) else []
            if options and not server.has_extn("smtputf8"):
                raise Refused("the mail server does not take addresses with letters beyond ASCII (SMTPUTF8)")
            with _before_the_end("the mail server hung up"):
                answer = server.mail(sender, options)
                if answer[0] >= 500 and message.return_path:  # some take no sender but the one who has signed in
                    _expect(server.rset())
                    answer = server.mail(wire_address(message.sender.value), options)
                _expect(answer)
                refused = _name_recipients(server, recipients)
                _expect(server.docmd("DATA"), 354)
                for start in range(0, len(data), _CHUNK):
                    server.send(data[start : start + _CHUNK])
            reply = _finish(server, refused)
        return Receipt(reply, refused)

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        line = self._rested() or self._let_in()
        try:
            yield line.server
        except BaseException:
            line.server.close()
            raise
        line.mails += 1
        line.since = time.monotonic()
        if self._options.rest and line.mails < _MAILS_EACH and len(self._resting) < _RESTING:
            self._resting.append(line)
            self._sweep()
        else:
            _say_goodbye(line.server)

    def _sweep(self) -> None:
        """Close what nobody has asked for in time; the other side will have noticed."""
        while self._resting and time.monotonic() - self._resting[0].since > self._options.rest:
            with suppress(IndexError):  # another thread may have taken it
                self._resting.popleft().server.close()

    def _rested(self) -> _Line | None:
        """A connection that took a mail a moment ago and still answers; those that are too old are closed."""
        while True:
            try:
                line = self._resting.pop()
            except IndexError:
                return None
            if time.monotonic() - line.since > self._options.rest:
                _say_goodbye(line.server)
                continue
            if self._still_answers(line.server):
                return line
            line.server.close()  # it was closed over there, which servers may do at any time

    def _still_answers(self, server: smtplib.SMTP) -> bool:
        try:
            if server.sock is None:
                return False
            server.sock.settimeout(_GOODBYE)
            answers = server.rset()[0] == _DONE
            server.sock.settimeout(self._options.timeout)
        except (OSError, smtplib.SMTPException, AttributeError):  # smtplib forgets a socket that was closed
            return False
        return answers

    def _let_in(self) -> _Line:
        options = self._options
        with _before_the_end(f"the mail server {options.host}:{options.port} cannot be reached"):
            server = self._open()
        try:
            with _before_the_end("the mail server does not let us in"):
                server.ehlo_or_helo_if_needed()
                if options.tls == "starttls":
                    server.starttls(context=self._context())
                    server.ehlo()
                if options.user:
                    server.login(options.user, options.password)
        except BaseException:
            server.close()
            raise
        return _Line(server)

    def _open(self) -> smtplib.SMTP:
        o = self._options
        if o.tls == "implicit":
            return smtplib.SMTP_SSL(o.host, o.port, o.hello, timeout=o.timeout, context=self._context())
        return smtplib.SMTP(o.host, o.port, o.hello, timeout=o.timeout)

    def _context(self) -> ssl.SSLContext:
        return self._options.context or ssl.create_default_context()


@dataclass(slots=True)
class _Line:
    """An open connection: how many mails it took, and since when it rests (time.monotonic())."""

    server: smtplib.SMTP
    mails: int = 0
    since: float = 0.0


def _say_goodbye(server: smtplib.SMTP) -> None:
    with suppress(OSError, smtplib.SMTPException):
        if server.sock is not None:
            server.sock.settimeout(_GOODBYE)
        server.quit()
    server.close()


class Maildir:
    """Writes mail into a maildir (tmp, then new), durably, and to nowhere else.

    The file's name comes from the Message-ID: a mail sent again replaces itself and never doubles.
    """

    repeatable = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: OutboundMessage) -> Receipt:
        """Store `message`; a full or unwritable disk is `TryLater`."""
        data, _, _ = _prepare(message)
        name = hashlib.sha256(message.message_id.encode()).hexdigest()[:40] + ".mail"
        try:
            for part in ("tmp", "new", "cur"):
                (self._folder / part).mkdir(parents=True, exist_ok=True)
            if not self._was_read(name):
                self._write(name, data)
        except OSError as error:
            raise TryLater(f"the maildir cannot be written: {error.strerror}") from error
        return Receipt(f"written to {name}")

    def _write(self, name: str, data: bytes) -> None:
        part = self._folder / "tmp" / f"{name}.{os.getpid()}"
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._folder / "new" / name)
        folder = os.open(self._folder / "new", os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _was_read(self, name: str) -> bool:
        """A mail program moves what it has seen from new/ to cur/ and adds flags to the name."""
        return any((self._folder / "cur").glob(f"{name}:2,*"))


def _prepare(message: OutboundMessage) -> tuple[bytes, str, list[str]]:
    try:
        everybody = (*message.recipients, *message.copies, *message.blind_copies)
        recipients = [wire_address(one.value) for one in everybody if one.value not in message.spared]
        sender = wire_address(message.return_path or message.sender.value)
        return compose(message), sender, list(dict.fromkeys(recipients))
    except ValueError as error:
        raise Refused(f"the mail cannot be written: {error}") from error


def _signed(data: bytes, key: SigningKey | None) -> bytes:
    try:
        return data if key is None else sign(data, key)
    except ValueError as error:
        raise Refused(f"the mail cannot be signed: {error}") from error


@contextmanager
def _before_the_end(what: str) -> Iterator[None]:
    """Whatever fails in here, the mail has not left."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        raise TryLater(f"{what}: {_say(error.smtp_code, error.smtp_error)}") from error
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise TryLater(f"{what}: {error}"[:_MAX_REPLY]) from error


def _name_recipients(server: smtplib.SMTP, recipients: list[str]) -> tuple[tuple[str, str], ...]:
    replies = [(recipient, server.rcpt(recipient)) for recipient in recipients]
    refused = [(recipient, reply) for recipient, reply in replies if reply[0] not in (250, 251)]
    if len(refused) == len(recipients):
        _give_up(next((reply for _, reply in refused if reply[0] < 500), refused[0][1]), _named(refused))
    return _named(refused)


def _named(refused: list[tuple[str, tuple[int, bytes]]]) -> tuple[tuple[str, str], ...]:
    return tuple((recipient, _say(*reply)) for recipient, reply in refused)


def _finish(server: smtplib.SMTP, refused: tuple[tuple[str, str], ...]) -> str:
    """The final dot, and what the server says to it. Whoever was `refused` before will not get it, whatever it says."""
    try:
        server.send(b".\r\n")
        code, text = server.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise OutcomeUnknown(f"the mail was handed over, but no answer came: {error}"[:_MAX_REPLY], refused) from error
    if not 200 <= code <= 599:
        raise OutcomeUnknown(f"the mail was handed over, but the answer was not one: {_say(code, text)}", refused)
    if code > 299:
        _give_up((code, text))
    return _say(code, text)


def _expect(reply: tuple[int, bytes], code: int = 250) -> None:
    if reply[0] != code:
        _give_up(reply)


def _give_up(reply: tuple[int, bytes], refused: tuple[tuple[str, str], ...] = ()) -> NoReturn:
    if 500 <= reply[0] <= 599:
        raise Refused(_say(*reply), refused)
    raise TryLater(_say(*reply), refused)


def _say(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {' '.join(words.split())}"[:_MAX_REPLY]

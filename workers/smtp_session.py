"""One SMTP connection: aiosmtpd, with what a server on the open internet must do differently.

- Whatever goes wrong inside is 451, never aiosmtpd's 500 with the error's text: the sender keeps the mail.
- DATA is read in large pieces, whatever the length of lines, and ends at CRLF.CRLF alone. Bare CR or LF is refused, so
  that no two servers can disagree about where a mail ends (CVE-2023-51764 and its family).
- Addresses of commands are read by one expression; nobody signs in here; the other side hears why it is closed.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from typing import AnyStr, cast

from aiosmtpd.proxy_protocol import AF, V2_CMD, ProxyData
from aiosmtpd.smtp import SMTP
from aiosmtpd.smtp import Envelope as Transaction
from aiosmtpd.smtp import Session as Greeting

from channels.email import replies
from channels.message import Envelope
from contactcenter import logs, metrics
from workers.smtp_door import Door, Holding, NoSpace

log = logs.get_logger(__name__)

MAX_COMMAND = 2_048  # bytes; RFC 6531 needs more than the 512 of RFC 5321
MAX_ADDRESS = 320
_PIECE = 65_536
_LINE = b"\r\n"
_END = b"\r\n.\r\n"
_PARTS_OF_END = tuple(_END[:length] for length in range(1, len(_END)))
_END_OF_LINE = b".\r\n"  # of any line that ends with a dot; found even where the line before it is already read
_MAX_OPENING = 64
_PATIENCE = 4  # times the largest mail that are read before a sender is cut off
_PATH = re.compile(r"(?:<(?:@[^:<>]*+:)?(?P<angle>[^<>]*+)>|(?P<bare>[^<>\s]++))(?:\s+(?P<rest>.*))?", re.DOTALL)
_MAILBOX = re.compile(r"(?:\"[^\"\\<>\x00-\x1f]{1,64}\"|[^\s\"<>\x00-\x20\x7f\ud800-\udfff]+)@[^\s\"<>@\ud800-\udfff]+")


class Hooks:
    """Answers to MAIL, RCPT and EHLO, and to every error."""

    def __init__(self, door: Door) -> None:
        self._options = door.options

    async def handle_EHLO(
        self, server: SMTP, session: Greeting, envelope: Transaction, hostname: str, responses: list[str]
    ) -> list[str]:
        """What we offer: as aiosmtpd, without signing in, and with several commands at a time."""
        session.host_name = hostname
        offered = [line for line in responses if not line.startswith("250-AUTH") and line != "250 HELP"]
        return [*offered, "250 PIPELINING"]

    async def handle_PROXY(self, server: SMTP, session: Greeting, envelope: Transaction, header: ProxyData) -> bool:
        """What a load balancer says of the sender; only `proxy_from` is asked. False closes the connection."""
        return isinstance(server, SmtpSession) and server.speaks_for(header)

    async def handle_MAIL(
        self, server: SMTP, session: Greeting, envelope: Transaction, address: str, options: list[str]
    ) -> str:
        """Everybody may send."""
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return replies.SENDER_OK

    async def handle_RCPT(
        self, server: SMTP, session: Greeting, envelope: Transaction, address: str, options: list[str]
    ) -> str:
        """Only to us, and not to very many at a time."""
        if not self._options.is_ours(address):
            return replies.RELAY_DENIED
        if len(envelope.rcpt_tos) >= self._options.max_recipients:
            return replies.TOO_MANY_RECIPIENTS
        envelope.rcpt_tos.append(address)
        return replies.RECIPIENT_OK

    async def handle_exception(self, error: Exception) -> str:
        """An error of ours is not the sender's fault."""
        log.error("smtp_command_failed", exc_info=error)
        return replies.TRY_LATER


class SmtpSession(SMTP):
    """One connection. `door` is shared by all."""

    line_length_limit = _PIECE

    def __init__(self, door: Door, hooks: Hooks, loop: asyncio.AbstractEventLoop) -> None:
        self.command_size_limits = defaultdict(lambda: MAX_COMMAND)  # aiosmtpd's own is shared by all connections
        options = door.options
        super().__init__(
            hooks,
            data_size_limit=options.max_bytes,
            enable_SMTPUTF8=True,
            hostname=options.hostname,
            ident="ESMTP",
            tls_context=options.tls,
            timeout=options.idle_seconds,
            auth_exclude_mechanism=("LOGIN", "PLAIN"),
            loop=loop,
        )
        self._door = door
        self._peer = ""
        self._came = 0
        self._is_let_in = self._is_begun = self._is_storing = self._is_leaving = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let the connection in or turn it away; aiosmtpd comes here again after STARTTLS."""
        if not self._is_begun:
            self._peer = str((transport.get_extra_info("peername") or ("",))[0])
            self._is_let_in = self._door.enter(self, self._peer)
            if not self._is_let_in:
                cast(asyncio.WriteTransport, transport).write(f"{replies.TOO_MANY_CONNECTIONS}\r\n".encode())
                transport.close()
                return
            if self._door.options.is_proxy(self._peer):
                self._proxy_timeout = self._door.options.proxy_seconds
            self._is_begun = True
        super().connection_made(transport)

    def speaks_for(self, header: ProxyData) -> bool:
        """Take the sender's address from a load balancer's header, and let it in in place of the balancer.

        A connection of the balancer itself (LOCAL, UNKNOWN: it looks whether we are well) keeps the balancer's address.
        """
        if header.command == V2_CMD.LOCAL or header.family not in (AF.INET, AF.INET6):
            return True
        self._door.leave(self)
        self._peer = str(header.src_addr)
        self._is_let_in = self._door.enter(self, self._peer)
        if not self._is_let_in:
            self._close(replies.TOO_MANY_CONNECTIONS)
        return self._is_let_in

    def connection_lost(self, error: Exception | None) -> None:
        """Make room for another connection."""
        self._door.leave(self)
        if self._is_begun:
            super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        """Count what comes, also while it waits for the end of a piece."""
        self._came += len(data)
        super().data_received(data)

    def goodbye(self) -> asyncio.Task[None] | None:
        """Close because we end; but first let a mail be stored and answered that is just being stored."""
        self._is_leaving = True
        if not self._is_storing:
            self._close(replies.SHUTTING_DOWN)
        return self._handler_coroutine

    def cut(self) -> None:
        """Close without a word."""
        if self.transport is not None:
            cast(asyncio.WriteTransport, self.transport).abort()

    def _timeout_cb(self) -> None:
        self._close(replies.IDLE)

    def _close(self, reply: str) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self._writer.write(f"{reply}\r\n".encode())
            self.transport.close()

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """Address and parameters of MAIL and RCPT; `<>` is the null sender, None no address."""
        found = _PATH.fullmatch(arg.strip())
        if found is None:
            return None, None
        address, rest = found["angle"] if found["bare"] is None else found["bare"], found["rest"] or ""
        if address == "":
            return "<>", rest
        if address.lower() == "postmaster" or (len(address) <= MAX_ADDRESS and _MAILBOX.fullmatch(address)):
            return address, rest
        return None, None

    async def push(self, status: AnyStr) -> None:
        """Answer a command; refusals are counted."""
        code = status[:3].decode("ascii", "replace") if isinstance(status, bytes) else status[:3]
        if code.startswith(("4", "5")):
            metrics.REFUSED.labels(code).inc()
        await super().push(status)

    async def smtp_AUTH(self, arg: str | None) -> None:
        """Nobody signs in where mail arrives."""
        await self.push(replies.NOT_IMPLEMENTED)

    async def smtp_EXPN(self, arg: str | None) -> None:
        """Lists are nobody's business."""
        await self.push(replies.NOT_IMPLEMENTED)

    async def smtp_VRFY(self, arg: str | None) -> None:
        """Nor is who has a mailbox."""
        await self.push(replies.CANNOT_VERIFY)

    async def smtp_DATA(self, arg: str | None) -> None:
        """Take a mail in. 250 is said when it is stored for good, and not before (RFC 5321 §6.1)."""
        if arg:
            await self.push(replies.BAD_SYNTAX)
        elif self.envelope is None or not self.envelope.rcpt_tos:
            await self.push(replies.BAD_SEQUENCE)
        else:
            await self.push(replies.SEND_DATA)
            envelope = Envelope(_sender(self.envelope), tuple(self.envelope.rcpt_tos), self._peer)
            reply = await self._take(envelope)
            self.envelope = self._create_envelope()
            await self.answer(reply, envelope)
            if self._is_leaving:
                self._close(replies.SHUTTING_DOWN)
                raise asyncio.CancelledError  # commands that are already in the buffer are not followed

    async def answer(self, reply: str, envelope: Envelope) -> None:
        """Say what became of a mail: once, whoever it is for (RFC 5321 §4.2)."""
        await self.push(reply)

    async def _take(self, envelope: Envelope) -> str:
        with self._door.holding(self._peer) as holding:
            pace = self.loop.create_task(self._keep_pace())
            try:
                data, refusal = await self._mail(holding)
            finally:
                pace.cancel()
            return refusal or await self._store(data, envelope)

    async def _mail(self, holding: Holding) -> tuple[bytearray, str]:
        """What is sent after DATA, up to its end, or why it is refused."""
        data = bytearray(_LINE)  # the line break of the command counts: the end may come at once
        refusal, size, began = "", 0, self.loop.time()
        data += await self._opening()
        until = _END if len(data) < _MAX_OPENING else _END_OF_LINE
        while not data.endswith(_END):
            if refusal:
                del data[: 1 - len(_END)]
                holding.drop()
            piece = await self._piece(until, size, began)
            data += piece
            size += len(piece)
            if not refusal and len(data) > self._door.options.max_bytes + len(_END):
                refusal = replies.TOO_BIG
            elif not refusal and not holding.more(len(piece)):
                refusal = replies.NO_SPACE
        return data, refusal

    async def _keep_pace(self) -> None:
        """Cut off who keeps room for a mail and hardly sends it; the first while is everybody's."""
        options = self._door.options
        await asyncio.sleep(options.slow_seconds)
        before = self._came - options.slow_bytes
        while self._came - before >= options.slow_bytes:
            before = self._came
            await asyncio.sleep(options.slow_seconds)
        self._close(replies.IDLE)

    async def _opening(self) -> bytes:
        """The first bytes, one by one while they might be part of the end; mostly this is one byte."""
        seen = _LINE
        while len(seen) < _MAX_OPENING and not seen.endswith(_END) and seen.endswith(_PARTS_OF_END):
            seen += await self._reader.readexactly(1)
        return seen.removeprefix(_LINE)

    async def _piece(self, until: bytes, size: int, began: float) -> bytes:
        """The next bytes, up to `until` or as many as there is room for.

        A sender who goes on far beyond what we take, or for ever, is cut off.
        """
        options = self._door.options
        if size > _PATIENCE * options.max_bytes or self.loop.time() - began > options.data_seconds:
            self._close(replies.TOO_BIG if size > options.max_bytes else replies.IDLE)
            raise asyncio.CancelledError  # what is still in the buffer must not be read as commands
        self._reset_timeout()
        try:
            return await self._reader.readuntil(until)
        except asyncio.LimitOverrunError as error:
            return await self._reader.readexactly(error.consumed)

    async def _store(self, data: bytearray, envelope: Envelope) -> str:
        """Hand the mail over to be stored; the clock stands still meanwhile."""
        raw = _content(data)
        data.clear()
        if raw is None:
            return replies.BARE_NEWLINE
        if self._timeout_handle is not None:
            self._timeout_handle.cancel()
        self._is_storing = True
        try:
            trace = await self._door.store(raw, envelope)
        except NoSpace:
            return replies.NO_SPACE
        except Exception:
            log.exception("mail_not_stored")
            return replies.TRY_LATER
        finally:
            self._is_storing = False
            if self.transport is not None:
                self._reset_timeout()
        return f"{replies.OK} as {trace}"


def _sender(transaction: Transaction) -> str:
    """The return path, empty for the null one."""
    return "" if transaction.mail_from in (None, "<>") else str(transaction.mail_from)


def _content(data: bytearray) -> bytes | None:
    """The mail without its first line break, its last dot and the dots that were doubled (RFC 5321 §4.5.2).

    None if a CR or LF stands alone.
    """
    del data[: len(_LINE)]
    del data[-len(_END_OF_LINE) :]
    lines = data.count(_LINE)
    if data.count(b"\r") != lines or data.count(b"\n") != lines:
        return None
    if data.startswith(b"."):
        del data[:1]
    return bytes(data.replace(b"\r\n.", _LINE) if b"\r\n." in data else data)

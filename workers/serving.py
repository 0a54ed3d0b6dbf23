"""What the processes that take mail have in common: the mail door with its threads, and how they are told to end."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import signal
import ssl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from flask import Flask

from contactcenter.errors import StartError
from contactcenter.settings import Settings, unix_path
from workers.accept import Acceptor
from workers.ports import address_of, listen
from workers.smtp import SmtpOptions, SmtpServer

THREADS = 8


class MailDoor:
    """The SMTP server of a process, in the running event loop."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._settings = settings
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="smtp")
        self._acceptor = Acceptor(app)
        self._server: SmtpServer | None = None

    async def start(self) -> str:
        """Begin to take mail; the address that it became.

        Raises:
            StartError: the port is in use or may not be used.
        """
        options = smtp_options(self._settings)
        taken = listen(self._settings.smtp.bind, "smtp.bind` or `--smtp")
        self._server = SmtpServer(options, self._acceptor, self._threads, taken)
        await self._server.start()
        return address_of(taken)

    async def stop(self) -> None:
        """Take no more; what is being stored is answered first."""
        if self._server is not None:
            await self._server.stop()
        path = unix_path(self._settings.smtp.bind)
        if path:
            Path(path).unlink(missing_ok=True)
        self._threads.shutdown(wait=False, cancel_futures=True)


def smtp_options(settings: Settings) -> SmtpOptions:
    """The mail door as the settings want it.

    Raises:
        StartError: the certificate or its key cannot be used.
    """
    smtp = settings.smtp
    return SmtpOptions(
        domains=frozenset(domain.lower() for domain in settings.channels.mail.domains),
        max_bytes=smtp.max_bytes,
        max_recipients=smtp.max_recipients,
        max_connections=smtp.max_connections,
        max_per_ip=smtp.max_connections_per_ip,
        idle_seconds=smtp.idle_seconds,
        tls=_certificate(smtp.tls_certificate, smtp.tls_key) if smtp.tls_certificate else None,
        hostname=smtp.hostname,
        is_lmtp=smtp.protocol == "lmtp",
        proxy_from=tuple(ipaddress.ip_network(network) for network in smtp.proxy_from),
    )


def _certificate(certificate: str, key: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key)
    except OSError as error:
        reason = error.strerror or str(error)
        raise StartError(f"`smtp.tls_certificate` {certificate} and `smtp.tls_key` {key}: {reason}") from error
    return context


def until_told() -> asyncio.Event:
    """Set when SIGTERM or Ctrl-C comes; both mean a clean end."""
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    return told


def say(*lines: str) -> None:
    """Tell whoever started us on standard output, at once; they may have stopped reading."""
    with contextlib.suppress(BrokenPipeError):
        print(*lines, sep="\n", flush=True)

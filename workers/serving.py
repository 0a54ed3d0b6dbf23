"""What the processes that take mail have in common: the mail door with its threads, and how they are told to end."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import ssl
from concurrent.futures import ThreadPoolExecutor

from flask import Flask

from contactcenter.errors import StartError
from contactcenter.settings import Settings, split_bind
from workers.accept import Acceptor
from workers.ports import shown
from workers.smtp import SmtpOptions, SmtpServer

THREADS = 8


class MailDoor:
    """The SMTP server of a process, in the running event loop."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._bind = settings.smtp.bind
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="smtp")
        self._server = SmtpServer(smtp_options(settings), Acceptor(app), self._threads)

    async def start(self) -> str:
        """Begin to take mail; the address that it became.

        Raises:
            StartError: the port is in use or may not be used.
        """
        try:
            return shown(*await self._server.start())
        except OSError as error:
            raise StartError(f"{self._bind} cannot be used: {error.strerror}; change `smtp.bind` or --smtp") from error

    async def stop(self) -> None:
        """Take no more; what is being stored is answered first."""
        await self._server.stop()
        self._threads.shutdown(wait=False, cancel_futures=True)


def smtp_options(settings: Settings) -> SmtpOptions:
    """The mail door as the settings want it.

    Raises:
        StartError: the certificate or its key cannot be used.
    """
    smtp = settings.smtp
    host, port = split_bind(smtp.bind)
    return SmtpOptions(
        host=host,
        port=port,
        domains=frozenset(domain.lower() for domain in settings.channels.mail.domains),
        max_bytes=smtp.max_bytes,
        max_recipients=smtp.max_recipients,
        max_connections=smtp.max_connections,
        max_per_ip=smtp.max_connections_per_ip,
        idle_seconds=smtp.idle_seconds,
        tls=_certificate(smtp.tls_certificate, smtp.tls_key) if smtp.tls_certificate else None,
        hostname=smtp.hostname,
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

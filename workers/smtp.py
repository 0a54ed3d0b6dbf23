"""The mail door: an SMTP server for our own domains. A mail is answered 250 when it is stored for good.

    server = SmtpServer(SmtpOptions(domains=frozenset({"ekhamra.example"})), accept, ThreadPoolExecutor(8))
    host, port = await server.start()

`accept` blocks: it writes, commits and returns, in one of the executor's threads. If it raises, the sender keeps the
mail (452 for `NoSpace`, else 451) and nothing of the error is told.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from concurrent.futures import Executor
from contextlib import suppress

from workers.lmtp import LmtpSession
from workers.smtp_door import Accept, Door, NoSpace, SmtpOptions
from workers.smtp_session import Hooks, SmtpSession

__all__ = ["Accept", "NoSpace", "SmtpOptions", "SmtpServer"]

GRACE_SECONDS = 4.0


class SmtpServer:
    """Listens in the running event loop, any asyncio loop; nothing in it blocks.

    `taken` is a bound socket that is used in place of the options' host and port.
    """

    def __init__(
        self, options: SmtpOptions, accept: Accept, executor: Executor, taken: socket.socket | None = None
    ) -> None:
        self._taken = taken
        self._door = Door(options, accept, executor)
        self._server: asyncio.Server | None = None

    async def start(self) -> tuple[str, int]:
        """Begin to listen; the address and port that it became.

        Raises:
            OSError: the port is in use or may not be used.
        """
        logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd writes every address and command there
        loop = asyncio.get_running_loop()
        hooks = Hooks(self._door)
        options = self._door.options
        kind = LmtpSession if options.is_lmtp else SmtpSession
        where = {"host": options.host, "port": options.port} if self._taken is None else {"sock": self._taken}
        self._server = await loop.create_server(
            lambda: kind(self._door, hooks, loop), backlog=options.max_connections, **where
        )
        name = self._server.sockets[0].getsockname()
        return (str(name), 0) if isinstance(name, str) else (str(name[0]), int(name[1]))

    async def stop(self) -> None:
        """Listen no more, say 421 to everybody and close; a mail that is being stored is answered first."""
        if self._server is None:
            return
        self._door.closing = True
        self._server.close()
        tasks = [task for connection in list(self._door.connections) if (task := connection.goodbye()) is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=GRACE_SECONDS)
        for connection in list(self._door.connections):
            connection.cut()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._server.wait_closed(), 1)
        self._server = None

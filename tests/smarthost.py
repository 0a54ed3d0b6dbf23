"""A mail server that takes answers, slowly, from senders that may be killed meanwhile."""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import cast

MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>]+>)", re.MULTILINE | re.IGNORECASE)

Take = Callable[[str], None]
"""Given the Message-ID of a mail that has come whole, before it is told 250: writes it down, and takes its time."""


class Smarthost(socketserver.ThreadingTCPServer):
    """Hands every mail to `take`."""

    daemon_threads = True

    def __init__(self, take: Take) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.take = take

    @property
    def port(self) -> int:
        """Where it listens on the loopback address."""
        return int(self.server_address[1])


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        with suppress(OSError):  # the sender was killed
            self.wfile.write(b"220 smarthost.example\r\n")
            while line := self.rfile.readline():
                word = line[:4].upper().strip()
                if word == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    self._take()
                else:
                    self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
                if word == b"QUIT":
                    return

    def _take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                raise ConnectionResetError  # it was killed before the end: nothing was taken
            lines.append(line)
        found = MESSAGE_ID.search(b"".join(lines))
        assert found is not None
        cast(Smarthost, self.server).take(found.group(1).decode())
        self.wfile.write(b"250 2.0.0 queued\r\n")


@contextmanager
def smarthost(take: Take) -> Iterator[Smarthost]:
    """One that listens until the block ends."""
    with Smarthost(take) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()

"""The mail server that takes answers: it writes down what it took before it says 250, and takes its time."""

from __future__ import annotations

import random
import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import cast

from tests.faults.journals import Journal
from tests.together import rest

MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>]+>)", re.MULTILINE | re.IGNORECASE)
SECONDS = (0.01, 0.15)


class Smarthost(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, journal: Journal, seed: int) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.journal = journal
        self.random = random.Random(seed)

    @property
    def port(self) -> int:
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
        server = cast(Smarthost, self.server)
        rest(server.random.uniform(*SECONDS))
        found = MESSAGE_ID.search(b"".join(lines))
        assert found is not None
        server.journal.write(message_id=found.group(1).decode())
        rest(server.random.uniform(*SECONDS))
        self.wfile.write(b"250 2.0.0 queued\r\n")


@contextmanager
def smarthost(journal: Journal, seed: int) -> Iterator[Smarthost]:
    with Smarthost(journal, seed) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()

"""A mail server that keeps what it is given, with its envelope; it refuses whom it is told to, and may hang up.

With `drops` it takes a mail whole and then says nothing more, so often: nobody can know whether it was taken.
"""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

ADDRESS = re.compile(rb"<([^>]*)>")


@dataclass(frozen=True)
class Taken:
    """One mail: who it came from and was for, as the envelope says, and its bytes."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes

    @property
    def mail(self) -> EmailMessage:
        """The mail, read."""
        read = message_from_bytes(self.data, policy=policy.default)
        assert isinstance(read, EmailMessage)
        return read


@dataclass
class Manner:
    """How it behaves: whom it refuses with what reply, and how many mails it takes without saying so."""

    refuses: dict[str, str] = field(default_factory=dict)
    drops: int = 0


class Sink(socketserver.ThreadingTCPServer):
    """Keeps every mail in `taken`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.taken: list[Taken] = []
        self.manner = Manner()

    @property
    def port(self) -> int:
        """Where it listens on the loopback address."""
        return int(self.server_address[1])


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        sink = cast(Sink, self.server)
        sender, recipients = "", list[str]()
        with suppress(OSError):
            self.wfile.write(b"220 sink.example\r\n")
            while line := self.rfile.readline():
                word, found = line[:4].upper().strip(), ADDRESS.search(line)
                address = found[1].decode() if found else ""
                reply = "250 ok"
                if word == b"MAIL":
                    sender, recipients = address, []
                elif word == b"RCPT":
                    reply = sink.manner.refuses.get(address, reply)
                    recipients += [address] if reply == "250 ok" else []
                elif word == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    sink.taken.append(Taken(sender, tuple(recipients), self._data()))
                    if sink.manner.drops > 0:
                        sink.manner.drops -= 1
                        return
                elif word == b"QUIT":
                    reply = "221 bye"
                self.wfile.write(f"{reply}\r\n".encode())
                if word == b"QUIT":
                    return

    def _data(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                raise ConnectionResetError
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines)


@contextmanager
def sink() -> Iterator[Sink]:
    """One that listens until the block ends."""
    with Sink() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()

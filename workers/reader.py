"""Reading mail in child processes, because a stranger's bytes may take for ever, take all memory, or crash the reader.

The children stay and are renewed from time to time. The parent looks at the clock: a mail that takes too long costs its
child, not the mail behind it, for which there is another child. The children are started fresh (never forked), so that
nothing of ours is in their memory: no keys, no connections, no settings.
"""

from __future__ import annotations

import queue
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Self

from channels.errors import Unreadable
from channels.message import Envelope, InboundMessage
from workers import reader_wire

_START_SECONDS = 60.0
_END_SECONDS = 1.0
_ENVIRONMENT = {"LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"}  # and none of ours, where secrets may be
_START = (
    "import sys; sys.path[:] = sys.argv[4:]; from workers.reader_child import main; "
    "main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))"
)


class ReaderBroken(RuntimeError):
    """No child can be started, so nothing is known of the mail: it is to be read later."""


class ReaderPool:
    """`size` children, each reading one mail at a time. May be called from several threads.

    `seconds` is the wall clock for one mail, `memory_mb` what a child may use in all, `recycle` the number of mails
    after which a child is renewed.
    """

    def __init__(self, size: int = 2, seconds: float = 5, memory_mb: int = 300, recycle: int = 2000) -> None:
        self._seconds, self._memory_mb, self._recycle = seconds, memory_mb, recycle
        self._size = size
        self._idle: queue.Queue[_Child] = queue.Queue()
        self._all: set[_Child] = set()
        self._lock = threading.Lock()
        self._closed = False
        for _ in range(size):
            self._offer(self._start())

    def read(self, raw: bytes, envelope: Envelope) -> InboundMessage:
        """The mail `raw` as a message.

        Raises:
            Unreadable: it is no mail within the bounds; code `timeout`, `memory` or `crash` if reading it ended so.
            ReaderBroken: the fault is ours.
        """
        try:
            return self._attempt(raw, envelope)
        except Unreadable as error:
            if error.code != "crash":
                raise
        return self._attempt(raw, envelope)  # a child can also be killed for what is not in the mail; once more

    def _attempt(self, raw: bytes, envelope: Envelope) -> InboundMessage:
        child = self._idle.get()
        try:
            if self._closed:
                raise ReaderBroken("the reader is being shut down")
            return child.read(raw, envelope, self._seconds)
        finally:
            if child.is_fit(self._recycle):
                self._idle.put(child)
            else:
                self._offer(self._replace(child))

    def _offer(self, child: _Child) -> None:
        """Let a child that starts be idle when it is ready, and not before: a mail would wait for it beside others."""

        def wait() -> None:
            child.prepare()
            self._idle.put(child)

        threading.Thread(target=wait, name="reader-starts", daemon=True).start()

    def read_many(self, mails: Sequence[tuple[bytes, Envelope]]) -> list[InboundMessage | Unreadable]:
        """Each mail as a message, or why not, in the same order; all children work at once."""

        def attempt(mail: tuple[bytes, Envelope]) -> InboundMessage | Unreadable:
            try:
                return self.read(*mail)
            except Unreadable as error:
                return error

        with ThreadPoolExecutor(self._size, thread_name_prefix="read-many") as threads:
            return list(threads.map(attempt, mails))

    def close(self) -> None:
        """End the children, also those at work; their mails are `ReaderBroken`, which is to say: unread."""
        with self._lock:
            self._closed = True
            children, self._all = self._all, set()
        for child in children:
            child.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> _Child:
        child = _Child(self._seconds, self._memory_mb)
        with self._lock:
            if not self._closed:
                self._all.add(child)
                return child
        child.stop()
        return child

    def _replace(self, child: _Child) -> _Child:
        with self._lock:
            self._all.discard(child)
            closed = self._closed
        child.stop()
        return child if closed else self._start()


class _Child:
    """One child process and our end of the socket to it. It starts in the background."""

    def __init__(self, seconds: float, memory_mb: int) -> None:
        self._connection, theirs = socket.socketpair()
        number = str(theirs.fileno())
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-c", _START, number, str(seconds), str(memory_mb), *sys.path],
                env=_ENVIRONMENT,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._stream = self._connection.makefile("rb")
        self._ready = self._broken = False
        self._served = 0

    def is_fit(self, recycle: int) -> bool:
        """Whether it can take another mail."""
        return not self._broken and self._served < recycle

    def read(self, raw: bytes, envelope: Envelope, seconds: float) -> InboundMessage:
        if not self._ready:
            raise ReaderBroken("the process that reads mail does not start")
        until = time.monotonic() + seconds
        try:
            self._served += 1
            reader_wire.send(self._connection, reader_wire.pack_request(raw, envelope))
            if not self._has_data(until - time.monotonic()):
                self._broken = True
                raise Unreadable(f"reading it took more than {seconds:g} seconds", "timeout")
            reply = reader_wire.receive(self._stream)
        except (EOFError, OSError, ValueError) as error:
            self._broken = True
            raise self._why() from error
        try:
            return reader_wire.unpack_reply(reply)
        except Unreadable as error:
            self._broken = error.code == "memory"  # what is left of its memory is in pieces
            raise

    def prepare(self) -> None:
        """Wait until it is ready, or does not start: then reading says so."""
        try:
            self._ready = self._has_data(_START_SECONDS) and bool(reader_wire.receive(self._stream))
        except (EOFError, OSError, ValueError):
            self._ready = False
        self._broken = self._broken or not self._ready

    def _has_data(self, seconds: float) -> bool:
        poll = select.poll()
        poll.register(self._connection, select.POLLIN)
        return bool(poll.poll(max(0.0, seconds) * 1000))

    def _why(self) -> Exception:
        """What ended the child while it read; it has closed its end, so it is gone or about to be."""
        try:
            code = self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        if code == -signal.SIGXCPU:
            return Unreadable("reading it took too much processor time", "timeout")
        if code in (-signal.SIGABRT, reader_wire.OUT_OF_MEMORY):
            return Unreadable("reading it took more memory than is allowed", "memory")
        return Unreadable(f"the reader crashed on it (ended with {code})", "crash")

    def stop(self) -> None:
        """End the process and wait for it; a second time does nothing."""
        self._broken = True
        self._process.kill()
        self._process.wait()
        self._stream.close()
        self._connection.close()

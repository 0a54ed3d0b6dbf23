"""A child process that reads mail and does nothing else: no database, no settings, no way out but its one socket."""

from __future__ import annotations

import resource
import signal
import socket
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from channels.email.parse import read
from channels.errors import Unreadable
from channels.message import Envelope, InboundMessage
from workers import reader_wire

READY = b"ready"
_MEBIBYTE = 1024 * 1024
_MOST_TEMPORARY = 64 * _MEBIBYTE
_WARM_UP = b"From: anna@example.se\r\n\r\nLorem ipsum dolor sit amet, consectetur adipisici elit\r\n"  # in no language


def main(descriptor: int, seconds: float, memory_mb: int) -> None:
    """Answer requests on the socket `descriptor` until its other end closes, which it does when the parent dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which closes the socket
    connection = socket.socket(fileno=descriptor)
    stream = connection.makefile("rb")
    read(_WARM_UP, Envelope("", ()))  # loads all that is loaded late, before the limits count
    _limit(memory_mb)
    try:
        reader_wire.send(connection, [READY])
        while True:
            raw, envelope = reader_wire.unpack_request(reader_wire.receive(stream))
            _limit_time(seconds)
            reader_wire.send(connection, answer(raw, envelope, read))
            del raw
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
    except MemoryError:  # not even the mail itself had room
        raise SystemExit(reader_wire.OUT_OF_MEMORY) from None


def answer(raw: bytes, envelope: Envelope, reader: Callable[[bytes, Envelope], InboundMessage]) -> list[bytes]:
    """The reply to one request. Whatever goes wrong is an answer; a child lives on."""
    try:
        return reader_wire.pack_message(reader(raw, envelope))
    except Unreadable as error:
        return reader_wire.pack_unreadable(error)
    except MemoryError:
        return reader_wire.pack_unreadable(Unreadable("reading it took more memory than is allowed", "memory"))
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
        return reader_wire.pack_unreadable(Unreadable(f"reading it failed: {where}", "format"))


def _limit(memory_mb: int) -> None:
    """No more than `memory_mb` MiB of memory in use: what the libraries reserve but do not use is not counted."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()
    reserved, used = (int(pages[place]) * resource.getpagesize() for place in (0, 1))
    most = reserved + max(0, memory_mb * _MEBIBYTE - used)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_MOST_TEMPORARY, _MOST_TEMPORARY))


def _limit_time(seconds: float) -> None:
    """Processor time for the next mail, should there be no parent left to look at the clock."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time() + seconds) + 2, hard))

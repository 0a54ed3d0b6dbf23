"""One daemon for each embedded database, which has one writer; its leases are forgotten at start."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contactcenter.errors import StartError


@contextmanager
def serve_lock(data: Path) -> Iterator[None]:
    """Hold `serve.lock` in the data folder. The system lets go of it when the process ends, however it ends.

    Raises:
        StartError: another process holds it; the message names it.
    """
    path = data / "serve.lock"
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StartError(f"{path} cannot be opened: {error.strerror}") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(handle, 20).decode("ascii", "replace").strip() or "unknown"
            raise StartError(f"{data} is in use by another contactcenter (process {holder})") from error
        os.truncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(handle)

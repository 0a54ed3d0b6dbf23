"""The two lanes of reading: most mails take milliseconds; the few that take seconds have a child of their own."""

from __future__ import annotations

import threading

from channels.message import Envelope, InboundMessage
from contactcenter.settings import Reading
from workers.reader import ReaderPool

QUICK_SECONDS = 1.0


class PatientReader:
    """One child with the whole time, started when it is first needed."""

    def __init__(self, options: Reading) -> None:
        self._options = options
        self._lock = threading.Lock()
        self._pool: ReaderPool | None = None

    def read(self, raw: bytes, envelope: Envelope) -> InboundMessage:
        """The mail as a message; raises what `ReaderPool.read` raises."""
        with self._lock:
            if self._pool is None:
                self._pool = _pool(self._options, 1, float(self._options.seconds))
        return self._pool.read(raw, envelope)

    def close(self) -> None:
        """End the child."""
        with self._lock:
            if self._pool is not None:
                self._pool.close()


class Readers:
    """Both lanes, for one process."""

    def __init__(self, options: Reading) -> None:
        self.quick = _pool(options, options.children, min(QUICK_SECONDS, float(options.seconds)))
        self.patient = PatientReader(options)

    def close(self) -> None:
        """End all children."""
        self.quick.close()
        self.patient.close()


def _pool(options: Reading, size: int, seconds: float) -> ReaderPool:
    return ReaderPool(size, seconds, options.memory_mebibytes, options.recycle_after)

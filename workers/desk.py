"""Where mails are read: several at once, each with little time; the few that need more have it in a lane of their own.

What is done is handed on in the order of arrival, so that a letter is there before the one that follows it up. A mail
that takes long holds the ones behind it back for `HOLD` seconds and no longer.
"""

from __future__ import annotations

import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Protocol

from channels.errors import Unreadable
from channels.message import Envelope, InboundMessage
from contactcenter.blobs import BlobStore
from contactcenter.services import intake
from contactcenter.services.entries import StoredFile
from contactcenter.services.inbox import Claimed

PLACES = 20
MOST_SLOW = 200
GATHER = 0.03
HOLD = 0.8


class Reader(Protocol):
    """What reads a mail: the pool of children."""

    def read(self, raw: bytes, envelope: Envelope) -> InboundMessage:
        """One mail as a value; raises `Unreadable`."""
        ...


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail read, with its files stored: ready to become part of a ticket. The message no longer holds their bytes."""

    message: InboundMessage
    files: tuple[StoredFile, ...]


Outcome = Mail | Exception


@dataclass(slots=True)
class _Work:
    claimed: Claimed
    slow: bool = False
    began: float | None = None

    def may_hold(self, now: float) -> bool:
        """Whether what arrived later is to wait for it."""
        return not self.slow and (self.began is None or now - self.began < HOLD)


class Desk:
    """Used by one thread. `reader` is quick; `patient` has another go at what it had too little time for."""

    def __init__(self, blobs: BlobStore, reader: Reader, threads: int, patient: Reader | None = None) -> None:
        self._blobs = blobs
        self._reader = reader
        self._patient = patient
        self._quick_lane = ThreadPoolExecutor(threads, thread_name_prefix="reading")
        self._slow_lane = ThreadPoolExecutor(1, thread_name_prefix="reading-slowly")
        self._work: dict[Future[Mail], _Work] = {}

    @property
    def claimed(self) -> list[Claimed]:
        """Everything that is on the desk."""
        return [work.claimed for work in self._work.values()]

    @property
    def free(self) -> int:
        """How many mails there is room for; those in the slow lane take none."""
        return PLACES - sum(not work.slow for work in self._work.values())

    def add(self, claimed: Claimed) -> None:
        """Begin to read one more; once closed it is left to whoever claims it next."""
        work = _Work(claimed)
        with suppress(RuntimeError):  # that is how a lane says that it was closed in this very moment
            self._work[self._quick_lane.submit(self._read, self._reader, work)] = work

    def done(self, seconds: float) -> list[tuple[Claimed, Outcome]]:
        """What has been read, in the order of arrival; waits at most `seconds` for the first."""
        if wait(self._pending(), seconds, FIRST_COMPLETED).not_done:
            wait(self._pending(), GATHER)
        found = self._ready()
        if not found and self._pending():
            wait(self._pending(), min(seconds, HOLD))
            found = self._ready()
        return found

    def close(self) -> None:
        """Begin nothing more."""
        for lane in (self._quick_lane, self._slow_lane):
            lane.shutdown(wait=False, cancel_futures=True)

    def _read(self, reader: Reader, work: _Work) -> Mail:
        work.began = time.monotonic()
        message = reader.read(self._blobs.get(work.claimed.raw_key), work.claimed.envelope)
        files = intake.store_files(self._blobs, message.attachments)
        return Mail(
            replace(message, attachments=tuple(replace(file, content=b"") for file in message.attachments)), files
        )

    def _pending(self) -> list[Future[Mail]]:
        return [future for future in self._work if not future.done()]

    def _ready(self) -> list[tuple[Claimed, Outcome]]:
        now = time.monotonic()
        held = [self._work[future].claimed.inbox_id for future in self._pending() if self._work[future].may_hold(now)]
        first_held = min(held, default=None)
        ready = []
        for future in [future for future in self._work if future.done()]:
            work = self._work[future]
            if not work.slow and first_held is not None and work.claimed.inbox_id > first_held:
                continue
            del self._work[future]
            outcome = _outcome(future)
            if not self._gets_more_time(work, outcome):
                ready.append((work.claimed, outcome))
        return sorted(ready, key=lambda pair: pair[0].inbox_id)

    def _gets_more_time(self, work: _Work, outcome: Outcome) -> bool:
        if self._patient is None or work.slow or not isinstance(outcome, Unreadable) or outcome.code != "timeout":
            return False
        if sum(other.slow for other in self._work.values()) >= MOST_SLOW:
            return False
        again = _Work(work.claimed, slow=True)
        self._work[self._slow_lane.submit(self._read, self._patient, again)] = again
        return True


def _outcome(future: Future[Mail]) -> Outcome:
    error = future.exception()
    if error is None:
        return future.result()
    return error if isinstance(error, Exception) else RuntimeError(repr(error))

"""Hands what waits to the workers, as ids by way of Redis, and sees to it that it is taken.

The rows are the truth. An id that nobody claims is handed over again, and when Redis is away, or nobody takes what it
has, the hands of this process do the work until it goes well again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Protocol

from flask import Flask
from redis.exceptions import RedisError

from contactcenter import logs, runtime
from contactcenter.model.words import ChannelKind
from contactcenter.services import inbox, outbox
from workers.jobs import JOBS, REMOTE
from workers.loop import Loop
from workers.process import unit_of_work
from workers.queues import Errand, Work
from workers.relay import CALLS

log = logs.get_logger(__name__)

REST = 0.25
AT_ONCE = 200
AGAIN_SECONDS = 3.0
LATE_SECONDS = 6.0
LATE_CALL_SECONDS = 60.0
CALM_SECONDS = 10.0
OURS = tuple(kind for kind in JOBS if kind not in CALLS)
PLAIN_MAIL = frozenset({ChannelKind.EMAIL, ChannelKind.LETTER, ChannelKind.FORM})


class Way(Protocol):
    """The queues that workers take from; both methods may raise `RedisError`."""

    def put(self, errands: Iterable[Errand]) -> None:
        """Hand ids over."""
        ...

    def is_crowded(self) -> bool:
        """Whether there is no room for more."""
        ...


class Helper(Protocol):
    """The hands of this process."""

    def start(self) -> None:
        """Begin to work."""
        ...

    def end(self, seconds: float) -> bool:
        """Claim nothing more; False if something was not done within `seconds`."""
        ...


class Ledger:
    """Which ids were handed over, when first and when last. `clock` is in seconds and never goes back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._handed: dict[tuple[Work, int], tuple[float, float]] = {}

    def to_hand(self, waiting: list[Errand]) -> list[Errand]:
        """Those that were not handed over lately. What no longer waits is forgotten."""
        now = self._clock()
        known = self._handed
        self._handed = {key: known[key] for one in waiting if (key := (one.work, one.row_id)) in known}
        return [one for one in waiting if now - self._last(one) >= AGAIN_SECONDS]

    def handed(self, errands: list[Errand]) -> None:
        """They are on their way."""
        now = self._clock()
        for one in errands:
            first, _ = self._handed.get((one.work, one.row_id), (now, now))
            self._handed[one.work, one.row_id] = (first, now)

    def is_late(self) -> bool:
        """Whether something was handed over long ago and still waits; calls wait their turn when programs are slow."""
        now = self._clock()
        return any(
            now - first > (LATE_CALL_SECONDS if work is Work.CALL else LATE_SECONDS)
            for (work, _), (first, _) in self._handed.items()
        )

    def _last(self, one: Errand) -> float:
        return self._handed.get((one.work, one.row_id), (0.0, float("-inf")))[1]


class Handing:
    """One loop. `help_out` makes new hands each time they are needed."""

    def __init__(self, app: Flask, way: Way, help_out: Callable[[], Helper], ledger: Ledger | None = None) -> None:
        self._app = app
        self._way = way
        self._help_out = help_out
        self._helper: Helper | None = None
        self._ledger = ledger or Ledger()
        self._troubled = float("-inf")
        with app.app_context():
            flag = runtime.current().bus.outbox
        self._flag: threading.Event = flag
        self._loop = Loop("relay", self.step, flag)

    def start(self) -> None:
        """Begin handing over."""
        self._loop.start()

    def end(self, seconds: float) -> bool:
        """Hand over nothing more, and let our own hands finish within `seconds`."""
        self._loop.end()
        ended = self._loop.join(seconds)
        helper, self._helper = self._helper, None
        return (helper is None or helper.end(seconds)) and ended

    def step(self) -> float:
        """Hand over what waits; the seconds until the next look."""
        waiting = self._waiting()
        errands = self._ledger.to_hand(waiting)
        trouble = ""
        try:
            if self._way.is_crowded():
                trouble = "nobody takes what lies in Redis"
            elif errands:
                self._way.put(errands)
                self._ledger.handed(errands)
        except RedisError as error:
            trouble = f"Redis is away ({type(error).__name__})"
        if not trouble and self._ledger.is_late():
            trouble = "what was handed over is not taken"
        self._look_after(trouble)
        return REST

    def _waiting(self) -> list[Errand]:
        with unit_of_work(self._app, read_only=True) as session:
            arrived = inbox.waiting(session, AT_ONCE)
            due = [*outbox.due(session, AT_ONCE, OURS), *outbox.due(session, AT_ONCE, CALLS)]
        messages = [one for one in arrived if not one.suspect] or arrived[:1]
        return [
            *(Errand(Work.TAKE_IN, one.inbox_id, "mail" if one.channel in PLAIN_MAIL else "chat") for one in messages),
            *(_promise(row_id, kind) for row_id, kind in due),
        ]

    def _look_after(self, trouble: str) -> None:
        now = time.monotonic()
        if trouble:
            self._troubled = now
            if self._helper is None:
                log.warning("handing_over_fails", reason=trouble, next="this process does the work itself meanwhile")
                self._helper = self._help_out()
                self._helper.start()
        elif self._helper is not None and now - self._troubled > CALM_SECONDS:
            log.warning("handing_over_works")
            helper, self._helper = self._helper, None
            threading.Thread(target=helper.end, args=(CALM_SECONDS,), daemon=True).start()  # handing over goes on


def _promise(row_id: int, kind: str) -> Errand:
    """Letters go before what people hardly wait for."""
    work = Work.CALL if kind in CALLS else Work.SEND if kind in REMOTE else Work.KEEP
    return Errand(work, row_id, "mail" if kind == outbox.DELIVER else "slow")

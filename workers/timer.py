"""Lets timers go off at their moment: sleeps until the next one, and is woken when a sooner one is set.

Any number may run: a timer is claimed with a lease and a fencing number, so each goes off once. After a stop, or when
the clock was put forward, what is due goes off late; when it was put back, nothing goes off twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask

from contactcenter import clock, logs, runtime
from contactcenter.errors import NotFound
from contactcenter.services import deadlines, tickets, timers
from workers.loop import Loop
from workers.process import unit_of_work

log = logs.get_logger(__name__)

AT_ONCE = 50
RECKONED_AT_ONCE = 100
LONGEST_REST = timers.SOON / timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Ring:
    """One claimed timer; `attempt` is its fencing number, `due_at` when it was to go off."""

    timer_id: int
    attempt: int
    kind: str
    subject_id: int
    due_at: datetime


class TimerLoop:
    """One loop that claims what is due and lets it go off, one after the other."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        with app.app_context():
            flag = runtime.current().bus.timers
        self._loop = Loop("timer", self.step, flag)

    def start(self) -> None:
        """Begin."""
        self._loop.start()

    def end(self) -> None:
        """Claim nothing more."""
        self._loop.end()

    def join(self, seconds: float) -> bool:
        """Wait for the end; False when it takes longer than `seconds`. What is left goes off at the next start."""
        return self._loop.join(seconds)

    def step(self) -> float:
        """Let go off what is due; the seconds until there may be more to do."""
        with unit_of_work(self._app, read_only=True) as session:
            due = timers.next_due(session)
        rest = LONGEST_REST if due is None else (due - clock.now()) / timedelta(seconds=1)
        if rest > 0:
            return min(rest, LONGEST_REST)
        with unit_of_work(self._app) as session:
            rows = timers.claim(session, AT_ONCE)
            rings = [Ring(row.id, row.attempt, row.kind, row.subject_id, row.due_at) for row in rows]
        for ring in rings:
            self._go_off(ring)
        return 0.0 if rings else LONGEST_REST

    def _go_off(self, ring: Ring) -> None:
        if self._loop.ending:
            return
        try:
            RINGS[ring.kind](self._app, ring)
        except Exception:
            log.exception("timer_failed", timer=ring.timer_id, kind=ring.kind, subject=ring.subject_id)


def first_reply(app: Flask, ring: Ring) -> None:
    """Nobody has answered in time. The ticket is locked first, as pages do."""
    with unit_of_work(app) as session:
        try:
            ticket = tickets.by_id(session, ring.subject_id)
        except NotFound:
            ticket = None
        row = timers.held(session, ring.timer_id, ring.attempt)
        if row is None:
            return
        if ticket is not None:
            deadlines.broken(session, ticket, ring.due_at)
        timers.finish(row)


def reckon(app: Flask, ring: Ring) -> None:
    """Reckon every open promise again, some tickets at a time; whoever takes over begins anew, which does no harm."""
    last: int | None = 0
    while last is not None:
        with unit_of_work(app) as session:
            last = deadlines.reckon(session, last, RECKONED_AT_ONCE)
            if not timers.renew(session, ring.timer_id, ring.attempt):
                return
    with unit_of_work(app) as session:
        row = timers.held(session, ring.timer_id, ring.attempt)
        if row is not None:
            timers.finish(row)


RINGS: Mapping[str, Callable[[Flask, Ring], None]] = {deadlines.FIRST_REPLY: first_reply, deadlines.RECKON: reckon}

"""Keeps promises: claims due rows of the outbox and gives them to their jobs, several at a time."""

from __future__ import annotations

import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

from flask import Flask

from channels.email.sender import Sender
from contactcenter import clock, runtime
from contactcenter.services import outbox
from workers.jobs import JOBS, REMOTE, Task, Tools
from workers.loop import Loop
from workers.process import unit_of_work

log = logging.getLogger(__name__)

SENDERS = 4
AT_ONCE = 20
LONGEST_REST = 1.0
RENEW_EVERY = 8.0
LOCAL = tuple(kind for kind in JOBS if kind not in REMOTE)


class Relay:
    """One loop that claims, and `senders` threads for the jobs that talk to other machines."""

    def __init__(self, app: Flask, sender: Sender, senders: int = SENDERS) -> None:
        self._app = app
        self._tools = Tools(app, sender)
        with app.app_context():
            self._flag = runtime.current().bus.outbox
        self._senders = senders
        self._most_calls = max(
            1, senders // 2
        )  # other programs may be slow; an answer to a resident never waits for all
        self._pool = ThreadPoolExecutor(senders, thread_name_prefix="sender")
        self._under_way: dict[Future[None], Task] = {}
        self._renewed = time.monotonic()
        self._loop = Loop("relay", self.step, self._flag)

    def start(self) -> None:
        """Begin keeping promises."""
        self._loop.start()

    def end(self) -> None:
        """Claim nothing more."""
        self._loop.end()

    def join(self, seconds: float) -> bool:
        """Let what is being sent come to its end; False when it takes longer than `seconds`."""
        until = time.monotonic() + seconds
        ended = self._loop.join(seconds)
        self._pool.shutdown(wait=False, cancel_futures=True)
        while any(not future.done() for future in self._under_way) and time.monotonic() < until:
            time.sleep(0.02)
        return ended and all(future.done() for future in self._under_way)

    def step(self) -> float:
        """Claim and start what is due; the seconds until there may be more to do."""
        self._reap()
        self._renew()
        with unit_of_work(self._app, read_only=True) as session:
            due = outbox.next_due(session)
        if due is None:
            return LONGEST_REST
        rest = (due - clock.now()) / timedelta(seconds=1)
        if rest > 0:
            return min(rest, LONGEST_REST)
        return 0.0 if self._start_due() else LONGEST_REST

    def _start_due(self) -> bool:
        """Whether anything was claimed; what others hold, or what no thread is free for, is not."""
        free = self._senders - len(self._under_way)
        local = self._claim(LOCAL, AT_ONCE)
        remote = self._claim(tuple(REMOTE - {outbox.WEBHOOK}), free) if free else []
        calls = sum(task.kind == outbox.WEBHOOK for task in self._under_way.values())
        room = min(free - len(remote), self._most_calls - calls)
        remote += self._claim((outbox.WEBHOOK,), room) if room > 0 else []
        for task in local:
            self._run(task)
        for task in remote:
            future = self._pool.submit(self._run, task)
            self._under_way[future] = task
            future.add_done_callback(lambda _: self._flag.set())
        return bool(local or remote)

    def _claim(self, kinds: tuple[str, ...], limit: int) -> list[Task]:
        with unit_of_work(self._app) as session:
            rows = outbox.claim(session, limit, kinds)
            return [Task(row.id, row.attempt, row.kind, row.subject_id, dict(row.payload)) for row in rows]

    def _run(self, task: Task) -> None:
        try:
            JOBS[task.kind](self._tools, task)
        except Exception:
            log.exception("promise %s (%s) failed; it is tried again later", task.outbox_id, task.kind)

    def _reap(self) -> None:
        for future in [future for future in self._under_way if future.done()]:
            del self._under_way[future]

    def _renew(self) -> None:
        if self._under_way and time.monotonic() - self._renewed > RENEW_EVERY:
            with unit_of_work(self._app) as session:
                outbox.renew(session, {task.outbox_id: task.attempt for task in self._under_way.values()})
            self._renewed = time.monotonic()
        elif not self._under_way:
            self._renewed = time.monotonic()

"""Keeps promises: claims due rows of the outbox and gives them to their jobs, several at a time."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

from flask import Flask

from channels.email.sender import Sender
from contactcenter import clock, runtime
from contactcenter.services import outbox
from workers.handed import Handed
from workers.jobs import JOBS, REMOTE, Task, Tools, keep
from workers.loop import Loop
from workers.process import unit_of_work

SENDERS = 4
AT_ONCE = 20
LONGEST_REST = 1.0
RENEW_EVERY = 8.0
LETTERS = tuple(kind for kind in JOBS if kind in REMOTE and kind != outbox.WEBHOOK)
CALLS = (outbox.WEBHOOK,)
LOCAL = tuple(kind for kind in JOBS if kind not in REMOTE)


class Relay:
    """One loop that claims, and `senders` threads for the jobs that talk to other machines.

    It claims whatever is due, or, in a worker, only what was `handed` to it.
    """

    def __init__(self, app: Flask, sender: Sender, senders: int = SENDERS, handed: Handed | None = None) -> None:
        self._handed = handed
        self._app = app
        self._tools = Tools(app, sender)
        with app.app_context():
            self._flag = runtime.current().bus.outbox
        self._senders = senders
        self._most_calls = max(1, senders // 2)
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
        if self._handed is not None:
            return self._start_handed(self._handed)
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
        remote = self._claim_remote(free)
        self._begin(local, remote)
        return bool(local or remote)

    def _start_handed(self, handed: Handed) -> float:
        """Begin what was handed over and is still free; the rest stays until a thread is."""
        free = self._senders - len(self._under_way)
        near, letters = handed.local.take(AT_ONCE), handed.letters.take(free)
        local = self._claim(LOCAL, AT_ONCE, near) if near else []
        remote = self._claim(LETTERS, free, letters) if letters else []
        calls = handed.calls.take(self._room_for_calls(free - len(remote)))
        remote += self._claim(CALLS, len(calls), calls) if calls else []
        self._begin(local, remote)
        return 0.0 if near or letters or calls else LONGEST_REST

    def _begin(self, local: list[Task], remote: list[Task]) -> None:
        for task in remote:
            future = self._pool.submit(keep, self._tools, task)
            self._under_way[future] = task
            future.add_done_callback(lambda _: self._flag.set())
        for task in local:
            keep(self._tools, task)

    def _claim_remote(self, free: int) -> list[Task]:
        """Letters first."""
        letters = self._claim(LETTERS, free) if free else []
        room = self._room_for_calls(free - len(letters))
        return letters + (self._claim(CALLS, room) if room else [])

    def _room_for_calls(self, free: int) -> int:
        """Other programs, which may be slow to answer, never get all the threads."""
        calls = sum(task.kind in CALLS for task in self._under_way.values())
        return max(0, min(free, self._most_calls - calls))

    def _claim(self, kinds: tuple[str, ...], limit: int, only: list[int] | None = None) -> list[Task]:
        with unit_of_work(self._app) as session:
            rows = outbox.claim(session, limit, kinds, only)
            return [Task(row.id, row.attempt, row.kind, row.subject_id, dict(row.payload), row.lost) for row in rows]

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

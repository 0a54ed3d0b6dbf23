"""Follows the `event` table: one query a round, however many are watching."""

from __future__ import annotations

import threading
from collections.abc import Callable

from flask import Flask

from contactcenter import logs, runtime
from contactcenter.db import db, transaction
from contactcenter.live.hints import Hint, hint_of
from contactcenter.queries import deltas
from contactcenter.queries.deltas import Cursor

log = logs.get_logger(__name__)

EVERY = 0.1
EVERY_ALONE = 0.25
"""On SQLite every daemon is in this process and sets the flag; only short commands write beside it."""
AFTER_FAILURE = 1.0
AT_ONCE = 500


class Tail:
    """A thread that hands new events to `tell`, in order, each once."""

    def __init__(self, app: Flask, tell: Callable[[list[Hint]], None]) -> None:
        self._app = app
        self._tell = tell
        with app.app_context():
            self._flag = runtime.current().bus.events
            self._every = EVERY if db.engine.dialect.name == "postgresql" else EVERY_ALONE
        self._cursor: Cursor | None = None
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live", daemon=True)

    def start(self) -> None:
        """Begin at the present."""
        self._thread.start()

    def end(self, seconds: float) -> None:
        """End, waiting at most `seconds`."""
        self._ending.set()
        self._flag.set()
        self._thread.join(seconds)

    def _run(self) -> None:
        failing = False
        while not self._ending.is_set():
            rest = self._every
            try:
                if len(self.read()) == AT_ONCE:
                    rest = 0.0
                failing = False
            except Exception:
                if not failing:
                    log.exception("events_unreadable", next="every second")
                failing, rest = True, AFTER_FAILURE
            self._flag.wait(rest)
            self._flag.clear()

    def read(self) -> list[Hint]:
        """One round: read what is new, and tell it."""
        with self._app.app_context(), transaction(read_only=True) as session:
            present = deltas.newest(session)
            if self._cursor is None or present <= self._cursor:
                self._cursor = present  # which may be before: rows may be taken out, with the example data
                return []
            events = deltas.after(session, self._cursor, AT_ONCE)
            hints = [hint_of(event) for event in events]
            if events:
                self._cursor = deltas.of(events[-1])
        if hints:
            self._tell(hints)
        return hints

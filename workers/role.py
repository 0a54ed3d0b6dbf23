"""What the processes have in common that do one part of the work each, beside others on one PostgreSQL."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from contactcenter import logs, schema
from contactcenter.core import create_core
from contactcenter.db import db
from contactcenter.errors import StartError
from contactcenter.runtime import Runtime, build_runtime
from contactcenter.settings import Settings
from workers.heartbeat import Heartbeat

log = logs.get_logger(__name__)

END_WITHIN = 8.0


@contextmanager
def role(
    name: str, settings: Settings, data: Path, create: Callable[[Runtime], Flask] = create_core
) -> Iterator[tuple[Flask, Runtime]]:
    """The application of one process, for as long as it runs; the database must have been upgraded.

    `create` makes it: the core, unless the process serves pages.

    Raises:
        StartError: the database is SQLite, is away, or does not fit this version.
    """
    here = build_runtime(settings, data)
    if here.database_url.startswith("sqlite"):
        raise StartError(
            f"`contactcenter {name}` is for many processes on one PostgreSQL: set `database_url`,"
            " or run `contactcenter serve`, which does everything on SQLite"
        )
    schema.check(here.database_url)
    app = create(here)
    heartbeat = Heartbeat(app, name)
    heartbeat.start()
    try:
        yield app, here
    finally:
        heartbeat.end()
        with app.app_context():
            db.engine.dispose()


def told(act: Callable[[], None] = lambda: None) -> threading.Event:
    """Set when SIGTERM or Ctrl-C comes; both mean a clean end. `act` is called then, and must not wait."""
    event = threading.Event()

    def end(number: int, frame: object) -> None:
        event.set()
        act()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    return event


def drained(done: bool) -> None:
    """Say so if something was under way for too long; nothing is lost by it."""
    if not done:
        log.warning("not_all_done", next="another process takes it up")

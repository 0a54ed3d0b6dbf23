"""Says every few seconds that this process lives and what it has counted."""

from __future__ import annotations

import threading
from datetime import timedelta

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from contactcenter import logs, metrics
from contactcenter.services import processes
from workers.loop import Loop
from workers.process import unit_of_work

log = logs.get_logger(__name__)


class Heartbeat:
    """A thread of a process of `kind`."""

    def __init__(self, app: Flask, kind: str) -> None:
        self._app = app
        self._kind = kind
        self._loop = Loop("heartbeat", self.step, threading.Event())

    def start(self) -> None:
        """Begin."""
        self._loop.start()

    def end(self) -> None:
        """End, and say so; a database that is away is not waited for."""
        self._loop.end()
        if self._loop.join(1.0):
            try:
                with unit_of_work(self._app) as session:
                    processes.leave(session, self._kind)
            except SQLAlchemyError as error:
                log.warning("not_signed_off", error=str(error))

    def step(self) -> float:
        """Say so once; the seconds until the next time."""
        with unit_of_work(self._app) as session:
            processes.beat(session, self._kind, metrics.own())
        return processes.EVERY / timedelta(seconds=1)

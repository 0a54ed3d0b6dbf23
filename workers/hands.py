"""The hands of one process: reading and taking in what arrived, and keeping promises."""

from __future__ import annotations

import time

from flask import Flask

from contactcenter.runtime import Runtime
from workers.handed import Handed
from workers.intake import Intake
from workers.outgoing import sender_for
from workers.readers import Readers
from workers.relay import Relay


class Hands:
    """Started once. With `handed`, they do only what was handed to them."""

    def __init__(self, app: Flask, here: Runtime, handed: Handed | None = None) -> None:
        options = here.settings.reading
        self._readers = Readers(options)
        self._intake = Intake(app, self._readers.quick, options.children, self._readers.patient, handed)
        self._relay = Relay(app, sender_for(here), handed=handed)

    def start(self) -> None:
        """Begin to work."""
        self._intake.start()
        self._relay.start()

    def end(self, seconds: float) -> bool:
        """Claim nothing more, and let what is under way end within `seconds`; False if something was left."""
        until = time.monotonic() + seconds
        self._intake.end()
        self._relay.end()
        try:
            done = [work.join(max(0.1, until - time.monotonic())) for work in (self._intake, self._relay)]
        finally:
            self._readers.close()
        return all(done)

"""A thread that does one step after another until it is told to end; a failing step never ends it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from contactcenter import logs

log = logs.get_logger(__name__)

AFTER_FAILURE = 1.0


class Loop:
    """Calls `step` again and again. A step says how many seconds to rest; `flag` ends the rest early.

    A failure (the database is away) is logged when it begins and when it ends, not once a second.
    """

    def __init__(self, name: str, step: Callable[[], float], flag: threading.Event) -> None:
        self._name = name
        self._step = step
        self._flag = flag
        self._ending = threading.Event()
        self._failing = ""
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def ending(self) -> bool:
        """Whether the loop has been told to end."""
        return self._ending.is_set()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def end(self) -> None:
        """Ask the loop to end after its present step."""
        self._ending.set()
        self._flag.set()

    def join(self, seconds: float) -> bool:
        """Wait for the end; False when it takes longer than `seconds`."""
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._ending.is_set():
            rest = self._guarded_step()
            if rest > 0 and not self._ending.is_set():
                self._flag.wait(rest)
            self._flag.clear()

    def _guarded_step(self) -> float:
        try:
            rest = self._step()
        except Exception as error:
            text = f"{type(error).__name__}: {error}".partition("\n")[0]
            if text != self._failing:
                log.exception("loop_fails", loop=self._name, next="every second")
            self._failing = text
            return AFTER_FAILURE
        if self._failing:
            log.warning("loop_works", loop=self._name)
            self._failing = ""
        return rest

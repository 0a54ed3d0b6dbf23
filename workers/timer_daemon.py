"""`contactcenter timer`: lets timers go off at their moment, and sweeps stored bytes. Any number may run."""

from __future__ import annotations

from pathlib import Path

from contactcenter.settings import Settings
from workers.role import END_WITHIN, drained, role, told
from workers.serving import say
from workers.sweep import SweepLoop
from workers.timer import TimerLoop


def timer(settings: Settings, data: Path) -> int:
    """Run until SIGTERM or Ctrl-C.

    Raises:
        StartError: something is in the way; nothing runs then.
    """
    with role("timer", settings, data) as (app, _):
        ending = told()
        loops = TimerLoop(app), SweepLoop(app)
        for loop in loops:
            loop.start()
        say("timer ready")
        ending.wait()
        for loop in loops:
            loop.end()
        drained(all([loop.join(END_WITHIN) for loop in loops]))
    return 0

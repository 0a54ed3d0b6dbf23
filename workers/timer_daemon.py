"""`contactcenter timer`: lets timers go off at their moment. Any number may run; each timer goes off once."""

from __future__ import annotations

from pathlib import Path

from contactcenter.settings import Settings
from workers.role import END_WITHIN, drained, role, told
from workers.serving import say
from workers.timer import TimerLoop


def timer(settings: Settings, data: Path) -> int:
    """Run until SIGTERM or Ctrl-C.

    Raises:
        StartError: something is in the way; nothing runs then.
    """
    with role("timer", settings, data) as (app, _):
        ending = told()
        loop = TimerLoop(app)
        loop.start()
        say("timer ready")
        ending.wait()
        loop.end()
        drained(loop.join(END_WITHIN))
    return 0

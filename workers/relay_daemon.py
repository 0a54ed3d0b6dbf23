"""`contactcenter relay`: sees to it that everything that arrived and was promised is done.

Without Redis it does the work in threads of its own; with it, the processes of `contactcenter worker` do.
"""

from __future__ import annotations

from pathlib import Path

from contactcenter.settings import Settings
from workers.handing import Handing
from workers.hands import Hands
from workers.queues import Queues
from workers.role import END_WITHIN, drained, role, told
from workers.serving import say


def relay(settings: Settings, data: Path) -> int:
    """Run until SIGTERM or Ctrl-C.

    Raises:
        StartError: something is in the way; nothing runs then.
    """
    with role("relay", settings, data) as (app, here):
        ending = told()
        work: Handing | Hands
        if settings.redis_url:
            work = Handing(app, Queues(settings.redis_url), lambda: Hands(app, here))
        else:
            work = Hands(app, here)
        work.start()
        say(f"relay {'by way of Redis' if settings.redis_url else 'in this process'}")
        ending.wait()
        drained(work.end(END_WITHIN))
    return 0

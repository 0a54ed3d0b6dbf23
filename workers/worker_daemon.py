"""`contactcenter worker`: does what `contactcenter relay` hands over by way of Redis."""

from __future__ import annotations

import threading
from pathlib import Path

from contactcenter.errors import StartError
from contactcenter.settings import Settings
from workers.handed import Handed
from workers.hands import Hands
from workers.loop import Loop
from workers.queues import Queues, Work
from workers.role import END_WITHIN, drained, role, told
from workers.serving import say

WAIT_SECONDS = 1
FULL_SECONDS = 0.05


def work(settings: Settings, data: Path) -> int:
    """Run until SIGTERM or Ctrl-C. Redis may be away: then there is nothing to do until it is back.

    Raises:
        StartError: something is in the way; nothing runs then.
    """
    if not settings.redis_url:
        raise StartError("`contactcenter worker` takes its work from Redis: set `redis_url`, or run relay alone")
    with role("worker", settings, data) as (app, here):
        ending = told()
        handed = Handed(here.bus.inbox.set, here.bus.outbox.set)
        hands = Hands(app, here, handed)
        queues = Queues(settings.redis_url)
        listening = Loop("worker", lambda: listen(queues, handed), threading.Event())
        hands.start()
        listening.start()
        say("worker ready")
        ending.wait()
        listening.end()
        drained(hands.end(END_WITHIN))
    return 0


def listen(queues: Queues, handed: Handed) -> float:
    """Take one id from Redis, unless there is enough to do; the seconds to rest."""
    if handed.is_full:
        return FULL_SECONDS
    errand = queues.take(WAIT_SECONDS)
    if errand is not None:
        stores = {
            Work.TAKE_IN: handed.inbox,
            Work.KEEP: handed.local,
            Work.SEND: handed.letters,
            Work.CALL: handed.calls,
        }
        stores[errand.work].add(errand.row_id)
    return 0.0

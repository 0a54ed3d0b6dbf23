"""What was handed to this worker: row ids that it is to claim. Forgetting them loses nothing: the rows remain."""

from __future__ import annotations

import threading
from collections.abc import Callable

ROOM = 40
MOST = 1000


class Ids:
    """Row ids in the order they came, each once. Used by several threads."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._ids: dict[int, None] = {}

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, row_id: int) -> None:
        """One more to claim; beyond `MOST` it is forgotten at once, and handed over again later."""
        with self._lock:
            if len(self._ids) < MOST:
                self._ids[row_id] = None
        self._wake()

    def take(self, limit: int) -> list[int]:
        """Up to `limit` of them, which are then forgotten here."""
        with self._lock:
            taken = list(self._ids)[: max(0, limit)]
            for row_id in taken:
                del self._ids[row_id]
        return taken


class Handed:
    """Ids of arrived messages, and of promises: kept on this machine (`local`), letters, calls of other programs.

    Each kind has a store of its own, so that what has to wait for a slow machine is in nothing else's way.
    """

    def __init__(self, wake_intake: Callable[[], None], wake_relay: Callable[[], None]) -> None:
        self.inbox = Ids(wake_intake)
        self.local = Ids(wake_relay)
        self.letters = Ids(wake_relay)
        self.calls = Ids(wake_relay)

    @property
    def is_full(self) -> bool:
        """Whether the next message is better left to another worker; a slow mail server makes nobody full."""
        return len(self.inbox) >= ROOM

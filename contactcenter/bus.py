"""Wakes the threads of this process that drain inbox, outbox, events and timers. Only a hint: they also poll."""

from __future__ import annotations

import threading


class Bus:
    """One flag for each of the queues; setting it twice wakes once."""

    def __init__(self) -> None:
        self.inbox = threading.Event()
        self.outbox = threading.Event()
        self.events = threading.Event()
        self.timers = threading.Event()

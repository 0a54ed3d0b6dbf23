"""Who else has a ticket open, reading or writing. Known to this process alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from contactcenter.queries.wording import face

LEASE = 30.0
READING = "read"
WRITING = "write"


@dataclass(frozen=True, slots=True)
class _Seen:
    agent_id: int
    name: str
    what: str
    until: float


class Presence:
    """What each socket does with the ticket it has open.

    Whoever has it open reads, until the socket closes it or is gone; writing is said again and again, and counts for
    `LEASE` seconds only.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[int, dict[str, _Seen]] = {}

    def saw(self, number: int, sid: str, agent_id: int, name: str, what: str) -> bool:
        """A socket says what its agent does; whether that is news to the others."""
        tickets = self._seen.setdefault(number, {})
        before = tickets.get(sid)
        tickets[sid] = _Seen(agent_id, name, what, self._clock() + LEASE)
        return before is None or before.what != what

    def left(self, number: int, sid: str) -> bool:
        """A socket has closed the ticket; whether it was there."""
        there = self._seen.get(number, {})
        gone = there.pop(sid, None)
        if not there:
            self._seen.pop(number, None)
        return gone is not None

    def expire(self) -> set[int]:
        """Who has not written for a while reads; the tickets for which that is news."""
        now = self._clock()
        changed = set()
        for number, there in self._seen.items():
            for sid, seen in there.items():
                if seen.what == WRITING and seen.until <= now:
                    there[sid] = replace(seen, what=READING)
                    changed.add(number)
        return changed

    def others(self, number: int, agent_id: int) -> list[dict[str, Any]]:
        """The colleagues at a ticket, each once, writing before reading."""
        found: dict[int, _Seen] = {}
        for seen in self._seen.get(number, {}).values():
            if seen.agent_id != agent_id and (seen.agent_id not in found or seen.what == WRITING):
                found[seen.agent_id] = seen
        shown = sorted(found.values(), key=lambda seen: (seen.what != WRITING, seen.name))
        return [_told(seen) for seen in shown]


def _told(seen: _Seen) -> dict[str, Any]:
    mark = face(seen.name)
    return {"name": mark.name, "initials": mark.initials, "colour": mark.colour, "what": seen.what}

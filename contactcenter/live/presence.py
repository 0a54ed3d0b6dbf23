"""Who else has a ticket open, reading or writing: by the sockets of this process, and as others have told."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from contactcenter.queries.wording import face
from contactcenter.services.presence import At

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
        self._elsewhere: dict[int, set[At]] = {}

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

    def here(self) -> dict[str, At]:
        """What every socket of this process has open."""
        return {
            sid: At(number, seen.agent_id, seen.name, seen.what)
            for number, there in self._seen.items()
            for sid, seen in there.items()
        }

    def heard(self, elsewhere: Iterable[At]) -> set[int]:
        """Remember who has tickets open at other processes; the tickets for which that is news."""
        found: dict[int, set[At]] = defaultdict(set)
        for at in elsewhere:
            found[at.number].add(at)
        before, self._elsewhere = self._elsewhere, dict(found)
        return {number for number in before.keys() | found.keys() if before.get(number) != found.get(number)}

    def others(self, number: int, agent_id: int) -> list[dict[str, Any]]:
        """The colleagues at a ticket, each once, writing before reading."""
        found: dict[int, _Seen | At] = {}
        for seen in (*self._seen.get(number, {}).values(), *self._elsewhere.get(number, ())):
            if seen.agent_id != agent_id and (seen.agent_id not in found or seen.what == WRITING):
                found[seen.agent_id] = seen
        shown = sorted(found.values(), key=lambda seen: (seen.what != WRITING, seen.name))
        return [_told(seen) for seen in shown]


def _told(seen: _Seen | At) -> dict[str, Any]:
    mark = face(seen.name)
    return {"name": mark.name, "initials": mark.initials, "colour": mark.colour, "what": seen.what}

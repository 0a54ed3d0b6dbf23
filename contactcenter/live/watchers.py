"""Who is connected to this process, and who of them is to hear of a change. Kept by the event loop alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from contactcenter import metrics
from contactcenter.access import Actor, watch_rooms
from contactcenter.live.hints import Hint, Place
from contactcenter.live.limits import Allowance

BURST = 20
PER_SECOND = 5.0


@dataclass(frozen=True, slots=True)
class Watched:
    """The ticket a socket has open, and where it lay when that was allowed."""

    ticket_id: int
    number: int
    place: Place


@dataclass(slots=True)
class Watcher:
    """One socket: the session it was opened with, the rights it has, and the ticket it has open."""

    sid: str
    token: str
    actor: Actor
    watched: Watched | None = None
    allowance: Allowance = field(default_factory=lambda: Allowance(BURST, PER_SECOND))


class Watchers:
    """All sockets of this process, findable by room and by open ticket."""

    def __init__(self) -> None:
        self._by_sid: dict[str, Watcher] = {}
        self._rooms: dict[str, set[str]] = defaultdict(set)

    def __iter__(self) -> Iterator[Watcher]:
        return iter(list(self._by_sid.values()))

    def __len__(self) -> int:
        return len(self._by_sid)

    def get(self, sid: str) -> Watcher | None:
        """The watcher of a socket, if it is still here."""
        return self._by_sid.get(sid)

    def of_agent(self, agent_id: int) -> int:
        """How many sockets an agent has."""
        return sum(watcher.actor.agent_id == agent_id for watcher in self._by_sid.values())

    def add(self, watcher: Watcher) -> None:
        """Let a socket hear what its rooms hear."""
        self._by_sid[watcher.sid] = watcher
        for room in watch_rooms(watcher.actor):
            self._rooms[room].add(watcher.sid)
        metrics.SOCKETS.set(len(self._by_sid))

    def remove(self, sid: str) -> Watcher | None:
        """Forget a socket."""
        watcher = self._by_sid.pop(sid, None)
        metrics.SOCKETS.set(len(self._by_sid))
        if watcher is not None:
            self._leave(sid, {*watch_rooms(watcher.actor), *_ticket_room(watcher.watched)})
        return watcher

    def allow(self, watcher: Watcher, actor: Actor) -> None:
        """Give a socket the rights its agent has now."""
        self._leave(watcher.sid, watch_rooms(watcher.actor) - watch_rooms(actor))
        watcher.actor = actor
        for room in watch_rooms(actor):
            self._rooms[room].add(watcher.sid)

    def watch(self, watcher: Watcher, watched: Watched | None) -> None:
        """Remember which ticket a socket has open; whether it may is asked before."""
        self._leave(watcher.sid, _ticket_room(watcher.watched))
        watcher.watched = watched
        for room in _ticket_room(watched):
            self._rooms[room].add(watcher.sid)

    def with_ticket(self, ticket_id: int) -> list[Watcher]:
        """Those who have a ticket open."""
        return [self._by_sid[sid] for sid in self._rooms.get(f"ticket:{ticket_id}", ())]

    def who_hear(self, hint: Hint) -> list[Watcher]:
        """Those who may be told of `hint`: by their rooms while they hold the domain, or by the ticket they
        have open while it lies where it lay when that was allowed.
        """
        sids = {sid for room in hint.rooms() for sid in self._rooms.get(room, ())}
        heard = {sid for sid in sids if hint.place.domain_id in self._by_sid[sid].actor.domains}
        for watcher in self.with_ticket(hint.ticket_id):
            if watcher.watched is not None and watcher.watched.place == hint.place:
                heard.add(watcher.sid)
        return [self._by_sid[sid] for sid in heard]

    def to_ask_again(self, hint: Hint) -> list[Watcher]:
        """Those who have the ticket open while it has moved since that was allowed."""
        return [
            watcher
            for watcher in self.with_ticket(hint.ticket_id)
            if watcher.watched is not None and watcher.watched.place != hint.place
        ]

    def _leave(self, sid: str, rooms: Iterable[str]) -> None:
        for room in rooms:
            members = self._rooms.get(room)
            if members is not None:
                members.discard(sid)
                if not members:
                    del self._rooms[room]


def _ticket_room(watched: Watched | None) -> tuple[str, ...]:
    return () if watched is None else (f"ticket:{watched.ticket_id}",)

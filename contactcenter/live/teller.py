"""Sends what has gathered: hints, what a socket missed, and who is at a ticket; five times a second at most."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import socketio

from contactcenter.live.hints import Hint
from contactcenter.live.presence import Presence
from contactcenter.live.watchers import Watchers

Told = dict[str, Any]


class Teller:
    """Gathers news until `send_all` is called. The newest change of a ticket takes the place of older ones."""

    def __init__(self, sio: socketio.AsyncServer, watchers: Watchers, presence: Presence) -> None:
        self._sio = sio
        self._watchers = watchers
        self._presence = presence
        self._hints: list[Hint] = []
        self._missed: dict[str, list[Told]] = {}
        self._at: set[int] = set()

    def happened(self, hints: list[Hint]) -> None:
        """Events for whoever may hear them."""
        self._hints.extend(hints)

    def missed(self, sid: str, told: list[Told]) -> None:
        """What one socket has not heard."""
        self._missed[sid] = told

    def somebody_at(self, number: int) -> None:
        """Somebody came to a ticket, left it, or began to write."""
        self._at.add(number)

    def waiting(self) -> list[Hint]:
        """The hints that the next `send_all` will tell."""
        return list(self._hints)

    async def send_all(self) -> None:
        """Send everything: one `hint` to each socket that hears anything, one `presence` for each ticket."""
        hints, self._hints = self._hints, []
        missed, self._missed = self._missed, {}
        at, self._at = self._at, set()
        told: dict[str, dict[int, Told]] = defaultdict(dict)
        for sid, changes in missed.items():
            told[sid].update((change["t"], change) for change in changes)
        for hint in hints:
            for watcher in self._watchers.who_hear(hint):
                told[watcher.sid].pop(hint.ticket_id, None)
                told[watcher.sid][hint.ticket_id] = hint.told()
        await self._send_hints({sid: list(changes.values()) for sid, changes in told.items()})
        for number in at:
            await self._send_presence(number)

    async def _send_hints(self, told: dict[str, list[Told]]) -> None:
        """Sockets that hear the same are sent one message, encoded once."""
        together: dict[tuple[tuple[str, int, int], ...], list[str]] = defaultdict(list)
        for sid, changes in told.items():
            together[tuple((change["e"], change["t"], change["r"]) for change in changes)].append(sid)
        for sids in together.values():
            await self._sio.emit("hint", {"events": told[sids[0]]}, to=sids)

    async def _send_presence(self, number: int) -> None:
        for watcher in self._watchers:
            if watcher.watched is not None and watcher.watched.number == number:
                who = self._presence.others(number, watcher.actor.agent_id)
                await self._sio.emit("presence", {"number": number, "who": who}, to=watcher.sid)

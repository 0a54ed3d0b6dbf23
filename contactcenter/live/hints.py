"""A hint: that a ticket changed, where it lies now, and what a browser is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from contactcenter.model import Event
from contactcenter.queries import deltas


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ticket lies: what decides who may be told of it."""

    domain_id: int
    team_id: int
    agent_id: int | None


@dataclass(frozen=True, slots=True)
class Hint:
    """One event as a value; `cursor` is opaque to browsers."""

    cursor: str
    ticket_id: int
    number: int
    rev: int
    kind: str
    place: Place

    def rooms(self) -> tuple[str, ...]:
        """The rooms of those who may see the ticket where it lies (`access.watch_rooms`)."""
        place = self.place
        rooms = (f"domain:{place.domain_id}", f"team:{place.team_id}:{place.domain_id}")
        return rooms if place.agent_id is None else (*rooms, f"agent:{place.agent_id}")

    def told(self) -> dict[str, Any]:
        """What goes over the wire: no words of the ticket."""
        return {"e": self.cursor, "t": self.ticket_id, "n": self.number, "r": self.rev, "k": self.kind}


def hint_of(event: Event) -> Hint:
    """The hint that `event` gives."""
    return Hint(
        cursor=deltas.written(deltas.of(event)),
        ticket_id=event.ticket_id,
        number=event.number,
        rev=event.rev,
        kind=event.kind,
        place=Place(event.domain_id, event.team_id, event.agent_id),
    )

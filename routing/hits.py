"""The phrases found in a message, by what they speak for, and small questions about where they stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from routing.index import Hit

Hits = dict[str, list[Hit]]


def by_kind(found: Iterable[Hit]) -> Hits:
    """The hits of each kind, in the order they stand in the message."""
    kinds: Hits = defaultdict(list)
    for hit in sorted(found, key=lambda hit: hit.places):
        kinds[hit.kind].append(hit)
    return kinds


def words_of(hits: Iterable[Hit]) -> tuple[str, ...]:
    """What was seen, as written: the words of each hit joined, strongest first, each once."""
    ordered = sorted(hits, key=lambda hit: -hit.weight)
    return tuple(dict.fromkeys(" ".join(hit.words) for hit in ordered))


def places_of(hits: Iterable[Hit]) -> set[int]:
    """Every place in the message that the hits cover."""
    return {place for hit in hits for place in hit.places}


def near(hit: Hit, others: Iterable[Hit], distance: int) -> bool:
    """Whether any of the others stands within so many words of the hit (and is not the hit itself)."""
    return any(
        other is not hit and abs(place - spot) <= distance
        for other in others
        for place in other.places
        for spot in hit.places
    )

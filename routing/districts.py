"""Which part of the municipality a message speaks of, from the place names in it."""

from __future__ import annotations

from collections.abc import Iterator

from routing.facts import OrganisationFacts
from routing.hits import Hits
from routing.index import Entry, Hit

_MOVED_FROM = frozenset({"från", "from"})
_DIRECTION = frozenset({"om", "ut", "norrut"})


def entries(org: OrganisationFacts) -> Iterator[Entry]:
    """Every place name of every district; a name is never part of a compound (`Sätraskolan` is a school)."""
    for district, names in org.districts.items():
        for name in dict.fromkeys((district, *names)):
            exact = " ".join(piece if "*" in piece else f"={piece}" for piece in name.split())
            yield Entry("place", district, exact)


def find(hits: Hits, words: dict[int, str]) -> tuple[str | None, tuple[Hit, ...]]:
    """The district named, and the hits that say so.

    A place moved from counts less than one moved to, and «centrum» less than any other name: it may be that of the
    district named beside it. `words` are the message's words by place.
    """
    places = [hit for hit in hits.get("place", []) if words.get(hit.places[-1] + 1, "") not in _DIRECTION]
    if not places:
        return None, ()

    def order(hit: Hit) -> tuple[bool, bool, int]:
        common = hit.words[-1].startswith("centrum")
        return common, words.get(hit.places[0] - 1, "") in _MOVED_FROM, hit.places[0]

    chosen = min(places, key=order).owner
    return chosen, tuple(hit for hit in places if hit.owner == chosen)

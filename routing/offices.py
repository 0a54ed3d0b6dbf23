"""Which office a ticket belongs to: where the visit is, which one was written to, named, or is to be visited."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from routing.facts import OfficeFacts, OrganisationFacts, Reason, TicketFacts
from routing.hits import Hits, near, words_of
from routing.index import Entry, Hit
from routing.lexicon import visits
from routing.reasons import reason

_NEAR = 14
_BESIDE = 3


@dataclass(frozen=True, slots=True)
class Place:
    """The office with the reason for it."""

    office: str
    reason: Reason


def entries(org: OrganisationFacts) -> Iterator[Entry]:
    """What offices are called, and the words of a wish to come."""
    for office in org.offices.values():
        yield from (Entry("office", office.slug, name) for name in office.names)
        yield from (Entry("landmark", office.slug, name) for name in office.landmarks)
    for kind, phrases in (("wish", visits.WISH), ("ours", visits.OURS), ("elsewhere", visits.ELSEWHERE)):
        yield from (Entry(kind, "", phrase) for phrase in phrases)


def visited(ticket: TicketFacts, org: OrganisationFacts) -> Place | None:
    """The office of `visit:<office>:…`, where the sender stands right now."""
    kind, _, rest = ticket.sender.partition(":")
    office = org.offices.get(rest.partition(":")[0]) if kind == "visit" else None
    return Place(office.slug, reason("office_visit", office=office.name)) if office else None


def addressed(ticket: TicketFacts, org: OrganisationFacts) -> Place | None:
    """The office whose own address was written to."""
    own = {address.lower(): office.slug for office in org.offices.values() for address in office.addresses}
    own |= {
        entry.address.lower(): entry.office for entry in org.addresses if entry.office and entry.office in org.offices
    }
    for recipient in ticket.recipients:
        slug = own.get(recipient.strip().lower())
        if slug:
            return Place(slug, reason("office_address", office=org.offices[slug].name, address=recipient.strip()))
    return None


def named(hits: Hits, org: OrganisationFacts, district: str | None) -> Place | None:
    """The office called by its name; of several names, that in the district named, else the longest."""
    found = list(hits.get("office", []))
    wishes = hits.get("wish", [])
    found += [
        hit
        for hit in hits.get("landmark", [])
        if near(hit, wishes, _NEAR) and not near(hit, hits.get("elsewhere", []), _BESIDE)
    ]
    if not found:
        return None
    best = max(found, key=lambda hit: (org.offices[hit.owner].district == district, len(hit.places), hit.weight))
    office = _in_district(org, district) if len(best.places) == 1 else None
    office = office or org.offices[best.owner]
    return Place(office.slug, reason("office_named", words_of([best]), office=office.name))


def wanted(hits: Hits, org: OrganisationFacts, district: str | None, places: tuple[Hit, ...]) -> Place | None:
    """The office of a district the sender wants to come to: a place, a wish and something of ours near each other."""
    office = _in_district(org, district)
    if office is None or district is None:
        return None
    wishes, ours, elsewhere = (hits.get(kind, []) for kind in ("wish", "ours", "elsewhere"))
    for hit in places:
        if near(hit, elsewhere, _BESIDE):
            continue
        if near(hit, wishes, _NEAR) and near(hit, ours, _NEAR):
            seen = [wish for wish in wishes if near(hit, [wish], _NEAR)][:2]
            return Place(office.slug, reason("office_place", words_of([hit, *seen]), district=district))
    return None


def _in_district(org: OrganisationFacts, district: str | None) -> OfficeFacts | None:
    return next((office for office in org.offices.values() if office.district == district), None)


def find(
    ticket: TicketFacts, hits: Hits, org: OrganisationFacts, district: str | None, places: tuple[Hit, ...]
) -> Place | None:
    """The office of the ticket and why, or None when no office is meant."""
    return (
        visited(ticket, org)
        or addressed(ticket, org)
        or named(hits, org, district)
        or wanted(hits, org, district, places)
    )

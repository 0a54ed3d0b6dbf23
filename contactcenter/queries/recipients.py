"""Whom an answer goes to by itself, whom a guide may want to add, and whom the last answer did not reach.

All of it is found anew for each answer, from the messages of its ticket: what was chosen for an earlier answer, or
stood in an earlier mail's Cc, is offered and never there by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.email.compose import can_be_sent_to, spellings, wire_form
from contactcenter import runtime
from contactcenter.model import (
    Address,
    Entry,
    EntryMessage,
    Office,
    OurAddress,
    PersonAddress,
    RoutingRule,
    Team,
    Ticket,
)
from contactcenter.model.words import AddressKind, Direction, EntryState
from contactcenter.queries import letters
from contactcenter.queries.protected import is_protected

MAX_LOOKED_AT = 50
MAX_OFFERED = 6
_ARRIVED = (EntryState.DELIVERED, EntryState.READ)
_HUMAN = ((EntryMessage.automatic == ""), (EntryMessage.doubt == ""))


def usual(session: Session, ticket: Ticket) -> str:
    """Who an answer goes to when nobody says otherwise: who wrote the newest message, if they take part in the ticket.

    That is whoever the ticket is of, an address that a guide has confirmed to be that person's, and whoever an answer
    was written to before they wrote. Of others, who may have got a copy or come by the signed address, nothing is
    believed, and of nobody whom their mail server or their own address speaks against. A protected identity is answered
    at the ticket's address alone. Empty: nobody.
    """
    own = letters.recipient(session, ticket)
    since = {} if is_protected(ticket) else _taking_part(session, ticket)
    if not since:
        return own.value if own is not None else ""
    if own is not None:
        since[own.value] = 0
    authors = session.execute(
        select(Entry.seq, Entry.data, Address.value)
        .join(Address, Address.id == Entry.address_id)
        .join(EntryMessage, EntryMessage.entry_id == Entry.id)
        .where(Entry.ticket_id == ticket.id, Entry.direction == Direction.IN, Address.kind == AddressKind.EMAIL)
        .where(*_HUMAN)
        .order_by(Entry.seq.desc())
        .limit(MAX_LOOKED_AT)
    )
    asked = (value for seq, data, value in authors if seq > since.get(value, seq) and _is_believed(data))
    return next(filter(can_be_sent_to, asked), own.value if own is not None else "")


def _is_believed(data: dict[str, Any]) -> bool:
    """Whether nothing speaks against the sender of a message, as its line of the timeline keeps it."""
    told = data.get("sender") or {}
    return told.get("found") != "fail" and not told.get("poses_as")


def _taking_part(session: Session, ticket: Ticket) -> dict[str, int]:
    """The addresses beside the ticket's own that take part, and after which line.

    Those of its person for certain do from the beginning (0), others since an answer was written to them. Who had a
    copy was told something, and asked nothing.
    """
    found = {address: answer.seq for answer in _answers(session, ticket) for address in answer.to}  # the oldest stays
    if ticket.person_id is not None:
        theirs = select(Address.value).join(PersonAddress, PersonAddress.address_id == Address.id)
        theirs = theirs.where(PersonAddress.person_id == ticket.person_id, PersonAddress.verified_at.is_not(None))
        found |= dict.fromkeys(session.scalars(theirs.where(Address.kind == AddressKind.EMAIL).limit(MAX_LOOKED_AT)), 0)
    if ticket.address is not None:
        found.pop(ticket.address.value, None)
    return found


@dataclass(frozen=True, slots=True)
class _Answer:
    """Who an answer of ours was for, how it went, and whom it is known not to have reached."""

    seq: int
    to: tuple[str, ...]
    everybody: tuple[str, ...]
    state: EntryState
    missed: frozenset[str]


def _answers(session: Session, ticket: Ticket) -> list[_Answer]:
    """Our newest answers, newest first."""
    rows = session.execute(
        select(
            Entry.seq,
            Entry.state,
            Entry.data,
            EntryMessage.recipients,
            EntryMessage.copies,
            EntryMessage.blind_copies,
        )
        .join(EntryMessage, EntryMessage.entry_id == Entry.id)
        .where(Entry.ticket_id == ticket.id, Entry.direction == Direction.OUT)
        .order_by(Entry.seq.desc())
        .limit(MAX_LOOKED_AT)
    )
    return [
        _Answer(seq, tuple(to), (*to, *copies, *blind), state, frozenset(data.get("missed", ())))
        for seq, state, data, to, copies, blind in rows
    ]


def offered(session: Session, ticket: Ticket, chosen: Sequence[str]) -> tuple[str, ...]:
    """Whom a guide may want to copy in: who wrote the newest message, whom it names, and the ticket's own address.

    Not those already `chosen`, no address of ours, and nobody where an identity is protected: any may be theirs. What
    is said by a mail whose sender is not believed is not offered either.
    """
    if is_protected(ticket):
        return ()
    messages = session.execute(
        select(Entry.data, Address.kind, Address.value, EntryMessage.recipients, EntryMessage.copies)
        .select_from(Entry)
        .join(EntryMessage, EntryMessage.entry_id == Entry.id)
        .outerjoin(Address, Address.id == Entry.address_id)
        .where(Entry.ticket_id == ticket.id, Entry.direction == Direction.IN, *_HUMAN)
        .order_by(Entry.seq.desc())
        .limit(MAX_LOOKED_AT)
    )
    newest = next((row for row in messages if _is_believed(row[0])), None)
    own = letters.recipient(session, ticket)
    found = [own.value] if own is not None else []
    if newest is not None:
        _data, kind, author, to, copies = newest
        found += [author] if kind is AddressKind.EMAIL else []
        found += [*to, *copies]
    known = [value for value in dict.fromkeys(found) if can_be_sent_to(value) and value not in chosen]
    own_ones = ours(session, known) if known else frozenset()
    return tuple(value for value in known if value not in own_ones)[:MAX_OFFERED]


def missed(session: Session, ticket: Ticket) -> frozenset[str]:
    """The addresses that the newest report of this ticket says our mail did not reach."""
    found: dict[str, bool] = {}
    for answer in _answers(session, ticket):
        for address in answer.everybody:
            if address in answer.missed:
                found.setdefault(address, True)
            elif answer.state in _ARRIVED:
                found.setdefault(address, False)
    return frozenset(address for address, is_missed in found.items() if is_missed)


def ours(session: Session, addresses: Sequence[str]) -> frozenset[str]:
    """Those of `addresses` whose mail comes back to us, tagged ones (`kontakt+…@`) among them, however written."""
    mail = runtime.current().settings.channels.mail
    forms = {address: {wire_form(address), _untagged(wire_form(address))} for address in addresses}
    asked = spellings(form for each in forms.values() for form in each)
    known = {mail.address, *(box.address for box in mail.mailboxes)}
    for column in (OurAddress.address, Office.mail_address, Team.mail_address):
        known |= set(session.scalars(select(func.lower(column)).where(func.lower(column).in_(asked))))
    for conditions in session.scalars(select(RoutingRule.conditions).where(RoutingRule.active)):
        known |= {str(value) for value in conditions.get("recipient", ())}
    own_forms = set(map(wire_form, known))
    return frozenset(address for address, each in forms.items() if not own_forms.isdisjoint(each))


def _untagged(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"

"""What is shown to nobody where an identity is protected: every address that may be the person's.

Protection often comes after the first letters. So nothing is taken out of what is stored: it is hidden when shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from channels.email.compose import wire_form
from contactcenter.model import Address, Entry, PersonAddress, Ticket
from contactcenter.model.words import AddressKind, Direction


def is_protected(ticket: Ticket) -> bool:
    """Whether the address of whoever the ticket is of is shown to nobody."""
    return ticket.person is not None and ticket.person.protected_identity


def hidden(session: Session, ticket: Ticket) -> frozenset[str]:
    """The mail addresses that are not shown: the ticket's, all of its person's, and whoever else has written in it.

    Who writes from another address may be the same person; nobody can tell before it is too late. Empty where nothing
    is protected. Each stands there as it is kept and as it is sent, since servers answer with the latter.
    """
    if not is_protected(ticket):
        return frozenset()
    theirs = (
        select(Address.value)
        .join(PersonAddress, PersonAddress.address_id == Address.id)
        .where(PersonAddress.person_id == ticket.person_id, Address.kind == AddressKind.EMAIL)
    )
    wrote = (
        select(Address.value)
        .join(Entry, Entry.address_id == Address.id)
        .where(Entry.ticket_id == ticket.id, Entry.direction == Direction.IN, Address.kind == AddressKind.EMAIL)
    )
    found = {*session.scalars(union(theirs, wrote)), *([ticket.address.value] if ticket.address is not None else [])}
    return frozenset(form for value in found for form in (value.lower(), wire_form(value)))


def unnamed(said: str, addresses: Iterable[str]) -> str:
    """What a server said, without `addresses`."""
    for address in sorted(addresses, key=len, reverse=True):
        said = re.sub(re.escape(address), "***", said, flags=re.IGNORECASE)
    return said

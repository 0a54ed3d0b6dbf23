"""Which ticket does a mail belong to? A ladder; the first rung that holds wins.

1. Our signed reply address (`kontakt+<token>@…`) among the recipients.
2. Our signed Message-ID among the references (In-Reply-To, References), or our signed return path as the recipient:
   programs that answer by themselves write there (RFC 3834 §4), and so do servers that could not deliver.
3. A known Message-ID among the references, when the sender is beyond doubt and already takes part in that ticket.
4. Otherwise a new ticket; what was hinted at (a stranger's reference, a number in the subject) is a suggested link.

A number in the subject alone never joins a ticket: anybody can write one. Where trusted servers tell who sent a mail,
the sender of the third rung must not have failed there. What a person sends to another address of ours than the
conversation has used (and not to the signed one) is a new ticket too, linked to the one it came from: they ask somebody
else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.message import Envelope, InboundMessage
from contactcenter.access import COMMON_DOMAIN
from contactcenter.keys import KeyRing
from contactcenter.model import Domain, Entry, Ticket
from contactcenter.model.words import Relation, Verification
from contactcenter.services import own_addresses
from contactcenter.services.identity import Sender

MAX_REFERENCES = 40
MAX_CANDIDATES = 200
_OWN_ID = re.compile(r"<r\.([a-z2-7]{39})@", re.IGNORECASE)
_TOKEN = re.compile(r"\+([a-z2-7]{39})@", re.IGNORECASE)
_RETURN_TOKEN = re.compile(r"\+b\.([a-z2-7]{39})@", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Thread:
    """Where a message belongs: the tickets to append to, or (none) a new one with `related_id` as a link, and why."""

    ticket_ids: tuple[int, ...] = ()
    verification: Verification = Verification.CLAIMED
    related_id: int | None = None
    related_as: Relation | None = None


def own_message_id(keys: KeyRing, entry_id: int, domain: str) -> str:
    """The Message-ID of our entry, for ever the same (RFC 5322 §3.6.4), with a signature that we recognise."""
    return f"<r.{keys.message_id.sign(entry_id)}@{domain}>"


def name_ours(keys: KeyRing, entry: Entry, address: str) -> None:
    """Give a written line of ours, which leaves from `address`, its Message-ID for ever."""
    entry.own_message_id = entry.message_id = own_message_id(keys, entry.id, address.rpartition("@")[2])


def reply_address(keys: KeyRing, ticket_id: int, address: str) -> str:
    """The address that answers to this ticket come back to: `local+<token>@domain`, local part ≤ 64 characters."""
    local, _, domain = address.rpartition("@")
    return f"{local[:24]}+{keys.reply_address.sign(ticket_id)}@{domain}"


def return_path(keys: KeyRing, entry_id: int, address: str) -> str:
    """Where what other servers have to say about our entry comes back to: `local+b.<token>@domain`, as short."""
    local, _, domain = address.rpartition("@")
    return f"{local[:22]}+b.{keys.message_id.sign(entry_id)}@{domain}"


def find_thread(
    session: Session, keys: KeyRing, message: InboundMessage, envelope: Envelope, sender: Sender, prefix: str
) -> Thread:
    """Walk the ladder for one message of `sender`; `prefix` is that of ticket numbers in subjects."""
    signed = _by_reply_address(session, keys, message, envelope)
    if signed:
        return Thread(signed, Verification.TOKEN)
    entry = own_entry(session, keys, message, envelope)
    if entry is not None:
        return _unless_elsewhere(session, Thread((entry.ticket_id,), Verification.TOKEN), message, envelope)
    referred = _by_reference(session, message)
    if sender.address_id is not None and sender.is_believed:
        own = _taking_part(session, referred, sender.address_id)
        if own is not None:
            return _unless_elsewhere(session, Thread((own,)), message, envelope)
    if referred:
        return Thread(related_id=referred[0], related_as=Relation.REFERENCE)
    named = _by_subject(session, message.subject, prefix)
    return Thread(related_id=named, related_as=Relation.NUMBER if named is not None else None)


def _unless_elsewhere(session: Session, joined: Thread, message: InboundMessage, envelope: Envelope) -> Thread:
    """`joined`, or a new ticket where a person has sent the mail on to another address of ours.

    What is quoted of a confidential matter stays among those who may see it, wherever it was sent.
    """
    [ticket_id] = joined.ticket_ids
    of_ticket = select(Domain.slug).join(Ticket, Ticket.domain_id == Domain.id).where(Ticket.id == ticket_id)
    if message.automatic or session.scalar(of_ticket) != COMMON_DOMAIN:
        return joined
    if not own_addresses.leads_elsewhere(session, ticket_id, message, envelope):
        return joined
    return Thread((), joined.verification, ticket_id, Relation.FORWARDED)


def _by_reply_address(session: Session, keys: KeyRing, message: InboundMessage, envelope: Envelope) -> tuple[int, ...]:
    """The tickets whose signed address is among the recipients; usually one, and each must hear of it."""
    addresses = [*envelope.recipients, *(a.value for a in (*message.recipients, *message.copies))]
    signed = answered(keys, addresses)
    return tuple(ticket_id for ticket_id in signed if session.get(Ticket, ticket_id) is not None)


def answered(keys: KeyRing, addresses: Sequence[str]) -> list[int]:
    """The ids in the signed reply addresses among `addresses`, in order; their tickets need not be there."""
    found = (_TOKEN.search(address) for address in addresses[:MAX_CANDIDATES])
    return sorted({ticket_id for match in found if match and (ticket_id := keys.reply_address.read(match.group(1)))})


def own_entry(session: Session, keys: KeyRing, message: InboundMessage, envelope: Envelope) -> Entry | None:
    """The entry of ours that a message refers to by our signature: the newest reference, else the return path."""
    found = (_OWN_ID.match(reference) for reference in reversed(message.references[-MAX_REFERENCES:]))
    named = [entry_id for match in found if match and (entry_id := keys.message_id.read(match.group(1))) is not None]
    to = [*envelope.recipients, *(address.value for address in message.recipients)]
    for entry_id in (*named, *returned(keys, to)):
        entry = session.get(Entry, entry_id)
        if entry is not None:
            return entry
    return None


def own_mail(session: Session, keys: KeyRing, message: InboundMessage) -> Entry | None:
    """The entry of ours that `message` itself is: our own mail, come back to us."""
    found = _OWN_ID.match(message.message_id or "")
    entry_id = keys.message_id.read(found.group(1)) if found else None
    return session.get(Entry, entry_id) if entry_id is not None else None


def returned(keys: KeyRing, addresses: Sequence[str]) -> list[int]:
    """The ids in the signed return paths among `addresses`, in order; their entries need not be there."""
    found = (_RETURN_TOKEN.search(address) for address in addresses[:MAX_CANDIDATES])
    return sorted({entry_id for match in found if match and (entry_id := keys.message_id.read(match.group(1)))})


def _by_reference(session: Session, message: InboundMessage) -> list[int]:
    """The tickets with a message that is referred to, newest first; strangers choose their ids."""
    references = message.references[-MAX_REFERENCES:]
    if not references:
        return []
    newest_first = session.scalars(
        select(Entry.ticket_id).where(Entry.message_id.in_(references)).order_by(Entry.id.desc()).limit(MAX_CANDIDATES)
    )
    return list(dict.fromkeys(newest_first))


def _taking_part(session: Session, ticket_ids: list[int], sender_id: int) -> int | None:
    """The first of the tickets that is the sender's, or that they have written in."""
    if not ticket_ids:
        return None
    theirs = set(session.scalars(select(Ticket.id).where(Ticket.id.in_(ticket_ids), Ticket.address_id == sender_id)))
    theirs |= set(
        session.scalars(select(Entry.ticket_id).where(Entry.ticket_id.in_(ticket_ids), Entry.address_id == sender_id))
    )
    return next((ticket_id for ticket_id in ticket_ids if ticket_id in theirs), None)


def _by_subject(session: Session, subject: str, prefix: str) -> int | None:
    found = re.search(rf"\b{re.escape(prefix)}-(\d{{1,9}})\b", subject, re.IGNORECASE)
    if found is None:
        return None
    return session.scalar(select(Ticket.id).where(Ticket.number == int(found.group(1))))

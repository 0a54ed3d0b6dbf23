""" "Mottaget": what residents are told at once when they have written, without anybody doing anything (RFC 3834).

It goes to the one who wrote, about a new ticket, in mail that a person wrote; never to a program, a list, an address
of ours, an empty return path, one that mail has bounced from or whose sender cannot be trusted; nor where the return
path is of another organisation than the sender (RFC 3834 §4), unless it is authenticated. It names nothing that
the mail said, not even its subject: whoever forges a sender cannot have us carry their words. Once for each address and
day, and each conversation; and there is an upper bound on all of it, so that two programs can never keep each other
busy. It is no answer: no promise is kept by it, and nobody is woken when it does not arrive.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, literal_column, select
from sqlalchemy.orm import Session

from channels.email.authentication import PASS, in_one_organisation
from channels.email.compose import can_be_sent_to
from channels.message import Envelope, InboundMessage
from contactcenter import clock, logs, runtime
from contactcenter.db import after_commit
from contactcenter.model import Acknowledged, Address, Entry, EntryMessage, Ticket
from contactcenter.model.entry import ACKNOWLEDGEMENT
from contactcenter.model.words import AddressKind, ChannelKind, Direction, EntryKind, EntryState
from contactcenter.queries import ack_texts
from contactcenter.services import entries, identity, outbox, own_addresses, threads
from contactcenter.services.entries import NewEntry
from contactcenter.services.identity import Sender

log = logs.get_logger(__name__)

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
AFTER_A_BOUNCE = timedelta(days=30)
"""How long nothing is sent by itself to an address that a server has refused."""
LIKE_CHARACTERS = 2_000
_NOBODY = re.compile(
    r"(?:no|do[-_.]?not|dont)[-_.]?(?:reply|answer|respond)|(?:svara|besvara)[-_.]?(?:ej|inte)|(?:ej|inget)[-_.]?svar|"
    r"ala[-_.]?vastaa|mailer[-_.]?daemon|mail[-_.]?daemon|postmaster|daemon|root|nobody|listserv|majordomo|"
    r"bounces?|owner-.*|.*-(?:owner|request|bounces?|noreply)|noreply.*"
)
"""Local parts that nobody reads (RFC 3834 §2 names some, others are habits)."""


def promise(
    session: Session, sender: Sender, ticket: Ticket, about: Entry, message: InboundMessage, envelope: Envelope
) -> None:
    """Acknowledge a mail that has opened `ticket`, if one may; `about` is its line, `sender` who wrote it.

    What keeps it from being acknowledged, though it is a person's, is told in the timeline.
    """
    address = session.get(Address, ticket.address_id) if ticket.address_id else None
    if address is None or not _is_for_somebody(session, sender, ticket, address, message, envelope):
        return
    text = ack_texts.text_for(session, ticket)
    if text is None:
        return
    likeness = _likeness(message)
    is_proved = sender.found == PASS or in_one_organisation(envelope.sender, address.value)
    reason = _held_back(session, ticket, address, message, likeness) if is_proved else "envelope"
    if reason:
        entries.line(session, ticket, entries.event("not_acknowledged", reason=reason))
        return
    subject, words = ack_texts.filled(session, ticket, text)
    entry = _promise(session, ticket, about, address, subject, words, text.language or ticket.language)
    session.add(
        Acknowledged(
            entry_id=entry.id,
            ticket_id=ticket.id,
            address_id=address.id,
            mail_domain=_domain(address),
            likeness=likeness,
        )
    )


def _is_for_somebody(
    session: Session,
    sender: Sender,
    ticket: Ticket,
    address: Address,
    message: InboundMessage,
    envelope: Envelope,
) -> bool:
    """Whether a person wrote it who can be told."""
    if message.automatic or not sender.is_believed or not envelope.sender or address.kind is not AddressKind.EMAIL:
        return False
    local = address.value.rpartition("@")[0]
    if _NOBODY.fullmatch(local) or not can_be_sent_to(address.value) or _is_ours(session, address.value):
        return False
    return identity.protected_behind(session, address.id) is None


def _is_ours(session: Session, value: str) -> bool:
    return bool(own_addresses.ours(session, [own_addresses.bare(value)]))


def _held_back(session: Session, ticket: Ticket, address: Address, message: InboundMessage, likeness: str) -> str:
    """Why a person is not told, empty when they are."""
    now, most = clock.now(), runtime.current().settings.channels.mail.acknowledgements
    if message.sent_at is not None and message.sent_at < now - timedelta(days=most.newest_days):
        return "old"
    if address.bounced_at is not None and address.bounced_at > now - AFTER_A_BOUNCE:
        return "bounced"
    domain = Acknowledged.mail_domain == _domain(address)
    bounds = (
        ("thread", _since(now - DAY, Acknowledged.ticket_id == ticket.related_ticket_id), 1),
        ("address", _since(now - DAY, Acknowledged.address_id == address.id), most.per_address_a_day),
        ("alike", _since(now - HOUR, domain & (Acknowledged.likeness == likeness)), most.alike_an_hour),
        ("domain", _since(now - HOUR, domain), most.per_domain_an_hour),
        ("all", _since(now - HOUR), most.an_hour),
    )
    counts = session.execute(select(*(_count(asked, limit) for _, asked, limit in bounds))).one()
    return next((name for (name, _, limit), count in zip(bounds, counts, strict=True) if count >= limit), "")


def _since(moment: datetime, *asked: ColumnElement[bool]) -> tuple[ColumnElement[bool], ...]:
    return (Acknowledged.created_at > moment, *asked)


def _count(asked: tuple[ColumnElement[bool], ...], limit: int) -> ColumnElement[int]:
    some: Select[int] = select(literal_column("1")).select_from(Acknowledged).where(*asked).limit(limit or 1)
    return select(func.count()).select_from(some.subquery()).scalar_subquery()


def _domain(address: Address) -> str:
    return address.value.rpartition("@")[2][:255]


def _likeness(message: InboundMessage) -> str:
    """The same for texts that differ in digits, capitals and white space only."""
    written = message.text if message.quoted_from is None else message.text[: message.quoted_from]
    plain = re.sub(r"[\d\s]+", " ", f"{message.subject}\n{written[:LIKE_CHARACTERS]}".casefold())
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()


def _promise(
    session: Session, ticket: Ticket, about: Entry, address: Address, subject: str, words: str, language: str
) -> Entry:
    here = runtime.current()
    entry = entries.append(
        session,
        ticket,
        NewEntry(
            EntryKind.MESSAGE,
            Direction.OUT,
            channel=ChannelKind.EMAIL,
            author_name=here.settings.instance.municipality,
            state=EntryState.QUEUED,
            data={"subject": subject, "about": about.seq},
        ),
    )
    threads.name_ours(here.keys, entry, here.settings.channels.mail.address)
    session.add(
        EntryMessage(
            entry_id=entry.id, text=words, recipients=[address.value], language=language, automatic=ACKNOWLEDGEMENT
        )
    )
    outbox.promise(session, outbox.DELIVER, entry.id, clock.now())
    told = {"trace": ticket.trace, "ticket": ticket.number, "entry": entry.id}
    after_commit(session, lambda: log.info("acknowledged", **told))
    return entry

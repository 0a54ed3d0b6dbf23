"""Whose address is it, and is it theirs? One address may belong to several persons, and a typed one is only a claim.

Nobody works here by mail: what says that it is from a colleague, or from us, is shown as a resident's message that says
so. Whether it holds is told by the servers that are trusted about senders (`channels.email.authentication`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from channels.email.authentication import FAIL, PASS, verdict
from channels.message import InboundMessage
from contactcenter import runtime
from contactcenter.db import Base, is_postgres
from contactcenter.model import Address, Agent, Entry, EntryMessage, MailUid, Person, PersonAddress, Ticket
from contactcenter.model.words import AddressKind, Direction, Verification
from contactcenter.services import own_addresses

COLLEAGUE, HOUSE = "colleague", "house"
MOST_ANSWERS = 500


@cache
def _upsert(postgres: bool) -> Any:
    """The statement, built once. It changes nothing of an address that is there, but locks its row.

    What it names is no part of a key, so that PostgreSQL takes a lock that others may still refer to the row under.
    """
    row: Any = (postgresql_insert if postgres else sqlite_insert)(Base.metadata.tables["address"])
    columns = row.table.c
    kept = row.on_conflict_do_update(
        index_elements=[columns.kind, columns.value], set_={"created_at": columns.created_at}
    )
    return kept.returning(columns.id)


_BEHIND = (
    select(Person)
    .join(PersonAddress, PersonAddress.person_id == Person.id)
    .where(PersonAddress.address_id == bindparam("address_id"))
    .limit(2)
)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote, as far as can be told: the row of the address (None: there is none), and what speaks for or against.

    `found` is what trusted servers say, `pass`, `fail` or nothing. `poses_as` is COLLEAGUE (with `name`) or HOUSE where
    the address is a colleague's or one of ours. `in_doubt`: the mail contradicts itself about its sender.
    """

    address_id: int | None = None
    found: str = ""
    poses_as: str = ""
    name: str = ""
    in_doubt: bool = False

    @property
    def is_believed(self) -> bool:
        """Whether the address may stand for its owner: nothing speaks against it, and it is not one of us unproved."""
        return not self.in_doubt and self.found != FAIL and (not self.poses_as or self.found == PASS)

    def level(self, otherwise: Verification) -> Verification:
        """How sure we are of them; `otherwise` is what the message itself has brought along."""
        return Verification.AUTHENTICATED if self.found == PASS and not self.in_doubt else otherwise

    def told(self) -> dict[str, Any]:
        """What the line of the timeline keeps of it, for whoever reads it."""
        known = {"found": self.found, "poses_as": self.poses_as, "name": self.name}
        return {"sender": {key: value for key, value in known.items() if value}} if self.found or self.poses_as else {}


def sender_of(session: Session, message: InboundMessage, inbox_id: int | None = None) -> Sender:
    """Who wrote `message`, which came as `inbox_id`; their address gets its row."""
    value = message.sender.value
    if not value:
        return Sender(in_doubt=bool(message.sender_doubt))
    kind = AddressKind.EMAIL if "@" in value else AddressKind.PHONE
    address_id = find_or_add_address(session, kind, value)
    if message.channel != "email":
        return Sender(address_id, in_doubt=bool(message.sender_doubt))
    name = session.scalar(select(Agent.name).where(Agent.login == value, Agent.is_service.is_(False)))
    poses_as = COLLEAGUE if name else HOUSE if own_addresses.ours(session, [own_addresses.bare(value)]) else ""
    found = verdict(message.attested, _trusted(session, inbox_id)) if message.attested else ""
    return Sender(address_id, found, poses_as, name or "", bool(message.sender_doubt))


def newcomer(session: Session, ticket: Ticket, sender: Sender) -> dict[str, Any]:
    """What the line of the timeline keeps of a sender who has not been in the conversation before: that they are new.

    They may have got our letter from the resident, or from a thief. Whom answers go to does not change.
    """
    if sender.address_id is None or sender.address_id == ticket.address_id:
        return {}
    wrote = select(Entry.id).where(Entry.ticket_id == ticket.id, Entry.address_id == sender.address_id).limit(1)
    if session.scalar(wrote) is not None or _was_written_to(session, ticket, sender.address_id):
        return {}
    return {"newcomer": True}


def _was_written_to(session: Session, ticket: Ticket, address_id: int) -> bool:
    """Whether an answer of ours has gone to the address: then a colleague has brought them in."""
    value = session.get_one(Address, address_id).value
    sent = session.execute(
        select(EntryMessage.recipients, EntryMessage.copies)
        .join(Entry, Entry.id == EntryMessage.entry_id)
        .where(Entry.ticket_id == ticket.id, Entry.direction == Direction.OUT)
        .limit(MOST_ANSWERS)
    )
    return any(value in (*recipients, *copies) for recipients, copies in sent)


def _trusted(session: Session, inbox_id: int | None) -> tuple[str, ...]:
    """The servers that are believed about what came this way: a mailbox may have its own."""
    mail = runtime.current().settings.channels.mail
    own = {box.name: box.trusted_authserv for box in mail.mailboxes if box.trusted_authserv}
    if not own or inbox_id is None:
        return mail.trusted_authserv
    name = session.scalar(select(MailUid.mailbox).where(MailUid.inbox_id == inbox_id).order_by(MailUid.id).limit(1))
    return own.get(name or "", mail.trusted_authserv)


def protected_behind(session: Session, address_id: int) -> Person | None:
    """Somebody at an address whose identity is protected: whatever else is in doubt, nothing of it is shown."""
    at = PersonAddress.person_id == Person.id
    asked = select(Person).join(PersonAddress, at).where(PersonAddress.address_id == address_id)
    return session.scalar(asked.where(Person.protected_identity).order_by(Person.id).limit(1))


def find_or_add_address(session: Session, kind: AddressKind, value: str) -> int:
    """The row id of an address, made when it is new. The row is locked, so that two first mails make one person."""
    found: int = session.execute(_upsert(is_postgres(session)), {"kind": kind, "value": value}).scalar_one()
    return found


def person_behind(session: Session, address_id: int, name: str, language: str) -> Person | None:
    """The one person known at an address; a new person when nobody is known; None when several are.

    Several persons on one address are never guessed between: a guide says who it is.
    """
    known = session.scalars(_BEHIND, {"address_id": address_id}).all()
    if len(known) > 1:
        return None
    if known:
        return known[0]
    person = Person(name=name[:300], language=language)
    session.add(PersonAddress(person=person, address_id=address_id))
    return person

"""Mail that nobody has to answer is parked: kept whole and shown in a list of its own, with the reason.

Absence notices, mailing lists, reports about mail that is not ours, our own mail come back, and what blocked senders
write. Nothing of it opens a ticket, wakes one or is answered (RFC 3834 §2); what was written about a ticket says so in
its timeline. One act makes a ticket of a parked mail after all: it is read again, and then taken in like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from channels.email.addresses import one_spelling
from channels.message import Envelope, InboundMessage
from contactcenter import clock, logs, runtime
from contactcenter.access import Actor, Permission, visible_parked
from contactcenter.db import Base, after_commit, is_postgres
from contactcenter.errors import Conflict, NotFound
from contactcenter.i18n import gettext as _
from contactcenter.model import Entry, Inbox, ParkedMail, Ticket
from contactcenter.model.words import InboxState, Priority
from contactcenter.services import audit, entries, events, inbox, threads, tickets
from contactcenter.services.decisions import Placement
from contactcenter.services.inbox import Claimed
from contactcenter.services.organisation import Organisation

log = logs.get_logger(__name__)

BLOCK, TAKE_IN = "park", "take_in"
SHOWN_CHARACTERS = 4_000
LINES_IN_TICKET = 5
"""How many parked mails a ticket has lines of its own for; what answers without end has no more than these."""
MOST_LABELS = 10


@dataclass(frozen=True, slots=True)
class Parked:
    """Why a mail is parked, and the ticket that it was written about, if any."""

    reason: str
    ticket_id: int | None = None


def why(
    session: Session,
    organisation: Organisation,
    envelope: Envelope,
    message: InboundMessage,
    thread: threads.Thread,
    placed: Placement,
) -> Parked | None:
    """Whether a mail is to be parked, and why; None for what somebody must see in the queue. The first that holds:

    `own_loop` our own mail has come back · `blocked` a rule about its sender says so · `bounce`, `receipt` a report of
    nothing that we know · `auto_reply` an absence notice, or what answers us and is called one · `list` a mailing list,
    in no conversation of ours.

    What may be about danger to somebody is never parked for another reason than the first. What e-services and other
    programs write by themselves is not parked: their mail is often the only word of a resident's matter.
    """
    about = thread.ticket_ids[0] if thread.ticket_ids else None
    own = threads.own_mail(session, runtime.current().keys, message)
    if own is not None:
        return Parked("own_loop", own.ticket_id)
    if placed.priority is Priority.URGENT:
        return None
    rule = rule_about(organisation, (message.sender.value, envelope.sender))
    if rule == BLOCK:
        return Parked("blocked", about)
    if rule == TAKE_IN:
        return None
    if message.automatic == "bounce" and about is None:
        return Parked("bounce")
    if message.automatic in ("receipt", "auto_reply"):
        return Parked(message.automatic, about)
    if message.automatic == "away_subject" and about is not None:
        return Parked("auto_reply", about)
    if message.automatic == "list" and about is None:
        return Parked("list")
    return None


def rule_about(organisation: Organisation, addresses: Sequence[str]) -> str:
    """What a rule says of mail from the first of `addresses` that has one: of the address, its domain, one above it,
    however they are spelled.
    """
    rules = organisation.sender_rules
    found = (rules[name] for address in addresses for name in _names(address) if rules and name in rules)
    return next(found, "")


def _names(address: str) -> Iterator[str]:
    address = one_spelling(address)
    yield address
    labels = address.rpartition("@")[2].split(".")[-MOST_LABELS:]
    for first in range(len(labels)):
        yield f"@{'.'.join(labels[first:])}"


def park(session: Session, claimed: Claimed, message: InboundMessage, parked: Parked, placed: Placement) -> None:
    """Put a mail that this claim holds among what is parked. The same mail delivered twice is there once."""
    ticket = tickets.by_id(session, parked.ticket_id) if parked.ticket_id is not None else None
    number = ticket.number if ticket is not None else None
    row = {
        "inbox_id": claimed.inbox_id,
        "ticket_id": parked.ticket_id,
        "domain_id": ticket.domain_id if ticket is not None else placed.domain_id,
        "reason": parked.reason,
        "sender": message.sender.value[:320],
        "sender_name": message.sender.name[:300],
        "subject": message.subject[:998],
        "text": _beginning(message),
        "content_key": message.content_key,
        "created_at": clock.now(),
    }
    insert = postgresql_insert if is_postgres(session) else sqlite_insert
    written = insert(Base.metadata.tables["parked_mail"]).values(row).on_conflict_do_nothing()
    parked_id = session.connection().execute(written.returning(ParkedMail.id)).scalar()
    if parked_id is None:
        inbox.settle(session, claimed, InboxState.DUPLICATE, parked.ticket_id, "parked_before")
        return
    inbox.settle(session, claimed, InboxState.PARKED, parked.ticket_id, parked.reason)
    if ticket is not None:
        _tell(session, ticket, parked_id, parked.reason)
    told = {"trace": claimed.trace, "inbox": claimed.inbox_id, "reason": parked.reason, "ticket": number}
    after_commit(session, lambda: log.info("parked", **told))


def _beginning(message: InboundMessage) -> str:
    written = message.text if message.quoted_from is None else message.text[: message.quoted_from].strip()
    return (written or message.text)[:SHOWN_CHARACTERS]


def _tell(session: Session, ticket: Ticket, parked_id: int, reason: str) -> None:
    """A line in the timeline, which wakes nobody."""
    about = select(ParkedMail.id).where(ParkedMail.ticket_id == ticket.id).limit(LINES_IN_TICKET + 1).subquery()
    if (session.scalar(select(func.count()).select_from(about)) or 0) <= LINES_IN_TICKET:
        entries.add_event(session, ticket, "mail_parked", parked=parked_id, reason=reason)
        events.changed(session, ticket, "mail_parked")


def find(session: Session, actor: Actor, parked_id: int, *, lock: bool = False) -> ParkedMail:
    """One parked mail, for this actor.

    Raises:
        NotFound: there is none with that id, or the actor may not know of it.
    """
    query = select(ParkedMail).where(ParkedMail.id == parked_id, visible_parked(actor))
    row = session.scalar(query.with_for_update(of=ParkedMail) if lock else query)
    if row is None:
        raise NotFound()
    return row


def take_in(session: Session, actor: Actor, parked_id: int) -> ParkedMail:
    """Have a parked mail read again, and then taken in as if somebody had to answer it.

    Raises:
        NotFound: there is no such mail, or the actor may not know of it.
        Conflict: that has been done.
    """
    actor.require(Permission.SORT)
    row = find(session, actor, parked_id, lock=True)
    mail = session.scalars(select(Inbox).where(Inbox.id == row.inbox_id).with_for_update()).one()
    if mail.state is not InboxState.PARKED:
        raise Conflict(_("Somebody has made a ticket of it already."))
    inbox.read_again(session, mail)
    mail.promoted, mail.ticket_id = True, None
    row.taken_in, row.handled_at, row.agent_id = True, clock.now(), actor.agent_id
    audit.on_parked(session, actor, "parked_taken_in", [row])
    return row


def handle(session: Session, actor: Actor, parked_ids: Sequence[int], *, undo: bool = False) -> int:
    """Say of parked mails that they need nothing more, or (`undo`) that they do; how many it was new of.

    Those that are taken in, and those that the actor may not know of, stay as they are.
    """
    actor.require(Permission.SORT)
    state = ParkedMail.handled_at.is_not(None) if undo else ParkedMail.handled_at.is_(None)
    known = (ParkedMail.id.in_(parked_ids), visible_parked(actor), state, ParkedMail.taken_in.is_(False))
    rows = session.scalars(select(ParkedMail).where(*known).order_by(ParkedMail.id).with_for_update(of=ParkedMail))
    found = rows.all()
    for row in found:
        row.handled_at, row.agent_id = (None, None) if undo else (clock.now(), actor.agent_id)
    audit.on_parked(session, actor, "parked_put_back" if undo else "parked_handled", found)
    return len(found)


def ticket_of(session: Session, row: ParkedMail) -> int | None:
    """The ticket that a parked mail was taken into, once it is."""
    made = select(Entry.ticket_id).where(Entry.inbox_id == row.inbox_id).order_by(Entry.id).limit(1)
    if not row.taken_in:
        return None
    return session.scalar(made) or session.scalar(select(Inbox.ticket_id).where(Inbox.id == row.inbox_id))

"""Letters as they arrive and leave, without a network: values in, rows out."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
from sqlalchemy import ColumnExpressionArgument, func, select, update
from sqlalchemy.orm import Session

from channels.email.identity import content_key
from channels.errors import ChannelError
from channels.message import Address, Attachment, Envelope, InboundMessage, OutboundMessage, Receipt
from contactcenter import clock, runtime
from contactcenter.access import Actor, actor_for, get_ticket
from contactcenter.db import Base
from contactcenter.model import Agent, Entry, Inbox, Outbox, Ticket
from contactcenter.model.words import ChannelKind, EntryKind
from contactcenter.services import delivery, inbox, intake, outbox, replies
from contactcenter.services import organisation as organisations
from contactcenter.services.delivery import Delivery
from contactcenter.services.inbox import Claimed
from tests.integration.conftest import Begin

OURS = "kontakt@ekhamra.example"
SENT_AT = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
REAL_NOW = clock.now

_known: list[organisations.Organisation] = []

Row = TypeVar("Row", bound=Base)


def mail(
    text: str = "Hej, jag har en fråga.",
    *,
    sender: str = "maja@example.se",
    name: str = "Maja Exempel",
    **fields: Any,
) -> InboundMessage:
    """A mail as the reader gives it; `fields` are those of `InboundMessage`."""
    known: dict[str, Any] = {"subject": "En fråga", "recipients": (Address(OURS),), "language": "sv"}
    fields = known | {"sent_at": SENT_AT} | fields
    message = InboundMessage(channel="email", sender=Address(sender, name), text=text, **fields)
    parts = (message.message_id, sender, message.sent_at, message.subject, text, message.attachments)
    return replace(message, content_key=content_key(*parts))


def attached(name: str = "ritning.pdf", content: bytes = b"%PDF", **fields: Any) -> Attachment:
    return Attachment(name, fields.pop("media_type", "application/pdf"), content, **fields)


def accept(begin: Begin, message: InboundMessage, *to: str) -> None:
    """What the SMTP door does before its 250."""
    envelope = Envelope(message.sender.value, to or (OURS,), "127.0.0.1")
    raw = repr(message).encode("utf-8", "surrogatepass")
    with begin() as session:
        inbox.accept(session, ChannelKind.EMAIL, envelope, raw, runtime.current().blobs.put(raw))


def claim(begin: Begin, limit: int = 20) -> list[Claimed]:
    """What the intake process would have read now; what kills its readers it gives up."""
    with begin() as session:
        found = inbox.claim(session, limit)
        for item in found:
            if item.given_up:
                inbox.give_up(session, item)
    return [item for item in found if not item.given_up]


def municipality(session: Session) -> organisations.Organisation:
    """The organisation for routing; its router is made once for all tests with the same organisation."""
    _known[:] = [organisations.read(session, *_known)]
    return _known[0]


def take_in(begin: Begin, claimed: Claimed, message: InboundMessage) -> None:
    """Settle one claimed mail as the intake process does."""
    with begin(read_only=True) as session:
        organisation = municipality(session)
        files = intake.store_files(runtime.current().blobs, message.attachments)
    with begin() as session:
        intake.take_in(session, organisation, claimed, message, files)


def arrive(begin: Begin, message: InboundMessage, *to: str) -> int:
    """The whole way of one mail; gives the number of the ticket it came to."""
    accept(begin, message, *to)
    [claimed] = claim(begin)
    take_in(begin, claimed, message)
    with begin(read_only=True) as session:
        joined = select(Ticket.number).join(Inbox, Inbox.ticket_id == Ticket.id)
        return session.scalars(joined.where(Inbox.id == claimed.inbox_id)).one()


def come(begin: Begin, message: InboundMessage, *to: str, sender: str | None = None) -> Inbox:
    """The whole way of one mail, wherever it leads; gives its row in the inbox."""
    raw = repr(message).encode("utf-8", "surrogatepass")
    envelope = Envelope(message.sender.value if sender is None else sender, to or (OURS,), "127.0.0.1")
    with begin() as session:
        inbox.accept(session, ChannelKind.EMAIL, envelope, raw, runtime.current().blobs.put(raw))
    [claimed] = claim(begin)
    take_in(begin, claimed, message)
    [row] = rows(begin, Inbox, Inbox.id == claimed.inbox_id)
    return row


def acting(begin: Begin, agent: Agent) -> Actor:
    with begin(read_only=True) as session:
        return actor_for(session, session.get_one(Agent, agent.id))


def answer(begin: Begin, agent: Agent, number: int, text: str = "Hej Maja!", **how: Any) -> int:
    """Send an answer from the service; gives the entry's id."""
    with begin() as session:
        actor = actor_for(session, session.get_one(Agent, agent.id))
        ticket = get_ticket(session, actor, number, lock=True)
        usual: dict[str, Any] = {"key": f"key of {text[:50]}", "seen_seq": ticket.last_seq, "sure": True}
        return replies.send(session, actor, ticket, text, **(usual | how)).id


def begin_deliveries(begin: Begin) -> list[Delivery]:
    """Claim what is promised, as if the time for undoing were over, and build it, as the relay does before it sends."""
    with begin() as session:
        owed = update(Outbox).where(Outbox.done_at.is_(None), Outbox.kind == outbox.DELIVER)
        session.execute(owed.values(due_at=clock.now() - timedelta(seconds=1)))
    with begin() as session:
        begun = [delivery.begin(session, row) for row in outbox.claim(session, 20, [outbox.DELIVER])]
    return [made for made in begun if made is not None]


def record(begin: Begin, made: Delivery, outcome: Receipt | ChannelError | None = None) -> None:
    """Write down what became of an attempt; it was taken unless another outcome is given."""
    with begin() as session:
        delivery.record(session, made.outbox_id, made.attempt, outcome or Receipt("250 2.0.0 Ok"))


def deliver(begin: Begin, outcome: Receipt | ChannelError | None = None) -> list[OutboundMessage]:
    """Send everything that is promised; gives what left."""
    begun = begin_deliveries(begin)
    for made in begun:
        record(begin, made, outcome)
    return [made.message for made in begun]


def rows(begin: Begin, table: type[Row], *conditions: ColumnExpressionArgument[bool]) -> Sequence[Row]:
    """The rows of a table by id, as they are now, detached."""
    with begin(read_only=True) as session:
        return session.scalars(select(table).where(*conditions).order_by(table.id)).all()


def count(begin: Begin, table: type[Base], *conditions: ColumnExpressionArgument[bool]) -> int:
    with begin(read_only=True) as session:
        return session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0


def ticket(begin: Begin, number: int) -> Ticket:
    """The ticket's row as it is now, detached."""
    [row] = rows(begin, Ticket, Ticket.number == number)
    return row


def entries(begin: Begin, number: int, kind: EntryKind = EntryKind.MESSAGE) -> Sequence[Entry]:
    """The lines of one kind of a ticket, oldest first."""
    of_ticket = Entry.ticket_id == select(Ticket.id).where(Ticket.number == number).scalar_subquery()
    return rows(begin, Entry, of_ticket, Entry.kind == kind)


def happened(begin: Begin, number: int) -> list[str]:
    """What the event lines of a ticket say, oldest first."""
    return [entry.data["what"] for entry in entries(begin, number, EntryKind.EVENT)]


def travel(monkeypatch: pytest.MonkeyPatch, ahead: timedelta) -> None:
    """Let every clock of ours be `ahead` of the real one."""
    monkeypatch.setattr(clock, "now", lambda: REAL_NOW() + ahead)


def pool() -> ThreadPoolExecutor:
    """Threads for what happens at once."""
    return ThreadPoolExecutor(4)

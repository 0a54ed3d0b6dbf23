"""The row of a new ticket: what is known of it from its first message, where it belongs, and what it is linked to."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from channels.message import InboundMessage
from contactcenter import clock
from contactcenter.db import Base
from contactcenter.model import Ticket
from contactcenter.model.words import ChannelKind, Relation
from contactcenter.services import deadlines, decisions, identity, tickets
from contactcenter.services.identity import Sender


def open_ticket(
    session: Session,
    message: InboundMessage,
    sender: Sender,
    placed: decisions.Placement,
    related: tuple[int | None, Relation | None],
    *,
    asked: bool,
) -> Ticket:
    """A new ticket with its decision, not yet written; `related` is an older ticket to link it to, and why.

    It is promised an answer if somebody has `asked`.
    """
    ticket = _row(message, sender.address_id, placed)
    if asked:
        deadlines.begin(placed.promises, ticket, ticket.waiting_since)
    ticket.related_ticket_id, ticket.related_as = related
    twin = _elsewhere(session, message) if ticket.related_ticket_id is None else None
    if twin is not None:
        ticket.related_ticket_id, ticket.related_as = twin, Relation.SAME_MAIL
    if sender.address_id is not None and sender.is_believed:
        ticket.person = identity.person_behind(session, sender.address_id, message.sender.name, ticket.language)
    if ticket.person is None and sender.address_id is not None:
        ticket.person = identity.protected_behind(session, sender.address_id)
    decisions.store(session, ticket, placed)
    return ticket


def _row(message: InboundMessage, address_id: int | None, placed: decisions.Placement) -> Ticket:
    now = clock.now()
    return Ticket(
        public_token=tickets.new_token(),
        rev=0,
        last_seq=0,
        subject=message.subject[:500],
        priority=placed.priority,
        rank=tickets.rank_of(placed.priority),
        sensitive=placed.decision.sensitive,
        address_id=address_id,
        topic_id=placed.topic_id,
        office_id=placed.office_id,
        district=placed.decision.district or "",
        team_id=placed.team_id,
        domain_id=placed.domain_id,
        language=language(placed.decision.language),
        waiting_since=now,
        last_message_at=now,
        channel=ChannelKind(message.channel),
        sender=(message.sender.name or message.sender.value)[:320],
    )


def language(code: str | None) -> str:
    """The code of a language as a column holds it."""
    return code if code and len(code) <= 8 else ""


_ENTRY = Base.metadata.tables["entry"]
_SAME_CONTENT = (
    select(_ENTRY.c.ticket_id)
    .where(_ENTRY.c.channel == bindparam("channel"), _ENTRY.c.content_key == bindparam("key"))
    .order_by(_ENTRY.c.id)
    .limit(1)
)


def _elsewhere(session: Session, message: InboundMessage) -> int | None:
    """A ticket of another domain that the same mail opened, to be linked: who may see both then sees that."""
    if message.content_key is None:
        return None
    return session.scalar(_SAME_CONTENT, {"channel": ChannelKind(message.channel), "key": message.content_key})

"""Tells rows of the database in the words of the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from contactcenter.api import shapes
from contactcenter.model import Address, Decision, Entry, Ticket
from contactcenter.model.words import EntryKind
from contactcenter.queries import records, telling


def tickets(session: Session, rows: Sequence[Ticket]) -> list[shapes.Ticket]:
    """Tickets as lists tell them."""
    decisions, addresses = records.decisions(session, rows), records.addresses(session, rows)
    return [shapes.Ticket(**_fields(row, decisions.get(row.id), addresses)) for row in rows]


def ticket(session: Session, row: Ticket) -> shapes.TicketWithEntries:
    """A ticket with its entries."""
    decisions, addresses = records.decisions(session, [row]), records.addresses(session, [row])
    lines, notes = records.entries(session, row)
    told = [_entry(row, line, notes) for line in lines]
    return shapes.TicketWithEntries(**_fields(row, decisions.get(row.id), addresses), entries=told)


def _fields(row: Ticket, decision: Decision | None, addresses: Mapping[int, list[Address]]) -> dict[str, Any]:
    return {
        "number": row.number,
        "subject": row.subject,
        "status": row.status,
        "priority": row.priority,
        "topic": row.topic.slug if row.topic else None,
        "team": row.team.slug,
        "office": row.office.slug if row.office else None,
        "assignee": row.assignee.login if row.assignee else None,
        "channel": row.channel,
        "language": row.language,
        "domain": row.domain.slug,
        "person": _person(row, addresses),
        "rev": row.rev,
        "created_at": row.created_at,
        "waiting_since": row.waiting_since,
        "first_reply_due": row.first_reply_due,
        "decision": _decision(decision),
    }


def _person(row: Ticket, addresses: Mapping[int, list[Address]]) -> shapes.Person:
    """As the ticket tells it; of the person's other addresses those that a guide has confirmed."""
    person = row.person
    if person is not None and person.protected_identity:
        return shapes.Person(name="", protected=True, addresses=[])
    confirmed = addresses.get(person.id, []) if person else []
    own = [row.address] if row.address is not None else []
    known = [*own, *(address for address in confirmed if address.id != row.address_id)]
    reached = [shapes.Reached(kind=address.kind, value=address.value) for address in known]
    return shapes.Person(name=row.sender, protected=False, addresses=reached)


def _decision(row: Decision | None) -> shapes.Decision:
    if row is None:
        return shapes.Decision(rule=None, reasons=[])
    reasons = [
        shapes.Reason(
            code=str(reason.get("code", "")),
            text=str(reason.get("text", "")),
            matched=[str(word) for word in reason.get("matched", ())],
            used=bool(reason.get("used", True)),
        )
        for reason in row.reasons
    ]
    return shapes.Decision(rule=row.rule or None, reasons=reasons)


def _entry(row: Ticket, line: Entry, notes: Mapping[int, str]) -> shapes.Entry:
    return shapes.Entry(
        seq=line.seq,
        kind=line.kind,
        direction=line.direction,
        channel=line.channel,
        author=_author(row, line),
        text=_text(line, notes),
        state=line.state,
        created_at=line.at,
        attachments=[
            shapes.File(id=file.id, name=file.name, media_type=file.media_type, size=file.size)
            for file in line.attachments
        ],
    )


def _author(row: Ticket, line: Entry) -> str:
    if line.agent is not None:
        return line.agent.name
    is_protected = row.person is not None and row.person.protected_identity
    return "" if is_protected else line.author_name or (line.address.value if line.address else "")


def _text(line: Entry, notes: Mapping[int, str]) -> str:
    if line.message is not None:
        return line.message.text
    if line.kind is EntryKind.EVENT:
        what = str(line.data.get("what", ""))
        return telling.tell(what, line.author_name, dict(line.data))
    return notes.get(line.id, "")

"""Tells rows of the database in the words of the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from contactcenter.access import Actor
from contactcenter.api import shapes
from contactcenter.model import Entry, Ticket
from contactcenter.model.words import AddressKind, EntryKind
from contactcenter.queries import records, related, telling
from contactcenter.queries.records import Line


def tickets(session: Session, rows: Sequence[Line], after: str | None) -> shapes.Tickets:
    """A page of tickets, and the key of the next one. It is checked once, as a whole."""
    return shapes.Tickets.model_validate({"tickets": _told(session, rows), "next": after})


def new_ticket(session: Session, row: Ticket) -> shapes.Ticket:
    """A ticket as lists tell it."""
    return shapes.Ticket.model_validate(_told(session, [records.line(session, row)])[0])


def ticket(session: Session, actor: Actor, row: Ticket) -> shapes.TicketWithEntries:
    """A ticket with its entries, but for those that name a ticket which `actor` may not see."""
    lines, notes = records.entries(session, row)
    named = related.named_in(session, actor, lines)
    told = _told(session, [records.line(session, row)])[0]
    seen = [line for line in lines if line.data.get("other") is None or line.data["other"] in named]
    entries = [_entry(row, line, notes, named) for line in seen]
    return shapes.TicketWithEntries.model_validate({**told, "entries": entries})


def _told(session: Session, rows: Sequence[Line]) -> list[dict[str, Any]]:
    decisions, addresses = records.decisions(session, rows), records.addresses(session, rows)
    return [
        {
            "number": row.number,
            "subject": row.subject,
            "status": row.status,
            "priority": row.priority,
            "topic": row.topic,
            "team": row.team,
            "office": row.office,
            "assignee": row.assignee,
            "channel": row.channel,
            "language": row.language,
            "domain": row.domain,
            "person": _person(row, addresses.get(row.person_id, ())),
            "rev": row.rev,
            "created_at": row.created_at,
            "waiting_since": row.waiting_since,
            "first_reply_due": row.first_reply_due,
            "decision": _decision(*decisions.get(row.id, ("", ()))),
        }
        for row in rows
    ]


def _person(row: Line, confirmed: Sequence[tuple[int, AddressKind, str]]) -> dict[str, Any]:
    """As the ticket tells it; of the person's other addresses those that a guide has confirmed."""
    if row.protected_identity:
        return {"name": "", "protected": True, "addresses": []}
    reached = [{"kind": kind, "value": value} for row_id, kind, value in confirmed if row_id != row.address_id]
    if row.address_id is not None:
        reached.insert(0, {"kind": row.address_kind, "value": row.address_value})
    return {"name": row.sender, "protected": False, "addresses": reached}


def _decision(rule: str, reasons: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    told = [
        {
            "code": str(reason.get("code", "")),
            "text": str(reason.get("text", "")),
            "matched": [str(word) for word in reason.get("matched", ())],
            "used": bool(reason.get("used", True)),
        }
        for reason in reasons
    ]
    return {"rule": rule or None, "reasons": told}


def _entry(row: Ticket, line: Entry, notes: Mapping[int, str], named: Mapping[int, str]) -> shapes.Entry:
    return shapes.Entry(
        seq=line.seq,
        kind=line.kind,
        direction=line.direction,
        channel=line.channel,
        author=_author(row, line),
        text=_text(line, notes, named),
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


def _text(line: Entry, notes: Mapping[int, str], named: Mapping[int, str]) -> str:
    if line.message is not None:
        return line.message.text
    if line.kind is EntryKind.EVENT:
        what = str(line.data.get("what", ""))
        return telling.tell(what, line.author_name, {**line.data, "ref": named.get(line.data.get("other", 0), "")})
    return notes.get(line.id, "")

"""The timeline of one ticket as the page shows it: days, messages, notes, and events (three or more folded)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any
from urllib.parse import quote

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from contactcenter.access import COMMON_DOMAIN, Actor, Permission
from contactcenter.i18n import gettext as _
from contactcenter.i18n import ngettext
from contactcenter.model import Attachment, Entry, EntryMessage, EntryNote, Outbox, Ticket
from contactcenter.model.words import Direction, EntryKind, EntryState
from contactcenter.queries import letters, pictures, recipients, related, senders, telling, wording
from contactcenter.queries.protected import hidden as hidden_addresses
from contactcenter.queries.protected import is_protected, unnamed
from contactcenter.queries.shapes import FileItem, Item
from contactcenter.viewable import claimed

PAGE = 50
FOLD_FROM = 3
MOST_THUMB_BYTES = 3_000_000
_LEFT = (EntryState.SENT, EntryState.DELIVERED, EntryState.READ)
"""A larger picture is shown when it is asked for: the small one is the whole of it."""
MOST_THUMBS = 6


@dataclass(frozen=True, slots=True)
class _Beside:
    """What is known for all lines: notes and promises by line, names of other tickets, addresses not to be shown.

    `usual`: whom an answer goes to by itself; looked up where a line says it, empty else. `sorts`: the reader may see
    what is parked.
    """

    notes: dict[int, str]
    promises: dict[int, Outbox]
    named: dict[int, str]
    hidden: frozenset[str]
    usual: str
    sorts: bool


def newest(session: Session, actor: Actor, ticket: Ticket) -> tuple[tuple[Item, ...], str]:
    """The last `PAGE` lines, and the address of the older ones (empty at the beginning)."""
    return _page(session, actor, ticket, None)


def older(session: Session, actor: Actor, ticket: Ticket, before_seq: int) -> tuple[tuple[Item, ...], str]:
    """The `PAGE` lines before `before_seq`."""
    return _page(session, actor, ticket, before_seq)


def after(session: Session, actor: Actor, ticket: Ticket, seq: int) -> tuple[Item, ...]:
    """What is new since `seq`, with the lines whose state may have changed since (answers under way)."""
    entries = session.scalars(_entries(ticket).where(Entry.seq > seq).order_by(Entry.seq.desc()).limit(PAGE * 4)).all()
    return _items(session, actor, ticket, list(reversed(entries)))


def one(session: Session, actor: Actor, ticket: Ticket, entry: Entry) -> tuple[Item, ...]:
    """A single line, for answers to a write."""
    found = session.scalars(_entries(ticket).where(Entry.id == entry.id)).all()
    return tuple(item for item in _items(session, actor, ticket, found) if item.kind != "day")


def _entries(ticket: Ticket) -> Select[Entry]:
    return (
        select(Entry)
        .where(Entry.ticket_id == ticket.id)
        .options(
            joinedload(Entry.message),
            joinedload(Entry.agent),
            joinedload(Entry.address),
            selectinload(Entry.attachments),
        )
    )


def _page(session: Session, actor: Actor, ticket: Ticket, before_seq: int | None) -> tuple[tuple[Item, ...], str]:
    query = _entries(ticket).order_by(Entry.seq.desc()).limit(PAGE + 1)
    entries = session.scalars(query if before_seq is None else query.where(Entry.seq < before_seq)).all()
    items = _items(session, actor, ticket, list(reversed(entries[:PAGE])))
    if len(entries) <= PAGE:
        return items, ""
    return items, f"/f/arende/{ticket.number}/tidslinje?fore={entries[PAGE - 1].seq}"


def _items(session: Session, actor: Actor, ticket: Ticket, entries: Sequence[Entry]) -> tuple[Item, ...]:
    named = related.named_in(session, actor, entries)
    beside = _Beside(
        _notes(session, entries),
        _promises(session, actor, entries),
        named,
        hidden_addresses(session, ticket),
        recipients.usual(session, ticket) if any(entry.data.get("newcomer") for entry in entries) else "",
        actor.may(Permission.SORT),
    )
    items: list[Item] = []
    for date, of_day in groupby(entries, key=lambda entry: wording.local(entry.at).date()):
        lines = [entry for entry in of_day if entry.data.get("other") is None or entry.data["other"] in named]
        if not lines:
            continue
        items.append(Item("day", at_label=wording.day(lines[0].at), text=date.isoformat()))
        items.extend(_folded(_line(ticket, entry, beside) for entry in lines))
    return tuple(items)


def _notes(session: Session, entries: Sequence[Entry]) -> dict[int, str]:
    ids = [entry.id for entry in entries if entry.kind in (EntryKind.NOTE, EntryKind.CALL, EntryKind.VISIT)]
    if not ids:
        return {}
    rows = session.execute(select(EntryNote.entry_id, EntryNote.text).where(EntryNote.entry_id.in_(ids)))
    return {entry_id: text for entry_id, text in rows}


def _promises(session: Session, actor: Actor, entries: Sequence[Entry]) -> dict[int, Outbox]:
    """The promises that `actor` may take back: of their own answers."""
    ids = [entry.id for entry in entries if entry.state is EntryState.QUEUED and entry.agent_id == actor.agent_id]
    if not ids:
        return {}
    rows = session.scalars(
        select(Outbox).where(Outbox.subject_id.in_(ids), Outbox.kind == "deliver", Outbox.done_at.is_(None))
    )
    return {row.subject_id: row for row in rows}


def _folded(lines: Iterable[Item]) -> list[Item]:
    folded: list[Item] = []
    for is_event, run in groupby(lines, key=lambda item: item.kind == "event" and not item.show_why):
        same = list(run)
        if is_event and len(same) >= FOLD_FROM:
            text = ngettext("%(num)s event", "%(num)s events", len(same))
            folded.append(Item("events", seq=same[-1].seq, at=same[-1].at, text=text, children=tuple(same)))
        else:
            folded.extend(same)
    return folded


def _line(ticket: Ticket, entry: Entry, beside: _Beside) -> Item:
    if entry.kind is EntryKind.EVENT:
        what, data = entry.data.get("what", ""), entry.data
        data = data | {"ref": beside.named[data["other"]]} if "other" in data else data
        return Item(
            "event",
            seq=entry.seq,
            entry_id=entry.id,
            at=entry.at,
            at_label=wording.clock_time(entry.at),
            text=unnamed(telling.tell(what, entry.author_name, data), beside.hidden),
            show_why=what == "routed",
            event_url=f"/parkerat/{entry.data['parked']}" if what == "mail_parked" and beside.sorts else "",
        )
    if entry.message is not None:
        return _message(ticket, entry, entry.message, beside)
    kind = {EntryKind.CALL: "call", EntryKind.VISIT: "visit"}.get(entry.kind, "note")
    return Item(
        kind,
        seq=entry.seq,
        entry_id=entry.id,
        author=wording.face(entry.author_name),
        channel=entry.channel or "",
        channel_label=wording.channel_label(entry.channel),
        at=entry.at,
        at_label=wording.clock_time(entry.at),
        text=beside.notes.get(entry.id, ""),
        files=_files(ticket, entry),
    )


def _message(ticket: Ticket, entry: Entry, body: EntryMessage, beside: _Beside) -> Item:
    promise = beside.promises.get(entry.id)
    incoming = entry.direction is Direction.IN
    text, signature, quoted = _parts(body)
    hidden = incoming and is_protected(ticket)
    author = _("Protected identity") if hidden else wording.address(entry.author_name) or _address(entry)
    return Item(
        "in" if incoming else "out",
        seq=entry.seq,
        entry_id=entry.id,
        author=wording.face(author),
        sure=senders.sure(entry),
        warnings=senders.warnings(ticket, entry, beside.usual),
        thanks=bool(entry.data.get("thanks")),
        automatic=wording.automatic_label(body.automatic),
        channel=entry.channel or "",
        channel_label=wording.channel_label(entry.channel),
        at=entry.at,
        at_label=wording.clock_time(entry.at),
        protection=body.protection,
        protection_label=wording.protection_label(body.protection),
        text=text,
        quoted=quoted,
        signature=signature,
        lang=body.language,
        state="" if incoming else entry.state,
        state_label="" if incoming else _state_label(entry),
        failure=unnamed(entry.failure, beside.hidden),
        bounced=_has_bounced(entry),
        undo_until=promise.due_at if promise is not None and letters.can_undo(promise) else None,
        html_url=f"/arenden/{ticket.number}/original/{entry.id}" if body.html else "",
        has_remote_images=body.has_remote_images,
        raw_url=f"/arenden/{ticket.number}/ra/{entry.id}" if entry.inbox_id else "",
        **({} if incoming else _recipients(ticket, entry, body, beside.hidden)),
        files=_files(ticket, entry),
    )


def _recipients(ticket: Ticket, entry: Entry, body: EntryMessage, hidden: frozenset[str]) -> dict[str, Any]:
    """Who an answer went to, with nothing of somebody whose identity is protected but that it went to them."""
    own = ticket.address.value if ticket.address is not None else ""
    everybody = [*body.recipients, *body.copies, *body.blind_copies]
    changed = everybody != [own]

    def shown(addresses: Iterable[str]) -> str:
        return ", ".join(dict.fromkeys(_("the resident (protected)") if one in hidden else one for one in addresses))

    missed = entry.data.get("missed", ()) if entry.state in _LEFT else ()
    return {
        "to": "" if hidden and not changed else shown(body.recipients),
        "cc": shown(body.copies),
        "bcc": shown(body.blind_copies),
        "changed": changed,
        "can_send_again": letters.can_send_again(entry),
        "missed": shown(one for one in everybody if one in missed),
    }


def _parts(body: EntryMessage) -> tuple[str, str, str]:
    """What a message says, its signature, and what it quotes: together all of it.

    A signature stands above what is quoted, and below an answer of ours it is kept apart.
    """
    end = len(body.text) if body.quoted_from is None else body.quoted_from
    start = end if body.signature_from is None else min(body.signature_from, end)
    signature = body.text[start:end].strip() or body.signature
    return body.text[:start].strip(), signature, body.text[end:].strip()


def _has_bounced(entry: Entry) -> bool:
    return entry.state is EntryState.FAILED and "bounced" in entry.data


def _state_label(entry: Entry) -> str:
    return _("Did not arrive") if _has_bounced(entry) else wording.state_label(entry.state)


def _address(entry: Entry) -> str:
    return wording.address(entry.address.value) if entry.address is not None else _("Unknown")


def _files(ticket: Ticket, entry: Entry) -> tuple[FileItem, ...]:
    """The files of a line, without the pictures that its original draws.

    Outside the common domain every look is recorded: there nothing is fetched before somebody wants to see it.
    """
    if not entry.attachments:
        return ()
    drawn = pictures.drawn(entry.message.html if entry.message else None, entry.attachments)
    rest = (file for file in entry.attachments if file.id not in drawn)
    return files(rest, thumbs=ticket.domain.slug == COMMON_DOMAIN)


def files(attachments: Iterable[Attachment], *, thumbs: bool = False) -> tuple[FileItem, ...]:
    """Attachments as the pages show them; `thumbs`: the first pictures of a moderate size at once."""
    shown = [_file(file, thumbs) for file in attachments]
    small = [item for item in shown if item.thumb][:MOST_THUMBS]
    return tuple(item if item in small else replace(item, thumb=False) for item in shown)


def _file(file: Attachment, thumbs: bool) -> FileItem:
    has_content = file.size > 0 or not file.problem
    name = quote(file.name, safe="")
    view = claimed(file.media_type, file.name) if file.size else ""
    return FileItem(
        id=file.id,
        name=file.name,
        size=wording.size(file.size),
        url=f"/filer/{file.id}/{name}",
        problem=wording.file_problem(file.problem),
        has_content=has_content,
        view=view,
        view_url=f"/visa/{file.id}/{name}" if view else "",
        thumb=thumbs and view == "image" and file.size <= MOST_THUMB_BYTES and not file.problem,
    )

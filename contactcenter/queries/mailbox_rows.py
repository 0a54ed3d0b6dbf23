"""The mailboxes as their page shows them: how each is, and the ledger of its mails with what became of them.

Whoever looks after mailboxes is told of every mail that there was one. Which ticket it is in is told to those who see
that ticket, and what is in quarantine to those who look after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, case, func, select, true
from sqlalchemy.orm import Session

from contactcenter.access import Actor, visible_arrivals, visible_tickets
from contactcenter.i18n import gettext as _
from contactcenter.mailbox_settings import MailboxSettings
from contactcenter.model import Entry, Inbox, MailUid, Ticket
from contactcenter.model.words import InboxState
from contactcenter.queries import mailbox_health, wording
from contactcenter.queries.mailbox_health import Health

PAGE = 50
MOST_COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class MailboxRow:
    """One mailbox. `state` is words for its condition with `tone` as the tag's colour, `told` what goes wrong."""

    name: str
    address: str
    place: str
    after: str
    state: str
    tone: str
    told: str
    detail: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One mail of the server: what became of it, and where it is, for those who may know."""

    id: int
    uid: int
    at: str
    fate: str
    tone: str
    number: int | None
    quarantine_id: int | None


def boxes(session: Session, configured: Sequence[MailboxSettings]) -> tuple[MailboxRow, ...]:
    """Every mailbox of the settings."""
    return tuple(_row(session, each) for each in mailbox_health.of(session, configured))


def _row(session: Session, health: Health) -> MailboxRow:
    box, (state, tone) = health.box, _state(health)
    told, detail = _told(health)
    return MailboxRow(
        name=box.name,
        address=box.address,
        place=f"{box.folder} · {box.user} · {box.host}:{box.port}",
        after=_after(box),
        state=state,
        tone=tone,
        told=told,
        detail=detail,
        facts=_facts(session, health),
    )


def _state(health: Health) -> tuple[str, str]:
    since = health.state.failing_since if health.state else None
    last = health.state.last_ok_at if health.state else None
    return {
        "new": (_("Not read yet"), "warn"),
        "failing": (_("Cannot be read since %(at)s", at=wording.day_and_time(since)) if since else "", "bad"),
        "silent": (_("Read by nobody since %(at)s", at=wording.day_and_time(last)) if last else "", "bad"),
        "differs": (_("Mails are missing"), "bad"),
        "unfinished": (_("Is read, but not tidied"), "warn"),
        "ok": (_("Works"), "ok"),
    }[health.word]


def _told(health: Health) -> tuple[str, str]:
    """What goes wrong and what to do, and the server's own words for those who know its language."""
    state = health.state
    if health.word == "new" or state is None:
        return _("`contactcenter imap`, or `serve`, reads it once it runs with these settings."), ""
    if health.word == "failing":
        return error(state.error_code), state.error
    if health.word == "silent":
        return _("No process reads the mailbox: see whether `contactcenter imap` or `serve` runs."), ""
    if health.word == "differs":
        lost = _("The mail server has mails that never came here. `contactcenter mail rescan` takes them in.")
        return lost, ""
    if health.word == "unfinished":
        return _("Mails come in, but the mail server does not let us mark, move or remove them."), state.warning
    return "", ""


def error(code: str) -> str:
    """What keeps a mailbox from being read."""
    known = {
        "reach": _("The mail server cannot be reached. See that name, port and encryption are right and that it runs."),
        "login": _("The mail server does not let us in. See that user and password, or the token, still hold."),
        "folder": _("The folder cannot be opened. See that it is still there and that the user may read it."),
        "answer": _("The mail server stopped answering, or answered with something that cannot be understood."),
    }
    return known.get(code) or _("Something here went wrong, and not at the mail server. The log tells more.")


def _after(box: MailboxSettings) -> str:
    return {
        "keep": _("Mails are left as they are"),
        "seen": _("Mails are marked as read"),
        "move": _("Mails are moved to %(folder)s", folder=box.move_to),
        "delete": _("Mails are removed there"),
    }[box.after]


def _facts(session: Session, health: Health) -> tuple[tuple[str, str], ...]:
    state = health.state
    if state is None:
        return ()
    never = _("never")
    compared = wording.day_and_time(state.reconciled_at) if state.reconciled_at else never
    read = f"UID {state.last_uid} ({state.uidvalidity})" if state.uidvalidity else never
    facts = [
        (_("Last success"), wording.day_and_time(state.last_ok_at) if state.last_ok_at else never),
        (_("Read up to"), read),
        (_("Compared with the server"), compared),
    ]
    if state.difference is not None:
        facts.append((_("Missing here"), str(state.difference)))
    return (*facts, *_counts(session, health.box.name))


def _counts(session: Session, name: str) -> tuple[tuple[str, str], ...]:
    """Lines of the ledger by what became of them, of the newest thousand: where there are more it says 999+."""
    newest = select(MailUid.id).where(MailUid.mailbox == name).order_by(MailUid.id.desc()).limit(MOST_COUNTED)
    fate = _fate_of().label("fate")
    counting = _joined(select(fate, func.count())).where(MailUid.id.in_(newest)).group_by(fate)
    counted = {word: count for word, count in session.execute(counting)}
    total = sum(counted.values())
    fates = [(label, _many(counted[word])) for word, (label, _tone) in _fates().items() if counted.get(word)]
    return ((_("In the ledger"), _many(total)), *fates)


def _many(count: int) -> str:
    return "999+" if count >= MOST_COUNTED else str(count)


def ledger(
    session: Session, actor: Actor, name: str, before: int | None = None
) -> tuple[tuple[LedgerRow, ...], int | None]:
    """The newest mails of a mailbox, and the id to go on from (None at the end)."""
    ticket = case((and_(visible_tickets(actor), Inbox.state != InboxState.WAITING), Ticket.number), else_=None)
    held = case((and_(visible_arrivals(actor), Inbox.state == InboxState.QUARANTINED), Inbox.id), else_=None)
    columns = (MailUid.id, MailUid.uid, MailUid.created_at, _fate_of().label("fate"))
    query = _joined(select(*columns, ticket.label("number"), held.label("quarantine_id")))
    query = query.where(MailUid.mailbox == name, MailUid.id < before if before is not None else true())
    found = session.execute(query.order_by(MailUid.id.desc()).limit(PAGE + 1)).all()
    return tuple(_line(row) for row in found[:PAGE]), found[PAGE - 1].id if len(found) > PAGE else None


def _line(row: Row[Any]) -> LedgerRow:
    fate, tone = _fates()[row.fate]
    at = wording.day_and_time(row.created_at)
    return LedgerRow(row.id, row.uid, at, fate, tone, row.number, row.quarantine_id)


def _joined(query: Any) -> Any:
    return query.outerjoin(Inbox, Inbox.id == MailUid.inbox_id).outerjoin(Ticket, Ticket.id == Inbox.ticket_id)


def _fate_of() -> Any:
    """One word for what became of a mail, from the message that it is."""
    appended = select(Entry.id).where(Entry.inbox_id == Inbox.id, Entry.content_scope.like("ticket:%")).exists()
    return case(
        (MailUid.problem == "gone", "gone"),
        (MailUid.is_repeat, "repeat"),
        (Inbox.state == InboxState.WAITING, "waiting"),
        (Inbox.state == InboxState.QUARANTINED, "quarantined"),
        (Inbox.state == InboxState.PARKED, "parked"),
        (Inbox.state == InboxState.DUPLICATE, "duplicate"),
        (appended, "appended"),
        else_="ticketed",
    )


def _fates() -> dict[str, tuple[str, str]]:
    return {
        "ticketed": (_("New ticket"), "ok"),
        "appended": (_("In a ticket that was here"), "ok"),
        "duplicate": (_("The same had come another way"), ""),
        "repeat": (_("Was here already"), ""),
        "waiting": (_("Is being taken in"), "info"),
        "quarantined": (_("In quarantine"), "warn"),
        "parked": (_("Parked"), ""),
        "gone": (_("Gone before it was fetched"), "bad"),
    }

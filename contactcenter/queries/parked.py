"""Parked mail as the page shows it, newest first, for those who see its ticket or its domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, literal_column, select
from sqlalchemy.orm import Session, joinedload

from contactcenter import runtime
from contactcenter.access import Actor, Permission, sees_only_about_tickets, visible_parked
from contactcenter.i18n import gettext as _
from contactcenter.model import Address, Inbox, ParkedMail, Person, PersonAddress
from contactcenter.model.words import AddressKind, InboxState
from contactcenter.queries import wording

PAGE = 50
MOST_LOOKED_AT = 2_000
"""Mails that one count asks of whether they are seen; each of them costs a look at its ticket."""


@dataclass(frozen=True, slots=True)
class ParkedRow:
    """One mail. `number` is that of the ticket it was written about, `state` what has been done about it: nothing,
    `handled`, `coming` (being read again), `unread` (that failed) or `taken_in`.
    """

    id: int
    sender: str
    subject: str
    text: str
    received: str
    reason: str
    told: str
    to: str
    state: str
    done: str
    ticket_ref: str = ""
    ticket_url: str = ""


def rows(
    session: Session, actor: Actor, before: int | None = None, *, everything: bool = False
) -> tuple[Sequence[ParkedMail], int | None]:
    """The newest that wait for somebody to look, or `everything`; and the id to go on from (None at the end)."""
    query = select(ParkedMail).where(visible_parked(actor)).options(joinedload(ParkedMail.ticket))
    if not everything:
        query = query.where(ParkedMail.handled_at.is_(None))
    if before is not None:
        query = query.where(ParkedMail.id < before)
    found = session.scalars(query.order_by(ParkedMail.id.desc()).limit(PAGE + 1)).all()
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


def counting(actor: Actor, limit: int) -> Select[int] | None:
    """How many wait for `actor` to look, at most `limit`; None for those who do not sort mail.

    Counted is among the newest `MOST_LOOKED_AT` that wait: whoever sees few of them must not have all looked through
    with every page. Of those who see only what is about tickets, it is the newest of these. The list itself goes on.
    """
    if not actor.may(Permission.SORT):
        return None
    newest = select(visible_parked(actor).label("seen")).where(ParkedMail.handled_at.is_(None))
    if sees_only_about_tickets(actor):
        newest = newest.where(ParkedMail.ticket_id.is_not(None))
    looked_at = newest.order_by(ParkedMail.id.desc()).limit(MOST_LOOKED_AT).subquery()
    some: Select[int] = select(literal_column("1")).select_from(looked_at).where(looked_at.c.seen).limit(limit)
    return select(func.count()).select_from(some.subquery())


def shown(session: Session, found: Sequence[ParkedMail]) -> tuple[ParkedRow, ...]:
    """The rows as the page shows them."""
    ids = [row.inbox_id for row in found]
    mails = {row.id: row for row in session.scalars(select(Inbox).where(Inbox.id.in_(ids)))} if ids else {}
    hidden = _protected(session, {row.sender for row in found})
    return tuple(_shown(row, mails[row.inbox_id], row.sender in hidden) for row in found)


def _protected(session: Session, senders: set[str]) -> set[str]:
    """Those of `senders` that somebody with a protected identity writes from."""
    query = (
        select(Address.value)
        .join(PersonAddress, PersonAddress.address_id == Address.id)
        .join(Person, Person.id == PersonAddress.person_id)
        .where(Address.kind == AddressKind.EMAIL, Address.value.in_(senders), Person.protected_identity)
    )
    return set(session.scalars(query)) if senders else set()


def _shown(row: ParkedMail, mail: Inbox, hidden: bool) -> ParkedRow:
    ticket = row.ticket
    is_protected = hidden or (ticket is not None and ticket.person is not None and ticket.person.protected_identity)
    prefix = runtime.current().settings.instance.ticket_prefix
    label, told = _reasons()[row.reason]
    return ParkedRow(
        id=row.id,
        sender=_("Protected identity") if is_protected else _sender(row, mail),
        subject=row.subject,
        text=row.text,
        received=wording.day_and_time(row.created_at),
        reason=label,
        told=told,
        to=", ".join(dict.fromkeys(wording.address(_bare(address)) for address in mail.envelope_to)),
        state=_state(row, mail),
        done=_done(row),
        ticket_ref=f"{prefix}-{ticket.number}" if ticket is not None else "",
        ticket_url=f"/arenden/{ticket.number}" if ticket is not None else "",
    )


def _bare(address: str) -> str:
    """An address of ours without the token that answers come back by: it is for us alone."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _sender(row: ParkedMail, mail: Inbox) -> str:
    address = wording.address(row.sender or mail.envelope_from)
    name = wording.address(row.sender_name)
    return f"{name} <{address}>" if name and address and name != address else name or address or _("Unknown")


def _state(row: ParkedMail, mail: Inbox) -> str:
    if row.taken_in:
        return {InboxState.WAITING: "coming", InboxState.QUARANTINED: "unread"}.get(mail.state, "taken_in")
    return "handled" if row.handled_at is not None else ""


def _done(row: ParkedMail) -> str:
    if row.handled_at is None:
        return ""
    who, at = row.agent.name if row.agent is not None else "", wording.day_and_time(row.handled_at)
    if row.taken_in:
        return _("%(name)s had it taken in %(at)s", name=who, at=at)
    return _("%(name)s said %(at)s that it needs nothing more", name=who, at=at)


def _reasons() -> dict[str, tuple[str, str]]:
    """What each reason is called, and why such mail is parked."""
    return {
        "auto_reply": (_("Automatic reply"), _("A program answered, such as an absence notice.")),
        "bounce": (_("Delivery report"), _("It is not about any answer from here.")),
        "receipt": (_("Read receipt"), _("Somebody’s mail program tells that a mail was opened.")),
        "list": (_("Mailing list"), _("A newsletter or a mailing list, not written to us alone.")),
        "own_loop": (_("Our own mail"), _("A mail that we sent has come back to us.")),
        "blocked": (_("Blocked sender"), _("The settings say that mail from this sender is parked.")),
    }


def reason_label(code: str) -> str:
    """What a reason is called."""
    return _reasons()[code][0]

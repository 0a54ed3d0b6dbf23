"""Writing in a ticket: answers, notes, taking an answer back, sending it again."""

from __future__ import annotations

from functools import partial
from typing import cast

from flask import Blueprint, Response, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from contactcenter.access import Actor, Permission, get_ticket
from contactcenter.errors import Conflict, Risky, ServiceError
from contactcenter.i18n import gettext as _
from contactcenter.model import Entry, Ticket
from contactcenter.model.words import DraftKind
from contactcenter.queries import listing, protected, shapes, ticket_page, timeline, wording
from contactcenter.queries import recipients as known
from contactcenter.queries.addressees import addressees
from contactcenter.services import audit, caution, drafts, replies, uncertain
from contactcenter.services.recipients import LONGEST, Recipients, Wanted
from contactcenter.web import page
from contactcenter.web.door import writes

bp = Blueprint("replies", __name__)
CONSENTS = ("sure", "anyway", "close")


def _number(name: str) -> int:
    text = request.form.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _text() -> str:
    return request.form.get("text", "").replace("\r\n", "\n").replace("\0", "")


def _written(session: Session, actor: Actor, ticket: Ticket, entry: Entry, *, seen: bool = False) -> Response:
    """The new line. `seen` says that the page showed the ticket as it was right before this was written."""
    session.flush()
    if not page.is_htmx():
        return page.back_to(ticket.number)
    session.expire_all()
    items = timeline.one(session, actor, ticket, entry)
    response = make_response(
        render_template("partials/timeline.html", items=items, number=ticket.number, older_url="", **page.frame())
    )
    return page.with_rev(response, ticket) if seen else response


@bp.post("/arenden/<int:number>/svar")
@writes(Permission.REPLY)
def send(session: Session, actor: Actor, number: int) -> ResponseReturnValue:
    """Send an answer; it leaves when the time for undoing is over."""
    ticket = get_ticket(session, actor, number, lock=True)
    text, seen = _text(), page.rev() == ticket.rev
    agreed = _agreed()
    try:
        entry = replies.send(
            session,
            actor,
            ticket,
            text,
            key=request.form.get("key", ""),
            seen_seq=max(_number("seen_seq"), *(int(word) for word in agreed if word.isdecimal()), 0),
            wanted=_wanted(),
            anyway="anyway" in agreed,
            sure=_is_sure,
            close="close" in agreed,
        )
    except (Conflict, Risky) as held:
        session.rollback()
        ticket = get_ticket(session, actor, number)
        told = _newer(session, actor, ticket, held) if isinstance(held, Conflict) else _risky(session, ticket, held)
        return _held(session, actor, ticket, text, held, told)
    except ServiceError as error:
        if page.is_htmx():
            raise
        session.rollback()
        return _kept(session, actor, get_ticket(session, actor, number), text, DraftKind.REPLY, error)
    return _written(session, actor, ticket, entry, seen=seen)


def _held(
    session: Session, actor: Actor, ticket: Ticket, text: str, held: Conflict | Risky, told: shapes.Conflict
) -> Response:
    """409: what stands in the way is shown, and the text is kept, in the box and as a draft."""
    if page.is_htmx():
        audit.on_ticket(session, actor, "read", ticket)
        part = render_template("partials/conflict.html", conflict=told, ticket=ticket, **page.frame())
        return make_response(part, 409)
    return _kept(session, actor, ticket, text, DraftKind.REPLY, held, told)


def _agreed() -> frozenset[str]:
    """What the pressed button says besides: `sure`, `anyway`, `close`, and the number of the newest message read.

    A button that asks once more says by itself what was agreed to before: nothing of it stays in the form for others.
    """
    said = request.form.get("agreed", "")[:60].split()
    return frozenset((*(word for word in said if len(word) < 10), *(n for n in CONSENTS if request.form.get(n) == "1")))


def _is_sure(to: Recipients) -> bool:
    """Whether the writer has said so, for these recipients if it goes to others than the resident."""
    agreed = _agreed()
    return "sure" in agreed and (not to.is_changed or to.fingerprint in agreed)


def _wanted() -> Wanted:
    """Whom the form names. Copies that are offered are boxes to tick beside the field, with its name."""
    to = request.form.get("to")
    return Wanted(
        None if to is None else page.typed(to),
        page.typed(", ".join(filter(str.strip, request.form.getlist("cc")))),
        page.typed(request.form.get("bcc", "")),
    )


def _again(*consents: str) -> str:
    """What a button of a panel says: these consents, and to close if that was asked for."""
    return " ".join((*consents, *(["close"] if "close" in _agreed() else [])))


def _risky(session: Session, ticket: Ticket, risky: Risky) -> shapes.Conflict:
    to = cast(Recipients, risky.data["to"])
    hidden = protected.hidden(session, ticket)
    others = ", ".join(address for address in to.others if address not in hidden)
    named = {
        caution.PERSONAL_ID: _("There is a personal identity number in the text or the subject."),
        caution.CONFIDENTIAL: _("The ticket is confidential."),
        caution.SENSITIVE: _("What the ticket is about may be sensitive."),
        caution.OTHER_ADDRESS: _("It goes to another address than the ticket's own: %(addresses)s", addresses=others)
        if others
        else _("It does not go to the ticket's own address."),
    }
    found = tuple(named[risk] for risk in named if risk in cast(tuple[str, ...], risky.data["risks"]))
    read = max(_number("seen_seq"), *(int(word) for word in _agreed() if word.isdecimal()), 0)
    if "anyway" in _agreed():
        read = ticket.last_seq
    consents = ("sure", *([to.fingerprint] if to.is_changed else []), str(read))
    return shapes.Conflict(text=risky.text, risks=found, can_note=True, again=_again(*consents))


def _newer(session: Session, actor: Actor, ticket: Ticket, conflict: Conflict) -> shapes.Conflict:
    newer = session.scalars(
        select(Entry).where(Entry.ticket_id == ticket.id, Entry.seq == conflict.data.get("seq", 0))
    ).first()
    items = timeline.one(session, actor, ticket, newer) if newer is not None else ()
    name = items[0].author.name if items and items[0].author else ""
    at = wording.clock_time(newer.at) if newer is not None else ""
    return shapes.Conflict(
        text=_("%(name)s wrote %(at)s.", name=name, at=at) if name else conflict.text,
        items=items,
        seen_seq=ticket.last_seq,
        can_send=newer is not None,
        can_note=True,
        again=_again(str(ticket.last_seq), *(word for word in _agreed() if word == "sure" or word.startswith("r"))),
    )


def _kept(
    session: Session,
    actor: Actor,
    ticket: Ticket,
    text: str,
    kind: DraftKind,
    error: ServiceError,
    conflict: shapes.Conflict | None = None,
) -> Response:
    """The whole page again, for browsers without scripts, with what was written saved as a draft."""
    audit.on_ticket(session, actor, "read", ticket)
    wanted = _wanted() if kind is DraftKind.REPLY else None
    if text.strip() or (wanted is not None and _is_chosen(session, ticket, wanted)):
        old = drafts.find(session, actor, ticket, kind)
        seq = (old.seq if old else 0) + 1
        drafts.save(session, actor, ticket, kind, text, seq, _number("seen_seq"), _short(wanted))
        session.flush()
    query = page.list_query(current=ticket.number)
    problem = None if conflict else shapes.Problem(title=error.text, field=str(error.data.get("field", "")))
    seen = partial(audit.on_list, session, actor)
    shown = ticket_page.ticket_page(session, actor, ticket, seen, query.encoded())  # before the list: it loads less
    return make_response(
        render_template(
            "pages/tickets.html",
            listing=listing.listing(session, actor, query, seen),
            ticket=shown,
            conflict=conflict,
            problem=problem,
            **page.staff_frame(session, actor, query.view),
        ),
        error.status,
    )


def _is_chosen(session: Session, ticket: Ticket, wanted: Wanted) -> bool:
    """Whether somebody has said whom it is for."""
    return bool(wanted.copies or wanted.blind_copies) or (wanted.to or "") not in ("", known.usual(session, ticket))


def _short(wanted: Wanted | None) -> Wanted | None:
    """What a draft can keep of it."""
    if wanted is None:
        return None
    return Wanted(*((part or "")[:LONGEST] for part in (wanted.to, wanted.copies, wanted.blind_copies)))


@bp.post("/arenden/<int:number>/anteckning")
@writes(Permission.NOTE)
def note(session: Session, actor: Actor, number: int) -> ResponseReturnValue:
    """Write an internal note."""
    ticket = get_ticket(session, actor, number, lock=True)
    text, seen = _text(), page.rev() == ticket.rev
    try:
        entry = replies.note(session, actor, ticket, text, key=request.form.get("key", ""))
    except ServiceError as error:
        if page.is_htmx():
            raise
        session.rollback()
        return _kept(session, actor, get_ticket(session, actor, number), text, DraftKind.NOTE, error)
    return _written(session, actor, ticket, entry, seen=seen)


@bp.post("/arenden/<int:number>/angra/<int:entry_id>")
@writes(Permission.REPLY)
def undo(session: Session, actor: Actor, number: int, entry_id: int) -> ResponseReturnValue:
    """Take an answer back before it leaves; a script gets the text to put into the box again."""
    ticket = get_ticket(session, actor, number, lock=True)
    draft = replies.undo(session, actor, ticket, entry_id)
    session.flush()
    if not page.is_htmx() and not request.headers.get("X-CSRF"):
        return page.back_to(number)
    files = timeline.files(drafts.files(session, draft))
    shown = addressees(session, ticket, draft)
    return jsonify(
        text=draft.text,
        to=shown.to,
        cc=shown.cc,
        bcc=shown.bcc,
        files=render_template("partials/draft_files.html", files=files, kind="reply", number=number, **page.frame()),
    )


@bp.post("/arenden/<int:number>/skicka-igen/<int:entry_id>")
@writes(Permission.REPLY)
def again(session: Session, actor: Actor, number: int, entry_id: int) -> ResponseReturnValue:
    """Try again with an answer that did not leave."""
    ticket = get_ticket(session, actor, number, lock=True)
    entry = replies.send_again(session, actor, ticket, entry_id)
    return _written(session, actor, ticket, entry)


@bp.post("/arenden/<int:number>/kom-fram/<int:entry_id>")
@writes(Permission.REPLY)
def arrived(session: Session, actor: Actor, number: int, entry_id: int) -> ResponseReturnValue:
    """Somebody knows that an answer arrived of which the mail server did not say so."""
    ticket = get_ticket(session, actor, number, lock=True)
    return _written(session, actor, ticket, uncertain.arrived(session, actor, ticket, entry_id))

"""Parked mail: what came in and needs no answer. It can be read, made a ticket after all, or put aside."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from contactcenter import clock
from contactcenter.access import Actor, Permission, visible_tickets
from contactcenter.errors import Conflict, NotFound
from contactcenter.model import Inbox, Ticket
from contactcenter.queries import parked, views
from contactcenter.services import audit, parking
from contactcenter.web import page
from contactcenter.web.door import reads, writes

bp = Blueprint("parked", __name__)

ASK_AGAIN_SECONDS = "2"
ASK_AGAIN_FOR = timedelta(seconds=20)
"""Longer than taking in needs where it runs; then whoever waits is left in peace."""
MOST_AT_ONCE = 200


@bp.get("/parkerat")
@reads(Permission.SORT)
def index(session: Session, actor: Actor) -> ResponseReturnValue:
    """The list, newest first: what waits for somebody to look, or everything."""
    everything = request.args.get("visa") == "allt"
    found, next_id = parked.rows(session, actor, _before(), everything=everything)
    audit.on_parked(session, actor, "parked_listed", found)
    shown = "allt" if everything else None
    return render_template(
        "pages/parked.html",
        rows=parked.shown(session, found),
        everything=everything,
        next_url=url_for("parked.index", fore=next_id, visa=shown) if next_id else "",
        listing=None,
        **page.staff_frame(session, actor, views.PARKED),
    )


def _before() -> int | None:
    before = request.args.get("fore", "")
    return int(before) if before.isdecimal() and len(before) < 16 else None


@bp.get("/parkerat/<int:item_id>")
@reads(Permission.SORT)
def show(session: Session, actor: Actor, item_id: int) -> ResponseReturnValue:
    """One mail; once it has been taken in, the ticket that it is in."""
    row = parking.find(session, actor, item_id)
    ticket_id = parking.ticket_of(session, row)
    seen = visible_tickets(actor)
    number = session.scalar(select(Ticket.number).where(Ticket.id == ticket_id, seen)) if ticket_id else None
    if number is not None:
        return redirect(url_for("tickets.show", number=number), 303)
    audit.on_parked(session, actor, "parked_read", [row])
    [item] = parked.shown(session, [row])
    response = make_response(
        render_template(
            "pages/parked.html", rows=(item,), item=item, listing=None, **page.staff_frame(session, actor, views.PARKED)
        )
    )
    is_soon = row.handled_at is not None and clock.now() - row.handled_at < ASK_AGAIN_FOR
    if item.state == "coming" and is_soon:
        response.headers["Refresh"] = ASK_AGAIN_SECONDS
    return response


@bp.get("/parkerat/<int:item_id>/ra")
@reads(Permission.SORT)
def raw(session: Session, actor: Actor, item_id: int) -> ResponseReturnValue:
    """Download the mail as it came."""
    row = parking.find(session, actor, item_id)
    audit.on_parked(session, actor, "parked_raw", [row])
    return page.download(session.get_one(Inbox, row.inbox_id).raw_key, f"parkerat-{item_id}.eml")


@bp.post("/parkerat/<int:item_id>/ta-in")
@writes(Permission.SORT)
def take_in(session: Session, actor: Actor, item_id: int) -> ResponseReturnValue:
    """Make a ticket of it after all; who was faster has done the same."""
    try:
        parking.take_in(session, actor, item_id)
    except Conflict:
        parking.find(session, actor, item_id)
    return redirect(url_for("parked.show", item_id=item_id), 303)


@bp.post("/parkerat/klart")
@writes(Permission.SORT)
def handle(session: Session, actor: Actor) -> ResponseReturnValue:
    """Put mails aside, one or all of a page; `undo` takes that back.

    Raises:
        NotFound: none was named that can be.
    """
    named = [int(text) for text in request.form.getlist("id")[:MOST_AT_ONCE] if text.isdecimal() and len(text) < 16]
    is_undone = request.form.get("undo") == "1"
    if not named or not parking.handle(session, actor, named, undo=is_undone):
        for item_id in named[:1]:
            parking.find(session, actor, item_id)
        if not named:
            raise NotFound()
    return redirect(url_for("parked.show", item_id=named[0]) if is_undone else url_for("parked.index"), 303)

"""The queue and the ticket: reading them, and everything that is done to a ticket but writing in it."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from contactcenter import clock
from contactcenter.access import Actor, Permission, get_ticket, visible_tickets
from contactcenter.errors import InvalidInput
from contactcenter.i18n import gettext as _
from contactcenter.model import Ticket
from contactcenter.queries import deltas, listing, ticket_page, timeline, views, wording
from contactcenter.services import audit, tickets
from contactcenter.web import page
from contactcenter.web.door import public, reads, writes

bp = Blueprint("tickets", __name__)
MAX_IDS = 200


@bp.get("/")
@public
def home() -> ResponseReturnValue:
    """The queue is where the staff begin."""
    return redirect(url_for("tickets.queue"))


@bp.get("/arenden")
@reads(Permission.READ)
def queue(session: Session, actor: Actor) -> ResponseReturnValue:
    """A view of the queue; with a page key and from a script only the next rows."""
    query = page.list_query()
    seen = partial(audit.on_list, session, actor)
    if page.is_htmx() and query.after:
        shown = listing.listing(session, actor, query, seen)
        return render_template("partials/rows_more.html", listing=shown, **page.frame())
    counted = views.counts(session, actor)
    shown = listing.listing(session, actor, query, seen, counted)
    frame = page.staff_frame(session, actor, "" if query.search else query.view, counted)
    return render_template("pages/tickets.html", listing=shown, ticket=None, **frame)


@bp.get("/arenden/<int:number>")
@reads(Permission.READ)
def show(session: Session, actor: Actor, number: int) -> ResponseReturnValue:
    """One ticket beside the list it was opened from; from a script only the ticket."""
    ticket = get_ticket(session, actor, number)
    audit.on_ticket(session, actor, "read", ticket)
    query = page.list_query(current=number)
    seen = partial(audit.on_list, session, actor)
    shown = ticket_page.ticket_page(session, actor, ticket, seen, query.encoded())
    if page.is_htmx():
        return render_template("partials/ticket.html", ticket=shown, me=page.me(session, actor), **page.frame())
    counted = views.counts(session, actor)
    return render_template(
        "pages/tickets.html",
        listing=listing.listing(session, actor, query, seen, counted),
        ticket=shown,
        **page.staff_frame(session, actor, query.view, counted),
    )


@bp.get("/f/rader")
@reads(Permission.READ)
def rows(session: Session, actor: Actor) -> ResponseReturnValue:
    """Some rows as they are now, for the live list."""
    ids = [int(text) for text in request.args.getlist("id")[:MAX_IDS] if text.isdecimal() and len(text) < 16]
    query = page.list_query()
    shown = listing.rows_by_id(session, actor, query, ids, partial(audit.on_list, session, actor))
    return render_template("partials/rows.html", listing_rows=tuple(shown), **page.frame())


@bp.get("/f/antal")
@reads(Permission.READ)
def counts(session: Session, actor: Actor) -> ResponseReturnValue:
    """The navigation with its counts."""
    nav = page.navigation(session, actor, request.args.get("vy", ""))
    return render_template("partials/nav_counts.html", nav=nav, **page.frame())


@bp.get("/f/nytt")
@reads(Permission.READ)
def since(session: Session, actor: Actor) -> ResponseReturnValue:
    """What has changed since a cursor, for a browser that was away."""
    last, changed = deltas.since(session, actor, request.args.get("sedan", ""))
    return jsonify(last=last, tickets=[{"id": ticket_id, "rev": rev} for ticket_id, rev in changed])


@bp.get("/f/arende/<int:number>/tidslinje", endpoint="timeline")
@reads(Permission.READ)
def lines(session: Session, actor: Actor, number: int) -> ResponseReturnValue:
    """Lines of the timeline: newer than `efter`, older than `fore`, or the newest."""
    ticket = get_ticket(session, actor, number)
    audit.on_ticket(session, actor, "read", ticket)
    newer, earlier = request.args.get("efter", ""), request.args.get("fore", "")
    older_url = ""
    if newer.isdecimal() and len(newer) < 10:
        items = timeline.after(session, actor, ticket, int(newer))
    elif earlier.isdecimal() and len(earlier) < 10:
        items, older_url = timeline.older(session, actor, ticket, int(earlier))
    else:
        items, older_url = timeline.newest(session, actor, ticket)
    return render_template("partials/timeline.html", items=items, older_url=older_url, number=number, **page.frame())


@bp.get("/f/arende/<int:number>/huvud")
@reads(Permission.READ)
def state(session: Session, actor: Actor, number: int) -> ResponseReturnValue:
    """The head and the context of a ticket as they are now."""
    ticket = get_ticket(session, actor, number)
    audit.on_ticket(session, actor, "read", ticket)
    return _head(session, actor, ticket)


def _head(session: Session, actor: Actor, ticket: Ticket) -> Response:
    session.flush()
    session.expire(ticket)
    seen = partial(audit.on_list, session, actor)
    shown = ticket_page.ticket_page(session, actor, ticket, seen, page.list_query().encoded())
    return make_response(
        render_template("partials/ticket_head.html", ticket=shown, me=page.me(session, actor), **page.frame())
    )


def _after(
    session: Session, actor: Actor, ticket: Ticket, text: str, undo: str = "", body: dict[str, str] | None = None
) -> Response:
    """The answer to an act: the head as it is now and a toast, or the page again without scripts."""
    session.flush()
    if not _still_visible(session, actor, ticket):
        if not page.is_htmx():
            return make_response(redirect(url_for("tickets.queue"), 303))
        gone = make_response("", 204)
        gone.headers["HX-Redirect"] = url_for("tickets.queue")
        return page.toast(gone, text)
    if not page.is_htmx():
        return page.back_to(ticket.number)
    undo_url = url_for(undo, number=ticket.number) if undo else ""
    return page.toast(page.with_rev(_head(session, actor, ticket), ticket), text, undo_url=undo_url, body=body)


def _still_visible(session: Session, actor: Actor, ticket: Ticket) -> bool:
    seen = select(Ticket.id).where(Ticket.id == ticket.id, visible_tickets(actor))
    return session.scalar(seen) is not None


@bp.post("/arenden/<int:number>/ta")
@writes(Permission.TAKE)
def take(session: Session, actor: Actor, number: int) -> ResponseReturnValue:
    """Make the ticket mine."""
    ticket = get_ticket(session, actor, number, lock=True)
    tickets.take(session, actor, ticket, page.rev())
    return _after(session, actor, ticket, _("The ticket is yours"), "tickets.release")


@bp.post("/arenden/<int:number>/slapp")
@writes(Permission.TAKE)
def release(session: Session, actor: Actor, number: int) -> ResponseReturnValue:
    """Put the ticket back in the queue."""
    ticket = get_ticket(session, actor, number, lock=True)
    tickets.release(session, actor, ticket, page.rev())
    return _after(session, actor, ticket, _("The ticket is in the queue again"), "tickets.take")


@bp.post("/arenden/<int:number>/tilldela")
@writes(Permission.ASSIGN)
def assign(session: Session, actor: Actor, number: int) -> ResponseReturnValue:
    """Give the ticket to a colleague."""
    ticket = get_ticket(session, actor, number, lock=True)
    chosen = request.form.get("agent", "")
    if not chosen.isdecimal() or len(chosen) > 15:
        raise InvalidInput(_("Choose a colleague."), field="agent")
    agent = tickets.assign(session, actor, ticket, int(chosen), page.rev())
    return _after(session, actor, ticket, _("%(name)s has the ticket now", name=agent.name))


@bp.post("/arenden/<int:number>/amne")
@writes(Permission.TOPIC)
def topic(session: Session, actor: Actor, number: int) -> ResponseReturnValue:
    """Correct the topic: the ticket is routed again."""
    ticket = get_ticket(session, actor, number, lock=True)
    before = ticket.topic.slug if ticket.topic else ""
    ground = request.form.get("ground", "")
    tickets.change_topic(session, actor, ticket, request.form.get("topic", ""), page.rev(), ground=ground)
    undo = "tickets.topic" if before else ""
    back = {"topic": before, "ground": _("The change of topic was undone")}
    return _after(session, actor, ticket, _("The topic is changed"), undo, back)


@bp.post("/arenden/<int:number>/vila")
@writes(Permission.CLOSE)
def park(session: Session, actor: Actor, number: int) -> ResponseReturnValue:
    """Let the ticket rest."""
    ticket = get_ticket(session, actor, number, lock=True)
    tickets.park(session, actor, ticket, _rest_until(request.form.get("until", "")), page.rev())
    return _after(session, actor, ticket, _("The ticket rests"), "tickets.unpark")


def _rest_until(choice: str) -> datetime | None:
    morning = wording.local(clock.now()).replace(hour=8, minute=0, second=0, microsecond=0)
    days = {"tomorrow": 1, "monday": 7 - morning.weekday(), "week": 7}
    if choice == "reply":
        return None
    if choice not in days:
        raise InvalidInput(_("Choose how long the ticket is to rest."), field="until")
    return morning + timedelta(days=days[choice])


@bp.post("/arenden/<int:number>/vack")
@writes(Permission.CLOSE)
def unpark(session: Session, actor: Actor, number: int) -> ResponseReturnValue:
    """End the rest."""
    ticket = get_ticket(session, actor, number, lock=True)
    tickets.wake(session, ticket, actor)
    return _after(session, actor, ticket, _("The ticket is open again"))


@bp.post("/arenden/<int:number>/avsluta")
@writes(Permission.CLOSE)
def close(session: Session, actor: Actor, number: int) -> ResponseReturnValue:
    """End the ticket."""
    ticket = get_ticket(session, actor, number, lock=True)
    tickets.close(session, actor, ticket, request.form.get("outcome") or "solved", page.rev())
    return _after(session, actor, ticket, _("The ticket is closed"), "tickets.reopen")


@bp.post("/arenden/<int:number>/utfall")
@writes(Permission.CLOSE)
def outcome(session: Session, actor: Actor, number: int) -> ResponseReturnValue:
    """Correct how the ticket ended."""
    ticket = get_ticket(session, actor, number, lock=True)
    chosen = request.form.get("outcome", "")
    tickets.set_outcome(session, actor, ticket, chosen)
    return _after(session, actor, ticket, _("Outcome: %(outcome)s", outcome=wording.outcome_label(chosen)))


@bp.post("/arenden/<int:number>/oppna")
@writes(Permission.CLOSE)
def reopen(session: Session, actor: Actor, number: int) -> ResponseReturnValue:
    """Take the ticket up again."""
    ticket = get_ticket(session, actor, number, lock=True)
    tickets.reopen(session, actor, ticket, page.rev())
    return _after(session, actor, ticket, _("The ticket is open again"))

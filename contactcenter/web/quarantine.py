"""The quarantine: what arrived and could not be read. Visible, downloadable, and can be tried again.

What was sent to a confidential address is there for those alone who have sight of its domain.
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from contactcenter.access import Actor, Permission
from contactcenter.db import must_write
from contactcenter.errors import Conflict, NotFound
from contactcenter.queries import quarantine
from contactcenter.services import audit, inbox
from contactcenter.web import page
from contactcenter.web.door import reads, writes

bp = Blueprint("quarantine", __name__)


@bp.get("/karantan")
@reads(Permission.QUARANTINE)
def index(session: Session, actor: Actor) -> ResponseReturnValue:
    """The list, newest first."""
    before = request.args.get("fore", "")
    rows, next_id = quarantine.rows(session, actor, int(before) if before.isdecimal() and len(before) < 16 else None)
    next_url = url_for("quarantine.index", fore=next_id) if next_id else ""
    return render_template(
        "pages/quarantine.html",
        rows=rows,
        next_url=next_url,
        has_unseen=quarantine.has_unseen(session),
        listing=None,
        **page.staff_frame(session, actor),
    )


@bp.get("/karantan/<int:item_id>")
@reads(Permission.QUARANTINE)
def show(session: Session, actor: Actor, item_id: int) -> ResponseReturnValue:
    """One message."""
    item = quarantine.shown(quarantine.find(session, actor, item_id))
    return render_template(
        "pages/quarantine.html", rows=(item,), item=item, listing=None, **page.staff_frame(session, actor)
    )


@bp.get("/karantan/<int:item_id>/ra")
@reads(Permission.QUARANTINE)
def raw(session: Session, actor: Actor, item_id: int) -> ResponseReturnValue:
    """Download the bytes as they arrived; recorded, for nobody knows what is in them."""
    row = quarantine.find(session, actor, item_id)
    must_write(session)
    audit.on_account(session, actor.agent_id, "quarantine_read", inbox=item_id)
    return page.download(row.raw_key, f"karantan-{item_id}.eml")


@bp.post("/karantan/<int:item_id>/forsok")
@writes(Permission.QUARANTINE)
def retry(session: Session, actor: Actor, item_id: int) -> ResponseReturnValue:
    """Let the message be read again."""
    quarantine.find(session, actor, item_id)
    try:
        inbox.retry(session, item_id)
    except Conflict as error:  # it is in a ticket, or on its way to one: no news for those who look after what is not
        raise NotFound() from error
    audit.on_account(session, actor.agent_id, "quarantine_retry", inbox=item_id)
    return redirect(url_for("quarantine.index"), 303)

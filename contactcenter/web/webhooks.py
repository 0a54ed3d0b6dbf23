"""The page of the webhooks: who is told what, how that goes, and a secret that is shown once."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from contactcenter.access import COMMON_DOMAIN, Actor, Permission
from contactcenter.errors import Conflict, InvalidInput
from contactcenter.i18n import gettext as _
from contactcenter.queries import webhook_rows
from contactcenter.services import webhooks
from contactcenter.web import settings_frame
from contactcenter.web.door import reads, writes

bp = Blueprint("webhooks", __name__, url_prefix="/installningar/webhookar")


@bp.get("")
@reads(Permission.AGENTS)
def index(session: Session, actor: Actor) -> ResponseReturnValue:
    """All webhooks with their newest calls, and the form of a new one."""
    return _page(session, actor)


@bp.post("")
@writes(Permission.AGENTS)
def add(session: Session, actor: Actor) -> ResponseReturnValue:
    """Make one; the answer shows its secret, and no other page ever does."""
    form = request.form
    try:
        events = webhooks.types(",".join(form.getlist("event")))
        domains = tuple(form.getlist("domain"))
        secret = webhooks.add(session, form.get("name", ""), form.get("url", ""), events, domains, actor.agent_id)
    except (InvalidInput, Conflict) as error:
        return _page(session, actor, 422, problem=_told(error), typed=form)
    return _page(session, actor, secret=secret)


@bp.post("/<int:webhook_id>")
@writes(Permission.AGENTS)
def act(session: Session, actor: Actor, webhook_id: int) -> ResponseReturnValue:
    """Pause, resume, remove, or give a new secret, by the button that was pressed."""
    match request.form.get("do"):
        case "pause":
            webhooks.pause(session, webhook_id, actor.name, actor.agent_id)
        case "resume":
            webhooks.resume(session, webhook_id, actor.agent_id)
        case "rotate":
            return _page(session, actor, secret=webhooks.rotate(session, webhook_id, actor.agent_id))
        case "remove" if request.form.get("sure"):
            webhooks.remove(session, webhook_id, actor.agent_id)
        case _:
            raise InvalidInput(_("Tick the box first: it cannot be undone."), field="sure")
    return redirect(url_for("webhooks.index"), 303)


def _told(error: InvalidInput | Conflict) -> str:
    """What is wrong with the form, in the reader's language; the commands say it in more detail."""
    if isinstance(error, Conflict):
        return _("There is already one with this name.")
    return {
        "name": _("A webhook needs a name of letters, digits and spaces."),
        "url": _(
            "That address cannot be called: it must begin with https:// and lead outside the municipality's network."
        ),
        "event": _("Choose at least one event."),
    }.get(str(error.data.get("field", "")), _("Choose whose tickets it is told of."))


def _events() -> dict[str, str]:
    """What can be told, in the reader's words."""
    return {
        "ticket.opened": _("A ticket came in"),
        "ticket.message": _("The resident wrote again"),
        "ticket.replied": _("An answer has left"),
        "ticket.reply_failed": _("An answer did not arrive"),
        "ticket.assigned": _("Somebody got the ticket"),
        "ticket.released": _("Back in the queue"),
        "ticket.routed": _("Topic or group changed"),
        "ticket.parked": _("The ticket rests"),
        "ticket.woken": _("It has rested enough"),
        "ticket.closed": _("The ticket was closed"),
        "ticket.reopened": _("The ticket was opened again"),
        "ticket.overdue": _("The time to answer ran out"),
    }


def _page(
    session: Session, actor: Actor, status: int = 200, *, secret: str = "", problem: str = "", typed: object = None
) -> Response:
    text = render_template(
        "pages/settings_webhooks.html",
        rows=webhook_rows.rows(session, actor),
        types=_events(),
        domains=webhook_rows.domains(session),
        common=COMMON_DOMAIN,
        secret=secret,
        problem=problem,
        typed=typed or {},
        **settings_frame.frame(session, actor, "webhookar"),
    )
    response = make_response(text, status)
    response.headers["Cache-Control"] = "no-store"
    return response

"""What every page of the staff shows around its content, and the answers that scripts get."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from flask import Response, make_response, redirect, render_template, request, send_file, url_for
from sqlalchemy.orm import Session
from werkzeug.routing import IntegerConverter

from contactcenter import runtime
from contactcenter.access import Actor, Permission
from contactcenter.errors import NotFound
from contactcenter.i18n import language
from contactcenter.model import Agent, Ticket
from contactcenter.queries import deltas, views, wording
from contactcenter.queries.listing import FILTERS, ListQuery
from contactcenter.queries.shapes import Me, Problem
from contactcenter.services import agents, demo_data
from contactcenter.services.appearance import look
from contactcenter.web import door, drawn
from contactcenter.web.assets import asset

SANDBOX = "sandbox; default-src 'none'"
"""The policy of bytes that strangers sent: no rights, and no origin."""


class Number(IntegerConverter):
    """A number in an address, not longer than a row id can be: a longer one is simply no page."""

    regex = r"\d{1,18}"


def is_htmx() -> bool:
    """Whether a script asked, and a part of a page is enough."""
    return request.headers.get("HX-Request") == "true"


def typed(text: str) -> str:
    """Text of a form or a script as the database can hold it: half an emoji is a lone surrogate."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def frame() -> dict[str, Any]:
    """What every template is given, signed in or not."""
    here, shown = runtime.current(), look.present()
    return {
        "csrf": door.form_token(),
        "municipality": shown.tokens.shown_name or here.settings.instance.short_name,
        "look_sheet": url_for("appearance.stylesheet", name=shown.sheet) if shown.sheet else "",
        "look_logo": url_for("appearance.picture", key=shown.logo) if shown.logo else "",
        "locale": language(),
        "asset": asset,
        "drawn_row": drawn.row,
        "drawn_filter": drawn.select,
        "still": drawn.still,
        "demo": demo_data.is_shown(here.data),
    }


def staff_frame(
    session: Session, actor: Actor, current_view: str = "", counted: Mapping[str, int] | None = None
) -> dict[str, Any]:
    """What the pages behind the sign-in are given besides; `counted` are the `views.counts` if they are known."""
    return {
        **frame(),
        "me": me(session, actor),
        "nav": navigation(session, actor, current_view, counted),
        "last_event": deltas.written(deltas.newest(session)),
    }


def me(session: Session, actor: Actor) -> Me:
    """The signed-in agent as the templates need it."""
    agent = session.get_one(Agent, actor.agent_id)
    can = {permission.value for permission in Permission if actor.may(permission)}
    if actor.may(Permission.REMOVE_DEMO) and agents.has_real_administrator(session):
        can.add("demo")
    return Me(
        id=agent.id,
        login=agent.login,
        face=wording.face(agent.name),
        role=agent.role,
        role_label=agent.title or wording.role_label(agent.role),
        theme=agent.theme,
        density=agent.density,
        shortcuts=agent.shortcuts,
        can=frozenset(can),
    )


def navigation(
    session: Session, actor: Actor, current: str = "", counted: Mapping[str, int] | None = None
) -> tuple[views.ViewLink, ...]:
    """The views of the queue with their counts, and beside them what is parked."""
    if counted is None:
        counted = views.counts(session, actor)
    found = [
        views.ViewLink(
            slug=view.slug,
            label=views.view_label(view.slug),
            icon=view.icon,
            url=url_for("tickets.queue", vy=view.slug),
            count=views.count_text(counted[view.slug]) if counted.get(view.slug) else "",
            hot=view.hot,
            current=view.slug == current,
        )
        for view in views.views_for(actor).values()
    ]
    if actor.may(Permission.SORT):
        label, url = views.view_label(views.PARKED), url_for("parked.index")
        number = views.count_text(counted[views.PARKED]) if counted.get(views.PARKED) else ""
        found.append(
            views.ViewLink(views.PARKED, label, "circle-parking", url, number, current=current == views.PARKED)
        )
    return tuple(found)


def list_query(current: int | None = None) -> ListQuery:
    """The list that the request's address asks for."""
    asked = request.args
    return ListQuery(
        view=asked.get("vy") or views.DEFAULT_VIEW,
        filters={name: asked[name] for name in FILTERS if asked.get(name)},
        search=asked.get("q", "").strip()[:500],
        after=asked.get("efter", ""),
        current=current,
    )


def rev() -> int | None:
    """The `rev` that a form was made from, if it says."""
    text = request.form.get("rev", "")
    return int(text) if text.isdecimal() and len(text) < 12 else None


def with_rev(response: Response, ticket: Ticket) -> Response:
    """Tell the script what its own write has made of the ticket's `rev`, so that its next one is not held back."""
    response.headers["X-Rev"] = str(ticket.rev)
    return response


def toast(response: Response, text: str, *, undo_url: str = "", body: dict[str, str] | None = None) -> Response:
    """Let a short message show, with a way back where there is one."""
    message: dict[str, Any] = {"text": text}
    if undo_url:
        message["undo"] = {"url": undo_url, "body": body or {}}
    response.headers["X-Toast"] = quote(json.dumps(message))
    return response


def back_to(number: int) -> Response:
    """For browsers without scripts: the ticket again, as it is now."""
    return make_response(redirect(url_for("tickets.show", number=number), 303))


def download(key: str, name: str) -> Response:
    """Stored bytes as a file to save; nothing in them can run as ours.

    When the bytes were stored is not told: equal files of different tickets are stored once, and the first of them may
    be one that the reader must not know of.

    Raises:
        NotFound: the bytes are lost.
    """
    response = _stored(key, "application/octet-stream", f"attachment; {_named(name)}")
    response.headers["Content-Security-Policy"] = SANDBOX
    return response


def shown(key: str, name: str, media_type: str) -> Response:
    """Stored bytes that a browser shows by itself: a picture, or a PDF in its own reader.

    The policy lets nothing in them run or fetch. Browsers start their reader in spite of it, but not in a frame whose
    element has the attribute `sandbox`.

    Raises:
        NotFound: the bytes are lost.
    """
    return without_rights(_stored(key, media_type, f"inline; {_named(name)}"))


def without_rights(response: Response) -> Response:
    """What a page of ours may show in a frame, and what can do nothing there."""
    response.headers["Content-Security-Policy"] = f"{SANDBOX}; frame-ancestors 'self'"
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _named(name: str) -> str:
    return f"filename*=UTF-8''{quote(name, safe='')}"


def _stored(key: str, media_type: str, disposition: str) -> Response:
    path = runtime.current().blobs.path(key)
    if not path.exists():
        raise NotFound()
    response = send_file(path, mimetype=media_type, conditional=False, etag=False)
    del response.headers["Last-Modified"]
    response.headers["Content-Disposition"] = disposition
    return response


def problem_part(problem: Problem, status: int) -> Response:
    """A problem as a part of a page."""
    return make_response(render_template("partials/problem.html", problem=problem, **frame()), status)

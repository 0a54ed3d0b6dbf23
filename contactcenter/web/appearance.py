"""The look of the place: its stylesheet and picture for everybody, and the page where it is chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from contactcenter import runtime
from contactcenter.access import Actor, Permission
from contactcenter.errors import InvalidInput, NotFound
from contactcenter.i18n import gettext as _
from contactcenter.queries.shapes import Choice
from contactcenter.services.appearance import logo, look, sheet
from contactcenter.services.appearance.palette import THEMES, Tokens, measure, nearest
from contactcenter.services.editing import change
from contactcenter.web import page, security, settings_frame
from contactcenter.web.door import public, reads, writes

bp = Blueprint("appearance", __name__)
PAGE = "/installningar/utseende"
Picture = tuple[str, str]


@bp.get("/utseende/<name>.css")
@public
def stylesheet(name: str) -> ResponseReturnValue:
    """The chosen colours. Under their own name they may be kept for ever; an older page is given the present ones."""
    shown = look.present() if look.present().sheet == name else look.anew()
    if not shown.sheet:
        raise NotFound()
    response = _css(sheet.write(shown.tokens))
    if shown.sheet == name:
        response.headers["Cache-Control"] = security.FOR_EVER
    return response


@bp.get("/utseende/logotyp/<key>")
@public
def picture(key: str) -> ResponseReturnValue:
    """The picture that is shown now, and no other stored bytes."""
    shown = look.present() if look.present().logo == key else look.anew()
    blobs = runtime.current().blobs
    if not shown.logo or shown.logo != key or not blobs.has(key):
        raise NotFound()
    response = Response(blobs.get(key), mimetype=shown.logo_type)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    response.headers["Cache-Control"] = security.FOR_EVER
    return response


@bp.get(PAGE)
@reads(Permission.SETTINGS)
def index(session: Session, actor: Actor) -> ResponseReturnValue:
    """The values, and how they would look and read: those of the address, else those that are stored."""
    row = look.stored(session)
    if "brand" not in request.args:
        return _page(session, actor, look.tokens_of(row))
    tokens, problems = look.read(request.args)
    return _page(session, actor, tokens, problems=problems, typed=request.args.to_dict())


@bp.get(f"{PAGE}/prov.css")
@reads(Permission.SETTINGS)
def preview(session: Session, actor: Actor) -> ResponseReturnValue:
    """The colours of the address, for the part of the page that shows them."""
    tokens, problems = look.read(request.args)
    if problems:
        raise NotFound()
    return _css(sheet.write_preview(tokens))


@bp.post(PAGE)
@writes(Permission.SETTINGS)
def save(session: Session, actor: Actor) -> ResponseReturnValue:
    """Store the six values, when everything can be read with them."""
    change.lock(session)
    tokens, problems = look.read(request.form)
    if problems or not look.can_be_read(tokens):
        return _page(session, actor, tokens, problems=problems, typed=request.form.to_dict(), status=422, refused=True)
    if request.form.get("seen") != change.fingerprint(look.state(look.stored(session))):
        return _page(session, actor, tokens, status=409, is_stale=True)
    look.save(session, actor, tokens, None)
    return redirect(url_for("appearance.index", sparat="1"), 303)


def _receive(session: Session, actor: Actor) -> Callable[[], Picture | str]:
    """Look at the chosen picture and keep its bytes; a text says why it cannot be used."""

    def work() -> Picture | str:
        if request.form.get("remove"):
            return "", ""
        chosen = request.files.get("file")
        content = chosen.stream.read(logo.MOST_BYTES + 1) if chosen else b""
        if not content:
            return _("Choose a file first.")
        try:
            kind = logo.media_type(content)
        except InvalidInput as error:
            return error.text
        return runtime.current().blobs.put(content), kind

    return work


@bp.post(f"{PAGE}/logotyp")
@writes(Permission.SETTINGS, prepare=_receive)
def save_logo(session: Session, actor: Actor, prepared: Picture | str) -> ResponseReturnValue:
    """Store another picture, or none."""
    change.lock(session)
    tokens = look.tokens_of(look.stored(session))
    if isinstance(prepared, str):
        return _page(session, actor, tokens, status=422, logo_problem=prepared)
    look.save(session, actor, tokens, prepared)
    return redirect(url_for("appearance.index", sparat="1"), 303)


def _css(text: str) -> Response:
    response = Response(text, mimetype="text/css")
    response.headers["Content-Security-Policy"] = "default-src 'none'"
    return response


def _page(
    session: Session,
    actor: Actor,
    tokens: Tokens,
    *,
    problems: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
    status: int = 200,
    **shown: Any,
) -> Response:
    row = look.stored(session)
    measured = [measure(theme, tokens) for theme in THEMES]
    better = tokens
    for theme in THEMES:
        better = nearest(theme, better)
    values = {
        "tokens": tokens,
        "values": asdict(tokens) | (typed or {}),
        "problems": problems or {},
        "measured": measured,
        "better": None if problems or better == tokens else better,
        "better_url": url_for("appearance.index", **asdict(better)),
        "preview_url": url_for("appearance.preview", **asdict(tokens)),
        "seen": change.fingerprint(look.state(row)),
        "logo_key": row.logo_key if row else "",
        "radii": (
            Choice("square", _("Square")),
            Choice("rounded", _("Rounded")),
            Choice("round", _("Very round")),
        ),
        **shown,
    }
    if page.is_htmx():
        return make_response(render_template("partials/look.html", **values, **page.frame()), status)
    frame = settings_frame.frame(session, actor, "utseende")
    return make_response(render_template("pages/appearance.html", **values, **frame), status)

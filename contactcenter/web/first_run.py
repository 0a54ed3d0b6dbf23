"""The first page of a new place: who knows the setup code becomes its first administrator. Gone afterwards."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from contactcenter.db import transaction
from contactcenter.errors import InvalidInput, NotFound, ServiceError, TooMany
from contactcenter.i18n import gettext as _
from contactcenter.queries.shapes import Problem
from contactcenter.services import first_run, passwords, sessions
from contactcenter.web import cookies, door, page
from contactcenter.web.door import public

bp = Blueprint("first_run", __name__)


@bp.get("/kom-igang")
@public
def start() -> ResponseReturnValue:
    """The form."""
    _must_be_open()
    return _page()


@bp.post("/kom-igang")
@public
def start_post() -> ResponseReturnValue:
    """Make the first administrator and sign them in."""
    door.check_origin()
    door.check_form_token()
    _must_be_open()
    form, peer = request.form, request.remote_addr or ""
    login = form.get("login", "").strip().lower()
    try:
        _check_code(form.get("code", ""), peer)
        if not form.get("name", "").strip():
            raise InvalidInput(_("Write your name."), field="name")
        passwords.check_new_password(form.get("new", ""), login)
        hashed = passwords.hash_password(form["new"])
        with transaction() as session:
            token = first_run.begin(session, login, form["name"].strip()[:200], hashed, peer)
    except NotFound:
        raise
    except ServiceError as error:
        return _page(Problem(title=error.text), str(error.data.get("field", "")), error.status)
    return cookies.with_session(make_response(redirect(url_for("tickets.queue"), 303)), token)


def _must_be_open() -> None:
    with transaction(read_only=True) as session:
        if not first_run.is_open(session):
            raise NotFound()


def _check_code(given: str, peer: str) -> None:
    """Guesses are counted before they are looked at; a right one is not."""
    with transaction() as session:
        sessions.begin_attempt(session, first_run.ATTEMPT, peer, first_run.ATTEMPT)
    if not first_run.is_code(given):
        raise InvalidInput(_("That is not the setup code. It is on the last lines that the service has printed."),
                           field="code")  # fmt: skip
    with transaction() as session:
        sessions.forgive(session, first_run.ATTEMPT, peer, first_run.ATTEMPT)


def _page(problem: Problem | None = None, field: str = "", status: int = 200) -> ResponseReturnValue:
    typed = {name: request.form.get(name, "") for name in ("code", "name", "login")}
    shown = {"problem": problem, "wrong": field, "typed": typed, "minimum": passwords.MIN_LENGTH}
    response = make_response(render_template("pages/first_run.html", **shown, **page.frame()), status)
    if status == TooMany.status:
        response.headers["Retry-After"] = "60"
    return cookies.with_form_cookie(response)

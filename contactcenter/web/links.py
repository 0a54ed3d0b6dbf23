"""The page behind a link to choose a password. Looking at it uses nothing; what no longer works looks like nothing."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from contactcenter.db import transaction
from contactcenter.errors import InvalidInput, NotFound
from contactcenter.queries.shapes import Problem
from contactcenter.services import links, passwords
from contactcenter.web import cookies, door, page
from contactcenter.web.door import public

bp = Blueprint("links", __name__)


@bp.get("/valj-losenord/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    """The form, whether or not the link is opened by a program that reads mail before people do."""
    try:
        return _form(token, _login(token))
    except NotFound:
        return _ended()


@bp.post("/valj-losenord/<token>")
@public
def choose(token: str) -> ResponseReturnValue:
    """Use the link: the password is chosen, and its owner signed in."""
    door.check_origin(hidden=True)
    door.check_form_token()
    new = request.form.get("new", "")
    try:
        login = _login(token)
        passwords.check_new_password(new, login)
        hashed = passwords.hash_password(new)
        with transaction() as session:
            begun = links.use(session, token, hashed, request.remote_addr or "")
    except NotFound:
        return _ended()
    except InvalidInput as error:
        return _form(token, login, Problem(title=error.text), 422)
    return _alone(cookies.with_session(make_response(redirect(url_for("tickets.queue"), 303)), begun))


def _login(token: str) -> str:
    with transaction(read_only=True) as session:
        return links.find(session, token).agent.login


def _form(token: str, login: str, problem: Problem | None = None, status: int = 200) -> Response:
    shown = {"token": token, "login": login, "problem": problem, "minimum": passwords.MIN_LENGTH}
    response = make_response(render_template("pages/choose_password.html", **shown, **page.frame()), status)
    return _alone(cookies.with_form_cookie(response))


def _ended() -> Response:
    """Used, run out or never made: the same answer."""
    return _alone(make_response(render_template("pages/link_ended.html", **page.frame()), 404))


def _alone(response: Response) -> Response:
    """The address is a secret: no other page is told of it."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response

"""Signing in and out, one's own password and settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from contactcenter import runtime
from contactcenter.access import Actor, Permission
from contactcenter.db import transaction
from contactcenter.errors import InvalidInput, NotSignedIn, ServiceError, TooMany
from contactcenter.i18n import gettext as _
from contactcenter.model import Agent
from contactcenter.queries.shapes import Problem
from contactcenter.services import audit, demo_data, first_run, passwords, sessions
from contactcenter.web import cookies, door, page
from contactcenter.web.door import public, reads, writes

bp = Blueprint("account", __name__)
DEMO_LOGINS = ("sara@ekhamra.example", "amir@ekhamra.example", "ingrid@ekhamra.example", "admin@ekhamra.example")


@bp.get("/logga-in")
@public
def login() -> ResponseReturnValue:
    """The sign-in page; who is signed in already goes on."""
    with transaction(read_only=True) as session:
        try:
            door.sign_in(session)
        except NotSignedIn:
            if first_run.is_open(session):
                return redirect(url_for("first_run.start"))
            return _login_page()
    return redirect(_next(request.args.get("next", "")))


@bp.post("/logga-in")
@public
def login_post() -> ResponseReturnValue:
    """Sign in. A wrong name and a wrong password look the same and take the same time."""
    door.check_origin()
    relogin = request.headers.get("X-Relogin") == "1"
    if not relogin:
        door.check_form_token()
    name, password = request.form.get("login", ""), request.form.get("password", "")
    peer = request.remote_addr or ""
    try:
        token = _try(name.strip().lower(), password, peer)
    except ServiceError as error:
        status = error.status if isinstance(error, TooMany) else 401
        problem = Problem(title=error.text)
        refusal = page.problem_part(problem, status) if relogin else _login_page(problem, status)
        if isinstance(error, TooMany):
            refusal.headers["Retry-After"] = str(error.data["retry_after"])
        return refusal
    response = make_response("", 204) if relogin else redirect(_next(request.form.get("next", "")), 303)
    return cookies.with_session(make_response(response), token)


def _try(name: str, password: str, peer: str) -> str:
    """Count the attempt, then check the password outside any transaction, then begin the session."""
    with transaction() as session:
        agent = sessions.find_agent(session, name)
        stored = agent.password_hash if agent else ""
        sessions.begin_attempt(session, name, peer)
    if not passwords.verify_password(stored, password[: passwords.MAX_LENGTH + 1]) or agent is None:
        with transaction() as session:
            audit.on_account(session, None, "login_failed", peer)
        raise NotSignedIn(_("The username or the password is not right. Try again."))
    with transaction() as session:
        return sessions.start(session, agent, peer)


def _login_page(problem: Problem | None = None, status: int = 200) -> Response:
    typed = request.form.get("login", "")
    asked = request.values.get("next", "")
    response = make_response(
        render_template(
            "pages/login.html",
            problem=problem,
            login=typed,
            next=asked if _next(asked) == asked else "",
            demo_logins=_demo_logins(),
            demo_password=demo_data.PASSWORD,
            **page.frame(),
        ),
        status,
    )
    return cookies.with_form_cookie(response)


def _demo_logins() -> list[tuple[str, str]]:
    if not demo_data.is_shown(runtime.current().data):
        return []
    roles = (_("Community guide"), _("Community guide, Arabic"), _("Supervisor"), _("Administrator"))
    return list(zip(DEMO_LOGINS, roles, strict=True))


def _next(asked: str) -> str:
    """Where to go after signing in: only a path of ours."""
    parts = urlsplit(asked)
    safe = asked.startswith("/") and not asked.startswith(("//", "/\\")) and not parts.netloc and "\\" not in asked
    return asked if safe and len(asked) < 2000 and asked.isprintable() else url_for("tickets.queue")


@bp.post("/logga-ut")
@public
def logout() -> ResponseReturnValue:
    """Sign out this browser and let it forget what it kept."""
    door.check_origin()
    door.check_form_token()
    with transaction() as session:
        sessions.end(session, door.session_token())
    response = make_response(redirect(url_for("account.login"), 303))
    response.delete_cookie(sessions.cookie_name(runtime.current().settings), path="/", secure=door.is_secure())
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@bp.get("/konto/losenord")
@reads(Permission.READ)
def password(session: Session, actor: Actor) -> ResponseReturnValue:
    """The page to change one's own password."""
    return _password_page(session, actor)


@dataclass(frozen=True, slots=True)
class _Checked:
    """A wish for a new password: the hash it was compared with, and the new one or what is wrong."""

    stored: str
    new_hash: str = ""
    problem: str = ""


def _check_passwords(session: Session, actor: Actor) -> Callable[[], _Checked]:
    agent = session.get_one(Agent, actor.agent_id)
    sessions.check_throttle(session, agent.login, "", sessions.PASSWORD_CHANGE)
    stored, login = agent.password_hash, agent.login
    current, new = request.form.get("current", ""), request.form.get("new", "")

    def checked() -> _Checked:
        if not passwords.verify_password(stored, current[: passwords.MAX_LENGTH + 1]):
            return _Checked(stored)
        try:
            passwords.check_new_password(new, login)
        except InvalidInput as error:
            return _Checked(stored, problem=error.text)
        return _Checked(stored, passwords.hash_password(new))

    return checked


@bp.post("/konto/losenord")
@writes(Permission.READ, prepare=_check_passwords)
def password_post(session: Session, actor: Actor, prepared: _Checked) -> ResponseReturnValue:
    """Change one's own password; all other browsers are signed out."""
    agent = session.get_one(Agent, actor.agent_id)
    if prepared.problem:
        return _password_page(session, actor, problem=Problem(title=prepared.problem), code=422)
    if not prepared.new_hash or agent.password_hash != prepared.stored:
        sessions.begin_attempt(session, agent.login, "", sessions.PASSWORD_CHANGE)
        wrong = Problem(title=_("The current password is not right."))
        return _password_page(session, actor, problem=wrong, code=422)
    sessions.change_password(session, agent, prepared.new_hash, door.session_token())
    return _password_page(session, actor, done=True)


def _password_page(session: Session, actor: Actor, *, code: int = 200, **shown: Any) -> Response:
    frame = page.staff_frame(session, actor)
    text = render_template("pages/password.html", minimum=passwords.MIN_LENGTH, listing=None, **shown, **frame)
    return make_response(text, code)


@bp.post("/konto/val")
@writes(Permission.READ)
def preferences(session: Session, actor: Actor) -> ResponseReturnValue:
    """One's own colours, density, language and shortcuts."""
    agent = session.get_one(Agent, actor.agent_id)
    form = request.form
    chosen = {
        "theme": ("", "light", "dark"),
        "density": ("", "dense"),
        "locale": ("sv", "en"),
    }
    for name, allowed in chosen.items():
        if form.get(name, "") not in allowed:
            raise InvalidInput(_("That setting cannot be chosen."), field=name)
        setattr(agent, name, form[name] if name in form else getattr(agent, name))
    agent.shortcuts = form.get("shortcuts") == "1"
    return redirect(_next(urlsplit(request.referrer or "").path), 303)

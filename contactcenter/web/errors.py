"""Every error as something that helps: a page, a part of a page or JSON, with what to do and a reference."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flask import Flask, Response, jsonify, make_response, redirect, render_template, request, url_for
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException

from contactcenter import logs
from contactcenter.blobs import StoreFull
from contactcenter.errors import Busy, Conflict, NotAllowed, NotSignedIn, ServiceError, TooMany
from contactcenter.i18n import gettext as _
from contactcenter.queries import shapes
from contactcenter.web import page

log = logs.get_logger(__name__)


def register(app: Flask, elsewhere: Mapping[str, Callable[[Exception], Response]]) -> None:
    """Let the application answer errors this way; below the paths in `elsewhere` they are answered there."""
    pages: dict[type[Exception], Callable[[Any], Response]] = {
        ServiceError: service_error,
        HTTPException: http_error,
        OperationalError: database_away,
        DataError: unstorable,
        StoreFull: disk_full,
        Exception: unexpected,
    }
    for kind, answer in pages.items():
        app.register_error_handler(kind, _by_path(answer, elsewhere))


def _by_path(
    page_answer: Callable[[Any], Response], elsewhere: Mapping[str, Callable[[Exception], Response]]
) -> Callable[[Exception], Response]:
    def answer(error: Exception) -> Response:
        for prefix, other in elsewhere.items():
            if request.path.startswith(prefix):
                return other(error)
        return page_answer(error)

    return answer


def service_error(error: ServiceError) -> Response:
    """An error that the service foresaw."""
    if isinstance(error, NotSignedIn):
        return _sign_in()
    if isinstance(error, Conflict) and page.is_htmx():
        conflict = shapes.Conflict(text=error.text)
        return make_response(render_template("partials/conflict.html", conflict=conflict, **page.frame()), 409)
    problem = replace(_problem(error.status, error.text), field=str(error.data.get("field", "")))
    response = _answer(problem, error.status, error.code)
    if isinstance(error, TooMany | Busy):
        response.headers["Retry-After"] = str(error.data.get("retry_after", 60))
    return response


def _sign_in() -> Response:
    """A script gets 401 and opens the sign-in over the page, so that nothing typed is lost; a browser is sent there."""
    if page.is_htmx() or request.method != "GET" or _wants_json():
        response = _answer(shapes.Problem(title=_("You have been signed out. Sign in again.")), 401, "not_signed_in")
        response.headers["X-Login"] = "1"
        return response
    return make_response(redirect(url_for("account.login", next=request.full_path.rstrip("?")), 303))


def http_error(error: HTTPException) -> Response:
    """An error of the protocol: no such page, no such method, too large."""
    status = error.code or 500
    return _answer(_problem(status, ""), status, error.name.lower().replace(" ", "_"))


def database_away(error: OperationalError) -> Response:
    """The database does not answer: nothing was changed, and it will work again."""
    reference = secrets.token_hex(4)
    log.error("database_away", reference=reference, error=str(error.orig))
    problem = shapes.Problem(
        title=_("The database does not answer right now"),
        text=_("Nothing has been changed. What you wrote is still in your browser."),
        todo=_("Wait a moment and try again."),
        reference=reference,
    )
    response = _answer(problem, 503, "database_away")
    response.headers["Retry-After"] = "5"
    return response


def unstorable(error: DataError) -> Response:
    """Something that was sent is no text or number that the database knows (NUL on PostgreSQL, endless numbers)."""
    return _answer(_problem(422, ""), 422, "invalid_input")


def disk_full(error: StoreFull) -> Response:
    """There is no room for a file: nothing was changed, and whoever runs the service must make room."""
    log.error("disk_full", error=str(error))
    problem = shapes.Problem(
        title=_("There is no room for more files right now"),
        text=_("Nothing has been changed. What you wrote is still in your browser."),
        todo=_("Tell whoever runs the service, and send without the file meanwhile."),
    )
    response = _answer(problem, 503, "disk_full")
    response.headers["Retry-After"] = "60"
    return response


def unexpected(error: Exception) -> Response:
    """A fault of ours: logged with the reference that the page shows."""
    reference = secrets.token_hex(4)
    log.exception("unexpected_error", reference=reference, route=request.endpoint)
    problem = shapes.Problem(
        title=_("Something went wrong here"),
        text=_("It is not your fault, and nothing you wrote is lost."),
        todo=_("Try again. If it happens again, tell whoever helps you the reference."),
        reference=reference,
    )
    return _answer(problem, 500, "unexpected")


def _problem(status: int, text: str) -> shapes.Problem:
    titles = {
        400: _("That could not be understood"),
        403: NotAllowed(text).text or _("You may not do that"),
        404: _("There is nothing here"),
        405: _("That cannot be done this way"),
        409: _("Somebody was faster"),
        413: _("That is too large"),
        422: _("That cannot be saved yet"),
        429: _("Too many attempts"),
    }
    todo = {
        404: _("The ticket may have been moved, or the address is not right."),
        403: _("Ask a supervisor if you need to."),
    }.get(status, "")
    title = titles.get(status, _("Something went wrong here"))
    return shapes.Problem(title=title, text="" if text == title else text, todo=todo)


def _wants_json() -> bool:
    best = request.accept_mimetypes.best_match(("text/html", "application/json"), default="text/html")
    return request.is_json or best == "application/json"


def _answer(problem: shapes.Problem, status: int, code: str) -> Response:
    if page.is_htmx():
        return page.problem_part(problem, status)
    if _wants_json():
        return make_response(jsonify(code=code, title=problem.title, text=problem.text or problem.todo), status)
    return make_response(render_template("pages/error.html", problem=problem, **page.frame()), status)

"""The cookies that a browser is given: of its session, and of the forms it fills in before it has one."""

from __future__ import annotations

from flask import Response, g, request

from contactcenter import runtime
from contactcenter.services import sessions
from contactcenter.web import door


def with_form_cookie(response: Response) -> Response:
    """Let the browser keep what the token of its forms was made from, if it was made now."""
    made = getattr(g, "form_cookie", "")
    if made and request.cookies.get(door.FORM_COOKIE) != made:
        _set(response, door.FORM_COOKIE, made)
    return response


def with_session(response: Response, token: str) -> Response:
    """Let the browser be signed in, and tell a script the token of its next forms."""
    here = runtime.current()
    _set(response, sessions.cookie_name(here.settings), token)
    response.headers["X-CSRF"] = here.keys.form.mac_text(f"session:{token}")
    return response


def _set(response: Response, name: str, value: str) -> None:
    response.set_cookie(name, value, path="/", secure=door.is_secure(), httponly=True, samesite="Lax")

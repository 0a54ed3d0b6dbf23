"""Headers on every answer (ASVS 5.0 chapter 3): a strict policy, nothing cached that is personal, no way elsewhere."""

from __future__ import annotations

from flask import Response, request
from werkzeug.exceptions import NotFound
from werkzeug.routing import RequestRedirect

from contactcenter.web import door

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "manifest-src 'self'"
)
FOR_EVER = "public, max-age=31536000, immutable"


def lead_nowhere() -> None:
    """An address that is almost one of ours is none.

    Routing would lead on from it (`/a//b`) to an address made with the host that the request names, which anybody can
    choose.

    Raises:
        NotFound: it is such an address.
    """
    if isinstance(request.routing_exception, RequestRedirect):
        raise NotFound()


def protect(response: Response) -> Response:
    """Set what a view has not set itself."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if request.path.startswith("/static/dist/"):
        headers["Cache-Control"] = FOR_EVER
    elif headers.get("Cache-Control") != FOR_EVER:
        headers["Cache-Control"] = "no-store"
    if door.is_secure():
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response

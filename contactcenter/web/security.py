"""Headers on every answer (ASVS 5.0 chapter 3): a strict policy, nothing cached that is personal."""

from __future__ import annotations

from flask import Response, request

from contactcenter.web import door

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "manifest-src 'self'"
)
FOR_EVER = "public, max-age=31536000, immutable"


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

"""Every error as a problem that a program can read: `application/problem+json` (RFC 9457)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, cast

from flask import Response
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException

from contactcenter import logs
from contactcenter.blobs import StoreFull
from contactcenter.errors import Busy, InvalidInput, NotSignedIn, Risky, ServiceError, TooMany

log = logs.get_logger(__name__)
Wrong = Mapping[str, str]


class BadRequest(InvalidInput):
    """The request cannot be read; `wrong` says for each field (a JSON pointer, or `query.name`) why."""

    def __init__(self, text: str, wrong: Sequence[Wrong] = (), status: int = 422) -> None:
        super().__init__(text)
        self.wrong = tuple(wrong)
        self.status = status


def wrong(place: str, text: str) -> Wrong:
    """What is wrong with one field."""
    return {"field": place, "text": text}


def answer(error: Exception) -> Response:
    """The problem that `error` is."""
    if isinstance(error, ServiceError):
        return _foreseen(error)
    if isinstance(error, HTTPException):
        return _protocol(error)
    if isinstance(error, OperationalError):
        return _away("database_away", "The database does not answer right now. Nothing was changed; try again.", error)
    if isinstance(error, StoreFull):
        return _away("disk_full", "There is no room for more files right now. Nothing was changed.", error)
    if isinstance(error, DataError):
        return problem(422, "invalid_input", "Something that was sent is no text or number that can be stored.")
    reference = secrets.token_hex(4)
    log.error("unexpected_error", reference=reference, exc_info=error)
    return problem(500, "unexpected", f"Something went wrong here. Reference: {reference}.")


def problem(status: int, code: str, detail: str, **more: Any) -> Response:
    """The answer itself; `code` is stable, `detail` is a sentence."""
    body = {"type": "about:blank", "title": code.replace("_", " "), "status": status, "code": code, "detail": detail}
    response = Response(json.dumps({**body, **more}, ensure_ascii=False), status)
    response.content_type = "application/problem+json"
    return response


def _foreseen(error: ServiceError) -> Response:
    if isinstance(error, NotSignedIn):
        response = problem(401, error.code, "Send a living token: `Authorization: Bearer cc_…`.")
        response.headers["WWW-Authenticate"] = "Bearer"
        return response
    field = error.data.get("field")
    fields = list(error.wrong) if isinstance(error, BadRequest) else [wrong(str(field), error.text)] * bool(field)
    told = error.text or error.code.replace("_", " ").capitalize() + "."
    if isinstance(error, Risky):
        risks = ", ".join(cast(tuple[str, ...], error.data["risks"]))
        told = f'This is better not sent by mail: {risks}. Say `"sure": true` to send it all the same.'
    response = problem(error.status, error.code, told, **({"errors": fields} if fields else {}))
    if isinstance(error, TooMany | Busy):
        response.headers["Retry-After"] = str(error.data.get("retry_after", 60))
    return response


def _protocol(error: HTTPException) -> Response:
    status = error.code or 500
    details = {404: "There is nothing at this address.", 405: "That method is not for this address."}
    details |= {413: "That is larger than the limit."}
    response = problem(status, error.name.lower().replace(" ", "_"), details.get(status, error.description or ""))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _away(code: str, text: str, error: Exception) -> Response:
    reference = secrets.token_hex(4)
    log.error(code, reference=reference, error=str(getattr(error, "orig", error)))
    response = problem(503, code, f"{text} Reference: {reference}.")
    response.headers["Retry-After"] = "5"
    return response

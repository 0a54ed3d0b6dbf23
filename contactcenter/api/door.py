"""The door of every operation: whose token is it, may it, is what it sends right; then one transaction around it.

An operation declares everything here, once: the address, what it needs, what it takes and what it gives. The routes and
the OpenAPI document are made from that.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from flask import Blueprint, Response, g, request
from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from contactcenter.access import Actor, Permission, actor_for, get_ticket
from contactcenter.api import strict_json
from contactcenter.api.problems import BadRequest, wrong
from contactcenter.api.shapes import NothingAsked
from contactcenter.db import WriteNeeded, transaction
from contactcenter.errors import InvalidInput, NotAllowed
from contactcenter.model import ApiToken
from contactcenter.services import requests, tokens
from contactcenter.services.tokens import Scope

PREFIX = "/api/v1"
KEY_HEADER = "Idempotency-Key"
MOST_KEY = 255

bp = Blueprint("api", __name__, url_prefix=PREFIX)
View = Callable[..., BaseModel]
Prepare = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that programs can do. `takes` is the body of a write or the query of a read; `gives` is the answer."""

    method: str
    path: str
    name: str
    summary: str
    permission: Permission
    takes: type[BaseModel]
    gives: type[BaseModel]
    status: int = 200

    @property
    def writes(self) -> bool:
        """Whether it changes something."""
        return self.method != "GET"

    @property
    def scope(self) -> Scope:
        """What the token must be for."""
        return Scope.WRITE if self.writes else Scope.READ


OPERATIONS: list[Operation] = []


def reads(path: str, gives: type[BaseModel], takes: type[BaseModel] = NothingAsked) -> Callable[[View], View]:
    """An operation `(session, actor, asked, …)` that changes nothing; its docstring begins with the summary."""
    return _operation("GET", path, Permission.READ, gives, takes, 200, None)


def writes(
    path: str,
    permission: Permission,
    gives: type[BaseModel],
    takes: type[BaseModel],
    *,
    status: int = 200,
    prepare: Prepare | None = None,
) -> Callable[[View], View]:
    """An operation that changes something. `prepare(asked)` is what takes long and needs no lock (storing files); what
    it returns is the view's `prepared`.
    """
    return _operation("POST", path, permission, gives, takes, status, prepare)


def _operation(
    method: str,
    path: str,
    permission: Permission,
    gives: type[BaseModel],
    takes: type[BaseModel],
    status: int,
    prepare: Prepare | None,
) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        summary = (view.__doc__ or "").partition("\n")[0]
        made = Operation(method, path, view.__name__, summary, permission, takes, gives, status)
        OPERATIONS.append(made)

        @functools.wraps(view)
        def wrapper(**arguments: Any) -> Response:
            g.locale = "en"
            if not made.writes:
                return _read(made, view, arguments)
            return _write(made, view, arguments, prepare)

        wrapper.permission = permission  # type: ignore[attr-defined]
        wrapper.writing = made.writes  # type: ignore[attr-defined]
        bp.add_url_rule(path, view.__name__, wrapper, methods=[method])
        return view

    return decorate


def _read(made: Operation, view: View, arguments: Mapping[str, Any]) -> Response:
    def run(session: Session) -> BaseModel:
        actor = _actor(session, made)[1]
        return view(session, actor, asked_in_query(made.takes), **arguments)

    try:
        with transaction(read_only=True) as session:
            return _answer(run(session), made.status)
    except WriteNeeded:
        with transaction() as session:
            return _answer(run(session), made.status)


def _write(made: Operation, view: View, arguments: Mapping[str, Any], prepare: Prepare | None) -> Response:
    with transaction(read_only=True) as session:
        _actor(session, made)
    asked = asked_in_body(made.takes)
    more = {} if prepare is None else {"prepared": prepare(asked)}
    with transaction() as session:
        token, actor = _actor(session, made)
        tokens.touch(session, token.id)
        key = _key()
        before = requests.begin(session, token.id, key, _fingerprint()) if key else None
        if before is not None:
            if "number" in arguments:  # seen then, and now; what it delivered itself it may always hear of again
                get_ticket(session, actor, arguments["number"])
            return _told_before(before)
        answer = view(session, actor, asked, **arguments, **more)
        session.flush()
        if key:
            requests.finish(session, token.id, key, made.status, answer.model_dump(mode="json"))
        return _answer(answer, made.status)


def _actor(session: Session, made: Operation) -> tuple[ApiToken, Actor]:
    """Whose token it is, with the agent's rights of this moment.

    Raises:
        NotSignedIn: there is no living token in the `Authorization` header; nowhere else is one looked for.
        NotAllowed: the token is not for this, or its agent may not.
    """
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    row = tokens.find(session, token.strip() if kind.lower() == "bearer" else "")
    if made.scope not in row.scopes:
        raise NotAllowed(f"The token is not for that: it needs the scope `{made.scope}`.")
    actor = actor_for(session, row.agent)
    if not actor.may(made.permission):
        raise NotAllowed("The token's agent may not do that.")
    return row, actor


def _key() -> str:
    key = request.headers.get(KEY_HEADER, "").strip()
    if len(key) > MOST_KEY or not key.isascii() or not key.isprintable():
        raise BadRequest("A key has at most 255 printable ASCII characters.", [wrong(KEY_HEADER, "is no key")])
    return key


def _fingerprint() -> str:
    told = b"\0".join((request.method.encode(), request.path.encode(), request.get_data(cache=True)))
    return hashlib.sha256(told).hexdigest()


def _answer(answer: BaseModel, status: int) -> Response:
    return Response(answer.model_dump_json(), status, content_type="application/json")


def _told_before(before: requests.Before) -> Response:
    response = Response(json.dumps(before.answer, ensure_ascii=False), before.status, content_type="application/json")
    response.headers["Idempotent-Replayed"] = "true"
    return response


def asked_in_query(takes: type[BaseModel]) -> BaseModel:
    """The query as a value.

    Raises:
        BadRequest: a parameter is unknown, given twice, or wrong.
    """
    twice = [name for name, values in request.args.lists() if len(values) > 1]
    if twice:
        raise BadRequest("A parameter was given twice.", [wrong(f"query.{name}", "was given twice") for name in twice])
    try:
        return takes.model_validate(request.args.to_dict())
    except ValidationError as error:
        _refuse(error, "query.")


def asked_in_body(takes: type[BaseModel]) -> BaseModel:
    """The body as a value.

    Raises:
        BadRequest: it is no JSON, holds a name twice, or a field is unknown, missing or wrong.
    """
    body = request.get_data(cache=True) or b"{}"
    if request.content_length and request.mimetype != "application/json":
        raise BadRequest("Send JSON, with `Content-Type: application/json`.", status=415)
    strict_json.check(body)
    try:
        return takes.model_validate_json(body)
    except ValidationError as error:
        _refuse(error, "")


def _refuse(error: ValidationError, prefix: str) -> NoReturn:
    found = []
    for one in error.errors(include_url=False, include_input=False, include_context=False)[:20]:
        place = prefix + "/".join(str(part)[:100] for part in one["loc"])
        found.append(wrong(place, one["msg"]))
    raise BadRequest("Something in the request is not right; `errors` says what.", found)


def not_found(field_name: str, text: str) -> InvalidInput:
    """A slug or login that is not known."""
    return BadRequest(text, [wrong(field_name, text)])

"""The OpenAPI 3.1 document, made from the operations and their models: what is not declared is not offered."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from flask import Response, jsonify
from pydantic.json_schema import models_json_schema

from channels.webhook import signature
from contactcenter import __version__
from contactcenter.api import organisation, tickets
from contactcenter.api.door import KEY_HEADER, MOST_KEY, OPERATIONS, PREFIX, Operation, bp
from contactcenter.api.shapes import NothingAsked, WebhookEvent
from contactcenter.services import webhooks

MODULES = (organisation, tickets)
"""They declare the operations; importing them is what fills the list."""

_REF = "#/components/schemas/{model}"
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; for programs."},
        "detail": {"type": "string", "description": "A sentence, for people."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "text"],
                "properties": {"field": {"type": "string"}, "text": {"type": "string"}},
            },
        },
    },
}
_ABOUT = ("description", "title")
_ALWAYS = {"401": "No living token.", "403": "The token or its agent may not.", "503": "Try again in a moment."}
_SOMETIMES = {"404": "No such ticket, or none that the agent may know of.", "409": "Somebody was faster."}
_ASKED = {"422": "Something in the request is not right."}
_BODY = {"400": "No JSON.", "413": "Too large.", "415": "Not `application/json`.", **_ASKED}


@bp.get("/openapi.json")
def document() -> Response:
    """This document; it says nothing about any ticket, so anybody may read it."""
    response = jsonify(openapi())
    response.headers["Cache-Control"] = "no-cache"
    return response


document.permission = "public"  # type: ignore[attr-defined]


@cache
def openapi() -> dict[str, Any]:
    """The document as a value."""
    taken, given = {made.takes for made in OPERATIONS}, {made.gives for made in OPERATIONS}
    used = sorted(taken | given | {WebhookEvent}, key=lambda model: model.__name__)
    _map, schemas = models_json_schema(
        [(model, "validation" if model in taken else "serialization") for model in used], ref_template=_REF
    )
    paths: dict[str, Any] = {}
    for made in OPERATIONS:
        paths.setdefault(_path(made), {})[made.method.lower()] = _operation(made, schemas["$defs"])
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Contact center",
            "version": __version__,
            "description": "Tickets of the municipality's contact center. Every answer holds what the token's agent "
            "may see at the moment, and nothing else; what may not be seen looks like what does not exist.",
        },
        "servers": [{"url": PREFIX}],
        "security": [{"token": []}],
        "paths": paths,
        "webhooks": {name: {"post": _webhook(name, text)} for name, text in webhooks.TYPES.items()},
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {**schemas["$defs"], "Problem": _PROBLEM},
        },
    }


_SIGNED = {
    signature.ID_HEADER: "The event's id, the same at every attempt: who has seen it answers 2xx and does nothing.",
    signature.TIME_HEADER: "When this attempt was made, in seconds since 1970. Refuse what is older than five minutes.",
    signature.SIGNATURE_HEADER: "`v1=` and the hexadecimal HMAC-SHA256, with the webhook's secret, of the timestamp, a "
    "full stop and the body as it came. While the secret is changed there are two, separated by a comma.",
}


def _webhook(name: str, text: str) -> dict[str, Any]:
    return {
        "operationId": name.replace(".", "_"),
        "summary": text,
        "security": [],
        "parameters": [
            {"name": header, "in": "header", "required": True, "description": about, "schema": {"type": "string"}}
            for header, about in _SIGNED.items()
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": _ref("WebhookEvent")}}},
        "responses": {
            "2XX": {"description": "Seen. Anything else is tried again for a day."},
            "410": {"description": "No more calls, please: the webhook is paused."},
        },
    }


def _path(made: Operation) -> str:
    return re.sub(r"<int:(\w+)>", r"{\1}", made.path)


def _operation(made: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": made.name,
        "summary": made.summary,
        "description": f"Needs a token with the scope `{made.scope}`.",
        "responses": _responses(made),
    }
    parameters = _in_path(made) + (_key() if made.writes else _in_query(made, schemas))
    if parameters:
        told["parameters"] = parameters
    if made.writes:
        told["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(made.takes.__name__)}}}
    return told


def _responses(made: Operation) -> dict[str, Any]:
    good = {"description": "Done.", "content": {"application/json": {"schema": _ref(made.gives.__name__)}}}
    problems = _ALWAYS | (_BODY if made.writes else _ASKED if made.takes is not NothingAsked else {})
    if "<int:number>" in made.path:
        problems |= _SOMETIMES if made.writes else {"404": _SOMETIMES["404"]}
    if made.takes is NothingAsked:
        problems |= _ASKED
    bad = {
        status: {"description": text, "content": {"application/problem+json": {"schema": _ref("Problem")}}}
        for status, text in problems.items()
    }
    return {str(made.status): good, **dict(sorted(bad.items()))}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": _REF.format(model=name)}


def _in_path(made: Operation) -> list[dict[str, Any]]:
    schema = {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}
    return [
        {"name": name, "in": "path", "required": True, "schema": schema}
        for name in re.findall(r"<int:(\w+)>", made.path)
    ]


def _in_query(made: Operation, schemas: dict[str, Any]) -> list[dict[str, Any]]:
    fields = schemas[made.takes.__name__].get("properties", {})
    return [
        {
            "name": name,
            "in": "query",
            "required": False,
            "description": schema.get("description", ""),
            "schema": _without_null(
                {key: value for key, value in schema.items() if key not in ("description", "title")}
            ),
        }
        for name, schema in fields.items()
    ]


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter that may be left out is never null."""
    options = [option for option in schema.get("anyOf", []) if option.get("type") != "null"]
    if not options:
        return schema
    return options[0] if len(options) == 1 else {"anyOf": options}


def _key() -> list[dict[str, Any]]:
    text = "The same key with the same request does its work once; with another one it is 422."
    schema = {"type": "string", "minLength": 1, "maxLength": MOST_KEY, "pattern": "^[!-~]+$"}
    return [{"name": KEY_HEADER, "in": "header", "required": False, "description": text, "schema": schema}]

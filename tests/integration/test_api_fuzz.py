"""The API held against its own document: whatever is sent, the answer is one that the document tells of."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from contactcenter.api import openapi
from contactcenter.model import Agent
from contactcenter.services import tokens
from contactcenter.services.tokens import Scope
from tests.integration.conftest import Begin
from tests.integration.mailroom import arrive, mail
from tests.integration.people import Organisation

EXAMPLES = 20
ROUNDS = 4
"""Hypothesis also takes words from whatever of ours is loaded, so that the same seed need not ask the same again."""
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
OPERATIONS = [(method, path) for path, methods in openapi.openapi()["paths"].items() for method in methods]


@pytest.mark.slow
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_answer_is_one_of_those_that_are_told(
    app: Flask, begin: Begin, organisation: Organisation, method: str, path: str, mode: GenerationMode
) -> None:
    with begin() as session:
        token = tokens.add(session, "Prov", tuple(Scope), session.get_one(Agent, organisation.bob.id))
    number = arrive(begin, mail("Får jag bygga en altan?"))
    known = {"Authorization": f"Bearer {token}"}
    operation = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)[path][method.upper()]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case[Any]) -> None:
        if case.path_parameters and "number" in case.path_parameters and next(turn) % 2:
            case.path_parameters["number"] = number
        statuses.add(case.call_and_validate(headers=known, checks=CHECKS).status_code)

    statuses: set[int] = set()
    turn = itertools.count()
    never_right = mode is GenerationMode.NEGATIVE or path.endswith(("/reopen", "/topic"))
    for round_ in range(ROUNDS):
        seed(round_)(ask)()
        if never_right or {200, 201} & statuses:
            return
    raise AssertionError("nothing was right")

"""`contactcenter route`: decides messages without storing anything, one JSON object a line in, one a line out."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from channels.language import detect
from contactcenter.demo import organisation as example
from contactcenter.errors import StartError
from contactcenter.services.organisation import read
from contactcenter.settings import Settings
from routing.decide import Router
from routing.facts import Decision, TicketFacts
from workers.process import existing_app, has_database, unit_of_work

KEYS = ("channel", "from", "body")
TOLD = ("code", "text", "matched", "used")


class BadLine(ValueError):
    """A line that is no message; the text says why."""


def route(settings: Settings, data: Path, file: str) -> int:
    """Decide every line of `file` (`-`: standard input). Gives 1 when a line was bad, else 0.

    Raises:
        StartError: the file cannot be read.
    """
    router = _router(settings, data)
    good = True
    with _opened(file) as lines:
        for answer in answers(router, lines):
            good = good and "error" not in answer
            try:
                print(json.dumps(answer, ensure_ascii=False), flush=True)
            except BrokenPipeError:
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read it has seen enough
                break
    return 0 if good else 1


def answers(router: Router, lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """A decision for each line, or `{"error": …}` in its place."""
    for line in lines:
        try:
            yield told(router.decide(facts_of(line)))
        except BadLine as error:
            yield {"error": str(error)}


def facts_of(line: bytes) -> TicketFacts:
    """One line as facts.

    Raises:
        BadLine: it is not JSON, not an object, or a value has the wrong form.
    """
    try:
        said = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadLine(f"not JSON: {error}") from error
    if not isinstance(said, dict):
        raise BadLine("not a JSON object")
    missing = [key for key in KEYS if not isinstance(said.get(key), str)]
    if missing:
        raise BadLine(f"{', '.join(missing)} must be text")
    subject = said.get("subject")
    subject = "" if subject is None else subject
    if not isinstance(subject, str):
        raise BadLine("subject must be text or null")
    return TicketFacts(
        channel=said["channel"],
        sender=said["from"],
        recipients=_recipients(said.get("to")),
        subject=subject,
        body=said["body"],
        language=detect(f"{subject}\n{said['body']}")[0],
    )


def _recipients(to: object) -> tuple[str, ...]:
    given = [] if to is None else [to] if isinstance(to, str) else to
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise BadLine("to must be text, a list of texts, or null")
    return tuple(given)


def told(decision: Decision) -> dict[str, Any]:
    """A decision as it is printed."""
    return {
        "topic": decision.topic,
        "team": decision.team,
        "office": decision.office,
        "priority": decision.priority,
        "sensitive": decision.sensitive,
        "language": decision.language,
        "confidence": round(decision.confidence, 4),
        "rule": decision.rule,
        "reasons": [{key: getattr(reason, key) for key in TOLD} for reason in decision.reasons],
    }


def _router(settings: Settings, data: Path) -> Router:
    """The organisation of the database, or of the example when there is none."""
    if not has_database(settings, data):
        return Router(example.facts())
    with unit_of_work(existing_app(settings, data), read_only=True) as session:
        return read(session).router


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == "-":
        yield sys.stdin.buffer
        return
    with ExitStack() as stack:
        try:
            lines = stack.enter_context(Path(file).open("rb"))
        except OSError as error:
            raise StartError(f"{file} cannot be read: {error.strerror}") from error
        yield lines

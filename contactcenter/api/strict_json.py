"""What a body must be before a model looks at it: JSON that says nothing twice, in an amount that is read in no time.

A model takes a name given twice without a word, and asks its fields of every one of a million values. Text and files
make a body long and cost little; values cost microseconds each, so that they are counted before they are made.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, NoReturn

from contactcenter.api.problems import BadRequest, wrong

MOST_VALUES = 250_000
"""More than the longest text may have commas and brackets: they are counted in texts as well."""
MOST_NAMES = 200
MOST_DIGITS = 100
SHOWN = 20


def check(body: bytes) -> None:
    """Look through a body.

    Raises:
        BadRequest: it is no JSON, gives a name twice, or holds more values, names or digits than any request needs.
    """
    if sum(body.count(mark) for mark in (b",", b"[", b"{")) > MOST_VALUES:
        raise BadRequest("The body holds more values than any request does.")
    try:
        json.loads(body, object_pairs_hook=_once, parse_constant=_no_number, parse_int=_number, parse_float=_number)
    except RecursionError as error:
        raise BadRequest("The JSON is nested too deeply.", status=400) from error
    except UnicodeDecodeError as error:
        raise BadRequest("The body is not UTF-8.", status=400) from error
    except json.JSONDecodeError as error:
        text = f"The body is no JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        raise BadRequest(text, status=400) from error


def _once(pairs: list[tuple[str, Any]]) -> None:
    if len(pairs) > MOST_NAMES:
        raise BadRequest(f"An object has {len(pairs)} names; none has more than {MOST_NAMES}.")
    if len({name for name, _value in pairs}) < len(pairs):
        times = Counter(name for name, _value in pairs)
        twice = [wrong(name[:100], "is given twice") for name in times if times[name] > 1]
        raise BadRequest("A name is given twice in one object.", twice[:SHOWN])


def _number(digits: str) -> None:
    if len(digits) > MOST_DIGITS:
        raise BadRequest(f"A number has {len(digits)} digits; none needs more than {MOST_DIGITS}.")


def _no_number(text: str) -> NoReturn:
    raise BadRequest(f"`{text}` is no number in JSON.", status=400)

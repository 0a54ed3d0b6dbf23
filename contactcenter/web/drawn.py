"""Rows of the queue as they are drawn. Many colleagues look at the same rows at the same time."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from flask import current_app
from jinja2 import Environment
from markupsafe import Markup

from contactcenter.i18n import language
from contactcenter.queries.shapes import Row
from contactcenter.web.assets import asset

ROWS_KEPT = 4096
"""Some megabytes; the oldest go first, and a row that says another time is another row."""


def row(shown: Row) -> Markup:
    """A row in the language of the request. All that it says is in `shown`, so that equal rows are drawn once."""
    return _drawn(shown, language())


@lru_cache(maxsize=ROWS_KEPT)
def _drawn(shown: Row, locale: str) -> Markup:
    return _macro(current_app.jinja_env)(shown)


@lru_cache(maxsize=1)
def _macro(environment: Environment) -> Callable[[Row], Markup]:
    """The template's macro. Its texts are in the language of whoever draws, and it knows nothing else of a request."""
    macro: Callable[[Row], Markup] = environment.get_template("partials/row.html").make_module({"asset": asset}).row  # type: ignore[attr-defined]
    return macro

"""What is drawn once for many: rows and filters of the queue, which colleagues see at the same time, and what never
changes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from flask import current_app
from jinja2 import Environment
from markupsafe import Markup

from contactcenter.i18n import language
from contactcenter.queries.shapes import Filter, Row
from contactcenter.web.assets import asset

ROWS_KEPT = 4096
"""Some megabytes; the oldest go first, and a row that says another time is another row."""
FILTERS_KEPT = 64


def row(shown: Row) -> Markup:
    """A row in the language of the request. All that it says is in `shown`, so that equal rows are drawn once."""
    return _drawn(shown, language())


@lru_cache(maxsize=ROWS_KEPT)
def _drawn(shown: Row, locale: str) -> Markup:
    return _macro(current_app.jinja_env)(shown)


def select(shown: Filter) -> Markup:
    """A filter of the list in the language of the request."""
    return _selected(shown, language())


@lru_cache(maxsize=FILTERS_KEPT)
def _selected(shown: Filter, locale: str) -> Markup:
    return Markup(current_app.jinja_env.get_template("partials/filter.html").render(filter=shown, asset=asset))  # noqa: S704 - a template of ours, which escapes


def still(name: str, shortcuts: bool = True) -> Markup:
    """A partial that says the same on every page: to everybody, or to all who have `shortcuts` or have not."""
    return _still(name, shortcuts, language())


@lru_cache
def _still(name: str, shortcuts: bool, locale: str) -> Markup:
    template = current_app.jinja_env.get_template(name)
    return Markup(template.render(asset=asset, shortcuts=shortcuts))  # noqa: S704 - a template of ours, which escapes


@lru_cache(maxsize=1)
def _macro(environment: Environment) -> Callable[[Row], Markup]:
    """The template's macro. Its texts are in the language of whoever draws, and it knows nothing else of a request."""
    macro: Callable[[Row], Markup] = environment.get_template("partials/row.html").make_module({"asset": asset}).row  # type: ignore[attr-defined]
    return macro

"""Texts in the reader's language, with types: English in the code, Swedish first in the catalogue.

A page says some thousand texts. Which catalogue they come from is found out once for each request.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from gettext import NullTranslations
from typing import TypeVar

import flask_babel
from flask import Flask, g, has_app_context
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

T = TypeVar("T")


def gettext(message: str, **values: object) -> str:
    """`message` in the present language, with `%(name)s` filled in."""
    text = _catalogue().gettext(message)
    return text % values if values else text


def ngettext(singular: str, plural: str, num: int, **values: object) -> str:
    """One of two forms for `num`, which is filled in as `%(num)s`."""
    return _catalogue().ngettext(singular, plural, num) % {"num": num, **values}


def language() -> str:
    """The present language, `sv` or `en`."""
    try:
        known: str | None = g.get("language")
    except RuntimeError:  # no application's context is open; to ask for one first costs as much again
        return "sv"
    if known is None:
        known = g.language = str(flask_babel.get_locale() or "sv")
    return known


def once_a_language(make: Callable[[], T]) -> Callable[[], T]:
    """What `make` gives, made once for each language: a list of fifty rows asks for the same few words fifty times."""
    kept: dict[str, T] = {}

    @wraps(make)
    def present() -> T:
        if not has_app_context():
            return make()
        code = language()
        if code not in kept:
            kept[code] = make()
        return kept[code]

    return present


def install(app: Flask) -> None:
    """Let templates say their texts through the same door as code."""
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda message: _catalogue().gettext(message),
        lambda singular, plural, num: _catalogue().ngettext(singular, plural, num),
        newstyle=True,
    )
    app.jinja_env.globals["_"] = _in_template


@pass_eval_context
def _in_template(place: EvalContext, message: str, **values: object) -> str:
    """What Jinja's own `_` gives, by three calls less: a page says a hundred texts."""
    text = _catalogue().gettext(message)
    return (Markup(text) if place.autoescape else text) % values  # noqa: S704 - texts are ours; values are escaped


def _catalogue() -> NullTranslations:
    try:
        known: NullTranslations | None = g.get("catalogue")
    except RuntimeError:
        return NullTranslations()
    if known is None:
        known = g.catalogue = flask_babel.get_domain().get_translations()
    return known

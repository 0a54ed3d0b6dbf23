"""Texts in the reader's language, with types: English in the code, Swedish first in the catalogue."""

from __future__ import annotations

import flask_babel


def gettext(message: str, **values: object) -> str:
    """`message` in the present language, with `%(name)s` filled in."""
    text: str = flask_babel.gettext(message, **values)
    return text


def ngettext(singular: str, plural: str, num: int, **values: object) -> str:
    """One of two forms for `num`, which is filled in as `%(num)s`."""
    text: str = flask_babel.ngettext(singular, plural, num, **values)
    return text


def language() -> str:
    """The present language, `sv` or `en`."""
    return str(flask_babel.get_locale() or "sv")

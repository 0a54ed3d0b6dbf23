"""The look as it is stored, checked and kept: what every page asks for."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from contactcenter.access import Actor
from contactcenter.db import READ_ONLY, after_commit, db
from contactcenter.i18n import gettext as _
from contactcenter.model import Appearance
from contactcenter.services.appearance import colour, sheet
from contactcenter.services.appearance.palette import HOUSE, RADII, THEMES, Tokens, passes
from contactcenter.services.editing import change

KEPT_SECONDS = 5.0
KIND = "utseende"
"""How the history calls it."""
COLOURS = ("brand", "on_brand", "brand_dark", "on_brand_dark")


@dataclass(frozen=True, slots=True)
class Look:
    """What pages need: the name that is shown, the stylesheet's and the picture's address part; empty: the house's."""

    tokens: Tokens = field(default_factory=Tokens)
    sheet: str = ""
    logo: str = ""
    logo_type: str = ""


class Kept:
    """The last look of this process. It is asked for where no session is at hand, also when the database is away."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._look = Look()
        self._asked = 0.0
        self._until = 0.0
        self._asking = False

    def get(self) -> Look:
        """The look, at most `KEPT_SECONDS` old; the last known one while the database cannot be asked.

        No thread waits for another's question: while one asks, the others are shown what was known. What is not known
        yet, or was forgotten, each asks for itself.
        """
        with self._lock:
            known = self._until > 0
            if known and (self._asking or time.monotonic() <= self._until):
                return self._look
            self._asking = True
        try:
            return self.ask()
        finally:
            self._asking = False

    def ask(self) -> Look:
        """The look at this moment, kept unless a later question has been answered before."""
        asked = time.monotonic()
        found = _read(self._look)
        with self._lock:
            if asked > self._asked:
                self._look, self._asked, self._until = found, asked, asked + KEPT_SECONDS
        return found

    def forget(self) -> None:
        """What was asked for until now is out of date."""
        with self._lock:
            self._asked, self._until = time.monotonic(), 0.0


def _kept() -> Kept:
    kept: Kept = current_app.extensions.setdefault("contactcenter.look", Kept())
    return kept


def present() -> Look:
    """The look of the pages."""
    return _kept().get()


def anew() -> Look:
    """The look as it is at this moment: a page of another process knows of a newer one."""
    return _kept().ask()


def _read(last: Look) -> Look:
    """By a connection of its own: the page's transaction may have failed."""
    try:
        with db.engine.connect().execution_options(**{READ_ONLY: True}) as connection:
            row = connection.execute(select(Appearance.__table__).where(Appearance.slug == HOUSE)).first()
    except SQLAlchemyError:
        return last
    if row is None:
        return Look()
    tokens = Tokens(**{each.name: getattr(row, each.name) for each in fields(Tokens)})
    return Look(tokens, sheet.name(tokens), row.logo_key, row.logo_type)


def stored(session: Session) -> Appearance | None:
    """The row, when somebody has chosen."""
    return session.scalar(select(Appearance).where(Appearance.slug == HOUSE))


def tokens_of(row: Appearance | None) -> Tokens:
    """The six values of a row, or those of the house."""
    return Tokens() if row is None else Tokens(**{each.name: getattr(row, each.name) for each in fields(Tokens)})


def state(row: Appearance | None) -> dict[str, Any]:
    """A row as the history remembers it, empty for none."""
    return {} if row is None else {**asdict(tokens_of(row)), "logo": row.logo_key}


def read(form: Mapping[str, str]) -> tuple[Tokens, dict[str, str]]:
    """The six values of a form in their one spelling, and what is wrong with which of them."""
    problems: dict[str, str] = {}
    values: dict[str, str] = {"shown_name": " ".join(form.get("shown_name", "").split())}
    if len(values["shown_name"]) > 60 or not values["shown_name"].isprintable():
        problems["shown_name"] = _("Write at most 60 characters.")
    for name in COLOURS:
        found = colour.read(form.get(name, ""))
        if found is None:
            problems[name] = _("Write a colour as #0B5A60.")
        else:
            values[name] = found
    values["radius"] = form.get("radius", "")
    if values["radius"] not in RADII:
        problems["radius"] = _("Choose one.")
        del values["radius"]
    return Tokens(**values), problems


def can_be_read(tokens: Tokens) -> bool:
    """Whether every pair of colours passes, light and dark."""
    return all(passes(theme, tokens) for theme in THEMES)


def save(session: Session, actor: Actor, tokens: Tokens, logo: tuple[str, str] | None) -> None:
    """Store the look; `logo` is key and type of its picture, two empty texts for none, None to keep what is there."""
    row = stored(session)
    before = state(row)
    if row is None:
        row = Appearance(slug=HOUSE, logo_key="", logo_type="")
        session.add(row)
    for name, value in asdict(tokens).items():
        setattr(row, name, value)
    if logo is not None:
        row.logo_key, row.logo_type = logo
    session.flush()
    if state(row) != before:
        change.record(session, actor, KIND, HOUSE, before, state(row))
    changed(session)


def changed(session: Session) -> None:
    """This process shows the new look from the end of the transaction on; others soon learn of it."""
    after_commit(session, _kept().forget)

"""Where in a file something is wrong, and what was meant: every mistake is kept, and all are told at once."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from contactcenter.errors import meant
from contactcenter.i18n import gettext as _

_UNTOLD = re.compile("[\x00\ud800-\udfff]")
MOST_PROBLEMS = 100
"""So many mistakes are told; a file with more is hardly a settings file."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: its place in the file, as the file names it, and what to do."""

    place: str
    text: str


@dataclass(slots=True)
class Findings:
    """What one reading of a file has found: its mistakes, and which other objects it names (place, section, key)."""

    problems: list[Problem] = field(default_factory=list)
    references: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        """Whether further mistakes are no longer kept, so that their number says nothing of what was read since."""
        return len(self.problems) >= MOST_PROBLEMS


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the file."""

    path: str
    findings: Findings

    def at(self, key: str) -> Place:
        """A key of the object here."""
        return Place(f"{self.path}.{legible(key)}" if self.path else legible(key), self.findings)

    def number(self, index: int) -> Place:
        """An entry of the list here, counted from 1."""
        return Place(f"{self.path}[{index + 1}]", self.findings)

    def holds(self, path: str) -> bool:
        """Whether `path` is here or below."""
        return path == self.path or path.startswith((f"{self.path}.", f"{self.path}["))

    def wrong(self, text: str) -> Any:
        """Keep a mistake; gives None, which stands for the value until the whole file is refused."""
        if not self.findings.is_full:
            self.findings.problems.append(Problem(self.path, text))
        return None

    def unknown(self, text: str, name: str, known: Collection[str]) -> Any:
        """Keep a mistake about a word, with the known word that looks most like it; gives None."""
        if not self.findings.is_full:
            close = meant(name, known)
            hint = " " + _("Did you mean “%(word)s”?", word=close) if close else ""
            self.wrong(text + hint)
        return None

    def refers(self, section: str, key: str) -> None:
        """Remember that an object of `section` must exist."""
        self.findings.references.append((self.path, section, key))


def legible(key: str) -> str:
    """A key that somebody chose, as it can be told: not too long, and without what no page can hold."""
    text = _UNTOLD.sub("\ufffd", key)
    return text if len(text) <= 80 else f"{text[:79]}…"

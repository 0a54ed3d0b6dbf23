"""What the pages about colleagues and tokens show, as values. Texts are ready for people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contactcenter.queries.shapes import Choice, Face


@dataclass(frozen=True, slots=True)
class StaffRow:
    """One colleague in the list. `state` is a word for code (`active`, `invited`, `disabled`), `tone` its colour."""

    id: int
    face: Face
    login: str
    title: str
    role: str
    teams: str
    languages: str
    state: str
    state_label: str
    tone: str
    url: str


@dataclass(frozen=True, slots=True)
class StaffChoices:
    """What can be chosen for a colleague, with what is chosen now."""

    roles: tuple[Choice, ...]
    teams: tuple[Choice, ...]
    domains: tuple[Choice, ...]
    languages: tuple[Choice, ...]
    skills: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One change: when, by whom, and what, a line for each part of it."""

    when: str
    who: str
    what: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StaffChange:
    """One change of an account or its rights: its row id and moment, whose (`agent_id` 0: a program's), and what."""

    id: int
    at: datetime
    agent_id: int
    name: str
    line: HistoryLine


@dataclass(frozen=True, slots=True)
class TokenRow:
    """One token in the list; `ended` is empty while it works."""

    id: int
    name: str
    owner: str
    is_program: bool
    scopes: str
    sees: str
    made: str
    used: str
    ended: str

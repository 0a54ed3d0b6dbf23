"""What all kinds of settings share: their words, their fields, and the way from a row to plain data and back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import date
from enum import Enum
from typing import Any, ClassVar

from sqlalchemy import Date, Select, select
from sqlalchemy.orm import Session

from contactcenter.access import Actor
from contactcenter.db import Base
from contactcenter.services.editing.field import Field

State = dict[str, Any]


class Names:
    """The slugs and names of the rows that states refer to, each table read once; and who is told of tickets.

    Without an `actor` nothing is told of any ticket.
    """

    def __init__(self, session: Session, actor: Actor | None = None) -> None:
        self.session = session
        self.actor = actor
        self._known: dict[type[Base], list[tuple[int, str, str]]] = {}
        self.fields: dict[str, tuple[Field, ...]] = {}

    def all(self, table: type[Base]) -> list[tuple[int, str, str]]:
        """Row id, slug and name of every row."""
        if table not in self._known:
            columns = table.__table__.c
            query = select(columns.id, columns.slug, columns.name).order_by(columns.name, columns.id)
            self._known[table] = [(row_id, slug, name) for row_id, slug, name in self.session.execute(query)]
        return self._known[table]

    def slug(self, table: type[Base], row_id: int | None) -> str:
        """The slug of a row, empty for none."""
        return next((slug for each, slug, _ in self.all(table) if each == row_id), "")

    def id(self, table: type[Base], slug: str) -> int | None:
        """The row of a slug, None for none."""
        return next((row_id for row_id, each, _ in self.all(table) if each == slug), None)

    def name(self, table: type[Base], slug: str) -> str:
        """The name behind a slug."""
        return next((name for _, each, name in self.all(table) if each == slug), slug)


class Kind(ABC):
    """One kind of settings. `slug` is its place in addresses and in the history; `key` its identifying column."""

    slug: ClassVar[str]
    icon: ClassVar[str]
    table: ClassVar[type[Base]]
    key: ClassVar[str] = "slug"
    label: ClassVar[str] = "name"
    references: ClassVar[Mapping[str, type[Any]]] = {}
    removable: ClassVar[bool] = False
    ordered: ClassVar[bool] = False

    @abstractmethod
    def title(self) -> str:
        """Its heading."""

    @abstractmethod
    def lead(self) -> str:
        """What it is, in a sentence."""

    @abstractmethod
    def add_label(self) -> str:
        """The button that makes one."""

    @abstractmethod
    def fields(self, names: Names) -> tuple[Field, ...]:
        """The lines of its form."""

    def fields_once(self, names: Names) -> tuple[Field, ...]:
        """The same, made once for each request: a list asks for every row."""
        if self.slug not in names.fields:
            names.fields[self.slug] = self.fields(names)
        return names.fields[self.slug]

    def members(self, names: Names, row: Any) -> Sequence[str]:
        """Who belongs to it, to be told beside its form."""
        return ()

    def summary(self, names: Names, state: State) -> Sequence[str]:
        """What a row of the list says beside the name."""
        return ()

    def effects(self, names: Names, row: Any, before: State, after: State) -> Sequence[str]:
        """What a change touches, as sentences. `before` is empty for a new object, `after` for one that goes away."""
        return ()

    def check(self, names: Names, row: Any, state: State) -> Mapping[str, str]:
        """What is wrong with the whole, by field."""
        return {}

    def rows(self) -> Select[Any]:
        """All objects, in the order of the list."""
        return select(self.table).order_by(getattr(self.table, self.label), self.table.id)

    def state(self, names: Names, row: Any) -> State:
        """A row as plain data."""
        found: State = {}
        for each in self.fields_once(names):
            if each.name in self.references:
                found[each.name] = names.slug(self.references[each.name], getattr(row, f"{each.name}_id"))
            else:
                found[each.name] = _plain(getattr(row, each.name))
        return found

    def write(self, names: Names, row: Any, state: State) -> None:
        """Put plain data into a row."""
        for name, value in state.items():
            if name in self.references:
                setattr(row, f"{name}_id", names.id(self.references[name], value))
            else:
                setattr(row, name, self._stored(name, value))

    def saved(self, names: Names, before: State, after: State) -> None:  # noqa: B027 - most follow nothing
        """What follows from a change elsewhere, in the same transaction."""

    def is_taken(self, names: Names, row: Any, state: State) -> bool:
        """Whether another object has the name already, however it is spelled."""
        own, name = getattr(row, "id", None), self.title_of(state).casefold()
        return any(each.casefold() == name and row_id != own for row_id, _, each in names.all(self.table))

    def title_of(self, state: State) -> str:
        """What an object is called."""
        return str(state.get(self.label, ""))

    def _stored(self, name: str, value: Any) -> Any:
        kind = self.table.__table__.c[name].type
        words = getattr(kind, "enum_class", None)
        if words is not None:
            return words(value)
        if isinstance(kind, Date):
            return date.fromisoformat(value) if value else None
        return value


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return list(value)
    if isinstance(value, dict):
        return dict(value)
    return "" if value is None else value

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


def spelled(name: str) -> str:
    """A name as it is compared: two that differ only in capitals and spaces are the same."""
    return " ".join(name.split()).casefold()


class Names:
    """The slugs and names of the rows that states refer to, each table read once; and who is told of tickets.

    Without an `actor` nothing is told of any ticket. `planned` are the objects of an ordered kind as a settings file
    would have them, while its effects are told.
    """

    def __init__(self, session: Session, actor: Actor | None = None) -> None:
        self.session = session
        self.actor = actor
        self._known: dict[type[Base], list[tuple[int, str, str]]] = {}
        self.fields: dict[str, tuple[Field, ...]] = {}
        self.planned: Sequence[State] = ()

    def acting(self) -> Actor:
        """Whoever makes the change. Raises LookupError where nobody does."""
        if self.actor is None:
            raise LookupError("a change is made by somebody")
        return self.actor

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
    """One kind of settings. `slug` is its place in addresses and in the history.

    `key` is its identifying column, empty where `key_of` and `find` are its own.
    """

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

    def fields_for(self, names: Names, row: Any) -> tuple[Field, ...]:
        """The same as the form of one object shows them: with what can be chosen for it."""
        return self.fields_once(names)

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

    def kept(self, names: Names, row: Any) -> str:
        """Why an object of a removable kind cannot be removed, and what to do instead; empty when it can."""
        return ""

    def of_file(self, state: State) -> State:
        """An object of the settings file as `effects` reads it: where the two differ in how they write a thing."""
        return state

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

    def initial(self, names: Names) -> State:
        """What the form of a new object begins with."""
        return {}

    def items(self, names: Names) -> Sequence[Any]:
        """All objects as the list shows them."""
        return names.session.scalars(self.rows()).all()

    def stays(self, row: Any) -> bool:
        """Whether this object is never offered to be taken away, though others of its kind are."""
        return False

    def is_taken(self, names: Names, row: Any, state: State) -> bool:
        """Whether another object has the name already, however it is spelled."""
        own, name = getattr(row, "id", None), spelled(self.title_of(names, state))
        return any(spelled(each) == name and row_id != own for row_id, _, each in names.all(self.table))

    def title_of(self, names: Names, state: State) -> str:
        """What an object is called."""
        return str(state.get(self.label, ""))

    def key_of(self, names: Names, row: Any) -> str:
        """What an object is known by in addresses and in the history."""
        return str(getattr(row, self.key))

    def find(self, names: Names, key: str) -> Any:
        """The row of a key, None for none."""
        return names.session.scalar(select(self.table).where(getattr(self.table, self.key) == key))

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

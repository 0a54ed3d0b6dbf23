"""Whose address is it? One address may belong to several persons, and a typed one is only a claim."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from contactcenter.db import Base, is_postgres
from contactcenter.model import Person, PersonAddress
from contactcenter.model.words import AddressKind


@cache
def _upsert(postgres: bool) -> Any:
    """The statement, built once. It changes nothing of an address that is there, but locks its row.

    What it names is no part of a key, so that PostgreSQL takes a lock that others may still refer to the row under.
    """
    row: Any = (postgresql_insert if postgres else sqlite_insert)(Base.metadata.tables["address"])
    columns = row.table.c
    kept = row.on_conflict_do_update(
        index_elements=[columns.kind, columns.value], set_={"created_at": columns.created_at}
    )
    return kept.returning(columns.id)


_BEHIND = (
    select(Person)
    .join(PersonAddress, PersonAddress.person_id == Person.id)
    .where(PersonAddress.address_id == bindparam("address_id"))
    .limit(2)
)


def find_or_add_address(session: Session, kind: AddressKind, value: str) -> int:
    """The row id of an address, made when it is new. The row is locked, so that two first mails make one person."""
    found: int = session.execute(_upsert(is_postgres(session)), {"kind": kind, "value": value}).scalar_one()
    return found


def person_behind(session: Session, address_id: int, name: str, language: str) -> Person | None:
    """The one person known at an address; a new person when nobody is known; None when several are.

    Several persons on one address are never guessed between: a guide says who it is.
    """
    known = session.scalars(_BEHIND, {"address_id": address_id}).all()
    if len(known) > 1:
        return None
    if known:
        return known[0]
    person = Person(name=name[:300], language=language)
    session.add(PersonAddress(person=person, address_id=address_id))
    return person

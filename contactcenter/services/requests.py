"""Requests with an `Idempotency-Key`: the same key does its work once, and is answered alike for ever after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from contactcenter import clock
from contactcenter.db import is_postgres
from contactcenter.errors import InvalidInput
from contactcenter.model import ApiRequest


@dataclass(frozen=True, slots=True)
class Before:
    """What the key was answered the first time."""

    status: int
    answer: Mapping[str, Any]


def begin(session: Session, token_id: int, key: str, fingerprint: str) -> Before | None:
    """Take the key for this request, in the transaction of its work; what it was answered, if it has been used.

    Two at once: the second waits for the first one's transaction.

    Raises:
        InvalidInput: the key was used for something else.
    """
    insert = postgresql_insert if is_postgres(session) else sqlite_insert
    row = insert(ApiRequest).values(
        token_id=token_id, key=key, fingerprint=fingerprint, status=0, answer={}, created_at=clock.now()
    )
    made = session.execute(row.on_conflict_do_nothing().returning(ApiRequest.id)).first()
    if made is not None:
        return None
    known = session.scalars(select(ApiRequest).where(ApiRequest.token_id == token_id, ApiRequest.key == key)).one()
    if known.fingerprint != fingerprint:
        raise InvalidInput(
            "This Idempotency-Key was used for another request. Take a new one.", field="Idempotency-Key"
        )
    return Before(known.status, known.answer)


def finish(session: Session, token_id: int, key: str, status: int, answer: Mapping[str, Any]) -> None:
    """Keep what the request is answered, with what it did."""
    session.execute(
        update(ApiRequest)
        .where(ApiRequest.token_id == token_id, ApiRequest.key == key)
        .values(status=status, answer=dict(answer))
        .execution_options(synchronize_session=False)
    )

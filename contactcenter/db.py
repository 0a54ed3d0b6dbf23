"""The database door: engines, the declarative base, and transactions. The only file that commits.

An entry point (view, job, daemon, command) opens `transaction()`; services get the session and never commit.
SQLite writers begin with BEGIN IMMEDIATE (a deferred BEGIN loses updates or fails late), readers are marked read-only
so that they never wait for a writer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from flask import Flask, has_request_context
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, Dialect, Engine, Integer, MetaData, event, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, registry
from sqlalchemy.types import JSON, DateTime, TypeDecorator

BUSY_MILLISECONDS = 10_000
LOCK_MILLISECONDS = 5_000
PAGE_MILLISECONDS = 1_500
"""How long a request of a browser or a program waits for a lock: somebody is looking at it, and is answered within two
seconds. What works by itself waits longer, as above.
"""
READ_ONLY = "cc_read_only"
PATIENCE = "cc_patience"
RESTED = "cc_rested"
TRUSTED_SECONDS = 0.5
"""How long after its last use a connection is taken to be alive. One that is not fails once; the pool goes with it."""


class UTCDateTime(TypeDecorator[datetime]):
    """An aware moment. Stored as `timestamptz` on PostgreSQL and as naive UTC on SQLite; naive input is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Make it UTC before it is stored."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Make it aware UTC when it is read."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


RowId = BigInteger().with_variant(Integer, "sqlite")
Json = JSON().with_variant(JSONB(), "postgresql")

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """What every table has: an id, and when the row was made."""

    registry = registry(
        metadata=MetaData(naming_convention=_NAMES),
        type_annotation_map={datetime: UTCDateTime, dict[str, Any]: Json, list[str]: Json, list[Any]: Json},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, sort_order=-1)


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False, "autoflush": False})

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


def init_db(app: Flask, url: str) -> None:
    """Bind the application to its database. `url` is complete; SQLite files get WAL and FULL synchronisation."""
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _engine_options(url)
    db.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            _prepare_sqlite(db.engine)
        else:
            _prepare_trust(db.engine)
        _prepare_patience(db.engine)


def _engine_options(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        waiting = {"timeout": BUSY_MILLISECONDS / 1000, "check_same_thread": False}
        return {"hide_parameters": True, "connect_args": waiting, "pool_size": 24}
    options = f"-c lock_timeout={LOCK_MILLISECONDS} -c statement_timeout=60000 -c synchronous_commit=on"
    return {
        "hide_parameters": True,
        "pool_size": 10,
        "max_overflow": 20,
        "pool_timeout": 5,
        "connect_args": {
            "connect_timeout": 2,
            "options": options,
            "keepalives_idle": 10,
            "keepalives_interval": 3,
            "keepalives_count": 3,
        },
    }


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_MILLISECONDS}"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Any) -> None:
        reading = bool(connection.get_execution_options().get(READ_ONLY))
        connection.exec_driver_sql(f"PRAGMA query_only={int(reading)}")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _prepare_trust(engine: Engine) -> None:
    """Ask a connection whether it still lives before it is used again, unless it has just been used.

    SQLAlchemy's own `pool_pre_ping` asks every time, which is a fourth of what a short transaction says to the server.
    """

    @event.listens_for(engine, "checkin")
    def on_checkin(connection: Any, record: Any) -> None:
        record.info[RESTED] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def on_checkout(connection: Any, record: Any, proxy: object) -> None:
        rested = record.info.get(RESTED)
        if rested is None or time.monotonic() - rested < TRUSTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error  # the pool makes new ones, and looks at none of the old


def _prepare_patience(engine: Engine) -> None:
    """Let a connection wait for locks as long as whoever takes it may; it is told only when that changes."""
    sqlite = engine.dialect.name == "sqlite"
    statement = "PRAGMA busy_timeout={}" if sqlite else "SET lock_timeout = {}"
    own = BUSY_MILLISECONDS if sqlite else LOCK_MILLISECONDS

    @event.listens_for(engine, "checkout")
    def on_checkout(connection: Any, record: Any, proxy: object) -> None:
        patience = PAGE_MILLISECONDS if has_request_context() else own
        if record.info.get(PATIENCE, own) != patience:
            cursor = connection.cursor()
            cursor.execute(statement.format(patience))
            cursor.close()
            connection.commit()
            record.info[PATIENCE] = patience


@contextmanager
def transaction(*, read_only: bool = False) -> Iterator[Session]:
    """One unit of work: commits at the end, rolls back on any exception. Needs an application context.

    Raises:
        RuntimeError: a transaction is already open; only the entry point opens one.
    """
    session: Session = db.session()
    if session.info.get("open"):
        raise RuntimeError("a transaction is already open: only the entry point opens one")
    session.info["open"] = True
    session.info["after_commit"] = []
    session.info["read_only"] = read_only
    session.info["had_to_write"] = False
    try:
        if read_only:
            session.connection(execution_options={READ_ONLY: True, **_postgres_read_only(session)})
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        callbacks = session.info.pop("after_commit", [])
        session.info.pop("open", None)
        session.close()
    for callback in callbacks:
        callback()


def _postgres_read_only(session: Session) -> dict[str, bool]:
    return {"postgresql_readonly": True} if is_postgres(session) else {}


def is_postgres(session: Session) -> bool:
    """Whether this session talks to PostgreSQL; for the few statements that differ."""
    return session.get_bind().dialect.name == "postgresql"


def hold_still(session: Session) -> None:
    """Let everything that is read be of one moment, for a new session that reads much and is not to be cut off.

    SQLite does so by itself; on PostgreSQL each statement would else see another moment.
    """
    if is_postgres(session):
        session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        session.execute(text("SET LOCAL statement_timeout = 0"))
        session.execute(text("SET LOCAL cursor_tuple_fraction = 1"))  # it is read to its end, and planned so


class WriteNeeded(Exception):
    """A read must be recorded, but its transaction is read-only: the entry point runs it again in one that is not."""


def must_write(session: Session) -> None:
    """Raises WriteNeeded in a read-only transaction."""
    session.info["had_to_write"] = True
    if session.info.get("read_only"):
        raise WriteNeeded


def had_to_write(session: Session) -> bool:
    """Whether `must_write` was said in this transaction."""
    return bool(session.info.get("had_to_write"))


def after_commit(session: Session, callback: Callable[[], None]) -> None:
    """Run `callback` once the transaction is durable; never on rollback. It must not fail: it may only wake others."""
    session.info["after_commit"].append(callback)

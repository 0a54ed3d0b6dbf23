"""The database's schema: which revision it has and which one this version needs. The way between: `migrate`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from contactcenter.errors import StartError

_LOCK = 4_812_001
_VERSIONS = "alembic_version"
_MIGRATIONS = Path(__file__).parent / "migrations" / "versions"


def head() -> str:
    """The revision that this version of the program needs."""
    return revisions()[-1]


@cache
def revisions() -> tuple[str, ...]:
    """Every revision that this version knows, the first one first: what its migrations' files are called.

    Alembic would tell the same, for ten megabytes in every process.
    """
    return tuple(sorted(path.name.partition("_")[0] for path in _MIGRATIONS.glob("[0-9]*_*.py")))


def current(url: str) -> str | None:
    """The revision that the database has; None if it has no tables of ours yet.

    Raises:
        StartError: the database cannot be reached.
    """
    path = _file(_checked(url))
    if path is not None and not path.exists():
        return None
    with opened(url) as connection:
        return current_of(connection)


def check(url: str) -> None:
    """Make sure that the program and the database fit, before anything is served.

    Raises:
        StartError: the database cannot be reached, must be upgraded first, or belongs to a newer version.
    """
    revision = current(url)
    refuse_unknown(revision)
    if revision != head():
        raise StartError(
            f"the database has schema {revision or 'none'}, this version needs {head()}: run `contactcenter db upgrade`"
        )


@contextmanager
def opened(url: str) -> Iterator[Connection]:
    """A connection with a transaction that waits for, and keeps out, every other migration.

    Raises:
        StartError: the database cannot be reached, or an error happened inside; then nothing is kept.
    """
    engine = _engine(_checked(url))
    try:
        with engine.connect() as connection, connection.begin():
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            yield connection
            if engine.dialect.name == "sqlite":
                _check_references(connection)
    except DBAPIError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        raise StartError(f"the database {engine.url.render_as_string()}: {reason}") from error
    finally:
        engine.dispose()


def current_of(connection: Connection) -> str | None:
    """The revision of the database behind `connection`, as Alembic keeps it; None if it keeps none."""
    if not inspect(connection).has_table(_VERSIONS):
        return None
    revision: str | None = connection.scalar(text(f"SELECT version_num FROM {_VERSIONS}"))  # noqa: S608 - ours
    return revision


def refuse_unknown(revision: str | None) -> None:
    """Raises StartError when another version than this one made the database."""
    if revision is not None and revision not in revisions():
        raise StartError(
            f"the database has schema {revision}, which this version does not know: a newer version made it; "
            "install that version again, or restore a backup"
        )


def _checked(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StartError("`database_url` must be sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME") from error
    if parsed.drivername not in ("sqlite", "postgresql", "postgresql+psycopg"):
        raise StartError(f"`database_url`: {parsed.drivername} is not supported, only sqlite and postgresql+psycopg")
    return parsed


def _file(url: URL) -> Path | None:
    return Path(url.database) if url.drivername == "sqlite" and url.database else None


def _engine(url: URL) -> Engine:
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, record: object) -> None:
    connection.isolation_level = None
    for pragma in ("busy_timeout=60000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=OFF"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _check_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise StartError(
            f"a row of `{broken[0]}` refers to a row of `{broken[2]}` that is missing; nothing was changed"
        )

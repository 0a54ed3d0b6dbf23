"""The database's schema: which revision it has, which one this version needs, and the way between them.

Everything runs in one transaction that nobody else can be in: an advisory lock on PostgreSQL, BEGIN IMMEDIATE
on SQLite. On SQLite foreign keys are off meanwhile, because a batch migration drops and renames tables and
would take the rows that refer to them along; they are checked before the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from contactcenter.errors import StartError

_LOCK = 4_812_001
_FULL_TEXT = ("search_words", "search_parts")
_NOT_MODELLED = {("column", "words"), ("index", "ix_search_doc_words"), ("index", "ix_search_doc_parts")}


def head() -> str:
    """The revision that this version of the program needs."""
    return str(_scripts().get_current_head())


def current(url: str) -> str | None:
    """The revision that the database has; None if it has no tables of ours yet.

    Raises:
        StartError: the database cannot be reached.
    """
    path = _file(_checked(url))
    if path is not None and not path.exists():
        return None
    with opened(url) as connection:
        return _current(connection)


def check(url: str) -> None:
    """Make sure that the program and the database fit, before anything is served.

    Raises:
        StartError: the database cannot be reached, must be upgraded first, or belongs to a newer version.
    """
    revision = current(url)
    _refuse_unknown(revision)
    if revision != head():
        raise StartError(
            f"the database has schema {revision or 'none'}, this version needs {head()}: run `contactcenter db upgrade`"
        )


def upgrade(url: str) -> None:
    """Bring the database to `head()`; all of it or nothing. An SQLite file is made if it is missing.

    Raises:
        StartError: the database cannot be reached or changed, or has tables this version does not know.
    """
    with opened(url) as connection:
        upgrade_within(connection)


def upgrade_within(connection: Connection) -> None:
    """`upgrade` as a part of what is done with an `opened` connection.

    Raises:
        StartError: the database has tables this version does not know.
    """
    revision = _current(connection)
    _refuse_unknown(revision)
    if revision is None and inspect(connection).has_table("ticket"):
        raise StartError("the database has a table `ticket` but no schema revision: it is not ours; use another")
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


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


def is_modelled(thing: Any, name: str | None, kind: str, reflected: bool, compared: Any) -> bool:
    """Whether Alembic shall compare `thing` with the models, which do not know the full-text objects."""
    if kind == "table":
        return not str(name).startswith(_FULL_TEXT)
    return (
        getattr(thing, "table", None) is None or thing.table.name != "search_doc" or (kind, name) not in _NOT_MODELLED
    )


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "contactcenter:migrations")
    config.set_main_option("path_separator", "os")
    return config


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_unknown(revision: str | None) -> None:
    if revision is not None and revision not in {script.revision for script in _scripts().walk_revisions()}:
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

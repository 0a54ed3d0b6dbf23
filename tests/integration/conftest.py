"""Every test here runs on SQLite and on PostgreSQL, with the whole application and an empty, migrated database."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Dialect, Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.orm import Session

from contactcenter import migrate
from contactcenter.app import create_app
from contactcenter.db import db, transaction
from contactcenter.runtime import build_runtime
from contactcenter.settings import Settings
from tests.integration import databases
from tests.integration.people import Organisation, found_organisation

Begin = Callable[..., AbstractContextManager[Session]]
Application = Callable[[str, Path], AbstractContextManager[Flask]]


class _Undone(Exception):
    """Ends the transaction of a test without keeping it."""


@pytest.fixture(scope="session")
def keep_statements() -> Iterator[Callable[[Engine], None]]:
    """Every test has an engine of its own, and a sixth of the time went to compiling the same statements for each.

    Engines keep what they compiled by dialect and statement: here dialects of one class are one dialect.
    """
    kept: dict[type[Dialect], Any] = {}

    def keep(engine: Engine) -> None:
        engine._compiled_cache = kept.setdefault(type(engine.dialect), engine._compiled_cache)

    with pytest.MonkeyPatch.context() as patch:
        for kind in (SQLiteDialect_pysqlite, PGDialect_psycopg):
            patch.setattr(kind, "__eq__", lambda self, other: type(self) is type(other))
            patch.setattr(kind, "__hash__", lambda self: hash(type(self)))
        yield keep


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A migrated PostgreSQL database for this test process."""
    with databases.postgres(os.environ.get("PYTEST_XDIST_WORKER", "alone")) as url:
        migrate.upgrade(url)
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty, migrated database: one test run for each kind."""
    if request.param == "sqlite":
        path = tmp_path / "contactcenter.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        return f"sqlite:///{path}"
    url: str = request.getfixturevalue("postgres_url")
    databases.empty(url)
    return url


@pytest.fixture(scope="session")
def application(keep_statements: Callable[[Engine], None]) -> Application:
    """The application on a migrated database and a folder, until the end of the block."""

    @contextmanager
    def made(database_url: str, folder: Path) -> Iterator[Flask]:
        app = create_app(build_runtime(Settings(database_url=database_url), folder))
        app.testing = True
        with app.app_context():
            keep_statements(db.engine)
        yield app
        with app.app_context():
            db.engine.dispose()

    return made


@pytest.fixture
def app(database_url: str, tmp_path: Path, application: Application) -> Iterator[Flask]:
    """The application on an empty database. No context is open: use `begin`, `session` or `client`."""
    with application(database_url, tmp_path) as made:
        yield made


@pytest.fixture
def begin(app: Flask) -> Begin:
    """`with begin() as session:` is a transaction that commits, in a context of its own; also for threads."""
    return begin_in(app)


def begin_in(app: Flask) -> Begin:
    """Transactions of `app` that commit."""

    @contextmanager
    def begun(*, read_only: bool = False) -> Iterator[Session]:
        with app.app_context(), transaction(read_only=read_only) as session:
            yield session

    return begun


@pytest.fixture
def session(begin: Begin) -> Iterator[Session]:
    """The session of one transaction that lasts as long as the test and is then rolled back."""
    with suppress(_Undone), begin() as session:
        yield session
        raise _Undone


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without a session."""
    return app.test_client()


@pytest.fixture
def organisation(begin: Begin) -> Organisation:
    """A small municipality, committed; its rows are detached, their ids and columns can be read."""
    with begin() as session:
        return found_organisation(session)

"""Databases for tests: a PostgreSQL database of one's own, and emptying one between tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import NullPool, create_engine, make_url

import contactcenter.model  # noqa: F401 - makes the tables known to Base.metadata
from contactcenter.db import Base


def server() -> str:
    """The address of the PostgreSQL server; without one the test is skipped."""
    url = os.environ.get("TEST_POSTGRES_URL")
    if not url:
        pytest.skip("TEST_POSTGRES_URL names no PostgreSQL server (postgresql+psycopg://USER@HOST/DATABASE)")
    return url


@contextmanager
def postgres(name: str, like: str = "template0") -> Iterator[str]:
    """The URL of a new database, empty or `like` another that nobody is connected to; it is dropped at the end."""
    url = make_url(server())
    full_name = f"contactcenter_{name}_{os.getpid()}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {full_name} WITH (FORCE)")
        connection.exec_driver_sql(f"CREATE DATABASE {full_name} TEMPLATE {like} ENCODING 'UTF8'")
    try:
        yield url.set(database=full_name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {full_name} WITH (FORCE)")


def empty(url: str) -> None:
    """Delete every row of a PostgreSQL database: at few rows, far quicker than TRUNCATE."""
    engine = create_engine(url, poolclass=NullPool, connect_args={"options": "-c lock_timeout=5000"})
    statements = [f"DELETE FROM {table.name}" for table in reversed(Base.metadata.sorted_tables)]
    with engine.begin() as connection:
        connection.exec_driver_sql("; ".join([*statements, "ALTER SEQUENCE ticket_number RESTART"]))

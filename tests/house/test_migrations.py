"""The revisions and the models say the same, on both databases, and an upgrade is all or nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory

import contactcenter.model  # noqa: F401 - makes the tables known to Base.metadata
from contactcenter import migrate, schema
from contactcenter.db import Base
from contactcenter.errors import StartError
from tests.integration import databases

CATALOGUE = {
    "sqlite": "SELECT tbl_name, name, sql FROM sqlite_master WHERE sql IS NOT NULL",
    "postgresql": """
        SELECT table_name, column_name, data_type || coalesce(character_maximum_length::text, '') || is_nullable
            || coalesce(column_default, '') || ordinal_position
        FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT 'sequence', sequencename, start_value::text FROM pg_sequences WHERE schemaname = 'public'""",
}
FULL_TEXT = ("search_words", "search_parts", "search_doc_", "ix_search_doc_words", "ix_search_doc_parts", "words")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database that no revision has touched."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'contactcenter.db'}"
    else:
        with databases.postgres("house") as postgres:
            yield postgres


def catalogue(connection: sa.Connection) -> dict[tuple[str, str], str]:
    """Every table, column, key, index and sequence as the database writes it, without full text and Alembic's own."""
    rows = connection.exec_driver_sql(CATALOGUE[connection.dialect.name])
    return {
        (table, name): " ".join(definition.split())
        for table, name, definition in rows
        if not name.startswith(FULL_TEXT) and "alembic" not in table
    }


def test_the_migrated_schema_equals_the_models(url: str) -> None:
    migrate.upgrade(url)
    with schema.opened(url) as connection:
        options = {"include_object": migrate.is_modelled, "compare_type": True, "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata) == []


def test_every_definition_is_the_one_the_models_would_make(url: str) -> None:
    migrate.upgrade(url)
    with schema.opened(url) as connection:
        migrated = catalogue(connection)
    with schema.opened(url) as connection:
        _clear(connection)
        Base.metadata.create_all(connection)
        modelled = catalogue(connection)
    assert migrated == modelled
    assert len(modelled) > 60


def _clear(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
        return
    for name in ("search_words", "search_parts"):
        connection.exec_driver_sql(f"DROP TABLE {name}")
    for name in sa.inspect(connection).get_table_names():
        connection.exec_driver_sql(f"DROP TABLE {name}")


def test_the_revisions_are_told_without_alembic_as_alembic_tells_them() -> None:
    scripts = ScriptDirectory.from_config(migrate.alembic_config())
    assert schema.revisions() == tuple(script.revision for script in scripts.walk_revisions())[::-1]
    assert scripts.get_heads() == [schema.head()]


def test_a_second_upgrade_changes_nothing(url: str) -> None:
    assert schema.current(url) is None
    migrate.upgrade(url)
    assert schema.current(url) == schema.head()
    migrate.upgrade(url)
    schema.check(url)


def test_upgrades_at_once_wait_for_each_other(url: str) -> None:
    program = f"from contactcenter import migrate; migrate.upgrade({url!r})"
    running = [subprocess.Popen([sys.executable, "-W", "error", "-c", program]) for _ in range(3)]
    assert [process.wait(timeout=60) for process in running] == [0, 0, 0]
    assert schema.current(url) == schema.head()


def test_a_database_without_our_tables_must_be_upgraded_first(url: str) -> None:
    with pytest.raises(StartError, match=r"has schema none.*run `contactcenter db upgrade`"):
        schema.check(url)


def test_a_newer_schema_is_refused_in_one_line(url: str) -> None:
    migrate.upgrade(url)
    with schema.opened(url) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for refuse in (schema.check, migrate.upgrade):
        with pytest.raises(StartError, match="schema 9999, which this version does not know") as refused:
            refuse(url)
        assert "\n" not in str(refused.value)


def test_the_database_of_another_program_is_left_alone(url: str) -> None:
    with schema.opened(url) as connection:
        connection.exec_driver_sql("CREATE TABLE ticket (id integer)")
    with pytest.raises(StartError, match="it is not ours"):
        migrate.upgrade(url)
    with schema.opened(url) as connection:
        assert sa.inspect(connection).get_table_names() == ["ticket"]


def test_a_failed_upgrade_leaves_nothing_behind(url: str) -> None:
    with pytest.raises(StartError, match=r"^the database .*nowhere"):
        _fail_half_way(schema.opened(url))
    with schema.opened(url) as connection:
        assert sa.inspect(connection).get_table_names() == []


def _fail_half_way(opened: AbstractContextManager[sa.Connection]) -> None:
    with opened as connection:
        Base.metadata.create_all(connection)
        connection.exec_driver_sql("SELECT nonsense FROM nowhere")


def test_looking_makes_no_file(tmp_path: Path) -> None:
    path = tmp_path / "missing.db"
    assert schema.current(f"sqlite:///{path}") is None
    assert not path.exists()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgresql+psycopg://someone:s3cret@127.0.0.1:9/x", r"^the database postgresql\+psycopg://someone:\*\*\*@"),
        ("sqlite:////nowhere/at/all/x.db", "^the database sqlite:////nowhere/at/all/x.db: unable to open"),
        ("mysql://localhost/x", "mysql is not supported"),
        ("contactcenter", "must be sqlite:///FILE or"),
    ],
)
def test_a_database_that_cannot_be_used_gives_one_line_without_the_password(url: str, reason: str) -> None:
    with pytest.raises(StartError, match=reason) as refused:
        migrate.upgrade(url)
    assert "\n" not in str(refused.value)
    assert "s3cret" not in str(refused.value)


def test_changing_a_parent_table_keeps_its_children(tmp_path: Path) -> None:
    """A batch migration on SQLite drops the table and makes it anew: with foreign keys on, children would follow."""
    url = f"sqlite:///{tmp_path / 'contactcenter.db'}"
    migrate.upgrade(url)
    with schema.opened(url) as connection:
        _one_child(connection)
    with schema.opened(url) as connection:
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("agent", recreate="always") as agent:
            agent.add_column(sa.Column("room", sa.String(20)))
    with schema.opened(url) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM agent_session").scalar() == 1
    with (
        pytest.raises(StartError, match="`agent_session` refers to a row of `agent`"),
        schema.opened(url) as connection,
    ):
        connection.exec_driver_sql("DELETE FROM agent")
    with schema.opened(url) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM agent").scalar() == 1


def _one_child(connection: sa.Connection) -> None:
    moment = sa.func.current_timestamp()
    for name, values in (
        ("agent", {"login": "a@ekhamra.example", "name": "A", "role": "guide"}),
        ("agent_session", {"agent_id": 1, "token_hash": "x", "seen_at": moment, "expires_at": moment}),
    ):
        connection.execute(sa.insert(Base.metadata.tables[name]).values(created_at=moment, **values))

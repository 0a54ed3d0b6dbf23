"""The way between the schemas of a database, walked by Alembic. Only what upgrades a database imports this.

Everything runs in one transaction that nobody else can be in (`schema.opened`). On SQLite foreign keys are off
meanwhile, because a batch migration drops and renames tables and would take the rows that refer to them along; they are
checked before the end.
"""

from __future__ import annotations

from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, inspect

from contactcenter import schema
from contactcenter.errors import StartError

_FULL_TEXT = ("search_words", "search_parts")
_NOT_MODELLED = {("column", "words"), ("index", "ix_search_doc_words"), ("index", "ix_search_doc_parts")}


def upgrade(url: str) -> None:
    """Bring the database to `schema.head()`; all of it or nothing. An SQLite file is made if it is missing.

    Raises:
        StartError: the database cannot be reached or changed, or has tables this version does not know.
    """
    with schema.opened(url) as connection:
        upgrade_within(connection)


def upgrade_within(connection: Connection) -> None:
    """`upgrade` as a part of what is done with an `opened` connection.

    Raises:
        StartError: the database has tables this version does not know.
    """
    revision = schema.current_of(connection)
    schema.refuse_unknown(revision)
    if revision is None and inspect(connection).has_table("ticket"):
        raise StartError("the database has a table `ticket` but no schema revision: it is not ours; use another")
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def is_modelled(thing: Any, name: str | None, kind: str, reflected: bool, compared: Any) -> bool:
    """Whether Alembic shall compare `thing` with the models, which do not know the full-text objects."""
    if kind == "table":
        return not str(name).startswith(_FULL_TEXT)
    return (
        getattr(thing, "table", None) is None or thing.table.name != "search_doc" or (kind, name) not in _NOT_MODELLED
    )


def alembic_config() -> Config:
    """Where Alembic finds the migrations."""
    config = Config()
    config.set_main_option("script_location", "contactcenter:migrations")
    config.set_main_option("path_separator", "os")
    return config

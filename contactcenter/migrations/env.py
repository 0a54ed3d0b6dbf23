"""Runs the revisions: on the connection that `contactcenter.schema` hands over, or on `alembic -x url=…`."""

from __future__ import annotations

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext

import contactcenter.model  # noqa: F401 - makes the tables known to Base.metadata
from contactcenter import migrate, schema
from contactcenter.db import Base, UTCDateTime


def run(connection: sa.Connection) -> None:
    """Run what was asked for inside the transaction that is open on `connection`."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=migrate.is_modelled,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=written,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def written(kind: str, thing: Any, autogenerate: AutogenContext) -> str | Literal[False]:
    """How a type of ours is written in a new revision, which must not depend on the program."""
    name = {UTCDateTime: "MOMENT", sa.JSON: "JSON"}.get(type(thing)) if kind == "type" else None
    if name is None:
        return False
    autogenerate.imports.add(f"from contactcenter.migrations.columns import {name}")
    return name


given = context.config.attributes.get("connection")
if isinstance(given, sa.Connection):
    run(given)
else:
    with schema.opened(context.get_x_argument(as_dictionary=True)["url"]) as opened:
        run(opened)

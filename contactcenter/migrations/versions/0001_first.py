"""The first schema: every table, the sequence of ticket numbers, and full text."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from contactcenter.migrations.first import mailboxes, organisation, people, search, sorting, tickets, timeline, traffic

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.schema.CreateSequence(sa.Sequence("ticket_number", start=1001)))
    for family in (organisation, people, tickets, timeline, traffic, sorting, mailboxes, search):
        family.create()

"""Who did what to which ticket, and who changed which setting: written in the transaction of the act."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from contactcenter.db import Model
from contactcenter.model.columns import Created


class Audit(Created, Model):
    """One act: reads and writes of tickets outside the common domain, sign-ins, and changes of rights.

    `agent_id` did it (None: a command, or nobody signed in); `subject_id` is the colleague it was done to.
    """

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_ticket", "ticket_id", "id"),)

    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"), index=True)
    subject_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"), index=True)
    verb: Mapped[str] = mapped_column(String(40))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    domain_id: Mapped[int | None] = mapped_column(ForeignKey("domain.id"))
    peer: Mapped[str] = mapped_column(String(64), default="")
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


_OF_COLLEAGUES = Audit.subject_id.is_not(None)
Index("ix_audit_of_colleagues", Audit.id, postgresql_where=_OF_COLLEAGUES, sqlite_where=_OF_COLLEAGUES)


class SettingChange(Created, Model):
    """One change of a setting. `key` is the slug or address of what was changed; states are plain data.

    An empty `before` is something new, an empty `after` something taken away.
    """

    __tablename__ = "setting_change"
    __table_args__ = (Index("ix_setting_change_object", "kind", "key", "id"),)

    kind: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(320))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"), index=True)
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)

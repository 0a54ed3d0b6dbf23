"""Answer groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from contactcenter.i18n import gettext as _
from contactcenter.i18n import ngettext
from contactcenter.model import Agent, Team, TeamMember
from contactcenter.services.editing import usage
from contactcenter.services.editing.field import Area, Field, Flag
from contactcenter.services.editing.kind import Kind, Names, State


class Teams(Kind):
    """Who answers. One of them is the first line: what nobody claims is theirs."""

    slug = "grupper"
    icon = "users"
    table = Team

    def title(self) -> str:
        """Its heading."""
        return _("Answer groups")

    def lead(self) -> str:
        """What it is."""
        return _("Who answers. What no topic and no rule claims goes to the first line.")

    def add_label(self) -> str:
        """The button."""
        return _("New answer group")

    def fields(self, names: Names) -> tuple[Field, ...]:
        """Name, whose work it is, and how its answers are signed."""
        return (
            Field(name="name", label=_("Name"), required=True),
            Field(
                name="role_name", label=_("What those who work here are called"), hint=_("For example community guide")
            ),
            Field(
                name="mail_address",
                label=_("Address that its answers come from"),
                longest=320,
                hint=_("Empty: the municipality's common address."),
            ),
            Area(name="signature", label=_("Signature under its answers"), longest=2000),
            Flag(name="is_first_line", label=_("First line: receives what nobody else claims")),
        )

    def summary(self, names: Names, state: State) -> Sequence[str]:
        """Whether it is the first line, and whose work it is."""
        return tuple(text for text in (_("First line") if state["is_first_line"] else "", state["role_name"]) if text)

    def check(self, names: Names, row: Any, state: State) -> Mapping[str, str]:
        """The address is one; the last first line stays; no two groups have one name."""
        found: dict[str, str] = {}
        if state["mail_address"] and not usage.is_address(state["mail_address"]):
            found["mail_address"] = _("Write an address such as kontakt@ekhamra.example.")
        if self.is_taken(names, row, state):
            found["name"] = _("There is already one with this name.")
        others = select(Team.id).where(Team.is_first_line, Team.id != (row.id if row is not None else 0)).limit(1)
        if row is not None and row.is_first_line and not state["is_first_line"] and not names.session.scalar(others):
            found["is_first_line"] = _("Some group must be the first line. Choose another one first.")
        return found

    def effects(self, names: Names, row: Any, before: State, after: State) -> Sequence[str]:
        """Its members, topics and open tickets; and who was first line before."""
        found: list[str] = []
        if after.get("is_first_line") and not before.get("is_first_line"):
            old = names.session.scalars(select(Team.name).where(Team.is_first_line)).all()
            found += [_("%(name)s is no longer the first line.", name=name) for name in old]
        if row is not None:
            found += usage.of_team(names, row)
            members = select(func.count()).select_from(TeamMember).where(TeamMember.team_id == row.id)
            count = names.session.scalar(members) or 0
            found += [ngettext("%(num)d person works here.", "%(num)d persons work here.", count)] if count else []
        return found

    def write(self, names: Names, row: Any, state: State) -> None:
        """There is one first line: a new one takes over from the old."""
        super().write(names, row, state)
        if state["is_first_line"]:
            for other in names.session.scalars(select(Team).where(Team.is_first_line)):
                other.is_first_line = other is row

    def members(self, names: Names, row: Team) -> Sequence[str]:
        """The names of those who work there now."""
        query = select(Agent.name).join(TeamMember, TeamMember.agent_id == Agent.id)
        return names.session.scalars(
            query.where(TeamMember.team_id == row.id, Agent.disabled_at.is_(None)).order_by(Agent.name)
        ).all()

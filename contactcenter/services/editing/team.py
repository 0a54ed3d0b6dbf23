"""Answer groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from contactcenter.i18n import gettext as _
from contactcenter.i18n import ngettext
from contactcenter.model import Agent, Domain, Team, TeamMember
from contactcenter.queries import signatures
from contactcenter.services import sight
from contactcenter.services.editing import choices, placeholders, usage
from contactcenter.services.editing.field import AnyOf, Area, Field, Flag
from contactcenter.services.editing.kind import Kind, Names, State

MOST_NAMED = 12
"""So many colleagues are named when what they see changes."""


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
            Area(
                name="signature",
                label=_("Lines about it in signatures"),
                hint=placeholders.of_place(),
                longest=signatures.LONGEST,
            ),
            AnyOf(
                name="domains",
                label=_("Domains that the whole group sees"),
                hint=_("What somebody sees is recorded. Give only what the work needs."),
                options=choices.of_table(names, Domain),
            ),
            Flag(name="is_first_line", label=_("First line: receives what nobody else claims")),
        )

    def state(self, names: Names, row: Any) -> State:
        """Columns as they are; what the group was given to see is rows of their own."""
        found: State = {}
        for each in self.fields_once(names):
            found[each.name] = getattr(row, each.name) if each.name != "domains" else []
        found["domains"] = list(sight.of_team(names.session, row.id))
        return found

    def summary(self, names: Names, state: State) -> Sequence[str]:
        """Whether it is the first line, whose work it is, and what all of them see."""
        domains = ", ".join(names.name(Domain, slug) for slug in state["domains"])
        sees = _("sees %(domains)s", domains=domains) if domains else ""
        first = _("First line") if state["is_first_line"] else ""
        return tuple(text for text in (first, state["role_name"], sees, *usage.not_covered(state)) if text)

    def check(self, names: Names, row: Any, state: State) -> Mapping[str, str]:
        """The address is one; the last first line stays; no two groups have one name."""
        found: dict[str, str] = {}
        if wrong := usage.wrong_sender(row, state):
            found["mail_address"] = wrong
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
        found += usage.not_believed(before, after)
        found += _sight(names, row.id if row is not None else 0, before, after)
        if row is not None:
            found += usage.of_team(names, row)
            members = select(func.count()).select_from(TeamMember).where(TeamMember.team_id == row.id)
            count = names.session.scalar(members) or 0
            found += [ngettext("%(num)d person works here.", "%(num)d persons work here.", count)] if count else []
        return found

    def write(self, names: Names, row: Any, state: State) -> None:
        """There is one first line: a new one takes over from the old. Whoever gives a group sight is known."""
        super().write(names, row, {name: value for name, value in state.items() if name != "domains"})
        names.session.flush()
        sight.give(names.session, names.acting(), row, state["domains"])
        if state["is_first_line"]:
            for other in names.session.scalars(select(Team).where(Team.is_first_line)):
                other.is_first_line = other is row

    def members(self, names: Names, row: Team) -> Sequence[str]:
        """The names of those who work there now."""
        query = select(Agent.name).join(TeamMember, TeamMember.agent_id == Agent.id)
        return names.session.scalars(
            query.where(TeamMember.team_id == row.id, Agent.disabled_at.is_(None)).order_by(Agent.name)
        ).all()


def _sight(names: Names, team_id: int, before: State, after: State) -> list[str]:
    """Which colleagues gain or lose sight of what; a settings file gives nobody any. A new group has no id: 0."""
    if "domains" not in after:
        return []
    had, wanted = before.get("domains", ()), after.get("domains", ())
    shifts = sight.shifts(names.session, team_id, wanted)
    found: list[str] = []
    for slug in wanted:
        who = [shift.agent.name for shift in shifts if slug in shift.gained]
        domain = names.name(Domain, slug)
        found += [_("Will see %(domain)s: %(names)s.", domain=domain, names=_some(who))] if who else []
        found += [_("Who joins the group later sees %(domain)s too.", domain=domain)] if slug not in had else []
    for slug in had:
        who = [shift.agent.name for shift in shifts if slug in shift.lost]
        domain = names.name(Domain, slug)
        found += [_("Will no longer see %(domain)s: %(names)s.", domain=domain, names=_some(who))] if who else []
    if any(shift.lost for shift in shifts):
        found.append(_("Open tickets that they may no longer see go back to the queue."))
    return found + [
        _("Nobody sees %(domain)s any more: new tickets there reach no one.", domain=name)
        for name in sight.unseen(names.session, team_id, wanted)
    ]


def _some(who: Sequence[str]) -> str:
    """The names; of many the first."""
    more = len(who) - MOST_NAMED
    rest = [ngettext("%(num)d more", "%(num)d more", more)] if more > 0 else []
    return ", ".join([*who[:MOST_NAMED], *rest])

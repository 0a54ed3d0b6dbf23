"""Signatures: one for all answers, and others for groups that sign in their own way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import Select, select

from contactcenter import runtime
from contactcenter.i18n import gettext as _
from contactcenter.model import Agent, Signature, Team
from contactcenter.queries import letters, signatures
from contactcenter.services.editing import choices, placeholders
from contactcenter.services.editing.field import Area, Field, OneOf
from contactcenter.services.editing.kind import Kind, Names, State

EVERY = "*"
"""The key of the common one. It is always there: until somebody writes it, it is `signatures.COMMON`."""


class Signatures(Kind):
    """What stands below answers. One is known by its group."""

    slug = "signaturer"
    icon = "signature"
    table = Signature
    key = ""
    removable = True
    references: ClassVar[Mapping[str, type[Any]]] = {"team": Team}

    def title(self) -> str:
        """Its heading."""
        return _("Signatures")

    def lead(self) -> str:
        """What it is."""
        return _("What stands below every answer by e-mail. A group without one of its own has the common one.")

    def add_label(self) -> str:
        """The button."""
        return _("New signature")

    def fields(self, names: Names) -> tuple[Field, ...]:
        """Whose it is, and the text."""
        left_out = _("A line in which nothing can be filled in is left out.")
        return (
            OneOf(
                name="team",
                label=_("Answer group"),
                nothing=_("All groups that have none of their own"),
                options=choices.of_table(names, Team),
                required=True,
                fixed=True,
            ),
            Area(
                name="text",
                label=_("Text"),
                required=True,
                longest=signatures.LONGEST,
                hint=f"{placeholders.fillable(signatures.spelled())}. {left_out}",
            ),
        )

    def rows(self) -> Select[Any]:
        """The common one first."""
        query = select(Signature).outerjoin(Team, Team.id == Signature.team_id)
        return query.order_by(Signature.team_id.is_not(None), Team.name, Signature.id)

    def items(self, names: Names) -> Sequence[Any]:
        """All of them; the common one also while nobody has written it."""
        found = super().items(names)
        if any(row.team_id is None for row in found):
            return found
        return [Signature(team_id=None, text=signatures.COMMON), *found]

    def key_of(self, names: Names, row: Any) -> str:
        """The slug of its group."""
        return names.slug(Team, row.team_id) or EVERY

    def find(self, names: Names, key: str) -> Any:
        """The one of a group."""
        return next((row for row in self.items(names) if self.key_of(names, row) == key), None)

    def stays(self, row: Any) -> bool:
        """There is always a common one."""
        return row.team_id is None

    def title_of(self, names: Names, state: State) -> str:
        """Whose it is."""
        return names.name(Team, state["team"]) if state.get("team") else _("Common signature")

    def summary(self, names: Names, state: State) -> Sequence[str]:
        """Its lines."""
        return tuple(line for line in state["text"].splitlines() if line.strip())

    def check(self, names: Names, row: Any, state: State) -> Mapping[str, str]:
        """One for each group, and only what can be filled in."""
        if row is None and self.find(names, state["team"]) is not None:
            return {"team": _("This group has a signature already. Change that one.")}
        wrong = placeholders.wrong_signature(state["text"])
        return {"text": wrong} if wrong else {}

    def effects(self, names: Names, row: Any, before: State, after: State) -> Sequence[str]:
        """From when it holds, for whom, and how it looks."""
        if not after:
            return [_("The group signs with the common signature from now on.")]
        found = [_("It stands below every answer that leaves from now on, also below those that are already written.")]
        if not after["team"]:
            own = [self.title_of(names, self.state(names, each)) for each in self.items(names) if each.team_id]
            found += [_("These sign in their own way: %(names)s.", names=", ".join(own))] if own else []
        return [
            *found,
            _("With your name: %(text)s", text="\n" + signatures.fill(after["text"], _example(names, after))),
        ]


def _example(names: Names, state: State) -> dict[str, str]:
    """What it would be filled in with for whoever writes it."""
    agent = names.session.get(Agent, names.actor.agent_id) if names.actor else None
    slug = state["team"]
    query = select(Team).where(Team.slug == slug if slug else Team.is_first_line).order_by(Team.id)
    prefix = runtime.current().settings.instance.ticket_prefix
    return letters.signature_values(agent, names.session.scalar(query.limit(1)), None, f"{prefix}-1234")

"""Topics: a tree of what tickets are about, and the words by which a message is recognised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from sqlalchemy import func, select

from contactcenter import runtime
from contactcenter.i18n import gettext as _
from contactcenter.i18n import ngettext
from contactcenter.model import Domain, OurAddress, Team, Ticket, Topic
from contactcenter.queries.shapes import Choice
from contactcenter.services.editing import choices, usage
from contactcenter.services.editing.field import Field, Flag, Number, OneOf
from contactcenter.services.editing.kind import Kind, Names, State
from contactcenter.services.editing.phrase import Phrases

MOST_REOPEN_DAYS = 3650
STEP = "\u2003"
"""Stands before the name of a topic in a list to choose from, once for each that it lies under."""


class Topics(Kind):
    """What tickets are about. A topic is put away, never deleted: old tickets keep it."""

    slug = "amnen"
    icon = "tag"
    table = Topic
    references: ClassVar[Mapping[str, type[Any]]] = {"parent": Topic, "team": Team, "domain": Domain}

    def title(self) -> str:
        """Its heading."""
        return _("Topics")

    def lead(self) -> str:
        """What it is."""
        return _("What tickets are about: the words they are recognised by, who answers and who may see them.")

    def add_label(self) -> str:
        """The button."""
        return _("New topic")

    def fields(self, names: Names) -> tuple[Field, ...]:
        """Name and place in the tree, whose it is, and its words."""
        teams, domains = choices.of_table(names, Team), choices.of_table(names, Domain)
        return (
            Field(name="name", label=_("Name"), required=True),
            Field(name="name_en", label=_("Name in English")),
            OneOf(name="parent", label=_("Lies under"), options=choices.of_table(names, Topic)),
            Field(name="department", label=_("Department")),
            OneOf(name="team", label=_("Answered by"), options=teams, required=True),
            OneOf(
                name="domain",
                label=_("Confidentiality domain"),
                hint=_("Who may see its tickets. Tickets that are here already stay where they are."),
                options=domains,
                required=True,
            ),
            OneOf(name="sensitivity", label=_("Sensitivity"), options=choices.sensitivities(), required=True),
            OneOf(name="priority", label=_("Priority"), options=choices.priorities(), required=True),
            Number(
                name="reopen_days",
                label=_("A reply opens a closed ticket again for (days)"),
                hint=_(
                    "A reply that comes later opens a new ticket, linked to the old one. 0: every reply does. "
                    "Empty: %(days)s days, as for all topics.",
                    days=runtime.current().settings.channels.mail.reopen_days,
                ),
                longest=4,
            ),
            Phrases(
                name="phrases",
                label=_("Words and phrases"),
                hint=_("One a line, with a weight if it is not 1: “bygglov = 2”. “sop*” is any word that begins so."),
            ),
            Flag(name="active", label=_("In use"), hint=_("Without the tick it is put away: old tickets keep it.")),
        )

    def fields_for(self, names: Names, row: Any) -> tuple[Field, ...]:
        """It can lie under every topic but itself and those below it."""
        tree = tuple(_tree(names, row.id if row is not None else None))
        return tuple(
            replace(field, options=tree) if isinstance(field, OneOf) and field.name == "parent" else field
            for field in self.fields_once(names)
        )

    def state(self, names: Names, row: Any) -> State:
        """Weights are decimal numbers, however the database has kept them."""
        found = super().state(names, row)
        found["phrases"] = {phrase: float(weight) for phrase, weight in row.phrases.items()}
        return found

    def summary(self, names: Names, state: State) -> Sequence[str]:
        """Who answers, where it lies, and how many phrases it has."""
        parent = [_("under %(name)s", name=names.name(Topic, state["parent"]))] if state["parent"] else []
        words = ngettext("%(num)d phrase", "%(num)d phrases", len(state["phrases"]))
        return (names.name(Team, state["team"]), *parent, names.name(Domain, state["domain"]), words)

    def check(self, names: Names, row: Any, state: State) -> Mapping[str, str]:
        """Names differ, and no topic lies under itself."""
        found: dict[str, str] = {}
        if self.is_taken(names, row, state):
            found["name"] = _("There is already one with this name.")
        if row is not None and row.slug in self._above(names, state["parent"]):
            found["parent"] = _("A topic cannot lie under itself.")
        if state["reopen_days"] != "" and state["reopen_days"] > MOST_REOPEN_DAYS:
            found["reopen_days"] = _("Write at most %(most)s days.", most=MOST_REOPEN_DAYS)
        return found

    def write(self, names: Names, row: Any, state: State) -> None:
        """No days of its own are stored as no number."""
        super().write(names, row, {**state, "reopen_days": _days(state["reopen_days"])})

    def of_file(self, state: State) -> State:
        """No days of its own are an empty text in the form."""
        days = state.get("reopen_days")
        return {**state, "reopen_days": "" if days is None else days}

    def _above(self, names: Names, slug: str) -> Iterator[str]:
        """The topics above, from `slug` on; stops where the tables should hold a circle."""
        rows = names.session.execute(select(Topic.id, Topic.parent_id))
        parents: dict[int, int | None] = {each: above for each, above in rows}
        row_id, seen = names.id(Topic, slug), set[int]()
        while row_id is not None and row_id not in seen:
            seen.add(row_id)
            yield names.slug(Topic, row_id)
            row_id = parents.get(row_id)

    def effects(self, names: Names, row: Any, before: State, after: State) -> Sequence[str]:
        """Whether anybody would see new tickets; and the rules, addresses, topics and open tickets that use it."""
        moved = any(before.get(name) != after.get(name) for name in ("team", "domain"))
        unseen = usage.out_of_sight(names, after["domain"], after["team"]) if after and moved else ()
        if row is None:
            return tuple(unseen)
        below = select(func.count()).select_from(Topic).where(Topic.parent_id == row.id)
        count = names.session.scalar(below) or 0
        return (
            *unseen,
            *usage.rules(names.session, "topic", row.slug),
            *usage.addresses(names.session, OurAddress.topic_id, row.id),
            *([ngettext("%(num)d topic lies under it.", "%(num)d topics lie under it.", count)] if count else ()),
            *usage.open_tickets(names, Ticket.topic_id == row.id),
        )


def _days(written: int | str) -> int | None:
    return None if written == "" else int(written)


def _tree(names: Names, without: int | None) -> Iterator[Choice]:
    """The topics as a tree, but for the one with the row id `without` and what lies under it."""
    above: dict[int, int | None] = {
        each: over for each, over in names.session.execute(select(Topic.id, Topic.parent_id))
    }
    below: dict[int | None, list[tuple[int, str, str]]] = {}
    for row_id, slug, name in names.all(Topic):
        below.setdefault(above.get(row_id), []).append((row_id, slug, name))

    def walk(parent: int | None, depth: int) -> Iterator[Choice]:
        for row_id, slug, name in below.get(parent, ()):
            if row_id != without:
                yield Choice(slug, f"{STEP * depth}{name}")
                yield from walk(row_id, depth + 1)

    return walk(None, 0)

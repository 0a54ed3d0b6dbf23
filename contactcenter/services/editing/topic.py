"""Topics: a tree of what tickets are about, and the words by which a message is recognised."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import func, select

from contactcenter.i18n import gettext as _
from contactcenter.i18n import ngettext
from contactcenter.model import Domain, OurAddress, Team, Ticket, Topic
from contactcenter.services.editing import choices, usage
from contactcenter.services.editing.field import AnyOf, Area, Field, Flag, Form, OneOf, Wrong
from contactcenter.services.editing.kind import Kind, Names, State
from routing import phrases

_WEIGHED = re.compile(r"(.+?)\s+=\s+(-?\d+(?:[.,]\d+)?)")
HEAVIEST = 10.0
MOST_PHRASES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases(Area):
    """Words and phrases, one a line, with a weight behind ` = ` when it is not 1."""

    longest: int = 200_000

    def read(self, form: Form) -> Any:
        """The phrases with their weights.

        Raises:
            Wrong: a line holds no word, or its weight is out of reach.
        """
        found: dict[str, float] = {}
        for number, line in enumerate(self.checked(form.get(self.name, "")).splitlines(), 1):
            if line.strip():
                phrase, weight = self._line(" ".join(line.split()), number)
                found[phrase] = weight
        if len(found) > MOST_PHRASES:
            raise Wrong(_("At most %(most)s lines.", most=MOST_PHRASES))
        return found

    def _line(self, line: str, number: int) -> tuple[str, float]:
        weighed = _WEIGHED.fullmatch(line)
        phrase, weight = (weighed[1], float(weighed[2].replace(",", "."))) if weighed else (line, 1.0)
        if not phrases.is_example(phrase):
            try:
                phrases.parse(phrase.removeprefix("!"))
            except ValueError as error:
                raise Wrong(_("Line %(number)s holds no word: %(line)s", number=number, line=line[:80])) from error
        if not -HEAVIEST <= weight <= HEAVIEST:
            raise Wrong(_("Line %(number)s: the weight must be between -10 and 10.", number=number))
        return phrase, weight

    def written(self, value: Any) -> str:
        """The heaviest first."""
        ordered = sorted((value or {}).items(), key=lambda pair: (phrases.is_example(pair[0]), -pair[1], pair[0]))
        return "\n".join(phrase if weight == 1 else f"{phrase} = {weight:g}" for phrase, weight in ordered)


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
            OneOf(name="parent", label=_("Lies under"), options=choices.topics(names)),
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
            Phrases(
                name="phrases",
                label=_("Words and phrases"),
                hint=_("One a line, with a weight if it is not 1: “bygglov = 2”. “sop*” is any word that begins so."),
            ),
            AnyOf(name="languages", label=_("Languages it is answered in"), options=choices.languages()),
            Flag(name="active", label=_("In use"), hint=_("Without the tick it is put away: old tickets keep it.")),
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
        return found

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
        """The rules, addresses, topics and open tickets that use it."""
        if row is None:
            return ()
        below = select(func.count()).select_from(Topic).where(Topic.parent_id == row.id)
        count = names.session.scalar(below) or 0
        return (
            *usage.rules(names.session, "topic", row.slug),
            *usage.addresses(names.session, OurAddress.topic_id, row.id),
            *([ngettext("%(num)d topic lies under it.", "%(num)d topics lie under it.", count)] if count else ()),
            *usage.open_tickets(names, Ticket.topic_id == row.id),
        )

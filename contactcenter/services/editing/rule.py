"""Routing rules: ordered sentences, asked from the top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, select

from contactcenter.db import Base
from contactcenter.i18n import gettext as _
from contactcenter.model import District, Domain, Office, RoutingRule, Team, Topic
from contactcenter.queries.shapes import Choice
from contactcenter.services.editing import choices
from contactcenter.services.editing.field import AnyOf, Field, Flag, Lines, OneOf, Words
from contactcenter.services.editing.kind import Kind, Names, State

UNKNOWN = "-"
"""Stands in forms for “nothing is known”, which routing writes as an empty text."""
CONDITIONS = ("channel", "recipient", "words", "topic", "language", "district", "office")
TARGETS: Mapping[str, type[Base]] = {"topic": Topic, "team": Team, "office": Office, "domain": Domain}


class Rules(Kind):
    """The organisation's own rules: all conditions hold, then the actions are set."""

    slug = "fordelningsregler"
    icon = "route"
    table = RoutingRule
    removable = True
    ordered = True

    def title(self) -> str:
        """Its heading."""
        return _("Routing rules")

    def lead(self) -> str:
        """What it is."""
        return _("Asked from the top, after the topic was recognised. The first rule to set something wins.")

    def add_label(self) -> str:
        """The button."""
        return _("New rule")

    def rows(self) -> Select[Any]:
        """In the order they are asked."""
        return select(RoutingRule).order_by(RoutingRule.position, RoutingRule.id)

    def fields(self, names: Names) -> tuple[Field, ...]:
        """What must hold, and what is then set."""
        none = Choice(UNKNOWN, _("(unknown)"))
        districts = tuple(
            Choice(name, name) for name in names.session.scalars(select(District.name).order_by(District.name))
        )
        topics, offices = choices.topics(names), choices.of_table(names, Office)
        return (
            Field(name="name", label=_("Name"), longest=300, required=True),
            AnyOf(name="if_channel", label=_("If the channel is"), options=choices.channels()),
            Lines(name="if_recipient", label=_("If it was sent to"), hint=_("One address a line."), longest=320),
            Words(name="if_words", label=_("If any of these words stands in it"), hint=_("One a line.")),
            AnyOf(name="if_topic", label=_("If the topic is"), options=(none, *topics)),
            AnyOf(name="if_language", label=_("If the language is"), options=(none, *choices.languages())),
            AnyOf(name="if_district", label=_("If the district is"), options=(none, *districts)),
            AnyOf(name="if_office", label=_("If the office is"), options=(none, *offices)),
            OneOf(name="then_topic", label=_("Set the topic"), options=topics),
            OneOf(name="then_team", label=_("Set the answer group"), options=choices.of_table(names, Team)),
            OneOf(name="then_office", label=_("Set the office"), options=offices),
            OneOf(name="then_priority", label=_("Set the priority"), options=choices.priorities()),
            OneOf(
                name="then_domain", label=_("Set the confidentiality domain"), options=choices.of_table(names, Domain)
            ),
            Flag(name="stop", label=_("Ask no further rules when this one holds")),
            Flag(name="active", label=_("In use"), hint=_("Without the tick the rule is paused.")),
        )

    def state(self, names: Names, row: Any) -> State:
        """Conditions and actions as lines of the form."""
        found: State = {"name": row.name}
        for word in CONDITIONS:
            found[f"if_{word}"] = [value or UNKNOWN for value in row.conditions.get(word, ())]
        for word in ("topic", "team", "office", "priority", "domain"):
            found[f"then_{word}"] = row.actions.get(word, "")
        return found | {"stop": row.stop, "active": row.active}

    def write(self, names: Names, row: Any, state: State) -> None:
        """A changed rule has a new version; a new one is asked last."""
        row.name, row.stop, row.active = state["name"], state["stop"], state["active"]
        row.conditions = {
            word: ["" if value == UNKNOWN else value for value in state[f"if_{word}"]]
            for word in CONDITIONS
            if state[f"if_{word}"]
        }
        row.actions = {
            name.removeprefix("then_"): value for name, value in state.items() if name.startswith("then_") and value
        }
        if row.position is None:
            last = names.session.scalar(select(func.max(RoutingRule.position))) or 0
            row.position, row.version = last + 10, 1
        else:
            row.version += 1

    def summary(self, names: Names, state: State) -> Sequence[str]:
        """The rule as a sentence, and what keeps it from ever being used."""
        asked = [
            _clause(field, state)
            for field in self.fields_once(names)
            if field.name.startswith("if_") and state[field.name]
        ]
        done = [
            f"{field.label}: {field.told(state[field.name])}"
            for field in self.fields_once(names)
            if field.name.startswith("then_") and state[field.name]
        ]
        sentence = f"{' · '.join(asked)} → {', '.join(done)}"
        above = self._before(names, state)
        return (sentence, _("Never used: “%(name)s” takes everything first.", name=above)) if above else (sentence,)

    def _before(self, names: Names, state: State) -> str:
        """The rule above that ends the asking whenever this one could hold, empty for none."""
        for row in names.session.scalars(self.rows()):
            other = self.state(names, row)
            if other == state:
                return ""
            if row.active and row.stop and row.conditions and _holds_whenever(other, state):
                return str(row.name)
        return ""

    def check(self, names: Names, row: Any, state: State) -> Mapping[str, str]:
        """Something is asked and something is set."""
        if not any(state[f"if_{word}"] for word in CONDITIONS):
            return {"if_channel": _("Give at least one condition: a rule without any never holds.")}
        if not any(value for name, value in state.items() if name.startswith("then_")):
            return {"then_topic": _("Choose at least one thing to set.")}
        return {}

    def effects(self, names: Names, row: Any, before: State, after: State) -> Sequence[str]:
        """From when it counts, and which rules it keeps from being asked."""
        found = [_("Tickets that come in from now on follow it. Those already here stay where they are.")]
        if not after or not after["stop"] or not after["active"]:
            return found
        below = [
            each.name
            for each in names.session.scalars(self.rows())
            if (row is not None and each.position > row.position) and _holds_whenever(after, self.state(names, each))
        ]
        return found + [_("“%(name)s” will never be used after this.", name=name) for name in below]


def _clause(field: Field, state: State) -> str:
    return f"{field.label} {field.told(state[field.name])}"


def _holds_whenever(wide: State, narrow: State) -> bool:
    """Whether `wide` holds in every case in which `narrow` does, as far as their words tell."""
    for word in CONDITIONS:
        asked = {value.lower() for value in wide[f"if_{word}"]}
        if asked and not (narrow[f"if_{word}"] and {value.lower() for value in narrow[f"if_{word}"]} <= asked):
            return False
    return True

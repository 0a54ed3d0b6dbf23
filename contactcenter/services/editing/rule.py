"""Routing rules: ordered sentences, asked from the top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, select

from contactcenter.i18n import gettext as _
from contactcenter.model import District, Domain, Office, RoutingRule, Team, Topic
from contactcenter.queries.shapes import Choice
from contactcenter.services.editing import choices
from contactcenter.services.editing.field import AnyOf, Field, Flag, Lines, OneOf, Words
from contactcenter.services.editing.kind import Kind, Names, State

UNKNOWN = "-"
"""Stands in forms for “nothing is known”, which routing writes as an empty text."""
CONDITIONS = ("channel", "recipient", "words", "topic", "language", "district", "office")
ACTIONS = ("topic", "team", "office", "priority", "domain")


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
        topics, offices = choices.of_table(names, Topic), choices.of_table(names, Office)
        return (
            Field(name="name", label=_("Name"), longest=300, required=True),
            AnyOf(name="if_channel", addable=True, label=_("If the channel is"), options=choices.channels()),
            Lines(
                name="if_recipient",
                addable=True,
                label=_("If it was sent to"),
                hint=_("One address a line."),
                longest=320,
            ),
            Words(name="if_words", addable=True, label=_("If any of these words stands in it"), hint=_("One a line.")),
            AnyOf(name="if_topic", addable=True, label=_("If the topic is"), options=(none, *topics)),
            AnyOf(
                name="if_language", addable=True, label=_("If the language is"), options=(none, *choices.languages())
            ),
            AnyOf(name="if_district", addable=True, label=_("If the district is"), options=(none, *districts)),
            AnyOf(name="if_office", addable=True, label=_("If the office is"), options=(none, *offices)),
            OneOf(name="then_topic", heading=_("Then"), label=_("Set the topic"), options=topics),
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
        lines = _lines({"conditions": row.conditions, "actions": row.actions})
        return {"name": row.name, **lines, "stop": row.stop, "active": row.active}

    def of_file(self, state: State) -> State:
        """Conditions and actions as lines of the form."""
        return {"name": state["name"], "stop": state["stop"], "active": state["active"], **_lines(state)}

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
            _clause(field.name.removeprefix("if_"), _either([field.told([value]) for value in state[field.name]]))
            for field in self.fields_once(names)
            if field.addable and state[field.name]
        ]
        done = [
            f"{field.label}: {_short(field, state[field.name])}"
            for field in self.fields_once(names)
            if field.name.startswith("then_") and state[field.name]
        ]
        both = _("and")
        holds = _("If %(conditions)s", conditions=f" {both} ".join(asked))
        sentence = f"{holds} → {', '.join(done)}"
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
        """Something is asked and something is set, under a name of its own."""
        if self.is_taken(names, row, state):
            return {"name": _("There is already one with this name.")}
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
        never = [each["name"] for each in self._below(names, row, after) if _holds_whenever(after, each)]
        return found + [_("“%(name)s” will never be used after this.", name=name) for name in never]

    def _below(self, names: Names, row: Any, after: State) -> Sequence[State]:
        """The rules that are asked later; a new one of the form is asked last."""
        if names.planned:
            return names.planned[next(at for at, each in enumerate(names.planned, 1) if each is after) :]
        if row is None:
            return ()
        return [self.state(names, each) for each in names.session.scalars(self.rows()) if each.position > row.position]


def _lines(state: State) -> State:
    asked = {f"if_{word}": [value or UNKNOWN for value in state["conditions"].get(word, ())] for word in CONDITIONS}
    return asked | {f"then_{word}": state["actions"].get(word, "") for word in ACTIONS}


def _short(field: Field, value: Any) -> str:
    """What is set; a priority without what it means."""
    told = field.told(value)
    return told.partition(":")[0] if field.name == "then_priority" else told


def _clause(word: str, values: str) -> str:
    """`ämnet är Bygglov eller Avgift`."""
    return {
        "channel": _("the channel is %(values)s", values=values),
        "recipient": _("it was sent to %(values)s", values=values),
        "words": _("it says %(values)s", values=values),
        "topic": _("the topic is %(values)s", values=values),
        "language": _("the language is %(values)s", values=values),
        "district": _("the district is %(values)s", values=values),
        "office": _("the office is %(values)s", values=values),
    }[word]


def _either(values: Sequence[str]) -> str:
    """`a, b or c`."""
    *before, last = values
    either = _("or")
    return f"{', '.join(before)} {either} {last}" if before else last


def _holds_whenever(wide: State, narrow: State) -> bool:
    """Whether `wide` holds in every case in which `narrow` does, as far as their words tell."""
    for word in CONDITIONS:
        asked = {value.lower() for value in wide[f"if_{word}"]}
        if asked and not (narrow[f"if_{word}"] and {value.lower() for value in narrow[f"if_{word}"]} <= asked):
            return False
    return True

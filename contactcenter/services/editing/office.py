"""Offices, with the hours they are open and the days that differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import delete, select

from contactcenter.i18n import gettext as _
from contactcenter.i18n import ngettext
from contactcenter.model import CalendarException, Office, OpeningInterval, OurAddress, Ticket
from contactcenter.queries import signatures
from contactcenter.services import deadlines
from contactcenter.services.editing import choices, hours, placeholders, usage
from contactcenter.services.editing.field import AnyOf, Area, Day, Field, Flag, Lines, OneOf, Words
from contactcenter.services.editing.kind import Kind, Names, State
from routing.hours import Hours, WeeklyHours


class Offices(Kind):
    """Places residents can go to. One that closes gets a last day; it is never deleted."""

    slug = "kontor"
    icon = "door-open"
    table = Office

    def title(self) -> str:
        """Its heading."""
        return _("Offices")

    def lead(self) -> str:
        """What it is."""
        return _("Where residents can go, when it is open, and what they call it.")

    def add_label(self) -> str:
        """The button."""
        return _("New office")

    def fields(self, names: Names) -> tuple[Field, ...]:
        """What it is, where, and when."""
        return (
            Field(name="name", label=_("Name"), required=True),
            OneOf(name="kind", label=_("What it is"), options=choices.office_kinds(), required=True),
            Field(name="street_address", label=_("Street address"), longest=300),
            Field(name="district", label=_("District"), longest=100),
            Field(name="phone", label=_("Telephone"), longest=40),
            Field(name="mail_address", label=_("Mail address"), longest=320),
            hours.WeeklyLines(
                name="intervals",
                label=_("Opening hours"),
                hint=_(
                    "One line a day or span of days, for example: måndag–torsdag 08.00–12.00, 13.00–16.00 udda veckor"
                ),
            ),
            hours.DifferingLines(
                name="exceptions",
                label=_("Days that differ"),
                hint=_("For example: 2026-12-24 stängt: Julafton. They go before the weekly hours."),
            ),
            AnyOf(name="languages", label=_("Languages spoken"), options=choices.languages()),
            Words(name="place_names", label=_("What people call it"), hint=_("One a line, in any language.")),
            Words(
                name="landmarks",
                label=_("Names of the house it lies in"),
                hint=_("One a line. They count only together with a wish to come."),
            ),
            Lines(name="services", label=_("What can be done there"), hint=_("One a line.")),
            Field(name="owner_board", label=_("Owning board")),
            Field(name="operator", label=_("Run by")),
            Field(name="host", label=_("In the house of")),
            Flag(name="discreet", label=_("Discreet: letters and calls do not name it")),
            Day(name="valid_from", label=_("First day")),
            Day(name="valid_to", label=_("Last day")),
            Area(
                name="signature",
                label=_("Lines about it in signatures"),
                hint=placeholders.of_place(),
                longest=signatures.LONGEST,
            ),
        )

    def state(self, names: Names, row: Any) -> State:
        """Columns as they are; hours and days that differ as lines."""
        found: State = {}
        for each in self.fields_once(names):
            if each.name not in ("intervals", "exceptions"):
                value = getattr(row, each.name)
                found[each.name] = value.isoformat() if each.widget == "day" and value else value or ""
        for name in ("languages", "place_names", "landmarks", "services"):
            found[name] = list(getattr(row, name))
        found["kind"], found["discreet"] = row.kind.value, bool(row.discreet)
        found["intervals"], found["exceptions"] = _weekly(names, row), _differing(names, row)
        return found

    def saved(self, names: Names, before: State, after: State) -> None:
        """When an answer is due is reckoned by the office's hours: open tickets are reckoned again, by a job."""
        if any(before.get(name) != after.get(name) for name in ("intervals", "exceptions", "valid_from", "valid_to")):
            deadlines.hours_changed(names.session)

    def write(self, names: Names, row: Any, state: State) -> None:
        """Hours and days that differ are rows of their own, written anew."""
        columns = {name: value for name, value in state.items() if name not in ("intervals", "exceptions")}
        super().write(names, row, columns)
        names.session.flush()
        for table in (OpeningInterval, CalendarException):
            names.session.execute(delete(table).where(table.office_id == row.id))
        for held in map(hours.weekly, state["intervals"]):
            names.session.add(
                OpeningInterval(
                    office_id=row.id,
                    weekday=held.weekday,
                    opens=held.opens,
                    closes=held.closes,
                    weeks=held.weeks,
                    valid_from=held.valid_from,
                    valid_to=held.valid_to,
                )
            )
        for day, spans, reason in map(hours.differing, state["exceptions"]):
            for each in spans or (None,):
                differing = CalendarException(office_id=row.id, day=day, reason=reason)
                if each is not None:
                    differing.opens, differing.closes = each.opens, each.closes
                names.session.add(differing)

    def summary(self, names: Names, state: State) -> Sequence[str]:
        """Where it is and how much it is open."""
        days = len({line.split()[0] for line in state["intervals"]})
        opened = (
            ngettext("open %(num)d day a week", "open %(num)d days a week", days) if days else _("no opening hours")
        )
        lines = (state["street_address"], state["district"], opened, *usage.not_covered(state))
        return tuple(text for text in lines if text)

    def check(self, names: Names, row: Any, state: State) -> Mapping[str, str]:
        """Names differ, the address is one, and the last day is not before the first."""
        found: dict[str, str] = {}
        if self.is_taken(names, row, state):
            found["name"] = _("There is already one with this name.")
        if wrong := usage.wrong_sender(row, state):
            found["mail_address"] = wrong
        if state["valid_from"] and state["valid_to"] and state["valid_to"] < state["valid_from"]:
            found["valid_to"] = _("The last day is before the first.")
        return found

    def effects(self, names: Names, row: Any, before: State, after: State) -> Sequence[str]:
        """The rules, addresses and open tickets that use it; whether its answers are believed."""
        wrong = usage.not_believed(before, after)
        if row is None:
            return wrong
        return (
            *wrong,
            *usage.rules(names.session, "office", row.slug),
            *usage.addresses(names.session, OurAddress.office_id, row.id),
            *usage.open_tickets(names, Ticket.office_id == row.id),
        )


def _weekly(names: Names, row: Office) -> list[str]:
    query = select(OpeningInterval).where(OpeningInterval.office_id == row.id)
    found = names.session.scalars(
        query.order_by(OpeningInterval.weekday, OpeningInterval.opens, OpeningInterval.weeks, OpeningInterval.id)
    )
    return [
        hours.weekly_line(
            WeeklyHours(each.weekday, each.opens, each.closes, each.weeks, each.valid_from, each.valid_to)
        )
        for each in found
    ]


def _differing(names: Names, row: Office) -> list[str]:
    query = select(CalendarException).where(CalendarException.office_id == row.id)
    found = names.session.scalars(query.order_by(CalendarException.day, CalendarException.opens, CalendarException.id))
    lines: list[str] = []
    for day, same in groupby(found, key=lambda each: each.day):
        rows = list(same)
        spans = [Hours(each.opens, each.closes) for each in rows if each.opens is not None and each.closes is not None]
        lines.append(hours.differing_line(day, spans, rows[0].reason))
    return lines

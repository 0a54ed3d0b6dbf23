"""What no single value of a file shows to be wrong: the rules of the forms, asked of objects and of entries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, time
from itertools import groupby
from typing import Any

from contactcenter.i18n import gettext as _
from contactcenter.queries import ack_texts
from contactcenter.services.appearance import look
from contactcenter.services.appearance.palette import HOUSE
from contactcenter.services.editing import hours, placeholders, reply, usage
from contactcenter.services.editing.sender import wrong_pattern
from contactcenter.services.portable.place import Place
from contactcenter.services.portable.value import WEEKDAYS
from routing.deadlines import Target
from routing.hours import Hours, WeeklyHours

State = dict[str, Any]


def nothing(state: State, place: Place) -> None:
    """Every value is right by itself, and that is enough."""


def opening(state: State, place: Place) -> None:
    """A weekly opening is one."""
    try:
        _weekly(state)
    except ValueError:
        place.wrong(_("It must close after it opens."))
    if state["valid_from"] and state["valid_to"] and state["valid_to"] < state["valid_from"]:
        place.at("valid_to").wrong(_("The last day lies before the first."))


def differing_day(state: State, place: Place) -> None:
    """A day that differs has hours, or none."""
    if (state["opens"] is None) != (state["closes"] is None):
        place.wrong(_("Give both times, or none when it is closed."))
    elif state["opens"] is not None and _hours(state) is None:
        place.wrong(_("It must close after it opens."))


def offer(state: State, place: Place) -> None:
    """A service at a fixed time ends after it begins."""
    if state["ends"] <= state["starts"]:
        place.wrong(_("It must close after it opens."))


def office(state: State, place: Place) -> None:
    """Its openings do not overlap, no day differs in two ways, and its last day is not before its first."""
    if state["valid_from"] and state["valid_to"] and state["valid_to"] < state["valid_from"]:
        place.at("valid_to").wrong(_("The last day lies before the first."))
    wrong = hours.wrong_week([_weekly(each) for each in state["intervals"]])
    if wrong:
        place.at("intervals").wrong(wrong)
    for at, day in _unclear_days(state["exceptions"]):
        place.at("exceptions").number(at).wrong(_("%(day)s is here twice, with hours that overlap.", day=day))


def _unclear_days(exceptions: list[State]) -> Iterator[tuple[int, str]]:
    """The days that are both open and closed, or open twice at one time, each with the place of its last entry."""
    ordered = sorted(enumerate(exceptions), key=lambda pair: str(pair[1]["day"]))
    for day, of_day in groupby(ordered, key=lambda pair: str(pair[1]["day"])):
        numbers, states = zip(*of_day, strict=True)
        held = [_hours(each) for each in states]
        open_at = [each for each in held if each is not None]
        if (len(open_at) < len(held) > 1) or hours.overlap(open_at):
            yield max(numbers), day


def _weekly(state: State) -> WeeklyHours:
    since, until = (date.fromisoformat(state[name]) if state[name] else None for name in ("valid_from", "valid_to"))
    opens, closes = time.fromisoformat(state["opens"]), time.fromisoformat(state["closes"])
    return WeeklyHours(WEEKDAYS.index(state["weekday"]), opens, closes, state["weeks"], since, until)


def _hours(state: State) -> Hours | None:
    """None when it is closed, or the hours are none."""
    if state["opens"] is None:
        return None
    try:
        return Hours(time.fromisoformat(state["opens"]), time.fromisoformat(state["closes"]))
    except ValueError:
        return None


def mail(address: str, place: Place) -> None:
    """Where answers come from is an address of ours, if anything."""
    wrong = usage.wrong_address(address) if address else ""
    if wrong:
        place.wrong(wrong)


def our_address(state: State, place: Place) -> None:
    """It is spelled as we compare addresses."""
    if state["address"] != state["address"].lower():
        place.wrong(_("Write an address such as kontakt@ekhamra.example, in small letters."))


def target(state: State, place: Place) -> None:
    """An answer within a time that can be reckoned, or none promised."""
    try:
        if state["count"] is not None:
            Target(state["count"], state["unit"])
    except ValueError:
        place.at("count").wrong(_("Write a whole number: from 1 minute or hour, or 0 days, to 1000 days."))


def canned_reply(state: State, place: Place) -> None:
    """All that stands in double braces can be filled in."""
    wrong = placeholders.wrong(_text(state), reply.PLACEHOLDERS)
    if wrong:
        place.at("text").wrong(wrong)


def signature(state: State, place: Place) -> None:
    """All that stands in double braces can be filled in, and something is left of it."""
    wrong = placeholders.wrong_signature(_text(state))
    if wrong:
        place.at("text").wrong(wrong)


def acknowledgement(state: State, place: Place) -> None:
    """All that stands in double braces can be filled in."""
    for name, text in (("subject", str(state["subject"])), ("text", _text(state))):
        if wrong := placeholders.wrong(text, ack_texts.WORDS):
            place.at(name).wrong(wrong)


def sender(state: State, place: Place) -> None:
    """It names an address or a domain."""
    if wrong := wrong_pattern(str(state["pattern"])):
        place.wrong(wrong)


def _text(state: State) -> str:
    text = state["text"]
    return "\n".join(text) if isinstance(text, list) else str(text)


def appearance(state: State, place: Place) -> None:
    """The six values are such, and everything can be read with them."""
    tokens, problems = look.read({name: state[name] for name in ("shown_name", *look.COLOURS, "radius")})
    for name, text in problems.items():
        place.at(name).wrong(text)
    if state["slug"] != HOUSE:
        place.unknown(_("There is nothing called so here."), state["slug"], (HOUSE,))
    elif not problems and asdict(tokens).items() - state.items():
        place.wrong(_("Write a colour as #0B5A60."))
    elif not problems and not look.can_be_read(tokens):
        place.wrong(
            _("With these colours not everything can be read. The page for the appearance shows what is wrong.")
        )

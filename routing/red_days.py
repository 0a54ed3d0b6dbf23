"""The days that count as Sundays for a Swedish authority, with their Swedish names.

Public holidays are those of lag (1989:253) om allmänna helgdagar. Midsommarafton, julafton and nyårsafton are not
among them, yet lag (1930:173) om beräkning av lagstadgad tid, 2 §, puts them beside the Sundays, and no authority keeps
its doors open: here they are red too. Ordinary Sundays are left out, because an office may choose to be open on them;
so are the days before red days and klämdagar, which are local policy and belong in the calendar of the office.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType

from holidays.constants import DE_FACTO, PUBLIC
from holidays.countries.sweden import Sweden

_KEPT_YEARS = 128


@lru_cache(maxsize=_KEPT_YEARS)
def red_days(year: int) -> Mapping[date, str]:
    """The red days of a year in order, each with its name; two that fall together are named together.

    The library knows 1953–2100; other years have none.
    """
    found = Sweden(years=year, categories=(PUBLIC, DE_FACTO), include_sundays=False, language="sv")
    return MappingProxyType({day: " och ".join(found.get_list(day)) for day in sorted(found)})


def name_of(day: date) -> str | None:
    """What the red day is called (`Midsommarafton`), or None on any other day, ordinary Sundays among them."""
    return red_days(day.year).get(day)


def is_red(day: date) -> bool:
    """Whether the day counts as a Sunday without having to be one."""
    return day in red_days(day.year)


def eve_of(day: date) -> str | None:
    """The name of the red day that tomorrow is, or None. For display: it closes nothing by itself."""
    return name_of(day + timedelta(days=1))

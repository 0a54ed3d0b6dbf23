"""The red days of a Swedish authority, against dates from the almanac."""

from __future__ import annotations

from datetime import date

import pytest

from routing.red_days import eve_of, is_red, name_of, red_days


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ((2026, 1, 1), "Nyårsdagen"),
        ((2026, 1, 6), "Trettondedag jul"),
        ((2026, 4, 3), "Långfredagen"),
        ((2026, 4, 6), "Annandag påsk"),
        ((2026, 5, 1), "Första maj"),
        ((2026, 5, 14), "Kristi himmelsfärdsdag"),
        ((2026, 6, 6), "Nationaldagen"),
        ((2026, 6, 19), "Midsommarafton"),
        ((2026, 6, 20), "Midsommardagen"),
        ((2026, 10, 31), "Alla helgons dag"),
        ((2026, 12, 24), "Julafton"),
        ((2026, 12, 31), "Nyårsafton"),
        ((2027, 3, 26), "Långfredagen"),
        ((2027, 5, 6), "Kristi himmelsfärdsdag"),
        ((2027, 6, 25), "Midsommarafton"),
        ((2027, 11, 6), "Alla helgons dag"),
    ],
)
def test_what_is_red_by_law_or_treated_as_a_sunday(day: tuple[int, int, int], name: str) -> None:
    assert name_of(date(*day)) == name
    assert is_red(date(*day))


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ((2026, 6, 14), "an ordinary Sunday"),
        ((2026, 1, 5), "trettondagsafton"),
        ((2026, 4, 2), "skärtorsdagen"),
        ((2026, 4, 4), "påskafton"),
        ((2026, 4, 30), "valborgsmässoafton"),
        ((2026, 5, 15), "a klämdag"),
        ((2026, 5, 25), "annandag pingst, which was given up for Nationaldagen in 2005"),
        ((2026, 10, 30), "allhelgonaafton"),
        ((2026, 12, 23), "the day before julafton"),
    ],
)
def test_what_is_not_red(day: tuple[int, int, int], why: str) -> None:
    assert name_of(date(*day)) is None, why
    assert not is_red(date(*day))


def test_a_year_has_sixteen_in_order_and_is_reckoned_once() -> None:
    assert len(red_days(2026)) == 16
    assert list(red_days(2026)) == sorted(red_days(2026))
    assert red_days(2026) is red_days(2026)


def test_two_that_fall_together_are_named_together() -> None:
    assert name_of(date(2008, 5, 1)) == "Första maj och Kristi himmelsfärdsdag"


def test_the_eve_of_a_red_day_names_it_also_over_the_new_year() -> None:
    assert eve_of(date(2026, 6, 18)) == "Midsommarafton"
    assert eve_of(date(2026, 12, 31)) == "Nyårsdagen"
    assert eve_of(date(2026, 6, 17)) is None


def test_beyond_what_the_library_knows_nothing_is_red() -> None:
    assert (dict(red_days(1952)), dict(red_days(2101))) == ({}, {})

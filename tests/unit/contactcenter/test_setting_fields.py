"""The lines of a settings form: what each takes, how it is stored, told again, and refused."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from contactcenter.services.editing.field import Day, Field, Lines, Wrong
from contactcenter.services.editing.hours import DifferingLines, WeeklyLines
from contactcenter.services.editing.phrase import Phrases

WEEK, DAYS = WeeklyLines(name="x", label="x"), DifferingLines(name="x", label="x")
PHRASES, LINES, DAY = Phrases(name="x", label="x"), Lines(name="x", label="x"), Day(name="x", label="x")


def read(field: Field, text: str) -> Any:
    return field.read(MultiDict({"x": text}))


def test_a_week_is_stored_and_told_again() -> None:
    stored = read(WEEK, "Måndag-tisdag 8.00-12.00, 13:00–16:30\ntor 18.00–00.00 even")
    assert stored == [
        "1 08:00-12:00 every",
        "1 13:00-16:30 every",
        "2 08:00-12:00 every",
        "2 13:00-16:30 every",
        "4 18:00-00:00 even",
    ]
    assert "Måndag 08.00–12.00, 13.00–16.30\n" in WEEK.written(stored)
    assert read(WEEK, WEEK.written(stored)) == stored
    assert read(WEEK, "tor 18.00–20.00 till 2026-05-31") == ["4 18:00-20:00 every * 2026-05-31"]


def test_openings_that_never_meet_are_no_overlap() -> None:
    assert len(read(WEEK, "tis 10.00–12.00 udda veckor\ntis 10.00–12.00 jämna veckor\ntis 12.00–13.00")) == 3
    assert len(read(WEEK, "ons 8.00–12.00 till 2026-05-31\nons 9.00–12.00 från 2026-06-01")) == 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("måndag 08.00–12.00\nmån 11.00–13.00", "overlap"),
        ("måndag 08.00–12.00, 11.00–13.00", "overlap"),
        ("måndag 08.00–12.00\nmån 11.00–13.00 udda veckor", "overlap"),
        ("måndag 18.00–00.00\nmån 23.00–23.30", "overlap"),
        ("måndag 12.00–08.00", "closes before it opens"),
        ("måndag 25.00–26.00", "closes before it opens"),
        ("måndag 08.00–33.00", "closes before it opens"),
        ("måndag 08.00–24.30", "closes before it opens"),
        ("måndag 08.61–12.00", "closes before it opens"),
        ("mondag 8-12", "is no opening"),
        ("fredag–måndag 08.00–12.00", "is no opening"),
        ("måndag 08.00–12.00 ibland", "is no opening"),
        ("måndag 08.00–12.00 från 2026-02-31", "does not exist"),
        ("måndag 08.00–12.00 från 2026-03-01 till 2026-02-01", "ends before"),
    ],
)
def test_a_week_that_cannot_be(line: str, said: str) -> None:
    with pytest.raises(Wrong, match=said):
        read(WEEK, line)


def test_days_that_differ_are_stored_and_told_again() -> None:
    stored = read(
        DAYS, "2026-12-24 stängt: Julafton\n2026-12-23 13.00–15.00, 09.00–12.00 Dagen före\n2026-12-31 closed"
    )
    assert stored == [
        "2026-12-23 09:00-12:00,13:00-15:00 Dagen före",
        "2026-12-24 closed Julafton",
        "2026-12-31 closed",
    ]
    assert read(DAYS, DAYS.written(stored)) == stored


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("2026-12-24 stängt\n2026-12-24 08.00–10.00", "stands twice"),
        ("2026-12-23 08.00–10.00, 09.00–12.00", "overlap"),
        ("julafton stängt", "is no such day"),
        ("2026-13-24 stängt", "does not exist"),
    ],
)
def test_a_day_that_cannot_differ_so(line: str, said: str) -> None:
    with pytest.raises(Wrong, match=said):
        read(DAYS, line)


def test_phrases_keep_their_weights_and_marks() -> None:
    given = 'bygglov = 2\n=plats\nsop*\n!i natt = 1,5\n"hej = 3 saker" = 0.5\n\nbygglov = 3'
    stored = {"bygglov": 3.0, "=plats": 1.0, "sop*": 1.0, "!i natt": 1.5, '"hej = 3 saker"': 0.5}
    assert read(PHRASES, given) == stored
    assert read(PHRASES, PHRASES.written(stored)) == stored


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("bygglov\n+ +", "Line 2"),
        ("bygglov = 99", "between"),
        ("…", "Line 1"),
        ("a" * 200_001, "at most"),
        ("\x00", "sign"),
    ],
)
def test_phrases_that_cannot_be_read(text: str, said: str) -> None:
    with pytest.raises(Wrong, match=said):
        read(PHRASES, text)


@pytest.mark.parametrize(
    "stored", [{"a = 2": 1.0}, {"a": 2.123456789}, {"a": 0.0000001}, {"a": -10.0}, {"a": 10.0}, {'"Hej du"': 1.0}]
)
def test_a_form_that_is_saved_as_it_was_changes_no_weight(stored: dict[str, float]) -> None:
    assert read(PHRASES, PHRASES.written(stored)) == stored


def test_small_fields() -> None:
    assert read(LINES, " a \r\n\r\nb\na") == ["a", "b"]
    assert (read(DAY, "2026-11-20"), read(DAY, "")) == ("2026-11-20", "")
    with pytest.raises(Wrong):
        read(DAY, "igår")

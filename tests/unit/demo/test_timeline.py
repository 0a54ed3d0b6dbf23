"""The relative times of the example data: believable, increasing and never in the future."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from contactcenter.demo.conversations import (
    last_activity_at,
    load_conversations,
    received_at,
    timeline,
    wakes_at,
)
from contactcenter.demo.timeline import LOCAL, fill_dates

OPEN_DAYS = {"satra": {0, 1, 2, 3}, "valbo": {0, 2}, "bergby": {1}, "infodisk_oster": {3}}
NOWS = [
    datetime(2026, 11, 20, 10, 55, tzinfo=UTC),  # a Friday at work
    datetime(2026, 11, 23, 5, 40, tzinfo=UTC),  # Monday morning before anybody has written
    datetime(2026, 11, 21, 14, 0, tzinfo=UTC),  # Saturday
    datetime(2026, 3, 29, 1, 30, tzinfo=UTC),  # the night summer time begins
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),  # the night it ends, 02:30 for the first time
    datetime(2027, 1, 1, 0, 5, tzinfo=LOCAL),
]
CONVERSATIONS = load_conversations()


@pytest.mark.parametrize("now", NOWS, ids=str)
def test_times_increase_and_are_never_ahead(now: datetime) -> None:
    for one in CONVERSATIONS:
        moments = [placed.at for placed in timeline(one, now)]
        assert all(earlier < later for earlier, later in pairwise(moments)), one.key
        assert moments[0] == received_at(one, now)
        assert moments[-1] == last_activity_at(one, now)
        assert moments[-1] <= now, one.key
        assert all(moment.tzinfo is UTC for moment in moments), one.key


@pytest.mark.parametrize("now", NOWS, ids=str)
def test_parked_ones_wake_on_a_working_day_ahead(now: datetime) -> None:
    for one in CONVERSATIONS:
        wakes = wakes_at(one, now)
        assert (wakes is not None) == (one.status == "parked"), one.key
        assert wakes is None or (wakes > now and wakes.astimezone(LOCAL).weekday() < 5), one.key


@pytest.mark.parametrize("now", NOWS, ids=str)
def test_agents_work_in_working_hours(now: datetime) -> None:
    for one in CONVERSATIONS:
        if isinstance(one.received, timedelta):
            continue
        for placed in timeline(one, now):
            local = placed.at.astimezone(LOCAL)
            if placed.entry.author.endswith("@ekhamra.example"):
                assert local.weekday() < 5, one.key
                assert "07:30" <= local.strftime("%H:%M") <= "18:00", (one.key, local)
            if placed.entry.kind == "visit":
                assert local.weekday() in OPEN_DAYS.get(one.office or "", range(5)), one.key


def test_some_arrived_within_the_last_hours_whatever_the_day() -> None:
    fresh = [one for one in CONVERSATIONS if received_at(one, NOWS[2]) > NOWS[2] - timedelta(hours=2)]
    assert len(fresh) >= 6


def test_what_lies_ahead_of_the_clock_moves_to_the_working_day_before() -> None:
    child = next(one for one in CONVERSATIONS if one.key == "acute-child-next-door")
    assert received_at(child, NOWS[0]).astimezone(LOCAL) == datetime(2026, 11, 20, 9, 38, tzinfo=LOCAL)
    assert received_at(child, NOWS[1]).astimezone(LOCAL) == datetime(2026, 11, 20, 9, 38, tzinfo=LOCAL)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("senast {day+2}.", "senast tisdag 24 november."),
        ("sedan {day-1}", "sedan torsdag 19 november"),
        ("{next thu} kl. 14", "torsdag 26 november kl. 14"),
        ("{next fri}", "fredag 27 november"),
    ],
)
def test_dates_in_texts(text: str, filled: str) -> None:
    assert fill_dates(text, NOWS[0].date()) == filled


def test_no_brace_is_left_in_any_text() -> None:
    for one in CONVERSATIONS:
        texts = [placed.text for placed in timeline(one, NOWS[0])]
        assert all("{" not in text and text == text.strip() for text in texts), one.key

"""Lines below a signature mark that say how to reach somebody and no more, and those that may be an answer."""

from __future__ import annotations

import time

import pytest

from channels.email.signatures import tells_how_to_reach


@pytest.mark.parametrize(
    "line",
    [
        "--", "-- ", "—", "", "=====", "070-174 06 05", "+46 70 174 06 05", "+46 (0)70-174 06 05", "Tel: 070-174 06 05",
        "Mobil 0701740605", "maja@example.se", "E-post: maja@example.se", "<maja@example.se>", "www.example.se",
        "https://www.example.se/", "Webb: www.example.se", "Storgatan 2", "Norra Storgatan 12 B", "123 45 Ekhamra",
        "SE-123 45 Ekhamra", "123 45 Norra Ekhamra", "Skickat från min iPhone", "Sent from Outlook for iOS",
    ],
)  # fmt: skip
def test_how_to_reach_somebody(line: str) -> None:
    assert tells_how_to_reach(line)


@pytest.mark.parametrize(
    "line",
    [
        "Lampan är fortfarande trasig.", "Grannen har skadat sig.", "Ring 070-174 06 05", "2026-11-25 10.00", "112",
        "Ny adress Storgatan 2", "Storgatan", "123 45", "123 45 Ekhamra är det", "https://example.se/lampan-lyser-inte",
        "maja@example.se fungerar inte", "Rektor", "Ekhamra Bygg AB", "070-174 06 05?", "Tel: går inte", "Plan 2",
        "se www.example.se",
    ],
)  # fmt: skip
def test_what_may_be_an_answer(line: str) -> None:
    assert not tells_how_to_reach(line)


@pytest.mark.parametrize("piece", ["0", "0 ", "a@", "a.", "A", "Aa ", "-", "www.", "123 45 A"])
def test_the_longest_line_takes_no_time(piece: str) -> None:
    began = time.perf_counter()
    for length in range(1, 500, 10):
        tells_how_to_reach((piece * 500)[:length] + "?")
    assert time.perf_counter() - began < 1.0

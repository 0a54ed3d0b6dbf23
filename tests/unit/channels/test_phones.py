"""One number, however it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.phones import normal_number


@pytest.mark.parametrize(
    "text",
    [
        "070-174 06 05",
        "0701740605",
        "+46701740605",
        "0046 70 174 06 05",
        "+46 (0)70-174 06 05",
        " 070/1740605 ",
        "+460701740605",
    ],
)
def test_many_ways_are_one(text: str) -> None:
    assert normal_number(text) == "+46701740605"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "112",
        "1740605",
        "abc",
        "070-x",
        "+0701740605",
        "+" + "1" * 16,
        "070\n174 06 05 11 11 11 11 11",
        "٠٧٠١٧٤٠٦٠٥",
    ],
)
def test_what_is_no_number(text: str) -> None:
    assert normal_number(text) is None


def test_a_number_abroad() -> None:
    assert normal_number("+358 40 123 4567") == "+358401234567"


@given(st.text(alphabet="+0123456789 -()", max_size=30))
def test_normal_is_normal(text: str) -> None:
    number = normal_number(text)
    assert number is None or normal_number(number) == number

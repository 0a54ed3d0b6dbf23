"""Reasons are told in the reader's language, and in Swedish with the very words that other programs are given."""

from __future__ import annotations

from dataclasses import asdict
from string import Formatter
from typing import Any

import pytest
from flask import Flask, g

from contactcenter.queries import why
from routing.facts import Reason
from routing.reasons import TEXTS, reason

WORDS = (("altan",), ("altan", "uterum"), ())


def made(code: str, words: tuple[str, ...]) -> Reason:
    asked = {name for _text, name, _spec, _conversion in Formatter().parse(TEXTS[code]) if name} - {"words"}
    names: dict[str, Any] = {name: "high" if name == "priority" else f"ett {name}" for name in asked}
    return reason(code, words, **names)


@pytest.mark.parametrize("code", TEXTS)
def test_in_swedish_a_reason_is_told_as_it_is_stored(app: Flask, code: str) -> None:
    with app.test_request_context():
        g.locale = "sv"
        for words in WORDS:
            assert why.tell(asdict(made(code, words))) == made(code, words).text


@pytest.mark.parametrize("code", TEXTS)
def test_in_english_no_swedish_is_left(app: Flask, code: str) -> None:
    with app.test_request_context():
        g.locale = "en"
        told = why.tell(asdict(made(code, ("altan", "uterum"))))
    stored = made(code, ("altan", "uterum"))
    assert told != stored.text
    assert all(name in told for key, name in stored.names.items() if key != "priority")
    assert ("“altan”, “uterum”" in told) == ("altan" in stored.text)


@pytest.mark.parametrize("lost", [{"code": "a code of tomorrow"}, {"code": "topic_words", "names": {}}, {}])
def test_what_cannot_be_told_is_shown_as_it_was_stored(app: Flask, lost: dict[str, object]) -> None:
    with app.test_request_context():
        assert why.tell({"text": "Som det sparades.", **lost}) == "Som det sparades."

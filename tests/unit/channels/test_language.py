"""Languages of short messages: by script, by everyday words, by statistics, and none when in doubt."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.language import LANGUAGES, detect


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("sv", "Hej, när har ni öppet på fredag?"),
        ("sv", "Bussen kom inte"),
        ("sv", "När öppnar återvinningscentralen?"),
        ("sv", "Jag vill ha hjälp med SFI. Best regards"),
        ("en", "Hi, where do I apply?"),
        ("en", "my husband hits me"),
        ("fi", "Hei, milloin teillä on auki?"),
        ("fi", "Mieheni lyö minua"),
        ("so", "Salaan, guri ayaan raadinayaa"),
        ("so", "Fadlan i caawi"),
        ("so", "Waan u baahanahay caawimaad"),
        ("ar", "أريد حجز موعد"),
        ("ar", "السلام عليكم، وصلتني رسالة"),
        ("fa", "سلام من خانه می‌خواهم"),
        ("fa", "کمک فوری لازم دارم"),
        ("ti", "ሰላም ገዛ ይደሊ ኣለኹ"),
        ("uk", "Добрий день, я шукаю житло"),
        ("ru", "Здравствуйте, где можно записаться на курсы"),
        ("pl", "Dzień dobry, szukam mieszkania"),
        ("de", "Wo kann man mit dem Wohnmobil übernachten?"),
        ("da", "Hej, hvornår har I åbent i morgen?"),
        ("no", "Hei, når åpner biblioteket i morgen?"),
        ("es", "Hola, acabo de llegar y necesito ayuda"),
        ("tr", "Merhaba, randevu almak istiyorum"),
    ],
)
def test_the_language_of_a_short_message(language: str, text: str) -> None:
    found, sure = detect(text)
    assert found == language
    assert 0.3 <= sure <= 1.0


@pytest.mark.parametrize("text", ["", "ok", "12345", "!!!", "anna@example.se", "https://example.se", "ٹھیک ہے ڈاکٹر"])
def test_a_doubtful_text_has_no_language(text: str) -> None:
    assert detect(text) == (None, 0.0)


def test_only_the_beginning_of_a_long_text_is_looked_at() -> None:
    assert detect("Jag undrar när ni har öppet. " * 200 + "the and is of you " * 50_000)[0] == "sv"


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_has_a_known_language_or_none(text: str) -> None:
    language, sure = detect(text)
    assert language is None or language in LANGUAGES
    assert 0.0 <= sure <= 1.0

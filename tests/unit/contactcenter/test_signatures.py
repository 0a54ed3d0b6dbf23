"""What is filled in between double braces in a signature, and which lines are left out."""

from __future__ import annotations

import pytest

from contactcenter.queries.signatures import COMMON, SWEDISH, fill

EVERYTHING = {
    "guide": "Alice",
    "title": "Samhällsvägledare",
    "municipality": "Ekhamra kommun",
    "place": "Kontaktcenter\nTorget 1",
    "number": "KC-7",
}


def test_the_common_one_says_who_what_where_and_about_what() -> None:
    assert fill(COMMON, EVERYTHING) == "Alice\nSamhällsvägledare, Ekhamra kommun\nKontaktcenter\nTorget 1\nKC-7"


@pytest.mark.parametrize(
    ("text", "values", "made"),
    [
        (COMMON, {"municipality": "Ekhamra kommun"}, "Ekhamra kommun"),
        ("{{titel}}, {{svarsgrupp}}, {{kommun}}", {"title": "T", "municipality": "K"}, "T, K"),
        ("{{titel}} · {{kommun}}", {"title": "T"}, "T"),
        ("{{titel}}, {{svarsgrupp}}, {{kommun}}", {"municipality": "K"}, "K"),
        ("Telefon: {{telefon}}\nHej", {}, "Hej"),
        ("Telefon: {{telefon}}", {"phone": " "}, ""),
        ("Hälsningar,\n{{Vägledare}}", {"guide": "A"}, "Hälsningar,\nA"),
        ("{{guide}} {{ vägledare }}", {"guide": "A"}, "A A"),
        ("{{guide}}", {"guide": "{{number}}, x", "number": "1"}, "{{number}}, x"),
        ("{{guide}}, {{number}}", {"guide": "{{title}},"}, "{{title}},"),
        ("{{finnsinte}} och {{guide}}", {"guide": "A"}, "och A"),
        ("{{", {}, "{{"),
        ("", {}, ""),
        ("{{" * 20_000, {}, "{{" * 20_000),
        ("{{" + " " * 1900 + "guide\n}}", {"guide": "A"}, "{{" + " " * 1900 + "guide\n}}"),
        ("{{" + " " * 20_000 + "guide" + " " * 20_000 + "}}", {"guide": "A"}, "A"),
        ("{{guide" + " " * 20_000, {"guide": "A"}, "{{guide"),
        (("," * 20_000) + "{{guide}}{{title}}", {"guide": "A"}, "A"),
    ],
)
def test_a_text(text: str, values: dict[str, str], made: str) -> None:
    assert fill(text, values) == made


def test_every_word_is_understood_in_both_languages() -> None:
    for swedish, english in SWEDISH.items():
        assert fill(f"{{{{{swedish}}}}} {{{{{english}}}}}", {english: "x"}) == "x x"

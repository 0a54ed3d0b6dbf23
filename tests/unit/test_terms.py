"""How texts and questions become words."""

from __future__ import annotations

import pytest

from contactcenter.terms import MOST_MARKS, MOST_TERMS, Term, document, fold, question, ticket_number
from tests.hanging import not_hanging


@pytest.mark.parametrize(
    "forms",
    [
        "faktura fakturan fakturor fakturorna fakturans",
        "ärende ärendet ärenden ärendena ärendets",
        "skola skolan skolor skolorna",
        "fråga frågan frågor frågorna",
        "avgift avgiften avgifter",
        "barn barnet barnen",
        "gata gatan gator",
        "bygglov bygglovet bygglovs",
    ],
)
def test_every_form_of_a_word_begins_with_what_any_form_asks_for(forms: str) -> None:
    for asked in forms.split():
        (term,) = question(asked)
        assert all(form.startswith(term.words[0]) for form in forms.split()), asked


@pytest.mark.parametrize("marks", ["\u0301\u0327", "\u0344", "\u0f73\u0301", "\U0001e8d0\u0301"])
def test_letters_with_a_million_marks_take_no_time(marks: str) -> None:
    """They are sorted by their class, which takes the square of how many there are."""
    with not_hanging():
        assert len(fold("o" + marks * 250_000 + "k")) <= MOST_MARKS + 2
        document("Hej " + marks * 250_000)


def test_letters_are_what_they_look_like() -> None:
    assert fold("A\u030amål") == fold("ÅMÅL") == "åmål"
    assert fold("Amal") != fold("Åmål")
    assert fold("vatten\u00adavgift \ufb01nns") == "vattenavgift finns"
    assert document("av\ud800sked") == (" avsked ", "sked")
    assert document("الشَّارِع")[0] == document("الشارع")[0]


@pytest.mark.parametrize(
    "number", ["070-174 06 05", "0701740605", "+46701740605", "+46 (0)70-174 06 05", "0046 70 1740605"]
)
def test_a_telephone_number_is_one_number_however_it_is_written(number: str) -> None:
    assert "0701740605" in document(f"ring {number} tack")[1].split()
    (term,) = question(number)
    assert term.part == "0701740605"


def test_parts_are_long_words_without_their_beginning_and_numbers() -> None:
    assert document("fakturafråga skatt 4812 a1") == (" fakturafråga skatt 4812 a1 ", "kturafråga 4812")


def test_a_question_is_words_numbers_and_quotes() -> None:
    assert question('"stora torget" e-post 12 34 anna@example.se') == [
        Term(("stora", "torget")),
        Term(("e", "post"), prefix=True),
        Term(("12",)),
        Term(("34",)),
        Term(("anna", "example", "se")),
    ]
    assert question("”kloka ord“") == [Term(("kloka", "ord"))]
    assert question('"halva frågan') == question("halva frågan")


@pytest.mark.parametrize("nothing", ["", "   ", "\0", '"', '""', "*", "-- ; '", "(:)", "\ud800"])
def test_nothing_is_asked_without_a_word(nothing: str) -> None:
    assert question(nothing) == []


def test_long_questions_are_cut() -> None:
    assert len(question("a1 b2 c3 d4 e5 f6 g7 h8 i9 j0 k1 l2 m3 n4")) == MOST_TERMS
    assert len(question("x" * 10_000)[0].words[0]) <= 64


@pytest.mark.parametrize(
    "text", ["1 " * 500_000, "(" * 1_000_000, "1-" * 500_000, "ﷺ" * 200_000, "å\u0301" * 300_000, '"' * 1_000_000]
)
def test_hostile_texts_are_read(text: str) -> None:
    with not_hanging():
        words, parts = document(text)
        question(text)
    assert len(words.encode()) < 1_000_000
    assert len(parts.encode()) < 1_000_000


@pytest.mark.parametrize(
    ("text", "number"),
    [("4812", 4812), ("#4812", 4812), ("KC-4812", 4812), ("kc 4812", 4812), (" KC4812 ", 4812)]
    + [(text, None) for text in ("SE-4812", "4812 a", "", "KC-", "1234567890", "4 812", "-4812")],
)
def test_a_ticket_number_is_known_with_its_prefix(text: str, number: int | None) -> None:
    assert ticket_number(text, "KC") == number

"""What is thanks and nothing else, by examples: no question and no news is ever among them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.thanks import MOST_CHARACTERS, is_only_thanks, says_nothing, words

NAMES = frozenset(words("Maja Exempel maja.exempel Sara Lind"))

THANKS = [
    "Tack!", "tack", "TACK!!!", "Tack 🙏", "Tack så mycket :)", "Tack ❤️", "Tusen tack för hjälpen!", "Tack Sara!",
    "Hej Sara!\n\nTack så mycket för snabbt svar.\n\nMed vänlig hälsning\nMaja Exempel", "Tack, Maja", "Tack! /Maja",
    "Ok, tack så mycket för svaret! Ha en fin dag.", "Stort tack för all hjälp och trevlig helg!", "Perfekt, tack!",
    "Toppen! Tack för informationen 😊", "Tack snälla, ni är bäst!", "Då vet jag. Tack!", "Tackar!", "Tack igen",
    "Tack för att ni svarade så snabbt!\nMvh Maja", "Tack ska du ha", "Vad snällt, tack", "God jul och tack!",
    "Jättebra, tack för ett snabbt och bra svar 👍", "Hej! Tack för hjälpen.\nSkickat från min iPhone", "Tack…",
    "Okej tack", "”Tack”", "Tack (för hjälpen)", "Många tack för ert engagemang", "Tack för länken!",
    "Thanks!", "Thank you so much for your help!", "Many thanks, Maja", "Great, thanks a lot. Have a nice day!",
    "Thank you.\nBest regards,\nMaja Exempel", "Thanks for getting back to me", "thx", "You're the best, thank you!",
    "Kiitos!", "Kiitos paljon avusta!", "Hei, kiitos nopeasta vastauksesta. Terveisin Maja", "Selvä, kiitos!",
    "Tusen takk for hjelpen", "Mange tak!", "Vielen Dank für Ihre Hilfe", "Danke schön!", "Merci beaucoup",
    "Muchas gracias", "Dziękuję bardzo za pomoc", "Дякую!", "Большое спасибо за помощь", "Hvala puno", "Teşekkürler",
    "Gelek spas", "Waad mahadsantahay", "شكرا جزيلا", "خیلی ممنون", "የቐንየለይ",
]  # fmt: skip

NOT_ONLY = [
    "", "   ", "Hej", "Ok", "Okej!", "Bra", "👍", "🙏", "Mvh Maja", "Maja", "Ha en bra dag!", "?", "...",
    "Tack?", "Tack! Men när öppnar ni?", "Tack, men jag undrar en sak", "Tack men det stämmer inte",
    "Ja tack", "Ja, tack!", "Nej tack", "Nej, tack", "Jo tack", "Gärna, tack!", "Jag vill gärna, tack", "Tack gärna",
    "Tack på förhand", "Tack! Då kommer jag på tisdag.", "Tack, vi ses klockan 10", "Tack! 070-174 06 05",
    "Tack för ingenting", "Tack för inget", "Nej", "Inte tack", "Tack! Det fungerar fortfarande inte.",
    "Tack, nu fungerar det", "Tack. Jag överklagar.", "Tack för svaret. Jag har flyttat till Storgatan.",
    "Tack! Se bifogad fil", "Tack, här kommer handlingarna", "Tack! https://example.se", "Tack a@example.se",
    "Tack, ring mig", "Tack, kan ni ringa", "Tack Olle!", "Tack för hjälpen med bygglovet", "Tack 2", "Tack ½",
    "Tack! Jag mår dåligt", "Tack, hjälp", "Tack och adjö jag orkar inte mer", "Tack för mig", "Tack, jag avbokar",
    "Jag tackar nej", "Vi tackar ja", "Tackar nej", "Tack 👎", "Tack 😡", "Tack 😢", "Tack = nej", "Tack #1", "Tack %",
    "Inget tack", "Ett tack hade varit på sin plats", "Tack vare er blev det fel", "Vad snällt", "Tack؟", "Tack？",
    "Thanks, but no", "No thanks", "Yes please, thank you", "Thanks! When do you open?", "Thanks in advance",
    "Thanks for nothing", "Thank you, I will come on Tuesday", "Please, thanks", "I have not got thanks",
    "Kiitos, mutta milloin", "Ei kiitos", "Kyllä kiitos", "Joo kiitos", "Kiitos etukäteen",
    "Nein danke", "Ja danke", "Ja bitte, danke", "Non merci", "No gracias", "Nie dziękuję", "Ні, дякую", "Нет, спасибо",
    "Ne hvala", "لا شكرا", "نه ممنون", "Maya mahadsanid", "Hayır teşekkürler",
    "Tack! Hej då livet", "Tack för allt, det här är slutet", "Tack. Förlåt.",
    "Tack för allt!", "Tack för allt. Adjö.", "Tack och hej", "Tack och hej då",
    "Thanks for everything, goodbye", "Kiitos kaikesta",
    "Tack, vilken bra service :(", "Tack :-(", "Tack :'(", "Tack : (", "Tack :/", "Tack ;(", "Tack =(", "Tack ):",
    "Tack :S", "Tack D:", "Tack :[", "Tack :|", "Tack :\\",
]  # fmt: skip


@pytest.mark.parametrize("text", THANKS)
def test_thanks_and_nothing_else(text: str) -> None:
    assert is_only_thanks(text, NAMES)


@pytest.mark.parametrize("text", NOT_ONLY)
def test_anything_else_is_a_message(text: str) -> None:
    assert not is_only_thanks(text, NAMES)


def test_a_name_is_one_only_where_it_is_known() -> None:
    assert not is_only_thanks("Tack Sara!")
    assert not is_only_thanks("Maja Sara", NAMES)


@given(
    st.sampled_from(THANKS), st.text(max_size=30), st.sampled_from(["?", "0", "7", "@", "http", "ring", "men", "inte"])
)
def test_nothing_with_a_question_a_digit_or_news_is_swallowed(thanks: str, between: str, news: str) -> None:
    assert not is_only_thanks(f"{thanks} {between} {news}", NAMES)
    assert not is_only_thanks(f"{news} {between} {thanks}", NAMES)


@given(st.lists(st.sampled_from(["tack", "ja", "nej", "bra", "Maja", "hej", "inte", "ok"]), max_size=8))
def test_a_word_that_may_answer_is_never_passed_over(said: list[str]) -> None:
    found = is_only_thanks(" ".join(said), NAMES)
    assert not (found and {"ja", "nej", "inte"} & set(said))
    assert not (found and "tack" not in said)


@given(st.text(max_size=2 * MOST_CHARACTERS))
def test_any_text_has_an_answer(text: str) -> None:
    assert is_only_thanks(text) in (True, False)


def test_the_longest_text_takes_no_time() -> None:
    began = time.perf_counter()
    for text in ("tack " * 1_000_000, "tack så " * 50, ":" * MOST_CHARACTERS, "a'" * 200, "^_" * 200):
        is_only_thanks(text, NAMES)
    assert time.perf_counter() - began < 1.0


@pytest.mark.parametrize(
    "text",
    ["Tack, inte nöjd", "Nej tack", "Ja, tack", "Tack, ring", "No thanks", "Ei kiitos", "Tack S :S", "Tack D D:"],
)
def test_what_somebody_is_called_turns_nothing_round(text: str) -> None:
    assert not is_only_thanks(text, words("Inte Nöjd Nej Ja Ring No Ei S D"))


@pytest.mark.parametrize("text", ["", "Maja Exempel", "Mvh Maja", "Tack!", "Hej"])
def test_what_says_nothing_needs_no_thanks(text: str) -> None:
    assert says_nothing(text, NAMES)
    assert not says_nothing(f"{text} Lampan", NAMES)

"""Words and phrases: inflection, compounds, missing dots, words written apart, slips of the pen, other scripts."""

from __future__ import annotations

import pytest

from routing.index import Entry, PhraseIndex
from routing.phrases import is_example, is_urgent_cue, is_urgent_example, parse
from routing.stems import stem
from routing.tokens import LONGEST_WORD, MOST_WORDS, read


def found(phrase: str, text: str, subject: str = "") -> bool:
    return bool(PhraseIndex([Entry("topic", "t", phrase)]).match(read(subject, text)))


@pytest.mark.parametrize("nothing", ["-", "…", "!!!", "#", " "])
def test_a_phrase_without_a_word_matches_nothing_and_stops_nothing(nothing: str) -> None:
    """One odd line in the settings must not end all routing."""
    index = PhraseIndex([Entry("topic", "a", nothing), Entry("topic", "b", "faktura")])
    assert [hit.owner for hit in index.match(read("", "Min faktura - … !!!"))] == ["b"]


@pytest.mark.parametrize(
    "words",
    [
        ("faktura", "fakturan", "fakturor", "fakturorna", "fakturans"),
        ("förskola", "förskolan", "förskolor", "förskolornas"),
        ("lägenhet", "lägenheten", "lägenheter", "lägenheterna"),
        ("ansöka", "ansöker", "ansökan"),
        ("son", "sonen", "söner", "sonens"),
        ("المدرسة".replace("ة", "ه"), "مدرسه", "والمدرسه"),
    ],
)
def test_forms_of_a_word_share_a_stem(words: tuple[str, ...]) -> None:
    assert len({stem(word) for word in words}) == 1


def test_function_words_never_look_like_nouns() -> None:
    assert stem("varan") != stem("var")
    assert stem("internet") != stem("inte")


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("bygglov", "Frågor om bygglovet"),
        ("bygglov", "min bygglovsansökan"),
        ("hemtjänst", "kvällshemtjänsten"),
        ("färdtjänst", "ansöka om färd tjänst"),
        ("färdtjänst", "ansöka om färtjänst"),
        ("förskola", "plats pa forskola"),
        ("p-bot", "en pbot"),
        ("p-bot", "en P-BOT!"),
        ("sop*", "sopbilen kom aldrig"),
        ("*larm*", "brandlarmet"),
        ("*nyckel", "husnyckel"),
        ("kom inte", "bussen kom i dag inte"),
        ("barn + rädd", "han är så rädd, mitt barn"),
        ("päiväko*", "paikka päiväkodista"),
        ("موعد", "أريد موعدا"),
        ("می‌خواهم", "میخواهم بیایم"),
    ],
)
def test_a_phrase_is_found(phrase: str, text: str) -> None:
    assert found(phrase, text)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("=plats", "en fin lekplats"),
        ("hål", "hela dagen"),
        ("kom inte", "kom hem. Jag vill inte"),
        ("kom inte", "inte kom"),
        ("barn + rädd", "barn " + "och " * 30 + "rädd"),
        ("bygglov", "skriv till bygglov@ekhamra.example"),
        ("får", "far har"),
    ],
)
def test_a_phrase_is_not_found(phrase: str, text: str) -> None:
    assert not found(phrase, text)


def test_a_compound_and_a_slip_count_less_than_the_word_itself() -> None:
    index = PhraseIndex([Entry("topic", "t", "bygglov", 4.0)])
    weights = [index.match(read("", text))[0].weight for text in ("bygglov på", "bygglovsfråga på", "byglov på")]
    assert weights[0] == 4.0
    assert weights[0] > weights[1]
    assert weights[0] > weights[2]


def test_a_phrase_in_the_subject_is_told_apart() -> None:
    hit = PhraseIndex([Entry("topic", "t", "bygglov")]).match(read("Om bygglov", "Hej på er"))[0]
    assert hit.in_subject
    assert hit.words == ("bygglov",)


def test_a_phrase_without_a_word_is_refused() -> None:
    with pytest.raises(ValueError, match="holds no word"):
        parse(" + *")


def test_examples_and_cues_are_known_by_their_signs() -> None:
    assert is_example('"Hej på er"')
    assert is_urgent_example('!"Det brinner"')
    assert not is_urgent_example('"Hej"')
    assert is_urgent_cue("!i natt")
    assert not is_urgent_cue('!"Det brinner"')


def test_reading_is_bounded() -> None:
    reading = read("ämne", "ord " * 100_000 + "x" * 5_000)
    assert len(reading.words) <= 2 * MOST_WORDS
    assert max(len(word.text) for word in reading.words) <= LONGEST_WORD


def test_the_end_of_a_long_message_is_read_too() -> None:
    assert found("bygglov", "bla " * 20_000 + " bygglov")


def test_links_and_vowel_marks_say_nothing() -> None:
    assert [word.text for word in read("", "se https://example.se/a?b och مَدْرَسَة").words] == [
        "se",
        "url",
        "och",
        "مدرسه",
    ]

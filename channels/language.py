"""Which language a message is written in: by script where the script tells, else by common words and by statistics.

Residents write short and mixed messages, so a doubtful text has no language rather than a wrong one.
"""

from __future__ import annotations

import re
import threading
import unicodedata

from py3langid.langid import MODEL_FILE, LanguageIdentifier

LANGUAGES = ("sv", "en", "fi", "ar", "so", "fa", "ti", "uk", "pl", "de", "da", "no", "es", "ru", "tr")
_LATIN = ("sv", "en", "fi", "so", "pl", "de", "da", "no", "es", "tr")
_MOST_LETTERS = 4_000
_FEWEST_LETTERS = 8
_SURE = 0.70  # below this the statistics alone are not believed
_SHORT = 40  # letters below which the statistics must be nearly certain
_SURE_SHORT = 0.90
_AGREED = 0.30  # enough when an everyday word of the same language occurs

_COMMON = {
    "sv": "och jag att det är på för inte har med som vi ni ett kan om hur när vill hej vad av till ska min mitt var "
    "någon från eller den också behöver tack får mig hälsningar undrar inte vem var blir ringer kommer idag mamma "
    "pappa nu kom ring är ska oss vår vårt ingen snälla mvh någonstans",
    "en": "the and is to of i you we it for have my can with are do not what how this please hello am would thank "
    "where from want need help your me at was there here who when does husband wife they he she no",
    "fi": "ja on ei että minun olen en hei mitä miten voi voiko kanssa se mutta niin kun haluan tarvitsen kiitos onko "
    "teillä mihin missä saa pitää",
    "so": "waxaan iyo ka ku waa oo aan ma uu ay ayaan ayaa waan wuu way la si soo sidee fadlan salaan mahadsanid wax "
    "doonayaa rabaa ii iga igu maxaa halkee goorma guri ilmaha u waxa lahaa kuwa jira caawin",
    "pl": "i w nie na się że to jest do z jak czy mam dla proszę dzień dobry jestem mogę chcę jestem moje dziękuję",
    "de": "und ich ist nicht das die der wir ein eine mit für auf haben kann wie bitte guten tag sie wo es zu von",
    "da": "og jeg at det er på for ikke har med som vi kan hvordan hvornår hej hvad af til skal min mit ikke nogen fra "
    "også hvor være blive jeres",
    "no": "og jeg at det er på for ikke har med som vi kan hvordan når hei hva av til skal min mitt noen fra også hvor "
    "være bli dere",
    "es": "y que de el la los es en no por para con una un hola mi quiero puedo necesito como donde gracias soy estoy",
    "tr": "ve bir bu için ne nasıl merhaba ben var yok istiyorum mı mi değil ile çok da de teşekkürler",
}
_WORDS = {language: frozenset(words.split()) for language, words in _COMMON.items()}
_ONLY = {"sv": "ä", "da": "æø", "no": "æø", "pl": "łąęśżźćń", "de": "ßü", "es": "ñ¿¡", "tr": "ışğ"}
_SCRIPTS = {
    "arabic": re.compile(r"[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]"),
    "ethiopic": re.compile(r"[\u1200-\u137f]"),
    "cyrillic": re.compile(r"[\u0400-\u04ff]"),
    "latin": re.compile(r"[a-zA-Z\u00c0-\u024f]"),
}
_PERSIAN = re.compile(r"[پچژگکی]")
_PERSIAN_WORDS = frozenset(("است این که برای می من را از به در چه آیا سلام ما شما هستم دارم چگونه چطور خواهم").split())
_ARABIC = re.compile(r"[ةكيىإأؤئ]")
_OTHER_ARABIC = re.compile(r"[ٹڈڑےھێۆڕڵڤ]")  # Urdu and Kurdish are written with the same letters and more
_UKRAINIAN = re.compile(r"[іїєґІЇЄҐ]")
_RUSSIAN = re.compile(r"[ыэёъЫЭЁЪ]")
_UKRAINIAN_WORDS = frozenset(("добрий день я та що не як мені де шукаю потрібна можна дякую вітаю чи це мене").split())
_RUSSIAN_WORDS = frozenset(("добрый здравствуйте я и что не как мне где ищу нужна можно спасибо или это меня").split())
_AMHARIC = re.compile(r"ነው|እኔ|አለ|እንዴት|አል|እባክ")
_TIGRINYA = re.compile(r"ኣ|እዩ|እየ|ቐ|ክመይ|ከመይ|ንሕና|ኢየ|ዘሎ")
_NOISE = re.compile(r"\S+@\S{1,200}|https?://\S+|www\.\S+|\d+")


class _Statistics:
    """The statistical identifier, loaded at the first text that needs it (some 90 MB), shared by all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded: LanguageIdentifier | None = None
        self._among: tuple[str, ...] = ()

    def guess(self, text: str, among: tuple[str, ...]) -> tuple[str, float]:
        """The likeliest of the given languages with its probability among them."""
        with self._lock:
            if self._loaded is None:
                self._loaded = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
            if among != self._among:
                self._loaded.set_languages(among)
                self._among = among
            language, probability = self._loaded.classify(text)
        return str(language), float(probability)


_statistics = _Statistics()


def _cleaned(text: str) -> str:
    pieces = (piece for piece in text[:_MOST_LETTERS].split() if not _NOISE.match(piece))
    return unicodedata.normalize("NFC", " ".join(pieces))


def _main_script(text: str) -> tuple[str, int]:
    counts = {name: len(script.findall(text)) for name, script in _SCRIPTS.items()}
    name = max(counts, key=counts.__getitem__)
    return name, counts[name]


def _arabic_script(text: str) -> tuple[str | None, float]:
    if len(_OTHER_ARABIC.findall(text)) >= 2:
        return None, 0.0
    persian = len(_PERSIAN.findall(text)) + 2 * sum(word in _PERSIAN_WORDS for word in text.split())
    arabic = len(_ARABIC.findall(text)) + text.count(" ال")
    if persian == arabic:
        return ("ar", 0.5) if arabic else (None, 0.0)
    return ("fa" if persian > arabic else "ar"), round(max(persian, arabic) / (persian + arabic), 2)


def _ethiopic_script(text: str) -> tuple[str | None, float]:
    if _AMHARIC.search(text) and not _TIGRINYA.search(text):
        return None, 0.0
    return "ti", 0.9 if _TIGRINYA.search(text) else 0.6


def _cyrillic_script(text: str) -> tuple[str | None, float]:
    ukrainian, russian = len(_UKRAINIAN.findall(text)), len(_RUSSIAN.findall(text))
    if ukrainian == russian:
        words = set(text.lower().split())
        ukrainian, russian = len(words & _UKRAINIAN_WORDS), len(words & _RUSSIAN_WORDS)
    if ukrainian != russian:
        return ("uk" if ukrainian > russian else "ru"), round(max(ukrainian, russian) / (ukrainian + russian), 2)
    language, probability = _statistics.guess(text, ("uk", "ru"))
    return (language, round(probability, 2)) if probability >= _SURE else (None, 0.0)


def _by_common_words(text: str) -> dict[str, float]:
    """How many of each language's everyday words and own letters occur."""
    words = set(re.findall(r"[^\W\d_]+", text.lower()))
    scores = {language: float(len(words & common)) for language, common in _WORDS.items()}
    for language, letters in _ONLY.items():
        scores[language] += 0.5 * any(letter in text for letter in letters)
    return scores


def _latin_script(text: str, letters: int) -> tuple[str | None, float]:
    """Everyday words decide when one language is clearly ahead; one word needs the statistics to agree."""
    scores = _by_common_words(text)
    best, second = sorted(scores, key=scores.__getitem__, reverse=True)[:2]
    if scores[best] >= 2 and scores[best] >= 1.5 * scores[second]:
        return best, round(scores[best] / (scores[best] + scores[second]), 2)
    language, probability = _statistics.guess(text, _LATIN)
    wanted = _SURE_SHORT if letters < _SHORT else _SURE
    if language == best and scores[best] >= 1 and scores[second] < scores[best]:
        wanted = _AGREED
    return (language, round(probability, 2)) if probability >= wanted else (None, 0.0)


def detect(text: str) -> tuple[str | None, float]:
    """The language of a text (ISO 639-1) and how sure that is (0–1); `(None, 0.0)` when short or doubtful.

    Knows the languages of `LANGUAGES`. Looks at the first 4 000 letters; addresses and numbers do not count.
    """
    cleaned = _cleaned(text)
    script, letters = _main_script(cleaned)
    if letters < (4 if script in ("arabic", "ethiopic") else _FEWEST_LETTERS):
        return None, 0.0
    if script == "arabic":
        return _arabic_script(f" {cleaned}")
    if script == "ethiopic":
        return _ethiopic_script(cleaned)
    if script == "cyrillic":
        return _cyrillic_script(cleaned)
    return _latin_script(cleaned, letters)

"""Words of one kind made equal: the same noun in singular, plural, definite and genitive gets one stem.

Snowball's Swedish stemmer leaves `faktura` and `fakturan` apart; here endings are taken off until none is left, so
that every form of a word ends at the same place. It is crude on purpose: phrases and messages go through the same
function, so it only has to be consistent, not linguistically right. Function words keep their form and are marked, so
that no noun ends up looking like one (`varan` and `var`).
"""

from __future__ import annotations

import re
from functools import lru_cache

_ENDINGS = (  # (ending, letters that must remain), longest first
    ("arnas", 3), ("ernas", 3), ("ornas", 3), ("arna", 3), ("erna", 3), ("orna", 3), ("ades", 4), ("ande", 4),
    ("aste", 4), ("aren", 5), ("ade", 4), ("are", 5), ("ats", 4), ("ens", 3), ("ets", 3), ("ars", 3), ("ers", 3),
    ("ors", 3), ("ans", 3), ("ad", 4), ("at", 4), ("de", 5), ("te", 5), ("na", 4), ("en", 3), ("et", 3), ("ar", 3),
    ("er", 3), ("or", 3), ("an", 3), ("as", 3), ("a", 3), ("e", 3), ("s", 4), ("t", 5), ("n", 5),
)  # fmt: skip
FUNCTION_MARK = "·"
_MORE = 4  # letters that must remain when a second ending is taken off
_FUNCTION = frozenset(
    (
        "och att det som en på är av för med till den har de inte om ett han men var jag sig från vi så kan "
        "man när år säger hon under också efter eller nu sin där vid mot ska skulle kommer ut får finns vara "
        "hade alla andra mycket än här då sedan över bara in blir upp även vad få två vill ha många hur mer "
        "går sverige detta nya procent skall hela henne honom dem deras dess denna dessa detta dig din ditt "
        "dina du er era ert hans hennes hos igen ingen inga inget just kunde kunna lite längre mellan mig min "
        "mitt mina måste någon något några oss samma samt sitt sina tre utan varje vilken vilket vilka vår "
        "vårt våra åt bli blev blivit borde bör både därför dock fram framför första genast genom gör göra "
        "hej ju kanske kring längs medan ned ner nog någonstans nära ofta ofta redan runt sen sist snart "
        "särskilt sådan tack tidigare tills trots tyvärr utanför utom vem verkar ännu åter fyra fem sex sju "
        "åtta nio tio mvh vänligen hälsning hälsningar gärna istället stället därifrån hit dit igenom innan "
        "inom eftersom medans the a an and or of in is it to for on with at by from this that these those are "
        "was were be been have has had i you he she we they my your his her our their me him us them do does "
        "did not no yes can could would should will what who where when how why which there here if so but as "
        "am any some all please hello hi dear regards best"
    ).split()
)
_IRREGULAR = {  # common forms that endings alone do not bring together; what stands to the right is final
    "vattnet": "vatten", "vattnets": "vatten", "nycklar": "nyckel", "nycklarna": "nyckel", "nyckeln": "nyckel",
    "böcker": "bok", "böckerna": "bok", "boken": "bok", "döttrar": "dotter", "dottern": "dotter", "söner": "son",
    "sönerna": "son", "sonen": "son", "bröder": "bror", "brodern": "bror", "mannen": "man", "männen": "man",
    "män": "man", "händer": "hand", "handen": "hand", "fönstren": "fönster", "fönstret": "fönster",
    "nätter": "natt", "natten": "natt", "rummen": "rum", "rummet": "rum", "hemmet": "hem", "mödrar": "mor",
    "modern": "mor", "fäder": "far", "fadern": "far", "skjutsen": "skjuts", "skjutsar": "skjuts",
    "läraren": "lärare", "lärarna": "lärare", "lärarens": "lärare", "elever": "elev", "rånet": "rån",
    "rånad": "rånad", "hotet": "hot", "hotar": "hotar", "hotade": "hotar", "hotat": "hotar",
    "hotad": "hotad", "barnen": "barn", "barnet": "barn", "barnens": "barn", "barnets": "barn",
}  # fmt: skip
_IRREGULAR |= {base: base for base in _IRREGULAR.values()}
_ARABIC = re.compile(r"[\u0600-\u06ff\u0750-\u077f]")
_ARABIC_STARTS = ("وال", "بال", "كال", "فال", "لل", "ال")
_ARABIC_ENDS = ("ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي", "ا")


def _arabic(word: str) -> str:
    """Take off article, conjunction and the commonest endings (after Larkey's light stemming for Arabic)."""
    if word.startswith("و") and len(word) > 4:
        word = word[1:]
    for start in _ARABIC_STARTS:
        if word.startswith(start) and len(word) - len(start) >= 2:
            word = word[len(start) :]
            break
    for end in _ARABIC_ENDS:
        if word.endswith(end) and len(word) - len(end) >= 3:
            word = word[: -len(end)]
    return word


def _without_ending(word: str, least: int) -> str:
    for ending, remain in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= max(remain, least):
            return word[: -len(ending)]
    return word


def _latin(word: str) -> str:
    if word in _FUNCTION:
        return word + FUNCTION_MARK
    known = _IRREGULAR.get(word) or _IRREGULAR.get(word.removesuffix("s"))
    return known or _without_ending(_without_ending(word, 0), _MORE)


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The common stem of a normalised word: `fakturor`, `fakturan` and `faktura` give `faktur`."""
    return _arabic(word) if _ARABIC.match(word) else _latin(word)

"""Words and phrases by which a topic is recognised: what may be one, in the form and in the settings file alike."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from contactcenter.i18n import gettext as _
from contactcenter.services.editing.field import Area, Form, Wrong
from routing import phrases

HEAVIEST = 10.0
MOST_PHRASES = 2000
LONGEST_PHRASE = 2000
_WEIGHED = re.compile(r"(.+?)\s+=\s+(-?\d+(?:[.,]\d+)?)")


def holds_word(phrase: str) -> bool:
    """Whether routing can look for it, or learn from it."""
    return phrases.is_example(phrase) or phrases.holds_word(phrase.removeprefix("!"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases(Area):
    """Words and phrases, one a line, with a weight behind ` = ` when it is not 1."""

    longest: int = 200_000

    def read(self, form: Form) -> Any:
        """The phrases with their weights.

        Raises:
            Wrong: a line holds no word or too many, or its weight is out of reach.
        """
        found: dict[str, float] = {}
        for number, line in enumerate(self.checked(form.get(self.name, "")).splitlines(), 1):
            if line.strip():
                phrase, weight = self._line(" ".join(line.split()), number)
                found[phrase] = weight
        if len(found) > MOST_PHRASES:
            raise Wrong(_("At most %(most)s lines.", most=MOST_PHRASES))
        return found

    def _line(self, line: str, number: int) -> tuple[str, float]:
        weighed = _WEIGHED.fullmatch(line)
        phrase, weight = (weighed[1], float(weighed[2].replace(",", "."))) if weighed else (line, 1.0)
        if not holds_word(phrase):
            raise Wrong(_("Line %(number)s holds no word: %(line)s", number=number, line=line[:80]))
        if len(phrase) > LONGEST_PHRASE:
            raise Wrong(_("Line %(number)s: write at most %(most)s characters.", number=number, most=LONGEST_PHRASE))
        if not -HEAVIEST <= weight <= HEAVIEST:
            raise Wrong(_("Line %(number)s: the weight must be between -10 and 10.", number=number))
        return phrase, weight

    def written(self, value: Any) -> str:
        """The heaviest first; every line is read again as what it was."""
        ordered = sorted((value or {}).items(), key=lambda pair: (phrases.is_example(pair[0]), -pair[1], pair[0]))
        return "\n".join(_written(phrase, weight) for phrase, weight in ordered)


def _written(phrase: str, weight: float) -> str:
    if weight == 1 and not _WEIGHED.fullmatch(phrase):
        return phrase
    return f"{phrase} = {Decimal(repr(float(weight))).normalize():f}"

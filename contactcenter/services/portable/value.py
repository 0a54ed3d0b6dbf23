"""How one value is written in the file: read strictly, told for the file, and turned into what its column holds."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import Enum
from typing import Any

from contactcenter.i18n import gettext as _
from contactcenter.queries.wording import LANGUAGES
from contactcenter.services.editing import phrase as phrase_rules
from contactcenter.services.editing.field import can_be_stored, in_lines
from contactcenter.services.editing.phrase import HEAVIEST
from contactcenter.services.portable.place import Place
from routing import phrases

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_ENTRIES = 5_000
"""How long a list may be, and how many objects a section may have."""
LONGEST_TEXT = 20_000
LONGEST_LINE, LONGEST_ADDRESS = 200, 320
"""As in the forms."""
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def plain_text(raw: object, place: Place, longest: int) -> Any:
    """A text that can be stored, None (and a mistake) for anything else."""
    if not isinstance(raw, str):
        return place.wrong(_("This must be a text in quotation marks."))
    if len(raw) > longest:
        return place.wrong(_("Write at most %(most)s characters; this is %(now)s.", most=longest, now=len(raw)))
    if not can_be_stored(raw):
        return place.wrong(_("There is a sign here that cannot be stored."))
    return in_lines(raw)


@dataclass(frozen=True, slots=True)
class Value:
    """What all have in common: as it stands it is stored and told."""

    def read(self, raw: object, place: Place) -> Any:
        """The value in its one spelling; None after a mistake was kept at `place`."""
        raise NotImplementedError

    def told(self, value: Any) -> Any:
        """What a column holds, for the file."""
        return value

    def stored(self, plain: Any) -> Any:
        """What the file says, for the column."""
        return plain


@dataclass(frozen=True, slots=True)
class Text(Value):
    """A text. One of several lines is written as a list of its lines, and may be read as either."""

    longest: int
    filled: bool = False
    one_line: bool = False

    def read(self, raw: object, place: Place) -> Any:
        """The text."""
        if isinstance(raw, list) and raw and all(isinstance(line, str) for line in raw):
            raw = "\n".join(raw)
        text = plain_text(raw, place, self.longest)
        if text is not None and self.filled and not text.strip():
            return place.wrong(_("Write something here."))
        if text is not None and self.one_line and "\n" in text:
            return place.wrong(_("Write it on one line."))
        return None if text is None else self.told(text)

    def told(self, value: Any) -> Any:
        """Its lines, when it has several."""
        return value.split("\n") if "\n" in value else value

    def stored(self, plain: Any) -> Any:
        """One text."""
        return "\n".join(plain) if isinstance(plain, list) else plain


@dataclass(frozen=True, slots=True)
class Flag(Value):
    """Yes or no."""

    def read(self, raw: object, place: Place) -> Any:
        """Whether it is so."""
        return raw if isinstance(raw, bool) else place.wrong(_("This must be true or false, without quotation marks."))


@dataclass(frozen=True, slots=True)
class Number(Value):
    """A whole number."""

    least: int
    most: int

    def read(self, raw: object, place: Place) -> Any:
        """The number."""
        if isinstance(raw, int) and not isinstance(raw, bool) and self.least <= raw <= self.most:
            return raw
        return place.wrong(
            _("This must be a whole number from %(least)s to %(most)s.", least=self.least, most=self.most)
        )


@dataclass(frozen=True, slots=True)
class Word(Value):
    """One of some words; the column holds an enumeration, a number (its place), or the word itself."""

    options: tuple[str, ...]
    kind: type[Enum] | None = None
    numbered: bool = False

    def read(self, raw: object, place: Place) -> Any:
        """The word."""
        if isinstance(raw, str) and raw in self.options:
            return raw
        listed = ", ".join(_("“%(word)s”", word=option) for option in self.options)
        return place.unknown(_("This must be one of %(words)s.", words=listed), str(raw)[:80], self.options)

    def told(self, value: Any) -> Any:
        """The word of a number or an enumeration."""
        if self.numbered:
            return self.options[value]
        return value.value if isinstance(value, Enum) else value

    def stored(self, plain: Any) -> Any:
        """The number or enumeration of a word."""
        if self.numbered:
            return self.options.index(plain)
        return self.kind(plain) if self.kind else plain


@dataclass(frozen=True, slots=True)
class Day(Value):
    """A day, `2026-12-24`."""

    def read(self, raw: object, place: Place) -> Any:
        """The day."""
        try:
            return date.fromisoformat(str(raw)).isoformat()
        except ValueError:
            return place.wrong(_("Write a day as 2026-12-24."))

    def told(self, value: Any) -> Any:
        """As ISO 8601 writes it."""
        return value.isoformat()

    def stored(self, plain: Any) -> Any:
        """A date."""
        return date.fromisoformat(plain)


@dataclass(frozen=True, slots=True)
class Clock(Value):
    """A time of day, `08:30`."""

    def read(self, raw: object, place: Place) -> Any:
        """The time."""
        return raw if isinstance(raw, str) and _CLOCK.fullmatch(raw) else place.wrong(_("Write a time as 08:30."))

    def told(self, value: Any) -> Any:
        """Hours and minutes."""
        return f"{value:%H:%M}"

    def stored(self, plain: Any) -> Any:
        """A time."""
        return time.fromisoformat(plain)


@dataclass(frozen=True, slots=True)
class Texts(Value):
    """A list of texts of one line: of any, of language codes, or of `words` that are looked for in messages."""

    longest: int = LONGEST_LINE
    languages: bool = False
    words: bool = False

    def read(self, raw: object, place: Place) -> Any:
        """The list."""
        entries = listed(raw, place)
        return [self._one(each, place.number(at)) for at, each in enumerate(entries)]

    def _one(self, raw: object, place: Place) -> Any:
        text = plain_text(raw, place, self.longest)
        if text is not None and (not text or text != " ".join(text.split())):
            return place.wrong(_("Write it on one line, with single spaces."))
        if self.languages:
            return Word(LANGUAGES).read(text, place)
        if text is not None and self.words and not phrases.holds_word(text):
            return place.wrong(_("This holds no word to look for."))
        return text

    def told(self, value: Any) -> Any:
        """A copy."""
        return list(value)


@dataclass(frozen=True, slots=True)
class Reference(Value):
    """Another object by its key."""

    section: str
    filled: bool = False

    def read(self, raw: object, place: Place) -> Any:
        """The key; whether there is such an object is seen when everything has been read."""
        text = plain_text(raw, place, 320)
        if text or (text == "" and self.filled):
            place.refers(self.section, text)
        return text


@dataclass(frozen=True, slots=True)
class Weights(Value):
    """Words, phrases and example messages, each with its weight."""

    def read(self, raw: object, place: Place) -> Any:
        """The phrases, in alphabetical order."""
        if not isinstance(raw, dict):
            return place.wrong(_('This must hold phrases with their weights: { "parkering": 2.5 }.'))
        if len(raw) > phrase_rules.MOST_PHRASES:
            return place.wrong(_("At most %(most)s entries.", most=phrase_rules.MOST_PHRASES))
        for phrase, weight in raw.items():
            here = place.at(phrase)
            if plain_text(phrase, here, phrase_rules.LONGEST_PHRASE) is None:
                continue
            if not phrase_rules.holds_word(phrase):
                here.wrong(_("This holds no word to look for."))
            if phrase != " ".join(phrase.split()):
                here.wrong(_("Write it on one line, with single spaces."))
            if isinstance(weight, bool) or not isinstance(weight, int | float) or not -HEAVIEST <= weight <= HEAVIEST:
                here.wrong(_("The weight must be a number between -10 and 10."))
        return {phrase: raw[phrase] for phrase in sorted(raw)}

    def told(self, value: Any) -> Any:
        """Every weight as a decimal number, so that all databases tell the same."""
        return {phrase: float(value[phrase]) for phrase in sorted(value)}

    def stored(self, plain: Any) -> Any:
        """The same."""
        return self.told(plain)


@dataclass(frozen=True, slots=True)
class Choices(Value):
    """What a rule asks for (lists of words) or sets (one word each). What is chosen from another section is looked up.

    `words` gives for each key the words it may hold: a tuple, the name of a section, or None for any text. Those of the
    keys in `looked_for` are looked for in messages; an empty word among those in `unknown` is that nothing is known.
    """

    words: Mapping[str, tuple[str, ...] | str | None]
    several: bool
    looked_for: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()

    def read(self, raw: object, place: Place) -> Any:
        """The conditions or actions, at least one."""
        if not isinstance(raw, dict) or not raw:
            return place.wrong(_("This must hold at least one of %(words)s.", words=", ".join(self.words)))
        return {key: self._key(key, raw[key], place.at(key)) for key in sorted(raw)}

    def _key(self, key: str, raw: object, place: Place) -> Any:
        if key not in self.words:
            return place.unknown(_("There is nothing called so here."), key, self.words.keys())
        if not self.several:
            return self._word(key, raw, place)
        asked = listed(raw, place)
        if not asked and isinstance(raw, list):
            place.wrong(_("Write something here."))
        return [self._word(key, each, place.number(at)) for at, each in enumerate(asked)]

    def _word(self, key: str, raw: object, place: Place) -> Any:
        allowed = self.words[key]
        if raw == "" and key in self.unknown:
            return raw
        if isinstance(allowed, tuple):
            return Word(allowed).read(raw, place)
        text = plain_text(raw, place, LONGEST_LINE if key in self.looked_for else LONGEST_ADDRESS)
        if text is not None and (not text or text != " ".join(text.split())):
            return place.wrong(_("Write it on one line, with single spaces."))
        if text is not None and allowed is not None:
            place.refers(allowed, text)
        if text is not None and key in self.looked_for and not phrases.holds_word(text):
            return place.wrong(_("This holds no word to look for."))
        return text

    def told(self, value: Any) -> Any:
        """In alphabetical order: not every database keeps another."""
        return {key: list(value[key]) if self.several else value[key] for key in sorted(value)}


def listed(raw: object, place: Place) -> list[Any]:
    """A list that is not too long; an empty one after a mistake was kept."""
    if not isinstance(raw, list):
        place.wrong(_("This must be a list: [ … ]."))
        return []
    if len(raw) > MOST_ENTRIES:
        place.wrong(_("At most %(most)s entries.", most=MOST_ENTRIES))
        return []
    return raw


def keyed(raw: object, place: Place, known: Collection[str]) -> dict[str, Any]:
    """An object whose keys are all known; an empty one after a mistake was kept."""
    if not isinstance(raw, dict):
        place.wrong(_("This must be an object: { … }."))
        return {}
    for key in raw:
        if key not in known:
            place.at(key).unknown(_("There is nothing called so here."), key, known)
    return {key: value for key, value in raw.items() if key in known}

"""One line of a form: how its text becomes plain data, and how the data is told to people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from contactcenter.i18n import gettext as _
from contactcenter.queries.shapes import Choice
from routing import phrases


class Form(Protocol):
    """What a browser sent: the first text of a name, or all of them."""

    def get(self, name: str, default: str, /) -> str:
        """The first text."""
        ...

    def getlist(self, name: str, /) -> list[str]:
        """All of them."""
        ...


class Wrong(ValueError):
    """A text that is no value of the field; says what to do."""


def can_be_stored(text: str) -> bool:
    """Whether every database takes it, and every file can hold it."""
    return "\x00" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def in_lines(text: str) -> str:
    """`text` with the line ends of the house."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A line of text. `fixed` can be chosen only when the object is made: others know it by it.

    Of those that are `addable` only the ones that hold something are shown; others are added, and taken away again.
    `heading` stands above the field.
    """

    name: str
    label: str
    hint: str = ""
    longest: int = 200
    required: bool = False
    fixed: bool = False
    addable: bool = False
    heading: str = ""

    @property
    def widget(self) -> str:
        """The name of its template."""
        return "text"

    def read(self, form: Form) -> Any:
        """The value that was typed.

        Raises:
            Wrong: it is none.
        """
        text = " ".join(form.get(self.name, "").split())
        return self.checked(text)

    def checked(self, text: str) -> str:
        """`text`, when it may be stored."""
        if self.required and not text:
            raise Wrong(_("Write something here."))
        if len(text) > self.longest:
            raise Wrong(_("Write at most %(most)s characters; this is %(now)s.", most=self.longest, now=len(text)))
        if not can_be_stored(text):
            raise Wrong(_("There is a sign here that cannot be stored."))
        return text

    def written(self, value: Any) -> str:
        """The value as it stands in the form."""
        return str(value or "")

    def told(self, value: Any) -> str:
        """The value for people, empty when there is none."""
        return self.written(value)

    @property
    def choices(self) -> Sequence[Choice]:
        """What can be chosen, where something is."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Area(Field):
    """Several lines."""

    longest: int = 20_000

    @property
    def widget(self) -> str:
        """A large box."""
        return "area"

    def read(self, form: Form) -> str:
        """The text with the line ends of the house."""
        return self.checked(in_lines(form.get(self.name, "")).strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines(Field):
    """A list: one thing a line, none twice."""

    @property
    def widget(self) -> str:
        """A large box."""
        return "area"

    def read(self, form: Form) -> list[str]:
        """The lines that hold something."""
        lines = (" ".join(line.split()) for line in form.get(self.name, "").splitlines())
        return [self.checked(line) for line in dict.fromkeys(lines) if line]

    def written(self, value: Any) -> str:
        """One a line."""
        return "\n".join(value or ())

    def told(self, value: Any) -> str:
        """As in a sentence."""
        return ", ".join(value or ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Words(Lines):
    """Lines that are looked for in messages: each must hold a word."""

    def read(self, form: Form) -> list[str]:
        """The lines, when all of them can be looked for."""
        lines = Lines.read(self, form)
        for number, line in enumerate(lines, 1):
            if not phrases.holds_word(line):
                raise Wrong(_("Line %(number)s holds no word: %(line)s", number=number, line=line[:80]))
        return lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Field):
    """A whole number that is not negative; nothing written is the empty text."""

    longest: int = 9

    @property
    def widget(self) -> str:
        """A short line."""
        return "number"

    def read(self, form: Form) -> int | str:
        """The number."""
        text = self.checked(form.get(self.name, "").strip())
        if text and not (text.isascii() and text.isdecimal()):
            raise Wrong(_("Write a whole number, such as 2."))
        return int(text) if text else ""

    def written(self, value: Any) -> str:
        """The digits; zero is a number too."""
        return "" if value in (None, "") else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag(Field):
    """Yes or no."""

    @property
    def widget(self) -> str:
        """A box to tick."""
        return "check"

    def read(self, form: Form) -> bool:
        """Whether it is ticked."""
        return form.get(self.name, "") == "1"

    def written(self, value: Any) -> str:
        """What the ticked box sends."""
        return "1" if value else ""

    def told(self, value: Any) -> str:
        """Yes or no in words."""
        return _("yes") if value else _("no")


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOf(Field):
    """One of a list; nothing chosen is the empty text, and called `nothing`."""

    options: tuple[Choice, ...] = ()
    nothing: str = "–"

    @property
    def widget(self) -> str:
        """A list to choose from."""
        return "choice"

    @property
    def choices(self) -> Sequence[Choice]:
        """The list."""
        return self.options

    def read(self, form: Form) -> str:
        """What was chosen."""
        value = form.get(self.name, "")
        if value and value not in {choice.value for choice in self.options}:
            raise Wrong(_("“%(value)s” cannot be chosen here.", value=value[:60]))
        if self.required and not value:
            raise Wrong(_("Choose one."))
        return value

    def told(self, value: Any) -> str:
        """Its name."""
        return next((choice.label for choice in self.options if choice.value == value), str(value or ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf(Field):
    """Some of a list."""

    options: tuple[Choice, ...] = ()

    @property
    def widget(self) -> str:
        """Boxes to tick."""
        return "choices"

    @property
    def choices(self) -> Sequence[Choice]:
        """The list."""
        return self.options

    def read(self, form: Form) -> list[str]:
        """What was ticked, in the order of the list."""
        asked = form.getlist(self.name)
        known = [choice.value for choice in self.options]
        strange = [value for value in asked if value not in known]
        if strange:
            raise Wrong(_("“%(value)s” cannot be chosen here.", value=strange[0][:60]))
        return [value for value in known if value in asked]

    def written(self, value: Any) -> str:
        """All in one line; the boxes are ticked by the value itself."""
        return ",".join(value or ())

    def told(self, value: Any) -> str:
        """Their names."""
        names = {choice.value: choice.label for choice in self.options}
        return ", ".join(names.get(each, each) for each in value or ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Day(Field):
    """A date, or none."""

    @property
    def widget(self) -> str:
        """A date to choose."""
        return "day"

    def read(self, form: Form) -> str:
        """The date as ISO 8601 writes it."""
        text = form.get(self.name, "").strip()
        try:
            return date.fromisoformat(text).isoformat() if text else ""
        except ValueError as error:
            raise Wrong(_("Write the date as 2026-11-20.")) from error

"""The one function that reads mail addresses from a header.

It never believes a name. `a@kommun.se <evil@x.example>` is evil@x.example without a name, because a name that is
another address is a lie; a line with two addresses gives two, and the caller sees that they are several.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from channels.email.charset import one_line
from channels.email.words import decode_words
from channels.message import Address

MAX_MAILBOXES = 500
_QUOTE = r"(?P<quote>\"(?P<quoted>(?:[^\"\\]|\\.)*+)(?P<closed>\"?))|"
_OTHERS = (
    r"<(?P<angle>[^<>]*+)>|\((?P<comment>[^()]*+)\)|(?P<comma>[,;])|(?P<colon>:)"
    r"|(?P<word>[^\s\"<>(),;:]++)|(?P<other>[\"<>()])"
)
_TOKEN = re.compile(_QUOTE + _OTHERS, re.DOTALL)
_TOKEN_WITHOUT_QUOTES = re.compile(_OTHERS)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ADDRESS = re.compile(
    r"(?:\"[^\"\s@<>]{1,64}\"|[^\s@<>()\[\],;:\\\"\x00-\x20\x7f]{1,128})"
    r"@(?:[^\s@<>()\[\],;:\\\"\x00-\x20\x7f]{1,253}|\[[0-9a-fA-F:.]{3,45}\])"
)
_NEEDLESSLY_QUOTED = re.compile(r'"[\w!#$%&*+/=?^`{|}~.-]+"@')
_ROUTE = re.compile(r"@[^:<>]*+:")


def addresses(value: str) -> list[Address]:
    """The mailboxes of an address header, encoded words and all. What has no address in it gives nothing."""
    found: list[Address] = []
    for mailbox in _mailboxes(value):
        found += mailbox
        if len(found) >= MAX_MAILBOXES:
            break
    return found[:MAX_MAILBOXES]


def address(text: str) -> str | None:
    """A bare address in its one form: lower case, NFC, without route or trailing dot. None: it is no address."""
    text = _ROUTE.sub("", text.strip().strip("'"), count=1).removeprefix("mailto:").rstrip(".")
    if len(text) > 320 or not _ADDRESS.fullmatch(text):
        return None
    if _NEEDLESSLY_QUOTED.match(text):
        text = text.replace('"', "")
    lower = unicodedata.normalize("NFC", text).lower()
    return lower if text.isascii() or not lower.isascii() else None  # a Kelvin sign must not become a k


@dataclass(slots=True)
class _Mailbox:
    """What is known of one mailbox while reading: its words, its angles, and the words that are addresses."""

    words: list[str] = field(default_factory=list)
    angles: list[str] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)

    def add(self, kind: str, word: str) -> None:
        """A word is an address or part of the name; what is quoted or in parentheses is only ever a name."""
        found = address(word.strip(",")) if kind == "word" and "@" in word else None
        if found:
            self.bare.append(found)
        else:
            self.words.append(word)

    def finish(self) -> list[Address]:
        """Its addresses, those in angles before bare ones, with the name unless it claims another address."""
        values = [found for angle in self.angles if (found := address(angle))]
        name = one_line(decode_words(" ".join(self.words)), 200).strip("\"', ")
        if "@" in name and name.lower() not in values:
            name = ""
        return [Address(value, name) for value in values or self.bare]


def _mailboxes(value: str) -> Iterator[list[Address]]:
    mailbox = _Mailbox()
    quoted = ""
    for kind, text in _tokens(value):
        if kind == "word" and quoted and text.startswith("@"):
            mailbox.words.pop()
            mailbox.add("word", f'"{quoted}"{text}')  # "anna.ek"@example.se
        elif kind == "angle":
            mailbox.angles.append(text)
        elif kind == "colon":
            if mailbox.angles or mailbox.bare:
                yield mailbox.finish()  # an address is not the name of a group
            mailbox = _Mailbox()
        elif kind != "comma":
            mailbox.add(kind, text)
        elif mailbox.angles or mailbox.bare:
            yield mailbox.finish()
            mailbox = _Mailbox()
        elif mailbox.words:
            mailbox.words[-1] += ","  # "Ek, Anna <anna@example.se>" without its quotes
        quoted = text if kind == "quoted" else ""
    yield mailbox.finish()


def _tokens(value: str) -> Iterator[tuple[str, str]]:
    position, pattern = 0, _TOKEN
    while found := pattern.search(value, position):
        position = found.end()
        kind = str(found.lastgroup)
        if kind != "quote":
            if kind != "other":
                yield kind, found[kind]
        elif found["closed"]:
            yield "quoted", _ESCAPE.sub(r"\1", found["quoted"])
        else:
            position, pattern = found.start() + 1, _TOKEN_WITHOUT_QUOTES  # it never ends: only a character

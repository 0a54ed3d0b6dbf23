"""The one function that reads mail addresses from a header.

It never believes a name. `a@kommun.se <evil@x.example>` is evil@x.example without a name, because a name that is
another address is a lie; a line with two addresses gives two, and the caller sees that they are several.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from channels.email.charset import has_unseen, one_line, strip_unseen
from channels.email.words import decode_words
from channels.message import Address

MAX_MAILBOXES = 500
_QUOTE = r"(?P<quote>\"(?P<quoted>(?:[^\"\\]|\\.)*+)(?P<closed>\"?))|"
_NESTED = r"(?P<nested>\()|"
_OTHERS = (
    r"<(?P<angle>[^<>]*+)>|\((?P<comment>[^()]*+)\)|(?P<comma>[,;])|(?P<colon>:)"
    r"|(?P<word>[^\s\"<>(),;:]++)|(?P<other>[\"<>()])"
)
_TOKENS = {  # whether quotes are read, whether comments are
    (True, True): re.compile(_QUOTE + _NESTED + _OTHERS, re.DOTALL),
    (True, False): re.compile(_QUOTE + _OTHERS, re.DOTALL),
    (False, True): re.compile(_NESTED + _OTHERS),
    (False, False): re.compile(_OTHERS),
}
_PARENTHESIS = re.compile(r"\\.|[()]", re.DOTALL)
_OBSOLETE = re.compile(r" ?\([^()]*+\) ?| (?=[@.])|(?<=[@.]) ")  # what may stand within an address, RFC 5322 §4.4
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ADDRESS = re.compile(
    r"(?:\"[^\"\s@<>]{1,64}\"|[^\s@<>()\[\],;:\\\"\x00-\x20\x7f]{1,128})"
    r"@(?:[^\s@<>()\[\],;:\\\"\x00-\x20\x7f]{1,253}|\[[0-9a-fA-F:.]{3,45}\])"
)
_LATIN = re.compile(r"[a-z0-9.\-à-öø-ÿ]+")
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


def claims_address(name: str) -> bool:
    """Whether a name looks like an address to people, whose eyes see no difference between `@` and `＠`."""
    return "@" in unicodedata.normalize("NFKC", name)


def address(text: str) -> str | None:
    """A bare address in its one form: lower case, NFC, without route or trailing dot. None: it is no address."""
    text = _ROUTE.sub("", strip_unseen(text).strip("'"), count=1).removeprefix("mailto:").rstrip(".")
    if len(text) > 320 or not _ADDRESS.fullmatch(text) or has_unseen(text):
        return None
    if _NEEDLESSLY_QUOTED.match(text):
        text = text.replace('"', "")
    lower = unicodedata.normalize("NFC", text).lower()
    return lower if text.isascii() or not lower.isascii() else None  # a Kelvin sign must not become a k


def with_letters(address: str) -> str:
    """`anna@xn--rksmrgs-5wao1o.example` as people write it, so that she is one person; of other scripts it stays.

    A Cyrillic letter looks like a Latin one: there the code is what people can tell apart.
    """
    local, _, domain = address.rpartition("@")
    if "xn--" not in domain or not domain.isascii():
        return address
    try:
        written = domain.encode("ascii").decode("idna")
        is_same = written.encode("idna").decode("ascii") == domain
    except UnicodeError:
        return address
    return f"{local}@{written}" if is_same and _LATIN.fullmatch(written) else address


def one_spelling(address: str) -> str:
    """An address, or `@` and a domain, as one compares them: in small letters, and the same whether its domain came in
    letters or in code (RFC 5890 §2.3.2.1). What `with_letters` leaves in code is in code.
    """
    told = with_letters(unicodedata.normalize("NFC", address.strip()).lower())
    local, _, domain = told.rpartition("@")
    if domain.isascii() or _LATIN.fullmatch(domain) or "@" not in told or len(domain) > 253:
        return told
    try:
        code = domain.encode("idna").decode("ascii")
        is_same = code.encode("ascii").decode("idna") == domain
    except UnicodeError:
        return told
    return f"{local}@{code}" if is_same else told


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
        values = [found for angle in self.angles if (found := address(angle) or _obsolete_address(angle))]
        if not values and not self.bare and (found := _obsolete_address(" ".join(self.words))):
            return [Address(found)]
        name = one_line(decode_words(" ".join(self.words)), 200).strip("\"', ")
        if claims_address(name) and name.lower() not in values:
            name = ""
        return [Address(value, name) for value in values or self.bare]


def _obsolete_address(text: str) -> str | None:
    """An address written with blanks or comments inside it (`anna @ example.se`)."""
    return address(_OBSOLETE.sub("", " ".join(text.split()))) if "@" in text else None


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
    """Kinds and texts. A quote or comment that never ends is only a character, and so are all of its kind after it."""
    position, quotes, comments = 0, True, True
    while found := _TOKENS[quotes, comments].search(value, position):
        position = found.end()
        kind = str(found.lastgroup)
        if kind == "nested":
            said = "@" in value[: found.start()]  # then an address behind a comment without end is in that comment
            position = _end_of_comment(value, found.start()) or (len(value) + 1 if said else found.start())
            comments = position > found.start()
            if comments:
                yield "comment", _ESCAPE.sub(r"\1", value[found.end() : position - 1])
        elif kind != "quote":
            if kind != "other":
                yield kind, found[kind]
        elif found["closed"]:
            yield "quoted", _ESCAPE.sub(r"\1", found["quoted"])
        else:
            position, quotes = found.start() + 1, False


def _end_of_comment(value: str, start: int) -> int | None:
    """The offset after the comment at `start`. Comments hold comments (RFC 5322 §3.2.2) and nobody's address."""
    depth = 0
    for found in _PARENTHESIS.finditer(value, start):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth == 0:
            return found.end()
    return None

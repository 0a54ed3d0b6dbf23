"""The header of a mail or of one of its parts: only the fields that we read, each bounded, with no way to fail.

Real senders put raw Latin-1 or UTF-8 into headers without saying so; it is read as UTF-8, else as windows-1252. A bare
CR or LF never makes a new header out of an old one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from channels.email.charset import decode
from channels.errors import Unreadable

MAX_VALUE = 16_384  # bytes of one field that are read; the rest of an endless field is left in the raw mail
MAX_FIELDS = 10_000
MAX_BLOCK = 1_048_576  # bytes of one header
MAX_REPEATS = 50  # of one field
MAX_HOPS = 50  # Received lines before a mail is held to run in circles, as Postfix does

_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*+:((?:[^\n]++|\n(?=[ \t]))*+)(?:\n|\Z)")
_MAILBOX_LINE = re.compile(rb">?From [^\n]*+\n")  # of an mbox file, before the first field
_FOLD = re.compile(r"[\r\n\0]+")
_READ = frozenset(
    b"from sender reply-to return-path to cc subject date message-id in-reply-to references content-type "
    b"content-transfer-encoding content-disposition content-id auto-submitted precedence list-id list-unsubscribe "
    b"x-autoreply x-autorespond x-failed-recipients received authentication-results "
    b"action disposition final-recipient original-message-id original-recipient".split()
)


@dataclass(frozen=True, slots=True)
class Fields:
    """Unfolded values by lower-case name, in the order of the mail; encoded words are still encoded."""

    values: dict[str, list[str]] = field(default_factory=dict)
    cut: frozenset[str] = frozenset()  # names of those that were longer than what is read

    def all(self, name: str) -> list[str]:
        """Every value of `name`."""
        return self.values.get(name, [])

    def first(self, name: str) -> str:
        """The first value of `name`, empty when there is none."""
        return self.values[name][0] if name in self.values else ""


def read_fields(raw: bytes, start: int, end: int) -> tuple[Fields, int]:
    """The header that begins at `start`, and where the body begins.

    Raises:
        Unreadable: the header is larger than any real one (code `headers`).
    """
    values: dict[str, list[str]] = {}
    cut: set[str] = set()
    opening = _MAILBOX_LINE.match(raw, start, end)
    position = opening.end() if opening else start
    read = 0
    for _ in range(MAX_FIELDS):
        found = _FIELD.match(raw, position, end)
        if found is None:
            return Fields(values, frozenset(cut)), _skip_blank(raw, position, end)
        position = found.end()
        read += min(position - found.start(), MAX_VALUE)
        if read > MAX_BLOCK:
            break
        name = found[1].lower()
        if name in _READ:
            known = values.setdefault(name.decode("ascii"), [])
            if found.end(2) - found.start(2) > MAX_VALUE:
                cut.add(name.decode("ascii"))
            if len(known) <= MAX_REPEATS:
                known.append(_value(raw, found))
    raise Unreadable("the header has more lines or bytes than any real mail", "headers")


def _skip_blank(raw: bytes, position: int, end: int) -> int:
    if raw.startswith(b"\r\n", position, end):
        return position + 2
    return position + 1 if raw.startswith(b"\n", position, end) else position


def _value(raw: bytes, found: re.Match[bytes]) -> str:
    data = raw[found.start(2) : min(found.end(2), found.start(2) + MAX_VALUE)]
    text = data.decode("ascii") if data.isascii() else decode(data)
    return _FOLD.sub(" ", text.strip()) if not text.isprintable() else text.strip()

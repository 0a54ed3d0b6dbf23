"""Journals from outside the system: what others say that we took from them, and that we gave to them."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from contactcenter.errors import InvalidInput
from contactcenter.queries.invariants.check import PIECE

MOST_HEADER = 1024 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}")

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Accepted:
    """A mail that its sender was told 250 for: the line of the journal, its bytes' sha256, and its envelope."""

    line: int
    sha256: str
    sender: str
    recipients: tuple[str, ...]


def accepted(path: Path) -> Iterator[Accepted]:
    """Lines such as ``{"sha256": "…", "sender": "maja@example.se", "recipients": ["kontakt@ekhamra.example"]}``.

    Raises:
        InvalidInput: the file or one of its lines cannot be read.
    """
    for number, line in _lines(path):
        digest, sender, recipients = (line.get(key) for key in ("sha256", "sender", "recipients"))
        is_list = isinstance(recipients, list) and all(isinstance(one, str) for one in recipients)
        if not (isinstance(digest, str) and _DIGEST.fullmatch(digest) and isinstance(sender, str) and is_list):
            raise InvalidInput(f"{path}, line {number}: `sha256`, `sender` and a list `recipients` are needed")
        yield Accepted(number, digest, sender, tuple(sorted(recipients or ())))


def delivered(path: Path) -> Iterator[str]:
    """The Message-ID of every mail that left: of a maildir, or of lines such as ``{"message_id": "<…>"}``.

    Raises:
        InvalidInput: the file, one of its lines or one of the mails cannot be read.
    """
    if path.is_dir():
        yield from _maildir(path)
        return
    for number, line in _lines(path):
        message_id = line.get("message_id")
        if not isinstance(message_id, str):
            raise InvalidInput(f"{path}, line {number}: `message_id` is needed")
        yield message_id


def pieces(items: Iterable[Item]) -> Iterator[list[Item]]:
    """The items in lists of at most `PIECE`."""
    rest = iter(items)
    while piece := list(islice(rest, PIECE)):
        yield piece


class Tally:
    """How often each Message-ID has left, kept on disk for as long as it is needed."""

    def __init__(self, base: sqlite3.Connection) -> None:
        self._base = base

    def has(self, message_ids: Iterable[str]) -> set[str]:
        """Those that have left at least once."""
        asked = "SELECT message_id FROM left WHERE message_id = ?"
        return {row[0] for one in message_ids for row in self._base.execute(asked, (one,))}

    def all(self) -> Iterator[tuple[str, int]]:
        """Each Message-ID with its number of copies."""
        yield from self._base.execute("SELECT message_id, copies FROM left ORDER BY message_id")


@contextmanager
def tally(message_ids: Iterable[str]) -> Iterator[Tally]:
    """Count them in a database of its own, without a name: SQLite moves to disk what is too much for memory."""
    base = sqlite3.connect("")
    try:
        base.execute("CREATE TABLE left (message_id TEXT PRIMARY KEY, copies INTEGER) WITHOUT ROWID")
        again = "ON CONFLICT (message_id) DO UPDATE SET copies = copies + 1"
        base.executemany(f"INSERT INTO left VALUES (?, 1) {again}", ((one,) for one in message_ids))  # noqa: S608
        yield Tally(base)
    finally:
        base.close()


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, _object(path, number, line)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"the journal {path} cannot be read: {error}") from error


def _object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        read = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{path}, line {number}: not JSON: {error}") from error
    if not isinstance(read, dict):
        raise InvalidInput(f"{path}, line {number}: not an object")
    return read


def _maildir(folder: Path) -> Iterator[str]:
    parts = [folder / name for name in ("new", "cur")]
    if not all(part.is_dir() for part in parts):
        raise InvalidInput(f"{folder} is no maildir: it has no `new` and `cur`")
    for file in (file for part in parts for file in part.iterdir()):
        try:
            with file.open("rb") as opened:
                message_id = BytesHeaderParser().parsebytes(opened.read(MOST_HEADER))["Message-ID"]
        except OSError as error:
            raise InvalidInput(f"the mail {file} cannot be read: {error}") from error
        if message_id is None:
            raise InvalidInput(f"the mail {file} has no Message-ID")
        yield " ".join(str(message_id).split())

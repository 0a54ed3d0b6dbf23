"""One folder on an IMAP server, read without leaving a mark until it is told to (RFC 3501, RFC 9051).

A mail is fetched by `BODY.PEEK[]` and in pieces, so that nothing is marked as read and no server makes us hold more
than a piece beyond the limit. Mails are known by (UIDVALIDITY, UID) and never by their place, time or flags.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, ProtocolError

from channels.email.mailbox_login import PIECE, Away, MailboxOptions, connect, reached, shut, told
from channels.errors import ChannelError

IDLE_SECONDS = 240
"""Longest IDLE until the server must say something: RFC 2177 allows 29 minutes; a dead line is to be seen in five."""
HEAD_BYTES = 65_536
_WINDOW = 80_000  # UIDs in one answer: imaplib takes no line above a million bytes
_TICK = 0.5  # seconds
_SEEN, _DELETED = b"\\Seen", b"\\Deleted"
_BODY = "BODY.PEEK[]<{}.{}>"

Pause = Callable[[float], bool]
"""Waits at most so many seconds; whether we are to stop waiting altogether."""


class Gone(ChannelError):
    """The mail is no longer there: somebody else moved or removed it before it was read."""


class Unfetchable(ChannelError):
    """The server does not give this mail, as often as one asks. `code` is `too_large` or `refused`."""

    def __init__(self, reply: str, code: str = "refused") -> None:
        super().__init__(reply)
        self.code = code


class NotDone(ChannelError):
    """A mail could not be marked, moved or removed; it is still there."""


@dataclass(frozen=True, slots=True)
class Folder:
    """What the server says of the folder: UIDs mean something together with `uidvalidity` only."""

    uidvalidity: int
    uidnext: int | None
    exists: int


class Mailbox:
    """A folder that is being read, by one thread. A context: signed in inside, closed after."""

    def __init__(self, options: MailboxOptions) -> None:
        self._options = options
        self._client: Any = None
        self._folder = Folder(0, None, 0)

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def is_open(self) -> bool:
        """Whether there is a connection, as far as is known."""
        return self._client is not None

    def connect(self) -> None:
        """Sign in, unless we are.

        Raises:
            Away: the server cannot be reached, or does not let us in.
        """
        if self._client is None:
            self._client = connect(self._options)

    def abilities(self) -> tuple[str, ...]:
        """What the server can do of all that is of use here, by the names of RFC 9051."""
        known = self._talk(lambda: self._client.capabilities(), "the server does not answer")
        return tuple(name for name in ("IDLE", "MOVE", "UIDPLUS") if name.encode() in known)

    def close(self) -> None:
        """End the connection at once; a server that hangs is not waited for."""
        if self._client is not None:
            shut(self._client)
            self._client = None

    def select(self, *, readonly: bool = False) -> Folder:
        """Open the folder, or look at it again.

        Raises:
            Away: there is no such folder, or the connection is lost.
        """
        answer = self._talk(
            lambda: self._client.select_folder(self._options.folder, readonly=readonly),
            f"the folder {self._options.folder} cannot be opened",
            "folder",
        )
        if b"UIDVALIDITY" not in answer:
            raise Away("the server tells no UIDVALIDITY, without which no mail can be known again", "folder")
        self._folder = Folder(answer[b"UIDVALIDITY"], answer.get(b"UIDNEXT"), answer[b"EXISTS"])
        return self._folder

    def uids_after(self, last: int) -> list[int]:
        """Every UID above `last` in the folder as it was selected, ascending."""
        folder = self._folder
        if not folder.exists or (folder.uidnext is not None and folder.uidnext <= last + 1):
            return []
        return sorted(uid for span in self._spans(last) for uid in self._search(span) if uid > last)

    def uids_since(self, day: date) -> list[int]:
        """Every UID that the server received on `day` or later (INTERNALDATE), ascending, whatever the mail says."""
        return sorted({uid for span in self._spans(0) for uid in self._search(span, "SINCE", day)})

    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """How large the server says that these mails are, of those that are there. Exchange is known to guess."""
        answer = self._talk(lambda: self._client.fetch(uids, ["RFC822.SIZE"]), "the mails cannot be listed")
        return {uid: row[b"RFC822.SIZE"] for uid, row in answer.items() if isinstance(row.get(b"RFC822.SIZE"), int)}

    def fetch_small(self, uids: Sequence[int]) -> dict[int, bytes]:
        """Several mails at once, of those that are there and smaller than a piece; any other is left out.

        Raises:
            Away: the connection is lost, or the answer was out of form and it had to be closed.
        """
        answer = self._talk(lambda: self._client.fetch(uids, [_BODY.format(0, PIECE)]), "the mails cannot be fetched")
        found = {uid: _piece(row) for uid, row in answer.items()}
        return {uid: data for uid, data in found.items() if data is not None and 0 < len(data) < PIECE}

    def fetch(self, uid: int, max_bytes: int, pulse: Callable[[], None] = lambda: None) -> bytes:
        """One mail, whole, as the server has it; `pulse` is called with each piece, for a large one takes its time.

        Raises:
            Gone: it is not there any more.
            Unfetchable: it is larger than `max_bytes`, or the server refuses to give it.
            Away: the connection is lost, or the answer was out of form and it had to be closed.
        """
        whole = bytearray()
        while True:
            piece = self._fetch_piece(uid, len(whole))
            whole += piece
            pulse()
            if len(whole) > max_bytes:
                raise Unfetchable(f"it is larger than {max_bytes} bytes", "too_large")
            if len(piece) < PIECE:
                return bytes(whole)

    def head(self, uid: int) -> bytes:
        """The first bytes of its header; empty when they cannot be had either. The connection may be lost by it."""
        if self._client is None:
            return b""
        try:
            answer = self._client.fetch([uid], [f"BODY.PEEK[HEADER]<0.{HEAD_BYTES}>"])
        except (IMAPClientError, OSError, ValueError, LookupError):
            self.close()
            return b""
        return _piece(answer.get(uid, {})) or b""

    def finish(self, uids: Sequence[int], action: str) -> None:
        """Do what is to be done with mails that are safe: `keep`, `seen`, `flag:NAME`, `move:FOLDER` or `delete`.

        Doing it again does no harm, and what is not there any more is passed over.

        Raises:
            NotDone: the server refuses; the mails are as they were.
            Away: the connection is lost: it may have been done or not.
        """
        verb, _, name = action.partition(":")
        if verb == "keep" or not uids:
            return
        act = {"seen": self._mark, "flag": self._mark, "move": self._move, "delete": self._delete}[verb]
        self._require()
        try:
            act(uids, name)
        except IMAPClientAbortError as error:
            self.close()
            raise Away(f"the connection was lost: {told(error)}") from error
        except IMAPClientError as error:
            raise NotDone(f"the server does not do `{action}`: {told(error)}") from error
        except (OSError, ValueError, LookupError) as error:
            self.close()
            raise Away(f"the connection was lost: {told(error)}") from error

    def wait(self, seconds: float, pause: Pause) -> None:
        """Wait until something happens in the folder, at most `seconds`; `pause` may end it sooner.

        By IDLE (RFC 2177) where the server has it, else by time. Afterwards the server has answered.

        Raises:
            Away: it has not.
        """
        idles = self._talk(lambda: self._client.has_capability("IDLE"), "the server does not answer")
        until = time.monotonic() + (min(seconds, IDLE_SECONDS) if idles else seconds)
        if idles:
            self._talk(self._client.idle, "the server does not answer")
        while time.monotonic() < until:
            if idles:
                began = time.monotonic()
                happened = self._talk(lambda: self._client.idle_check(timeout=_TICK), "the server does not answer")
                if happened or time.monotonic() - began < _TICK / 2:  # it woke for nothing: the line is closed
                    break
            if pause(0 if idles else _TICK):
                break
        self._talk(self._client.idle_done if idles else self._client.noop, "the server does not answer")

    def _fetch_piece(self, uid: int, start: int) -> bytes:
        self._require()
        try:
            answer = self._client.fetch([uid], [_BODY.format(start, PIECE)])
        except (IMAPClientAbortError, ProtocolError, OSError, ValueError, LookupError) as error:
            self.close()
            raise Away(f"mail {uid}: {told(error)}") from error
        except IMAPClientError as error:
            self._is_there(uid)
            raise Unfetchable(f"the server refuses: {told(error)}") from error
        data = _piece(answer.get(uid, {}))
        if data is None:
            self._is_there(uid)
            raise Unfetchable("the server says that it has it, and gives nothing")
        if len(data) > PIECE:
            self.close()
            raise Away(f"mail {uid}: the server gave more than it was asked for")
        return data

    def _is_there(self, uid: int) -> None:
        """Raises Gone: it is not."""
        if uid not in self._search(str(uid)):
            raise Gone(f"mail {uid} is not there any more")

    def _search(self, uids: str, *more: object) -> list[int]:
        found = self._talk(lambda: self._client.search(["UID", uids, *more]), "the mails cannot be listed")
        return [int(uid) for uid in found]

    def _spans(self, last: int) -> Iterator[str]:
        """Sets of UIDs above `last`, each of which fits into one answer. `n:*` has the last one in any case."""
        folder = self._folder
        if folder.exists <= _WINDOW or folder.uidnext is None:
            yield f"{last + 1}:*"
            return
        for start in range(last + 1, folder.uidnext, _WINDOW):
            yield f"{start}:{start + _WINDOW - 1}"

    def _talk(self, talk: Callable[[], Any], what: str, code: str = "answer") -> Any:
        """As `reached`; after a failure nobody knows what the next answer would belong to, so the line is closed."""
        self._require()
        try:
            return reached(talk, what, code)
        except Away:
            self.close()
            raise

    def _require(self) -> None:
        if self._client is None:
            raise Away("the connection is closed")

    def _mark(self, uids: Sequence[int], name: str) -> None:
        self._client.add_flags(uids, [name.encode("ascii") if name else _SEEN], silent=True)

    def _move(self, uids: Sequence[int], folder: str) -> None:
        if not self._client.folder_exists(folder):
            self._client.create_folder(folder)
        if self._client.has_capability("MOVE"):
            self._client.move(uids, folder)
            return
        self._client.copy(uids, folder)
        self._delete(uids)

    def _delete(self, uids: Sequence[int], name: str = "") -> None:
        """A server without UIDPLUS removes all or nothing that is marked: there it is left marked, for others' sake."""
        self._client.add_flags(uids, [_DELETED], silent=True)
        if self._client.has_capability("UIDPLUS"):
            self._client.uid_expunge(uids)


def _piece(row: dict[bytes, Any]) -> bytes | None:
    """The bytes in an answer to FETCH, None when there are none. An empty text is written in two ways."""
    for key, value in row.items():
        if key.startswith(b"BODY[") and (value is None or isinstance(value, bytes)):
            return value
        if key.startswith(b"BODY[") and isinstance(value, int):
            return str(value).encode()  # a text of digits alone
    return None

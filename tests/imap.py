"""An IMAP server of one folder, as good or bad as a test wants it: it talks to the real client over the loopback."""

from __future__ import annotations

import base64
import re
import select
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import cast

PASSWORD = "hemligt"
_FETCH = re.compile(rb"UID FETCH (\S+) \((.+)\)$", re.IGNORECASE)
_PART = re.compile(rb"BODY\.PEEK\[(HEADER)?\]<(\d+)\.(\d+)>", re.IGNORECASE)


@dataclass
class Folder:
    """What the server has, and how it misbehaves.

    `faults` by UID: `short` and `long` literals, `hang`, `drop` (the line goes dead), `refuse` (NO), `nil`, `moody`
    (other bytes each time), `vanish` (gone when it is fetched), `liar` (tells another size), `unsizable` (NO even
    to how large it is). `at` is called with each
    command before it is answered. `old` mails were received before any day that is asked for.
    """

    mails: dict[int, bytes] = field(default_factory=dict)
    uidvalidity: int = 7
    uidnext: int = 1
    flags: dict[int, set[bytes]] = field(default_factory=dict)
    faults: dict[int, str] = field(default_factory=dict)
    old: set[int] = field(default_factory=set)
    elsewhere: dict[str, list[bytes]] = field(default_factory=dict)
    capabilities: str = "IMAP4rev1 IDLE MOVE UIDPLUS AUTH=XOAUTH2 AUTH=PLAIN"
    said: list[bytes] = field(default_factory=list)
    at: Callable[[bytes], None] = lambda line: None
    refuses_login: bool = False
    idling: threading.Event = field(default_factory=threading.Event)
    news: threading.Event = field(default_factory=threading.Event)
    in_idle: bytes = b""
    is_silent: bool = False

    def add(self, *mails: bytes) -> list[int]:
        """Let mails arrive; their UIDs."""
        uids = []
        for mail in mails:
            self.mails[self.uidnext] = mail
            uids.append(self.uidnext)
            self.uidnext += 1
        self.news.set()
        return uids

    def renumber(self, uidvalidity: int) -> None:
        """What a server does that has lost its index: other UIDs, another UIDVALIDITY."""
        kept = list(self.mails.values())
        self.mails, self.uidvalidity, self.uidnext = {}, uidvalidity, 1
        self.add(*kept)

    def fetched(self) -> list[bytes]:
        """The commands that asked for bodies."""
        return [line for line in self.said if b"FETCH" in line and b"BODY" in line]


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, folder: Folder) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.folder = folder
        self.ended = threading.Event()


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.box = cast(_Server, self.server).folder
        with suppress(OSError):
            self.say(b"* OK ready")
            while line := self.rfile.readline():
                tag, _, rest = line.rstrip(b"\r\n").partition(b" ")
                while found := re.search(rb"\{(\d+)(\+?)\}$", rest):
                    if not found[2]:
                        self.say(b"+ go on")
                    rest = rest[: found.start()] + self.rfile.read(int(found[1])) + self.rfile.readline().rstrip()
                self.box.said.append(rest)
                self.box.at(rest)
                if self.answer(tag, rest) is False:
                    return

    def say(self, *lines: bytes) -> None:
        for line in lines:
            self.wfile.write(line + b"\r\n")

    def answer(self, tag: bytes, line: bytes) -> bool | None:
        words = line.upper().split() or [b""]
        name = (b"_".join(words[:2]) if words[0] == b"UID" else words[0]).decode().lower()
        act = getattr(self, f"do_{name}", None)
        if act is None:
            self.say(tag + b" BAD no such command")
            return None
        result: bool | None = act(tag, line)
        return result

    def do_capability(self, tag: bytes, line: bytes) -> None:
        self.say(b"* CAPABILITY " + self.box.capabilities.encode(), tag + b" OK done")

    def do_login(self, tag: bytes, line: bytes) -> None:
        is_in = PASSWORD.encode() in line and not self.box.refuses_login
        self.say(tag + (b" OK in" if is_in else b" NO [AUTHENTICATIONFAILED] wrong password"))

    def do_authenticate(self, tag: bytes, line: bytes) -> None:
        self.say(b"+ ")
        self.box.said.append(base64.b64decode(self.rfile.readline()))
        self.say(tag + b" OK in")

    def do_select(self, tag: bytes, line: bytes) -> None:
        box = self.box
        if b"INBOX" not in line:
            self.say(tag + b" NO there is no such folder")
            return
        self.say(b"* FLAGS (\\Seen \\Deleted)", b"* %d EXISTS" % len(box.mails), b"* 0 RECENT")
        if box.uidvalidity:
            self.say(b"* OK [UIDVALIDITY %d] valid" % box.uidvalidity)
        self.say(b"* OK [UIDNEXT %d] next" % box.uidnext)
        self.say(tag + (b" OK [READ-WRITE] open" if line.upper().startswith(b"SELECT") else b" OK [READ-ONLY] open"))

    do_examine = do_select

    def do_uid_search(self, tag: bytes, line: bytes) -> None:
        words = line.split()
        uids = self.uids(words[words.index(b"UID", 2) + 1].strip(b'"()'))
        if b"SINCE" in words:
            uids = [uid for uid in uids if uid not in self.box.old]
        self.say(b"* SEARCH" + b"".join(b" %d" % uid for uid in uids), tag + b" OK done")

    def uids(self, wanted: bytes) -> list[int]:
        """Those of a set that are there; as RFC 3501 wants it, `n:*` has the last one in any case."""
        found: set[int] = set()
        last = max(self.box.mails, default=0)
        for piece in wanted.split(b","):
            begin, _, end = piece.partition(b":")
            low, high = int(begin), last if end == b"*" else int(end or begin)
            found |= {uid for uid in self.box.mails if min(low, high) <= uid <= max(low, high)}
        return sorted(found)

    def do_uid_fetch(self, tag: bytes, line: bytes) -> bool | None:
        found = _FETCH.match(line)
        assert found, line
        for uid in [uid for uid in self.uids(found[1]) if uid in self.box.mails]:
            fault = self.box.faults.get(uid, "")
            part = _PART.search(found[2])
            if fault == "unsizable" and not (part and part[1]):
                self.say(tag + b" NO [SERVERBUG] internal error")
                return None
            if part and fault == "vanish":
                del self.box.mails[uid]
                continue
            if part and not part[1] and fault in ("hang", "drop", "refuse"):
                if fault == "hang":
                    cast(_Server, self.server).ended.wait(20)
                if fault == "refuse":
                    self.say(tag + b" NO [SERVERBUG] internal error")
                return fault == "refuse" or False
            self.give(uid, found[2], part, fault)
        self.say(tag + b" OK done")
        return None

    def give(self, uid: int, items: bytes, part: re.Match[bytes] | None, fault: str) -> None:
        mail, place = self.box.mails[uid], sorted(self.box.mails).index(uid) + 1
        if fault == "moody":
            mail = mail + b"%d" % len(self.box.said)
        if b"RFC822.SIZE" in items:
            size = len(mail) + (1000 if fault in ("liar", "moody") else 0)
            self.say(b"* %d FETCH (UID %d RFC822.SIZE %d)" % (place, uid, size))
        elif part and fault == "nil" and not part[1]:
            self.say(b"* %d FETCH (UID %d BODY[]<0> NIL)" % (place, uid))
        elif part:
            if part[1]:
                mail = mail.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
            piece = mail[int(part[2]) : int(part[2]) + int(part[3])]
            wrong = {"short": -7, "long": 7, "endless": 1 << 40}.get(fault, 0) if not part[1] else 0
            head = b"* %d FETCH (UID %d BODY[%s]<%s> {%d}\r\n"
            self.wfile.write(head % (place, uid, part[1] or b"", part[2], len(piece) + wrong) + piece + b")\r\n")

    def do_uid_store(self, tag: bytes, line: bytes) -> None:
        wanted, verb, *flags = line.split()[2:]
        assert verb.upper().startswith(b"+FLAGS")
        for uid in self.uids(wanted):
            self.box.flags.setdefault(uid, set()).update(flag.strip(b"()") for flag in flags)
        self.say(tag + b" OK done")

    def do_uid_move(self, tag: bytes, line: bytes) -> None:
        if self.do_uid_copy(tag, line):
            for uid in self.uids(line.split()[2]):
                del self.box.mails[uid]

    def do_uid_copy(self, tag: bytes, line: bytes) -> bool:
        folder = line.split()[3].strip(b'"').decode()
        if folder not in self.box.elsewhere:
            self.say(tag + b" NO [TRYCREATE] no such folder")
            return False
        self.box.elsewhere[folder] += [self.box.mails[uid] for uid in self.uids(line.split()[2])]
        self.say(tag + b" OK done")
        return True

    def do_uid_expunge(self, tag: bytes, line: bytes) -> None:
        for uid in self.uids(line.split()[2]):
            if b"\\Deleted" in self.box.flags.get(uid, ()):
                del self.box.mails[uid]
        self.say(tag + b" OK done")

    def do_list(self, tag: bytes, line: bytes) -> None:
        name = line.split()[-1].strip(b'"')
        if name.decode() in self.box.elsewhere:
            self.say(b'* LIST () "/" "%s"' % name)
        self.say(tag + b" OK done")

    def do_create(self, tag: bytes, line: bytes) -> None:
        self.box.elsewhere[line.split()[1].strip(b'"').decode()] = []
        self.say(tag + b" OK done")

    def do_idle(self, tag: bytes, line: bytes) -> bool | None:
        self.say(b"+ idling")
        self.box.idling.set()
        if self.box.in_idle:
            self.say(self.box.in_idle)
            return self.box.in_idle != b"* BYE gone"
        while not select.select([self.connection], [], [], 0.02)[0]:
            if self.box.news.is_set():
                self.box.news.clear()
                self.say(b"* %d EXISTS" % len(self.box.mails))
        self.rfile.readline()
        if self.box.is_silent:
            cast(_Server, self.server).ended.wait(20)
        self.say(tag + b" OK done")
        return None

    def do_noop(self, tag: bytes, line: bytes) -> None:
        self.say(tag + b" OK done")

    def do_logout(self, tag: bytes, line: bytes) -> bool:
        self.say(b"* BYE", tag + b" OK done")
        return False


@contextmanager
def imap(folder: Folder) -> Iterator[int]:
    """The port of a server that has `folder`, until the block ends."""
    with _Server(folder) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.ended.set()
            folder.news.set()
            server.shutdown()
            thread.join()

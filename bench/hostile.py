"""Mail made to hurt, while ordinary mail flows: `python -m bench.hostile [--postgres] [--only WORD] [--every 0.25]`.

Each hostile mail of the tests, and some of the greatest size the door takes, goes through the SMTP door of a running
`serve`, one after the other. Told of each: what became of it, the seconds from its 250 until it is a ticket or in
quarantine, the most memory a process that reads mail held meanwhile, the processor time of the whole service, and the
longest that an ordinary mail took from its 250 to its ticket. Before the first, the same is measured without any.
"""

from __future__ import annotations

import argparse
import base64
import re
import smtplib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from bench import corpus, machine, served
from contactcenter.model import Inbox
from contactcenter.model.words import InboxState
from tests.unit.channels.email.test_hostile import HEAD, MIXED, READABLE, REFUSED, html, text
from workers.process import unit_of_work

OURS = ["kontakt@ekhamra.example"]
GOALS = {"seconds": 5.0, "megabytes": 400.0, "ordinary": 1.0}
PATIENCE = 90.0
QUIET = 8.0
MEGABYTE = 1_000_000
QUIETLY = '[log]\nlevel = "error"\n'
_LONE = re.compile(rb"(?<!\r)\n|\r(?!\n)")  # no mail server sends such an end of a line, and the door takes none
CHILD = b"workers.reader_child"


def _files(count: int, size: int) -> bytes:
    content = base64.encodebytes(bytes(range(256)) * (size * 3 // 4 // 256)).replace(b"\n", b"\r\n")
    head = b"--b\r\nContent-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n"
    parts = (head + b'Content-Disposition: attachment; filename="%d.zip"\r\n\r\n' % n + content for n in range(count))
    return MIXED + b"".join(parts) + b"--b--\r\n"


def _mails_in_mails(depth: int) -> bytes:
    """The same 1 MB stands in as many mails as there may be within each other."""
    inner = HEAD + b"\r\n" + b"rad\r\n" * 200_000
    for _ in range(depth):
        inner = HEAD + b"Content-Type: message/rfc822\r\n\r\n" + inner
    return inner


GREAT: dict[str, Callable[[], bytes]] = {
    "10 000 parts": lambda: MIXED + b"--b\r\n\r\nx\r\n" * 10_000,
    "400 parts of HTML": lambda: MIXED + b"--b\r\nContent-Type: text/html\r\n\r\n<p>hej</p>\r\n" * 400,
    "mails in mails": lambda: _mails_in_mails(25),
    "48 MB in one file": lambda: _files(1, 45 * MEGABYTE),
    "48 MB in 400 files": lambda: _files(400, 45 * MEGABYTE // 400),
    "48 MB of text": lambda: text(b"Det regnar in.\r\n" * (48 * MEGABYTE // 16)),
    "48 MB of HTML": lambda: html(b"<p>Det regnar.</p>\r\n" * (48 * MEGABYTE // 20)),
    "48 MB on one line": lambda: text(b"x" * 48 * MEGABYTE),
    "48 MB of soft line breaks": lambda: (
        HEAD + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"a= \r\n" * (48 * MEGABYTE // 5)
    ),
    "80 MB": lambda: _files(1, 78 * MEGABYTE),
}
MAILS = {**READABLE, **{name: made for name, (_, made) in REFUSED.items()}, **GREAT}


@dataclass(slots=True)
class Told:
    """What became of one hostile mail."""

    name: str
    size: int = 0
    ended: str = ""
    seconds: float = 0.0
    megabytes: float = 0.0
    cpu: float = 0.0
    ordinary: float = 0.0


@dataclass(slots=True)
class Ordinary:
    """A resident's mail that is sent every so often, and when each was accepted and had become a ticket."""

    house: served.Served
    every: float
    ended: threading.Event = field(default_factory=threading.Event)
    accepted: dict[str, float] = field(default_factory=dict)
    settled: dict[str, float] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)

    def send(self) -> None:
        """Send until told to end."""
        mails = [raw for thread in corpus.conversations(400) for _, raw in thread]
        with smtplib.SMTP(*self.house.smtp, timeout=60) as smtp:
            for number in range(1_000_000):
                if self.ended.wait(self.every):
                    return
                sender = f"o{number}@example.se"
                smtp.sendmail(sender, OURS, mails[number % len(mails)])
                self.accepted[sender] = time.monotonic()

    def watch(self) -> None:
        """Note when mails are no longer waiting, whoever sent them."""
        while not self.ended.is_set():
            with unit_of_work(self.house.app, read_only=True) as session:
                new = select(Inbox.envelope_from, Inbox.state, Inbox.reason).where(Inbox.state != InboxState.WAITING)
                rows = session.execute(new.order_by(Inbox.id.desc()).limit(60)).all()
            now = time.monotonic()
            for sender, state, reason in rows:
                if sender not in self.settled:
                    self.settled[sender] = now
                    self.states[sender] = f"{state.value} {reason}".strip()
            time.sleep(0.03)

    def longest(self, begin: float, end: float) -> float:
        """The longest that one accepted in between took; one that is still under way counts as long as it has."""
        now = time.monotonic()
        sent = [(sender, at) for sender, at in list(self.accepted.items()) if begin <= at <= end]
        return max((self.settled.get(sender, now) - at for sender, at in sent), default=0.0)


class Memory:
    """Looks, some fifty times a second, at how much memory the reading processes hold."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.ended = threading.Event()
        self.most = 0.0

    def watch(self) -> None:
        """Until told to end; who reads mail is asked anew twice a second, since children come and go."""
        readers: list[int] = []
        asked = 0.0
        while not self.ended.wait(0.02):
            if time.monotonic() - asked > 0.5:
                readers, asked = _readers(self._pid), time.monotonic()
            for pid in readers:
                with suppress(OSError, StopIteration):
                    self.most = max(self.most, machine.resident_megabytes(pid))


def _readers(pid: int) -> list[int]:
    found = []
    for child in machine.tree(pid):
        with suppress(OSError):
            if CHILD in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(child)
    return found


def run(sqlite: bool, only: str, every: float) -> Iterator[Told]:
    """What became of each mail, as it is known; the first is none."""
    with ExitStack() as stack:
        url = "" if sqlite else stack.enter_context(machine.fresh_postgres())
        data, config, app = stack.enter_context(served.prepared(url, served.AT_ONCE + QUIETLY))
        house = stack.enter_context(served.serving(data, config, app))
        ordinary, memory = Ordinary(house, every), Memory(house.pid)
        threads = [threading.Thread(target=work) for work in (ordinary.send, ordinary.watch, memory.watch)]
        for thread in threads:
            thread.start()
        try:
            while not ordinary.settled:  # the rules are compiled and the children started
                time.sleep(0.1)
            time.sleep(2)
            yield _measured(house, ordinary, memory, sqlite, Told("no hostile mail"), None)
            for number, (name, made) in enumerate(MAILS.items()):
                if only in name:
                    mail = f"h{number}@example.se", _LONE.sub(b"\r\n", made())
                    yield _measured(house, ordinary, memory, sqlite, Told(name), mail)
        finally:
            ordinary.ended.set()
            memory.ended.set()
            for thread in threads:
                thread.join(60)
        left = ordinary.accepted.keys() - ordinary.settled.keys()
        if len(left) > 5 + 3 / every:
            raise SystemExit(f"wrong: {len(left)} ordinary mails were accepted and are still under way")


def _measured(
    house: served.Served,
    ordinary: Ordinary,
    memory: Memory,
    sqlite: bool,
    told: Told,
    mail: tuple[str, bytes] | None,
) -> Told:
    used, memory.most, began = machine.used([house.pid], sqlite), 0.0, time.monotonic()
    if mail is None:
        time.sleep(QUIET)
    else:
        sender, raw = mail
        told.size = len(raw)
        told.ended = _sent(house, sender, raw)
        accepted = time.monotonic()
        while not told.ended and sender not in ordinary.settled:
            if time.monotonic() - accepted > PATIENCE:
                raise SystemExit(f"wrong: {told.name!r} was accepted and is neither a ticket nor in quarantine")
            time.sleep(0.02)
        told.ended = told.ended or ordinary.states[sender]
        told.seconds = max(0.0, ordinary.settled.get(sender, accepted) - accepted)
    told.cpu, told.megabytes = machine.used([house.pid], sqlite) - used, memory.most
    time.sleep(1.2)  # what came meanwhile is taken in before the next
    told.ordinary = ordinary.longest(began, time.monotonic())
    return told


def _sent(house: served.Served, sender: str, raw: bytes) -> str:
    """Empty when it was accepted, else the door's answer."""
    try:
        with smtplib.SMTP(*house.smtp, timeout=120) as smtp:
            smtp.sendmail(sender, OURS, raw)
    except smtplib.SMTPResponseException as error:
        return f"refused {error.smtp_code}"
    except (smtplib.SMTPServerDisconnected, ConnectionError):
        return "refused, cut off"
    return ""


def _line(told: Told) -> str:
    return (
        f"{told.name[:44]:<44} {told.size / MEGABYTE:6.1f} {told.seconds:8.2f} {told.megabytes:7.0f} "
        f"{told.cpu:8.2f} {told.ordinary:9.2f}  {told.ended}"
    )


def main() -> None:
    """Print a line for each mail, and the worst of all beside the goals; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", action="store_true", help="PostgreSQL instead of the embedded default")
    parser.add_argument("--only", default="", help="only mails with this in their name")
    parser.add_argument("--every", type=float, default=0.25, help="seconds between ordinary mails")
    asked = parser.parse_args()
    print(f"{machine.describe()}, {machine.database(not asked.postgres)}, an ordinary mail every {asked.every} s")
    print(f"{'mail':<44} {'MB':>6} {'seconds':>8} {'RSS MB':>7} {'CPU s':>8} {'ordinary':>9}  what became of it")
    lines: list[Told] = []
    for told in run(not asked.postgres, asked.only, asked.every):
        lines.append(told)
        print(_line(told), flush=True)
    hostile = lines[1:]
    missed = False
    for what, goal in GOALS.items():
        worst = max(hostile, key=lambda told: float(getattr(told, what)))
        value = float(getattr(worst, what))
        missed = missed or value > goal
        print(f"worst {what:<10} {value:8.2f} of {goal:g}{' ✗' if value > goal else ''}  {worst.name}")
    raise SystemExit(int(missed))


if __name__ == "__main__":
    main()

"""Accepting mail alone: SMTP to 250, which means stored for good. `python -m bench.accept [--senders 4] [--smtp 2]`.

Runs `contactcenter smtp`, once or several times beside each other, on PostgreSQL and nothing else, so that nobody takes
the mails in (on SQLite one `serve` does everything: `bench.mail --sqlite` tells how many it accepts). The senders speak
as mail servers do, with PIPELINING (RFC 2920), so that less of the machine goes to them. Every mail must be a row at
the end.
"""

from __future__ import annotations

import multiprocessing
import re
import smtplib
import time
from contextlib import ExitStack
from multiprocessing.synchronize import Barrier

from sqlalchemy import func, select

from bench import corpus, machine, served
from bench.mail import asking, tell
from contactcenter.model import Inbox
from workers.process import unit_of_work


def run(count: int, senders: int, processes: int) -> dict[str, float]:
    """Send `count` mails to so many processes in turn; the figures."""
    with ExitStack() as stack:
        url = stack.enter_context(machine.fresh_postgres())
        data, config, app = stack.enter_context(served.prepared(url))
        doors = [stack.enter_context(served.mail_door(data, config, app)) for _ in range(processes)]
        pids = [door.pid for door in doors]
        threads = corpus.conversations(count)
        context = multiprocessing.get_context("spawn")
        gate = context.Barrier(senders + 1)
        shares = [threads[place::senders] for place in range(senders)]
        people = [
            context.Process(target=_send, args=(gate, doors[place % processes].smtp, share))
            for place, share in enumerate(shares)
        ]
        for person in people:
            person.start()
        gate.wait(60)
        before, started = machine.used(pids, sqlite=False), time.monotonic()
        for person in people:
            person.join()
        took, used = time.monotonic() - started, machine.used(pids, sqlite=False) - before
        with unit_of_work(app, read_only=True) as session:
            stored = session.scalar(select(func.count(Inbox.id)))
        if stored != count or any(person.exitcode for person in people):
            raise SystemExit(f"wrong: {stored} rows for {count} mails")
    return {"accepted per second": count / took, "CPU ms per mail": 1000 * used / count}


def _send(gate: Barrier, where: tuple[str, int], threads: list[list[tuple[str, bytes]]]) -> None:
    """One sender, as mail servers are: a connection that stays open, and commands that do not wait for each other."""
    mails = [(_commands(sender), _data(raw)) for thread in threads for sender, raw in thread]
    gate.wait(60)
    with smtplib.SMTP(*where, timeout=60) as smtp:
        smtp.ehlo()
        for commands, data in mails:
            smtp.send(commands)
            codes = [smtp.getreply()[0] for _ in range(3)]
            smtp.send(data)
            codes.append(smtp.getreply()[0])
            if codes != [250, 250, 354, 250]:
                raise SystemExit(f"refused: {codes}")


def _commands(sender: str) -> bytes:
    """What goes before a mail, in one piece (RFC 2920)."""
    return f"MAIL FROM:<{sender}>\r\nRCPT TO:<kontakt@ekhamra.example>\r\nDATA\r\n".encode()


def _data(raw: bytes) -> bytes:
    """A mail as it is sent, with its end (RFC 5321 §4.5.2)."""
    lines = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n").removesuffix(b"\r\n")
    return re.sub(rb"(?m)^\.", b"..", lines) + b"\r\n.\r\n"


def main() -> None:
    """Print the figures of one run."""
    parser = asking(__doc__, mails=2000)
    parser.add_argument("--smtp", type=int, default=1, help="processes of `contactcenter smtp`")
    asked = parser.parse_args()
    tell(run(asked.mails, asked.senders, asked.smtp), asked, f"PostgreSQL, {asked.smtp} × `smtp`")


if __name__ == "__main__":
    main()

"""A backlog in a mailbox: 10 000 mails of a real Dovecot through to tickets. `python -m bench.imap [--sqlite]`.

Needs Dovecot. Counts the processor time of every process of ours and all of PostgreSQL; Dovecot shares the machine and
is told of apart. Ends with an error when a mail is missing, twice, or in no ticket. A reply that is read before the
mail it answers opens a ticket of its own: how many did is told.
"""

from __future__ import annotations

import argparse
import time
from contextlib import ExitStack

from sqlalchemy import func, select

from bench import corpus, machine, served
from bench.dovecot import PASSWORD, PROGRAM, dovecot
from contactcenter.model import Inbox, MailUid, Ticket
from contactcenter.model.words import InboxState
from workers.process import unit_of_work

DEADLINE = 1200.0
BOX = """
[channels.mail]
undo_seconds = 0
[[channels.mail.mailboxes]]
name = "kontakt"
address = "kontakt@ekhamra.example"
host = "127.0.0.1"
port = {port}
tls = "none"
user = "kontakt"
password = "{password}"
after = "{after}"
"""


def run(count: int, after: str, sqlite: bool) -> dict[str, float]:
    """Let `count` mails lie in the mailbox when `serve` is started, and wait until all are tickets; the figures."""
    with ExitStack() as stack:
        server = stack.enter_context(dovecot())
        threads = corpus.conversations(count)
        server.put("kontakt", (raw.replace(b"\r\n", b"\n") for thread in threads for _, raw in thread))
        url = "" if sqlite else stack.enter_context(machine.fresh_postgres())
        settings = BOX.format(port=server.port, password=PASSWORD, after=after)
        data, config, app = stack.enter_context(served.prepared(url, settings))
        started = time.monotonic()
        house = stack.enter_context(served.serving(data, config, app))
        used, mails = machine.used([house.pid], sqlite), machine.cpu_seconds(machine.tree(server.process.pid))
        fetched, done = _wait(house, count, started)
        used = machine.used([house.pid], sqlite) - used
        mails = machine.cpu_seconds(machine.tree(server.process.pid)) - mails
        tickets = _all_right(house, count)
        return {
            "fetched per second": count / (fetched - started),
            "tickets per second": count / (done - started),
            "CPU ms per mail": 1000 * used / count,
            "Dovecot, CPU ms per mail": 1000 * mails / count,
            "split conversations": tickets - len(threads),
            "largest process MB": machine.peak_megabytes(machine.tree(house.pid)),
        }


def _wait(house: served.Served, count: int, started: float) -> tuple[float, float]:
    """When the last was fetched, and when the last was a ticket."""
    fetched = 0.0
    while time.monotonic() - started < DEADLINE:
        with unit_of_work(house.app, read_only=True) as session:
            lines = session.scalar(select(func.count(MailUid.id))) or 0
            waiting = select(func.count(Inbox.id)).where(Inbox.state == InboxState.WAITING)
            left = session.scalar(waiting) or 0
        if lines == count and not fetched:
            fetched = time.monotonic()
        if lines == count and not left:
            return fetched, time.monotonic()
        time.sleep(0.2)
    raise SystemExit(f"not done after {DEADLINE} s")


def _all_right(house: served.Served, count: int) -> int:
    """The number of tickets, when every mail is in one."""
    with unit_of_work(house.app, read_only=True) as session:
        done = session.scalar(select(func.count(Inbox.id)).where(Inbox.state == InboxState.DONE)) or 0
        repeats = session.scalar(select(func.count(MailUid.id)).where(MailUid.is_repeat | (MailUid.problem != ""))) or 0
        tickets = session.scalar(select(func.count(Ticket.id))) or 0
    if (done, repeats) != (count, 0):
        raise SystemExit(f"wrong: {done} done of {count}, {repeats} not as they should be in the ledger")
    return tickets


def main() -> None:
    """Print the figures of one run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=10_000)
    parser.add_argument("--after", default="seen", help="keep, seen or delete; default: %(default)s")
    parser.add_argument("--sqlite", action="store_true", help="the embedded default instead of PostgreSQL")
    asked = parser.parse_args()
    if PROGRAM is None:
        raise SystemExit("there is no Dovecot on this machine: apt-get install dovecot-imapd dovecot-lmtpd")
    figures = run(asked.mails, asked.after, asked.sqlite)
    print(machine.describe())
    print(f"{asked.mails} mails, after = {asked.after}, {machine.database(asked.sqlite)}")
    for name, value in figures.items():
        print(f"{name:>25}  {value:8.1f}")


if __name__ == "__main__":
    main()

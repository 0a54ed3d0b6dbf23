"""Mail in: 1 000 mixed mails over SMTP to durable, routed tickets. `python -m bench.mail [--sqlite] [--senders N]`.

Counts the processor time of every process of ours, their ended children and all of PostgreSQL; the senders are not
counted but share the machine.
"""

from __future__ import annotations

import argparse
import multiprocessing
import smtplib
import time
from contextlib import ExitStack

from sqlalchemy import func, select

from bench import corpus, machine, served
from contactcenter.model import Inbox, Ticket
from contactcenter.model.words import InboxState
from workers.process import unit_of_work

DEADLINE = 300.0


def send(where: tuple[str, int], threads: list[list[tuple[str, bytes]]]) -> None:
    """One sender: a connection that stays open, one mail after the other."""
    with smtplib.SMTP(*where, timeout=60) as smtp:
        for thread in threads:
            for sender, raw in thread:
                smtp.sendmail(sender, ["kontakt@ekhamra.example"], raw)


def run(count: int, senders: int, sqlite: bool) -> dict[str, float]:
    """Send `count` mails and wait until all are tickets; the figures."""
    with ExitStack() as stack:
        url = "" if sqlite else stack.enter_context(machine.fresh_postgres())
        data, config, app = stack.enter_context(served.prepared(url))
        house = stack.enter_context(served.serving(data, config, app))
        threads = corpus.conversations(count)
        shares = [threads[place::senders] for place in range(senders)]
        context = multiprocessing.get_context("spawn")
        people = [context.Process(target=send, args=(house.smtp, share)) for share in shares]
        before = cpu(house.pid, sqlite)
        for person in people:
            person.start()
        started = time.monotonic()
        for person in people:
            person.join()
        accepted = time.monotonic()
        done = _wait(house, count, started)
        used = cpu(house.pid, sqlite) - before
        with unit_of_work(app, read_only=True) as session:
            tickets = session.scalar(select(func.count(Ticket.id))) or 0
        if tickets != len(threads):
            raise SystemExit(f"wrong: {tickets} tickets for {len(threads)} conversations")
        return {
            "accepted per second": count / (accepted - started),
            "tickets per second": count / (done - started),
            "CPU ms per mail": 1000 * used / count,
            "largest process MB": machine.peak_megabytes(machine.tree(house.pid)),
        }


def cpu(pid: int, sqlite: bool) -> float:
    """Processor time so far of a process of ours with all below it, and of the database."""
    return machine.used([pid], sqlite)


def _wait(house: served.Served, count: int, started: float) -> float:
    while time.monotonic() - started < DEADLINE:
        with unit_of_work(house.app, read_only=True) as session:
            counted = select(Inbox.state, Inbox.reason, func.count()).group_by(Inbox.state, Inbox.reason)
            rows = session.execute(counted).all()
        states = {(row[0], row[1]): row[2] for row in rows}
        if states.get((InboxState.DONE, ""), 0) == count:
            return time.monotonic()
        if sum(states.values()) == count and not any(state is InboxState.WAITING for state, _ in states):
            raise SystemExit(f"not all became tickets: {states}")
        time.sleep(0.05)
    raise SystemExit(f"not done after {DEADLINE} s")


def asking(doc: str | None, mails: int) -> argparse.ArgumentParser:
    """What a measurement of mail can be asked; `mails` by default."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--senders", type=int, default=4)
    parser.add_argument("--mails", type=int, default=mails)
    return parser


def tell(figures: dict[str, float], asked: argparse.Namespace, database: str) -> None:
    """Print the machine, what was asked, and the figures."""
    print(machine.describe())
    print(f"{asked.mails} mails, {asked.senders} senders, {database}")
    for name, value in figures.items():
        print(f"{name:>22}  {value:8.1f}")


def main() -> None:
    """Print the figures of one run."""
    parser = asking(__doc__, mails=1000)
    parser.add_argument("--sqlite", action="store_true", help="the embedded default instead of PostgreSQL")
    asked = parser.parse_args()
    tell(run(asked.mails, asked.senders, asked.sqlite), asked, machine.database(asked.sqlite))


if __name__ == "__main__":
    main()

"""Accepting mail alone: SMTP to 250, which means stored for good. `python -m bench.accept [--sqlite] [--senders 4]`.

Runs `contactcenter smtp` and nothing else, so that nobody takes the mails in. Every mail must be a row at the end.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from contextlib import ExitStack

from sqlalchemy import func, select

from bench import corpus, machine, served
from bench.mail import cpu, send
from contactcenter.model import Inbox
from workers.process import unit_of_work


def run(count: int, senders: int, sqlite: bool) -> dict[str, float]:
    """Send `count` mails; the figures."""
    with ExitStack() as stack:
        url = "" if sqlite else stack.enter_context(machine.fresh_postgres())
        data, config, app = stack.enter_context(served.prepared(url))
        house = stack.enter_context(served.mail_door(data, config, app))
        threads = corpus.conversations(count)
        context = multiprocessing.get_context("spawn")
        gate = context.Barrier(senders + 1)
        shares = [threads[place::senders] for place in range(senders)]
        people = [context.Process(target=_send, args=(gate, house.smtp, share)) for share in shares]
        for person in people:
            person.start()
        gate.wait(60)
        before, started = cpu(house.pid, sqlite), time.monotonic()
        for person in people:
            person.join()
        took, used = time.monotonic() - started, cpu(house.pid, sqlite) - before
        with unit_of_work(app, read_only=True) as session:
            stored = session.scalar(select(func.count(Inbox.id)))
        if stored != count or any(person.exitcode for person in people):
            raise SystemExit(f"wrong: {stored} rows for {count} mails")
    return {"accepted per second": count / took, "CPU ms per mail": 1000 * used / count}


def _send(gate: object, where: tuple[str, int], threads: list[list[tuple[str, bytes]]]) -> None:
    gate.wait(60)  # type: ignore[attr-defined]
    send(where, threads)


def main() -> None:
    """Print the figures of one run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sqlite", action="store_true", help="the embedded default instead of PostgreSQL")
    parser.add_argument("--senders", type=int, default=4)
    parser.add_argument("--mails", type=int, default=2000)
    asked = parser.parse_args()
    print(machine.describe())
    print(f"{asked.mails} mails, {asked.senders} senders, {'SQLite' if asked.sqlite else 'PostgreSQL'}")
    for name, value in run(asked.mails, asked.senders, asked.sqlite).items():
        print(f"{name:>22}  {value:8.1f}")


if __name__ == "__main__":
    main()

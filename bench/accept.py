"""Accepting mail alone: SMTP to 250, which means stored for good. `python -m bench.accept [--senders 4] [--smtp 2]`.

Runs `contactcenter smtp`, once or several times beside each other, on PostgreSQL and nothing else, so that nobody takes
the mails in (on SQLite one `serve` does everything: `bench.mail --sqlite` tells how many it accepts). Every mail must
be a row at the end.
"""

from __future__ import annotations

import multiprocessing
import time
from contextlib import ExitStack

from sqlalchemy import func, select

from bench import corpus, machine, served
from bench.mail import asking, send, tell
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


def _send(gate: object, where: tuple[str, int], threads: list[list[tuple[str, bytes]]]) -> None:
    gate.wait(60)  # type: ignore[attr-defined]
    send(where, threads)


def main() -> None:
    """Print the figures of one run."""
    parser = asking(__doc__, mails=2000)
    parser.add_argument("--smtp", type=int, default=1, help="processes of `contactcenter smtp`")
    asked = parser.parse_args()
    tell(run(asked.mails, asked.senders, asked.smtp), asked, f"PostgreSQL, {asked.smtp} × `smtp`")


if __name__ == "__main__":
    main()

"""An answer: how long the browser waits, and when the resident's server has it. `python -m bench.reply`.

The form is sent as the page's script sends it, one ticket after the other. Three installations on each database: one
whose smarthost takes mail, one whose smarthost refuses connections, and one whose smarthost takes the connection and
never says a word. Arrival is counted from the end of the time for undoing (the promise's `due_at`) until the server
here, which stands for the resident's, has read the whole mail.
"""

from __future__ import annotations

import argparse
import itertools
import re
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import cast

from flask import Flask
from sqlalchemy import select

from bench import dataset, machine, served
from bench.browser import Browser, csrf
from contactcenter.model import Domain, Entry, Outbox, Ticket
from contactcenter.model.words import Status
from contactcenter.services import outbox
from workers.process import unit_of_work

ANSWERED, ARRIVED = 40, 60
TICKETS = 1_000
WAIT = 60.0
MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>]+>)", re.MULTILINE | re.IGNORECASE)
HIDDEN = re.compile(r'<input type="hidden" name="(key|seen_seq|rev)" value="([^"]*)">')
MAIL = """[channels.mail]
undo_seconds = {undo}
[channels.mail.smarthost]
host = "127.0.0.1"
port = {port}
tls = "none"
"""


class Resident(socketserver.ThreadingTCPServer):
    """A mail server that takes everything at once and remembers when (seconds since 1970), by Message-ID."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.arrived: dict[str, float] = {}


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        with suppress(OSError):
            self.wfile.write(b"220 resident.example\r\n")
            while line := self.rfile.readline():
                word = line[:4].upper().strip()
                self.wfile.write({b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}.get(word, b"250 ok\r\n"))
                if word == b"DATA":
                    self._take()
                if word == b"QUIT":
                    return

    def _take(self) -> None:
        lines = list(iter(self.rfile.readline, b".\r\n"))
        now = time.time()
        found = MESSAGE_ID.search(b"".join(lines))
        assert found is not None
        cast(Resident, self.server).arrived.setdefault(found.group(1).decode(), now)
        self.wfile.write(b"250 2.0.0 taken\r\n")


@contextmanager
def resident() -> Iterator[Resident]:
    """The mail server, listening in threads of its own."""
    with Resident() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def refusing() -> Iterator[int]:
    """A port that refuses connections: it is taken, and nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])


@contextmanager
def black_hole() -> Iterator[int]:
    """A port where connections are taken (by the system, into a queue), and nothing ever comes back."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        yield int(listening.getsockname()[1])


@contextmanager
def installation(sqlite: bool, undo: int, port: int) -> Iterator[served.Served]:
    """`serve` on a database of its own with tickets, and its smarthost at `port`."""
    with ExitStack() as stack:
        url = "" if sqlite else stack.enter_context(machine.fresh_postgres())
        prepared = stack.enter_context(served.prepared(url, MAIL.format(undo=undo, port=port)))
        dataset.fill(prepared[2], TICKETS)
        yield stack.enter_context(served.serving(*prepared))


def answer(house: served.Served, count: int, pause: float) -> list[float]:
    """Answer `count` tickets, each after its page was looked at; the milliseconds that each form took."""
    browser, times = Browser(house.web), []
    for number in _open_tickets(house.app, count + 5):
        page = browser.get(f"/arenden/{number}")
        found = HIDDEN.findall(page)
        form = {**dict(reversed(found)), "text": f"Hej! Vi har tittat på det.\n\nÄrende {number} är klart på torsdag."}
        token = csrf(page)
        started = time.perf_counter()
        told = browser.post(f"/arenden/{number}/svar", form, token)
        times.append(1000 * (time.perf_counter() - started))
        if f"Ärende {number} är klart" not in told:
            raise SystemExit(f"the answer to {number} was not shown")
        time.sleep(pause)
    return times[5:]  # the first ones warm up


def _open_tickets(app: Flask, count: int) -> list[int]:
    with unit_of_work(app, read_only=True) as session:
        common = select(Domain.id).where(Domain.slug == "common").scalar_subquery()
        query = select(Ticket.number).where(Ticket.status == Status.NEW, Ticket.domain_id == common).limit(count)
        numbers = list(session.scalars(query))
    if len(numbers) < count:
        raise SystemExit(f"there are only {len(numbers)} tickets to answer")
    return numbers


def promised(app: Flask) -> dict[str, tuple[float, bool]]:
    """By Message-ID: when each answer of this run was due (seconds since 1970), and whether it has been sent."""
    with unit_of_work(app, read_only=True) as session:
        rows = session.execute(
            select(Entry.own_message_id, Outbox.due_at, Outbox.outcome)
            .join(Entry, Entry.id == Outbox.subject_id)
            .where(Outbox.kind == outbox.DELIVER, Entry.form_key != "")
        ).all()
    return {str(message_id): (due.timestamp(), outcome == "sent") for message_id, due, outcome in rows}


def arrivals(house: served.Served, server: Resident, count: int) -> list[float]:
    """Milliseconds from when each answer was due until it was there."""
    until = time.monotonic() + WAIT
    while len(server.arrived) < count:
        if time.monotonic() > until:
            raise SystemExit(f"only {len(server.arrived)} of {count} answers arrived")
        time.sleep(0.05)
    due = promised(house.app)
    if set(due) != set(server.arrived):
        raise SystemExit("what arrived is not what was promised")
    in_order = sorted((moment, server.arrived[message_id]) for message_id, (moment, _sent) in due.items())
    return [1000 * (arrived - moment) for moment, arrived in itertools.islice(in_order, 5, None)]


def run(sqlite: bool, asked: argparse.Namespace) -> None:
    """Answer with each of the three smarthosts, and print the figures."""
    print(machine.database(sqlite))
    with resident() as server, installation(sqlite, asked.undo, int(server.server_address[1])) as house:
        times = answer(house, asked.answers, asked.pause)
        print(f"  browser answered, smarthost takes mail:   {machine.quantiles(times)}")
        there = arrivals(house, server, asked.answers + 5)
        print(f"  at the resident's server after {asked.undo} s to undo: {machine.quantiles(there)}")
    for name, dead in (("refuses connections", refusing), ("never answers", black_hole)):
        with dead() as port, installation(sqlite, asked.undo, port) as house:
            times = answer(house, asked.answers, asked.pause)
            if any(sent for _due, sent in promised(house.app).values()):
                raise SystemExit("an answer left by a smarthost that is dead")
        print(f"  browser answered, smarthost {name}: {machine.quantiles(times)}")


def main() -> None:
    """Print the times of the browser and of the arrival, on SQLite and on PostgreSQL."""
    parser = argparse.ArgumentParser(description=__doc__)
    machine.on_both(parser)
    parser.add_argument("--answers", type=int, default=50)
    parser.add_argument("--undo", type=int, default=2, help="seconds in which sending can be undone")
    parser.add_argument("--pause", type=float, default=0.1, help="seconds between two answers")
    asked = parser.parse_args()
    print(machine.describe())
    print(f"goals: browser p50 at most {ANSWERED} ms with every smarthost, arrival p50 at most {ARRIVED} ms")
    for sqlite in asked.sqlite:
        run(sqlite, asked)


if __name__ == "__main__":
    main()

"""A thousand screens: memory, delay and backlog of live hints. `python -m bench.sockets [--sockets 1000] [--apart]`.

The sockets are held by another process. First a program writes notes by the API, five a second, each of which is told
on every screen: the delay counts from before the request until the hint is there, for every note on every screen. Then
the rate rises: rows are written straight into the database, to tickets of which each screen need only hear the newest
change, and the age of the newest hint in each message says whether a backlog grows.
"""

from __future__ import annotations

import argparse
import http.client
import json
import multiprocessing
import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import Select, insert, select

from bench import dataset, ears, machine, served
from bench.api import token_for
from bench.ears import Heard
from contactcenter import clock
from contactcenter.model import Agent, Domain, DomainGrant, Ticket
from contactcenter.model.words import Role
from contactcenter.services import events, sessions
from contactcenter.settings import Settings
from workers.process import unit_of_work

MEMORY, DELAY, BACKLOG = 150, 250, 1000
TICKETS = 1_000
CALM = 3.0
LOOK_EVERY = 0.5
PATIENCE = 60.0
RATES = (5, 20, 50, 100, 200, 500, 1000)
WRITES_A_SECOND = 20
"""Above this rate several events share a transaction."""

Made = dict[tuple[int, int], float]
"""When (time.monotonic()) the change that gave a ticket this `rev` began to be written."""


@dataclass
class Screens:
    """The other process with its sockets."""

    pipe: Connection
    count: int

    def heard(self) -> Heard:
        """What was heard since the last time; a socket that was lost ends the measurement."""
        self.pipe.send("?")
        still, heard = self.pipe.recv()
        if still != self.count:
            raise SystemExit(f"only {still} of {self.count} sockets are still open")
        assert isinstance(heard, Heard)
        return heard


def cookies(app: Flask, count: int) -> list[str]:
    """So many agents of the desk, each signed in once, with the common domain."""
    with unit_of_work(app) as session:
        common = session.scalars(select(Domain.id).where(Domain.slug == "common")).one()
        now = clock.now()
        rows = [
            {"login": f"skarm{n}@ekhamra.example", "name": f"Skärm {n}", "role": Role.GUIDE, "created_at": now}
            for n in range(count)
        ]
        session.execute(insert(Agent), rows)
        agents = session.scalars(select(Agent).where(Agent.login.startswith("skarm"))).all()
        session.execute(insert(DomainGrant), [{"domain_id": common, "agent_id": one.id} for one in agents])
        name = sessions.cookie_name(Settings())
        return [f"{name}={sessions.start(session, agent, '127.0.0.1')}" for agent in agents]


@contextmanager
def screens(address: str, signed_in: list[str]) -> Iterator[Screens]:
    """The sockets, all open."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=ears.run, args=(theirs, address, signed_in))
    process.start()
    try:
        said = ours.recv()
        if said != "open":
            raise SystemExit(said)
        yield Screens(ours, len(signed_in))
    finally:
        ours.send(None)
        process.join(10)
        process.terminate()


class Notes:
    """A program that writes notes, each on another ticket."""

    def __init__(self, app: Flask, web: str, token: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(web).netloc, timeout=60)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        with unit_of_work(app, read_only=True) as session:
            self._tickets = {ticket_id: number for ticket_id, number in session.execute(_common())}

    def write(self, count: int, every: float) -> Made:
        """Write `count` notes, one every so many seconds."""
        made: Made = {}
        chosen = random.Random(count).choices(sorted(self._tickets), k=count)
        started = time.monotonic()
        for place, ticket_id in enumerate(chosen):
            time.sleep(max(0.0, started + place * every - time.monotonic()))
            before = time.monotonic()
            body = json.dumps({"text": f"Anteckning {place}"})
            self._connection.request("POST", self._path(ticket_id), body, self._headers)
            answer = self._connection.getresponse()
            told = json.loads(answer.read())
            if answer.status != 201:
                raise SystemExit(f"a note was answered {answer.status}: {told}")
            made[ticket_id, told["rev"]] = before
        return made

    def _path(self, ticket_id: int) -> str:
        return f"/api/v1/tickets/{self._tickets[ticket_id]}/notes"


def _common() -> Select[int, int]:
    common = select(Domain.id).where(Domain.slug == "common").scalar_subquery()
    return select(Ticket.id, Ticket.number).where(Ticket.domain_id == common)


def happen(app: Flask, rate: int, seconds: float, among: int) -> Made:
    """Let `rate` changes a second happen to `among` tickets, as rows in the database."""
    made: Made = {}
    chance = random.Random(rate)
    with unit_of_work(app, read_only=True) as session:
        tickets = sorted(session.scalars(_common().with_only_columns(Ticket.id)))[:among]
    writes = min(rate, WRITES_A_SECOND)
    started = time.monotonic()
    owed = 0.0
    for write in range(int(seconds * writes)):
        time.sleep(max(0.0, started + write / writes - time.monotonic()))
        owed += rate / writes
        before = time.monotonic()
        with unit_of_work(app) as session:
            for ticket_id in chance.sample(tickets, min(int(owed), len(tickets))):
                ticket = session.get_one(Ticket, ticket_id)
                events.changed(session, ticket, "note")
                made[ticket_id, ticket.rev] = before
        owed -= int(owed)
    return made


def delays(made: Made, heard: Heard) -> list[float]:
    """For each change and each screen that was told of it: milliseconds until it was."""
    found: list[float] = []
    for at, place in heard.received:
        found.extend(1000 * (at - made[change]) for change in heard.messages[place] if change in made)
    return found


def ages(made: Made, heard: Heard) -> list[float]:
    """For each message that a screen got: milliseconds since the newest change in it."""
    newest = [max((made[change] for change in told if change in made), default=None) for told in heard.messages]
    return [1000 * (at - moment) for at, place in heard.received if (moment := newest[place]) is not None]


def all_heard(watching: Screens, made: Made) -> Heard:
    """What was heard, once every screen was told of the last change of every ticket; that must come to pass."""
    last: dict[int, int] = {}
    for ticket_id, rev in made:
        last[ticket_id] = max(rev, last.get(ticket_id, 0))
    heard, owed, until = Heard([], []), len(last) * watching.count, time.monotonic() + PATIENCE
    while owed:
        if time.monotonic() > until:
            raise SystemExit(f"{owed} of {len(last)} last changes on {watching.count} screens were never told")
        time.sleep(LOOK_EVERY)
        more = watching.heard()
        times = [sum(last.get(ticket_id) == rev for ticket_id, rev in told) for told in more.messages]
        owed -= sum(times[place] for _at, place in more.received)
        known = len(heard.messages)
        heard.messages.extend(more.messages)
        heard.received.extend((at, known + place) for at, place in more.received)
    return heard


def _calm(watching: Screens, notes: Notes, asked: argparse.Namespace) -> None:
    """The first part: five notes a second."""
    watching.heard()
    made = notes.write(int(asked.seconds * 5), 0.2)
    heard = all_heard(watching, made)
    lates = delays(made, heard)
    if len(lates) != len(made) * watching.count:
        print(f"  ({len(made) * watching.count - len(lates)} of {len(made) * watching.count} were told by a newer one)")
    print(f"  5 notes a second to every screen: {machine.quantiles(lates)} (goal: p95 at most {DELAY} ms)")


def _rising(app: Flask, watching: Screens, asked: argparse.Namespace) -> None:
    """The second part: more and more."""
    print(f"  {'events/s':>8} {'messages/s a screen':>20} {'changes told':>13}   age of the newest hint in a message")
    for rate in RATES:
        started = time.monotonic()
        made = happen(app, rate, asked.rising, asked.among)
        took = time.monotonic() - started
        heard = all_heard(watching, made)
        told = sum(len(heard.messages[place]) for _at, place in heard.received) / watching.count
        a_second = len(heard.received) / watching.count / took
        told_of = f"{100 * told / len(made):.0f} %"
        print(f"  {len(made) / took:8.0f} {a_second:20.1f} {told_of:>13}   {machine.quantiles(ages(made, heard))}")
    print(f"  (goal: no age above {BACKLOG} ms)")


def run(sqlite: bool, asked: argparse.Namespace) -> None:
    """Connect everybody, let things happen, and print the figures."""
    apart = asked.apart and not sqlite
    with ExitStack() as stack:
        url = "" if sqlite else stack.enter_context(machine.fresh_postgres())
        prepared = stack.enter_context(served.prepared(url))
        app = prepared[2]
        dataset.fill(app, TICKETS)
        signed_in, token = cookies(app, asked.sockets), token_for(app)
        (pages,) = stack.enter_context(served.doors(*prepared, 1 if apart else 0))
        live = stack.enter_context(served.live_door(*prepared)) if apart else pages
        print(f"{machine.database(sqlite)}, {'`web` and `live`' if apart else '`serve`'}")
        before = machine.resident_megabytes(live.pid)
        started = time.monotonic()
        watching = stack.enter_context(screens(live.web, signed_in))
        print(f"  {asked.sockets} sockets open after {time.monotonic() - started:.1f} s")
        time.sleep(CALM)
        idle = machine.resident_megabytes(live.pid)
        _calm(watching, Notes(app, pages.web, token), asked)
        held, own = machine.resident_megabytes(live.pid), machine.own_megabytes(live.pid)
        _rising(app, watching, asked)
        peak = machine.peak_megabytes([live.pid])
    print(f"  memory of the process with the sockets: {before:.0f} MB without, {idle:.0f} MB with them open,")
    print(f"  {held:.0f} MB after 5 a second (goal: at most {MEMORY} MB; {own:.0f} MB of it are not files),")
    print(f"  {peak:.0f} MB at most at the highest rate")


def main() -> None:
    """Print memory, delay and age, on SQLite and on PostgreSQL."""
    parser = argparse.ArgumentParser(description=__doc__)
    machine.on_both(parser)
    parser.add_argument("--sockets", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=20, help="how long five notes a second are written")
    parser.add_argument("--rising", type=float, default=5, help="seconds at each of the higher rates")
    parser.add_argument("--among", type=int, default=100, help="tickets that the higher rates change")
    parser.add_argument("--apart", action="store_true", help="`web` and `live` on PostgreSQL instead of `serve`")
    asked = parser.parse_args()
    print(machine.describe())
    for sqlite in asked.sqlite:
        run(sqlite, asked)


if __name__ == "__main__":
    main()

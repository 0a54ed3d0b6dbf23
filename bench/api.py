"""The API's list of tickets at 100 000, for several programs at once. `python -m bench.api [--clients 8] [--web 2]`.

Each program has a connection that stays open and a token, and reads page after page of 50 tickets by the key that the
last one gave: newest first, in the order of the queue, and filtered. Both databases, one after the other.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from urllib.parse import urlsplit

from flask import Flask

from bench import dataset, machine, served
from contactcenter.services import tokens
from workers.process import unit_of_work

GOAL = 150
PAGES = 20
WARMING = 20
LISTS = ("order=newest", "order=queue", "order=newest&status=closed", "order=queue&status=new")
_NEXT = re.compile(rb'"next":"([^"]+)"\}$')


class Program:
    """A program with its connection, on the way through the lists."""

    def __init__(self, address: str, token: str, begin: int = 0) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
        self._headers = {"Authorization": f"Bearer {token}"}
        self._paths = self._walk(begin)
        self._last = b""

    def ask(self) -> float:
        """Ask for the next page; milliseconds. Anything but 200 ends the measurement."""
        path = next(self._paths)
        started = time.perf_counter()
        try:
            answer = self._once(path)
        except http.client.RemoteDisconnected:  # it was idle for too long
            answer = self._once(path)
        self._last = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}: {self._last[:300]!r}")
        return 1000 * (time.perf_counter() - started)

    def _once(self, path: str) -> http.client.HTTPResponse:
        self._connection.request("GET", path, headers=self._headers)
        return self._connection.getresponse()

    def _walk(self, begin: int) -> Iterator[str]:
        """The first page of a list, then by key up to `PAGES` of it, then the next list."""
        for place in itertools.count(begin):
            base = path = f"/api/v1/tickets?{LISTS[place % len(LISTS)]}&limit=50"
            for _ in range(PAGES):
                yield path
                found = _NEXT.search(self._last)
                if found is None:
                    break
                path = f"{base}&after={found.group(1).decode()}"


def token_for(app: Flask, domains: tuple[str, ...] = ()) -> str:
    """A new token that reads and writes, of a program that sees the common domain, or these."""
    with unit_of_work(app) as session:
        agent = tokens.service_agent(session, "Mätning", domains)
        return tokens.add(session, "Mätning", (tokens.Scope.READ, tokens.Scope.WRITE), agent)


def run(sqlite: bool, asked: argparse.Namespace) -> None:
    """Fill a database, read from it, and print the figures."""
    with ExitStack() as stack:
        url = "" if sqlite else stack.enter_context(machine.fresh_postgres())
        data, config, app = stack.enter_context(served.prepared(url))
        dataset.fill(app, asked.tickets)
        token = token_for(app, ("all",) if asked.confidential else ())
        doors = stack.enter_context(served.doors(data, config, app, 0 if sqlite else asked.web))
        programs = [Program(doors[place % len(doors)].web, token, place) for place in range(asked.clients)]
        for program in programs:
            for _ in range(WARMING):
                program.ask()
        pids = [door.pid for door in doors]
        before = machine.used(pids, sqlite)
        alone = [programs[0].ask() for _ in range(asked.alone)]
        used_alone = 1000 * (machine.used(pids, sqlite) - before) / len(alone)
        before, started = machine.used(pids, sqlite), time.monotonic()
        until = started + asked.seconds

        def read(program: Program) -> list[float]:
            return [program.ask() for _ in iter(lambda: time.monotonic() < until, False)]

        with ThreadPoolExecutor(asked.clients) as people:
            times = list(itertools.chain.from_iterable(people.map(read, programs)))
        took, used = time.monotonic() - started, machine.used(pids, sqlite) - before
    print(f"{machine.database(sqlite)}, {served.told(0 if sqlite else asked.web)}, {asked.tickets} tickets")
    print(f"  one client:  {machine.quantiles(alone)}; {used_alone:.1f} ms CPU each")
    print(f"  {asked.clients} clients:   {machine.quantiles(times)}; {1000 * used / len(times):.1f} ms CPU each")
    print(f"  {len(times) / took:.0f} requests a second (goal: at least {GOAL})")


def main() -> None:
    """Print requests a second, times and processor time, on SQLite and on PostgreSQL."""
    parser = argparse.ArgumentParser(description=__doc__)
    machine.on_both(parser)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--alone", type=int, default=200, help="requests of one client alone, before")
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--web", type=int, default=0, help="so many processes of `web` on PostgreSQL, not `serve`")
    parser.add_argument("--confidential", action="store_true", help="the token sees every domain: pages are recorded")
    asked = parser.parse_args()
    print(machine.describe())
    for sqlite in asked.sqlite:
        run(sqlite, asked)


if __name__ == "__main__":
    main()

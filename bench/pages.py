"""Pages over HTTP at 1 000 and at 100 000 tickets, in one run. `python -m bench.pages [--sqlite | --web 2]`.

Both databases are filled first; then requests to the two alternate, so that a noisy machine is noisy for both. The
views asked for fill a page of 50 rows at both sizes; the hits of a search grow with the size, and up to 200 are shown.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field

from bench import dataset, machine, served
from bench.browser import Browser


@dataclass
class House:
    """One running installation with its measured times in milliseconds."""

    browser: Browser
    doors: list[served.Served]
    sqlite: bool
    count: int
    times: dict[str, list[float]] = field(default_factory=dict)

    def measure(self, name: str, path: str) -> None:
        """One request."""
        started = time.perf_counter()
        self.browser.get(path)
        self.times.setdefault(name, []).append(1000 * (time.perf_counter() - started))

    def used(self) -> float:
        """Processor seconds so far of everything that serves the pages, and of the database."""
        return machine.used([door.pid for door in self.doors], self.sqlite)


def _house(stack: ExitStack, count: int, sqlite: bool, processes: int) -> House:
    url = "" if sqlite else stack.enter_context(machine.fresh_postgres())
    data, config, app = stack.enter_context(served.prepared(url))
    dataset.fill(app, count)
    doors = stack.enter_context(served.doors(data, config, app, processes))
    return House(Browser(doors[0].web), doors, sqlite, count)


def _round(house: House, chance: random.Random) -> None:
    number = dataset.FIRST + chance.randrange(house.count)
    house.measure("queue", f"/arenden?vy={chance.choice(('otilldelade', 'oppna', 'vantar', 'avslutade'))}")
    house.measure("ticket", f"/arenden/{number}?vy=oppna")
    house.measure("search word", f"/arenden?q={dataset.RARE}")
    house.measure("search phrase", "/arenden?q=%22glasa+in+v%C3%A5r+altan%22")
    house.measure("search part", "/arenden?q=lampan")


def _together(house: House, clients: int, seconds: float) -> tuple[float, float]:
    """Queue pages a second, and processor milliseconds a page (with PostgreSQL's), for that many clients at once."""
    browsers = [Browser(house.doors[place % len(house.doors)].web) for place in range(clients)]
    until = time.monotonic() + seconds
    before, started = house.used(), time.monotonic()

    def ask(browser: Browser) -> int:
        pages = 0
        while time.monotonic() < until:
            browser.get("/arenden?vy=oppna")
            pages += 1
        return pages

    with ThreadPoolExecutor(clients) as people:
        pages = sum(people.map(ask, browsers))
    took, used = time.monotonic() - started, house.used() - before
    return pages / took, 1000 * used / pages


def main() -> None:
    """Print p50 and p95 of each page at both sizes, and how much the larger costs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sqlite", action="store_true")
    parser.add_argument("--rounds", type=int, default=150)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=20, help="how long those clients ask")
    parser.add_argument("--large", type=int, default=100_000)
    parser.add_argument("--web", type=int, default=0, help="so many processes of `web` instead of `serve` (PostgreSQL)")
    asked = parser.parse_args()
    if asked.web and asked.sqlite:
        parser.error("`web` needs PostgreSQL")
    with ExitStack() as stack:
        small, large = (_house(stack, count, asked.sqlite, asked.web) for count in (1_000, asked.large))
        chance = random.Random(1)
        for _ in range(10):
            _round(small, chance)
            _round(large, chance)
        small.times.clear()
        large.times.clear()
        for _ in range(asked.rounds):
            _round(small, chance)
            _round(large, chance)
        rate, used = _together(large, asked.clients, asked.seconds)
    print(machine.describe(), machine.database(asked.sqlite), served.told(asked.web), sep=", ")
    print(f"{'page':14} {'p50':>8} {'p95':>8}   {'p50':>8} {'p95':>8}   p95 ratio")
    for name in small.times:
        few, many = (sorted(house.times[name]) for house in (small, large))
        at = [statistics.median(few), few[len(few) * 95 // 100], statistics.median(many), many[len(many) * 95 // 100]]
        print(f"{name:14} {at[0]:8.1f} {at[1]:8.1f}   {at[2]:8.1f} {at[3]:8.1f}   {at[3] / at[1]:.2f}")
    print(f"queue page at {asked.large}, {asked.clients} clients: {rate:.0f} a second, {used:.1f} ms CPU each")


if __name__ == "__main__":
    main()

"""Pages over HTTP at 1 000 and at 100 000 tickets, in one run. `python -m bench.pages [--sqlite] [--clients 8]`.

Both databases are filled first; then requests to the two alternate, so that a noisy machine is noisy for both. The
views asked for fill a page of 50 rows at both sizes; the hits of a search grow with the size, and up to 200 are shown.
"""

from __future__ import annotations

import argparse
import http.client
import random
import re
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from bench import dataset, machine, served
from bench.mail import cpu
from contactcenter.services import demo_data

LOGIN = "ingrid@ekhamra.example"


class Browser:
    """One keep-alive connection, signed in; made anew when the other side has closed an idle one."""

    def __init__(self, address: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
        self._cookies: dict[str, str] = {}
        page = self.get("/logga-in")
        found = re.search(r'name="csrf" content="([^"]+)"', page)
        assert found is not None
        form = urlencode({"login": LOGIN, "password": demo_data.PASSWORD, "csrf": found.group(1)})
        self._ask("POST", "/logga-in", form)

    def get(self, path: str) -> str:
        """The page at `path`; anything but 200 ends the measurement."""
        status, text = self._ask("GET", path, None)
        if status != 200:
            raise SystemExit(f"{path} answered {status}")
        return text

    def cookie_header(self) -> str:
        """The cookies of this browser, for another client."""
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    def _ask(self, method: str, path: str, form: str | None) -> tuple[int, str]:
        headers = {"Cookie": self.cookie_header()}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            answer = self._once(method, path, form, headers)
        except http.client.RemoteDisconnected:
            answer = self._once(method, path, form, headers)
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, rest = line.partition("=")
            self._cookies[name] = rest.partition(";")[0]
        return answer.status, answer.read().decode()

    def _once(self, method: str, path: str, form: str | None, headers: dict[str, str]) -> http.client.HTTPResponse:
        self._connection.request(method, path, form, headers)
        return self._connection.getresponse()


@dataclass
class House:
    """One running installation with its measured times in milliseconds."""

    browser: Browser
    pid: int
    web: str
    sqlite: bool
    count: int
    times: dict[str, list[float]] = field(default_factory=dict)

    def measure(self, name: str, path: str) -> None:
        """One request."""
        started = time.perf_counter()
        self.browser.get(path)
        self.times.setdefault(name, []).append(1000 * (time.perf_counter() - started))


def _house(stack: ExitStack, count: int, sqlite: bool) -> House:
    url = "" if sqlite else stack.enter_context(machine.fresh_postgres())
    data, config, app = stack.enter_context(served.prepared(url))
    dataset.fill(app, count)
    house = stack.enter_context(served.serving(data, config, app))
    return House(Browser(house.web), house.pid, house.web, sqlite, count)


def _round(house: House, chance: random.Random) -> None:
    number = dataset.FIRST + chance.randrange(house.count)
    house.measure("queue", f"/arenden?vy={chance.choice(('otilldelade', 'oppna', 'vantar', 'avslutade'))}")
    house.measure("ticket", f"/arenden/{number}?vy=oppna")
    house.measure("search word", f"/arenden?q={dataset.RARE}")
    house.measure("search phrase", "/arenden?q=%22glasa+in+v%C3%A5r+altan%22")
    house.measure("search part", "/arenden?q=lampan")


def _together(house: House, clients: int, seconds: float) -> tuple[float, float]:
    """Queue pages a second, and processor milliseconds a page (with PostgreSQL's), for that many clients at once."""
    browsers = [Browser(house.web) for _ in range(clients)]
    until = time.monotonic() + seconds
    before, started = cpu(house.pid, house.sqlite), time.monotonic()

    def ask(browser: Browser) -> int:
        pages = 0
        while time.monotonic() < until:
            browser.get("/arenden?vy=oppna")
            pages += 1
        return pages

    with ThreadPoolExecutor(clients) as people:
        pages = sum(people.map(ask, browsers))
    took, used = time.monotonic() - started, cpu(house.pid, house.sqlite) - before
    return pages / took, 1000 * used / pages


def main() -> None:
    """Print p50 and p95 of each page at both sizes, and how much the larger costs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sqlite", action="store_true")
    parser.add_argument("--rounds", type=int, default=150)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=20, help="how long those clients ask")
    parser.add_argument("--large", type=int, default=100_000)
    asked = parser.parse_args()
    with ExitStack() as stack:
        small, large = _house(stack, 1_000, asked.sqlite), _house(stack, asked.large, asked.sqlite)
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
    print(machine.describe(), "SQLite" if asked.sqlite else "PostgreSQL", sep=", ")
    print(f"{'page':14} {'p50':>8} {'p95':>8}   {'p50':>8} {'p95':>8}   p95 ratio")
    for name in small.times:
        few, many = (sorted(house.times[name]) for house in (small, large))
        at = [statistics.median(few), few[len(few) * 95 // 100], statistics.median(many), many[len(many) * 95 // 100]]
        print(f"{name:14} {at[0]:8.1f} {at[1]:8.1f}   {at[2]:8.1f} {at[3]:8.1f}   {at[3] / at[1]:.2f}")
    print(f"queue page at {asked.large}, {asked.clients} clients: {rate:.0f} a second, {used:.1f} ms CPU each")


if __name__ == "__main__":
    main()

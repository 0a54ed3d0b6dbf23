"""Colleagues whose pages and sockets are at different processes, as nginx spreads them: they are one house."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.integration import databases
from tests.integration.test_live import Browser, until
from tests.loops import in_a_loop
from tests.together import Process, Together, together

pytestmark = pytest.mark.postgres
PASSWORD = "ett-ganska-langt-losenord"
PROMISED = 5.0
PATIENCE = 20.0
TOKEN = re.compile(r'name="csrf" value="([^"]+)"')
EVA, SARA = "eva@ekhamra.example", "sara@ekhamra.example"


class Page:
    """One browser window of a colleague, at one of the processes of pages."""

    def __init__(self, web: Process, login: str) -> None:
        self._web, self.cookie = web, ""
        status, headers, _text = self.ask("POST", "/logga-in", {"login": login, "password": PASSWORD}, X_Relogin="1")
        assert status == 204
        self.cookie = headers["Set-Cookie"].partition(";")[0]

    def at(self, web: Process) -> Page:
        """The same window, when nginx sends it to another process."""
        self._web = web
        return self

    def ask(
        self, method: str, path: str, form: dict[str, str] | None = None, **more: str
    ) -> tuple[int, dict[str, str], str]:
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        connection = HTTPConnection(*self._web.address, timeout=PATIENCE)
        connection.request(method, path, urlencode(form or {}), headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, dict(answer.headers), text

    def send(self, path: str, form: dict[str, str]) -> int:
        """A form of the page at `path`."""
        found = TOKEN.search(self.ask("GET", path)[2])
        assert found
        return self.ask("POST", path, {**form, "csrf": found[1]})[0]


class House:
    """Two processes of pages, two of live updates, and two colleagues."""

    def __init__(self, made: Together) -> None:
        self.made = made
        for login, role in ((EVA, "admin"), (SARA, "guide")):
            words = ("agent", "add", login, "--name", login.partition("@")[0].title(), "--role", role)
            added = made.run(*words, "--domain", "common", "--team", "customer_service", said=f"{PASSWORD}\n")
            assert added.returncode == 0, added.stderr
        self.token = made.run("token", "add", "--name", "Prov", "--scope", "read,write").stdout.strip()
        self.webs = [made.start("web"), made.start("web")]
        self.lives = [made.start("live"), made.start("live")]
        assert all(process.said for process in made.processes)
        self.number = self._ticket()

    def _ticket(self) -> int:
        person = {"name": "Maja", "addresses": [{"kind": "email", "value": "maja@example.se"}]}
        form = {"channel": "form", "person": person, "subject": "Altan", "text": "Får jag bygga en altan?"}
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        connection = HTTPConnection(*self.webs[0].address, timeout=60)
        connection.request("POST", "/api/v1/tickets", json.dumps(form), headers)
        told = json.loads(connection.getresponse().read())
        connection.close()
        return int(told["number"])

    def id_of(self, login: str) -> int:
        [(found,)] = self.made.rows(f"SELECT id FROM agent WHERE login = '{login}'")
        return int(str(found))


async def socket_of(page: Page, live: Process) -> Browser:
    """A socket of the same window, at one of the processes of live updates."""
    browser = Browser()
    headers = {"Cookie": page.cookie, "Origin": live.said}
    await browser.client.connect(
        live.said, headers=headers, transports=["websocket"], socketio_path="live", wait_timeout=20
    )
    return browser


async def apart(house: House) -> list[Browser]:
    """A socket of each, at different processes."""
    places = zip(house.webs, (EVA, SARA), house.lives, strict=True)
    return [await socket_of(Page(web, login), live) for web, login, live in places]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder: Path = tmp_path_factory.mktemp("colleagues")
    name = f"colleagues_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    with databases.postgres(name) as url, together(folder, url) as made:
        yield House(made)
        assert "Traceback" not in made.logs("web") + made.logs("live")


def test_colleagues_at_different_processes_see_each_other(house: House) -> None:
    async def scenario() -> None:
        eva, sara = await apart(house)
        await eva.watch(house.number)
        await sara.watch(house.number)
        await until(lambda: eva.who() == [("Sara", "read")] and sara.who() == [("Eva", "read")], PATIENCE)
        await sara.client.emit("typing", {"number": house.number, "what": "write"})
        await until(lambda: eva.who() == [("Sara", "write")], PATIENCE)
        await sara.watch(None)
        await until(lambda: eva.who() == [], PATIENCE)
        await sara.watch(house.number)
        await until(lambda: eva.who() == [("Sara", "read")], PATIENCE)
        await sara.close()
        await until(lambda: eva.who() == [], PATIENCE)
        await eva.close()

    in_a_loop(scenario())
    rows = "SELECT count(*) FROM open_ticket"
    in_a_loop(until(lambda: house.made.has(rows, 0), PATIENCE))


def test_what_stands_still_is_not_written_again(house: House) -> None:
    async def scenario() -> None:
        eva, sara = await apart(house)
        await eva.watch(house.number)
        await until(lambda: house.made.has(rows, 1), PATIENCE)
        before = house.made.rows("SELECT id FROM open_ticket")
        for _ in range(3):  # each turn takes Sara's process at least one exchange
            await sara.watch(house.number)
            await until(lambda: house.made.has(rows, 2), PATIENCE)
            await sara.watch(None)
            await until(lambda: house.made.has(rows, 1), PATIENCE)
        assert house.made.rows("SELECT id FROM open_ticket") == before
        await eva.close()
        await sara.close()

    rows = "SELECT count(*) FROM open_ticket"
    in_a_loop(scenario())


def test_who_is_disabled_is_out_everywhere_within_five_seconds(house: House) -> None:
    async def scenario() -> None:
        eva, saras = Page(house.webs[0], EVA), [Page(web, SARA) for web in house.webs]
        mine = await socket_of(eva, house.lives[0])
        theirs = [await socket_of(page, live) for page, live in zip(saras, house.lives, strict=True)]
        assert [page.ask("GET", "/arenden")[0] for page in saras] == [200, 200]
        path = f"/installningar/medarbetare/{house.id_of(SARA)}/stang-av"
        began = time.monotonic()
        assert eva.send(path, {}) == 303
        for page in saras:
            for web in house.webs:
                status, headers, _text = page.at(web).ask("GET", "/arenden")
                assert (status, headers["Location"]) == (303, "/logga-in?next=/arenden")
        await until(lambda: not any(one.client.connected for one in theirs), PATIENCE)
        assert time.monotonic() - began < PROMISED
        assert mine.client.connected
        assert eva.at(house.webs[1]).ask("GET", "/arenden")[0] == 200
        for browser in (mine, *theirs):
            await browser.close()

    in_a_loop(scenario())

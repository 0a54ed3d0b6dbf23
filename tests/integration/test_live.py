"""The live view over real sockets: who gets in, who hears what, and when a socket ends."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, nullcontext
from typing import Any

import aiohttp
import pytest
import socketio
import uvicorn
from flask import Flask
from socketio.exceptions import ConnectionError as NotLetIn
from sqlalchemy import delete

from contactcenter import runtime
from contactcenter.live import server as live_server
from contactcenter.live.door import Door
from contactcenter.live.server import Live
from contactcenter.model import Agent, AgentSession, DomainGrant, Ticket
from contactcenter.services import agents, events, links, rights, sessions
from tests.integration.conftest import Begin
from tests.integration.people import Organisation, make_ticket
from tests.loops import in_a_loop

Scenario = Callable[["House"], Coroutine[Any, Any, None]]


async def no_page(scope: Any, receive: Any, send: Any) -> None:
    """There are no pages in these tests."""
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})


class Browser:
    """One socket of one agent, and what it has heard."""

    def __init__(self) -> None:
        self.http = aiohttp.ClientSession()
        self.client = socketio.AsyncClient(reconnection=False, http_session=self.http)
        self.hints: list[list[dict[str, Any]]] = []
        self.presence: list[dict[str, Any]] = []
        self.client.on("hint", lambda message: self.hints.append(message["events"]))
        self.client.on("presence", self.presence.append)

    @property
    def heard(self) -> list[dict[str, Any]]:
        """Every hint, in order."""
        return [hint for message in self.hints for hint in message]

    def who(self) -> list[tuple[str, str]]:
        """Who else is at the ticket, as last told."""
        return [(one["name"], one["what"]) for one in self.presence[-1]["who"]] if self.presence else []

    async def close(self) -> None:
        await self.client.disconnect()
        await self.http.close()

    async def watch(self, number: int | None) -> None:
        await self.client.emit("watch", {"number": number})


class House:
    """A running live view."""

    def __init__(self, app: Flask, begin: Begin, port: int, live: Observed) -> None:
        self.app = app
        self.begin = begin
        self.port = port
        self.live = live
        self.browsers: list[Browser] = []

    def token(self, agent: Agent) -> str:
        with self.begin() as session:
            return sessions.start(session, session.get_one(Agent, agent.id), "127.0.0.1")

    async def open(
        self, agent: Agent | None = None, *, token: str | None = None, origin: str | None = None, since: str = ""
    ) -> Browser:
        """Connect as `agent`; the origin is ours unless another is given (empty: none)."""
        if token is None:
            token = self.token(agent) if agent is not None else ""
        origin = f"http://127.0.0.1:{self.port}" if origin is None else origin
        headers = {"Cookie": f"cc_session={token}"} if token else {}
        headers |= {"Origin": origin} if origin else {}
        browser = Browser()
        self.browsers.append(browser)
        await browser.client.connect(
            f"http://127.0.0.1:{self.port}",
            headers=headers,
            transports=["websocket"],
            socketio_path="live",
            auth={"since": since},
            wait_timeout=10,
        )
        return browser

    def change(self, ticket: Ticket, kind: str = "take") -> None:
        with self.begin() as session:
            events.changed(session, session.get_one(Ticket, ticket.id), kind)

    async def quiet(self) -> None:
        """Until everything that has happened is told: the table was read after it, nothing is being asked or sent, and
        every browser has an answer to something that it said last, before which it has heard all that was sent.
        """
        await self._answered()
        seen = self.live.rounds

        def is_read() -> bool:
            self.live.flag.set()
            return self.live.rounds >= seen + 2  # one may have been half done, and begun before

        await until(is_read)
        await until(self.live.is_idle)
        await self._answered()

    async def _answered(self) -> None:
        await asyncio.gather(*(one.client.call("typing", timeout=10) for one in self.browsers if one.client.connected))


class Observed(Live):
    """A live view that says whether it is at work."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        with app.app_context():
            self.flag = runtime.current().bus.events
        self.rounds = self._busy = 0
        read, self._send = self._tail.read, self._teller.send_all

        def counted() -> Any:
            found = read()
            self.rounds += 1
            return found

        self._tail.read = counted  # type: ignore[method-assign]
        self._teller.send_all = self._sent  # type: ignore[method-assign]

    def is_idle(self) -> bool:
        """Whether nothing is being asked, waits to be sent, or is being sent."""
        teller = self._teller
        return not (self._busy or self._news.is_set() or teller._hints or teller._missed or teller._at)

    async def _at_work(self, work: Awaitable[None]) -> None:
        self._busy += 1
        try:
            await work
        finally:
            self._busy -= 1

    async def _sent(self) -> None:
        await self._at_work(self._send())

    async def _connect(self, sid: str, environ: dict[str, Any], auth: object) -> None:
        await self._at_work(super()._connect(sid, environ, auth))

    async def _watch(self, sid: str, data: object = None) -> None:
        await self._at_work(super()._watch(sid, data))

    async def _typing(self, sid: str, data: object = None) -> None:
        await self._at_work(super()._typing(sid, data))


class Checks:
    """The rounds in which every socket's session and rights are looked at again: often, and counted as they begin."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun = 0
        ask_again = Door.ask_again

        def counted(door: Door, *asked: Any) -> Any:
            self.begun += 1
            return ask_again(door, *asked)

        monkeypatch.setattr(live_server, "CHECK_EVERY", 0.1)
        monkeypatch.setattr(Door, "ask_again", counted)

    async def one_more(self) -> None:
        """Until a whole round has been made: one may be half done, and the next has ended when the third begins."""
        seen = self.begun
        await until(lambda: self.begun >= seen + 3)


async def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def _opened(app: Flask, begin: Begin) -> AsyncIterator[House]:
    live = Observed(app)
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(live.around(no_page), lifespan="off", log_config=None, ws_max_size=65_536)
    server = uvicorn.Server(config)
    server.capture_signals = nullcontext  # type: ignore[method-assign,assignment]
    serving = asyncio.create_task(server.serve([listening]))
    live.start()
    house = House(app, begin, listening.getsockname()[1], live)
    try:
        await until(lambda: server.started)
        yield house
    finally:
        for browser in house.browsers:
            await browser.close()
        await live.end()
        server.should_exit = True
        await serving
        listening.close()


@pytest.fixture
def play(app: Flask, begin: Begin) -> Callable[[Scenario], None]:
    """Run a scenario in a house that is open for it."""

    def played(scenario: Scenario) -> None:
        async def run() -> None:
            async with _opened(app, begin) as house:
                await scenario(house)

        in_a_loop(run())

    return played


Play = Callable[[Scenario], None]


@pytest.fixture
def common(begin: Begin, organisation: Organisation) -> Ticket:
    with begin() as session:
        return make_ticket(session, organisation.common, organisation.streets)


@pytest.fixture
def social(begin: Begin, organisation: Organisation) -> Ticket:
    with begin() as session:
        return make_ticket(session, organisation.social, organisation.social_team)


async def refused(attempt: Awaitable[Browser]) -> bool:
    try:
        browser = await attempt
    except NotLetIn:
        return True
    await browser.client.disconnect()
    return False


def test_only_our_pages_with_a_living_session_get_in(play: Play, organisation: Organisation) -> None:
    async def scenario(house: House) -> None:
        alice = organisation.alice
        assert not await refused(house.open(alice))
        assert await refused(house.open())
        assert await refused(house.open(token="x" * 43))
        assert await refused(house.open(alice, origin=""))
        assert await refused(house.open(alice, origin="http://evil.example"))
        assert await refused(house.open(alice, origin=f"http://127.0.0.1:{house.port + 1}"))
        assert await refused(house.open(alice, origin="null"))

    play(scenario)


def test_a_change_is_heard_by_whoever_may_see_it(
    play: Play, organisation: Organisation, common: Ticket, social: Ticket
) -> None:
    async def scenario(house: House) -> None:
        alice, bob, charlie, dora = [
            await house.open(agent)
            for agent in (organisation.alice, organisation.bob, organisation.charlie, organisation.dora)
        ]
        await house.quiet()
        house.change(common)
        house.change(social)
        await until(lambda: len(bob.heard) == 2)
        await house.quiet()
        assert [hint["t"] for hint in alice.heard] == [common.id]
        assert [hint["t"] for hint in charlie.heard] == [social.id]
        assert dora.heard == []
        hint = alice.heard[0]
        assert set(hint) == {"e", "t", "n", "r", "k"}
        assert (hint["n"], hint["r"], hint["k"]) == (common.number, 2, "take")

    play(scenario)


def test_many_changes_are_few_messages_and_the_newest_wins(
    play: Play, organisation: Organisation, common: Ticket
) -> None:
    async def scenario(house: House) -> None:
        alice = await house.open(organisation.alice)
        await house.quiet()
        began = asyncio.get_running_loop().time()
        for _ in range(30):
            await asyncio.to_thread(house.change, common)
        await until(lambda: any(hint["r"] == 31 for hint in alice.heard))
        seconds = asyncio.get_running_loop().time() - began
        assert len(alice.hints) <= seconds * 4 + 2
        revs = [hint["r"] for hint in alice.heard]
        assert revs == sorted(revs)

    play(scenario)


def test_what_was_missed_is_told_on_return(
    play: Play, organisation: Organisation, common: Ticket, social: Ticket
) -> None:
    async def scenario(house: House) -> None:
        alice = await house.open(organisation.alice)
        await house.quiet()
        house.change(common)
        await until(lambda: alice.heard != [])
        since = alice.heard[-1]["e"]
        await alice.client.disconnect()
        house.change(common)
        house.change(social)
        again = await house.open(organisation.alice, since=since)
        await until(lambda: again.heard != [])
        assert [(hint["t"], hint["n"], hint["r"]) for hint in again.heard] == [(common.id, common.number, 3)]

    play(scenario)


def test_colleagues_at_a_ticket_see_each_other(play: Play, organisation: Organisation, common: Ticket) -> None:
    async def scenario(house: House) -> None:
        alice, bob = await house.open(organisation.alice), await house.open(organisation.bob)
        await alice.watch(common.number)
        await bob.watch(common.number)
        await until(lambda: alice.who() == [("Bob", "read")])
        await until(lambda: bob.who() == [("Alice", "read")])
        await bob.client.emit("typing", {"number": common.number, "what": "write"})
        await until(lambda: alice.who() == [("Bob", "write")])
        await bob.watch(None)
        await until(lambda: alice.who() == [])

    play(scenario)


def test_a_ticket_outside_ones_domains_is_like_none(
    play: Play, organisation: Organisation, common: Ticket, social: Ticket
) -> None:
    async def scenario(house: House) -> None:
        alice, bob = await house.open(organisation.alice), await house.open(organisation.bob)
        await bob.watch(social.number)
        await until(lambda: bob.presence != [])
        numbers: tuple[Any, ...] = (social.number, 999_999, -1, "1", None, True, {})
        for number in numbers:
            await alice.client.emit("watch", {"number": number})
        await alice.client.emit("watch")
        await alice.client.emit("typing", {"number": social.number, "what": "write"})
        house.change(social)
        await until(lambda: bob.heard != [])
        await house.quiet()
        assert alice.heard == []
        assert alice.presence == []
        assert bob.who() == []

    play(scenario)


def test_a_ticket_that_leaves_ones_sight_goes_silent(
    play: Play, organisation: Organisation, common: Ticket, begin: Begin
) -> None:
    async def scenario(house: House) -> None:
        alice, bob = await house.open(organisation.alice), await house.open(organisation.bob)
        await alice.watch(common.number)
        await bob.watch(common.number)
        await until(lambda: alice.who() != [])
        with begin() as session:
            ticket = session.get_one(Ticket, common.id)
            events.publish(session, ticket, "moved")
            session.flush()
            ticket.domain_id, ticket.team_id = organisation.social.id, organisation.social_team.id
            events.changed(session, ticket, "topic")
        await until(lambda: [hint["r"] for hint in bob.heard] == [2])
        await house.quiet()
        assert [hint["k"] for hint in alice.heard] == ["moved"]
        house.change(common)
        await until(lambda: [hint["r"] for hint in bob.heard] == [2, 3])
        await house.quiet()
        assert len(alice.heard) == 1
        assert bob.who() == []

    play(scenario)


@pytest.mark.parametrize("how", ["signed out", "disabled", "reset"])
def test_a_socket_ends_within_seconds_of_its_session(
    play: Play, organisation: Organisation, begin: Begin, how: str
) -> None:
    """Long before its session would be checked by itself; whichever process ended the session."""

    async def scenario(house: House) -> None:
        alice, bob = await house.open(organisation.alice), await house.open(organisation.bob)
        with begin() as session:
            if how == "signed out":
                sessions.end_all(session, organisation.alice.id)
            elif how == "disabled":
                agents.disable(session, organisation.alice.login)
            else:
                links.make(session, session.get_one(Agent, organisation.alice.id), None)
        await until(lambda: not alice.client.connected, seconds=5)
        assert bob.client.connected

    play(scenario)


def test_rights_that_were_given_are_heard_by_within_seconds(
    play: Play, organisation: Organisation, social: Ticket, begin: Begin
) -> None:
    async def scenario(house: House) -> None:
        alice = await house.open(organisation.alice)
        with begin() as session:
            session.add(DomainGrant(agent_id=organisation.alice.id, domain_id=organisation.social.id))
            rights.changed(session, [organisation.alice.id])
        async with asyncio.timeout(5):
            while not alice.heard:
                await asyncio.to_thread(house.change, social)
                await asyncio.sleep(0.3)

    play(scenario)


def test_asking_for_changed_rights_is_one_query_however_many_watch(
    play: Play, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(live_server, "RIGHTS_EVERY", 0.1)
    monkeypatch.setattr(Door, "ask_again", lambda *_: asked.append("sessions"))

    async def scenario(house: House) -> None:
        for _ in range(4):
            await house.open(organisation.alice)
        rights_now = Door.rights

        def counted(door: Door) -> dict[int, int]:
            asked.append("rights")
            return rights_now(door)

        monkeypatch.setattr(Door, "rights", counted)
        await until(lambda: len(asked) >= 3)

    play(scenario)
    assert set(asked) == {"rights"}


@pytest.mark.parametrize("how", ["logout", "disabled"])
def test_a_socket_ends_with_its_session(
    play: Play, organisation: Organisation, begin: Begin, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    assert live_server.CHECK_EVERY <= 25
    checks = Checks(monkeypatch)

    async def scenario(house: House) -> None:
        alice, bob = await house.open(organisation.alice), await house.open(organisation.bob)
        await checks.one_more()
        assert alice.client.connected
        with begin() as session:
            if how == "logout":
                session.execute(delete(AgentSession).where(AgentSession.agent_id == organisation.alice.id))
            else:
                agents.disable(session, organisation.alice.login)
        await until(lambda: not alice.client.connected)
        assert bob.client.connected

    play(scenario)


def test_rights_that_are_taken_away_end_what_is_heard(
    play: Play, organisation: Organisation, common: Ticket, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = Checks(monkeypatch)

    async def scenario(house: House) -> None:
        alice, bob = await house.open(organisation.alice), await house.open(organisation.bob)
        await alice.watch(common.number)
        await until(lambda: alice.presence != [])
        with begin() as session:
            session.execute(delete(DomainGrant).where(DomainGrant.agent_id == organisation.alice.id))
        await checks.one_more()
        house.change(common)
        await until(lambda: bob.heard != [])
        await house.quiet()
        assert alice.heard == []

    play(scenario)


def test_whoever_speaks_too_fast_is_cut_off(play: Play, organisation: Organisation) -> None:
    async def scenario(house: House) -> None:
        alice, bob = await house.open(organisation.alice), await house.open(organisation.bob)
        for _ in range(60):
            await alice.watch(None)
        await until(lambda: not alice.client.connected)
        assert bob.client.connected

    play(scenario)


def test_what_is_too_large_is_cut_off(play: Play, organisation: Organisation) -> None:
    async def scenario(house: House) -> None:
        alice = await house.open(organisation.alice)
        await alice.client.emit("watch", {"number": 1, "more": "x" * 100_000})
        await until(lambda: not alice.client.connected)
        assert not await refused(house.open(organisation.alice))

    play(scenario)

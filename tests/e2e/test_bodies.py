"""Requests whose body comes slowly, never or without end: the pages go on for everybody else."""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from contactcenter.live.gate import Receive, Scope, Send
from contactcenter.settings import Web
from tests.loops import in_a_loop
from tests.running import serving
from workers import bodies
from workers.bodies import WholeBodies

HALF = b"POST /logga-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
LIMIT = 3_000_000

Message = dict[str, Any]


class App:
    """Reads what it is given, and tells how long it is and its hash."""

    def __init__(self) -> None:
        self.called: list[str] = []
        self.headers: list[tuple[bytes, bytes]] = []
        self.read: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.called.append(scope["type"])
        self.headers = scope["headers"]
        body, more = b"", scope["type"] == "http"
        while more:
            message = await receive()
            body += message["body"]
            more = message["more_body"]
        self.read.append(body)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def pieces(*sent: bytes, ends: bool = True) -> Callable[[], Awaitable[Message]]:
    """A `receive` that gives these, then waits for ever unless the last one ends the body."""
    left = [{"type": "http.request", "body": piece, "more_body": True} for piece in sent]
    if ends:
        left[-1]["more_body"] = False

    async def receive() -> Message:
        if not left:
            await asyncio.Event().wait()
        return left.pop(0)

    return receive


def ask(whole: WholeBodies, receive: Callable[[], Awaitable[Message]], **headers: str) -> list[Message]:
    """What a request with this body is answered."""
    sent: list[Message] = []

    async def send(message: Any) -> None:
        sent.append(dict(message))

    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": given}

    async def asked() -> None:
        await asyncio.wait_for(whole(scope, receive, send), 20)

    in_a_loop(asked())
    return sent


def status(sent: list[Message]) -> int:
    return int(sent[0]["status"])


@pytest.mark.parametrize("sizes", [(0,), (1,), (10, 0, 20), (700_000, 700_000, 700_000), (LIMIT,)])
def test_the_body_arrives_as_it_was_sent(sizes: tuple[int, ...]) -> None:
    app = App()
    sent = [os.urandom(size) for size in sizes]
    assert status(ask(WholeBodies(app, LIMIT), pieces(*sent))) == 200
    assert hashlib.sha256(app.read[0]).digest() == hashlib.sha256(b"".join(sent)).digest()


@pytest.mark.parametrize("announced", [{"transfer_encoding": "chunked"}, {"content_length": "20"}, {}])
def test_the_application_is_told_the_length(announced: dict[str, str]) -> None:
    """WSGI has no other end of a body: without its length it would be read as nothing."""
    app = App()
    assert status(ask(WholeBodies(app, LIMIT), pieces(b"a" * 10, b"b" * 10), host="x", **announced)) == 200
    assert app.headers == [(b"host", b"x"), (b"content-length", b"20")]


def test_more_than_the_limit_is_refused_by_the_application_and_the_connection_is_closed() -> None:
    app = App()
    sent = ask(WholeBodies(app, LIMIT), pieces(b"a" * LIMIT, b"a", ends=False), host="x", transfer_encoding="chunked")
    assert (b"connection", b"close") in sent[0]["headers"]
    assert app.headers == [(b"host", b"x"), (b"content-length", str(LIMIT + 1).encode())]
    assert app.read == [b""], "the application refuses it by its length, as what was announced"


def test_what_is_announced_as_too_long_is_not_read() -> None:
    app = App()
    assert status(ask(WholeBodies(app, LIMIT), pieces(ends=False), content_length=str(LIMIT + 1))) == 200
    assert app.read == [b""]


def test_a_body_that_stands_still_is_408() -> None:
    app = App()
    sent = ask(WholeBodies(app, LIMIT, idle_seconds=0.1), pieces(b"a=", ends=False))
    assert status(sent) == 408
    assert (b"connection", b"close") in sent[0]["headers"]
    assert app.called == []


def test_a_body_that_drips_is_408() -> None:
    async def drip() -> Message:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"a", "more_body": True}

    app = App()
    assert status(ask(WholeBodies(app, LIMIT, seconds=0.3, idle_seconds=5), drip)) == 408
    assert app.called == []


def test_a_long_body_has_time_according_to_its_length() -> None:
    left = [b"a" * 10_000] * 40

    async def steady() -> Message:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": left.pop(), "more_body": bool(left)}

    app = App()
    assert status(ask(WholeBodies(app, LIMIT, seconds=0.5, pace=50_000), steady)) == 200
    assert len(app.read[0]) == 400_000


def test_who_hangs_up_is_not_answered() -> None:
    async def gone() -> Message:
        return {"type": "http.disconnect"}

    app = App()
    assert ask(WholeBodies(app, LIMIT), gone) == []
    assert app.called == []


def test_all_bodies_together_take_a_bounded_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "ALL_TOGETHER", 1)
    app = App()
    whole = WholeBodies(app, LIMIT)
    seen: list[int] = []

    async def wait() -> None:
        sent: list[Message] = []

        async def send(message: Any) -> None:
            sent.append(dict(message))

        scope = {"type": "http", "headers": []}
        first = asyncio.create_task(whole(scope, pieces(b"a" * LIMIT, ends=False), send))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        for size in (100_000, 10_000):
            await whole(scope, pieces(b"b" * size), send)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await whole(scope, pieces(b"b" * 100_000), send)
        seen.extend(message["status"] for message in sent if "status" in message)

    in_a_loop(wait())
    assert seen == [503, 200, 200]


def test_sockets_are_passed_on_untouched() -> None:
    given: list[object] = []

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        given.extend((scope, receive, send))

    async def send(message: Any) -> None:
        raise AssertionError(message)

    scope: Message = {"type": "websocket"}
    receive = pieces(ends=False)
    in_a_loop(_call(WholeBodies(inner, LIMIT), scope, receive, send))
    assert given == [scope, receive, send]


async def _call(whole: WholeBodies, scope: Message, receive: Any, send: Any) -> None:
    await whole(scope, receive, send)


def test_half_sent_requests_do_not_stop_the_pages(tmp_path: Path) -> None:
    with serving(tmp_path / "var") as service, ExitStack() as open_ones:
        where = urlsplit(service.web)

        def connect() -> socket.socket:
            made = socket.create_connection((str(where.hostname), where.port or 80), timeout=20)
            return open_ones.enter_context(made)

        for _ in range(Web().threads + 2):
            connect().sendall(HALF + b"Content-Length: 100\r\n\r\nlogin=")
        with urlopen(service.web + "/logga-in", timeout=10) as page:
            assert page.status == 200
        too_long = connect()
        too_long.sendall(HALF + b"Content-Length: 999999999\r\n\r\nlogin=")
        assert too_long.recv(12) == b"HTTP/1.1 413"
        whole = connect()
        whole.sendall(HALF + b"Content-Length: 7\r\nConnection: close\r\n\r\nlogin=")
        whole.sendall(b"a")
        assert whole.recv(10) == b"HTTP/1.1 4"

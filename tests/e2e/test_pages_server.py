"""The server of pages in a process of its own: half requests hold up nobody, and it ends with everybody answered."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from urllib.request import urlopen

import pytest
from flask import Flask, request

from workers.ports import listen
from workers.web_daemon import Pages

THREADS = 2


class Served:
    """Pages of a small application, in a thread of their own."""

    def __init__(self) -> None:
        self.begun, self.may_end = threading.Event(), threading.Event()
        self.taken = listen("127.0.0.1:0", "web.bind")
        self.port = self.taken.getsockname()[1]
        self.server = Pages(self._app(), self.taken, THREADS)
        self.ending = threading.Event()
        self.done = False
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _app(self) -> Flask:
        app = Flask("small")
        app.config["MAX_CONTENT_LENGTH"] = 10_000

        @app.get("/slow")
        def slow() -> str:
            self.begun.set()
            self.may_end.wait(10)
            return "slow"

        @app.route("/", methods=["GET", "POST"])
        def quick() -> str:
            return f"{len(request.get_data())}"

        return app

    def _run(self) -> None:
        while not self.ending.is_set():
            self.server.turn(5.0)
        self.done = self.server.drain(5.0)

    def end(self) -> None:
        self.ending.set()
        with suppress(OSError):  # it is over already
            self.server.wake()

    def send(self, data: bytes) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        made.sendall(data)
        return made


@pytest.fixture
def served() -> Iterator[Served]:
    made = Served()
    try:
        yield made
    finally:
        made.may_end.set()
        made.end()
        made.thread.join(15)
        made.taken.close()
        assert not made.thread.is_alive()


def answer(connection: socket.socket) -> bytes:
    pieces = []
    with suppress(ConnectionResetError):
        while piece := connection.recv(65_536):
            pieces.append(piece)
    return b"".join(pieces)


def test_half_requests_hold_up_nobody(served: Served) -> None:
    with ExitStack() as stack:
        for _ in range(5 * THREADS):
            half = served.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc")
            stack.callback(half.close)
            stack.callback(served.send(b"GET / HT").close)
        with urlopen(f"http://127.0.0.1:{served.port}/", timeout=10) as page:
            assert page.read() == b"0"


@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 10001\r\n\r\n" + b"x" * 10_001,
        b"Transfer-Encoding: chunked\r\n\r\n" + (b"7d0\r\n" + b"x" * 2_000 + b"\r\n") * 6 + b"0\r\n\r\n",
    ],
)
def test_a_body_that_is_too_large_is_refused(served: Served, body: bytes) -> None:
    with served.send(b"POST / HTTP/1.1\r\nHost: a\r\n" + body) as connection:
        assert answer(connection).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    "head",
    [
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc",
    ],
)
def test_a_request_that_two_servers_could_read_differently_ends_the_connection(served: Served, head: bytes) -> None:
    with served.send(head) as connection:
        told = answer(connection)
    assert told.count(b"HTTP/1.") <= 1
    assert b"connection: close" in told.lower()


def test_it_ends_with_everybody_answered(served: Served) -> None:
    with served.send(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n") as slow, served.send(b"") as idle:
        assert served.begun.wait(10)
        served.end()
        assert answer(idle) == b""
        with pytest.raises(ConnectionRefusedError):
            served.send(b"")
        served.may_end.set()
        assert answer(slow).endswith(b"slow")
    served.thread.join(10)
    assert served.done

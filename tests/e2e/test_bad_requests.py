"""Requests that break the rules of HTTP, at every process that speaks it: a clear answer in time, and nothing kept."""

from __future__ import annotations

import json
import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from tests.integration import databases
from tests.proxy import NEEDED, plain, proxy
from tests.running import run, serving, wait_until
from tests.together import Together, free_port, together

SECONDS = 2.0
SLACK = 1.0
"""Seconds that a busy machine may add."""
FIRST_SECONDS = 60.0
"""The first message makes a process learn all topics."""
SIZE = 10_000_000
TOO_LARGE = 30_000_000
FORM = {
    "channel": "form",
    "person": {"name": "Maja", "addresses": [{"kind": "email", "value": "maja@example.se"}]},
    "subject": "Altan",
    "text": "Får jag bygga en altan?",
}
BODY = json.dumps(FORM).encode()
LARGE = json.dumps(FORM | {"text": "a" * SIZE}).encode()
WRONG = ("-5", "+5", "abc", "", "0x10", "9" * 30, "5\r\nContent-Length: 6")
ODD_HOSTS = ("evil.example", "evil.example:99999", "evil.example/x", "a b", "", "[::1", "evil.example\r\nHost: x", None)
ODD_PATHS = (
    "/logga-in",
    "//arenden",
    "/static//x",
    "//evil.example/x",
    "/api/v1//tickets",
    "/api/v1/openapi.json",
    "/",
)
PAGES = (
    "serve",
    pytest.param("web", marks=pytest.mark.postgres),
    pytest.param("nginx", marks=[pytest.mark.postgres, NEEDED]),
)


@dataclass(frozen=True)
class Answer:
    """What came back until the other side closed, and the seconds it took."""

    raw: bytes
    seconds: float

    @property
    def statuses(self) -> list[int]:
        return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3}) ", self.raw)]

    @property
    def status(self) -> int:
        assert self.statuses, self.raw
        return self.statuses[0]


@dataclass(frozen=True)
class Door:
    """Where a process takes requests, and a token for it."""

    address: tuple[str, int]
    token: str

    def send(self, data: bytes, *, ends: bool = False, seconds: float = SECONDS + SLACK) -> Answer:
        """All that is answered; `ends`: nothing more is sent."""
        began, pieces = time.monotonic(), [b""]
        with socket.create_connection(self.address, timeout=seconds) as made, suppress(ConnectionError):
            with suppress(ConnectionError):  # who is refused early may be told before all is sent
                made.sendall(data)
            if ends:
                made.shutdown(socket.SHUT_WR)
            while piece := made.recv(65_536):
                pieces.append(piece)
        return Answer(b"".join(pieces), time.monotonic() - began)

    def head(self, *lines: str) -> bytes:
        """The beginning of a request to open a ticket."""
        first = ("POST /api/v1/tickets HTTP/1.1", "Host: x", f"Authorization: Bearer {self.token}")
        return "\r\n".join((*first, "Content-Type: application/json", "Connection: close", *lines, "", "")).encode()

    def numbers(self) -> list[int]:
        """The tickets there are."""
        asked = self.head().replace(b"POST", b"GET", 1)
        return sorted(map(int, re.findall(rb'\{"number":(\d+)', self.send(asked).raw)))


def chunked(body: bytes, size: int = 65_536) -> bytes:
    pieces = (body[at : at + size] for at in range(0, len(body), size))
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


@pytest.fixture(scope="module")
def spread(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Together]:
    folder = tmp_path_factory.mktemp("spread")
    name = f"requests_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    with databases.postgres(name) as url, together(folder, url) as made:
        made.start("web")
        made.start("live")
        yield made


@pytest.fixture(scope="module")
def door(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    words = ("token", "add", "--name", "Prov", "--scope", "read,write")
    if request.param == "serve":
        data = tmp_path_factory.mktemp("serve") / "var"
        with serving(data) as service:
            where = urlsplit(service.web)
            yield Door((str(where.hostname), int(where.port or 80)), run(*words, "--data", data).stdout.strip())
        assert "Traceback" not in data.with_name("var.log").read_text()
        return
    made: Together = request.getfixturevalue("spread")
    web, live = made.processes[:2]
    token = made.run(*words).stdout.strip()
    if request.param == "nginx":
        port, folder = free_port(), tmp_path_factory.mktemp("nginx")
        pages = [process.said.removeprefix("http://") for process in (web, made.start("web"))]
        with proxy(plain(folder, port, pages, live.said.removeprefix("http://")), port):
            yield Door(("127.0.0.1", port), token)
    else:
        yield Door({"web": web, "live": live}[request.param].address, token)
    assert "Traceback" not in made.logs("web") + made.logs("live")


@pytest.mark.parametrize("door", PAGES, indirect=True)
def test_a_body_without_a_length_arrives_whole(door: Door) -> None:
    before = door.numbers()
    answer = door.send(door.head("Transfer-Encoding: chunked") + chunked(BODY, 7), seconds=FIRST_SECONDS)
    assert answer.status == 201
    assert b'"subject":"Altan"' in answer.raw
    assert len(door.numbers()) == len(before) + 1


@pytest.mark.parametrize("door", PAGES, indirect=True)
def test_ten_million_bytes_are_answered_by_what_is_wrong(door: Door) -> None:
    before = door.numbers()
    announced = door.send(door.head(f"Content-Length: {len(LARGE)}") + LARGE)
    not_announced = door.send(door.head("Transfer-Encoding: chunked") + chunked(LARGE))
    for answer in (announced, not_announced):
        assert answer.status == 422
        assert b"application/problem+json" in answer.raw
        assert b"at most 200000 characters" in answer.raw
        assert answer.seconds < SECONDS + SLACK
    assert door.numbers() == before


@pytest.mark.parametrize("door", PAGES, indirect=True)
def test_more_than_the_limit_is_413(door: Door) -> None:
    before, endless = door.numbers(), b" " * TOO_LARGE
    announced = door.send(door.head(f"Content-Length: {TOO_LARGE}") + endless)
    not_announced = door.send(door.head("Transfer-Encoding: chunked") + chunked(endless))
    assert [answer.statuses for answer in (announced, not_announced)] == [[413], [413]]
    for answer in (announced, not_announced):
        if b"Server: nginx" in answer.raw:
            continue  # it never asks us
        assert b"application/problem+json" in answer.raw
        assert b"That is larger than the limit." in answer.raw
        assert b"connection: close" in answer.raw.lower()
    assert max(announced.seconds, not_announced.seconds) < SECONDS + SLACK
    assert door.numbers() == before


@pytest.mark.parametrize("door", PAGES, indirect=True)
def test_a_form_that_is_too_large_is_answered_with_a_page(door: Door) -> None:
    head = b"POST /logga-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    answer = door.send(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(b" " * TOO_LARGE))
    assert answer.statuses == [413]
    if b"Server: nginx" not in answer.raw:
        assert b"text/html" in answer.raw
        assert b"<h1>Det \xc3\xa4r f\xc3\xb6r stort</h1>" in answer.raw
    assert b"connection: close" in answer.raw.lower()


@pytest.mark.parametrize("door", PAGES, indirect=True)
def test_a_wrong_length_is_refused(door: Door) -> None:
    before = door.numbers()
    for length in WRONG:
        answer = door.send(door.head(f"Content-Length: {length}") + BODY)
        assert answer.status in (400, 413), length
        assert answer.seconds < SECONDS + SLACK
    for coding in ("xchunked", "gzip", "chunked, gzip"):
        assert door.send(door.head(f"Transfer-Encoding: {coding}") + chunked(BODY)).status in (400, 501), coding
    assert door.send(door.head("Transfer-Encoding: chunked") + b"zz\r\n" + BODY).status == 400
    assert door.numbers() == before


@pytest.mark.parametrize("door", PAGES, indirect=True)
def test_a_length_that_is_too_short_or_too_long_keeps_nothing(door: Door) -> None:
    before = door.numbers()
    short = door.send(door.head(f"Content-Length: {len(BODY) - 5}") + BODY)
    assert short.status == 400
    assert set(short.statuses) == {400}
    long = door.send(door.head(f"Content-Length: {len(BODY) + 5}") + BODY, ends=True)
    assert set(long.statuses) <= {400, 408}
    waiting = [socket.create_connection(door.address, timeout=5) for _ in range(20)]
    for one in waiting:
        one.sendall(door.head(f"Content-Length: {len(BODY) + 5}") + BODY)
    assert door.numbers() == before, "others are answered meanwhile"
    for one in waiting:
        one.close()
    assert door.numbers() == before


@pytest.mark.parametrize("door", PAGES, indirect=True)
def test_no_answer_leads_to_a_host_that_was_only_said(door: Door) -> None:
    for host in ODD_HOSTS:
        for path in ODD_PATHS:
            named = "" if host is None else f"Host: {host}\r\n"
            said = "X-Forwarded-Host: evil.example\r\nForwarded: host=evil.example\r\nX-Host: evil.example\r\n"
            answer = door.send(f"GET {path} HTTP/1.1\r\n{named}{said}Connection: close\r\n\r\n".encode())
            assert 200 <= answer.status < 500, (host, path)
            assert answer.seconds < SECONDS + SLACK
            assert b"evil" not in answer.raw, (host, path)
            assert not re.search(rb"(?i)\r\nlocation: *(https?:)?//", answer.raw), (host, path)


@pytest.mark.postgres
@pytest.mark.parametrize("door", ["live"], indirect=True)
def test_the_process_of_live_updates_has_no_use_for_bodies(door: Door, spread: Together) -> None:
    for beginning, body, known in (
        (f"Content-Length: {len(LARGE)}", LARGE, {404}),
        ("Transfer-Encoding: chunked", chunked(LARGE), {404}),
        ("Transfer-Encoding: chunked", b"zz\r\n", {400}),
        ("Content-Length: -5", BODY, {400}),
    ):
        answer = door.send(door.head(beginning) + body)
        assert set(answer.statuses) == known
        assert answer.seconds < SECONDS + SLACK
    for path in ("/live/?EIO=4&transport=polling", "/live/?EIO=4&transport=websocket", "/healthz"):
        asked = (
            f"GET {path} HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\nConnection: close\r\n\r\n"
        )
        answer = door.send(asked.encode())
        assert answer.status < 500
        assert b"evil" not in answer.raw
    wait_until(lambda: spread.processes[1].process.poll() is None)

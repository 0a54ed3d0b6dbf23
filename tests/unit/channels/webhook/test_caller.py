"""Calls to a real server on this machine, which does what a test says."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from channels.errors import Refused, TryLater
from channels.webhook.caller import Call, Caller, CallOptions
from channels.webhook.guard import Network

LOOPBACK = (ip_network("127.0.0.1/32"),)
LENGTH = re.compile(rb"(?i)^content-length: *(\d+)", re.MULTILINE)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for `hook.example.com` and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
         "-keyout", key, "-subj", "/CN=hook.example.com", "-addext", "subjectAltName=DNS:hook.example.com",
         "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    return certificate, key


class Server:
    """Answers every connection with the same bytes; `said` is what it was sent, `names` what TLS asked for."""

    def __init__(self, tls: ssl.SSLContext | None, answer: Callable[[socket.socket], None]) -> None:
        self.said: list[bytes] = []
        self.names: list[str | None] = []
        self._tls, self._answer = tls, answer
        if tls is not None:
            tls.sni_callback = lambda sock, name, context: self.names.append(name)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self._listening.accept()
            except OSError:
                return
            try:
                with self._tls.wrap_socket(plain, server_side=True) if self._tls else plain as sock:
                    self.said.append(_request(sock))
                    self._answer(sock)
            except (OSError, ValueError):
                plain.close()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()


def _request(sock: socket.socket) -> bytes:
    """A request to its last byte: whoever hangs up before cuts the caller off."""
    read = sock.recv(65536)
    while b"\r\n\r\n" not in read and (more := sock.recv(65536)):
        read += more
    head, _, body = read.partition(b"\r\n\r\n")
    length = LENGTH.search(head)
    missing = int(length[1]) - len(body) if length else 0
    while missing > 0 and (more := sock.recv(missing)):
        read += more
        missing -= len(more)
    return read


def saying(answer: bytes) -> Callable[[socket.socket], None]:
    return lambda sock: sock.sendall(answer)


@contextmanager
def serving(certificate: tuple[Path, Path] | None, answer: Callable[[socket.socket], None]) -> Iterator[Server]:
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
    server = Server(context, answer)
    try:
        yield server
    finally:
        server.close()


def caller(
    certificate: tuple[Path, Path] | None = None,
    resolve: Callable[[str, int], Sequence[str]] = lambda host, port: ["127.0.0.1"],
    timeout: float = 5.0,
    inside: tuple[Network, ...] = LOOPBACK,
) -> Caller:
    trusted = ssl.create_default_context(cafile=str(certificate[0])) if certificate else None
    return Caller(CallOptions(timeout, inside), resolve, trusted)


def to(server: Server, scheme: str = "https", host: str = "hook.example.com") -> Call:
    return Call(f"{scheme}://{host}:{server.port}/a/b?c=d", b'{"id":"evt_1"}', {"Webhook-Id": "evt_1"})


def test_the_name_is_asked_for_at_the_checked_address(certificate: tuple[Path, Path]) -> None:
    with serving(certificate, saying(OK)) as server:
        assert caller(certificate).call(to(server)).reply == "200 OK"
    [said] = server.said
    head, _, body = said.partition(b"\r\n\r\n")
    assert body in (b'{"id":"evt_1"}', b"")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /a/b?c=d HTTP/1.1"
    assert {f"Host: hook.example.com:{server.port}", "Content-Type: application/json", "Webhook-Id: evt_1"} <= {*lines}
    assert server.names == ["hook.example.com"]


def test_a_certificate_for_another_name_is_refused(certificate: tuple[Path, Path]) -> None:
    with serving(certificate, saying(OK)) as server:
        with pytest.raises(TryLater, match="CERTIFICATE_VERIFY_FAILED"):
            caller(certificate).call(to(server, host="other.example.com"))
        with pytest.raises(TryLater, match="CERTIFICATE_VERIFY_FAILED"):
            caller(None).call(to(server))
    assert server.said == []


def test_a_name_is_looked_up_once_and_that_address_is_used(certificate: tuple[Path, Path]) -> None:
    """A name server that says something else the second time (DNS rebinding) is not asked a second time."""
    asked: list[str] = []

    def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    with serving(certificate, saying(OK)) as server:
        caller(certificate, resolve).call(to(server))
        with pytest.raises(TryLater, match=r"leads to 10\.0\.0\.1, which is not called"):
            caller(certificate, resolve).call(to(server))
    assert asked == ["hook.example.com"] * 2
    assert len(server.said) == 1


@pytest.mark.parametrize(
    "found", [["10.0.0.1"], ["93.184.215.14", "::ffff:10.0.0.1"], ["64:ff9b::a00:1"], ["fe80::1%eth0"]]
)
def test_one_address_inside_is_enough_to_be_refused(found: list[str]) -> None:
    with pytest.raises(TryLater, match="which is not called"):
        caller(None, lambda host, port: found).call(Call("https://hook.example.com/", b"", {}))


@pytest.mark.parametrize("failure", [[], OSError("no such name"), UnicodeError("odd name")])
def test_a_name_that_leads_nowhere_is_tried_again(failure: Any) -> None:
    def resolve(host: str, port: int) -> Sequence[str]:
        if isinstance(failure, Exception):
            raise failure
        return list(failure)

    with pytest.raises(TryLater):
        caller(None, resolve).call(Call("https://hook.example.com/", b"", {}))


def test_plain_http_is_for_this_machine_alone() -> None:
    with serving(None, saying(OK)) as server:
        assert caller().call(to(server, "http", "127.0.0.1")).reply == "200 OK"
        with pytest.raises(TryLater, match="must begin with https"):
            caller(inside=()).call(to(server, "http", "127.0.0.1"))
        opened = (*LOOPBACK, ip_network("10.0.0.0/8"))
        with pytest.raises(TryLater, match=r"leads to 10\.0\.0\.1"):
            caller(None, lambda host, port: ["10.0.0.1"], inside=opened).call(to(server, "http"))


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1/\r\nContent-Length: 0\r\n\r\n", "302 Found .redirects"),
        (b"HTTP/1.1 500 Oh\x1b[31m no\r\nContent-Length: 0\r\n\r\n", r"^500 Oh\[31m no$"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "404 Not Found"),
        (b"SSH-2.0-OpenSSH\r\n", "BadStatusLine"),
        (b"", "RemoteDisconnected"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "HTTPException"),
    ],
)
def test_anything_but_success_is_tried_again(answer: bytes, told: str) -> None:
    with serving(None, saying(answer)) as server, pytest.raises(TryLater, match=told):
        caller().call(to(server, "http", "127.0.0.1"))
    assert len(server.said) == 1, "and nothing is followed"


def test_gone_is_for_good() -> None:
    gone = b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"
    with serving(None, saying(gone)) as server, pytest.raises(Refused, match="410 Gone"):
        caller().call(to(server, "http", "127.0.0.1"))


def test_an_endless_answer_is_not_read_to_its_end() -> None:
    def endless(sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            sock.sendall(b"x" * 65536)

    with serving(None, endless) as server:
        assert caller().call(to(server, "http", "127.0.0.1")).reply == "200 OK"


@pytest.mark.parametrize("dripping", [b"", b"H"])
def test_a_silent_or_dripping_server_is_left_when_the_time_is_over(
    certificate: tuple[Path, Path], dripping: bytes
) -> None:
    over = threading.Event()

    def slow(sock: socket.socket) -> None:
        while not over.wait(0.05):
            if dripping:
                sock.sendall(dripping)

    with serving(certificate, slow) as server:
        began = time.monotonic()
        with pytest.raises(TryLater):
            caller(certificate, timeout=0.5).call(to(server))
        assert time.monotonic() - began < 2
        over.set()


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(TryLater, match="ConnectionRefused"):
        caller().call(Call(f"http://127.0.0.1:{port}/", b"", {}))


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with serving(None, saying(OK)) as server:
        assert caller().call(to(server, "http", "127.0.0.1")).reply == "200 OK"

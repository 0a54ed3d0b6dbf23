"""The mail door behind others: a mail server of our own by LMTP, and load balancers by the PROXY protocol."""

from __future__ import annotations

import ipaddress
import smtplib
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from channels.message import Envelope
from contactcenter.errors import StartError
from tests.e2e.test_smtp import MAIL, OPTIONS, TO, Store, Wire, serving
from workers.ports import address_of, listen, listening

LMTP = replace(OPTIONS, is_lmtp=True)
LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
BEHIND = replace(OPTIONS, proxy_from=LOOPBACK, proxy_seconds=3)
V2 = b"\r\n\r\n\0\r\nQUIT\n"


@pytest.fixture
def store() -> Store:
    return Store()


class TestLmtp:
    def test_every_recipient_gets_an_answer(self, store: Store) -> None:
        with serving(store, LMTP) as address, Wire(address) as wire:
            wire.reply()
            wire.socket.sendall(
                b"LHLO mx.kommun.example\r\nMAIL FROM:<a@example.se>\r\n"
                b"RCPT TO:<kontakt@ekhamra.example>\r\nRCPT TO:<a@example.com>\r\n"
                b"RCPT TO:<x@ekhamra.example>\r\nDATA\r\n"
            )
            assert [wire.reply()[:3] for _ in range(6)] == ["250", "250", "250", "550", "250", "354"]
            wire.socket.sendall(MAIL + b".\r\nQUIT\r\n")
            assert [wire.reply()[:3] for _ in range(3)] == ["250", "250", "221"]
        assert store.mails == [(MAIL, Envelope("a@example.se", (TO, "x@ekhamra.example"), "127.0.0.1"))]

    def test_trouble_is_told_to_every_recipient(self, store: Store) -> None:
        def fail() -> None:
            raise OSError("the disk is away")

        store.before = fail
        with serving(store, LMTP) as address, smtplib.LMTP(*address, timeout=10) as client:
            client.ehlo()
            client.mail("a@example.se")
            client.rcpt(TO)
            client.rcpt("x@ekhamra.example")
            assert client.data(MAIL)[0] == 451
            assert client.getreply()[0] == 451
            assert client.noop()[0] == 250

    @pytest.mark.parametrize("greeting", [b"HELO x\r\n", b"EHLO x\r\n"])
    def test_another_protocol_is_refused(self, store: Store, greeting: bytes) -> None:
        with serving(store, LMTP) as address, Wire(address) as wire:
            wire.reply()
            assert wire.say(greeting).startswith("500 5.5.1")

    def test_without_a_recipient_nothing_is_taken(self, store: Store) -> None:
        with serving(store, LMTP) as address, Wire(address) as wire:
            wire.reply()
            wire.say(b"LHLO x\r\n")
            wire.say(b"MAIL FROM:<a@example.se>\r\n")
            assert wire.say(b"DATA\r\n").startswith("503")

    def test_smtp_knows_no_lhlo(self, store: Store) -> None:
        with serving(store) as address, Wire(address) as wire:
            wire.reply()
            assert wire.say(b"LHLO x\r\n").startswith("500")


@pytest.fixture
def behind(store: Store) -> Iterator[tuple[str, int]]:
    with serving(store, BEHIND) as found:
        yield found


def v2(command: int, family: int, rest: bytes) -> bytes:
    return V2 + struct.pack("!BBH", 0x20 | command, family, len(rest)) + rest


class TestProxy:
    @pytest.mark.parametrize(
        ("header", "peer"),
        [
            (b"PROXY TCP4 192.0.2.7 127.0.0.1 4711 25\r\n", "192.0.2.7"),
            (b"PROXY TCP6 2001:db8::7 ::1 4711 25\r\n", "2001:db8::7"),
            (b"PROXY UNKNOWN\r\n", "127.0.0.1"),
            (v2(1, 0x11, bytes([192, 0, 2, 8, 127, 0, 0, 1]) + b"\x11\x11\0\x19"), "192.0.2.8"),
            (v2(0, 0, b""), "127.0.0.1"),
        ],
    )
    def test_the_sender_is_who_the_balancer_says(
        self, store: Store, behind: tuple[str, int], header: bytes, peer: str
    ) -> None:
        with Wire(behind) as wire:
            wire.socket.sendall(header)
            assert wire.begin().say(MAIL + b".\r\n").startswith("250")
        assert store.mails[0][1].peer == peer

    @pytest.mark.parametrize(
        "header",
        [
            b"EHLO client.example\r\n",
            b"PROXY TCP4 192.0.2.7 127.0.0.1 4711 25\n",
            b"PROXY TCP4 192.0.2.777 127.0.0.1 4711 25\r\n",
            b"PROXY TCP4 192.0.2.7 127.0.0.1 4711 99999\r\n",
            b"PROXY TCP4 2001:db8::7 ::1 4711 25\r\n",
            b"PROXY TCP4\r\n",
            b"PROXY " + b"x" * 200 + b"\r\n",
            b"PROXY " + b"x" * 200_000,
            b"\r\n\r\n\0\r\nQUIT\r" + b"\x21\x11\0\x0c" + b"\0" * 12,
            v2(1, 0x11, b"\0\0"),
            v2(15, 0x11, b"\0" * 12),
        ],
    )
    def test_a_wrong_header_closes_without_a_greeting(
        self, store: Store, behind: tuple[str, int], header: bytes
    ) -> None:
        with Wire(behind) as wire:
            wire.socket.sendall(header)
            with suppress(ConnectionResetError):  # when what we sent beyond the header was not read
                assert wire.lines.read() == b""

    def test_half_a_header_costs_seconds(self, store: Store) -> None:
        with (
            serving(store, replace(BEHIND, proxy_seconds=0.2)) as address,
            Wire(address) as silent,
            Wire(address) as half,
        ):
            half.socket.sendall(b"PROXY TCP4 192.")
            assert silent.reply().startswith("421 4.4.2")
            assert half.reply().startswith("421 4.4.2")

    def test_a_half_closed_connection_is_over(self, store: Store) -> None:
        with serving(store, replace(BEHIND, proxy_seconds=0.2, max_connections=1)) as address:
            with Wire(address) as wire:
                wire.socket.sendall(b"PRO")
                wire.socket.shutdown(socket.SHUT_WR)
                assert wire.reply().startswith("421 4.4.2")
                assert wire.lines.read() == b""
            with Wire(address) as wire:
                wire.socket.sendall(b"PROXY TCP4 192.0.2.7 127.0.0.1 4711 25\r\n")
                assert wire.reply().startswith("220")

    def test_nobody_else_may_speak_for_others(self, store: Store) -> None:
        options = replace(BEHIND, proxy_from=(ipaddress.ip_network("192.0.2.0/24"),))
        with serving(store, options) as address, Wire(address) as wire:
            wire.reply()
            assert wire.say(b"PROXY TCP4 192.0.2.7 127.0.0.1 4711 25\r\n").startswith("500")
            wire.say(b"EHLO x\r\n")
            assert wire.again().say(MAIL + b".\r\n").startswith("250")
        assert store.mails[0][1].peer == "127.0.0.1"

    def test_connections_are_counted_for_whom_they_are(self, store: Store) -> None:
        with serving(store, replace(BEHIND, max_per_ip=1)) as address:
            first, second, other = Wire(address), Wire(address), Wire(address)
            with first, second, other:
                for wire, peer in ((first, 7), (second, 7), (other, 8)):
                    wire.socket.sendall(f"PROXY TCP4 192.0.2.{peer} 127.0.0.1 4711 25\r\n".encode())
                    assert wire.reply()[:3] == ("421" if wire is second else "220")

    def test_several_mails_come_by_one_connection(self, store: Store, behind: tuple[str, int]) -> None:
        with Wire(behind) as wire:
            wire.socket.sendall(b"PROXY TCP4 192.0.2.7 127.0.0.1 4711 25\r\n")
            assert wire.begin().say(MAIL + b".\r\n").startswith("250")
            assert wire.again().say(MAIL + b".\r\n").startswith("250")
        assert {envelope.peer for _, envelope in store.mails} == {"192.0.2.7"}


class TestSocketsInTheFileSystem:
    def test_a_left_over_is_replaced_and_one_in_use_is_not(self, tmp_path: Path) -> None:
        bind = f"unix:{tmp_path}/pages.sock"
        listen(bind, "web.bind").close()  # as after a kill: the file is still there
        with listening(bind, "web.bind") as taken:
            assert address_of(taken) == bind
            assert (tmp_path / "pages.sock").stat().st_mode & 0o777 == 0o660
            with pytest.raises(StartError, match=r"change `web\.bind`"):
                listen(bind, "web.bind")
        assert not (tmp_path / "pages.sock").exists()

    def test_a_file_of_somebody_else_stays(self, tmp_path: Path) -> None:
        (tmp_path / "text").write_text("mine")
        with pytest.raises(StartError):
            listen(f"unix:{tmp_path}/text", "web.bind")
        assert (tmp_path / "text").read_text() == "mine"

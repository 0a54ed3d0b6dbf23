"""The mail door from outside, over real sockets, with a store that is only a list."""

from __future__ import annotations

import asyncio
import concurrent.futures
import hashlib
import logging
import select
import shutil
import smtplib
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from channels.message import Envelope
from workers.smtp import NoSpace, SmtpOptions, SmtpServer

OPTIONS = SmtpOptions(port=0, domains=frozenset({"ekhamra.example"}), hostname="mx.ekhamra.example")
MAIL = b"From: Anna <anna@example.se>\r\nSubject: Hej\r\n\r\nHej!\r\n"
TO = "kontakt@ekhamra.example"


class Store:
    """What the server calls to make a mail durable; `before` can be changed to fail or to wait."""

    def __init__(self) -> None:
        self.mails: list[tuple[bytes, Envelope]] = []
        self.before: Callable[[], None] = lambda: None

    def __call__(self, raw: bytes, envelope: Envelope) -> str:
        self.before()
        self.mails.append((raw, envelope))
        return "0a1b2c3d4e5f"

    def hold(self) -> tuple[threading.Event, threading.Event]:
        """From now on the first event says that a mail is being stored, and the second lets it be."""
        begun, may_end = threading.Event(), threading.Event()

        def wait() -> None:
            begun.set()
            may_end.wait(10)

        self.before = wait
        return begun, may_end

    @property
    def only(self) -> bytes:
        assert len(self.mails) == 1
        return self.mails[0][0]


class Running:
    """A server in a loop of its own, in a thread of its own."""

    def __init__(self, store: Store, options: SmtpOptions) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.executor = ThreadPoolExecutor(4)
        self.server = SmtpServer(options, store, self.executor)
        self.address = asyncio.run_coroutine_threadsafe(self.server.start(), self.loop).result(10)

    def stop(self) -> concurrent.futures.Future[None]:
        return asyncio.run_coroutine_threadsafe(self.server.stop(), self.loop)

    def end(self) -> None:
        try:
            self.stop().result(10)
        finally:
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join(10)
            self.loop.close()
            self.executor.shutdown()


@contextmanager
def serving(store: Store, options: SmtpOptions = OPTIONS) -> Iterator[tuple[str, int]]:
    running = Running(store, options)
    try:
        yield running.address
    finally:
        running.end()


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def address(store: Store) -> Iterator[tuple[str, int]]:
    with serving(store) as found:
        yield found


class Wire:
    """A client that sends exactly the bytes it is given."""

    def __init__(self, address: tuple[str, int], here: str = "127.0.0.1") -> None:
        self.socket = socket.create_connection(address, timeout=10, source_address=(here, 0))
        self.lines = self.socket.makefile("rb")

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.lines.close()
        self.socket.close()

    def reply(self) -> str:
        """The next reply, its last line."""
        while True:
            line = self.lines.readline().decode()
            if line[3:4] != "-":
                return line.rstrip("\r\n")

    def say(self, data: bytes) -> str:
        self.socket.sendall(data)
        return self.reply()

    def begin(self, *recipients: str, sender: str = "anna@example.se") -> Wire:
        """Up to and including DATA."""
        assert self.reply().startswith("220 mx.ekhamra.example")
        assert self.say(b"EHLO client.example\r\n").startswith("250")
        return self.again(*recipients, sender=sender)

    def again(self, *recipients: str, sender: str = "anna@example.se") -> Wire:
        """The same without greetings."""
        assert self.say(f"MAIL FROM:<{sender}>\r\n".encode()).startswith("250")
        for recipient in recipients or (TO,):
            assert self.say(f"RCPT TO:<{recipient}>\r\n".encode()).startswith("250")
        assert self.say(b"DATA\r\n").startswith("354")
        return self


def send(address: tuple[str, int], raw: bytes = MAIL, sender: str = "anna@example.se", to: str = TO) -> None:
    with smtplib.SMTP(*address, timeout=10) as client:
        client.sendmail(sender, [to], raw)


def refusal(error: smtplib.SMTPResponseException) -> tuple[int, bytes]:
    return error.smtp_code, bytes(error.smtp_error if isinstance(error.smtp_error, bytes) else b"")


class TestTaking:
    def test_a_mail_is_stored_as_it_was_sent(self, store: Store, address: tuple[str, int]) -> None:
        send(address)
        assert store.mails == [(MAIL, Envelope("anna@example.se", (TO,), "127.0.0.1"))]

    def test_250_comes_only_after_the_store_has_returned(self, store: Store, address: tuple[str, int]) -> None:
        storing, may_go = store.hold()
        with Wire(address) as wire:
            wire.begin().socket.sendall(MAIL + b".\r\n")
            assert storing.wait(10)
            assert not select.select([wire.socket], [], [], 0.1)[0]
            may_go.set()
            assert wire.reply().startswith("250")

    def test_others_are_served_while_one_mail_is_being_stored(self, store: Store, address: tuple[str, int]) -> None:
        _, may_go = store.hold()
        with Wire(address) as slow, Wire(address) as other:
            slow.begin().socket.sendall(MAIL + b".\r\n")
            other.begin()
            may_go.set()
            assert slow.reply().startswith("250")

    def test_several_mails_on_one_connection(self, store: Store, address: tuple[str, int]) -> None:
        with smtplib.SMTP(*address, timeout=10) as client:
            for number in range(5):
                client.sendmail("anna@example.se", [TO], MAIL + str(number).encode())
        assert [raw[-3:-2] for raw, _ in store.mails] == [b"0", b"1", b"2", b"3", b"4"]

    def test_commands_may_come_all_at_once(self, store: Store, address: tuple[str, int]) -> None:
        with Wire(address) as wire:
            wire.reply()
            wire.socket.sendall(
                b"EHLO x\r\nMAIL FROM:<a@example.se>\r\nRCPT TO:<kontakt@ekhamra.example>\r\nDATA\r\n" + MAIL + b".\r\n"
                b"MAIL FROM:<b@example.se>\r\nRCPT TO:<kontakt@ekhamra.example>\r\nDATA\r\n.\r\nQUIT\r\n"
            )
            codes = [wire.reply()[:3] for _ in range(9)]
        assert codes == ["250", "250", "250", "354", "250", "250", "250", "354", "250"]
        assert [raw for raw, _ in store.mails] == [MAIL, b""]
        assert [envelope.sender for _, envelope in store.mails] == ["a@example.se", "b@example.se"]

    def test_dots_are_undoubled(self, store: Store, address: tuple[str, int]) -> None:
        send(address, b".a\r\n..b\r\n...\r\nc.\r\n.\r\n")
        assert store.only == b".a\r\n..b\r\n...\r\nc.\r\n.\r\n"

    def test_the_null_sender_is_an_empty_one(self, store: Store, address: tuple[str, int]) -> None:
        send(address, sender="")
        assert store.mails[0][1].sender == ""

    def test_letters_beyond_ascii_in_addresses_and_headers(self, store: Store, address: tuple[str, int]) -> None:
        raw = "From: Åsa <åsa@räksmörgås.example>\r\nSubject: Ä\r\n\r\nÖ\r\n".encode()
        with smtplib.SMTP(*address, timeout=10) as client:
            client.ehlo()
            options = ["SMTPUTF8", "BODY=8BITMIME"]
            client.sendmail("åsa@räksmörgås.example", ["kontakt+å@ekhamra.example"], raw, options)
        assert store.mails == [(raw, Envelope("åsa@räksmörgås.example", ("kontakt+å@ekhamra.example",), "127.0.0.1"))]

    def test_long_lines_and_bytes_of_every_kind(self, store: Store, address: tuple[str, int]) -> None:
        raw = b"Subject: x\r\n\r\n" + b"a" * 300_000 + b"\0\xff" + b"b" * 70_000 + b"\r\n"
        with Wire(address) as wire:
            assert wire.begin().say(raw + b".\r\n").startswith("250")
        assert store.only == raw

    def test_postmaster_needs_no_domain(self, store: Store, address: tuple[str, int]) -> None:
        send(address, to="postmaster")
        assert store.mails[0][1].recipients == ("postmaster",)

    @pytest.mark.parametrize(
        "raw",
        [b"", b"\r\n", b"\r\n" * 40, b".\r\n", b"..\r\n", b"a\r\n", b"\r\n\r\n.a\r\n", b"\r\n" * 31 + b".\r\nx\r\n"],
    )
    def test_mails_that_begin_almost_like_an_end(self, store: Store, address: tuple[str, int], raw: bytes) -> None:
        with Wire(address) as wire:
            for _ in range(2):
                data = (b"\r\n" + raw).replace(b"\r\n.", b"\r\n..")[2:]
                wire.begin() if not store.mails else wire.again()
                assert wire.say(data + b".\r\n").startswith("250")
        assert [mail for mail, _ in store.mails] == [raw, raw]

    def test_no_mail_is_torn_however_it_arrives_in_pieces(self, store: Store, address: tuple[str, int]) -> None:
        body = b"".join(b"%d.\r\n" % number for number in range(3_000))
        body += b"x" * 65_533 + b"\r\n" + b"y" * 65_530 + b"\r\n"
        data = (MAIL + body).replace(b"\r\n.", b"\r\n..") + b".\r\n"
        with Wire(address) as wire:
            wire.begin()
            for start in range(0, len(data), 997):
                wire.socket.sendall(data[start : start + 997])
            assert wire.reply().startswith("250")
        assert hashlib.sha256(store.only).digest() == hashlib.sha256(MAIL + body).digest()


class TestRefusing:
    @pytest.mark.parametrize("to", ["a@example.se", "a@x.ekhamra.example", "a", "a@ekhamra.example@example.se"])
    def test_other_domains(self, store: Store, address: tuple[str, int], to: str) -> None:
        with Wire(address) as wire:
            wire.reply()
            wire.say(b"EHLO x\r\n")
            wire.say(b"MAIL FROM:<a@example.se>\r\n")
            assert wire.say(f"RCPT TO:<{to}>\r\n".encode())[:3] in ("550", "553")
            assert wire.say(b"DATA\r\n").startswith("503")

    def test_a_route_does_not_reach_around(self, address: tuple[str, int]) -> None:
        with Wire(address) as wire:
            wire.reply()
            wire.say(b"EHLO x\r\n")
            wire.say(b"MAIL FROM:<a@example.se>\r\n")
            assert wire.say(b"RCPT TO:<@ekhamra.example:a@example.se>\r\n").startswith("550 5.7.1")

    def test_too_many_recipients(self, store: Store, address: tuple[str, int]) -> None:
        with smtplib.SMTP(*address, timeout=10) as client:
            refused = client.sendmail("a@example.se", [f"k+{n}@ekhamra.example" for n in range(103)], MAIL)
        assert [code for code, _ in refused.values()] == [452, 452, 452]
        assert len(store.mails[0][1].recipients) == 100

    def test_too_big_as_announced(self, store: Store) -> None:
        with serving(store, replace(OPTIONS, max_bytes=10_000)) as address, Wire(address) as wire:
            wire.reply()
            wire.say(b"EHLO x\r\n")
            assert wire.say(b"MAIL FROM:<a@example.se> SIZE=10001\r\n").startswith("552")
            assert wire.say(b"MAIL FROM:<a@example.se> SIZE=10000\r\n").startswith("250")

    def test_too_big_as_counted_and_the_connection_goes_on(self, store: Store) -> None:
        with serving(store, replace(OPTIONS, max_bytes=100_000)) as address, Wire(address) as wire:
            assert wire.begin().say(b"a" * 100_001 + b"\r\n.\r\n").startswith("552 5.3.4")
            assert wire.say(b"MAIL FROM:<a@example.se>\r\n").startswith("250")
            assert wire.say(b"RCPT TO:<kontakt@ekhamra.example>\r\n").startswith("250")
            assert wire.say(b"DATA\r\n").startswith("354")
            assert wire.say(b"a" * 99_998 + b"\r\n.\r\n").startswith("250")
        assert len(store.only) == 100_000

    def test_a_sender_who_never_ends_is_cut_off(self, store: Store) -> None:
        with serving(store, replace(OPTIONS, max_bytes=100_000)) as address, Wire(address) as wire:
            wire.begin()
            with pytest.raises((ConnectionResetError, BrokenPipeError)):
                wire.socket.sendall(b"MAIL FROM:<a@example.se>\r\n" * 4_000_000)
        assert store.mails == []

    @pytest.mark.parametrize("data", [b"a\nb", b"a\rb", b"\n", b"a\r\n\n", b"a\r\r\n", b"x\n.\n", b"x\n.\r\ny"])
    def test_bare_cr_and_lf(self, store: Store, address: tuple[str, int], data: bytes) -> None:
        with Wire(address) as wire:
            assert wire.begin().say(MAIL + data + b"\r\n.\r\n").startswith("550 5.6.11")
            assert wire.say(b"NOOP\r\n").startswith("250")
        assert store.mails == []

    @pytest.mark.parametrize(
        "end",
        [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\n.\r", b"\r.\r\n", b"\r\n\0.\r\n", b"\r\n.\0\r\n"],
    )
    def test_a_false_end_smuggles_no_second_mail(self, store: Store, address: tuple[str, int], end: bytes) -> None:
        second = b"MAIL FROM:<boss@ekhamra.example>\r\nRCPT TO:<kontakt@ekhamra.example>\r\nDATA\r\nfalse\r\n"
        with Wire(address) as wire:
            code = wire.begin().say(MAIL + b"x" + end + second + b".\r\n")[:3]
        assert code == ("250" if b"\0" in end else "550")
        assert len(store.mails) == (code == "250")

    def test_nobody_signs_in_and_nobody_is_looked_up(self, address: tuple[str, int]) -> None:
        with smtplib.SMTP(*address, timeout=10) as client:
            client.ehlo()
            assert not client.has_extn("auth")
            assert {"size", "8bitmime", "smtputf8", "pipelining"} <= set(client.esmtp_features)
            assert client.docmd("AUTH", "PLAIN AGEAYg==")[0] == 502
            assert client.docmd("VRFY", "anna")[0] == 252
            assert client.docmd("EXPN", "alla")[0] == 502

    @pytest.mark.parametrize("path", ["<a b@ekhamra.example>", "<a@@>", "<>", "", "<\xff@ekhamra.example", "<aa" * 900])
    def test_addresses_that_are_none(self, address: tuple[str, int], path: str) -> None:
        with Wire(address) as wire:
            wire.reply()
            wire.say(b"EHLO x\r\n")
            wire.say(b"MAIL FROM:<a@example.se>\r\n")
            assert wire.say(f"RCPT TO:{path}\r\n".encode("latin-1"))[0] == "5"


class TestTrouble:
    def test_an_error_of_ours_is_451_and_tells_nothing(
        self, store: Store, address: tuple[str, int], caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail() -> None:
            raise RuntimeError("password=hemligt")

        store.before = fail
        with caplog.at_level(logging.ERROR), pytest.raises(smtplib.SMTPDataError) as caught:
            send(address)
        assert refusal(caught.value)[0] == 451
        assert b"hemligt" not in refusal(caught.value)[1]
        assert "mail_not_stored" in caplog.text

    def test_no_space_is_452(self, store: Store, address: tuple[str, int]) -> None:
        def fail() -> None:
            raise NoSpace

        store.before = fail
        with pytest.raises(smtplib.SMTPDataError) as caught:
            send(address)
        assert refusal(caught.value)[0] == 452
        store.before = lambda: None
        send(address)
        assert len(store.mails) == 1

    def test_all_connections_together_hold_a_bounded_amount(self, store: Store) -> None:
        running = Running(store, replace(OPTIONS, max_bytes=200_000))
        try:
            with (
                Wire(running.address, "127.0.0.2") as first,
                Wire(running.address, "127.0.0.3") as second,
                Wire(running.address, "127.0.0.4") as third,
            ):
                for wire in (first, second):
                    wire.begin().socket.sendall(b"a" * 190_000)
                assert eventually(lambda: running.server._door.bytes_held > 250_000)
                assert third.begin().say(b"a" * 180_000 + b"\r\n.\r\n").startswith("452 4.3.1")
                assert first.say(b"\r\n.\r\n").startswith("250")
                assert second.say(b"\r\n.\r\n").startswith("250")
            assert eventually(lambda: running.server._door.bytes_held == 0)
        finally:
            running.end()

    def test_half_sent_mails_from_one_address_leave_room_for_others(self, store: Store) -> None:
        running = Running(store, replace(OPTIONS, max_bytes=200_000))
        try:
            with (
                Wire(running.address, "127.0.0.2") as first,
                Wire(running.address, "127.0.0.2") as second,
                Wire(running.address, "127.0.0.3") as other,
            ):
                first.begin().socket.sendall(b"a" * 190_000)
                assert eventually(lambda: running.server._door.bytes_held > 120_000)
                assert second.begin().say(b"a" * 150_000 + b"\r\n.\r\n").startswith("452 4.3.1")
                assert other.begin().say(b"a" * 199_998 + b"\r\n.\r\n").startswith("250")
                assert first.say(b"\r\n.\r\n").startswith("250")
                assert second.again().say(b"a" * 150_000 + b"\r\n.\r\n").startswith("250")
            assert eventually(lambda: running.server._door.bytes_held == 0)
        finally:
            running.end()

    def test_a_refused_mail_takes_no_room(self, store: Store) -> None:
        running = Running(store, replace(OPTIONS, max_bytes=200_000))
        try:
            with Wire(running.address) as endless:
                endless.begin().socket.sendall(b"a" * 150_000)
                assert eventually(lambda: running.server._door.bytes_held > 0)
                endless.socket.sendall(b"a" * 250_000)
                assert eventually(lambda: running.server._door.bytes_held == 0)
        finally:
            running.end()

    def test_who_sends_too_slowly_is_cut_off(self, store: Store) -> None:
        options = replace(OPTIONS, slow_seconds=0.3, slow_bytes=1_000)
        running = Running(store, options)
        try:
            with Wire(running.address) as wire:
                wire.begin().socket.sendall(b"a" * 100_000)
                until = time.monotonic() + 10
                while not select.select([wire.socket], [], [], 0.05)[0] and time.monotonic() < until:
                    wire.socket.sendall(b"a")
                assert wire.reply().startswith("421 4.4.2")
            assert eventually(lambda: running.server._door.bytes_held == 0)
            assert store.mails == []
        finally:
            running.end()

    def test_a_steady_sender_is_not_too_slow(self, store: Store) -> None:
        with serving(store, replace(OPTIONS, slow_seconds=0.8, slow_bytes=500)) as address, Wire(address) as wire:
            wire.begin()
            for _ in range(40):
                assert not select.select([wire.socket], [], [], 0.05)[0]
                wire.socket.sendall(b"a" * 1_000)
            assert wire.say(b"\r\n.\r\n").startswith("250")

    def test_hanging_up_in_the_middle_stores_nothing(self, store: Store, address: tuple[str, int]) -> None:
        with Wire(address) as wire:
            wire.begin().socket.sendall(MAIL)
        send(address)
        assert len(store.mails) == 1

    def test_too_many_connections_from_one_address(self, store: Store) -> None:
        with serving(store, replace(OPTIONS, max_per_ip=2)) as address:
            with Wire(address) as first, Wire(address) as second, Wire(address) as third:
                assert [first.reply()[:3], second.reply()[:3]] == ["220", "220"]
                assert third.reply().startswith("421")
                assert third.lines.read() == b""
            assert eventually(lambda: greets(address))

    def test_too_many_connections_in_all(self, store: Store) -> None:
        with serving(store, replace(OPTIONS, max_connections=1)) as address, Wire(address) as first:
            assert first.reply().startswith("220")
            with Wire(address) as second:
                assert second.reply().startswith("421")

    def test_who_is_silent_hears_why_it_is_closed(self, store: Store) -> None:
        with serving(store, replace(OPTIONS, idle_seconds=0.2)) as address, Wire(address) as wire:
            assert wire.reply().startswith("220")
            assert wire.reply().startswith("421 4.4.2")
            assert wire.lines.read() == b""

    def test_storing_for_long_is_not_silence(self, store: Store) -> None:
        _, may_go = store.hold()
        with serving(store, replace(OPTIONS, idle_seconds=0.2)) as address, Wire(address) as wire:
            wire.begin().socket.sendall(MAIL + b".\r\n")
            assert not select.select([wire.socket], [], [], 0.5)[0]
            may_go.set()
            assert wire.reply().startswith("250")

    def test_stopping_answers_the_mail_that_is_being_stored(self, store: Store) -> None:
        storing, may_go = store.hold()
        running = Running(store, OPTIONS)
        with Wire(running.address) as wire, Wire(running.address) as idle:
            idle.reply()
            wire.begin().socket.sendall(MAIL + b".\r\nNOOP\r\n")
            assert storing.wait(10)
            stopping = running.stop()
            assert idle.reply().startswith("421 4.3.2")
            may_go.set()
            assert wire.reply().startswith("250")
            assert wire.reply().startswith("421 4.3.2")
            assert wire.lines.read() == b""
            stopping.result(10)
        running.end()
        assert len(store.mails) == 1


class TestTls:
    @pytest.fixture(scope="class")
    @staticmethod
    def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
        if shutil.which("openssl") is None:
            pytest.skip("needs openssl to make a certificate")
        folder = tmp_path_factory.mktemp("tls")
        certificate, key = folder / "certificate.pem", folder / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
             "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-out", certificate, "-keyout", key],
            check=True,
            capture_output=True,
        )  # fmt: skip
        return certificate, key

    @pytest.fixture
    def secure(self, store: Store, certificate: tuple[Path, Path]) -> Iterator[tuple[str, int]]:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*certificate)
        with serving(store, replace(OPTIONS, tls=context)) as address:
            yield address

    def test_starttls(self, store: Store, secure: tuple[str, int], certificate: tuple[Path, Path]) -> None:
        with smtplib.SMTP("localhost", secure[1], timeout=10) as client:
            client.starttls(context=ssl.create_default_context(cafile=str(certificate[0])))
            client.ehlo()
            assert not client.has_extn("auth")
            assert not client.has_extn("starttls")
            client.sendmail("anna@example.se", [TO], MAIL)
        assert store.only == MAIL

    def test_what_was_said_before_tls_is_forgotten(self, store: Store, secure: tuple[str, int]) -> None:
        with Wire(secure) as wire:
            wire.reply()
            wire.say(b"EHLO x\r\n")
            injected = b"STARTTLS\r\nMAIL FROM:<a@example.se>\r\nRCPT TO:<kontakt@ekhamra.example>\r\n"
            assert wire.say(injected).startswith("220")
            context = ssl._create_unverified_context()
            with context.wrap_socket(wire.socket) as tls:
                tls.sendall(b"EHLO x\r\nDATA\r\n")
                seen = b""
                while b"503" not in seen:
                    seen += tls.recv(1000)
        assert b"250 2.1" not in seen

    def test_not_offered_without_a_certificate(self, address: tuple[str, int]) -> None:
        with smtplib.SMTP(*address, timeout=10) as client:
            client.ehlo()
            assert not client.has_extn("starttls")


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether `condition` comes true within ten seconds."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if condition():
            return True
    return False


def greets(address: tuple[str, int]) -> bool:
    with Wire(address) as wire:
        return wire.reply().startswith("220")

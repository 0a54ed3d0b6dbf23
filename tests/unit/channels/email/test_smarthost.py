"""The two ways out. The server here does what a script tells it, and hangs up where the script ends."""

from __future__ import annotations

import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from channels.email.parse import read
from channels.email.smarthost import Maildir, Smarthost, SmarthostOptions
from channels.errors import ChannelError, OutcomeUnknown, Refused, TryLater
from channels.message import Address, Attachment, Envelope, OutboundMessage

MESSAGE = OutboundMessage(
    message_id="<r.abc@ekhamra.example>",
    sender=Address("kontakt+t@ekhamra.example", "Ekhamra kommun"),
    recipients=(Address("anna@example.se"), Address("bo@example.se")),
    copies=(Address("anna@example.se"),),
    subject="Svar",
    text="Hej!\n.\n..slut\n",
    sent_at=datetime(2026, 3, 5, 9, 30, tzinfo=UTC),
)
LARGE = Attachment("stor.bin", "application/octet-stream", b"x" * 8_000_000)
HANG_UP, SILENCE = "hang up", "silence"
FINE = {"HELLO": "220 mx", "DATA": "354 go", ".": "250 2.0.0 queued as 77"}


class Server:
    """Answers by the first word of each command; `said` is what it was told, `mail` the data."""

    def __init__(self, script: dict[str, str], connections: int = 1) -> None:
        self.script = FINE | script
        self.connections = connections
        self.said: list[str] = []
        self.mail = b""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.released = threading.Event()

    def serve(self) -> None:
        for _ in range(self.connections):
            self.serve_one()

    def serve_one(self) -> None:
        connection, _ = self.listener.accept()
        with connection, connection.makefile("rb") as lines:
            if not self.answer(connection, "HELLO"):
                return
            while line := lines.readline().decode().strip():
                word, blank, rest = line.partition(" ")
                word = word.upper()
                self.said.append(word + blank + rest.replace("from:", "FROM:").replace("to:", "TO:"))
                if not self.answer(connection, word, self.said[-1]):
                    return
                if word == "DATA" and self.script["DATA"].startswith("354") and not self.take(connection, lines):
                    return
                if word == "QUIT":
                    return

    def take(self, connection: socket.socket, lines: Iterator[bytes]) -> bool:
        for line in lines:
            if line == b".\r\n":
                return self.answer(connection, ".")
            self.mail += line
            if self.script.get("body") == HANG_UP:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # at once, with a reset
                return False
        return False

    def answer(self, connection: socket.socket, word: str, line: str = "") -> bool:
        reply = next((self.script[key] for key in (line, word) if key in self.script), "250 ok")
        if reply == SILENCE:
            self.released.wait(10)
        if reply in (HANG_UP, SILENCE):
            return False
        connection.sendall(f"{reply}\r\n".encode())
        return True


@contextmanager
def serving(script: dict[str, str], connections: int = 1, rest: float = 0) -> Iterator[tuple[Server, Smarthost]]:
    server = Server(script, connections)
    thread = threading.Thread(target=server.serve)
    thread.start()
    port = server.listener.getsockname()[1]
    try:
        options = SmarthostOptions("127.0.0.1", port, tls="none", timeout=0.5, hello="ekhamra.example", rest=rest)
        yield server, Smarthost(options)
    finally:
        server.released.set()
        thread.join(10)
        server.listener.close()


def outcome(script: dict[str, str], message: OutboundMessage = MESSAGE) -> ChannelError | str:
    with serving(script) as (_, smarthost):
        try:
            return smarthost.send(message).reply
        except ChannelError as error:
            return error


def test_a_mail_is_handed_over_once() -> None:
    with serving({}) as (server, smarthost):
        receipt = smarthost.send(MESSAGE)
    assert receipt.reply == "250 2.0.0 queued as 77"
    assert receipt.refused == ()
    assert [line for line in server.said if not line.startswith("EHLO")] == [
        "MAIL FROM:<kontakt+t@ekhamra.example>", "RCPT TO:<anna@example.se>", "RCPT TO:<bo@example.se>", "DATA", "QUIT",
    ]  # fmt: skip
    assert server.said[0] == "EHLO ekhamra.example"
    assert b"\r\n=2E\r\n...slut\r\n" in server.mail
    seen = read(server.mail.replace(b"\r\n..", b"\r\n."), Envelope("", ()))
    assert (seen.text, seen.message_id) == ("Hej!\n.\n..slut", MESSAGE.message_id)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ({"HELLO": HANG_UP}, TryLater),
        ({"HELLO": SILENCE}, TryLater),
        ({"HELLO": "554 go away"}, TryLater),
        ({"HELLO": "421 busy"}, TryLater),
        ({"EHLO": HANG_UP}, TryLater),
        ({"MAIL": "451 later"}, TryLater),
        ({"MAIL": "550 not you"}, Refused),
        ({"MAIL": HANG_UP}, TryLater),
        ({"RCPT": "550 5.1.1 unknown"}, Refused),
        ({"RCPT": "450 greylisted"}, TryLater),
        ({"RCPT TO:<anna@example.se>": "550 unknown", "RCPT TO:<bo@example.se>": "450 later"}, TryLater),
        ({"RCPT": HANG_UP}, TryLater),
        ({"DATA": "451 later"}, TryLater),
        ({"DATA": "554 no"}, Refused),
        ({"DATA": HANG_UP}, TryLater),
        ({".": "451 later"}, TryLater),
        ({".": "421 restarting"}, TryLater),
        ({".": "552 too big"}, Refused),
        ({".": HANG_UP}, OutcomeUnknown),
        ({".": SILENCE}, OutcomeUnknown),
        ({".": "nonsense"}, OutcomeUnknown),
    ],
)
def test_how_far_it_came(script: dict[str, str], expected: type[ChannelError]) -> None:
    assert type(outcome(script)) is expected


def test_a_connection_lost_within_the_data_has_not_delivered() -> None:
    assert type(outcome({"body": HANG_UP}, replace(MESSAGE, attachments=(LARGE,)))) is TryLater


def test_nothing_after_the_answer_changes_it() -> None:
    assert outcome({"QUIT": HANG_UP}) == "250 2.0.0 queued as 77"
    assert outcome({"QUIT": "500 what"}) == "250 2.0.0 queued as 77"


RETURN_PATH = "kontakt+b.token@ekhamra.example"


def test_reports_are_to_come_to_the_return_path() -> None:
    with serving({}) as (server, smarthost):
        smarthost.send(replace(MESSAGE, return_path=RETURN_PATH))
    assert f"MAIL FROM:<{RETURN_PATH}>" in server.said


def test_a_server_that_takes_no_such_sender_gets_the_plain_one() -> None:
    with serving({f"MAIL FROM:<{RETURN_PATH}>": "550 send as denied"}) as (server, smarthost):
        assert smarthost.send(replace(MESSAGE, return_path=RETURN_PATH)).reply == "250 2.0.0 queued as 77"
    assert [line for line in server.said if line.startswith("MAIL")] == [
        f"MAIL FROM:<{RETURN_PATH}>",
        "MAIL FROM:<kontakt+t@ekhamra.example>",
    ]


def words(server: Server) -> list[str]:
    return [line.partition(" ")[0] for line in server.said]


ONE_MAIL = ["MAIL", "RCPT", "RCPT", "DATA"]


def test_the_next_mail_takes_the_connection_that_rests() -> None:
    with serving({}, rest=60) as (server, smarthost):
        for _ in range(3):
            assert smarthost.send(MESSAGE).reply == "250 2.0.0 queued as 77"
        assert words(server) == ["EHLO", *ONE_MAIL, "RSET", *ONE_MAIL, "RSET", *ONE_MAIL]
        assert len(smarthost._resting) == 1
        smarthost._resting.pop().server.close()


@pytest.mark.parametrize("reply", [HANG_UP, "421 idle for too long"])
def test_a_connection_that_no_longer_answers_is_left_for_a_new_one(reply: str) -> None:
    with serving({"RSET": reply}, connections=2, rest=60) as (server, smarthost):
        for _ in range(2):
            assert smarthost.send(MESSAGE).reply == "250 2.0.0 queued as 77"
        assert words(server) == ["EHLO", *ONE_MAIL, "RSET", "EHLO", *ONE_MAIL]
        smarthost._resting.pop().server.close()


def test_a_connection_rests_no_longer_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving({}, connections=2, rest=60) as (server, smarthost):
        smarthost.send(MESSAGE)
        now = time.monotonic()
        monkeypatch.setattr(time, "monotonic", lambda: now + 61)
        smarthost.send(MESSAGE)
        monkeypatch.undo()
        assert words(server) == ["EHLO", *ONE_MAIL, "QUIT", "EHLO", *ONE_MAIL]
        smarthost._resting.pop().server.close()


def test_a_connection_on_which_something_failed_does_not_rest() -> None:
    with serving({".": "451 later"}, rest=60) as (_, smarthost):
        with pytest.raises(TryLater):
            smarthost.send(MESSAGE)
        assert not smarthost._resting


def test_a_refused_recipient_among_others_is_in_the_receipt() -> None:
    with serving({"RCPT TO:<bo@example.se>": "550 5.1.1 no such\tuser"}) as (_, smarthost):
        receipt = smarthost.send(MESSAGE)
    assert receipt.refused == (("bo@example.se", "550 5.1.1 no such user"),)


def test_who_was_refused_is_known_however_it_ends() -> None:
    bo = (("bo@example.se", "550 5.1.1 unknown"),)
    for final in (HANG_UP, "nonsense"):
        error = outcome({"RCPT TO:<bo@example.se>": "550 5.1.1 unknown", ".": final})
        assert (type(error), getattr(error, "refused", None)) == (OutcomeUnknown, bo)
    error = outcome({"RCPT TO:<bo@example.se>": "550 5.1.1 unknown", "RCPT TO:<anna@example.se>": "450 later"})
    assert (type(error), getattr(error, "refused", None)) == (TryLater, (("anna@example.se", "450 later"), *bo))


def test_the_words_of_the_other_side_are_told() -> None:
    error = outcome({".": "554-5.7.1 spam\r\n554 go away"})
    assert isinstance(error, Refused)
    assert error.reply == "554 5.7.1 spam go away"


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(TryLater, match="cannot be reached"):
        Smarthost(SmarthostOptions("127.0.0.1", port, tls="none", timeout=1)).send(MESSAGE)


def test_tls_that_is_not_offered_sends_nothing() -> None:
    with serving({}) as (server, smarthost):
        smarthost._options = replace(smarthost._options, tls="starttls")
        with pytest.raises(TryLater):
            smarthost.send(MESSAGE)
    assert not any(line.startswith("MAIL") for line in server.said)


def test_a_wrong_password_is_for_the_operator_and_keeps_the_mail() -> None:
    with serving({"EHLO": "250-mx\r\n250 AUTH PLAIN", "AUTH": "535 5.7.8 wrong"}) as (_, smarthost):
        smarthost._options = replace(smarthost._options, user="kontakt", password="hemligt")
        with pytest.raises(TryLater, match="does not let us in"):
            smarthost.send(MESSAGE)
    assert "hemligt" not in repr(smarthost._options)


def test_addresses_beyond_ascii_need_smtputf8() -> None:
    message = replace(MESSAGE, recipients=(Address("åsa@example.se"),), copies=())
    assert isinstance(outcome({}, message), Refused)
    with serving({"EHLO": "250-mx\r\n250-8BITMIME\r\n250 SMTPUTF8"}) as (server, smarthost):
        smarthost.send(message)
    assert "MAIL FROM:<kontakt+t@ekhamra.example> SMTPUTF8 BODY=8BITMIME" in server.said
    assert "RCPT TO:<åsa@example.se>" in server.said


@pytest.mark.parametrize("way", [lambda folder: Maildir(folder), lambda _: Smarthost(SmarthostOptions("127.0.0.1", 9))])
def test_a_mail_that_cannot_be_written_is_refused(way: Callable[[Path], Maildir | Smarthost], tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be written"):
        way(tmp_path).send(replace(MESSAGE, subject="a\r\nBcc: b@example.se"))


class TestMaildir:
    def test_a_mail_is_one_file_however_often_it_is_sent(self, tmp_path: Path) -> None:
        maildir = Maildir(tmp_path / "outgoing")
        for _ in range(3):
            receipt = maildir.send(MESSAGE)
        maildir.send(replace(MESSAGE, message_id="<r.def@ekhamra.example>"))
        files = sorted((tmp_path / "outgoing" / "new").iterdir())
        assert len(files) == 2
        assert list((tmp_path / "outgoing" / "tmp").iterdir()) == []
        assert receipt.reply.removeprefix("written to ") in {path.name for path in files}

    def test_a_mail_that_was_read_does_not_come_back(self, tmp_path: Path) -> None:
        maildir = Maildir(tmp_path)
        maildir.send(MESSAGE)
        (file,) = (tmp_path / "new").iterdir()
        file.rename(tmp_path / "cur" / f"{file.name}:2,S")
        maildir.send(MESSAGE)
        assert list((tmp_path / "new").iterdir()) == []

    def test_the_file_is_the_mail(self, tmp_path: Path) -> None:
        Maildir(tmp_path).send(MESSAGE)
        (file,) = (tmp_path / "new").iterdir()
        seen = read(file.read_bytes(), Envelope("", ()))
        assert (seen.subject, seen.text) == ("Svar", "Hej!\n.\n..slut")

    def test_a_folder_that_cannot_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(TryLater, match="cannot be written"):
            Maildir(tmp_path / "file").send(MESSAGE)

    def test_a_broken_write_leaves_nothing_behind_in_new(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(_: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", fail)
        with pytest.raises(TryLater, match="No space left"):
            Maildir(tmp_path).send(MESSAGE)
        assert list((tmp_path / "new").iterdir()) == []


def test_a_blind_copy_is_in_the_envelope_and_nowhere_else() -> None:
    """Everybody gets the same bytes, and they are those that the others would have got without it."""
    hidden = "dolda.kopian@example.com"
    mails = []
    for message in (MESSAGE, replace(MESSAGE, blind_copies=(Address(hidden, "Dold"), Address("bo@example.se")))):
        with serving({}) as (server, smarthost):
            assert smarthost.send(message).refused == ()
        mails.append((server.mail, [line[8:] for line in server.said if line.startswith("RCPT")]))
    (open_mail, open_to), (blind_mail, blind_to) = mails
    assert open_to == ["<anna@example.se>", "<bo@example.se>"]
    assert blind_to == [*open_to, f"<{hidden}>"]
    assert without_boundaries(blind_mail) == without_boundaries(open_mail)
    for trace in (b"dolda", b"Dold", b"bcc"):
        assert trace not in blind_mail
        assert trace not in blind_mail.lower()


def without_boundaries(mail: bytes) -> bytes:
    return re.sub(rb"={5,}\d+==", b"boundary", mail)


def test_a_refused_blind_copy_is_named_to_us_and_the_others_get_theirs() -> None:
    message = replace(MESSAGE, blind_copies=(Address("borta@example.com"),))
    with serving({"RCPT TO:<borta@example.com>": "550 5.1.1 no such user"}) as (server, smarthost):
        receipt = smarthost.send(message)
    assert receipt.refused == (("borta@example.com", "550 5.1.1 no such user"),)
    assert b"borta" not in server.mail


def test_who_has_got_it_before_is_named_and_not_sent_to_again() -> None:
    with serving({}) as (server, smarthost):
        smarthost.send(replace(MESSAGE, spared=frozenset({"anna@example.se"})))
    assert [line for line in server.said if line.startswith("RCPT")] == ["RCPT TO:<bo@example.se>"]
    assert b"\r\nTo: anna@example.se, bo@example.se\r\n" in server.mail


def test_a_blind_copy_beyond_ascii_asks_for_a_server_that_takes_it() -> None:
    assert isinstance(outcome({}, replace(MESSAGE, blind_copies=(Address("åsa@example.com"),))), Refused)

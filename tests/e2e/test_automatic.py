"""Acknowledgements and machines that answer everything, over real SMTP both ways: it ends, and nothing is lost."""

from __future__ import annotations

import smtplib
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.utils import formatdate, make_msgid, parseaddr
from typing import cast

import pytest

from tests.running import Running, serving, wait_until

OURS = "kontakt@ekhamra.example"
QUIET = (
    "SELECT 1 FROM inbox WHERE state = 'waiting' UNION SELECT 1 FROM outbox WHERE done_at IS NULL AND kind = 'deliver'"
)
Answer = Callable[[str, Message], EmailMessage | None]


class Machine(socketserver.ThreadingTCPServer):
    """A mail server that takes what we send and at once, before its 250, sends what `answer` makes of it."""

    daemon_threads = True

    def __init__(self, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.answer = answer
        self.taken: list[Message] = []
        self.smtp: tuple[str, int] = ("", 0)

    def take(self, sender: str, raw: bytes) -> None:
        """One mail of ours, from the envelope sender `sender`."""
        mail = message_from_bytes(raw)
        self.taken.append(mail)
        made = self.answer(sender, mail)
        if made is not None:
            write(self.smtp, made)


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        sender = ""
        with suppress(OSError):
            self.wfile.write(b"220 machine.example\r\n")
            while line := self.rfile.readline():
                word = line[:4].upper().strip()
                if word == b"MAIL":
                    sender = line.decode().partition("<")[2].partition(">")[0]
                if word == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    lines = []
                    while (line := self.rfile.readline()) != b".\r\n":
                        lines.append(line)
                    cast(Machine, self.server).take(sender, b"".join(lines))
                self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
                if word == b"QUIT":
                    return


def write(smtp: tuple[str, int], mail: EmailMessage) -> None:
    """Give us a mail; a machine of good habits has no envelope sender (RFC 3834 §3.3)."""
    sender = "" if "Auto-Submitted" in mail else parseaddr(mail["From"])[1]
    with smtplib.SMTP(*smtp, timeout=20) as client:
        client.send_message(mail, sender, [parseaddr(mail["To"])[1]])


def mail(sender: str, to: str, subject: str, text: str, **header: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made["Date"], made["Message-ID"] = formatdate(), make_msgid(domain="example.com")
    for name, value in header.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Machine]]:
    """The product with the example municipality, whose mail goes to a machine; each test says what that answers."""
    tmp_path = tmp_path_factory.mktemp("automatic")
    with Machine(lambda sender, ours: None) as machine:
        thread = threading.Thread(target=machine.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        config = tmp_path / "config.toml"
        way = f'[channels.mail.smarthost]\nhost = "127.0.0.1"\nport = {machine.server_address[1]}\ntls = "none"\n'
        config.write_text(way)
        try:
            with serving(tmp_path / "var", "--demo", "--config", config) as service:
                machine.smtp = service.smtp
                yield service, machine
        finally:
            machine.shutdown()
            thread.join()


class Turn:
    """A new address in one domain for each answer."""

    def __init__(self, domain: str) -> None:
        self.turn = 0
        self.domain = domain

    def address(self) -> str:
        self.turn += 1
        return f"Robot <robot{self.turn}@{self.domain}>"


def by_the_book(turn: Turn, sender: str, ours: Message) -> EmailMessage:
    """To the return path, and says what it is (RFC 3834)."""
    return mail(
        turn.address(), sender, "Autosvar: Borta", f"Jag är borta ({turn.turn}).", Auto_Submitted="auto-replied"
    )


def to_reply_to(turn: Turn, sender: str, ours: Message) -> EmailMessage:
    """As a person would, without a word of what it is."""
    subject, to = f"Re: {ours['Subject']}", str(ours["Reply-To"])
    return mail(turn.address(), to, subject, f"Tack för ditt mejl nr {turn.turn}!", In_Reply_To=str(ours["Message-ID"]))


def to_from(turn: Turn, sender: str, ours: Message) -> EmailMessage:
    """A mail of its own each time, that names nothing of ours."""
    return mail(turn.address(), OURS, "Kvitto", f"Ditt mejl har nummer {turn.turn} hos oss.")


@pytest.mark.parametrize(
    ("habit", "tickets", "parked", "left"), [(by_the_book, 1, 1, 1), (to_reply_to, 1, 0, 1), (to_from, 3, 0, 2)]
)
def test_scenario_8_a_machine_that_answers_everything_from_a_new_address_each_time(
    house: tuple[Running, Machine],
    habit: Callable[[Turn, str, Message], EmailMessage],
    tickets: int,
    parked: int,
    left: int,
) -> None:
    """At most two mails leave by themselves. What names our mail is in its ticket or parked under it; what names
    nothing and says nothing of what it is must be a ticket, for a person could have written it.
    """
    service, machine = house
    turn = Turn(f"{habit.__name__.replace('_', '-')}.example.com")
    machine.taken, machine.answer = [], lambda sender, ours: habit(turn, sender, ours)
    [[newest]] = service.rows("SELECT max(id) FROM ticket")
    [[last]] = service.rows("SELECT coalesce(max(id), 0) FROM inbox")
    write(service.smtp, to_from(turn, "", Message()))
    wait_until(lambda: len(machine.taken) >= left and service.rows(QUIET) == [], 60)
    opened = service.rows(f"SELECT id FROM ticket WHERE id > {newest}")
    under = service.rows(f"SELECT ticket_id, reason FROM parked_mail WHERE inbox_id > {last}")
    done = service.rows(f"SELECT count(*) FROM inbox WHERE state IN ('done', 'parked') AND id > {last}")
    assert len(opened) == tickets
    assert under == [(opened[0][0], "auto_reply")] * parked
    assert len(machine.taken) == left <= 2
    assert done == [(turn.turn,)], "every mail of the machine is somewhere"
    assert {ours["Auto-Submitted"] for ours in machine.taken} <= {"auto-replied"}


def test_scenario_9_what_an_e_service_sends_is_a_ticket_and_is_not_acknowledged(
    house: tuple[Running, Machine],
) -> None:
    service, machine = house
    machine.taken, machine.answer = [], lambda sender, ours: None
    [[newest]] = service.rows("SELECT max(id) FROM ticket")
    notice = mail("E-tjänst <e-tjanst@example.com>", OURS, "Ny ansökan om bygglov", "Altanvägen 2.")
    notice["Auto-Submitted"] = "auto-generated"
    write(service.smtp, notice)
    person = mail("Eva Exempel <eva@example.se>", OURS, "Fråga om sopor", "När hämtas soporna?")
    write(service.smtp, person)
    wait_until(lambda: bool(machine.taken) and service.rows(QUIET) == [], 60)
    subjects = service.rows(f"SELECT subject FROM ticket WHERE id > {newest} ORDER BY id")
    assert subjects == [("Ny ansökan om bygglov",), ("Fråga om sopor",)]
    assert [ours["To"] for ours in machine.taken] == ["eva@example.se"]
    assert machine.taken[0]["In-Reply-To"] == person["Message-ID"]
    assert "sopor" not in machine.taken[0].as_string()

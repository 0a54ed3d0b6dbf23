"""Letters of residents: written to the product's SMTP port, and found again in its maildir of outgoing mail."""

from __future__ import annotations

import smtplib
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from tests.running import Running, wait_until

OURS = "kontakt@ekhamra.example"
SENDER = "Anna Ek <anna.ek@example.se>"


def letter(subject: str, body: str, *, to: str = OURS, sender: str = SENDER, answers: str = "") -> EmailMessage:
    """A letter; `answers` is the Message-ID of the one it replies to."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = formatdate(localtime=True)
    message["Message-ID"] = make_msgid(domain="example.se")
    if answers:
        message["In-Reply-To"] = message["References"] = answers
    message.set_content(body)
    return message


def post(service: Running, *messages: EmailMessage) -> None:
    """Hand letters to the SMTP port."""
    with smtplib.SMTP(*service.smtp, timeout=20) as server:
        for message in messages:
            server.send_message(message)


def number_of(service: Running, subject: str) -> int:
    """The ticket that a letter with this subject, written nowhere else, has become."""
    quoted = subject.replace("'", "''")
    query = f"SELECT number FROM ticket WHERE subject = '{quoted}'"
    wait_until(lambda: service.rows(query) != [])
    (number,) = service.rows(query)[0]
    assert isinstance(number, int)
    return number


def ticket(service: Running, subject: str, body: str = "Hej! Vad kostar en kolonilott och hur lång är kön?") -> int:
    """A new ticket from a new letter."""
    post(service, letter(subject, body))
    return number_of(service, subject)


def delivered(service: Running, subject: str) -> list[EmailMessage]:
    """The answers that have left with this subject."""
    found = []
    for path in sorted((service.data / "outgoing" / "new").glob("*")):
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        assert isinstance(message, EmailMessage)
        if message["Subject"] == f"Sv: {subject}":
            found.append(message)
    return found


def plain(message: EmailMessage) -> str:
    """The text of a letter."""
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def one_delivered(service: Running, subject: str) -> EmailMessage:
    """Wait for the answer; there is only one, and the product has nothing more to send for its ticket."""
    wait_until(lambda: delivered(service, subject) != [])
    number = number_of(service, subject)
    under_way = (
        "SELECT 1 FROM outbox JOIN entry ON entry.id = outbox.subject_id JOIN ticket ON ticket.id = entry.ticket_id"
        f" WHERE outbox.done_at IS NULL AND ticket.number = {number}"
    )
    wait_until(lambda: service.rows(under_way) == [])
    (only,) = delivered(service, subject)
    return only

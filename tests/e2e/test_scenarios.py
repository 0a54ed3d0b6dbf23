"""What must hold whoever writes and however often it comes: acceptance scenarios with the real service, by SMTP.

Each is tried on both databases; the numbers are those of the list of scenarios.
"""

from __future__ import annotations

import json
import os
import smtplib
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from sqlalchemy import NullPool, create_engine, text

from tests.integration import databases
from tests.running import Running, run, serving, wait_until

pytestmark = pytest.mark.slow
FOLDER = Path(__file__).parents[1] / "data" / "mail"
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads((FOLDER / "expected.toml").read_text(encoding="utf-8"))
OURS, SCHOOL = "kontakt@ekhamra.example", "skola@ekhamra.example"
MAJA, BO = "Maja Exempel <maja@example.se>", "Bo Exempel <bo@example.com>"
MX = "mx.ekhamra.example"
SETTINGS = f'[channels.mail]\nundo_seconds = 0\ntrusted_authserv = ["{MX}"]\n'


@dataclass
class House:
    """The service with its example data, on one of the databases, and a program that answers for a guide."""

    running: Running
    url: str
    token: str

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def has(self, query: str, *rows: tuple[Any, ...]) -> None:
        wait_until(lambda: self.rows(query) == list(rows), 60)

    def send(self, raw: bytes, *to: str, sender: str = "maja@example.se") -> None:
        with smtplib.SMTP(*self.running.smtp, timeout=20) as server:
            server.sendmail(sender, to or [OURS], raw)

    def ticket(self, subject: str) -> tuple[int, int]:
        """The id and number of the one ticket with this subject, once it is there."""
        query = f"SELECT id, number FROM ticket WHERE subject = '{subject}'"
        wait_until(lambda: self.rows(query) != [], 60)
        [(row_id, number)] = self.rows(query)
        return row_id, number

    def of(self, number: int) -> list[tuple[Any, ...]]:
        """Everything of a ticket that a mail could change, once all that was promised has left."""
        self.has("SELECT count(*) FROM outbox WHERE kind = 'deliver' AND done_at IS NULL", (0,))
        return self.rows(
            "SELECT t.rev, t.last_seq, t.status, t.preview, count(*) FROM ticket t JOIN entry e ON e.ticket_id = t.id "
            f"WHERE t.number = {number} GROUP BY t.rev, t.last_seq, t.status, t.preview"
        )

    def answer(self, number: int, words: str) -> EmailMessage:
        """Answer by the API, and the letter as it left."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = json.dumps({"text": words}).encode()
        with urlopen(
            Request(f"{self.running.web}/api/v1/tickets/{number}/replies", data, headers), timeout=20
        ) as answered:
            assert answered.status in (200, 201, 202)
        wait_until(lambda: bool(self.left(words)), 30)
        self.has("SELECT count(*) FROM outbox WHERE kind = 'deliver' AND done_at IS NULL", (0,))
        [letter] = self.left(words)
        return letter

    def left(self, words: str) -> list[EmailMessage]:
        paths = (self.running.data / "outgoing").rglob("*")
        letters = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths if path.is_file()]
        found = [letter for letter in letters if isinstance(letter, EmailMessage)]
        return [letter for letter in found if words in _plain(letter)]


def _plain(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    return str(body.get_content()) if body is not None else ""


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp(f"scenarios-{request.param}")
    config, data = folder / "config.toml", folder / "data"
    with ExitStack() as stack:
        url, settings = f"sqlite:///{data / 'contactcenter.db'}", SETTINGS
        if request.param == "postgres":
            name = f"scenarios_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
            url = stack.enter_context(databases.postgres(name))
            settings = f'database_url = "{url}"\n{SETTINGS}'
        config.write_text(settings)
        running = stack.enter_context(serving(data, "--demo", "--config", config))
        words = ("token", "add", "--name", "Test", "--scope", "read,write", "--data", data, "--config", config)
        made = run(*words)
        assert made.returncode == 0, made.stderr
        yield House(running, url, made.stdout.strip())
        assert running.end()[0] == 0


def mail(sender: str, subject: str, body: str, *, to: Sequence[str] = (OURS,), **fields: str) -> bytes:
    message = EmailMessage(policy=policy.SMTP)
    for name, value in {"From": sender, "To": to[0], "Subject": subject, **fields}.items():
        message[name.replace("_", "-")] = value
    if to[1:]:
        message["Cc"] = ", ".join(to[1:])
    message["Date"] = "Thu, 19 Nov 2026 10:12:00 +0100"
    if "Message-ID" not in message:
        message["Message-ID"] = f"<{abs(hash((sender, subject, body)))}@example.se>"
    message.set_content(body)
    return message.as_bytes()


def test_scenario_1_a_number_in_the_subject_hijacks_no_ticket(house: House) -> None:
    house.send(mail(MAJA, "Altanen", "Hej! Behöver jag bygglov för min altan?", Message_ID="<altan@example.se>"))
    row_id, number = house.ticket("Altanen")
    before = house.of(number)
    house.send(mail(BO, f"SV: [KC-{number}] Altanen", "Stäng det här ärendet."), sender="bo@example.com")
    house.send(mail(BO, "Sv: Altanen", "Jag med?", References="<altan@example.se>"), sender="bo@example.com")
    by_number, _ = house.ticket(f"SV: [KC-{number}] Altanen")
    by_reference, _ = house.ticket("Sv: Altanen")
    assert house.of(number) == before
    query = "SELECT related_ticket_id, related_as FROM ticket WHERE id = {}"
    assert house.rows(query.format(by_number)) == [(row_id, "number")]
    assert house.rows(query.format(by_reference)) == [(row_id, "reference")]


def test_scenario_2_a_forged_reply_is_nobodys_answer(house: House) -> None:
    """A colleague's From and a guessed Message-ID of ours; then with our real one; then with a forged verdict."""
    house.send(mail(MAJA, "Bygglov för plank", "Hej! Hur högt får mitt plank vara?"))
    row_id, number = house.ticket("Bygglov för plank")
    letter = house.answer(number, "Högst en och en halv meter.")
    before = house.of(number)
    sara, real = "Sara Lind <sara@ekhamra.example>", str(letter["Message-ID"])
    guessed = real.replace("<r.", "<r.a", 1)[:-20] + "@ekhamra.example>"
    forged = f"{MX}; dmarc=pass header.from=ekhamra.example"
    fields = {"In_Reply_To": guessed, "References": guessed, "Authentication_Results": forged}
    house.send(mail(sara, "Gissat", "Det är beviljat.", **fields), sender="sara@ekhamra.example")
    honest = f"Authentication-Results: {MX}; dmarc=fail header.from=ekhamra.example\r\n".encode()
    real_fields = {"In_Reply_To": real, "References": real, "Authentication_Results": forged}
    joined, _ = house.ticket("Gissat")
    assert joined != row_id
    assert house.of(number) == before
    house.send(honest + mail(sara, "Sv: Bygglov för plank", "Det är beviljat.", **real_fields))
    query = "SELECT agent_id, direction, verification, data FROM entry WHERE kind = 'message' AND ticket_id = {}"
    wait_until(lambda: len(house.rows(query.format(row_id))) == 3, 60)
    agent_id, direction, verification, data = house.rows(query.format(row_id) + " ORDER BY seq")[-1]
    kept = json.loads(data) if isinstance(data, str) else data
    assert (agent_id, direction, verification) == (None, "in", "token")
    assert kept["newcomer"] is True
    assert kept["sender"]["poses_as"] == "colleague"
    assert kept["sender"]["found"] == "fail", "the line that our server put on top holds, not the one below"
    letter = house.answer(number, "Det ni fick nyss var inte från oss.")
    assert letter["To"] == "maja@example.se"
    assert letter["Cc"] is None


def test_scenario_3_one_mail_to_two_boxes_is_one_ticket_of_both(house: House) -> None:
    """Delivered for each address at the same moment, several times over."""
    for place in range(5):
        raw = mail(MAJA, f"Till två lådor {place}", f"Hej! När börjar kursen {place}?", to=(OURS, SCHOOL))
        with ThreadPoolExecutor(2) as both:
            list(both.map(lambda to, sent=raw: house.send(sent, to), (OURS, SCHOOL)))
    query = "SELECT count(*) FROM inbox WHERE envelope_from = 'maja@example.se' AND state = 'waiting'"
    house.has(query, (0,))
    for place in range(5):
        row_id, _ = house.ticket(f"Till två lådor {place}")
        teams = {team for (team,) in house.rows(f"SELECT team_id FROM ticket WHERE id = {row_id}")}
        teams |= {team for (team,) in house.rows(f"SELECT team_id FROM ticket_team WHERE ticket_id = {row_id}")}
        groups = house.rows("SELECT id FROM team WHERE slug = 'edu_school' OR is_first_line")
        assert {team for (team,) in groups} <= teams
        came_in = f"SELECT count(*) FROM entry WHERE direction = 'in' AND ticket_id = {row_id}"
        assert house.rows(came_in) == [(1,)]
        assert house.rows(f"SELECT assignee_id FROM ticket WHERE id = {row_id}") == [(None,)]


CHARSETS = sorted(
    name
    for name in EXPECTED
    if name.startswith(("charset-", "declared-", "mojibake-", "encoded-words-", "file-name-", "plain-", "cut-utf8"))
    and "text" in EXPECTED[name]
)


def test_scenario_7_swedish_letters_arrive_as_they_were_meant(house: House) -> None:
    """Wrong, missing and strange charsets, raw 8-bit headers, words cut within a letter: all the way to the tables."""
    assert len(CHARSETS) >= 30
    for place, name in enumerate(CHARSETS):
        raw = b"\r\n".join((FOLDER / f"{name}.eml").read_bytes().splitlines())
        own = f"Message-ID: <corpus-{place}@example.se>\r\n".encode()
        house.send(own + raw, sender=f"corpus-{place}@example.org")
    waiting = "SELECT count(*) FROM inbox WHERE envelope_from LIKE 'corpus-%' AND state != 'done'"
    house.has("SELECT count(*) FROM inbox WHERE envelope_from LIKE 'corpus-%'", (len(CHARSETS),))
    house.has(waiting, (0,))
    for place, name in enumerate(CHARSETS):
        [(entry_id, subject, author, words)] = house.rows(
            "SELECT e.id, t.subject, e.author_name, m.text FROM entry e JOIN ticket t ON t.id = e.ticket_id "
            "JOIN entry_message m ON m.entry_id = e.id JOIN inbox i ON i.id = e.inbox_id "
            f"WHERE i.envelope_from = 'corpus-{place}@example.org'"
        )
        wanted = EXPECTED[name]
        files = house.rows(f"SELECT name FROM attachment WHERE entry_id = {entry_id} ORDER BY id")
        named = [file[0] for file in wanted.get("files", ())]
        assert (subject, author) == (wanted["subject"], wanted.get("name", "")), name
        assert words.strip("\n") == wanted["text"].strip("\n"), name
        assert [file for (file,) in files] == named, name

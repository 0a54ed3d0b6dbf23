"""One process for each part of the work, on PostgreSQL and Redis, as on many machines."""

from __future__ import annotations

import json
import os
import pickle
import smtplib
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from pkgutil import resolve_name
from typing import Any
from urllib.request import Request, urlopen

import pytest

from contactcenter.errors import StartError
from contactcenter.settings import Secret, Settings
from tests.integration import databases
from tests.running import run, wait_until
from tests.together import Process, Redis, Together, redis, together
from workers.cli import ROLES

pytestmark = pytest.mark.postgres
OPTIONS = "[channels.mail]\nundo_seconds = 0\n"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with databases.postgres(f"roles_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}") as made:
        yield made


class Desk:
    """An installation as a resident and a guide meet it."""

    def __init__(self, made: Together, queue: Redis) -> None:
        self.made, self.redis = made, queue
        self.token = made.run("token", "add", "--name", "Test", "--scope", "read,write").stdout.strip()
        self.webs = [made.start("web"), made.start("web")]
        self.smtp = made.start("smtp")
        self.relays = [made.start("relay"), made.start("relay")]
        self.timers = [made.start("timer"), made.start("timer")]
        self.workers = [made.start("worker"), made.start("worker")]
        assert all(process.said for process in made.processes)
        self.write("Uppvärmning")
        wait_until(lambda: self.has("Uppvärmning"), 60)  # nine processes have just been started
        wait_until(self.is_calm, 60)

    def is_calm(self) -> bool:
        """Whether no relay does the work of the workers."""
        logs = self.made.logs("relay")
        return logs.count("handing_over_fails") == logs.count("handing_over_works")

    def write(self, subject: str) -> None:
        message = EmailMessage()
        message["From"] = "Maja Exempel <maja@example.se>"
        message["To"] = "kontakt@ekhamra.example"
        message["Subject"] = subject
        message.set_content(f"Hej, jag undrar en sak om {subject}.")
        with smtplib.SMTP(*self.smtp.address, timeout=20) as server:
            server.send_message(message)

    def has(self, subject: str) -> bool:
        return self.made.has(f"SELECT count(*) FROM ticket WHERE subject = '{subject}'", 1)

    def ask(self, web: Process, path: str, body: object = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(f"{web.said}/api/v1{path}", data, headers), timeout=20) as answer:
            return json.load(answer)

    def left(self) -> str:
        """Everything that has left, as text."""
        return "".join(path.read_text() for path in (self.made.data / "outgoing").rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def desk(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("roles")
    with redis(folder) as queue, together(folder, url, f'redis_url = "{queue.url}"\n{OPTIONS}') as made:
        yield Desk(made, queue)
        for process in made.processes:
            assert process.end() == 0, process.words
        assert "Traceback" not in "".join(made.logs(role) for role in ("web", "smtp", "relay"))


def test_a_mail_is_on_every_page_and_its_answer_leaves(desk: Desk) -> None:
    desk.write("Simhallen")
    wait_until(lambda: desk.has("Simhallen"), 60)
    [number] = [one["number"] for one in desk.ask(desk.webs[0], "/tickets")["tickets"] if one["subject"] == "Simhallen"]
    desk.ask(desk.webs[1], f"/tickets/{number}/replies", {"text": "Den öppnar klockan åtta."})
    wait_until(lambda: "klockan" in desk.left())
    wait_until(lambda: desk.made.has("SELECT count(*) FROM outbox WHERE outcome = 'sent'", 1))
    assert {"ticket_opened", "answer_sent"} <= set(desk.made.logs("worker").split()), "the workers were there for it"


def test_what_does_not_belong_in_redis_does_no_harm(desk: Desk, tmp_path: Path) -> None:
    """A pickle, a function of the system, a row that is gone, the same row many times, and a list that is none."""
    mark = tmp_path / "ran"

    class Evil:
        def __reduce__(self) -> tuple[Any, tuple[str]]:
            return os.system, (f"touch {mark}",)

    command = json.dumps(["os.system", None, [f"touch {mark}"], {}])
    planted = {
        "pickle": pickle.dumps(("os.system", None, (Evil(),), {})).decode("latin-1"),
        "command": command,
        "gone": json.dumps(["contactcenter.take_in", None, [999_999], {}]),
        "gone2": json.dumps(["contactcenter.send", None, [999_999], {}]),
        "again": json.dumps(["contactcenter.take_in", None, [1], {}]),
        "text": json.dumps(["contactcenter.take_in", None, ["1; DROP TABLE ticket"], {}]),
        "deep": "[" * 50_000,
    }
    before = desk.made.rows("SELECT count(*) FROM entry")
    for name, data in planted.items():
        fields = ("data", data, "status", "queued", "origin", "mail", "success_callback_name", "os.system")
        desk.redis.say("HSET", f"rq:job:{name}", *fields)
        for _ in range(3):
            desk.redis.say("RPUSH", "rq:queue:mail", name)
    desk.redis.say("HSET", "rq:job:odd", "data", "x", "status", "no such status", "timeout", "soon")
    desk.redis.say("RPUSH", "rq:queue:mail", "odd", "missing")
    wait_until(lambda: desk.redis.say("LLEN", "rq:queue:mail") == b":0\r\n")
    desk.write("Efteråt")
    wait_until(lambda: desk.has("Efteråt"))
    assert not mark.exists()
    assert desk.made.rows("SELECT count(*) - 1 FROM entry WHERE kind = 'message'") <= before
    assert all(worker.process.poll() is None for worker in desk.workers)


def test_redis_emptied_stopped_and_started(desk: Desk) -> None:
    stop = threading.Event()

    def flush() -> None:
        while not stop.wait(0.01):
            desk.redis.say("FLUSHALL")

    flushing = threading.Thread(target=flush)
    flushing.start()
    for number in range(5):
        desk.write(f"Tömd {number}")
    took = wait_until(lambda: all(desk.has(f"Tömd {number}") for number in range(5)), 40)
    stop.set()
    flushing.join()
    assert took <= 15
    desk.redis.kill()
    desk.write("Borta")
    assert wait_until(lambda: desk.has("Borta")) <= 15
    desk.redis.start()
    desk.write("Tillbaka")
    assert wait_until(lambda: desk.has("Tillbaka")) <= 15


def test_without_workers_relay_does_the_work(desk: Desk) -> None:
    for worker in desk.workers:
        worker.kill()
        desk.made.processes.remove(worker)
    desk.write("Ensam")
    assert wait_until(lambda: desk.has("Ensam"), 40) <= 15


@pytest.mark.parametrize("role", sorted(ROLES))
def test_on_sqlite_they_are_refused(role: str, tmp_path: Path) -> None:
    settings = Settings(redis_url=Secret("redis://127.0.0.1:1/0"))
    with pytest.raises(StartError, match=f"`contactcenter {role}` .* `contactcenter serve`"):
        resolve_name(ROLES[role][1])(settings, tmp_path)


def test_what_is_missing_is_told_in_one_line(tmp_path: Path) -> None:
    refused = run("worker", "--data", tmp_path)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "set `redis_url`" in refused.stderr

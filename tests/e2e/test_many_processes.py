"""On PostgreSQL the mail door may be a process of its own, and several services may share the work."""

from __future__ import annotations

import os
import smtplib
import subprocess
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, text

from tests.integration import databases
from tests.running import command, run, serving, wait_until

pytestmark = pytest.mark.postgres


@pytest.fixture
def url() -> Iterator[str]:
    with databases.postgres(f"many_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}") as made:
        yield made


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def letter(number: int) -> EmailMessage:
    message = EmailMessage()
    message["From"] = f"Maja Exempel <maja{number}@example.se>"
    message["To"] = "kontakt@ekhamra.example"
    message["Subject"] = f"Fråga {number}"
    message.set_content(f"Hej, jag undrar en sak, nummer {number}.")
    return message


def test_a_mail_door_of_its_own_and_two_services(url: str, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'database_url = "{url}"\nblobs_url = "file:{tmp_path / "blobs"}"\n')
    options = ("--config", config)
    early = run("smtp", "--data", tmp_path / "a", "--smtp", "127.0.0.1:0", *options)
    assert early.returncode == 2
    assert "db upgrade" in early.stderr
    assert run("db", "upgrade", "--data", tmp_path / "a", *options).returncode == 0
    words = command("smtp", "--data", tmp_path / "a", "--smtp", "127.0.0.1:0", *options)
    with (
        serving(tmp_path / "b", *options) as first,
        serving(tmp_path / "c", *options) as second,
        subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as door,
    ):
        try:
            assert door.stdout is not None
            host, _, port = door.stdout.readline().removeprefix("smtp ").strip().rpartition(":")
            for number in range(20):
                with smtplib.SMTP(host, int(port), timeout=20) as server:
                    server.send_message(letter(number))
            wait_until(lambda: rows(url, "SELECT count(*) FROM ticket") == [(20,)], 60)
            wait_until(lambda: rows(url, "SELECT 1 FROM inbox WHERE state = 'waiting'") == [])
        finally:
            door.terminate()
        assert door.wait(20) == 0
        assert first.end()[0] == 0
        assert second.end()[0] == 0
    assert rows(url, "SELECT count(*), count(DISTINCT subject) FROM ticket") == [(20, 20)]
    assert rows(url, "SELECT count(*) FROM team WHERE is_first_line") == [(1,)]

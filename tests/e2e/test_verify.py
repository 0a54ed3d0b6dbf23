"""`contactcenter verify`: what it prints, what it refuses, and its three exit codes."""

from __future__ import annotations

import json
import smtplib
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import update

from channels.message import Envelope
from contactcenter.app import create_app
from contactcenter.model import Inbox
from contactcenter.model.words import ChannelKind, InboxState
from contactcenter.runtime import build_runtime
from contactcenter.services import inbox
from contactcenter.settings import Settings
from tests import running
from tests.running import serving, wait_until
from workers.cli import main
from workers.process import unit_of_work

SENDER, RECIPIENT = "maja@example.se", "kontakt@ekhamra.example"
RAW = b"From: maja@example.se\r\n\r\nHej\r\n"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with one message in quarantine."""
    folder = tmp_path / "data"
    assert main(["db", "upgrade", "--data", str(folder)]) == 0
    here = build_runtime(Settings(), folder)
    app = create_app(here)
    with unit_of_work(app) as session:
        inbox.accept(session, ChannelKind.EMAIL, Envelope(SENDER, (RECIPIENT,), "127.0.0.1"), RAW, here.blobs.put(RAW))
    with unit_of_work(app) as session:
        [claimed] = inbox.claim(session, 1)
        inbox.quarantine(session, claimed, "parts", "2000 parts")
    return folder


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """What the sender of that message wrote down."""
    path = tmp_path / "accepted.jsonl"
    line = {"sha256": sha256(RAW).hexdigest(), "sender": SENDER, "recipients": [RECIPIENT]}
    path.write_text(f"{json.dumps(line)}\n")
    return path


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """Run the command: its exit code, what it printed, and what it complained of."""
    capsys.readouterr()
    try:
        code = main(["verify", *map(str, words)])
    except SystemExit as end:
        code = int(end.code or 0)
    told = capsys.readouterr()
    return code, told.out, told.err


def test_it_takes_data_and_config_and_journals(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--help")
    assert code == 0
    for option in ("--data DIR", "--config FILE", "--accepted JOURNAL", "--delivered JOURNAL|MAILDIR", "--quick"):
        assert option in out


def test_a_house_that_holds_is_0(capsys: pytest.CaptureFixture[str], data: Path, journal: Path) -> None:
    empty = "no findings in 1 messages, 0 tickets, 0 entries, 0 promises, "
    assert run(capsys, "--data", data) == (0, f"{empty}1 blobs, 0 unreferenced\n", "")
    for part in ("new", "cur"):
        (data / "outgoing" / part).mkdir(parents=True)
    code, out, err = run(capsys, "--data", data, "--accepted", journal, "--delivered", data / "outgoing")
    assert (code, err) == (0, "")
    assert out == f"{empty}1 acknowledged, 0 letters, 0 copies, 1 blobs, 0 unreferenced\n"


def test_findings_are_1_and_a_line_each(capsys: pytest.CaptureFixture[str], data: Path, journal: Path) -> None:
    here = build_runtime(Settings(), data)
    with unit_of_work(create_app(here)) as session:
        session.execute(update(Inbox).values(state=InboxState.DONE))
    here.blobs.path(sha256(RAW).hexdigest()).write_bytes(b"other")
    with journal.open("a") as file:
        file.write(json.dumps({"sha256": "0" * 64, "sender": "", "recipients": []}))
    code, out, err = run(capsys, "--data", data, "--accepted", journal)
    lines = out.splitlines()
    assert (code, err) == (1, "")
    assert [line.split(":")[0] for line in lines[:-1]] == [
        "I1 acknowledged line 2",
        "I2 message 1",
        f"I13 blob {sha256(RAW).hexdigest()}",
    ]
    assert lines[-1].startswith("3 findings in 1 messages, ")
    code, out, _ = run(capsys, "--data", data, "--quick")
    assert (code, out.splitlines()[0]) == (1, "I2 message 1: is done, and no entry was made of it")
    assert "\n1 finding in " in out


def test_what_cannot_be_checked_is_2(capsys: pytest.CaptureFixture[str], data: Path, journal: Path) -> None:
    nowhere = data.parent / "nowhere"
    broken = data.parent / "broken.jsonl"
    broken.write_text("250 Ok\n")
    away = data.parent / "away.toml"
    away.write_text('database_url = "postgresql+psycopg://nobody:hidden@127.0.0.1:1/none"\n')
    for words, why in (
        (("--data", nowhere), "db upgrade"),
        (("--data", data, "--config", away), "127.0.0.1"),
        (("--data", data, "--accepted", nowhere), "nowhere"),
        (("--data", data, "--accepted", journal, "--delivered", broken), "line 1: not JSON"),
        (("--data", data, "--delivered", data), "no maildir"),
        (("--data", data, "--accepted"), "usage: contactcenter"),
    ):
        code, out, err = run(capsys, *words)
        assert (code, out) == (2, "")
        assert why in err
        assert err.startswith("usage: ") or err.count("\n") == 1
    assert not nowhere.exists()


def test_it_changes_nothing(capsys: pytest.CaptureFixture[str], data: Path, journal: Path) -> None:
    before = held(data)
    assert run(capsys, "--data", data, "--accepted", journal)[0] == 0
    assert held(data) == before


def held(data: Path) -> tuple[list[str], dict[Path, bytes]]:
    """All rows and all stored bytes."""
    with closing(sqlite3.connect(data / "contactcenter.db")) as base:
        rows = list(base.iterdump())
    return rows, {path: path.read_bytes() for path in (data / "blobs").rglob("*") if path.is_file()}


@pytest.mark.slow
def test_it_may_run_beside_the_service(tmp_path: Path) -> None:
    journal = tmp_path / "accepted.jsonl"
    with serving(tmp_path / "data", "--demo") as service, journal.open("w") as accepted:
        with smtplib.SMTP(*service.smtp) as client:
            for number in range(5):
                raw = RAW + f"Nummer {number}\r\n".encode()
                assert client.sendmail(SENDER, [RECIPIENT], raw) == {}
                line = {"sha256": sha256(raw).hexdigest(), "sender": SENDER, "recipients": [RECIPIENT]}
                accepted.write(f"{json.dumps(line)}\n")
        accepted.flush()
        told = running.run("verify", "--data", service.data, "--accepted", journal)
        assert (told.returncode, told.stderr) == (0, ""), told.stdout
        wait_until(lambda: service.rows("SELECT count(*) FROM inbox WHERE state = 'done'") == [(5,)])
        told = running.run("verify", "--data", service.data, "--accepted", journal, "--delivered", tmp_path / "none")
        assert (told.returncode, told.stdout) == (2, "")
        told = running.run("verify", "--data", service.data, "--accepted", journal)
        assert (told.returncode, told.stderr) == (0, ""), told.stdout
        assert "5 acknowledged" in told.stdout

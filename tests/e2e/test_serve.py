"""The run contract of `serve`: what it prints, what it takes, how it ends, and what it refuses."""

from __future__ import annotations

import json
import signal
import smtplib
import socket
import urllib.request
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from contactcenter import clock
from contactcenter.app import create_app
from contactcenter.model import Agent
from contactcenter.model.words import Role
from contactcenter.runtime import build_runtime
from contactcenter.services import demo_data
from contactcenter.settings import Settings, Web
from tests.running import Running, run, serving, wait_until
from workers.first_start import prepare
from workers.process import unit_of_work

TICKETS = "SELECT number, subject FROM ticket ORDER BY number"


def mail(subject: str, body: str = "Det är ett stort hål i vägen vid Storgatan. Kan ni laga det?") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Anna Ek <anna.ek@example.se>"
    message["To"] = "kontakt@ekhamra.example"
    message["Subject"] = subject
    message["Message-ID"] = f"<{zlib.crc32(subject.encode())}@example.se>"
    message["Date"] = "Fri, 20 Nov 2026 10:00:00 +0100"
    message.set_content(body)
    return message


def send(running: Running, *messages: EmailMessage) -> None:
    with smtplib.SMTP(*running.smtp, timeout=20) as server:
        for message in messages:
            server.send_message(message)


def answers(running: Running, path: str) -> tuple[int, str]:
    with closing(urllib.request.urlopen(running.web + path, timeout=20)) as response:
        return response.status, response.read().decode()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("serve") / "var") as service:
        yield service


def test_it_prints_where_it_is(running: Running) -> None:
    assert running.web.startswith("http://127.0.0.1:")
    assert running.smtp[0] == "127.0.0.1"
    assert answers(running, "/healthz")[0] == 200
    assert answers(running, "/readyz")[0] == 200


def test_a_mail_becomes_a_routed_ticket(running: Running) -> None:
    send(running, mail("Hål i vägen"))
    wait_until(lambda: running.rows("SELECT 1 FROM ticket WHERE subject = 'Hål i vägen'") != [])
    topic = running.rows(
        "SELECT topic.slug, team.slug FROM ticket JOIN topic ON topic.id = ticket.topic_id"
        " JOIN team ON team.id = ticket.team_id WHERE subject = 'Hål i vägen'"
    )
    assert topic == [("street_fault", "street_park")]
    assert running.rows("SELECT count(*) FROM decision") != [(0,)]
    assert running.rows("SELECT count(*) FROM event") != [(0,)]


def test_accepted_to_ticket_takes_less_than_a_second(running: Running) -> None:
    seconds = []
    for number in range(5):
        send(running, mail(f"Fråga {number}"))
        query = f"SELECT 1 FROM ticket WHERE subject = 'Fråga {number}'"
        seconds.append(wait_until(lambda query=query: running.rows(query) != []))  # type: ignore[misc]
    assert sorted(seconds)[2] < 1


def test_the_same_mail_twice_is_one_ticket(running: Running) -> None:
    send(running, mail("Samma mejl"), mail("Samma mejl"))
    seen = "SELECT seen_count FROM inbox WHERE seen_count = 2"
    wait_until(lambda: running.rows(seen) != [])
    wait_until(lambda: running.rows("SELECT 1 FROM inbox WHERE state = 'waiting'") == [])
    assert running.rows("SELECT count(*) FROM ticket WHERE subject = 'Samma mejl'") == [(1,)]


def test_a_second_daemon_on_the_same_data_is_refused(running: Running) -> None:
    second = run("serve", "--data", running.data, "--web", "127.0.0.1:0", "--smtp", "127.0.0.1:0")
    assert second.returncode == 2
    assert second.stderr.count("\n") == 1
    assert f"process {running.process.pid}" in second.stderr
    assert second.stdout == ""


def test_short_commands_are_not_refused(running: Running) -> None:
    assert run("inbox", "list", "--data", running.data).returncode == 0
    assert run("doctor", "--data", running.data).stdout.count("\n") == 9


@pytest.mark.parametrize("option", ["--web", "--smtp"])
def test_a_port_in_use_is_told_in_one_line(tmp_path: Path, option: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        bind = f"127.0.0.1:{taken.getsockname()[1]}"
        other = "--smtp" if option == "--web" else "--web"
        refused = run("serve", "--data", tmp_path / "var", option, bind, other, "127.0.0.1:0")
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert bind in refused.stderr
    assert "in use" in refused.stderr


def test_an_unwritable_folder_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    refused = run("serve", "--data", tmp_path / "file" / "var")
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert "cannot be written" in refused.stderr


def test_a_broken_configuration_tells_every_mistake(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[web]\nbnid = "127.0.0.1:0"\n[smtp]\nmax_bytes = "many"\n')
    refused = run("serve", "--data", tmp_path / "var", "--config", config)
    assert refused.returncode == 2
    assert "did you mean `bind`?" in refused.stderr
    assert "`smtp.max_bytes` must be a whole number" in refused.stderr


def test_the_demo_is_refused_where_others_can_reach_it(tmp_path: Path) -> None:
    refused = run("serve", "--data", tmp_path / "var", "--demo", "--web", "0.0.0.0:0")
    assert refused.returncode == 2
    assert "127.0.0.1" in refused.stderr
    assert not (tmp_path / "var" / "contactcenter.db").exists()


@pytest.fixture(scope="module")
def with_example_agent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as it is when a process died between filling the database and marking the folder."""
    data = tmp_path_factory.mktemp("example") / "var"
    assert run("db", "upgrade", "--data", data).returncode == 0
    with unit_of_work(create_app(build_runtime(Settings(), data))) as session:
        session.add(Agent(login="sara@ekhamra.example", name="Sara Lind", role=Role.ADMIN, is_demo=True))
    return data


@pytest.mark.parametrize("way", ["bind", "proxy"])
def test_known_passwords_are_refused_where_others_can_reach_them(with_example_agent: Path, way: str) -> None:
    config = with_example_agent.parent / "config.toml"
    config.write_text('[web]\npublic_url = "https://kc.ekhamra.example"\n' if way == "proxy" else "")
    web = "127.0.0.1:0" if way == "proxy" else "0.0.0.0:0"
    words = ("--data", with_example_agent, "--config", config, "--web", web, "--smtp", "127.0.0.1:0")
    refused = run("serve", *words)
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert "contactcenter demo remove" in refused.stderr
    assert refused.stdout == ""


def test_example_data_is_told_although_the_mark_was_never_made(with_example_agent: Path) -> None:
    (with_example_agent / demo_data.SHOWN).unlink(missing_ok=True)
    with serving(with_example_agent) as service:
        assert demo_data.PASSWORD in answers(service, "/logga-in")[1]
    assert demo_data.is_shown(with_example_agent)


def test_disabled_example_agents_are_in_nobodys_way(tmp_path: Path) -> None:
    assert run("db", "upgrade", "--data", tmp_path / "var").returncode == 0
    here = build_runtime(replace(Settings(), web=Web(bind="0.0.0.0:0")), tmp_path / "var")
    app = create_app(here)
    gone = Agent(login="sara@ekhamra.example", name="Sara Lind", role=Role.ADMIN, is_demo=True, disabled_at=clock.now())
    with unit_of_work(app) as session:
        session.add(gone)
    notes = prepare(app, here, demo=False)
    assert [note.partition(" ")[0] for note in notes] == ["setup"], "nobody can administer: the code of the first run"
    assert not demo_data.is_shown(here.data)


def test_a_redis_that_is_not_used_is_told(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('redis_url = "redis://127.0.0.1:1/0"\n')
    with serving(tmp_path / "var", "--config", config) as service:
        assert service.end()[0] == 0
    [told] = [line for line in (tmp_path / "var.log").read_text().splitlines() if "redis" in line]
    assert "redis_not_used" in told
    assert "`contactcenter relay` and `worker`" in told
    with serving(tmp_path / "var") as service:
        assert service.end()[0] == 0
    assert (tmp_path / "var.log").read_text().count("redis_not_used") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_within_five_seconds(tmp_path: Path, number: signal.Signals) -> None:
    with serving(tmp_path / "var") as service:
        send(service, mail("Strax före slutet"))
        with closing(socket.create_connection(service.smtp, timeout=5)) as idle:
            assert idle.recv(100).startswith(b"220")
            code, seconds = service.end(number)
        assert code == 0
        assert seconds < 5
        left = service.rows("SELECT count(*) FROM inbox")
    assert left == [(1,)]
    assert [line for line in (tmp_path / "var.log").read_text().splitlines() if " INFO " not in line] == []


def test_a_mail_has_one_name_from_our_250_to_its_ticket(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[log]\nformat = "json"\n')
    with serving(tmp_path / "var", "--config", config) as service:
        with smtplib.SMTP(*service.smtp, timeout=20) as door:
            door.ehlo("mx.example.se")
            door.mail("maja.exempel@example.se")
            door.rcpt("kontakt@ekhamra.example")
            code, reply = door.data(mail("Ett namn").as_bytes(policy=SMTP))
        wait_until(lambda: service.rows("SELECT 1 FROM ticket") != [])
        service.end()
    told = (tmp_path / "var.log").read_text()
    lines = [json.loads(line) for line in told.splitlines()]
    trace = reply.decode().rpartition(" ")[2]
    assert code == 250
    assert [line["event"] for line in lines if line.get("trace") == trace] == ["mail_accepted", "ticket_opened"]
    assert "maja.exempel" not in told
    assert "Ett namn" not in told


def test_killed_right_after_250_the_mail_becomes_one_ticket(tmp_path: Path) -> None:
    """Whenever the process dies, what was accepted is a ticket after the next start, once."""
    sent = [mail(f"Mejl {number}") for number in range(12)]
    with serving(tmp_path / "var") as service:
        for message in sent:
            send(service, message)
        service.end(signal.SIGKILL)
    with serving(tmp_path / "var") as service:
        send(service, *sent[:3])
        wait_until(lambda: service.rows("SELECT 1 FROM inbox WHERE state = 'waiting'") == [])
        found = service.rows("SELECT subject, count(*) FROM ticket GROUP BY subject")
        assert sorted(found, key=str) == sorted([(f"Mejl {number}", 1) for number in range(12)], key=str)

"""The short commands: what they print, what they refuse, and with which exit code."""

from __future__ import annotations

import io
import json
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from channels.message import Envelope
from contactcenter import __version__, clock
from contactcenter.app import create_app
from contactcenter.model import Agent, Inbox, Outbox
from contactcenter.model.words import ChannelKind, InboxState, Role
from contactcenter.runtime import build_runtime
from contactcenter.services import agents, demo_data, inbox, outbox, passwords
from contactcenter.settings import Settings
from workers.cli import main
from workers.process import unit_of_work

PASSWORD = "fyra ord i en rad"

Told = tuple[int, str, str]
Run = Callable[..., Told]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command: its exit code, what it printed, and what it complained of."""

    def ran(*words: object, said: str = "") -> Told:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(said.encode())))
        try:
            code = main([str(word) for word in words])
        except SystemExit as end:
            code = int(end.code or 0)
        told = capsys.readouterr()
        return code, told.out, told.err

    return ran


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an organisation and nobody in it."""
    data = tmp_path_factory.mktemp("data")
    assert main(["db", "upgrade", "--data", str(data)]) == 0
    return data


def test_version(run: Run) -> None:
    assert run("--version") == (0, f"{__version__}\n", "")


def test_every_command_takes_data_and_config(run: Run) -> None:
    words = [
        *("serve", "smtp", "imap", "route", "doctor"),
        *("config check", "db upgrade", "demo remove", "mail reconcile", "mail rescan"),
        *("agent add", "agent passwd", "agent invite", "agent disable", "agent enable"),
        *("outbox list", "outbox retry", "inbox list", "inbox show", "inbox retry"),
    ]
    for command in words:
        code, out, _ = run(*command.split(), "--help")
        assert code == 0
        assert "--data DIR" in out, command
        assert "--config FILE" in out, command


@pytest.mark.parametrize(
    "words",
    [
        "",
        "nonsense",
        "agent",
        "route",
        "inbox show",
        "inbox show x",
        "serve --prot 1",
        "mail rescan post",
        "mail rescan post --since igår",
    ],
)
def test_what_is_typed_wrong_is_refused(run: Run, words: str) -> None:
    code, out, err = run(*words.split())
    assert (code, out) == (2, "")
    assert "usage: contactcenter" in err


def test_config_check(run: Run, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[instance]\nmunicipality = "Ekhamra kommun"\n')
    assert run("config", "check", "--config", config)[0] == 0
    config.write_text('[instance]\nmunicipalty = "Ekhamra"\nlocale = "de"\n[web]\nthreads = 0\n')
    code, out, err = run("config", "check", "--config", config)
    assert (code, out) == (2, "")
    assert "did you mean `municipality`?" in err
    code, _, err = run("config", "check", "--config", tmp_path / "missing.toml")
    assert code == 2
    assert err.count("\n") == 1


@pytest.mark.parametrize("words", ["agent disable sara@ekhamra.example", "outbox list", "inbox list", "demo remove"])
def test_without_a_database_it_says_what_to_do(run: Run, tmp_path: Path, words: str) -> None:
    code, out, err = run(*words.split(), "--data", tmp_path / "var")
    assert (code, out) == (2, "")
    assert "db upgrade" in err
    assert err.count("\n") == 1
    assert not (tmp_path / "var").exists()


def test_a_database_that_is_away_is_told_in_one_line(run: Run, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('database_url = "postgresql+psycopg://nobody:hidden@127.0.0.1:1/none"\n')
    for words in (["inbox", "list"], ["db", "upgrade"], ["serve", "--web", "127.0.0.1:0", "--smtp", "127.0.0.1:0"]):
        code, out, err = run(*words, "--data", tmp_path / "var", "--config", config)
        assert (code, out) == (2, "")
        assert err.count("\n") == 1
        assert "hidden" not in err


def test_db_upgrade_twice_is_the_same(run: Run, prepared: Path) -> None:
    code, out, err = run("db", "upgrade", "--data", prepared)
    assert (code, err) == (0, "")
    assert "schema" in out


def test_an_agent_is_added_given_a_password_and_disabled(run: Run, prepared: Path) -> None:
    login = "petra@ekhamra.example"
    words = ["--name", "Petra Ny", "--role", "guide", "--team", "customer_service", "--domain", "common"]
    assert run("agent", "add", login, *words, "--data", prepared, said=f"{PASSWORD}\n")[0] == 0
    assert passwords.verify_password(agent(prepared, login).password_hash, PASSWORD)
    assert agent(prepared, login).role is Role.GUIDE
    code, out, err = run("agent", "add", login, "--data", prepared, said=f"{PASSWORD}\n")
    assert (code, out) == (2, "")
    assert "already" in err
    assert run("agent", "passwd", login, "--data", prepared, said="ett helt annat lösen\n")[0] == 0
    assert passwords.verify_password(agent(prepared, login).password_hash, "ett helt annat lösen")
    assert run("agent", "disable", login, "--data", prepared)[0] == 0
    assert agent(prepared, login).disabled_at is not None
    assert run("agent", "invite", login, "--data", prepared)[0] == 2
    assert run("agent", "enable", login, "--data", prepared)[0] == 0
    assert agent(prepared, login).disabled_at is None
    code, out, err = run("agent", "invite", login, "--data", prepared)
    assert (code, err) == (0, "")
    assert re.fullmatch(r"http://127\.0\.0\.1:8080/valj-losenord/[0-9a-f]{64}\n", out)
    assert agent(prepared, login).password_hash == ""


@pytest.mark.parametrize(
    ("words", "said", "why"),
    [
        ("agent add nobody", PASSWORD, "not an e-mail address"),
        ("agent add ny@ekhamra.example", "", "no password"),
        ("agent add ny@ekhamra.example", "kort", "12"),
        ("agent add ny@ekhamra.example --team unknown", PASSWORD, "known are: "),
        ("agent add ny@ekhamra.example --domain unknown", PASSWORD, "known are: "),
        ("agent passwd ny@ekhamra.example", PASSWORD, "there is no agent"),
        ("agent disable ny@ekhamra.example", "", "there is no agent"),
        ("outbox retry 9999", "", "there is no promise 9999"),
        ("inbox show 9999", "", "there is no message 9999"),
        ("inbox retry 9999", "", "there is no message 9999"),
        ("demo remove", "", "administrat"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(run: Run, prepared: Path, words: str, said: str, why: str) -> None:
    code, out, err = run(*words.split(), "--data", prepared, said=said)
    assert (code, out) == (2, "")
    assert why in err
    assert err.count("\n") == 1


def agent(data: Path, login: str) -> Agent:
    with unit_of_work(create_app(build_runtime(Settings(), data)), read_only=True) as session:
        return agents.find(session, login)


def test_a_token_is_printed_alone_and_ends_when_it_is_revoked(run: Run, prepared: Path) -> None:
    code, out, err = run("token", "add", "--name", "E-tjänster", "--scope", "read,write", "--data", prepared)
    assert (code, err) == (0, "")
    token = out.removesuffix("\n")
    assert re.fullmatch(r"cc_[\w-]{43}", token)
    client = create_app(build_runtime(Settings(), prepared)).test_client()
    given = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/tickets", headers=given).get_json() == {"tickets": [], "next": None}
    listed = run("token", "list", "--data", prepared)[1]
    assert "E-tjänster\tapi-e-tjanster@ekhamra.example\tread,write" in listed
    assert token not in listed
    assert run("token", "revoke", listed.partition("\t")[0], "--data", prepared)[0] == 0
    assert client.get("/api/v1/tickets", headers=given).status_code == 401


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("--name x --scope all", "scopes are"),
        ("--name x --agent nobody@ekhamra.example", "there is no agent"),
        ("--name x --domain nowhere", "there is no domain"),
        ("--name ?", "needs a name"),
    ],
)
def test_a_token_that_cannot_be_made(run: Run, prepared: Path, words: str, why: str) -> None:
    code, out, err = run("token", "add", *words.split(), "--data", prepared)
    assert (code, out) == (2, "")
    assert why in err


def test_a_password_is_never_taken_from_the_command_line(run: Run, prepared: Path) -> None:
    for words in (["agent", "add"], ["agent", "passwd"]):
        code, out, _ = run(*words, "--help")
        assert code == 0
        assert "password" not in out.replace("give an agent a new password", "").lower()


def test_the_inbox_is_listed_shown_and_tried_again(run: Run, prepared: Path) -> None:
    app = create_app(build_runtime(Settings(), prepared))
    envelope = Envelope("maja@example.se", ("kontakt@ekhamra.example",), "127.0.0.1")
    with unit_of_work(app) as session:
        inbox.accept(session, ChannelKind.EMAIL, envelope, b"bytes", "ab" * 32)
    with unit_of_work(app) as session:
        [claimed] = inbox.claim(session, 1)
        inbox.quarantine(session, claimed, "parts", "2000 parts\x1b[31m\nand more")
    number = claimed.inbox_id
    code, out, _ = run("inbox", "list", "--data", prepared)
    assert code == 0
    assert out.split("\t")[:2] == [str(number), "quarantined"]
    code, out, _ = run("inbox", "show", number, "--data", prepared)
    assert code == 0
    assert "reason: parts" in out
    assert f"file: {prepared}" in out
    assert "\x1b" not in out
    assert run("inbox", "retry", number, "--data", prepared)[0] == 0
    code, _, err = run("inbox", "retry", number, "--data", prepared)
    assert code == 2
    assert "waiting" in err
    with unit_of_work(app, read_only=True) as session:
        assert session.scalars(select(Inbox.state)).all() == [InboxState.WAITING]


def test_the_outbox_is_listed_and_tried_again(run: Run, prepared: Path) -> None:
    app = create_app(build_runtime(Settings(), prepared))
    with unit_of_work(app) as session:
        row = outbox.promise(session, outbox.WAKE, 12345, clock.now(), until=clock.now().isoformat())
        session.flush()
        outbox.finish(row, "failed", "it went wrong")
    number = row.id
    code, out, _ = run("outbox", "list", "--data", prepared)
    assert code == 0
    assert out.splitlines()[0].endswith("it went wrong")
    assert run("outbox", "retry", number, "--data", prepared)[0] == 0
    with unit_of_work(app, read_only=True) as session:
        assert session.get_one(Outbox, number).done_at is None


def test_demo_remove_keeps_it_away(run: Run, prepared: Path) -> None:
    added = run("agent", "add", "admin2@ekhamra.example", "--role", "admin", "--data", prepared, said=PASSWORD)
    assert added[0] == 0
    code, out, err = run("demo", "remove", "--data", prepared)
    assert (code, err) == (0, "")
    assert out
    assert demo_data.was_removed(prepared)


def test_the_doctor_finds_what_is_amiss(run: Run, prepared: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[web]\nbind = "127.0.0.1:0"\n[smtp]\nbind = "127.0.0.1:0"\n')
    code, out, _ = run("doctor", "--data", prepared, "--config", config)
    lines = dict(line.split(": ", 1) for line in out.splitlines())
    assert code == 0, out
    assert all(name.startswith("ok ") for name in lines)
    config.write_text(f"{config.read_text()}[limits]\nfree_disk_bytes = 4000000000000000\n")
    code, out, _ = run("doctor", "--data", tmp_path / "new", "--config", config)
    assert code == 1
    assert "wrong database" in out
    assert "wrong disk" in out


def test_the_doctor_tells_of_senders_that_nothing_is_signed_for(
    run: Run, prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.toml"
    ports = '[web]\nbind = "127.0.0.1:0"\n[smtp]\nbind = "127.0.0.1:0"\n'
    config.write_text(f'{ports}[channels.mail.dkim]\nkey = {{ env = "DKIM_KEY" }}\ndomain = "kommun.example"\n')
    data = tmp_path / "data"
    shutil.copytree(prepared, data)
    with closing(sqlite3.connect(data / "contactcenter.db")) as base, base:
        base.execute("UPDATE team SET mail_address = 'gata@ekhamra.example' WHERE id = (SELECT min(id) FROM team)")
    monkeypatch.setenv("DKIM_KEY", "pem")
    code, out, _ = run("doctor", "--data", data, "--config", config)
    assert code == 1
    [told] = [line for line in out.splitlines() if line.startswith("wrong ")]
    assert told.startswith("wrong senders: mail from ")
    assert "gata@ekhamra.example (" in told
    assert "is signed for kommun.example" in told
    assert "do not reach us" not in told


def line(body: str, **more: object) -> dict[str, object]:
    return {"channel": "email", "from": "maja@example.se", "body": body, **more}


LINES = [
    line("Ett stort hål i vägen", to="kontakt@ekhamra.example", subject="Hål i vägen"),
    line("Det luktar gas, hjälp, det brinner!", to=None, subject=None),
    {"channel": "visit", "from": "visit:satra:17", "body": "Vill boka en tid"},
]


def test_route_decides_line_by_line(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "messages.jsonl"
    file.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in LINES) + "\n")
    code, out, err = run("route", file, "--data", tmp_path / "none")
    assert (code, err) == (0, "")
    answers = [json.loads(line) for line in out.splitlines()]
    assert len(answers) == len(LINES)
    for answer in answers:
        assert set(answer) == {
            *("topic", "team", "office", "priority", "sensitive", "language", "confidence", "rule", "reasons")
        }
        assert answer["reasons"][0].keys() == {"code", "text", "matched", "used"}
    assert (answers[0]["topic"], answers[0]["team"], answers[0]["language"]) == ("street_fault", "street_park", "sv")
    assert answers[1]["priority"] == "urgent"
    assert answers[2]["office"] == "satra"
    assert not (tmp_path / "none").exists()


def test_route_answers_a_bad_line_in_its_place(run: Run, prepared: Path) -> None:
    good = json.dumps(LINES[0])
    bad = [
        "",
        "{",
        "[]",
        "null",
        '{"channel": "email"}',
        '{"channel": 1, "from": "a", "body": "b"}',
        "\ufffd",
        "[" * 100_000,
    ]
    bad += [json.dumps(line("x", to=7)), json.dumps(line("x", to="a", subject=[])), json.dumps(line("x", to=[1]))]
    code, out, _ = run("route", "-", "--data", prepared, said="\n".join([good, *bad, good]) + "\n")
    answers = [json.loads(line) for line in out.splitlines()]
    assert code == 1
    assert ["error" in answer for answer in answers] == [False, *[True] * len(bad), False]


def test_route_without_its_file(run: Run, tmp_path: Path) -> None:
    code, out, err = run("route", tmp_path / "missing.jsonl", "--data", tmp_path / "none")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1


def test_the_doctor_finds_foreign_packages_in_our_place(
    run: Run, prepared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "importlib.metadata.packages_distributions", lambda: {"channels": ["channels", "contactcenter"]}
    )
    code, out, _ = run("doctor", "--data", prepared)
    assert code == 1
    assert "wrong packages: `channels` is also installed by channels" in out


def test_settings_go_out_and_in_as_a_file(run: Run, prepared: Path, tmp_path: Path) -> None:
    file, changed = tmp_path / "settings.json", tmp_path / "changed.json"
    code, out, _ = run("settings", "export", "--data", prepared)
    assert code == 0
    assert run("settings", "export", "--data", prepared, "--to", file)[0] == 0
    assert file.read_text(encoding="utf-8") == out
    assert "0 added or changed" in run("settings", "import", file, "--data", prepared)[1]
    changed.write_text(out.replace('"name": "Budget', '"name": "Vår budget', 1), encoding="utf-8")
    code, out, _ = run("settings", "import", changed, "--data", prepared, "--dry-run")
    assert (code, "would be changed\tteams" in out) == (0, True)
    assert "1 added or changed" in run("settings", "import", changed, "--data", prepared)[1]
    assert run("settings", "import", file, "--data", prepared)[0] == 0
    assert run("settings", "import", "-", "--data", prepared, said=file.read_text())[1].startswith("0 added")


def test_a_settings_file_with_mistakes_is_not_brought_in(run: Run, prepared: Path, tmp_path: Path) -> None:
    wrong = '{"format": "contactcenter-settings", "version": 1, "teams": {"x": {"nmae": "X"}}}'
    code, out, err = run("settings", "import", "-", "--data", prepared, said=wrong)
    assert (code, out) == (1, "")
    assert "teams.x.nmae" in err
    assert "Did you mean “name”?" in err
    assert run("settings", "import", "-", "--data", prepared, said="[teams]")[0] == 1
    assert run("settings", "import", tmp_path / "missing.json", "--data", prepared)[0] == 2
    assert run("settings", "export", "--to", tmp_path / "no" / "where", "--data", prepared)[0] == 2
    assert run("settings", "export", "--data", tmp_path / "none")[0] == 2

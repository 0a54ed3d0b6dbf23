"""Settings: the defaults stand, every mistake is told at once with its key, and secrets stay secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from contactcenter.errors import SettingsError
from contactcenter.settings import Secret, Settings, load, split_bind


def problems(tmp_path: Path, text: str) -> list[str]:
    """What `load` finds wrong with `text`, without the name of the file."""
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load(path)
    assert all(problem.startswith(f"{path}: ") for problem in caught.value.problems)
    assert str(caught.value) == "\n".join(caught.value.problems)
    return [problem.removeprefix(f"{path}: ") for problem in caught.value.problems]


def read(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def test_no_file_and_an_empty_file_are_the_defaults(tmp_path: Path) -> None:
    assert load(None) == read(tmp_path, "") == Settings()


def test_what_is_written_replaces_only_that(tmp_path: Path) -> None:
    settings = read(tmp_path, '[channels.mail]\ndomains = ["a.example", "ekhamra.example"]\nundo_seconds = 0')
    assert settings.channels.mail.domains == ("a.example", "ekhamra.example")
    assert settings.channels.mail.undo_seconds == 0
    assert settings.channels.mail.address == Settings().channels.mail.address


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        """
        databse_url = "sqlite:///x"
        [web]
        bind = 8080
        treads = 4
        [smtp]
        max_bytes = "50 MB"
        max_recipients = true
        [chanels.mail]
        address = "x"
        [channels.mail]
        domains = "ekhamra.example"
        undo_seconds = -1
        [instance]
        locale = "fi"
        """,
    )
    assert found == [
        "unknown key `databse_url`, did you mean `database_url`?",
        "`web.bind` must be a text, not 8080",
        "unknown key `web.treads`, did you mean `threads`?",
        "`smtp.max_bytes` must be a whole number, not '50 MB'",
        "`smtp.max_recipients` must be a whole number, not True",
        "unknown key `chanels`, did you mean `channels`?",
        "`channels.mail.domains` must be a list of texts",
        "`instance.locale` must be sv or en",
        "`channels.mail.undo_seconds` must be above zero, not -1",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("web = 3", "`web` must be a table"),
        ('[web]\nbind = "8080"', "`web.bind`: `8080` must be host:port, for example 127.0.0.1:8080"),
        ('[smtp]\nbind = "localhost:70000"', "`smtp.bind`: `localhost:70000` must be host:port"),
        ('[web]\npublic_url = "kontakt.ekhamra.example"', "`web.public_url` must begin with https:// or http://"),
        ('blobs_url = "s3://files"', "`blobs_url` must be a folder, file:/path"),
        ('[instance]\ntimezone = "Europe/Ekhamra"', "`instance.timezone`: there is no time zone 'Europe/Ekhamra'"),
        ('[instance]\ntimezone = "Europe"', "`instance.timezone`: there is no time zone 'Europe'"),
        ('[instance]\ntimezone = ""', "`instance.timezone`: there is no time zone ''"),
        ('[instance]\ntimezone = "/etc/passwd"', "`instance.timezone`: there is no time zone '/etc/passwd'"),
        ('[channels.mail.smarthost]\ntls = "ssl"', "`channels.mail.smarthost.tls` must be none, starttls or implicit"),
        ("[channels.mail.smarthost]\nport = 70000", "`channels.mail.smarthost.port` must be at most 65535, not 70000"),
        ('[channels.mail]\naddress = "a@b.example"', "`channels.mail.address` a@b.example is not in one of"),
        ("[channels.mail]\ndomains = []", "`channels.mail.address` kontakt@ekhamra.example is not in one of"),
        ('[smtp]\ntls_key = "k.pem"', "`smtp.tls_certificate` and `smtp.tls_key` must be given together"),
        ("[reading]\nseconds = 0", "`reading.seconds` must be above zero, not 0"),
        ("[channels.mail.smarthost]\npassword = 5", "`channels.mail.smarthost.password` must be a text, {"),
        (
            '[channels.mail.smarthost]\npassword = { env = "A", file = "b" }',
            "`channels.mail.smarthost.password` must be a text, {",
        ),
    ],
)
def test_a_mistake_is_told_with_its_key(tmp_path: Path, text: str, problem: str) -> None:
    [found] = problems(tmp_path, text)
    assert found.startswith(problem)


@pytest.mark.parametrize("text", ["[web", "a = 1\na = 2", "a = \x00"])
def test_what_is_no_toml_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    [found] = problems(tmp_path, text)
    assert found.startswith("is not valid TOML")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(SettingsError, match="cannot be read"):
            load(path)
    (tmp_path / "latin.toml").write_bytes(b'[instance]\nmunicipality = "\xc5"')
    with pytest.raises(SettingsError, match="is not valid TOML"):
        load(tmp_path / "latin.toml")


def test_secrets_come_from_text_environment_or_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC_PASSWORD", "from the environment")
    (tmp_path / "password").write_text("from a file\n")
    for written, expected in (
        ('"plain"', "plain"),
        ('{ env = "CC_PASSWORD" }', "from the environment"),
        (f'{{ file = "{tmp_path / "password"}" }}', "from a file"),
    ):
        settings = read(tmp_path, f"[channels.mail.smarthost]\npassword = {written}")
        assert settings.channels.mail.smarthost.password == Secret(expected)


def test_a_missing_secret_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CC_PASSWORD", raising=False)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for written, told in (
        ('{ env = "CC_PASSWORD" }', "names the environment variable CC_PASSWORD, which is not set"),
        (f'{{ file = "{tmp_path / "none"}" }}', "cannot be read (No such file or directory)"),
        (f'{{ file = "{tmp_path / "binary"}" }}', "cannot be read (it is not UTF-8 text)"),
    ):
        [found] = problems(tmp_path, f"[channels.mail.smarthost]\npassword = {written}")
        assert told in found


def test_a_secret_never_prints_itself() -> None:
    secret = Secret("hemligt")
    settings = Settings()
    assert "hemligt" not in f"{secret} {secret!r} {[secret]} {settings}"
    assert secret.reveal() == "hemligt"
    assert secret == Secret("hemligt") != Secret("annat")
    assert hash(secret) == hash(Secret("hemligt"))
    assert bool(secret)
    assert not Secret("")


@pytest.mark.parametrize(
    ("bind", "pair"), [("127.0.0.1:0", ("127.0.0.1", 0)), ("[::1]:8025", ("::1", 8025)), ("a:65535", ("a", 65535))]
)
def test_binds(bind: str, pair: tuple[str, int]) -> None:
    assert split_bind(bind) == pair


@pytest.mark.parametrize("bind", ["", ":80", "a:", "a", "a:-1", "a:65536", "a:８０", "a: 80"])
def test_bad_binds(bind: str) -> None:
    with pytest.raises(ValueError, match="host:port"):
        split_bind(bind)

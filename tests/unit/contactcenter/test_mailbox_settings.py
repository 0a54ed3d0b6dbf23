"""The mailboxes of the settings: as many tables as there are, and every mistake in any of them is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from contactcenter.errors import SettingsError
from contactcenter.settings import Secret, Settings, load

GOOD = {
    "name": '"kontakt"',
    "address": '"kontakt@ekhamra.example"',
    "host": '"imap.example.se"',
    "user": '"kontakt"',
    "password": '"hemligt"',
}


def written(**change: str) -> str:
    keys = {key: value for key, value in (GOOD | change).items() if value}
    return "[[channels.mail.mailboxes]]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())


def read(folder: Path, text: str) -> Settings:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def test_several_are_read_with_their_defaults(tmp_path: Path) -> None:
    other = written(name='"bygg"', folder='"Arkiv/Bygg"', after='"move"', move_to='"Klart"', port="143", tls='"none"')
    first, second = read(tmp_path, written() + other).channels.mail.mailboxes
    assert (first.name, first.port, first.tls, first.folder, first.after) == (
        "kontakt",
        993,
        "implicit",
        "INBOX",
        "keep",
    )
    assert first.password == Secret("hemligt")
    assert "hemligt" not in repr(first)
    assert (second.folder, second.after, second.move_to) == ("Arkiv/Bygg", "move", "Klart")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"name": ""}, "name` must be 1 to 40 of a-z, 0-9 and -, for example kontakt, not ''"),
        ({"name": '"Kontakt 1"'}, "name` must be 1 to 40 of a-z, 0-9 and -, for example kontakt, not 'Kontakt 1'"),
        ({"address": '"kontakt@other.example"'}, "address` must be an address in one of `channels.mail.domains`"),
        ({"address": '"ekhamra.example"'}, "address` must be an address in one of `channels.mail.domains`"),
        ({"host": ""}, "host` must be given"),
        ({"user": ""}, "user` must be given"),
        ({"folder": '""'}, "folder` must be given"),
        ({"port": "70000"}, "port` must be at most 65535, not 70000"),
        ({"port": "0"}, "port` must be above zero, not 0"),
        ({"max_bytes": "0"}, "max_bytes` must be above zero, not 0"),
        ({"tls": '"ssl"'}, "tls` must be none, starttls or implicit, not 'ssl'"),
        ({"password": ""}, "password` or `token_command` must be given, one of them"),
        ({"token_command": '["get", "it"]'}, "password` or `token_command` must be given, one of them"),
        ({"token_command": '"get it"'}, "token_command` must be a list of texts"),
        ({"ca_file": '"/finns/inte.pem"'}, "ca_file` names /finns/inte.pem, which is no file"),
        ({"after": '"burn"'}, "after` must be keep, seen, move or delete, not 'burn'"),
        ({"after": '"move"'}, 'move_to` must be given with `after = "move"`, and only then'),
        ({"move_to": '"Arkiv"'}, 'move_to` must be given with `after = "move"`, and only then'),
        ({"after": '"move"', "move_to": '"INBOX"'}, "move_to` must be another folder than the one that is read"),
        ({"hots": '"x"'}, "hots`, did you mean `host`?"),
    ],
)
def test_a_mistake_is_told_with_its_place(change: dict[str, str], problem: str, tmp_path: Path) -> None:
    fine = written(name='"bygg"', user='"bygg"')
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, fine + written(**change))
    [found] = caught.value.problems
    assert f"`channels.mail.mailboxes[2].{problem}" in found


def test_two_of_one_name_or_of_one_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, written() * 2)
    assert [problem.partition(": ")[2] for problem in caught.value.problems] == [
        "`channels.mail.mailboxes`: 2 of them have the name 'kontakt'; each needs its own",
        "`channels.mail.mailboxes`: kontakt INBOX is there 2 times",
    ]


@pytest.mark.parametrize("value", ["3", '"kontakt"', '["kontakt"]', '{ name = "kontakt" }'])
def test_what_is_no_list_of_tables_is_told(value: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"`channels\.mail\.mailboxes` must be tables, each under \[\[channels"):
        read(tmp_path, f"[channels.mail]\nmailboxes = {value}\n")

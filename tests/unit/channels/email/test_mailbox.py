"""A mailbox at a server that does what it should, and at servers that do not."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from channels.email import mailbox as module
from channels.email.mailbox import Gone, Mailbox, NotDone, Unfetchable
from channels.email.mailbox_login import PIECE, Away, MailboxOptions
from tests.imap import PASSWORD, Folder, imap

MAIL = b"From: maja@example.se\r\nSubject: Hej\r\n\r\nEn fr\xc3\xa5ga.\r\n"
MOST = 10 * PIECE


@pytest.fixture
def box() -> Folder:
    return Folder()


@pytest.fixture
def options(box: Folder) -> Iterator[MailboxOptions]:
    with imap(box) as port:
        yield MailboxOptions("127.0.0.1", "kontakt", port, "none", PASSWORD, timeout=0.5)


@pytest.fixture
def server(options: MailboxOptions) -> Iterator[Mailbox]:
    with Mailbox(options) as made:
        yield made


def patient(seconds: float) -> bool:
    return False


def test_mails_are_listed_and_fetched_whole_without_leaving_a_mark(box: Folder, server: Mailbox) -> None:
    uids = box.add(MAIL, b"", b"x" * (2 * PIECE + 5), b"12345", MAIL * 2)
    folder = server.select()
    assert (folder.uidvalidity, folder.uidnext, folder.exists) == (7, 6, 5)
    assert server.uids_after(0) == uids
    assert server.uids_after(2) == [3, 4, 5]
    assert server.uids_after(5) == []
    assert server.sizes(uids) == {uid: len(mail) for uid, mail in box.mails.items()}
    assert [server.fetch(uid, MOST) for uid in uids] == list(box.mails.values())
    assert server.fetch_small([1, 4, 5, 99]) == {1: MAIL, 4: b"12345", 5: MAIL * 2}
    assert all(b"BODY.PEEK[" in line for line in box.fetched())
    assert box.flags == {}


def test_a_star_that_gives_the_last_mail_again_gives_nothing(box: Folder, server: Mailbox) -> None:
    box.add(MAIL)
    box.uidnext = 9  # mails between have been removed: the server has no more than one
    server.select()
    assert server.uids_after(4) == []


def test_many_mails_are_listed_in_several_answers(
    box: Folder, server: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_WINDOW", 3)
    box.add(*[MAIL] * 10)
    del box.mails[4], box.mails[5], box.mails[6]
    server.select()
    assert server.uids_after(1) == [2, 3, 7, 8, 9, 10]
    box.old = {1, 2, 8}
    assert server.uids_since(date(2026, 3, 1)) == [3, 7, 9, 10]


def test_a_mail_with_nul_and_every_byte_comes_as_it_is(box: Folder, server: Mailbox) -> None:
    every = bytes(range(256)) * 3 + b")\r\nA1 OK done\r\n* 1 EXPUNGE\r\n{5}\r\n"
    [uid] = box.add(every)
    server.select()
    assert server.fetch(uid, MOST) == every


def test_one_that_has_vanished_is_gone_and_the_next_is_there(box: Folder, server: Mailbox) -> None:
    gone, there = box.add(MAIL, MAIL)
    box.faults[gone] = "vanish"
    server.select()
    with pytest.raises(Gone):
        server.fetch(gone, MOST)
    assert server.fetch(there, MOST) == MAIL


@pytest.mark.parametrize("fault", ["refuse", "nil"])
def test_one_that_the_server_does_not_give_is_unfetchable(fault: str, box: Folder, server: Mailbox) -> None:
    bad, good = box.add(MAIL, MAIL)
    box.faults[bad] = fault
    server.select()
    with pytest.raises(Unfetchable) as told:
        server.fetch(bad, MOST)
    assert told.value.code == "refused"
    assert server.head(bad).startswith(b"From: maja@example.se")
    assert server.fetch(good, MOST) == MAIL


def test_one_that_is_too_large_is_not_held_whatever_its_size_is_said_to_be(box: Folder, server: Mailbox) -> None:
    [uid] = box.add(b"y" * (3 * PIECE))
    server.select()
    with pytest.raises(Unfetchable) as told:
        server.fetch(uid, PIECE + 1)
    assert told.value.code == "too_large"
    assert len(box.fetched()) == 2


@pytest.mark.parametrize("fault", ["short", "long", "endless", "hang", "drop"])
def test_an_answer_out_of_form_closes_the_line_and_a_new_one_works(fault: str, box: Folder, server: Mailbox) -> None:
    bad, good = box.add(MAIL, MAIL)
    box.faults[bad] = fault
    server.select()
    with pytest.raises(Away):
        server.fetch(bad, MOST)
    assert not server.is_open
    with pytest.raises(Away, match="closed"):
        server.fetch(good, MOST)
    server.connect()
    server.select()
    assert server.fetch(good, MOST) == MAIL


def test_what_is_to_be_done_is_done_and_harms_nothing_when_done_again(box: Folder, server: Mailbox) -> None:
    box.add(*[MAIL] * 5)
    server.select()
    server.finish([1], "keep")
    assert (box.flags, len(box.mails)) == ({}, 5)
    for _ in range(2):
        server.finish([1], "seen")
        server.finish([2], "flag:$Hamtad")
        server.finish([3], "move:Arkiv")
        server.finish([4], "delete")
    assert box.flags == {1: {b"\\Seen"}, 2: {b"$Hamtad"}, 4: {b"\\Deleted"}}
    assert sorted(box.mails) == [1, 2, 5]
    assert box.elsewhere == {"Arkiv": [MAIL]}


def test_without_the_extensions_others_mails_stay(box: Folder, options: MailboxOptions) -> None:
    box.capabilities = "IMAP4rev1"
    box.add(MAIL, MAIL)
    with Mailbox(options) as server:
        server.select()
        server.finish([1], "move:Arkiv")
        assert sorted(box.mails) == [1, 2]
        assert (box.flags, box.elsewhere) == ({1: {b"\\Deleted"}}, {"Arkiv": [MAIL]})
        assert not [line for line in box.said if b"EXPUNGE" in line]
        server.wait(0.1, patient)
        assert box.said[-1] == b"NOOP"


def test_a_refusal_leaves_the_mail_as_it_was(box: Folder, server: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    box.add(MAIL)
    box.elsewhere["Arkiv"] = []
    server.select()
    box.at = lambda line: box.elsewhere.clear() if b"MOVE" in line else None
    with pytest.raises(NotDone, match="TRYCREATE"):
        server.finish([1], "move:Arkiv")
    assert server.is_open
    assert list(box.mails) == [1]


def test_idle_ends_when_a_mail_comes_when_told_and_in_time(box: Folder, server: Mailbox) -> None:
    server.select()
    box.at = lambda line: (box.add(MAIL), None)[1] if line == b"IDLE" else None
    server.wait(30, patient)
    box.at = lambda line: None
    assert server.select().exists == 1
    server.wait(30, lambda seconds: True)
    server.wait(0.01, patient)
    assert server.fetch(1, MOST) == MAIL


@pytest.mark.parametrize("said", [b"* BYE gone", b"* nonsense"])
def test_a_server_that_ends_in_idle_is_away(said: bytes, box: Folder, server: Mailbox) -> None:
    box.in_idle = said
    server.select()
    with pytest.raises(Away):
        server.wait(30, patient)


def test_a_server_that_is_silent_in_idle_is_away(box: Folder, server: Mailbox) -> None:
    server.select()
    box.is_silent = True
    with pytest.raises(Away, match="no answer in time"):
        server.wait(0.1, patient)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"port": 1}, "cannot be reached"),
        ({"password": "fel"}, "does not let kontakt in.*wrong password"),
        ({"folder": "Finns inte"}, "the folder Finns inte cannot be opened.*no such folder"),
        ({"tls": "implicit"}, "cannot be reached"),
        ({"tls": "starttls"}, "cannot be reached.*STARTTLS"),
        ({"ca_file": "/finns/inte"}, "cannot be reached"),
        ({"token_command": ("/finns/inte",)}, "does not let kontakt in"),
        ({"token_command": (sys.executable, "-c", "raise SystemExit('nej')")}, "token command failed with 1: nej"),
        ({"token_command": (sys.executable, "-c", "")}, "printed no token"),
    ],
)
def test_what_keeps_us_out_is_told(change: dict[str, Any], told: str, options: MailboxOptions) -> None:
    with pytest.raises(Away, match=told) as away, Mailbox(replace(options, **change)) as server:
        server.select()
    assert PASSWORD not in away.value.reply


def test_a_token_is_asked_for_without_a_shell(box: Folder, options: MailboxOptions, tmp_path: Path) -> None:
    program = tmp_path / "token"
    program.write_text(f"#!{sys.executable}\nimport sys\nprint('ya29.' + sys.argv[1])\n")
    program.chmod(0o700)
    with Mailbox(replace(options, token_command=(str(program), "a;b $HOME"))) as server:
        server.select()
    assert b"user=kontakt\x01auth=Bearer ya29.a;b $HOME\x01\x01" in box.said


def test_a_password_may_have_any_letters(box: Folder, options: MailboxOptions) -> None:
    with Mailbox(replace(options, password="smörgås")) as server:
        server.select()
    assert "\0kontakt\0smörgås".encode() in box.said


def test_a_folder_without_uidvalidity_is_not_read(box: Folder, server: Mailbox) -> None:
    box.uidvalidity = 0
    with pytest.raises(Away, match="UIDVALIDITY"):
        server.select()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    monkeypatch.setattr(module, "_TICK", 0.05)
    return lambda: None

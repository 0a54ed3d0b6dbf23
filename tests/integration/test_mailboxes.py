"""Reading mailboxes: each mail of a server is in the ledger once and in the inbox once, whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

from channels.email.mailbox import Mailbox
from channels.email.mailbox_login import PIECE, Away
from contactcenter import clock, runtime
from contactcenter.blobs import BlobStore, StoreFull
from contactcenter.errors import Conflict, InvalidInput
from contactcenter.mailbox_settings import MailboxSettings
from contactcenter.model import Inbox, MailboxState, MailUid, OurAddress
from contactcenter.model.words import InboxState
from contactcenter.secret import Secret
from contactcenter.services import inbox, mailboxes
from contactcenter.services.mailbox_probe import options_of
from contactcenter.services.mailboxes import Found, Held
from contactcenter.settings import Settings
from tests.imap import PASSWORD, Folder, imap
from tests.integration.conftest import Begin
from tests.integration.mailroom import count, rows
from tests.integration.people import Organisation
from tests.running import wait_until
from workers import imap_loop, imap_reader, reconcile
from workers.imap_loop import MailboxLoop
from workers.imap_reader import MailboxReader

OURS = "kontakt@ekhamra.example"


class Killed(BaseException):
    """What a test puts in the place of SIGKILL: nothing of ours may catch it."""


def mail(number: int, head: str = "") -> bytes:
    text = f"{head}From: Maja <maja@example.se>\r\nTo: {OURS}\r\nSubject: Fråga {number}\r\n\r\nHej {number}\r\n"
    return text.encode()


@pytest.fixture
def folder() -> Folder:
    return Folder()


@pytest.fixture
def box(folder: Folder) -> Iterator[MailboxSettings]:
    with imap(folder) as port:
        yield MailboxSettings(
            name="kontakt",
            address=OURS,
            host="127.0.0.1",
            port=port,
            tls="none",
            user="kontakt",
            password=Secret(PASSWORD),
            timeout_seconds=1,
        )


def read(app: Flask, begin: Begin, box: MailboxSettings, reader: MailboxReader | None = None, tries: int = 6) -> None:
    """What the loop does, until a round has come to its end."""
    reader = reader or MailboxReader(app, box)
    for _ in range(tries):
        with begin() as session:
            mailboxes.release_all(session)
            held = mailboxes.take(session, box.name)
        assert held is not None
        with suppress(Away), Mailbox(options_of(box)) as server:
            reader.round(server, held)
            return
    raise AssertionError("no round came to its end")


def ledger(begin: Begin) -> list[MailUid]:
    return list(rows(begin, MailUid))


def state(begin: Begin) -> MailboxState:
    [row] = rows(begin, MailboxState)
    return row


def stored(app: Flask, begin: Begin) -> list[bytes]:
    with app.app_context():
        blobs = runtime.current().blobs
    return [blobs.get(row.raw_key) for row in rows(begin, Inbox)]


def test_every_mail_is_in_inbox_ledger_and_cursor(
    app: Flask, begin: Begin, folder: Folder, box: MailboxSettings
) -> None:
    mails = [mail(number) for number in range(120)]
    folder.add(*mails)
    read(app, begin, box)
    assert sorted(stored(app, begin)) == sorted(mails)
    assert [(row.uid, row.is_repeat, row.problem) for row in ledger(begin)] == [(n, False, "") for n in range(1, 121)]
    assert len({row.inbox_id for row in ledger(begin)}) == 120
    assert all(row.finished_at for row in ledger(begin))
    assert (state(begin).uidvalidity, state(begin).last_uid) == (7, 120)
    before = len(folder.fetched())
    folder.add(mail(500))
    read(app, begin, box)
    assert (len(folder.fetched()), count(begin, Inbox)) == (before + 1, 121)
    assert folder.flags == {}
    assert not [line for line in folder.said if line.startswith(b"SELECT")], "it was opened for writing"


@pytest.mark.parametrize(
    ("head", "sender", "recipients"),
    [
        ("", "maja@example.se", [OURS]),  # else everybody would look like a machine
        ("Return-Path: <maja@example.se>\r\n", "maja@example.se", [OURS]),
        ("Return-Path: <>\r\nDelivered-To: bygg@ekhamra.example\r\nReceived: x\r\n", "", ["bygg@ekhamra.example"]),
        ("X-Original-To: Bygg@Ekhamra.example\r\nDelivered-To: vmail\r\n", "maja@example.se", ["bygg@ekhamra.example"]),
        ("Delivered-To: other@elsewhere.example\r\n", "maja@example.se", [OURS]),
        (
            "Received: from x\r\nDelivered-To: hemlig@ekhamra.example\r\n",
            "maja@example.se",
            [OURS],
        ),  # anybody may have written it
    ],
)
def test_the_envelope_is_what_the_server_wrote_down(
    head: str, sender: str, recipients: list[str], app: Flask, begin: Begin, folder: Folder, box: MailboxSettings
) -> None:
    folder.add(mail(1, head))
    read(app, begin, box)
    [row] = rows(begin, Inbox)
    assert (row.envelope_from, row.envelope_to, row.peer) == (sender, recipients, "imap:kontakt")


@pytest.mark.parametrize("after", ["seen", "move", "delete"])
def test_the_server_is_told_only_when_all_is_durable(
    after: str, app: Flask, begin: Begin, folder: Folder, box: MailboxSettings
) -> None:
    folder.add(*(mail(number) for number in range(70)))
    told = []

    def look(line: bytes) -> None:
        if any(word in line for word in (b"STORE", b"MOVE", b"EXPUNGE")):
            told.append(line)
            with begin(read_only=True) as session:
                assert set(mailboxes.missing(session, "kontakt", 7, folder_uids(line))) == set()

    folder.at = look
    read(app, begin, replace(box, after=after, move_to="Arkiv" if after == "move" else ""))
    assert told
    assert all(row.finished_at for row in ledger(begin))
    left = {"seen": 70, "move": 0, "delete": 0}[after]
    assert len(folder.mails) == left
    assert len(folder.elsewhere.get("Arkiv", ())) == (70 if after == "move" else 0)
    assert len([flags for flags in folder.flags.values() if b"\\Seen" in flags]) == (70 if after == "seen" else 0)


def folder_uids(line: bytes) -> list[int]:
    found: list[int] = []
    for piece in line.split()[2].split(b","):
        low, _, high = piece.partition(b":")
        found += range(int(low), int(high or low) + 1)
    return sorted(found)


STEPS = [
    (Mailbox, "sizes"),
    (Mailbox, "fetch_small"),
    (Mailbox, "fetch"),
    (BlobStore, "put"),
    (inbox, "accept_one"),
    (mailboxes, "accept"),
    (Mailbox, "finish"),
    (mailboxes, "finished"),
]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step[1])
def test_killed_at_any_step_nothing_is_lost_and_nothing_is_there_twice(
    step: tuple[Any, str],
    when: str,
    app: Flask,
    begin: Begin,
    folder: Folder,
    box: MailboxSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(imap_reader, "AT_ONCE", 5)
    mails = [*(mail(number) for number in range(12)), mail(99) + b"x" * 300_000]
    folder.add(*mails)
    box = replace(box, after="move", move_to="Arkiv")
    owner, name = step
    real = getattr(owner, name)
    for nth in (1, 2):
        left = [nth]

        def dying(*words: Any, left: list[int] = left, **named: Any) -> Any:
            left[0] -= 1
            if left[0] == 0 and when == "before":
                raise Killed
            result = real(*words, **named)
            if left[0] == 0:
                raise Killed
            return result

        with pytest.MonkeyPatch.context() as patch, suppress(Killed):
            patch.setattr(owner, name, dying)
            read(app, begin, box)
    read(app, begin, box)
    assert sorted(stored(app, begin)) == sorted(mails)
    assert [row.uid for row in ledger(begin)] == list(range(1, 14))
    assert [row.seen_count for row in rows(begin, Inbox)] == [1] * 13
    assert not any(row.is_repeat or row.problem for row in ledger(begin))
    assert (folder.mails, sorted(folder.elsewhere["Arkiv"])) == ({}, sorted(mails))


@pytest.mark.parametrize(
    "fault", ["short", "long", "endless", "hang", "drop", "refuse", "nil", "moody", "vanish", "unsizable"]
)
def test_one_bad_mail_leaves_a_notice_and_stops_no_other(
    fault: str, app: Flask, begin: Begin, folder: Folder, box: MailboxSettings
) -> None:
    mails = [mail(number) for number in range(12)]
    folder.add(*mails)
    folder.faults[5] = fault
    read(app, begin, replace(box, after="delete"))
    assert [row.uid for row in ledger(begin)] == list(range(1, 13))
    assert set(stored(app, begin)) >= {one for number, one in enumerate(mails, 1) if number != 5}
    bad = ledger(begin)[4]
    assert bad.problem == ("gone" if fault == "vanish" else "refused")
    waiting = [row for row in rows(begin, Inbox) if row.state is InboxState.WAITING]
    assert len(waiting) == 11
    notices = [row for row in rows(begin, Inbox) if row.state is InboxState.QUARANTINED]
    if fault == "vanish":
        assert (notices, bad.inbox_id) == ([], None)
        return
    [notice] = notices
    assert (notice.id, notice.reason, notice.ticket_id) == (bad.inbox_id, "refused", None)
    assert notice.error
    [raw] = [raw for raw in stored(app, begin) if "kunde inte hämtas".encode() in raw]
    assert "Subject: Fråga 4".encode() in raw
    assert list(folder.mails) == [5], "it was not had, and is not removed"


def test_a_server_that_only_guesses_sizes_is_believed_when_it_says_the_same_twice(
    app: Flask, begin: Begin, folder: Folder, box: MailboxSettings
) -> None:
    folder.add(mail(1), mail(2))
    folder.faults[1] = "liar"
    read(app, begin, box)
    assert stored(app, begin) == [mail(1), mail(2)]
    assert [row.problem for row in ledger(begin)] == ["", ""]


def test_a_mail_that_is_too_large_stays_there_and_is_told_of_once(
    app: Flask, begin: Begin, folder: Folder, box: MailboxSettings
) -> None:
    folder.add(mail(1), mail(2) + b"z" * 5000, mail(3))
    box = replace(box, max_bytes=4000, after="delete")
    read(app, begin, box)
    assert [row.problem for row in ledger(begin)] == ["", "too_large", ""]
    folder.renumber(8)
    read(app, begin, box)
    [notice] = [row for row in rows(begin, Inbox) if row.state is InboxState.QUARANTINED]
    assert (notice.reason, notice.seen_count) == ("too_large", 2)
    assert len(folder.mails) == 1


def only(app: Flask, box: MailboxSettings) -> Settings:
    """Settings in which there is this mailbox and no other."""
    with app.app_context():
        settings = runtime.current().settings
    mail_settings = replace(settings.channels.mail, mailboxes=(box,))
    return replace(settings, channels=replace(settings.channels, mail=mail_settings))


@pytest.mark.parametrize("after", ["keep", "delete"])
def test_what_can_be_had_at_last_takes_the_place_of_its_notice(
    app: Flask, begin: Begin, folder: Folder, box: MailboxSettings, after: str, capsys: pytest.CaptureFixture[str]
) -> None:
    large = mail(2) + b"z" * 5000
    folder.add(mail(1), large, mail(3), mail(4))
    folder.faults[3] = "refuse"
    box = replace(box, max_bytes=4000, after=after)
    read(app, begin, box)
    assert [row.problem for row in ledger(begin)] == ["", "too_large", "refused", ""]
    since = date(2026, 3, 1)
    assert reconcile.rescan(app, only(app, box), "kontakt", since) == 0
    told = "0 were lacking, 0 are new, of 2 there was only a notice, 0 of them could be fetched now\n"
    assert capsys.readouterr().out.endswith(told)
    assert [row.problem for row in ledger(begin)] == ["", "too_large", "refused", ""]
    before = count(begin, Inbox)
    box = replace(box, max_bytes=40_000)
    assert reconcile.rescan(app, only(app, box), "kontakt", since) == 0
    assert capsys.readouterr().out.endswith("of 2 there was only a notice, 1 of them could be fetched now\n")
    folder.faults.clear()
    assert reconcile.rescan(app, only(app, box), "kontakt", since) == 0
    assert capsys.readouterr().out.endswith("of 1 there was only a notice, 1 of them could be fetched now\n")
    assert [row.problem for row in ledger(begin)] == [""] * 4
    assert count(begin, Inbox) == before
    assert {row.state for row in rows(begin, Inbox)} == {InboxState.WAITING}
    assert sorted(stored(app, begin)) == sorted([mail(1), large, mail(3), mail(4)])
    assert {(row.reason, row.error) for row in rows(begin, Inbox)} == {("", "")}
    assert not any(row.is_repeat for row in ledger(begin))
    read(app, begin, box)
    assert len(folder.mails) == (4 if after == "keep" else 0), "only now may the server do with it what is to be done"
    assert count(begin, Inbox) == before


def test_a_notice_that_has_become_a_ticket_stays_one(
    app: Flask, begin: Begin, folder: Folder, box: MailboxSettings
) -> None:
    folder.add(mail(1) + b"z" * 5000)
    read(app, begin, replace(box, max_bytes=4000))
    with begin() as session:
        [notice] = session.scalars(select(Inbox))
        inbox.retry(session, notice.id)
    assert reconcile.rescan(app, only(app, box), "kontakt", date(2026, 3, 1)) == 0
    assert len(stored(app, begin)) == 2
    [line] = ledger(begin)
    assert (line.problem, line.is_repeat, line.inbox_id == notice.id) == ("", False, False)


def test_a_mail_that_also_came_another_way_is_a_repeat(
    app: Flask, begin: Begin, folder: Folder, box: MailboxSettings
) -> None:
    large = mail(1) + b"z" * 5000
    folder.add(large)
    read(app, begin, replace(box, max_bytes=4000))
    folder.renumber(8)
    read(app, begin, box)
    assert [(row.uidvalidity, row.problem) for row in ledger(begin)] == [(7, "too_large"), (8, "")]
    with begin() as session:
        session.execute(delete(MailUid).where(MailUid.uidvalidity == 8))
        session.execute(update(MailUid).values(uidvalidity=8))
    assert reconcile.rescan(app, only(app, box), "kontakt", date(2026, 3, 1)) == 0
    [line] = ledger(begin)
    assert (line.problem, line.is_repeat) == ("", True)
    assert sum(row.seen_count for row in rows(begin, Inbox) if row.state is InboxState.WAITING) == 2


def test_a_notice_of_a_mail_to_a_confidential_address_is_hidden_like_the_mail(
    app: Flask, begin: Begin, organisation: Organisation, folder: Folder, box: MailboxSettings
) -> None:
    with begin() as session:
        session.add(OurAddress(address="orosanmalan@ekhamra.example", domain_id=organisation.social.id))
    folder.add(mail(1).replace(OURS.encode(), b"orosanmalan@ekhamra.example"), mail(2))
    folder.faults |= {1: "refuse", 2: "refuse"}
    read(app, begin, box)
    assert [row.domain_id for row in rows(begin, Inbox)] == [organisation.social.id, None]


def test_new_uids_for_all_mails_bring_no_mail_twice(
    app: Flask, begin: Begin, folder: Folder, box: MailboxSettings
) -> None:
    folder.add(*(mail(number) for number in range(30)))
    read(app, begin, box)
    folder.renumber(8)
    folder.add(*(mail(number) for number in range(30, 40)))
    read(app, begin, box)
    assert count(begin, Inbox) == 40
    assert sorted((row.uidvalidity, row.is_repeat) for row in ledger(begin)) == [
        *[(7, False)] * 30,
        *[(8, False)] * 10,
        *[(8, True)] * 30,
    ]
    assert (state(begin).uidvalidity, state(begin).last_uid) == (8, 40)
    with Mailbox(options_of(box)) as server:
        assert reconcile.compare(app, box, server) == reconcile.Comparison(40, 0, ())


def test_a_mail_that_is_moved_away_and_back_is_known(
    app: Flask, begin: Begin, folder: Folder, box: MailboxSettings
) -> None:
    [uid] = folder.add(mail(1))
    read(app, begin, box)
    folder.add(folder.mails.pop(uid))
    read(app, begin, box)
    [row] = rows(begin, Inbox)
    assert row.seen_count == 2
    assert [(line.uid, line.is_repeat) for line in ledger(begin)] == [(1, False), (2, True)]


def test_two_mails_that_are_alike_but_for_their_way_are_two(
    app: Flask, begin: Begin, folder: Folder, box: MailboxSettings
) -> None:
    folder.add(mail(1, "Received: one\r\n"), mail(1, "Received: two\r\n"))
    read(app, begin, box)
    assert count(begin, Inbox) == 2


def test_what_the_server_refuses_to_do_is_told_and_tried_again(
    app: Flask, begin: Begin, folder: Folder, box: MailboxSettings
) -> None:
    folder.add(mail(1))
    reader = MailboxReader(app, replace(box, after="move", move_to="Arkiv"))
    folder.elsewhere["Arkiv"] = []
    folder.at = lambda line: folder.elsewhere.clear() if b"MOVE" in line else None
    read(app, begin, box, reader)
    assert "TRYCREATE" in reader.warning
    assert [row.finished_at for row in ledger(begin)] == [None]
    folder.at = lambda line: None
    read(app, begin, box, reader)
    assert (reader.warning, folder.elsewhere) == ("", {"Arkiv": [mail(1)]})
    assert all(row.finished_at for row in ledger(begin))


def test_a_mail_that_the_database_refuses_leaves_a_notice(
    app: Flask, begin: Begin, folder: Folder, box: MailboxSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.add(*(mail(number) for number in range(5)))
    real = inbox.accept_one

    def picky(session: Session, message: inbox.Arrived, reason: str = "", *more: Any) -> tuple[int, bool]:
        if message.size == len(mail(3)) and message.raw_key == bad and not reason:
            raise DataError("INSERT", {}, ValueError("no"))
        return real(session, message, reason, *more)

    with app.app_context():
        bad = runtime.current().blobs.put(mail(3))
    monkeypatch.setattr(inbox, "accept_one", picky)
    read(app, begin, box)
    assert [row.problem for row in ledger(begin)] == ["", "", "", "failed", ""]
    monkeypatch.setattr(inbox, "replace_notice", lambda *given: picky(given[0], given[-1]))
    assert reconcile.rescan(app, only(app, box), "kontakt", date(2026, 3, 1)) == 0, "it is refused again"
    assert [row.problem for row in ledger(begin)] == ["", "", "", "failed", ""]
    monkeypatch.undo()
    assert reconcile.rescan(app, only(app, box), "kontakt", date(2026, 3, 1)) == 0
    assert [row.problem for row in ledger(begin)] == [""] * 5


def test_a_full_disk_keeps_the_mail_where_it_is(
    app: Flask, begin: Begin, folder: Folder, box: MailboxSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.add(mail(1))

    def full(store: BlobStore, content: bytes) -> str:
        raise StoreFull("no room")

    loop = MailboxLoop(app, replace(box, after="delete"))
    monkeypatch.setattr(BlobStore, "put", full)
    with pytest.raises(StoreFull):
        loop.step()
    assert (count(begin, MailUid), len(folder.mails)) == (0, 1)
    assert state(begin).error == "StoreFull: no room"
    assert state(begin).failing_since is not None
    assert state(begin).lease_until is None


def test_one_process_reads_a_mailbox_and_who_has_lost_it_writes_nothing(app: Flask, begin: Begin) -> None:
    def taken() -> Held | None:
        with begin() as session:
            return mailboxes.take(session, "kontakt")

    first = taken()
    assert first is not None
    assert taken() is None
    with begin() as session:
        session.execute(update(MailboxState).values(lease_until=clock.now() - timedelta(seconds=1)))
    second = taken()
    assert second is not None
    found = [Found(1, None, "gone")]
    for act in (
        lambda session: mailboxes.begin(session, first, 7),
        lambda session: mailboxes.accept(session, first, found, 1, is_done=True),
        lambda session: mailboxes.renew(session, first),
        lambda session: mailboxes.well(session, first, ""),
    ):
        with pytest.raises(Conflict), begin() as session:
            act(session)
    assert count(begin, MailUid) == 0
    with begin() as session:
        mailboxes.release(session, first, "nothing to do with it")
    assert taken() is None
    with begin() as session:
        mailboxes.release(session, second)
    assert taken() is not None


def test_what_the_ledger_lacks_is_an_alarm_and_is_taken_in_when_told(
    app: Flask, begin: Begin, folder: Folder, box: MailboxSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = only(app, box)
    folder.add(*(mail(number) for number in range(10)))
    read(app, begin, box)
    with begin() as session:
        for row in session.scalars(select(MailUid).where(MailUid.uid.in_((3, 7)))):
            session.delete(row)
    folder.add(mail(10))
    assert reconcile.reconcile(app, settings) == 1
    assert capsys.readouterr().out == "kontakt: 8 known, 1 on their way, difference 2 (UID 3, 7)\n"
    assert state(begin).difference == 2
    assert reconcile.rescan(app, settings, "kontakt", date(2026, 3, 1)) == 0
    assert capsys.readouterr().out == "kontakt: 11 received since 2026-03-01, 3 were lacking, 1 are new\n"
    assert (count(begin, Inbox), count(begin, MailUid)) == (11, 11)
    read(app, begin, box)
    assert reconcile.reconcile(app, settings, "kontakt") == 0
    assert capsys.readouterr().out == "kontakt: 11 known, 0 on their way, difference 0\n"
    assert state(begin).difference == 0
    assert count(begin, Inbox) == 11


def test_the_lease_is_kept_while_a_large_mail_is_fetched(
    app: Flask, begin: Begin, folder: Folder, box: MailboxSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap_reader, "RENEW_EVERY", 0.0)
    folder.add(mail(1) + b"x" * (3 * PIECE))
    until = []

    def look(line: bytes) -> None:
        if b"BODY" in line:
            until.append(state(begin).lease_until)

    folder.at = look
    read(app, begin, box)
    assert len(until) == len(set(until)) == 4
    assert count(begin, Inbox) == 1


def test_a_mailbox_that_nobody_configured_cannot_be_asked_for(app: Flask) -> None:
    with app.app_context():
        settings = runtime.current().settings
    unknown = "there is no mailbox 'annan' in the settings: there is none"
    with pytest.raises(InvalidInput, match=unknown):
        reconcile.reconcile(app, settings, "annan")
    with pytest.raises(InvalidInput, match=unknown):
        reconcile.rescan(app, settings, "annan", date(2026, 3, 1))


@pytest.fixture
def running(app: Flask) -> Iterator[Callable[[MailboxSettings], MailboxLoop]]:
    loops: list[MailboxLoop] = []

    def start(box: MailboxSettings) -> MailboxLoop:
        loops.append(MailboxLoop(app, box))
        loops[-1].start()
        return loops[-1]

    yield start
    for loop in loops:
        loop.end()
        assert loop.join(10)


def test_the_loop_takes_what_comes_tells_what_is_wrong_and_gets_well(
    begin: Begin,
    folder: Folder,
    box: MailboxSettings,
    running: Callable[[MailboxSettings], MailboxLoop],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(imap_loop, "LOGIN_REST", 0.1)
    folder.refuses_login = True
    running(box)
    wait_until(lambda: count(begin, MailboxState) == 1 and state(begin).failing_since is not None)
    assert "wrong password" in state(begin).error
    folder.refuses_login = False
    folder.add(mail(1))
    wait_until(lambda: count(begin, Inbox) == 1)
    wait_until(lambda: state(begin).failing_since is None and state(begin).last_ok_at is not None)
    assert folder.idling.wait(10)
    folder.add(mail(2))
    took = wait_until(lambda: count(begin, Inbox) == 2)
    assert took < 5
    assert state(begin).difference == 0


def test_the_loop_lets_go_of_its_mailbox_when_it_ends(
    app: Flask, begin: Begin, folder: Folder, box: MailboxSettings
) -> None:
    loop = MailboxLoop(app, box)
    loop.start()
    assert folder.idling.wait(20)
    with begin() as session:
        assert mailboxes.take(session, "kontakt") is None
    loop.end()
    assert loop.join(10)
    with begin() as session:
        assert mailboxes.take(session, "kontakt") is not None


def test_the_portions_of_one_transaction_are_bounded() -> None:
    sizes = {1: 10, 2: 300_000, 3: 10, 4: 10, 5: 250_000, **dict.fromkeys(range(6, 30), 250_000)}
    portions = list(imap_reader._portions(list(sizes), sizes))
    assert portions[:2] == [[1], [2]]
    assert [uid for portion in portions for uid in portion] == list(sizes)
    assert max(sum(sizes[uid] for uid in portion) for portion in portions) <= imap_reader.TOGETHER

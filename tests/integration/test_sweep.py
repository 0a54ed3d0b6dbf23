"""Stored bytes that nothing refers to go after a day; nothing that is referred to, or was just stored, ever does."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete
from sqlalchemy.exc import OperationalError

from contactcenter import runtime
from contactcenter.blobs import BlobStore
from contactcenter.model import Attachment, Inbox
from contactcenter.model.words import ChannelKind, DraftKind
from contactcenter.queries import dump, invariants
from contactcenter.services import drafts
from contactcenter.services.entries import StoredFile
from tests.integration.conftest import Begin
from tests.integration.mailroom import acting, arrive, attached, mail, rows
from tests.integration.people import Organisation, make_ticket
from workers import sweep as sweeping
from workers.sweep import FOLDERS, GRACE, SweepLoop, sweep

DAY = GRACE + 60
RAW = b"Received: from a.example.se by b.example.se\r\nFrom: maja@example.se\r\n\r\nHej"


@pytest.fixture
def blobs(begin: Begin) -> BlobStore:
    with begin(read_only=True):
        return runtime.current().blobs


def sweep_all(app: Flask, blobs: BlobStore, days: float) -> list[str]:
    """Look through everything as it is done once a day, so many days later; the keys that went."""
    age(blobs, days)
    return [key for folder in blobs.folders() for key in sweep(app, folder, time.time()).removed]


def age(blobs: BlobStore, days: float) -> None:
    """Let everything in the store, and what was noted of it, be so many days older."""
    for path in blobs.path("0" * 64).parents[1].rglob("*"):
        if path.is_file():
            seen = path.stat().st_mtime - days * DAY
            os.utime(path, (seen, seen))


def hidden(blobs: BlobStore) -> list[str]:
    return sorted(path.name for path in blobs.path("0" * 64).parents[1].rglob(".*"))


def test_what_nothing_refers_to_goes_after_two_looks_a_day_apart(app: Flask, blobs: BlobStore) -> None:
    key = blobs.put(b"an upload that came to nothing")
    assert sweep_all(app, blobs, 0) == [], "its row may be about to be written"
    assert sweep_all(app, blobs, 1) == [], "nobody knows since when nothing has referred to it"
    assert blobs.has(key)
    assert sweep_all(app, blobs, 1) == [key]
    assert not blobs.has(key)
    assert sweep_all(app, blobs, 1) == []
    assert hidden(blobs) == []


def test_a_file_that_was_taken_out_of_a_draft_goes_a_day_later(
    app: Flask, begin: Begin, organisation: Organisation, blobs: BlobStore
) -> None:
    key = blobs.put(b"utkast")
    actor = acting(begin, organisation.alice)
    with begin() as session:
        ticket = make_ticket(session, organisation.common, organisation.first_line)
        file = StoredFile("utkast.txt", "text/plain", 6, key)
        drafts.attach(session, actor, ticket, DraftKind.REPLY, file, limit=100)
    assert sweep_all(app, blobs, 5) == []
    with begin() as session:
        session.execute(delete(Attachment))
    assert sweep_all(app, blobs, 0) == [], "a backup that began before may still want it"
    assert sweep_all(app, blobs, 1) == [key]


def test_whatever_a_row_refers_to_stays_for_ever(
    app: Flask, begin: Begin, organisation: Organisation, blobs: BlobStore
) -> None:
    arrive(begin, mail(attachments=(attached("a.pdf", b"%PDF-1"), attached("b.pdf", b"%PDF-1"))))
    with begin(read_only=True) as session:
        kept = set(dump.blob_keys(session))
    assert len(kept) == 2
    for _ in range(4):
        assert sweep_all(app, blobs, 1) == []
    assert set(blobs.all_keys()) == kept
    with begin(read_only=True) as session:
        here = runtime.current()
        check = invariants.Check(session, here.blobs, here.keys, None, None, False)
        assert list(invariants.verify(check)) == []
        assert check.counts["unreferenced"] == 0


def test_a_mail_without_a_row_stays_for_ever(app: Flask, begin: Begin, blobs: BlobStore) -> None:
    """After an old backup was restored it is the only copy of what was accepted since."""
    keys = {blobs.put(raw) for raw in (RAW, b"From a Fri Nov 20\r\n" + RAW, b"X-Odd: 1\r\nDate: x\r\n" + RAW)}
    none = {blobs.put(other) for other in (b"Hej: jag", b"{}", b"", b"%PDF-1.7\nFrom: nobody", b"\x89PNG\r\n\x1a\n")}
    for _ in range(3):
        sweep_all(app, blobs, 1)
    assert set(blobs.all_keys()) == keys
    assert none.isdisjoint(keys)


def test_what_is_referred_to_again_or_stored_again_begins_anew(app: Flask, begin: Begin, blobs: BlobStore) -> None:
    key = blobs.put(b"settings")
    assert sweep_all(app, blobs, 1) == []
    age(blobs, 3)
    assert blobs.put(b"settings") == key
    assert sweep_all(app, blobs, 0) == [], "somebody has stored the same bytes a moment ago"
    assert hidden(blobs) == [], "what was noted of it no longer holds"
    assert sweep_all(app, blobs, 1) == []
    assert sweep_all(app, blobs, 1) == [key]


Fault = Callable[[BlobStore, str], None]


def again(blobs: BlobStore, key: str) -> None:
    assert blobs.put(b"the same bytes") == key


def fails(blobs: BlobStore, key: str) -> None:
    raise OperationalError("", {}, Exception("the database is away"))


@pytest.fixture
def lost(app: Flask, blobs: BlobStore) -> str:
    """Bytes that the next look would remove."""
    key = blobs.put(b"the same bytes")
    sweep_all(app, blobs, 1)
    age(blobs, 3)
    return key


def test_bytes_stored_while_they_are_looked_at_stay(
    app: Flask, blobs: BlobStore, lost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = blobs.set_aside

    def meanwhile(key: str, before: float) -> Path | None:
        again(blobs, key)
        return real(key, before)

    monkeypatch.setattr(blobs, "set_aside", meanwhile)
    assert sweep_all(app, blobs, 0) == []
    assert blobs.get(lost) == b"the same bytes"
    assert not any("aside" in name for name in hidden(blobs))


def test_bytes_stored_while_they_are_out_of_sight_stay(
    app: Flask, blobs: BlobStore, lost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = dump.referred_of

    def meanwhile(session: object, keys: object) -> set[str]:
        assert not blobs.has(lost)
        again(blobs, lost)
        return real(session, keys)  # type: ignore[arg-type]

    monkeypatch.setattr(dump, "referred_of", meanwhile)
    sweep_all(app, blobs, 0)
    assert blobs.get(lost) == b"the same bytes"
    monkeypatch.setattr(dump, "referred_of", real)
    assert sweep_all(app, blobs, 0) == [], "it is young, whoever else looks"


def test_a_row_written_while_they_are_out_of_sight_keeps_them(
    app: Flask, begin: Begin, blobs: BlobStore, lost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = dump.referred

    def before(session: object, folder: str) -> set[str]:
        found = real(session, folder)  # type: ignore[arg-type]
        if not rows(begin, Inbox):
            row = Inbox(channel=ChannelKind.EMAIL, dedupe_key="d", raw_key=lost, size=1)
            with begin() as other:
                other.add(row)  # as its intake does that began a long time ago
        return found

    monkeypatch.setattr(dump, "referred", before)
    assert sweep_all(app, blobs, 0) == []
    assert len(rows(begin, Inbox)) == 1
    assert blobs.get(lost) == b"the same bytes"


@pytest.mark.parametrize("fault", [fails, KeyboardInterrupt], ids=["database away", "told to end"])
def test_a_fault_in_the_middle_leaves_everything(
    app: Flask, blobs: BlobStore, lost: str, monkeypatch: pytest.MonkeyPatch, fault: Fault | type[BaseException]
) -> None:
    def broken(session: object, keys: object) -> set[str]:
        if isinstance(fault, type):
            raise fault
        fault(blobs, lost)
        raise AssertionError("it fails before this")

    monkeypatch.setattr(dump, "referred_of", broken)
    with pytest.raises((OperationalError, KeyboardInterrupt)):
        sweep_all(app, blobs, 0)
    assert blobs.get(lost) == b"the same bytes"
    assert not any("aside" in name for name in hidden(blobs))


def test_what_a_killed_sweeper_had_set_aside_comes_back(app: Flask, blobs: BlobStore, lost: str) -> None:
    assert blobs.set_aside(lost, time.time() + DAY) is not None
    half = blobs.path(lost).with_name(f".{lost}.0123456789ab")
    half.write_bytes(b"the sa")
    assert not blobs.has(lost)
    assert sweep_all(app, blobs, 0) == []
    assert blobs.get(lost) == b"the same bytes"
    assert half.exists(), "somebody may be writing it"
    sweep_all(app, blobs, 2)
    assert not half.exists()


def test_nothing_stored_is_lost_while_two_sweep_without_pause(app: Flask, begin: Begin, blobs: BlobStore) -> None:
    """Whoever stores bytes and writes their row within the grace finds them for ever, however often they come."""
    grace, ended, gone = 0.2, threading.Event(), list[str]()
    contents = [b"%d" % number for number in range(12)]

    def sweeper() -> None:
        while not ended.is_set():
            for folder in blobs.folders():
                gone.extend(sweep(app, folder, time.time(), grace).removed)

    threads = [threading.Thread(target=sweeper) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        until, came, number = time.monotonic() + 6, 0, 0
        while time.monotonic() < until:
            content = contents[came % len(contents)]
            began, key = time.monotonic(), blobs.put(content)
            came += 1
            if came % 3 == 0:
                with begin() as session:
                    number += 1
                    session.add(Inbox(channel=ChannelKind.EMAIL, dedupe_key=f"d{number}", raw_key=key, size=1))
                if time.monotonic() - began < grace / 2:
                    assert blobs.get(key) == content
                with begin() as session:
                    session.execute(delete(Inbox))
    finally:
        ended.set()
        for thread in threads:
            thread.join(20)
    assert came > len(contents)


def test_every_folder_has_its_turn_once_a_day(
    app: Flask, begin: Begin, blobs: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    swept: list[str] = []
    monkeypatch.setattr(sweeping, "sweep", lambda app, folder, now: swept.append(folder))
    now = [1_800_000_000.5]
    monkeypatch.setattr(time, "time", lambda: now[0])
    loop = SweepLoop(app)
    now[0] += loop.step()
    assert swept == [], "a process that only comes and goes sweeps nothing"
    for _ in range(FOLDERS):
        now[0] += loop.step() + 0.001
    assert sorted(swept) == [f"{number:02x}" for number in range(FOLDERS)]
    assert now[0] == pytest.approx(1_800_000_000.5 + GRACE, abs=GRACE / FOLDERS + 1)


def test_a_store_that_fails_is_told_of_and_tried_another_day(
    app: Flask, blobs: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(app: Flask, folder: str, now: float) -> None:
        raise PermissionError("read-only")

    monkeypatch.setattr(sweeping, "sweep", broken)
    loop = SweepLoop(app)
    loop.step()
    assert 0 < loop.step() <= GRACE / FOLDERS

"""What stands behind 250: bytes and row, or an error that lets the sender keep the mail and leaves no row."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from channels.message import Envelope
from contactcenter import runtime
from contactcenter.app import create_app
from contactcenter.blobs import BlobStore
from contactcenter.model import Inbox
from contactcenter.runtime import build_runtime
from contactcenter.services import inbox
from contactcenter.services.inbox import Arrived
from contactcenter.settings import Settings
from tests.integration.conftest import Begin
from tests.integration.mailroom import count
from workers.accept import Acceptor
from workers.smtp import NoSpace

RAW = b"From: maja@example.se\r\n\r\nHej"
WAIT_AT_MOST = 20.0
ENVELOPE = Envelope("maja@example.se", ("kontakt@ekhamra.example",), "127.0.0.1")


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + WAIT_AT_MOST
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.001)


def test_an_accepted_mail_is_a_row_and_a_file(app: Flask, begin: Begin) -> None:
    Acceptor(app)(RAW, ENVELOPE)
    with begin(read_only=True) as session:
        row = session.query(Inbox).one()
        assert runtime.current().blobs.get(row.raw_key) == RAW


def test_a_full_disk_is_no_space_and_no_row(
    app: Flask, begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        here = runtime.current()
    full = BlobStore(tmp_path / "full", free_bytes=2**62)
    monkeypatch.setitem(app.extensions, "contactcenter", replace(here, blobs=full))
    with pytest.raises(NoSpace):
        Acceptor(app)(RAW, ENVELOPE)
    assert count(begin, Inbox) == 0


def test_a_database_that_is_away_is_an_error_and_the_bytes_do_no_harm(tmp_path: Path) -> None:
    away = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
    app = create_app(build_runtime(Settings(database_url=away), tmp_path))
    with pytest.raises(OperationalError):
        Acceptor(app)(RAW, ENVELOPE)


def test_mails_that_arrive_together_share_a_transaction_and_each_is_stored(app: Flask, begin: Begin) -> None:
    acceptor, sizes = Acceptor(app), list[int]()
    together = inbox.accept_all

    def held(session: Session, messages: Sequence[Arrived]) -> None:
        if not sizes:
            wait_until(lambda: len(acceptor._waiting) == 7)
        sizes.append(len(messages))
        together(session, messages)

    with pytest.MonkeyPatch.context() as patched, ThreadPoolExecutor(8) as threads:
        patched.setattr(inbox, "accept_all", held)
        list(threads.map(lambda number: acceptor(RAW + str(number % 7).encode(), ENVELOPE), range(8)))
    assert sizes == [1, 7]
    assert count(begin, Inbox) == 7


def test_one_mail_that_cannot_be_stored_fails_no_other(app: Flask, begin: Begin) -> None:
    acceptor, begun = Acceptor(app), list[int]()
    together = inbox.accept_all

    def held(session: Session, messages: Sequence[Arrived]) -> None:
        begun.append(len(messages))
        if len(begun) == 1:
            wait_until(lambda: len(acceptor._waiting) == 3)
        together(session, messages)
        if any(message.size == len(RAW) + 3 for message in messages):
            raise ValueError("this one")

    def give(extra: bytes) -> str:
        try:
            acceptor(RAW + extra, ENVELOPE)
        except ValueError as error:
            return str(error)
        return "stored"

    with pytest.MonkeyPatch.context() as patched, ThreadPoolExecutor(4) as threads:
        patched.setattr(inbox, "accept_all", held)
        answers = sorted(threads.map(give, [b"1", b"22", b"333", b"4444"]))
    assert answers == ["stored", "stored", "stored", "this one"]
    assert count(begin, Inbox) == 3

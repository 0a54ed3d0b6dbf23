"""What stands behind 250: bytes and row, or an error that lets the sender keep the mail and leaves no row."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from channels.message import Envelope
from contactcenter import runtime
from contactcenter.app import create_app
from contactcenter.blobs import BlobStore
from contactcenter.model import Inbox
from contactcenter.runtime import build_runtime
from contactcenter.settings import Settings
from tests.integration.conftest import Begin
from tests.integration.mailroom import count
from workers.accept import Acceptor
from workers.smtp import NoSpace

RAW = b"From: maja@example.se\r\n\r\nHej"
ENVELOPE = Envelope("maja@example.se", ("kontakt@ekhamra.example",), "127.0.0.1")


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

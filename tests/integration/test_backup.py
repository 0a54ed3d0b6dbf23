"""A backup holds everything of one moment, and restored it is safe to go on with, on either database."""

from __future__ import annotations

import io
import shutil
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from contactcenter import clock, runtime
from contactcenter.app import create_app
from contactcenter.db import Base, db
from contactcenter.errors import StartError
from contactcenter.model import AgentSession, Attachment, Entry, Inbox, Outbox, Ticket
from contactcenter.model.words import EntryKind, InboxState
from contactcenter.queries import dump, invariants
from contactcenter.runtime import build_runtime
from contactcenter.services import outbox, restoring, threads, tokens
from contactcenter.settings import Settings
from tests.integration import databases
from tests.integration.conftest import Begin
from tests.integration.mailroom import accept, answer, arrive, attached, mail, rows
from tests.integration.people import Organisation
from workers.backup import backup
from workers.process import unit_of_work
from workers.restore import restore

Restored = tuple[Flask, Path]


@pytest.fixture
def settings(app: Flask) -> Settings:
    with app.app_context():
        return runtime.current().settings


@pytest.fixture
def number(begin: Begin, organisation: Organisation) -> int:
    """A ticket with a file and an answer that is owed, a mail that waits, somebody signed in, and a token."""
    number = arrive(
        begin, mail("Får jag bygga ett växthus? 🏡", attachments=(attached(),), message_id="<a@example.se>")
    )
    answer(begin, organisation.alice, number, "Ja, det får du.")
    accept(begin, mail("Och en till.", subject="Senare"))
    with begin() as session:
        tokens.add(session, "E-tjänster", tokens.scopes("read"), organisation.alice)
        session.add(
            AgentSession(
                token_hash="0" * 64, agent_id=organisation.alice.id, seen_at=clock.now(), expires_at=clock.now()
            )
        )
    return number


@pytest.fixture
def file(settings: Settings, tmp_path: Path, number: int) -> Path:
    path = tmp_path / "backup.tar"
    assert backup(settings, tmp_path, str(path)) == 0
    return path


@pytest.fixture(scope="module")
def small(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The backup of an installation with nothing in it, for what is only about the file."""
    data = tmp_path_factory.mktemp("small")
    shutil.copy(sqlite_template, data / "contactcenter.db")
    assert backup(Settings(), data, str(data / "backup.tar")) == 0
    return data / "backup.tar"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Settings, Path]]:
    """Another data folder with a database that has nothing in it, not even tables."""
    data = tmp_path / "elsewhere"
    if request.param == "sqlite":
        yield Settings(database_url=f"sqlite:///{tmp_path / 'elsewhere.db'}"), data
        return
    with databases.postgres("elsewhere") as url:
        yield Settings(database_url=url), data


def content(app: Flask, but: tuple[str, ...] = ()) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of a backup's tables."""
    with unit_of_work(app, read_only=True) as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(*table.columns).order_by(table.c.id))]
            for table in dump.tables()
            if table.name not in but
        }


def opened(settings: Settings, data: Path) -> Flask:
    return create_app(build_runtime(settings, data))


def test_everything_comes_back_on_either_database(app: Flask, file: Path, elsewhere: tuple[Settings, Path]) -> None:
    settings, data = elsewhere
    assert restore(settings, data, file) == 0
    there = opened(settings, data)
    told, told_before = content(there, ("outbox",)), content(app, ("outbox",))
    events, before = told.pop("event"), told_before.pop("event")
    assert told == told_before
    assert events == [(row_id, 0, *rest) for row_id, _xid, *rest in before], "before all that is done from now on"
    with unit_of_work(there, read_only=True) as session:
        check = invariants.Check(session, runtime.current().blobs, runtime.current().keys)
        assert list(invariants.verify(check)) == []
        assert session.scalars(select(AgentSession)).all() == [], "who was signed in then is not signed in again"
        key, token = (
            runtime.current().keys.reply_address,
            threads.reply_address(runtime.current().keys, 7, "k@x.example"),
        )
    with app.app_context():
        assert key.read(token.partition("+")[2].partition("@")[0]) == 7, "letters that are out can still be answered"
        assert runtime.current().keys.reply_address.sign(7) == key.sign(7)
    with there.app_context():
        db.engine.dispose()


def test_what_was_given_out_after_the_backup_is_never_given_again(
    file: Path, elsewhere: tuple[Settings, Path], begin: Begin, organisation: Organisation
) -> None:
    """Else a resident who answers a letter of the lost days would write into a stranger's ticket."""
    settings, data = elsewhere
    set_aside(begin)
    lost = arrive(begin, mail("Efter säkerhetskopian.", sender="lost@example.se"))
    [lost_row] = rows(begin, Ticket, Ticket.number == lost)
    [lost_entry] = rows(begin, Entry, Entry.ticket_id == lost_row.id, Entry.kind == EntryKind.MESSAGE)
    restore(settings, data, file)
    there = opened(settings, data)

    def begin_there(**how: bool) -> Any:
        return unit_of_work(there, **how)

    set_aside(begin_there)
    new = arrive(begin_there, mail("Någon annan.", sender="other@example.se"))
    [row] = rows(begin_there, Ticket, Ticket.number == new)
    [entry] = rows(begin_there, Entry, Entry.ticket_id == row.id, Entry.kind == EntryKind.MESSAGE)
    assert row.id > lost_row.id + restoring.IDS_PASSED_OVER // 2
    assert entry.id > lost_entry.id + restoring.IDS_PASSED_OVER // 2
    assert new > lost + restoring.NUMBERS_PASSED_OVER // 2
    with there.app_context():
        db.engine.dispose()


def set_aside(begin: Begin) -> None:
    """Put what waits into quarantine, so that the next mail is alone."""
    with begin() as session:
        session.execute(update(Inbox).values(state=InboxState.QUARANTINED, reason="test"))


def test_an_answer_that_was_owed_is_not_sent_again_unasked(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may have left after the backup was made; `handed` is what the relay finds after a crash while sending."""
    data = tmp_path / "other"
    restore(Settings(), data, file)
    told = capsys.readouterr().out
    assert "1 answers were on their way" in told
    assert "1 tokens of programs work again" in told
    there = opened(Settings(), data)
    with unit_of_work(there, read_only=True) as session:
        [promise] = session.scalars(select(Outbox).where(Outbox.kind == outbox.DELIVER)).all()
        assert (promise.outcome, promise.done_at, promise.lease_until) == (outbox.Mark.HANDED, None, None)
    with there.app_context():
        db.engine.dispose()


def test_missing_bytes_are_told_and_the_rest_is_kept(
    settings: Settings, tmp_path: Path, number: int, begin: Begin, capsys: pytest.CaptureFixture[str]
) -> None:
    [kept] = rows(begin, Attachment)
    with begin():
        runtime.current().blobs.path(kept.blob_key).unlink()
    assert backup(settings, tmp_path, str(tmp_path / "b.tar")) == 1
    assert kept.blob_key in capsys.readouterr().err
    other = tmp_path / "other"
    assert restore(Settings(), other, tmp_path / "b.tar") == 1


def test_a_folder_that_is_not_the_services_is_refused(settings: Settings, tmp_path: Path, number: int) -> None:
    """Else the backup would hold rows without their bytes, and a key that nothing was signed with."""
    with pytest.raises(StartError, match="--data"):
        backup(settings, tmp_path / "elsewhere", str(tmp_path / "b.tar"))
    assert not (tmp_path / "elsewhere").exists()
    assert not (tmp_path / "b.tar").exists()


def test_it_never_goes_where_there_are_rows(settings: Settings, tmp_path: Path, file: Path) -> None:
    with pytest.raises(StartError, match="not empty"):
        restore(settings, tmp_path, file)
    data = tmp_path / "other"
    with pytest.raises(StartError, match="not empty"):
        restore(settings, data, file)
    assert not (data / "keys" / "signing.key").exists(), "else the next start would sign with it"


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path, small: Path) -> None:
    before = small.read_bytes()
    with pytest.raises(StartError, match="exists already"):
        backup(Settings(), small.parent, str(small))
    assert small.read_bytes() == before


def test_only_its_owner_may_read_it(small: Path) -> None:
    assert small.stat().st_mode & 0o777 == 0o600


def _cut(raw: bytes) -> bytes:
    return raw[: len(raw) // 2]


def _spoil(raw: bytes) -> bytes:
    at = raw.index(b"tables/ticket.jsonl.gz") + 512 + 8
    return raw[:at] + bytes((raw[at] ^ 255,)) + raw[at + 1 :]


def _other_schema(raw: bytes) -> bytes:
    return raw.replace(b'"schema": "0001"', b'"schema": "0000"')


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (_cut, "not a whole backup"),
        (_spoil, r"damaged: tables/ticket"),
        (_other_schema, "restore it with that version"),
        (lambda raw: b"something else", "not a whole backup"),
    ],
)
def test_a_damaged_backup_changes_nothing(
    small: Path, tmp_path: Path, damage: Callable[[bytes], bytes], reason: str
) -> None:
    bad = tmp_path / "bad.tar"
    bad.write_bytes(damage(small.read_bytes()))
    data = tmp_path / "other"
    with pytest.raises(StartError, match=reason):
        restore(Settings(), data, bad)
    assert not (data / "contactcenter.db").exists()


def test_a_row_that_is_none_changes_nothing(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is filled in one transaction: the last table's mistake undoes the first table's rows."""
    monkeypatch.setattr(restoring, "settle", _fail)
    data = tmp_path / "other"
    with pytest.raises(StartError, match="planned"):
        restore(Settings(), data, small)
    monkeypatch.undo()
    assert restore(Settings(), data, small) == 0


def _fail(connection: object) -> None:
    raise StartError("planned")


def test_it_is_never_mixed_with_what_is_there(tmp_path: Path, small: Path) -> None:
    data = tmp_path / "other"
    build_runtime(Settings(), data)
    with pytest.raises(StartError, match="another key"):
        restore(Settings(), data, small)


def test_names_inside_the_file_lead_nowhere(small: Path, tmp_path: Path) -> None:
    """A backup that somebody has changed cannot write outside the data folder."""
    changed = tmp_path / "changed.tar"
    shutil.copy(small, changed)
    with tarfile.open(changed, "a") as tar:
        info = tarfile.TarInfo("blobs/../../../evil")
        info.size = 4
        tar.addfile(info, io.BytesIO(b"evil"))
    restore(Settings(), tmp_path / "deep" / "er" / "other", changed)
    assert [path for path in tmp_path.rglob("evil")] == []


def test_every_column_that_names_stored_bytes_is_known() -> None:
    """A new table with stored bytes must be in backups."""
    named = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith(("blob_key", "raw_key", "logo_key"))
    }
    assert named == {f"{column.class_.__tablename__}.{column.key}" for column in dump.BLOB_COLUMNS}

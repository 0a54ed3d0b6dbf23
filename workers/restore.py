"""`contactcenter restore`: a backup into an empty data folder and an empty database; all of it or nothing."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, func, select

from contactcenter import migrate, schema
from contactcenter.blobs import BlobStore, StoreFull
from contactcenter.db import Base
from contactcenter.errors import StartError
from contactcenter.keys import begin_anew
from contactcenter.model import ApiToken, Outbox, Webhook
from contactcenter.queries import dump
from contactcenter.runtime import build_runtime
from contactcenter.services import outbox, restoring
from contactcenter.settings import Settings
from workers.backup import FORMAT, KEY, MANIFEST, Manifest, TableFile
from workers.lock import serve_lock

KEY_BYTES = 32
MAX_MANIFEST = 64_000_000


def restore(settings: Settings, data: Path, source: Path) -> int:
    """Fill the data folder `data` and the configured database from the backup `source`; 1 when bytes were lost, else 0.

    Raises:
        StartError: the backup is not whole, is of another schema, or would be mixed with what is there already.
    """
    try:
        with tarfile.open(source, mode="r:") as tar:
            manifest = _manifest(tar, source)
            with _key_of(tar, data), ExitStack() as stack:
                here = build_runtime(settings, data)
                if here.database_url.startswith("sqlite"):
                    stack.enter_context(serve_lock(here.data))
                connection = stack.enter_context(schema.opened(here.database_url))
                migrate.upgrade_within(connection)
                if not restoring.is_empty(connection):
                    raise StartError("the database is not empty: restore into an empty one (and another --data)")
                _put_blobs(tar, here.blobs)
                _load(tar, manifest, connection)
                begin_anew((data / KEY).parent)
                notes = _notes(connection)
    except tarfile.TarError as error:
        raise StartError(f"{source} is not a whole backup: {error}") from error
    except (OSError, StoreFull) as error:
        raise StartError(f"{source} cannot be restored: {getattr(error, 'strerror', None) or error}") from error
    rows = sum(table.rows for table in manifest.tables.values())
    print(f"restored {rows} rows and {manifest.blobs} stored files, as of {manifest.made_at}", *notes, sep="\n")
    for key in manifest.lost:
        print(f"missing or spoiled when the backup was made: blob {key}")
    return 1 if manifest.lost else 0


def _manifest(tar: tarfile.TarFile, source: Path) -> Manifest:
    names = set(tar.getnames())
    if MANIFEST not in names:
        raise StartError(f"{source} is not a whole backup: it has no {MANIFEST} at its end")
    try:
        raw: dict[str, Any] = json.loads(_member(tar, MANIFEST).read(MAX_MANIFEST))
        tables = {name: TableFile(**stored) for name, stored in raw.pop("tables").items()}
        manifest = Manifest(**raw, tables=tables)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise StartError(f"{source} is not a backup of ours: {MANIFEST}: {error}") from error
    if manifest.format != FORMAT or manifest.schema != schema.head():
        raise StartError(
            f"{source} has schema {manifest.schema} and was made by version {manifest.version}: "
            "restore it with that version, then upgrade"
        )
    known = {table.name for table in dump.tables()}
    if set(manifest.tables) != known:
        raise StartError(f"{source} holds other tables than this version: {sorted(known ^ set(manifest.tables))}")
    for name, stored in manifest.tables.items():
        with _member(tar, _path(name)) as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != stored.sha256:  # type: ignore[arg-type]
                raise StartError(f"{source} is damaged: {_path(name)} is not what was written")
    return manifest


def _path(table: str) -> str:
    return f"tables/{table}.jsonl.gz"


def _member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    try:
        file = tar.extractfile(name)
    except KeyError:
        file = None
    if file is None:
        raise StartError(f"the backup lacks {name}: it is not whole")
    return file


@contextmanager
def _key_of(tar: tarfile.TarFile, data: Path) -> Iterator[None]:
    """The key that reply addresses were signed with, taken away again when nothing is restored.

    A folder with another key is in use by somebody else.
    """
    key = _member(tar, KEY).read(KEY_BYTES + 1)
    path = data / KEY
    if path.exists():
        if path.read_bytes() != key:
            raise StartError(f"{path} is another key than the backup's: restore into an empty data folder")
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.part")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    try:
        yield
    except BaseException:
        path.unlink()
        raise


def _put_blobs(tar: tarfile.TarFile, blobs: BlobStore) -> None:
    """Stored bytes first, rows after. What is not the bytes of its name is kept under its own, and `verify` tells."""
    for member in tar:
        if member.isfile() and member.name.startswith("blobs/"):
            file = tar.extractfile(member)
            if file is not None:
                blobs.put(file.read())


def _load(tar: tarfile.TarFile, manifest: Manifest, connection: Connection) -> None:
    with restoring.references_later(connection):
        for table in Base.metadata.sorted_tables:
            stored = manifest.tables.get(table.name)
            if stored is None:
                continue
            with _member(tar, _path(table.name)) as file:
                try:
                    loaded = restoring.load(connection, table, dump.rows(table, stored.columns, _lines(file)))
                except (ValueError, EOFError) as error:
                    raise StartError(f"the backup cannot be used: {error}") from error
            if loaded != stored.rows:
                raise StartError(f"the backup cannot be used: {table.name} has {loaded} rows, not {stored.rows}")
    restoring.settle(connection)


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=file, mode="rb") as unpacked:
        yield from unpacked


def _notes(connection: Connection) -> list[str]:
    """What somebody must look at: what came after the backup is not known to it."""
    owed = select(func.count()).where(Outbox.done_at.is_(None), Outbox.kind == outbox.DELIVER)
    answers = connection.scalar(owed) or 0
    tokens = connection.scalar(select(func.count()).select_from(ApiToken).where(ApiToken.revoked_at.is_(None))) or 0
    notes = [
        "run `contactcenter verify` before you start the service",
        "everybody is signed out, and links to choose a password have ended",
        "who was disabled since the backup must be disabled again (`agent disable`)",
    ]
    if tokens:
        notes.append("programs that follow `GET /events` are told to begin anew")
    if answers:
        notes.append(f"{answers} answers were on their way: each is shown as uncertain, for it may have left")
    hooks = connection.scalar(select(func.count()).select_from(Webhook)) or 0
    if hooks:
        notes.append(f"{hooks} webhooks call again: remove those that were removed since (`webhook list`)")
    if tokens:
        notes.append(f"{tokens} tokens of programs work again: revoke those that have ended since (`token list`)")
    return notes

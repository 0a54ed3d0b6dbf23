"""`contactcenter backup`: everything that the service knows, of one moment, in one file; also beside a running service.

The file is a tar: `tables/*.jsonl.gz` (rows, of one snapshot), `blobs/…` (what they refer to, copied after them: bytes
are stored before a row names them and never changed), `keys/signing.key`, and at the end `manifest.json` with the sums
of the others. It is the same from SQLite and PostgreSQL, so that it also carries an installation from one to the other.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from flask import Flask

from contactcenter import __version__, clock, runtime, schema
from contactcenter.blobs import BlobStore
from contactcenter.db import db, hold_still
from contactcenter.errors import StartError
from contactcenter.queries import dump
from contactcenter.runtime import Runtime
from contactcenter.settings import Settings
from workers.process import existing_app, unit_of_work

FORMAT = 1
MANIFEST = "manifest.json"
KEY = "keys/signing.key"


@dataclass(slots=True)
class TableFile:
    """One table in a backup: its columns in order, how many rows, and the sha256 of its file."""

    columns: list[str]
    rows: int
    sha256: str


@dataclass(slots=True)
class Manifest:
    """What is in a backup. `lost` are the keys of bytes that were missing or spoiled when it was made."""

    format: int
    schema: str
    version: str
    made_at: str
    tables: dict[str, TableFile] = field(default_factory=dict)
    blobs: int = 0
    lost: list[str] = field(default_factory=list)


def backup(settings: Settings, data: Path, target: str) -> int:
    """Write a backup to the new file `target`, or to standard output for `-`; 1 when stored bytes are missing, else 0.

    Raises:
        StartError: there is no database, the data folder is not its own, or the file exists or cannot be written.
    """
    if settings.database_url and not (data / KEY).exists():
        raise StartError(f"{data} has no {KEY}: name the data folder of the service with --data")
    app = existing_app(settings, data)
    with app.app_context():
        try:
            manifest = _write(app, runtime.current(), target)
        except OSError as error:
            raise StartError(f"the backup {target} cannot be written: {error.strerror or error}") from error
        finally:
            db.engine.dispose()
    for key in manifest.lost:
        print(f"missing or spoiled: blob {key}", file=sys.stderr)
    print(_told(manifest, target), file=sys.stderr if target == "-" else sys.stdout)
    return 1 if manifest.lost else 0


def _write(app: Flask, here: Runtime, target: str) -> Manifest:
    manifest = Manifest(FORMAT, schema.head(), __version__, "")
    with _target(target) as (file, folder), tarfile.open(fileobj=file, mode="w|") as tar:
        with tempfile.TemporaryFile("w+", dir=folder, encoding="ascii") as keys:
            with unit_of_work(app, read_only=True) as session:
                hold_still(session)
                manifest.made_at = clock.now().isoformat(timespec="seconds")
                for table in dump.tables():
                    lines = dump.lines(session, table)
                    manifest.tables[table.name] = _add_table(tar, table.name, table.columns.keys(), lines, folder)
                keys.writelines(f"{key}\n" for key in dump.blob_keys(session))
            keys.seek(0)
            _add_blobs(tar, here.blobs, (line.strip() for line in keys), manifest)
        _add(tar, KEY, (here.data / KEY).read_bytes())
        _add(tar, MANIFEST, json.dumps(asdict(manifest), indent=1).encode())
    return manifest


def _told(manifest: Manifest, target: str) -> str:
    rows = sum(table.rows for table in manifest.tables.values())
    what = f"{manifest.tables['ticket'].rows} tickets, {rows} rows, {manifest.blobs} stored files"
    return f"{target}: {what}, as of {manifest.made_at}"


@contextmanager
def _target(target: str) -> Iterator[tuple[IO[bytes], Path | None]]:
    """Where to write, and a folder with room for parts of it. A file appears whole, and only its owner may read it."""
    if target == "-":
        yield sys.stdout.buffer, None
        sys.stdout.buffer.flush()
        return
    path = Path(target)
    if path.exists():
        raise StartError(f"{path} exists already: name a new file")
    draft = path.with_name(f".{path.name}.part")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file, path.parent
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _add_table(
    tar: tarfile.TarFile, name: str, columns: list[str], lines: Iterator[bytes], folder: Path | None
) -> TableFile:
    rows = 0
    with tempfile.TemporaryFile(dir=folder) as file:
        with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=5, filename="", mtime=0) as packed:
            for line in lines:
                packed.write(line)
                rows += 1
        size = file.tell()
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        _add_file(tar, f"tables/{name}.jsonl.gz", file, size)
    return TableFile(list(columns), rows, digest)


def _add_blobs(tar: tarfile.TarFile, blobs: BlobStore, keys: Iterator[str], manifest: Manifest) -> None:
    for key in keys:
        try:
            whole = blobs.is_whole(key)
            with blobs.path(key).open("rb") as file:
                _add_file(tar, f"blobs/{key[:2]}/{key}", file, os.fstat(file.fileno()).st_size)
        except FileNotFoundError:
            whole = False
        else:
            manifest.blobs += 1
        if not whole:
            manifest.lost.append(key)


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    _add_file(tar, name, io.BytesIO(content), len(content))


def _add_file(tar: tarfile.TarFile, name: str, file: IO[bytes], size: int) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    tar.addfile(info, file)

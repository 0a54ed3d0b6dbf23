"""What one process needs beside the database: settings, folders, keys, stored bytes and the wake-up flags."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import cast

from flask import Flask, current_app

from contactcenter.blobs import BlobStore
from contactcenter.bus import Bus
from contactcenter.errors import StartError
from contactcenter.keys import KeyRing
from contactcenter.settings import Settings

_NAME = "contactcenter"


@dataclass(frozen=True, slots=True)
class Runtime:
    """Built once for each process and handed down."""

    settings: Settings
    data: Path
    keys: KeyRing
    blobs: BlobStore
    bus: Bus

    @property
    def database_url(self) -> str:
        """The configured database, or the SQLite file in the data folder."""
        return self.settings.database_url or f"sqlite:///{self.data / 'contactcenter.db'}"


def build_runtime(settings: Settings, data: Path) -> Runtime:
    """Make the folders, keys and stores below `data`.

    Raises:
        StartError: the folder cannot be made or written.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=data):  # no name that another process, starting at the same moment, could take away
            pass
        folder = data / "blobs"
        if settings.blobs_url:
            folder = Path(settings.blobs_url.removeprefix("file:"))
        blobs = BlobStore(folder, settings.limits.free_disk_bytes)
        return Runtime(settings, data.resolve(), KeyRing(data / "keys"), blobs, Bus())
    except OSError as error:
        raise StartError(f"the data folder {data} cannot be written: {error.strerror}") from error


def attach(app: Flask, runtime: Runtime) -> None:
    """Give `app` its runtime."""
    app.extensions[_NAME] = runtime


def current() -> Runtime:
    """The runtime of the application whose context is open."""
    return cast(Runtime, current_app.extensions[_NAME])

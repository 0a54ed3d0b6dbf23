"""Removes stored bytes that nothing refers to: files taken out of drafts, uploads that came to nothing.

Bytes are stored before the row that refers to them, and the same bytes are stored once: so nothing is removed but what
no row has referred to for a day, at every look, and what nobody has stored again in that time. It is taken out of sight
first and asked after once more. What looks like a mail stays for ever: without its row it may be the only copy, after
an old backup was restored.

Any number of processes may sweep at the same time. A folder at a time, all of them once a day.
"""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from pathlib import Path

from flask import Flask

from contactcenter import logs, runtime
from contactcenter.blobs import BlobStore
from contactcenter.queries import dump
from workers.loop import Loop
from workers.process import unit_of_work

log = logs.get_logger(__name__)

GRACE = timedelta(days=1) / timedelta(seconds=1)
FOLDERS = 256
REST = GRACE / FOLDERS
AT_ONCE = 200
_HEAD_BYTES = 16_384
_FIRST_FIELD = re.compile(rb"\s{0,9}(?:From |[!-9;-~]{1,60}[ \t]?:)")
_MAIL_FIELD = re.compile(rb"^(?:received|return-path|from|message-id|dkim-signature|mime-version):", re.I | re.M)


@dataclass(slots=True)
class Swept:
    """What became of a folder: `removed` are the keys that are gone for good, of `bytes` bytes together."""

    removed: list[str] = field(default_factory=list)
    bytes: int = 0


class SweepLoop:
    """One loop that sweeps the folder whose turn it is, by the time of the day."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._loop = Loop("sweep", self.step, threading.Event())
        self._rested = False

    def start(self) -> None:
        """Begin, after a rest: nothing is swept while a process only comes and goes."""
        self._loop.start()

    def end(self) -> None:
        """Ask it to end after what it is doing."""
        self._loop.end()

    def join(self, seconds: float) -> bool:
        """Wait for the end; False when it takes longer than `seconds`. Being killed does no harm."""
        return self._loop.join(seconds)

    def step(self) -> float:
        """Sweep a folder, unless this is the start; the seconds until the next one's turn."""
        if self._rested:
            folder = f"{int(time.time() // REST) % FOLDERS:02x}"
            try:
                sweep(self._app, folder, time.time())
            except OSError:
                log.exception("sweep_failed", folder=folder, next="in a day")
        self._rested = True
        return REST - time.time() % REST


def sweep(app: Flask, folder: str, now: float, grace: float = GRACE) -> Swept:
    """Remove what nothing refers to from one folder of the store; `now` is in seconds since 1970.

    Raises:
        OperationalError: the database is away; then nothing is removed.
        OSError: the store is.
    """
    with app.app_context():
        blobs = runtime.current().blobs
    if folder not in blobs.folders():
        return Swept()
    idle = blobs.idle(folder, now - grace)
    with unit_of_work(app, read_only=True) as session:
        referred = dump.referred(session, folder)
    unreferenced = [key for key in idle if key not in referred]
    since = blobs.marked(folder, unreferenced)
    old = (key for key in unreferenced if since[key] < now - grace and not _is_mail(blobs, key))
    swept = Swept()
    while some := list(islice(old, AT_ONCE)):
        _remove(app, blobs, some, now - grace, swept)
    if swept.removed:
        log.info("blobs_swept", folder=folder, files=len(swept.removed), bytes=swept.bytes)
    return swept


def _remove(app: Flask, blobs: BlobStore, keys: list[str], before: float, swept: Swept) -> None:
    """Set bytes aside, ask once more who refers to them, and remove those that still nobody does.

    Who has stored the same bytes before they were aside has made them young; who does so after has written others.
    """
    aside: dict[str, Path] = {}
    try:
        for key in keys:
            path = blobs.set_aside(key, before)
            if path is not None:
                aside[key] = path
        with unit_of_work(app, read_only=True) as session:
            referred = dump.referred_of(session, aside)
    except BaseException:
        for key, path in aside.items():
            blobs.put_back(key, path)
        raise
    for key, path in aside.items():
        if key in referred:
            blobs.put_back(key, path)
            continue
        try:
            size = path.stat().st_size
            path.unlink()
        except FileNotFoundError:  # another sweeper has put it back
            continue
        swept.bytes += size
        swept.removed.append(key)


def _is_mail(blobs: BlobStore, key: str) -> bool:
    """Whether the bytes begin as a mail does. What cannot be read is kept too."""
    try:
        head = blobs.head(key, _HEAD_BYTES)
    except OSError:
        return True
    return _FIRST_FIELD.match(head) is not None and _MAIL_FIELD.search(head) is not None

"""Stored bytes by their sha256: raw mail and files. Durable before anything refers to them."""

from __future__ import annotations

import errno
import hashlib
import math
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from contactcenter import logs

log = logs.get_logger(__name__)

_KEY = re.compile(r"[0-9a-f]{64}")
_LEFT = re.compile(r"\.(?P<key>[0-9a-f]{64})\.(?P<what>aside\.)?[0-9a-f]{12}")
_MARK = re.compile(r"\.(?P<key>[0-9a-f]{64})\.unreferenced")
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class StoreFull(Exception):
    """There is no room (or less than must stay free): keep the message and try again later."""


class BlobStore:
    """Files below one folder, named by the sha256 of their bytes. The same bytes are stored once."""

    def __init__(self, folder: Path, free_bytes: int = 0) -> None:
        self._folder = folder
        self._free_bytes = free_bytes
        self._durable: set[Path] = set()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def put(self, content: bytes) -> str:
        """Store `content` and give its key. The file and its folder are on disk when this returns.

        Raises:
            StoreFull: the disk is full or nearly so.
            OSError: the folder cannot be written.
        """
        key = hashlib.sha256(content).hexdigest()
        path = self._path(key)
        try:
            self._make_folder(path.parent)
            if _touched(path):
                _sync_folder(path.parent)  # another thread may have put it there a moment ago
                return key
            self._check_room(len(content))
            self._write(path, content)
        except OSError as error:
            if error.errno in _FULL:
                raise StoreFull(str(error)) from error
            raise
        return key

    def get(self, key: str) -> bytes:
        """The bytes of `key`.

        Raises:
            FileNotFoundError: there is no such blob.
        """
        return self._path(key).read_bytes()

    def head(self, key: str, size: int) -> bytes:
        """The first `size` bytes of `key`, or fewer.

        Raises:
            OSError: they cannot be read.
        """
        with self._path(key).open("rb") as file:
            return file.read(size)

    def path(self, key: str) -> Path:
        """Where the bytes of `key` lie, for streaming them out."""
        return self._path(key)

    def has(self, key: str) -> bool:
        """Whether the bytes of `key` are there; no name but a key is."""
        return _KEY.fullmatch(key) is not None and self._path(key).is_file()

    def is_whole(self, key: str) -> bool:
        """Whether the bytes of `key` are those that its name says; reads all of them.

        Raises:
            OSError: they cannot be read.
        """
        with self._path(key).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == key

    def all_keys(self) -> Iterator[str]:
        """The key of every blob, in no order."""
        for folder in self._folder.iterdir():
            if folder.is_dir():
                yield from (path.name for path in folder.iterdir() if _KEY.fullmatch(path.name))

    def folders(self) -> list[str]:
        """The names of the folders, each the first two digits of the keys in it; in order."""
        return sorted(path.name for path in self._folder.iterdir() if path.is_dir() and len(path.name) == 2)

    def idle(self, folder: str, before: float) -> list[str]:
        """The keys in `folder` that nobody has stored since `before` (seconds since 1970, of the disk's clock).

        What a process that was killed has left there is cleared up: what it had set aside is put back, and what it had
        half written before `before` is removed.
        """
        keys = []
        for path in sorted((self._folder / folder).iterdir()):
            left = _LEFT.fullmatch(path.name)
            if left and left["what"]:
                self.put_back(left["key"], path)
            elif left and _stored_at(path) < before:
                path.unlink(missing_ok=True)
            elif _KEY.fullmatch(path.name) and _stored_at(path) < before:
                keys.append(path.name)
        return keys

    def marked(self, folder: str, keys: Iterable[str]) -> dict[str, float]:
        """Mark `keys` as referred to by nothing, and no others in `folder`; since when each was so at every look."""
        since = {}
        wanted = set(keys)
        for path in (self._folder / folder).iterdir():
            found = _MARK.fullmatch(path.name)
            if found and found["key"] in wanted:
                since[found["key"]] = _stored_at(path)
            elif found:
                path.unlink(missing_ok=True)
        for key in wanted - since.keys():
            mark = self._path(key).with_name(f".{key}.unreferenced")
            mark.touch()
            since[key] = _stored_at(mark)
        return since

    def set_aside(self, key: str, before: float) -> Path | None:
        """Take the bytes of `key` out of sight; None when they are gone or somebody has stored them since `before`.

        Whoever stores the same bytes from now on writes them anew. Whoever did just before has renewed the time of the
        file that is aside: so it is looked at after, and by opening it, which also asks a disk of another machine.
        """
        path = self._path(key)
        aside = path.with_name(f".{key}.aside.{secrets.token_hex(6)}")
        try:
            path.rename(aside)
        except FileNotFoundError:
            return None
        if _stored_at(aside) < before:
            return aside
        self.put_back(key, aside)
        return None

    def put_back(self, key: str, aside: Path) -> None:
        """Let the bytes that were set aside be those of `key` again. They may stand for ones stored meanwhile: so they
        count as stored now.
        """
        try:
            os.utime(aside)
            aside.replace(self._path(key))
            _sync_folder(aside.parent)
        except FileNotFoundError:
            log.info("blob_back_already", key=key)

    def free(self) -> int:
        """Bytes that are free on the disk of the store."""
        return shutil.disk_usage(self._folder).free

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise FileNotFoundError(f"not a blob key: {key[:80]!r}")
        return self._folder / key[:2] / key

    def _check_room(self, size: int) -> None:
        if self._free_bytes and self.free() - size < self._free_bytes:
            raise StoreFull("less free disk than `limits.free_disk_bytes`")

    def _make_folder(self, folder: Path) -> None:
        """One folder for each first two digits of a key; each is synced once by every process."""
        if folder not in self._durable:
            folder.mkdir(exist_ok=True, mode=0o700)
            _sync_folder(self._folder)
            self._durable.add(folder)

    def _write(self, path: Path, content: bytes) -> None:
        draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        try:
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
            try:
                rest = memoryview(content)
                while rest:
                    rest = rest[os.write(handle, rest) :]
                os.fsync(handle)
            finally:
                os.close(handle)
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)


def _touched(path: Path) -> bool:
    """Whether the file is there; it counts as stored now, so that nobody takes it for one that is not needed."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def _stored_at(path: Path) -> float:
    """When a file was last stored. One that is gone meanwhile was so just now."""
    try:
        with path.open("rb") as file:
            return os.fstat(file.fileno()).st_mtime
    except FileNotFoundError:
        return math.inf


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""Stored bytes: there for good when `put` returns, once each, and never half."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from contactcenter.blobs import BlobStore, StoreFull


def test_what_is_put_can_be_got_and_is_kept_once(tmp_path: Path) -> None:
    store = BlobStore(tmp_path / "blobs")
    key = store.put(b"hej")
    assert key == store.put(b"hej") == hashlib.sha256(b"hej").hexdigest()
    assert store.get(key) == store.path(key).read_bytes() == b"hej"
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == [store.path(key)]
    assert stat.S_IMODE((tmp_path / "blobs").stat().st_mode) == 0o700
    assert BlobStore(tmp_path / "blobs").get(key) == b"hej"


def test_what_is_there_can_be_counted_and_looked_through(tmp_path: Path) -> None:
    store = BlobStore(tmp_path / "blobs")
    one, other = store.put(b"one"), store.put(b"other")
    store.path(one).with_name(".half").write_bytes(b"on")
    assert sorted(store.all_keys()) == sorted([one, other])
    assert store.has(one)
    assert not store.has("a" * 64)
    assert not store.has("../../etc/passwd")
    store.path(other).write_bytes(b"otter")
    assert [store.is_whole(key) for key in (one, other)] == [True, False]
    with pytest.raises(FileNotFoundError):
        store.is_whole("a" * 64)


def test_nothing_is_something(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    assert store.get(store.put(b"")) == b""


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "a" * 63, "A" * 64, "a" * 64 + "\n", "a" * 64])
def test_what_is_no_key_is_not_there(tmp_path: Path, key: str) -> None:
    with pytest.raises(FileNotFoundError):
        BlobStore(tmp_path).get(key)


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What has been forced to disk, in order."""
    order: list[Path] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        order.append(Path(os.readlink(f"/proc/self/fd/{handle}")))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    return order


def test_file_and_folders_are_on_disk_before_put_returns(tmp_path: Path, synced: list[Path]) -> None:
    store = BlobStore(tmp_path)
    path = store.path(store.put(b"hej"))
    folder, file, parent = synced
    assert (folder, file.parent, parent) == (tmp_path, path.parent, path.parent)
    assert file.name.startswith(f".{path.name}."), "the file is synced before it gets its name"


def test_a_copy_that_another_process_has_just_written_is_synced_too(tmp_path: Path, synced: list[Path]) -> None:
    key = BlobStore(tmp_path).put(b"hej")
    synced.clear()
    store = BlobStore(tmp_path)
    assert store.put(b"hej") == key
    assert synced == [tmp_path, store.path(key).parent]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_leaves_nothing_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    store = BlobStore(tmp_path)

    def full(handle: int) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StoreFull):
            store.put(b"hej")
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]
    assert store.get(store.put(b"hej")) == b"hej"


def test_other_trouble_is_not_called_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(handle: int) -> None:
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="input/output"):
        BlobStore(tmp_path).put(b"hej")


def test_some_of_the_disk_stays_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def usage(folder: object) -> Any:
        return os.terminal_size((0, 0)) if folder is None else type("Usage", (), {"free": 1000})

    monkeypatch.setattr("shutil.disk_usage", usage)
    store = BlobStore(tmp_path, free_bytes=900)
    assert store.put(b"x" * 100)
    with pytest.raises(StoreFull):
        store.put(b"x" * 101)
    assert store.free() == 1000


def test_many_at_once_keep_one_whole_copy(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    contents = [bytes([number % 3]) * 50_000 for number in range(30)]
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(store.put, contents))
    assert [store.get(key) for key in keys] == contents
    assert len([file for file in tmp_path.rglob("*") if file.is_file()]) == 3

"""Many processes that start at the same moment on one folder."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from contactcenter.runtime import Runtime, build_runtime
from contactcenter.settings import Settings


def test_processes_that_start_at_once_are_in_nobodys_way(tmp_path: Path) -> None:
    def start(_number: int) -> Runtime:
        return build_runtime(Settings(), tmp_path / "var")

    with ThreadPoolExecutor(8) as threads:
        started = list(threads.map(start, range(200)))
    assert {here.data for here in started} == {tmp_path / "var"}

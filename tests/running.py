"""Starts `contactcenter serve` as people do: as a process of its own, on free ports, with a data folder of its own."""

from __future__ import annotations

import os
import select
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 60.0


@dataclass
class Running:
    """A running service: where its pages are, where it takes mail, and its process."""

    process: subprocess.Popen[str]
    data: Path
    web: str
    smtp: tuple[str, int]

    def end(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        """Send a signal and wait: the exit code and the seconds it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(20)
        return code, time.monotonic() - began

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """What the database holds."""
        with closing(sqlite3.connect(f"file:{self.data / 'contactcenter.db'}?mode=ro", uri=True, timeout=10)) as base:
            return list(base.execute(query))


def command(*words: object) -> list[str]:
    """The one command, as installed beside this Python."""
    return [str(Path(sys.executable).with_name("contactcenter")), *map(str, words)]


def run(*words: object, said: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(command(*words), input=said, capture_output=True, text=True, timeout=120, check=False)


@contextmanager
def serving(data: Path, *options: object) -> Iterator[Running]:
    """A service that is ready; it is ended, by force if it must be, at the end of the block."""
    words = command("serve", "--data", data, "--web", "127.0.0.1:0", "--smtp", "127.0.0.1:0", *options)
    log = (data.parent / f"{data.name}.log").open("ab")
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=log, text=True, env={**os.environ, "LC_ALL": "C"})
    try:
        hurry = threading.Timer(START_SECONDS, process.kill)
        hurry.start()
        web = _line(process, "web ")
        host, _, port = _line(process, "smtp ").rpartition(":")
        hurry.cancel()
        yield Running(process, data, web, (host, int(port)))
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(20)
        if process.stdout is not None:
            process.stdout.close()
        log.close()


def _line(process: subprocess.Popen[str], beginning: str) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith(beginning), f"expected a line `{beginning}…`, got {line!r}"
    return line.removeprefix(beginning).strip()


def wait_until(true: Callable[[], bool], seconds: float = 20.0) -> float:
    """Wait for something that another process does; the seconds it took."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, f"not within {seconds} seconds"
        select.select([], [], [], 0.02)
    return time.monotonic() - began

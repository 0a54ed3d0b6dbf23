"""Starts the processes of an installation that is spread out, as people do: one command each, on one PostgreSQL."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, text

from tests.running import command, run, wait_until

REDIS = ("redis-server", "/usr/bin/redis-server", str(Path(sys.executable).with_name("redis-server")))

START_SECONDS = 120.0


def free_port() -> int:
    """A port of the loopback address that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


class Redis:
    """A redis-server of one's own, in memory alone, that can be killed and started again at the same port."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program, self._folder = program, folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        words = [self._program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen([*words, "--dir", str(self._folder)], stdout=subprocess.DEVNULL)
        wait_until(self._answers)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    def say(self, *words: str) -> bytes:
        """One command in Redis's own protocol; the beginning of its answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            pieces = b"".join(b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode()) for word in words)
            connection.sendall(b"*%d\r\n%s" % (len(words), pieces))
            return connection.recv(65_536)

    def _answers(self) -> bool:
        with suppress(OSError):
            return self.say("PING").startswith(b"+PONG")
        return False


@contextmanager
def redis(folder: Path) -> Iterator[Redis]:
    """A Redis that answers; without the program the test is skipped."""
    program = next((name for name in REDIS if _is_program(name)), None)
    if program is None:
        pytest.skip("there is no redis-server on this machine")
    made = Redis(program, folder)
    made.start()
    try:
        yield made
    finally:
        made.kill()


def _is_program(name: str) -> bool:
    with suppress(OSError):
        return subprocess.run([name, "--version"], capture_output=True, check=False).returncode == 0
    return False


class Process:
    """One running process."""

    def __init__(self, words: list[str], log: Path) -> None:
        self.words = words
        with log.open("ab") as errors:
            self.process = subprocess.Popen(
                words, stdout=subprocess.PIPE, stderr=errors, text=True, env={**os.environ, "LC_ALL": "C"}
            )
        self._log = log

    @cached_property
    def said(self) -> str:
        """What it told when it was ready, which is waited for."""
        assert self.process.stdout is not None
        hurry = threading.Timer(START_SECONDS, self.process.kill)
        hurry.start()
        line = self.process.stdout.readline().strip().partition(" ")[2]
        hurry.cancel()
        assert line, f"{self.words} said nothing: {self._log.read_text()[-2000:]}"
        return line

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.said.removeprefix("http://").rpartition(":")
        return host, int(port)

    def kill(self) -> None:
        self.end(signal.SIGKILL)

    def end(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(20)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


class Together:
    """An installation: its settings, its database, and the processes that were started."""

    def __init__(self, folder: Path, url: str, more: str = "") -> None:
        self.folder, self.url = folder, url
        self.data = folder / "data"
        self.config = folder / "config.toml"
        self.config.write_text(f'database_url = "{url}"\n{more}')
        self.processes: list[Process] = []

    def start(self, role: str, *options: object) -> Process:
        """Begin to run `contactcenter ROLE`, at a free port."""
        words = command(role, "--data", self.data, "--config", self.config, *options)
        if role in ("web", "live", "smtp") and not options:
            words += [f"--{role}", "127.0.0.1:0"]
        made = Process(words, self.folder / f"{role}.log")
        self.processes.append(made)
        return made

    def run(self, *words: object, said: str = "") -> subprocess.CompletedProcess[str]:
        """Run a short command."""
        return run(*words, "--data", self.data, "--config", self.config, said=said)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """What the database holds."""
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def has(self, query: str, count: int) -> bool:
        """Whether `SELECT count(*) …` gives `count`."""
        return self.rows(query) == [(count,)]

    def logs(self, role: str) -> str:
        """What a role has written on standard error."""
        return (self.folder / f"{role}.log").read_text()


@contextmanager
def together(folder: Path, url: str, more: str = "") -> Iterator[Together]:
    """An upgraded installation; what runs at the end of the block is ended, by force."""
    made = Together(folder, url, more)
    upgraded = made.run("db", "upgrade")
    assert upgraded.returncode == 0, upgraded.stderr
    try:
        yield made
    finally:
        for process in made.processes:
            process.end(signal.SIGKILL)


def rest(seconds: float) -> None:
    """Let time go by."""
    select.select([], [], [], seconds)

"""A PostgreSQL server of one's own, that can be killed and comes back."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from tests.running import wait_until
from tests.together import free_port

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))


class Cluster:
    """One server with one database, on the loopback address. Nothing is made less durable than by default."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self._binaries, self._folder = binaries, folder
        self.port = free_port()
        self.url = f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/faults"

    def make(self) -> None:
        made = self._run("initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        assert made.returncode == 0, made.stderr
        self.start()
        with self._connection("postgres") as connection:
            connection.execute("CREATE DATABASE faults")

    def start(self) -> None:
        """Start it; while what was killed still holds its memory it cannot, so it is tried until it can."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self._folder} -c max_connections=300"
        log = str(self._folder / "log")
        wait_until(
            lambda: self._run("pg_ctl", "-D", self._data, "-l", log, "-w", "-o", options, "start").returncode == 0, 30
        )
        wait_until(self._answers, 30)

    def kill(self) -> None:
        """The postmaster, with no warning; its children notice and end."""
        pid = int((self._folder / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    def _answers(self) -> bool:
        with suppress(psycopg.Error), self._connection("postgres"):
            return True
        return False

    def _connection(self, database: str) -> psycopg.Connection:
        where = {"host": "127.0.0.1", "port": self.port, "user": "postgres", "dbname": database}
        return psycopg.connect(**where, connect_timeout=2, autocommit=True)  # type: ignore[arg-type]

    def _run(self, program: str, *words: str) -> subprocess.CompletedProcess[str]:
        as_other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        with tempfile.TemporaryFile("w+") as said:  # a pipe would be held open by the server
            done = subprocess.run(
                [*as_other, str(self._binaries / program), *words],
                cwd=self._folder,
                stdout=said,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=60,
                check=False,
            )
            said.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, "", said.read())


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A server that runs; without PostgreSQL's programs the test is skipped."""
    if not BINARIES or (os.geteuid() == 0 and shutil.which("runuser") is None):
        pytest.skip("PostgreSQL's own programs are not on this machine")
    with tempfile.TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as name:
        if os.geteuid() == 0:
            shutil.chown(name, "postgres")
        made = Cluster(BINARIES[-1], Path(name))
        made.make()
        try:
            yield made
        finally:
            made.stop()

"""A real `contactcenter serve` for a measurement: its own data folder, free ports, ended at the end."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from contactcenter import clock, migrate, settings
from contactcenter.app import create_app
from contactcenter.demo import build, store_people
from contactcenter.demo.conversations import load_people
from contactcenter.runtime import build_runtime
from workers.process import unit_of_work

EXTRA = "[smtp]\nmax_connections_per_ip = 200\n[limits]\nfree_disk_bytes = 1\n"
AT_ONCE = "[channels.mail]\nundo_seconds = 0\n"


@dataclass(frozen=True, slots=True)
class Served:
    """Where it listens, and an application on the same data for looking at the database."""

    pid: int
    web: str
    smtp: tuple[str, int]
    app: Flask
    data: Path


@contextmanager
def prepared(database_url: str = "", mail: str = AT_ONCE) -> Iterator[tuple[Path, Path, Flask]]:
    """A data folder with the example municipality's organisation and agents, but no tickets; `mail` is the part of its
    settings on mail.
    """
    folder = Path(tempfile.mkdtemp(prefix="contactcenter-bench-"))
    try:
        config = folder / "config.toml"
        config.write_text(f'database_url = "{database_url}"\n{EXTRA}{mail}')
        here = build_runtime(settings.load(config), folder / "data")
        migrate.upgrade(here.database_url)
        app = create_app(here)
        with unit_of_work(app) as session:
            build.ensure_organisation(session, clock.now())
            store_people.store(session, load_people())
        yield folder / "data", config, app
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def serving(data: Path, config: Path, app: Flask) -> Iterator[Served]:
    """Run `serve` on free ports of the loopback address until the block ends."""
    command = ["serve", "--data", str(data), "--config", str(config), "--web", "127.0.0.1:0", "--smtp", "127.0.0.1:0"]
    with _running(command, {"web", "smtp"}) as (pid, said):
        yield Served(pid, said["web"], _address(said["smtp"]), app, data)


@contextmanager
def doors(data: Path, config: Path, app: Flask, processes: int) -> Iterator[list[Served]]:
    """Run so many `web` processes beside each other, as behind a proxy; with none, `serve`."""
    with ExitStack() as stack:
        if not processes:
            yield [stack.enter_context(serving(data, config, app))]
            return
        yield [stack.enter_context(_role("web", data, config, app)) for _ in range(processes)]


def told(processes: int) -> str:
    """What `doors` runs, in words."""
    return f"{processes} × `web`" if processes else "`serve`"


@contextmanager
def live_door(data: Path, config: Path, app: Flask) -> Iterator[Served]:
    """Run `live` alone; its `web` is where the sockets go."""
    with _role("live", data, config, app) as door:
        yield door


@contextmanager
def _role(name: str, data: Path, config: Path, app: Flask) -> Iterator[Served]:
    command = [name, "--data", str(data), "--config", str(config), f"--{name}", "127.0.0.1:0"]
    with _running(command, {name}) as (pid, said):
        yield Served(pid, said[name], ("", 0), app, data)


@contextmanager
def mail_door(data: Path, config: Path, app: Flask) -> Iterator[Served]:
    """Run `smtp` alone on a free port of the loopback address until the block ends."""
    command = ["smtp", "--data", str(data), "--config", str(config), "--smtp", "127.0.0.1:0"]
    with _running(command, {"smtp"}) as (pid, said):
        yield Served(pid, "", _address(said["smtp"]), app, data)


@contextmanager
def _running(command: list[str], awaited: set[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """A process of ours from when it has said where it listens."""
    process = subprocess.Popen([sys.executable, "-m", "workers.entry", *command], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        said: dict[str, str] = {}
        while awaited - said.keys():
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(f"{command[0]} ended before it was ready")
            name, _, where = line.strip().partition(" ")
            said[name] = where
        yield process.pid, said
    finally:
        process.terminate()
        process.wait(timeout=20)


def _address(said: str) -> tuple[str, int]:
    host, _, port = said.rpartition(":")
    return host, int(port)

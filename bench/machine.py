"""What a measurement needs of the machine: processor time and memory of processes, a fresh database."""

from __future__ import annotations

import argparse
import os
import platform
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

TICKS = os.sysconf("SC_CLK_TCK")
POSTGRES_URL = os.environ.get("BENCH_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def processes() -> dict[int, int]:
    """Every process and its parent."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                found[int(folder.name)] = int(_stat(int(folder.name))[1])
            except OSError:
                continue
    return found


def tree(pid: int) -> list[int]:
    """`pid` and everything below it."""
    parents = processes()
    inside = {pid}
    grown = True
    while grown:
        more = {child for child, parent in parents.items() if parent in inside} - inside
        inside |= more
        grown = bool(more)
    return sorted(inside)


def cpu_seconds(pids: list[int]) -> float:
    """Processor time that `pids` and their ended children have used."""
    total = 0
    for pid in pids:
        try:
            fields = _stat(pid)
        except OSError:
            continue
        total += sum(int(fields[place]) for place in (11, 12, 13, 14))
    return total / TICKS


def postgres_pids() -> list[int]:
    """All processes of the PostgreSQL servers of this machine."""
    found = []
    for pid in processes():
        try:
            if Path(f"/proc/{pid}/comm").read_text().strip() == "postgres":
                found.append(pid)
        except OSError:
            continue
    return found


def used(pids: Iterable[int], sqlite: bool) -> float:
    """Processor seconds so far of processes of ours with all below them, and of PostgreSQL where it is the database."""
    ours = sum(cpu_seconds(tree(pid)) for pid in pids)
    return ours + (0.0 if sqlite else cpu_seconds(postgres_pids()))


def resident_megabytes(pid: int) -> float:
    """The memory that one process holds now, with what it shares with others (VmRSS)."""
    return _status(pid, "VmRSS")


def own_megabytes(pid: int) -> float:
    """Of that, what no other process shares and no file holds (RssAnon)."""
    return _status(pid, "RssAnon")


def _status(pid: int, name: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))


def peak_megabytes(pids: list[int]) -> float:
    """The most memory that any one of `pids` has held (VmHWM)."""
    peak = 0.0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        except OSError:
            continue
        peak = max(peak, *(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)
    return peak


def describe() -> str:
    """One line for the record: processor, cores, Python."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if "model name" in line), platform.machine())
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"


def database(sqlite: bool) -> str:
    """The database with its version."""
    if sqlite:
        return f"SQLite {sqlite3.sqlite_version}"
    with psycopg.connect(_server()) as connection:
        return f"PostgreSQL {connection.info.parameter_status('server_version')}"


def quantiles(milliseconds: Iterable[float]) -> str:
    """The median, p95 and longest of some times."""
    times = sorted(milliseconds)
    if not times:
        return "none"
    return f"p50 {times[len(times) // 2]:.1f}, p95 {times[len(times) * 95 // 100]:.1f}, longest {times[-1]:.1f} ms"


def on_both(parser: argparse.ArgumentParser) -> None:
    """Let a measurement be taken on one database; without that it is taken on both, one after the other."""
    one = parser.add_mutually_exclusive_group()
    one.add_argument("--sqlite", dest="sqlite", action="store_const", const=(True,), help="on SQLite alone")
    one.add_argument("--postgres", dest="sqlite", action="store_const", const=(False,), help="on PostgreSQL alone")
    parser.set_defaults(sqlite=(True, False))


@contextmanager
def fresh_postgres() -> Iterator[str]:
    """A new empty database on the server of BENCH_POSTGRES_URL, dropped at the end; its URL."""
    name = f"contactcenter_bench_{secrets.token_hex(4)}"
    url = make_url(POSTGRES_URL)
    with psycopg.connect(_server(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(_server(), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _server() -> str:
    return make_url(POSTGRES_URL).set(drivername="postgresql").render_as_string(hide_password=False)

"""Everything that runs is killed, again and again, under load: nothing is lost, nothing is doubled.

FAULT_SEED=N repeats the same kills; without it a seed is made and printed.
"""

from __future__ import annotations

import os
import random
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError

from tests.faults.cluster import Cluster, cluster
from tests.faults.journals import Journal
from tests.faults.load import Load
from tests.running import wait_until
from tests.smarthost import Take, smarthost
from tests.together import Process, Redis, Together, free_port, redis, rest, together
from workers.relay import SENDERS

pytestmark = [pytest.mark.faults, pytest.mark.slow]

KILLS = {"smtp": 12, "web": 11, "relay": 9, "worker": 14, "postgres": 8, "redis": 10}
BETWEEN = (0.2, 0.9)
MOST_DOWN = 3
SENDING = (0.01, 0.15)
UP_SECONDS = 180.0
DRAINED_SECONDS = 120.0


class Part:
    """Something that is killed and started again, always in the same place."""

    def __init__(self, kind: str, start: Callable[[], None], kill: Callable[[], None]) -> None:
        self.kind = kind
        self._start, self._kill = start, kill
        self.is_up = False
        self._starting: threading.Thread | None = None

    def start(self) -> None:
        self._starting = threading.Thread(target=self._up)
        self._starting.start()

    def kill(self) -> None:
        self.is_up = False
        self._kill()
        self.start()

    def join(self) -> None:
        if self._starting is not None:
            self._starting.join(UP_SECONDS)
        assert self.is_up, f"{self.kind} does not come back"

    def _up(self) -> None:
        self._start()
        self.is_up = True


class Role:
    """A process of ours. It may not come up at once: its database may be away."""

    def __init__(self, made: Together, ending: threading.Event, role: str, *options: str) -> None:
        self._made, self._ending, self._role, self._options = made, ending, role, options
        self._process: Process | None = None

    def start(self) -> None:
        while not self._ending.is_set():
            process = self._made.start(self._role, *self._options)
            with suppress(AssertionError, ValueError):  # it ended, or was ended by the end of the test
                assert process.said
                self._process = process
                return
            process.kill()
            self._made.processes.remove(process)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()


def parts_of(
    made: Together, ending: threading.Event, base: Cluster, queue: Redis, smtp: list[int], web: list[int]
) -> list[Part]:
    """Two of what people and mail servers talk to, and of what does the work."""

    def role(name: str, *options: str) -> Part:
        one = Role(made, ending, name, *options)
        return Part(name, one.start, one.kill)

    def stop_redis() -> None:
        queue.kill()
        rest(0.3)  # so that it is missed

    return [
        *(role("smtp", "--smtp", f"127.0.0.1:{port}") for port in smtp),
        *(role("web", "--web", f"127.0.0.1:{port}") for port in web),
        role("relay"),
        role("worker"),
        role("worker"),
        Part("postgres", base.start, base.kill),
        Part("redis", queue.start, stop_redis),
    ]


def kill_all(parts: list[Part], chance: random.Random) -> Counter[str]:
    """Kill what the seed says, in its order; each only while it is up, and never too many at a time."""
    order = [kind for kind, times in KILLS.items() for _ in range(times)]
    chance.shuffle(order)
    killed: Counter[str] = Counter()
    for kind in order:
        rest(chance.uniform(*BETWEEN))
        wait_until(lambda: sum(not part.is_up for part in parts) < MOST_DOWN, UP_SECONDS)
        wait_until(lambda kind=kind: any(one.is_up for one in parts if one.kind == kind), UP_SECONDS)  # type: ignore[misc]
        chance.choice([one for one in parts if one.kind == kind and one.is_up]).kill()
        killed[kind] += 1
    return killed


@pytest.fixture
def seed() -> int:
    chosen = int(os.environ.get("FAULT_SEED") or secrets.randbelow(2**32))
    print(f"FAULT_SEED={chosen}")
    return chosen


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


def _writing(journal: Journal, chance: random.Random) -> Take:
    """A mail is written down somewhere in the time that its sending takes."""

    def take(message_id: str) -> None:
        rest(chance.uniform(*SENDING))
        journal.write(message_id=message_id)
        rest(chance.uniform(*SENDING))

    return take


def test_nothing_is_lost_and_nothing_doubled(seed: int, stack: ExitStack, tmp_path: Path) -> None:
    chance = random.Random(seed)
    accepted, answered, delivered = (
        stack.enter_context(closing(Journal(tmp_path / f"{name}.jsonl")))
        for name in ("accepted", "answered", "delivered")
    )
    base = stack.enter_context(cluster())
    queue = stack.enter_context(redis(tmp_path))
    post = stack.enter_context(smarthost(_writing(delivered, random.Random(seed))))
    more = (
        f'redis_url = "{queue.url}"\n[channels.mail]\nundo_seconds = 0\n'
        f'[channels.mail.smarthost]\nhost = "127.0.0.1"\nport = {post.port}\ntls = "none"\n'
    )
    made = stack.enter_context(together(tmp_path, base.url, more))
    token = made.run("token", "add", "--name", "Last", "--scope", "read,write").stdout.strip()
    smtp, web = [free_port(), free_port()], [free_port(), free_port()]
    ending = threading.Event()
    stack.callback(ending.set)
    parts = parts_of(made, ending, base, queue, smtp, web)
    timer = made.start("timer")
    for part in parts:
        part.is_up = part.kind in ("postgres", "redis")
        if not part.is_up:
            part.start()
    for part in parts:
        part.join()
    assert timer.said
    load = Load(seed, smtp, web, token, accepted, answered)
    load.start()
    try:
        killed = kill_all(parts, chance)
        for part in parts:
            part.join()
    finally:
        load.stop(UP_SECONDS)
    wait_until(lambda: is_drained(made), DRAINED_SECONDS)
    told = f"FAULT_SEED={seed} {dict(killed)}"
    assert killed.total() >= 60, told
    assert load.faults == [], told
    verified = made.run("verify", "--accepted", accepted.path, "--delivered", delivered.path)
    print(verified.stdout)
    assert verified.returncode == 0, f"{told}\n{verified.stdout}{verified.stderr}"
    look_at_mails(made, accepted, told)
    look_at_answers(made, answered, delivered, killed, told)


def is_drained(made: Together) -> bool:
    """Whether nothing waits to be taken in or to leave; the database may just have come back."""
    with suppress(SQLAlchemyError):
        waits = "SELECT (SELECT count(*) FROM inbox WHERE state = 'waiting')"
        return made.has(f"{waits} + (SELECT count(*) FROM outbox WHERE done_at IS NULL)", 0)
    return False


def look_at_mails(made: Together, accepted: Journal, told: str) -> None:
    """Each mail that got a 250 is one ticket, and there are no others."""
    confirmed = len(accepted.lines())
    assert confirmed > 100, f"{told}: too little load, {confirmed} mails"
    found = made.rows("SELECT count(*), count(DISTINCT subject) FROM ticket")
    assert found == [(confirmed, confirmed)], told
    assert made.has("SELECT count(*) FROM inbox WHERE state = 'done'", confirmed), told
    assert made.has("SELECT count(*) FROM entry WHERE direction = 'in' AND kind = 'message'", confirmed), told


def look_at_answers(made: Together, answered: Journal, delivered: Journal, killed: Counter[str], told: str) -> None:
    """Each confirmed answer is one entry, and has left once, or says that nobody knows."""
    confirmed = len(answered.lines())
    assert confirmed > 40, f"{told}: too little load, {confirmed} answers"
    found = made.rows("SELECT own_message_id, state FROM entry WHERE direction = 'out' AND kind = 'message'")
    states = {str(own): state for own, state in found}
    assert len(found) == len(states) == confirmed, told
    copies = Counter(line["message_id"] for line in delivered.lines())
    senders_killed = killed["worker"] + killed["relay"] + killed["postgres"]
    assert set(copies) <= set(states), told
    assert sum(copies.values()) - len(copies) <= senders_killed, told
    uncertain = {own for own, state in states.items() if state == "uncertain"}
    assert {own for own, state in states.items() if state == "sent"} == set(states) - uncertain, told
    assert set(states) - uncertain <= set(copies), told
    assert len(uncertain) <= senders_killed * SENDERS, told
    print(f"{told}: {confirmed} answers, {copies.total()} letters, {len(uncertain)} uncertain")

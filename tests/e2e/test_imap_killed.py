"""200 mails of a real Dovecot, while the reader is killed at every step: each is there once, and was safe before its
server was told anything.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from bench.dovecot import Dovecot, dovecot
from tests.imap_killed import STEPS
from tests.mailbox import NEEDED, box, letter
from tests.running import Running, run, serving, wait_until

pytestmark = [NEEDED, pytest.mark.slow]
MAILS = 200
EACH = 10  # mails arrive before each death, one of them large
ONCE = {"select", "sizes", "piece"}  # may be done only once for so many
KILLED = -signal.SIGKILL


@pytest.fixture
def server() -> Iterator[Dovecot]:
    with dovecot() as made:
        yield made


def test_killed_at_every_step_all_mails_are_there_and_none_is_twice(server: Dovecot, tmp_path: Path) -> None:
    large = "y" * 300_000 + "\n"
    mails = [letter(number, text=large if number % 10 == 5 else "") for number in range(MAILS)]
    config, data = tmp_path / "config.toml", tmp_path / "data"
    config.write_text(box("kontakt", server.port, 'after = "move"\nmove_to = "Arkiv"\n'))
    assert run("db", "upgrade", "--data", data, "--config", config).returncode == 0
    base = Running(subprocess.Popen(["true"], text=True), data, "", ("", 0))
    base.process.wait(10)
    moments = [(step, when) for step in STEPS for when in ("before", "after")]
    chance = random.Random(4)
    chance.shuffle(moments)
    for place, (step, when) in enumerate(moments):
        server.put("kontakt", mails[place * EACH : (place + 1) * EACH])
        nth = 1 if step in ONCE else chance.randint(1, 2)
        words = [sys.executable, "-m", "tests.imap_killed", config, data, step, nth, when]
        done = subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == KILLED, f"it was not killed {when} {step}: {done.stderr}"
        stored = {str(key) for (key,) in base.rows("SELECT raw_key FROM inbox")}
        moved = {sha256(mail).hexdigest() for mail in server.mails("kontakt", "Arkiv")}
        assert moved <= stored, f"killed {when} {step}: a mail was moved before it was safe"
        assert server.flags("kontakt") == set()
    assert 0 < len(server.mails("kontakt", "Arkiv")) < MAILS, "it was killed while there was something to do"
    with serving(data, "--config", config) as running:
        wait_until(lambda: running.rows("SELECT count(*) FROM inbox WHERE state = 'done'") == [(MAILS,)], 60)
        wait_until(lambda: running.rows("SELECT count(*) FROM mail_uid WHERE finished_at IS NULL") == [(0,)])
        assert running.rows("SELECT count(*), count(DISTINCT uid), count(DISTINCT inbox_id) FROM mail_uid") == [
            (MAILS, MAILS, MAILS)
        ]
        assert running.rows("SELECT max(seen_count) FROM inbox") == [(1,)]
        assert running.rows("SELECT count(*) FROM ticket") == [(MAILS,)]
        assert running.rows("SELECT count(*) FROM mail_uid WHERE is_repeat OR problem != ''") == [(0,)]
        assert running.end()[0] == 0
    assert sorted(server.mails("kontakt", "Arkiv")) == sorted(mails)
    verified = run("verify", "--data", data, "--config", config)
    assert verified.returncode == 0, verified.stdout

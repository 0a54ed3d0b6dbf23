"""`contactcenter imap` as people run it: two beside each other on PostgreSQL, and one of them ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.dovecot import dovecot
from tests.integration import databases
from tests.mailbox import NEEDED, box, letter
from tests.running import wait_until
from tests.together import together

pytestmark = [pytest.mark.postgres, pytest.mark.slow, NEEDED]
STATE = "SELECT last_uid, lease_until IS NULL, failing_since IS NULL FROM mailbox_state ORDER BY name"


@pytest.fixture
def url() -> Iterator[str]:
    with databases.postgres(f"imap_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}") as made:
        yield made


def test_each_mailbox_is_read_by_one_and_another_goes_on_when_it_ends(url: str, tmp_path: Path) -> None:
    with dovecot() as server:
        boxes = "".join(box(name, server.port, 'after = "delete"\n') for name in ("ett", "tva"))
        with together(tmp_path, url, boxes) as made:
            for place, name in enumerate(("ett", "tva")):
                server.put(name, [letter(number) for number in range(place * 30, place * 30 + 30)])
            first, second = made.start("imap"), made.start("imap")
            relay = made.start("relay")
            assert first.said == second.said == "ett, tva"
            wait_until(lambda: made.has("SELECT count(*) FROM ticket", 60), 60)
            wait_until(lambda: server.mails("ett") == server.mails("tva") == [])
            assert first.end() == 0
            server.put("ett", [letter(60)])
            server.put("tva", [letter(61)])
            assert wait_until(lambda: made.has("SELECT count(*) FROM ticket", 62), 30) < 20
            assert made.rows("SELECT count(*), count(DISTINCT inbox_id) FROM mail_uid WHERE problem = ''") == [(62, 62)]
            assert (second.end(), relay.end()) == (0, 0)
            assert made.rows(STATE) == [(31, True, True), (31, True, True)]
            assert "Traceback" not in made.logs("imap")

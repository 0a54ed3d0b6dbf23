"""Every kind of promise has a job that keeps it, and there is no job for what is never promised."""

from __future__ import annotations

from contactcenter.services import outbox
from workers.jobs import JOBS, REMOTE


def test_every_kind_of_promise_has_a_job() -> None:
    assert set(JOBS) == set(outbox.KINDS)


def test_what_talks_to_other_machines_is_a_kind() -> None:
    assert set(outbox.KINDS) >= REMOTE


def test_every_promise_names_a_known_kind() -> None:
    constants = {value for name, value in vars(outbox).items() if name.isupper() and isinstance(value, str)}
    assert constants == set(outbox.KINDS)

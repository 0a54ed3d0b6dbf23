"""`contactcenter verify`: tells every exception to what must hold. Reads only, also beside a running service."""

from __future__ import annotations

from pathlib import Path

from contactcenter import runtime
from contactcenter.queries import invariants
from contactcenter.settings import Settings
from workers.process import existing_app, unit_of_work


def verify(
    settings: Settings, data: Path, accepted: Path | None = None, delivered: Path | None = None, *, quick: bool = False
) -> int:
    """Print one line for each finding and one that says what was looked at; 1 when there are findings, else 0.

    Raises:
        StartError: there is no database that can be looked at.
        InvalidInput: a journal cannot be read.
    """
    found = 0
    with unit_of_work(existing_app(settings, data), read_only=True) as session:
        here = runtime.current()
        check = invariants.Check(session, here.blobs, here.keys, accepted, delivered, quick)
        for finding in invariants.verify(check):
            print(finding)
            found += 1
        checked = invariants.summary(check)
    print(f"{found or 'no'} {'finding' if found == 1 else 'findings'} in {checked}")
    return 1 if found else 0

"""All that was changed, of settings and of colleagues, page after page."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contactcenter import clock
from contactcenter.model import Audit, SettingChange
from contactcenter.services.editing import change
from contactcenter.services.editing.kind import Names
from contactcenter.services.editing.listing import whole_history
from tests.integration.conftest import Begin
from tests.integration.people import Organisation


def test_clocks_that_disagree_hide_nothing_and_show_nothing_twice(
    begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each process stamps its own changes: a row may be older than the one before it."""
    monkeypatch.setattr(change, "HISTORY_PAGE", 2)
    now, admin = clock.now(), organisation.admin.id
    with begin() as session:
        for number, ahead in enumerate((0, 5, 1, 9, 2, 2, -4)):
            at = now + timedelta(seconds=ahead)
            session.add(SettingChange(kind="team", key=f"t{number}", after={"name": f"T{number}"}, created_at=at))
            verb = {"verb": "agent_disabled", "agent_id": admin, "subject_id": organisation.alice.id}
            session.add(Audit(**verb, created_at=now + timedelta(seconds=6 - ahead)))
            session.flush()
    seen, after = [], ""
    with begin(read_only=True) as session:
        for _page in range(20):
            rows, after = whole_history(Names(session), True, after)
            seen += [row.key or "colleague" for row in rows]
            if not after:
                break
    assert sorted(seen) == sorted([*(f"t{number}" for number in range(7)), *["colleague"] * 7])

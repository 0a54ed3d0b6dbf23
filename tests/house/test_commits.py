"""One file commits: what a use case writes is kept or lost as a whole, and nobody ends a transaction but its owner."""

from __future__ import annotations

import ast

from tests.house import sources

OPENS = "transaction"
ENTRY_POINTS = (
    *("contactcenter/web/", "contactcenter/live/", "contactcenter/api/"),
    *("contactcenter/cli", "contactcenter/demo/", "workers/"),
)


def test_only_the_database_door_commits() -> None:
    assert [sources.name(path) for path in sources.files() if any(sources.calls(sources.tree(path), "commit"))] == [
        "contactcenter/db.py"
    ]


def test_a_commit_anywhere_would_be_seen() -> None:
    planted = ast.parse("def f(session):\n    session.flush()\n    db.session.commit()\n    session.commit")
    assert len(list(sources.calls(planted, "commit"))) == 1


def test_only_entry_points_open_transactions() -> None:
    """Services, queries and what lies below get the session."""
    opening = [
        sources.name(path)
        for path in sources.files()
        if any(
            isinstance(node, ast.ImportFrom)
            and node.module == "contactcenter.db"
            and OPENS in {alias.name for alias in node.names}
            for node in ast.walk(sources.tree(path))
        )
    ]
    assert opening, "nobody opens a transaction: the rule looks for the wrong name"
    assert [name for name in opening if not name.startswith(ENTRY_POINTS)] == []

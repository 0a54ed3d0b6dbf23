"""Which tests run one after the other at one worker, because what they share takes longer to start than they do."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

SHARING = (
    "tests/e2e/browser/",
    "tests/e2e/test_automatic.py",
    "tests/e2e/test_bad_requests.py",
    "tests/e2e/test_colleagues.py",
    "tests/e2e/test_imap.py",
    "tests/e2e/test_processes.py",
    "tests/e2e/test_serve.py",
    "tests/house/test_packaging.py",
    "tests/integration/test_plans.py",
)
"""Folders and files with one browser, one set of processes, one environment or one large database."""


def group(nodeid: str) -> str:
    """What a test is given to a worker with: all that share, else the test alone."""
    return next((path for path in SHARING if nodeid.startswith(path)), nodeid)


class BySharing(LoadScopeScheduling):  # type: ignore[misc]  # it carries no types
    """Hands out groups, the largest first. (The groups of pytest-xdist 3.8 itself are lost with pytest 9.2.)"""

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)

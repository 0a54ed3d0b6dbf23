"""Tests that share processes stay at one worker, and nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sharing import SHARING, group


@pytest.mark.parametrize("path", SHARING)
def test_what_is_said_to_share_is_there(path: str, request: pytest.FixtureRequest) -> None:
    assert Path(request.config.rootpath, path).exists()


def test_groups() -> None:
    assert group("tests/e2e/browser/test_a.py::test_x") == group("tests/e2e/browser/test_b.py::test_y[z]")
    assert group("tests/e2e/test_serve.py::test_x") != group("tests/e2e/test_processes.py::test_x")
    assert group("tests/unit/test_terms.py::test_x") != group("tests/unit/test_terms.py::test_y")

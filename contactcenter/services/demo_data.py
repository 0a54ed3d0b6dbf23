"""Whether this installation shows example data: a mark in the data folder, set when it was filled."""

from __future__ import annotations

from pathlib import Path

PASSWORD = "ekhamra-exempel-2026"  # noqa: S105 - printed on the sign-in page of the example data, and only there
SHOWN = ".demo"
REMOVED = ".no-demo"


def is_shown(data: Path) -> bool:
    """Whether the example municipality is in the database."""
    return (data / SHOWN).exists()


def mark_shown(data: Path) -> None:
    """The example municipality has been put in."""
    (data / SHOWN).touch()


def mark_removed(data: Path) -> None:
    """It has been taken out and is not to come back by itself."""
    (data / REMOVED).touch()
    (data / SHOWN).unlink(missing_ok=True)


def was_removed(data: Path) -> bool:
    """Whether somebody has taken it out."""
    return (data / REMOVED).exists()

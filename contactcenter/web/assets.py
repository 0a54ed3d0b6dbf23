"""The browser's files under their hashed names, as the build's manifest gives them."""

from __future__ import annotations

import json
from functools import cache

from contactcenter.errors import StartError
from contactcenter.paths import STATIC


@cache
def manifest() -> dict[str, str]:
    """The hashed name of every built file.

    Raises:
        StartError: the browser's files have not been built.
    """
    path = STATIC / "dist" / "manifest.json"
    try:
        names: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StartError(f"{path} is missing: build the browser's files with `make setup`") from error
    return names


def asset(name: str) -> str:
    """The address of a built file; it may be kept for ever, another build has another name."""
    return f"/static/dist/{manifest()[name]}"

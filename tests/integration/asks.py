"""One request that can be made of the pages or the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

WITHOUT_TOKEN = "wrong"


@dataclass(frozen=True)
class Ask:
    """One request; `{…}` in the address and the form are filled from where a ticket is.

    `part`: as a script asks. `every`: about every ticket and not about a few. `token`: another form token than ours.
    `key`: with an idempotency key. `after`: how many pages come before it, whose hidden fields it carries along.
    """

    method: str
    url: str
    form: Mapping[str, Any] = field(default_factory=dict)
    part: bool = False
    every: bool = False
    token: str | None = None
    key: str = ""
    after: int = 0


def get(url: str, **more: Any) -> Ask:
    return Ask("GET", url, **more)


def post(url: str, form: Mapping[str, Any] | None = None, **more: Any) -> Ask:
    return Ask("POST", url, form or {}, **more)

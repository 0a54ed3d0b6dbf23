"""Names of files that strangers chose, made harmless: no folders, no control or invisible characters, not too long."""

from __future__ import annotations

import unicodedata

MAX_CHARACTERS = 120
MOST_READ = 2_000
"""Composing letters takes the square of how many marks stand on one."""


def safe_name(name: str) -> str:
    """`name` without folders and unseen characters; `fil` when nothing is left."""
    last = unicodedata.normalize("NFC", name[-MOST_READ:]).replace("\\", "/").rpartition("/")[2]
    seen = "".join(char for char in last if unicodedata.category(char)[0] not in "C").strip(" .")
    if len(seen) > MAX_CHARACTERS:
        stem, dot, ending = seen.rpartition(".")
        keep = MAX_CHARACTERS - len(ending) - 1
        seen = f"{stem[:keep]}.{ending}" if dot and len(ending) <= 10 else seen[:MAX_CHARACTERS]
    return seen or "fil"

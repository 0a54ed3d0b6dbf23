"""Signatures: the lines below an answer, and what is filled in between double braces.

A group has its own or the common one. A line in which nothing could be filled in is left out, so that one text serves
groups without a telephone and colleagues without a title. What was filled in is never looked through for braces again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from contactcenter.i18n import language
from contactcenter.model import Signature

COMMON = "{{vägledare}}\n{{titel}}, {{kommun}}\n{{plats}}\n{{ärende}}"
"""Until somebody writes another one."""
SWEDISH: Mapping[str, str] = {
    "vägledare": "guide",
    "titel": "title",
    "kommun": "municipality",
    "plats": "place",
    "svarsgrupp": "team",
    "kontor": "office",
    "adress": "address",
    "telefon": "phone",
    "e-post": "mail",
    "ärende": "number",
}
"""The words that are filled in, each in Swedish and in English: both are understood."""
WORDS = (*SWEDISH, *SWEDISH.values())
LONGEST = 2000
"""So many characters a signature has at most, and the lines of a group or an office in it."""
_ALWAYS = ("guide", "municipality", "team", "mail", "number")
"""What every answer fills in; a title, an office and lines of a group are not always there."""
PLACEHOLDER = re.compile(r"\{\{([^{}\n\r\v\f\x1c-\x1e\x85\u2028\u2029]*)\}\}")
"""A word in double braces, on one line: none of what `str.splitlines` ends a line at. Read in one pass."""
_LOOSE = re.compile(r"\s*[,;·|]\s*(?=[,;·|]|$)|^\s*[,;·|]\s*")


def spelled() -> tuple[str, ...]:
    """The words in the reader's language."""
    return tuple(SWEDISH if language() == "sv" else SWEDISH.values())


def text_for(session: Session, team_id: int) -> str:
    """The signature of a group, with its braces: its own, or the common one."""
    of_group = select(Signature.text).where(or_(Signature.team_id == team_id, Signature.team_id.is_(None)))
    return session.scalar(of_group.order_by(Signature.team_id.is_(None), Signature.id).limit(1)) or COMMON


def fill(text: str, values: Mapping[str, str], words: Mapping[str, str] = SWEDISH) -> str:
    """`text` with `values`, by their English words, in place of its braces; `words` says what these are in Swedish."""
    lines = (_filled(line, {**values, **_in_swedish(values, words)}) for line in text.splitlines())
    return "\n".join(line for line in lines if line is not None).strip()


def is_always_left(text: str) -> bool:
    """Whether something is left of `text` below every answer."""
    return bool(fill(text, dict.fromkeys(_ALWAYS, "x")))


def _in_swedish(values: Mapping[str, str], words: Mapping[str, str]) -> dict[str, str]:
    return {swedish: values[english] for swedish, english in words.items() if english in values}


def _filled(line: str, values: Mapping[str, str]) -> str | None:
    asked = [_value(name, values) for name in PLACEHOLDER.findall(line)]
    if asked and not any(asked):
        return None
    if not all(asked):
        line = PLACEHOLDER.sub(lambda found: found[0] if _value(found[1], values) else "", line)
        while (tidy := _LOOSE.sub("", line)) != line:
            line = tidy
    return PLACEHOLDER.sub(lambda found: _value(found[1], values), line).rstrip()


def _value(name: str, values: Mapping[str, str]) -> str:
    return values.get(name.strip().casefold(), "").strip()

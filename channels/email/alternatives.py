"""Alternatives are to say the same (RFC 2046 §5.1.4). Where they do not, nobody may miss what only one of them says."""

from __future__ import annotations

import re
from collections.abc import Sequence

_WORD = re.compile(r"[^\W\d_]{2,}")
_ADDRESS = re.compile(r"(?:https?://|www\.|mailto:|cid:)[^\s>)\]]*+|\S{1,100}@\S{1,200}")
_STUB = re.compile(
    r"\bhtml\b|\b(?:e-?post|mail)(?:program|klient|läsare| client| reader)|webbläsare|\bbrowser\b|view (?:this|it)",
    re.IGNORECASE,
)
_FEW = 8  # words that only one of them has, which no greeting or footer explains
_MOST_OF_STUB = 30  # words: who writes more about a browser means it
_SAMPLE = 50_000  # characters
_MANY = 20  # of which nobody looks for equal ones


def joined(plain: str, html: str) -> str:
    """The text of a mail with both: the plain one; that of the HTML where the plain one is a stub; both where they
    differ."""
    said, shown = _words(plain), _words(html)
    common = said & shown
    is_stub = len(said) <= _MOST_OF_STUB and _STUB.search(plain[:_SAMPLE])
    if said and shown and not common:
        return html if is_stub and len(shown) >= _FEW else f"{plain}\n\n{html}"
    more = len(shown - said)
    if more < _FEW:
        return plain
    if len(said - shown) < _FEW // 2 or (more > len(common) and is_stub):
        return html
    return f"{plain}\n\n{html}" if _FEW * more > len(common) else plain


def different(texts: Sequence[str]) -> list[int]:
    """The places of those `texts` that say something which the ones before do not."""
    said: set[str] = set()
    kept: list[int] = []
    for place, text in enumerate(texts):
        words = _words(text) if len(texts) <= _MANY else set()
        if text.strip() and not (kept and words and words <= said):
            kept.append(place)
        said |= words
    return kept


def _words(text: str) -> set[str]:
    return set(_WORD.findall(_ADDRESS.sub(" ", text[:_SAMPLE]).lower()))

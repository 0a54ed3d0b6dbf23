"""Reads lists of phrases written as text, and combines two lists."""

from __future__ import annotations


def phrases(text: str) -> tuple[str, ...]:
    """The phrases of a block, in order, each once."""
    pieces = (piece.strip() for line in text.splitlines() for piece in line.split(";"))
    return tuple(dict.fromkeys(piece for piece in pieces if piece))


def pairs(first: str, second: str) -> tuple[str, ...]:
    """Every phrase of the first list near every phrase of the second: who or where, and what happens there."""
    return tuple(f"{one} + {other}" for one in phrases(first) for other in phrases(second))

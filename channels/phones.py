"""Telephone numbers in their one form (ITU-T E.164): `070-174 06 05`, `0046 70…` and `+46 (0)70…` are one number."""

from __future__ import annotations

import re

COUNTRY = "46"
_WRITTEN = re.compile(r"(?:\+|00)?[\d\s().\-/\u2010-\u2015\u00a0]{4,40}")
_LENGTHS = range(7, 16)


def normal_number(text: str) -> str | None:
    """The number in E.164, a national one taken as Swedish; None: it is no number that can be called from abroad."""
    text = text.strip()
    if not _WRITTEN.fullmatch(text):
        return None
    digits = re.sub(r"\D", "", text.replace("(0)", ""))
    if text.startswith("+"):
        number = digits
    elif digits.startswith("00"):
        number = digits[2:]
    elif digits.startswith("0"):
        number = COUNTRY + digits[1:]
    else:
        return None
    if number.startswith(COUNTRY + "0"):
        number = COUNTRY + number[3:]
    return f"+{number}" if number.isascii() and len(number) in _LENGTHS and number[0] != "0" else None

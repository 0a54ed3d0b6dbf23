"""Colours as sRGB: mixed, and held against each other as WCAG 2.2 does."""

from __future__ import annotations

import re

_COLOUR = re.compile(r"#[0-9A-F]{6}")


def read(text: str) -> str | None:
    """A colour in its one spelling, `#0B5A60`; None when it is none."""
    spelled = f"#{text.strip().removeprefix('#').upper()}"
    return spelled if _COLOUR.fullmatch(spelled) else None


def mix(one: str, other: str, share: float) -> str:
    """`one` with a `share` (0–1) of `other` in it."""
    return "#" + "".join(
        f"{round(have + (want - have) * share):02X}" for have, want in zip(_parts(one), _parts(other), strict=True)
    )


def contrast(one: str, other: str) -> float:
    """The contrast ratio, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """How bright a colour is, 0 to 1 (WCAG 2.2, "relative luminance")."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _shares(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _parts(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def _shares(colour: str) -> list[float]:
    return [part / 255 for part in _parts(colour)]

"""Every pair of colours that meets on screen can be read: WCAG 2.2, 1.4.3 (text 4.5:1), 1.4.11 (borders, focus 3:1)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).parents[2] / "contactcenter" / "static" / "src" / "css" / "tokens.css"
TEXT = 4.5
SHAPE = 3.0
PAIRS = [
    ("text", "surface", TEXT),
    ("text", "surface-2", TEXT),
    ("text", "surface-3", TEXT),
    ("text", "canvas", TEXT),
    ("text", "selected", TEXT),
    ("text", "out", TEXT),
    ("text", "brand-soft", TEXT),
    ("text", "warn-bg", TEXT),
    ("text-2", "surface", TEXT),
    ("text-2", "surface-2", TEXT),
    ("text-2", "surface-3", TEXT),
    ("text-2", "canvas", TEXT),
    ("text-2", "selected", TEXT),
    ("text-2", "warn-bg", TEXT),
    ("text-3", "surface", TEXT),
    ("text-3", "surface-2", TEXT),
    ("text-3", "surface-3", TEXT),
    ("text-3", "canvas", TEXT),
    ("text-3", "selected", TEXT),
    ("text-3", "out", TEXT),
    ("text-3", "brand-soft", TEXT),
    ("brand-text", "surface", TEXT),
    ("brand-text", "surface-2", TEXT),
    ("brand-text", "canvas", TEXT),
    ("brand-text", "selected", TEXT),
    ("brand-text", "brand-soft", TEXT),
    ("brand-text", "out", TEXT),
    ("on-brand", "brand", TEXT),
    ("on-brand", "brand-hover", TEXT),
    ("note-text", "note-bg", TEXT),
    ("note-bg", "note-text", TEXT),
    ("ok", "ok-bg", TEXT),
    ("ok", "surface", TEXT),
    ("warn", "warn-bg", TEXT),
    ("warn", "surface", TEXT),
    ("bad", "bad-bg", TEXT),
    ("bad", "surface", TEXT),
    ("bad", "surface-2", TEXT),
    ("bad", "surface-3", TEXT),
    ("bad", "selected", TEXT),
    ("info", "info-bg", TEXT),
    ("on-danger", "danger", TEXT),
    ("on-toast", "toast", TEXT),
    ("toast-act", "toast", TEXT),
    ("av1", "av1-bg", TEXT),
    ("av2", "av2-bg", TEXT),
    ("av3", "av3-bg", TEXT),
    ("av4", "av4-bg", TEXT),
    ("av5", "av5-bg", TEXT),
    ("line-strong", "surface", SHAPE),
    ("line-strong", "surface-2", SHAPE),
    ("line-strong", "canvas", SHAPE),
    ("focus", "surface", SHAPE),
    ("focus", "surface-2", SHAPE),
    ("focus", "canvas", SHAPE),
    ("focus", "selected", SHAPE),
    ("focus", "note-bg", SHAPE),
    ("brand", "surface-2", SHAPE),
    ("danger", "surface", SHAPE),
]


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9A-Fa-f]{6})\b", block))


def themes() -> dict[str, dict[str, str]]:
    css = TOKENS.read_text(encoding="utf-8")
    light, system, chosen = re.split(r"@media \(prefers-color-scheme: dark\)|:root\[data-theme=\"dark\"\]", css)
    return {
        "light": colours(light),
        "dark by the computer": {**colours(light), **colours(system)},
        "dark by choice": {**colours(light), **colours(chosen)},
    }


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_the_formula_gives_the_known_extremes() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#777777") == pytest.approx(1)


@pytest.mark.parametrize("theme", ["light", "dark by the computer", "dark by choice"])
def test_every_pair_of_colours_can_be_read(theme: str) -> None:
    palette = themes()[theme]
    measured = {(front, ground): contrast(palette[front], palette[ground]) for front, ground, _ in PAIRS}
    weak = {
        f"{front} on {ground}": f"{measured[front, ground]:.2f}, needs {needed}"
        for front, ground, needed in PAIRS
        if measured[front, ground] < needed
    }
    assert not weak


def test_both_ways_to_dark_are_the_same() -> None:
    found = themes()
    assert found["dark by the computer"] == found["dark by choice"]

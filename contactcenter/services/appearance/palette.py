"""What follows from the chosen colours, and whether all of it can be read: WCAG 2.2, 1.4.3 and 1.4.11."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from contactcenter.services.appearance.colour import contrast, mix

TEXT = 4.5
SHAPE = 3.0
HOUSE = "standard"
RADII: Mapping[str, tuple[int, ...]] = {
    "square": (0, 0, 0, 2, 2),
    "rounded": (4, 6, 8, 12, 16),
    "round": (6, 10, 14, 20, 24),
}
"""Pixels of the corners of tags, small controls, controls, cards and dialogs."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """The six values; those of the house until others are chosen."""

    shown_name: str = ""
    brand: str = "#0B5A60"
    on_brand: str = "#FFFFFF"
    brand_dark: str = "#7FD0D2"
    on_brand_dark: str = "#04282B"
    radius: str = "rounded"


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme: its fixed colours (those of `tokens.css`), where its brand leans on hover, how strong its tints are."""

    name: str
    fixed: Mapping[str, str]
    lean: str
    tints: Mapping[str, float]

    def pair(self, tokens: Tokens) -> tuple[str, str]:
        """The colour of the house and what stands on it, in this theme."""
        if self is LIGHT:
            return tokens.brand, tokens.on_brand
        return tokens.brand_dark, tokens.on_brand_dark

    def with_pair(self, tokens: Tokens, brand: str, on_brand: str) -> Tokens:
        """Other colours in this theme."""
        if self is LIGHT:
            return replace(tokens, brand=brand, on_brand=on_brand)
        return replace(tokens, brand_dark=brand, on_brand_dark=on_brand)


LIGHT = Theme(
    "light",
    {
        "canvas": "#F3F2EE",
        "surface": "#FFFFFF",
        "surface-2": "#FAF9F6",
        "text": "#1A2126",
        "text-2": "#444C54",
        "text-3": "#5C646D",
        "line": "#E2DFD7",
        "focus": "#1557C0",
        "bad": "#A8201A",
    },
    "#000000",
    {"brand-soft": 0.14, "selected": 0.11, "out": 0.085, "out-line": 0.22},
)
DARK = Theme(
    "dark",
    {
        "canvas": "#0F1315",
        "surface": "#171C1F",
        "surface-2": "#13181A",
        "text": "#E9EDEF",
        "text-2": "#BBC4CA",
        "text-3": "#98A3AA",
        "line": "#2A3236",
        "focus": "#8FBCFF",
        "bad": "#F6A39B",
    },
    "#FFFFFF",
    {"brand-soft": 0.15, "selected": 0.13, "out": 0.1, "out-line": 0.25},
)
THEMES = (LIGHT, DARK)
PAIRS: tuple[tuple[str, str, float], ...] = (
    ("on-brand", "brand", TEXT),
    ("on-brand", "brand-hover", TEXT),
    ("brand-text", "surface", TEXT),
    ("brand-text", "surface-2", TEXT),
    ("brand-text", "canvas", TEXT),
    ("brand-text", "selected", TEXT),
    ("brand-text", "brand-soft", TEXT),
    ("brand-text", "out", TEXT),
    ("text", "selected", TEXT),
    ("text", "out", TEXT),
    ("text", "brand-soft", TEXT),
    ("text-2", "selected", TEXT),
    ("text-3", "selected", TEXT),
    ("text-3", "out", TEXT),
    ("text-3", "brand-soft", TEXT),
    ("bad", "selected", TEXT),
    ("focus", "selected", SHAPE),
    ("brand", "surface-2", SHAPE),
)
"""Every pair in which a chosen colour, or one that follows from it, takes part: front, ground, what it needs."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One pair as it would be."""

    theme: str
    front: str
    ground: str
    ratio: float
    needed: float

    @property
    def passes(self) -> bool:
        """Whether it can be read."""
        return self.ratio >= self.needed


def colours(theme: Theme, tokens: Tokens) -> dict[str, str]:
    """The colours of a theme that follow from the chosen ones."""
    brand, on_brand = theme.pair(tokens)
    tints = {name: mix(theme.fixed["surface"], brand, share) for name, share in theme.tints.items()}
    return {
        "brand": brand,
        "brand-hover": mix(brand, theme.lean, 0.22),
        "on-brand": on_brand,
        "brand-text": brand,
        **tints,
    }


def measure(theme: Theme, tokens: Tokens) -> tuple[Measured, ...]:
    """All pairs of a theme, in the order in which people meet them."""
    known = {**theme.fixed, **colours(theme, tokens)}
    return tuple(
        Measured(theme.name, front, ground, contrast(known[front], known[ground]), needed)
        for front, ground, needed in PAIRS
    )


def passes(theme: Theme, tokens: Tokens) -> bool:
    """Whether everything can be read in a theme."""
    return all(pair.passes for pair in measure(theme, tokens))


def nearest(theme: Theme, tokens: Tokens) -> Tokens:
    """The colours next to the chosen ones with which a theme can be read; the chosen ones when they already can.

    The colour of the house is made darker or lighter by hundredths, what stands on it only as far as it then must.
    """
    brand, on_brand = theme.pair(tokens)
    for shade in _shades(brand):
        for upon in _shades(on_brand):
            tried = theme.with_pair(tokens, shade, upon)
            found = measure(theme, tried)
            if all(pair.passes for pair in found):
                return tried
            if any(not pair.passes for pair in found if pair.front != "on-brand"):
                break
    house = theme.pair(Tokens())
    return theme.with_pair(tokens, *house)


def _shades(colour: str) -> Iterator[str]:
    """The colour, then ever further towards black and white in turn."""
    yield colour
    for step in range(1, 101):
        yield mix(colour, "#000000", step / 100)
        yield mix(colour, "#FFFFFF", step / 100)

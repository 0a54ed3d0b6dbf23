"""The chosen look as a stylesheet: only values of our own making stand in it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from contactcenter.services.appearance.palette import DARK, LIGHT, RADII, Tokens, colours

_CORNERS = (4, 6, 8, 12, 16)


def write(tokens: Tokens) -> str:
    """The stylesheet of every page: as `tokens.css`, the dark follows the computer or the reader's choice."""
    dark = _values(colours(DARK, tokens))
    return "\n".join(
        (
            f":root {{ {_values(colours(LIGHT, tokens) | _corners(tokens))} }}",
            f'@media (prefers-color-scheme: dark) {{ :root:not([data-theme="light"]) {{ {dark} }} }}',
            f':root[data-theme="dark"] {{ {dark} }}',
            "",
        )
    )


def write_preview(tokens: Tokens) -> str:
    """The same look inside `.look-light` and `.look-dark` alone, both at once."""
    light = {**LIGHT.fixed, **colours(LIGHT, tokens), **_corners(tokens)}
    dark = {**DARK.fixed, **colours(DARK, tokens), **_corners(tokens)}
    return f".look-light {{ {_values(light)} }}\n.look-dark {{ {_values(dark)} }}\n"


def name(tokens: Tokens) -> str:
    """What tells one stylesheet from another in its address."""
    return hashlib.sha256(write(tokens).encode()).hexdigest()[:20]


def _corners(tokens: Tokens) -> dict[str, str]:
    return {f"r-{at}": f"{size}px" for at, size in zip(_CORNERS, RADII[tokens.radius], strict=True)}


def _values(found: Mapping[str, str]) -> str:
    return " ".join(f"--{token}: {value};" for token, value in found.items())

"""Where our own files lie: in the installed package, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def resource(name: str) -> Path:
    """Find a file or folder that a wheel carries inside the package and a checkout has at its top.

    Raises FileNotFoundError, naming both places, if it is in neither.
    """
    places = [PACKAGE / name, PACKAGE.parent / name]
    for place in places:
        if place.exists():
            return place
    raise FileNotFoundError(f"{name} is missing; looked for {places[0]} and {places[1]}: reinstall the package")


TEMPLATES = resource("templates")
STATIC = PACKAGE / "static"
TRANSLATIONS = PACKAGE / "translations"

"""What stands in double braces in a text of an administrator: only what can be filled in, and braces in pairs."""

from __future__ import annotations

from collections.abc import Sequence

from contactcenter.errors import meant
from contactcenter.i18n import gettext as _
from contactcenter.queries import signatures


def fillable(names: Sequence[str]) -> str:
    """Which there are, for below a label."""
    return _("Can be filled in: %(names)s", names=", ".join(f"{{{{{name}}}}}" for name in names))


def of_place() -> str:
    """Where the lines of an office or a group stand."""
    [word] = (word for word in signatures.spelled() if signatures.SWEDISH.get(word, word) == "place")
    return _("Where a signature says {{%(word)s}}; the lines of an office go before those of a group.", word=word)


def wrong(text: str, names: Sequence[str]) -> str:
    """What is wrong with the braces in `text`, empty when nothing is."""
    for found in signatures.PLACEHOLDER.findall(text):
        name = found.strip()
        if name.casefold() not in names:
            near = meant(name, names)
            hint = " " + _("Did you mean {{%(name)s}}?", name=near) if near else ""
            return _("{{%(name)s}} cannot be filled in.", name=name[:60]) + hint
    rest = signatures.PLACEHOLDER.sub("", text)
    if "{{" in rest or "}}" in rest:
        return _("Double braces come in pairs, on one line: {{%(name)s}}.", name=names[0])
    return ""


def wrong_signature(text: str) -> str:
    """What is wrong with a signature, empty when nothing is."""
    found = wrong(text, signatures.WORDS)
    if found or signatures.is_always_left(text):
        return found
    return _("Nothing would be left of it below an answer without an office or a title. Write more beside it.")

"""The kinds of settings, in the order of the menu."""

from __future__ import annotations

from contactcenter.errors import NotFound
from contactcenter.services.editing.kind import Kind
from contactcenter.services.editing.team import Teams

KINDS: tuple[Kind, ...] = (Teams(),)


def kind_of(slug: str) -> Kind:
    """The kind with `slug`.

    Raises:
        NotFound: there is none.
    """
    for kind in KINDS:
        if kind.slug == slug:
            return kind
    raise NotFound()

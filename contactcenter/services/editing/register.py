"""The kinds of settings, in the order of the menu."""

from __future__ import annotations

from contactcenter.db import Base
from contactcenter.errors import NotFound
from contactcenter.services.editing.acknowledgement import Acknowledgements
from contactcenter.services.editing.address import Addresses
from contactcenter.services.editing.kind import Kind
from contactcenter.services.editing.office import Offices
from contactcenter.services.editing.reply import Replies
from contactcenter.services.editing.rule import Rules
from contactcenter.services.editing.sender import Senders
from contactcenter.services.editing.signature import Signatures
from contactcenter.services.editing.target import Targets
from contactcenter.services.editing.team import Teams
from contactcenter.services.editing.topic import Topics

KINDS: tuple[Kind, ...] = (
    *(Topics(), Offices(), Teams(), Rules(), Targets()),
    *(Replies(), Signatures(), Acknowledgements(), Addresses(), Senders()),
)


def kind_of_table(table: type[Base]) -> Kind | None:
    """The kind whose objects are the rows of `table`, if there is a form for them."""
    return next((kind for kind in KINDS if kind.table is table), None)


def kind_of(slug: str) -> Kind:
    """The kind with `slug`.

    Raises:
        NotFound: there is none.
    """
    for kind in KINDS:
        if kind.slug == slug:
            return kind
    raise NotFound()

"""What can be chosen in the forms of settings."""

from __future__ import annotations

from contactcenter.db import Base
from contactcenter.i18n import gettext as _
from contactcenter.model.words import ChannelKind, OfficeKind, Priority, Sensitivity
from contactcenter.queries import wording
from contactcenter.queries.shapes import Choice
from contactcenter.services.editing.kind import Names


def of_table(names: Names, table: type[Base]) -> tuple[Choice, ...]:
    """Every row of a table that has a slug and a name."""
    return tuple(Choice(slug, name) for _id, slug, name in names.all(table))


def languages() -> tuple[Choice, ...]:
    """The languages that residents write in, by name."""
    labels = wording.language_labels()
    return tuple(Choice(code, labels[code]) for code in sorted(wording.LANGUAGES, key=lambda code: labels[code]))


def channels() -> tuple[Choice, ...]:
    """The kinds of channels."""
    return tuple(Choice(kind.value, wording.channel_label(kind)) for kind in ChannelKind)


def priorities() -> tuple[Choice, ...]:
    """How soon somebody must look."""
    labels = {
        Priority.URGENT: _("Urgent: now"),
        Priority.HIGH: _("High: the same day"),
        Priority.NORMAL: _("Normal: the next working day"),
        Priority.LOW: _("Low: when there is time"),
    }
    return tuple(Choice(level.value, label) for level, label in labels.items())


def sensitivities() -> tuple[Choice, ...]:
    """What tickets usually hold."""
    labels = {
        Sensitivity.OPEN: _("Open"),
        Sensitivity.PERSONAL: _("Personal: about somebody's own matters"),
        Sensitivity.SECRET: _("Secret: covered by secrecy"),
    }
    return tuple(Choice(level.value, label) for level, label in labels.items())


def office_kinds() -> tuple[Choice, ...]:
    """What an office is."""
    labels = {
        OfficeKind.CENTRAL: _("Central office"),
        OfficeKind.LOCAL: _("Local office"),
        OfficeKind.POPUP: _("Visits now and then"),
        OfficeKind.DESK: _("Desk in somebody else's house"),
    }
    return tuple(Choice(kind.value, label) for kind, label in labels.items())

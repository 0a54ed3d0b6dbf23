"""Canned replies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contactcenter.i18n import gettext as _
from contactcenter.model import CannedReply
from contactcenter.services.editing import choices, placeholders
from contactcenter.services.editing.field import Area, Field, OneOf
from contactcenter.services.editing.kind import Kind, Names, State

PLACEHOLDERS = (
    "due_date number next_open duty_social duty_technical team authority phone url forward_sentence office address"
    " date time survey_url"
).split()
"""What may stand in double braces and is filled in when the text is inserted."""


class Replies(Kind):
    """Texts that guides insert in an answer."""

    slug = "snabbsvar"
    icon = "message-circle"
    table = CannedReply
    label = "title"
    removable = True

    def title(self) -> str:
        """Its heading."""
        return _("Canned replies")

    def lead(self) -> str:
        """What it is."""
        return _("Texts to insert in an answer. What stands in double braces is filled in.")

    def add_label(self) -> str:
        """The button."""
        return _("New canned reply")

    def fields(self, names: Names) -> tuple[Field, ...]:
        """Title, language and text."""
        return (
            Field(name="title", label=_("Title"), required=True),
            OneOf(name="language", label=_("Language"), options=choices.languages(), required=True),
            Area(name="text", label=_("Text"), required=True, hint=placeholders.fillable(PLACEHOLDERS)),
        )

    def summary(self, names: Names, state: State) -> Sequence[str]:
        """Its language and how it begins."""
        begins = " ".join(state["text"].split())
        return (state["language"], begins if len(begins) <= 110 else begins[:110].rsplit(" ", 1)[0] + " …")

    def check(self, names: Names, row: Any, state: State) -> Mapping[str, str]:
        """Only known placeholders, and braces in pairs."""
        wrong = placeholders.wrong(state["text"], PLACEHOLDERS)
        return {"text": wrong} if wrong else {}

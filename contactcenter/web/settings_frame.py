"""What stands around every page of the settings: the side list of its pages, and the search over all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for
from sqlalchemy.orm import Session

from contactcenter.access import Actor, Permission
from contactcenter.i18n import gettext as _
from contactcenter.services.editing.register import KINDS
from contactcenter.web import page


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """One entry of the side list."""

    slug: str
    label: str
    lead: str
    icon: str
    url: str
    group: str


def pages(actor: Actor) -> tuple[SettingsPage, ...]:
    """The pages that exist here and that the actor may open; an entry whose view is missing is left out."""
    kinds = tuple(
        SettingsPage(
            kind.slug,
            kind.title(),
            kind.lead(),
            kind.icon,
            url_for("organisation.listing", kind=kind.slug),
            _("Organisation"),
        )
        for kind in KINDS
    )
    others = (
        (
            "medarbetare",
            _("Colleagues"),
            _("Who works here, and what they may see."),
            "user",
            "staff.index",
            Permission.AGENTS,
        ),
        (
            "nycklar",
            _("Tokens"),
            _("What other systems sign in with."),
            "key-round",
            "tokens.index",
            Permission.AGENTS,
        ),
        (
            "webhookar",
            _("Webhooks"),
            _("Which programs are told what happens, and how that goes."),
            "send",
            "webhooks.index",
            Permission.AGENTS,
        ),
        (
            "utseende",
            _("Appearance"),
            _("Name, colours and logo."),
            "eye",
            "appearance.index",
            Permission.SETTINGS,
        ),
        (
            "export-import",
            _("Export and import"),
            _("All settings as one file, out and in."),
            "download",
            "settings_file.index",
            Permission.SETTINGS,
        ),
        (
            "historik",
            _("History"),
            _("Who changed what, and when."),
            "clock",
            "organisation.history",
            Permission.SETTINGS,
        ),
    )
    here = current_app.view_functions
    return kinds + tuple(
        SettingsPage(slug, label, lead, icon, url_for(endpoint), _("Operation"))
        for slug, label, lead, icon, endpoint, permission in others
        if endpoint in here and actor.may(permission)
    )


def frame(session: Session, actor: Actor, current: str = "", search: str = "") -> dict[str, Any]:
    """What `pages/settings.html` needs besides its own content; `current` is the slug of the page that is open."""
    return {
        "settings_pages": pages(actor),
        "settings_page": current,
        "settings_search": search,
        "section": "settings",
        "listing": None,
        **page.staff_frame(session, actor),
    }

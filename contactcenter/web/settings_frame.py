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

Entry = tuple[str, str, str, str, str, Permission]
"""Slug, label, lead, icon, endpoint of the view, and who may open it."""
PEOPLE_AFTER = 2
"""Colleagues come after topics and offices, before the groups they work in."""


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
    """The pages that exist here and that the actor may open, in the order in which a place is set up: what it is about,
    where, who, what they answer; then how it runs. An entry whose view is missing is left out.
    """
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
    colleagues = (
        "medarbetare",
        _("Colleagues"),
        _("Who works here, and what they may see."),
        "user",
        "staff.index",
        Permission.AGENTS,
    )
    others = (
        (
            "brevlador",
            _("Mail channels"),
            _("Which mailboxes are read, and how that goes."),
            "mail",
            "mailboxes.index",
            Permission.SETTINGS,
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
    people = _allowed(actor, _("Organisation"), colleagues)
    return (*kinds[:PEOPLE_AFTER], *people, *kinds[PEOPLE_AFTER:], *_allowed(actor, _("Operation"), *others))


def _allowed(actor: Actor, group: str, *entries: Entry) -> tuple[SettingsPage, ...]:
    """Those of the entries whose view is here and that the actor may open."""
    here = current_app.view_functions
    return tuple(
        SettingsPage(slug, label, lead, icon, url_for(endpoint), group)
        for slug, label, lead, icon, endpoint, permission in entries
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

"""Whom the answer being written is for, as the writing box shows it."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from channels.email.compose import wire_form
from contactcenter.i18n import gettext as _
from contactcenter.model import Draft, Ticket
from contactcenter.queries import letters, protected, recipients
from contactcenter.queries.shapes import Addressees

_WORDS = re.compile(r"[^\s,;<>\"]+@[^\s,;<>\"]+")


def addressees(session: Session, ticket: Ticket, draft: Draft | None) -> Addressees:
    """The three fields with what was typed, or the usual recipient, and what there is to say of them.

    The address of somebody whose identity is protected stands nowhere: there an empty field means them.
    """
    own = letters.recipient(session, ticket)
    hidden = protected.hidden(session, ticket)
    shown_own = own.value if own is not None and own.value not in hidden else ""
    usual = recipients.usual(session, ticket)
    usual = "" if usual in hidden else usual
    typed = (draft.recipients, draft.copies, draft.blind_copies) if draft is not None else ("", "", "")
    to, copies, blind = (_without(hidden, part) for part in typed)
    to = to or usual
    named = {*_addresses(to), *_addresses(copies), *_addresses(blind)}
    own_hidden = own.value if own is not None and hidden else ""
    missed = sorted(one for one in recipients.missed(session, ticket) if one not in hidden or one == own_hidden)
    shows = [one in named or (one == own_hidden and not to) for one in missed]
    return Addressees(
        to=to,
        cc=copies,
        bcc=blind,
        usual=usual,
        own=shown_own,
        line=_line(to, copies, blind),
        hidden=_("the resident (protected)") if own_hidden else "",
        changed=to.strip().lower() != shown_own or bool(copies or blind),
        offered=recipients.offered(session, ticket, (*named, *([usual] if usual else []))),
        missed=tuple(zip(("" if one == own_hidden else one for one in missed), shows, strict=True)),
    )


def _addresses(typed: str) -> list[str]:
    return [found.lower() for found in _WORDS.findall(typed)]


def _without(hidden: frozenset[str], typed: str) -> str:
    """What was typed, without whom it is not to show: an answer to them goes where the empty field means."""
    named = _addresses(typed)
    left = [one for one in named if wire_form(one) not in hidden]
    return typed if len(left) == len(named) else ", ".join(left)


def _line(to: str, copies: str, blind: str) -> str:
    """Everybody in one line."""
    parts = [to.strip() or _("the resident (protected)")]
    parts += [_("copy to %(addresses)s", addresses=copies.strip())] if copies.strip() else []
    parts += [_("blind copy to %(addresses)s", addresses=blind.strip())] if blind.strip() else []
    return ", ".join(parts)

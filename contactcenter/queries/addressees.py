"""Whom the answer being written is for, as the writing box shows it."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from contactcenter.i18n import gettext as _
from contactcenter.model import Draft, Ticket
from contactcenter.queries import letters, recipients
from contactcenter.queries.shapes import Addressees

_WORDS = re.compile(r"[^\s,;<>\"]+@[^\s,;<>\"]+")


def addressees(session: Session, ticket: Ticket, draft: Draft | None) -> Addressees:
    """The three fields with what was typed, or the usual recipient, and what there is to say of them.

    The address of somebody whose identity is protected stands nowhere: there an empty field means them.
    """
    own = letters.recipient(session, ticket)
    hidden = own.value if own is not None and recipients.is_protected(ticket) else ""
    shown_own = own.value if own is not None and not hidden else ""
    usual = recipients.usual(session, ticket)
    usual = "" if usual == hidden else usual
    to = (draft.recipients if draft is not None else "") or usual
    copies, blind = (draft.copies, draft.blind_copies) if draft is not None else ("", "")
    named = {*_addresses(to), *_addresses(copies), *_addresses(blind)}
    missed = sorted(recipients.missed(session, ticket))
    shows = [one in named or (one == hidden and not to) for one in missed]
    return Addressees(
        to=to,
        cc=copies,
        bcc=blind,
        usual=usual,
        own=shown_own,
        line=_line(to, copies, blind),
        hidden=_("the resident (protected)") if hidden else "",
        changed=to.strip().lower() != shown_own or bool(copies or blind),
        offered=recipients.offered(session, ticket, (*named, *([usual] if usual else []))),
        missed=tuple(zip(("" if one == hidden else one for one in missed), shows, strict=True)),
    )


def _addresses(typed: str) -> list[str]:
    return [found.lower() for found in _WORDS.findall(typed)]


def _line(to: str, copies: str, blind: str) -> str:
    """Everybody in one line."""
    parts = [to.strip() or _("the resident (protected)")]
    parts += [_("copy to %(addresses)s", addresses=copies.strip())] if copies.strip() else []
    parts += [_("blind copy to %(addresses)s", addresses=blind.strip())] if blind.strip() else []
    return ", ".join(parts)

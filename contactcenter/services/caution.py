"""What is better not told by e-mail, which anybody on its way can read: stopped once, and sent by who is sure."""

from __future__ import annotations

from sqlalchemy.orm import Session

from contactcenter.errors import Risky
from contactcenter.i18n import gettext as _
from contactcenter.model import Ticket
from contactcenter.services import audit
from routing.sensitivity import has_personal_id

PERSONAL_ID = "personal_id"
CONFIDENTIAL = "confidential"


def risks(session: Session, ticket: Ticket, text: str) -> tuple[str, ...]:
    """What speaks against sending `text`, with the subject of `ticket`, by e-mail.

    A personal identity number (GDPR article 87, dataskyddslagen 3 kap. 10 §), and whatever is said in a confidential
    matter (OSL 8 kap. 1 §; GDPR article 32).
    """
    found = []
    if has_personal_id(text) or has_personal_id(ticket.subject):
        found.append(PERSONAL_ID)
    if audit.is_confidential(session, ticket):
        found.append(CONFIDENTIAL)
    return tuple(found)


def stop(found: tuple[str, ...]) -> None:
    """Raises Risky when there is anything that the writer has to be sure about."""
    if found:
        raise Risky(_("Is this to go by e-mail?"), risks=found)

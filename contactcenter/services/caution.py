"""What is better not told by e-mail, which anybody on its way can read: stopped once, and sent by who is sure."""

from __future__ import annotations

from sqlalchemy.orm import Session

from contactcenter.errors import Risky
from contactcenter.i18n import gettext as _
from contactcenter.model import Ticket
from contactcenter.model.words import Sensitivity
from contactcenter.services import audit
from contactcenter.services.recipients import Recipients
from routing.sensitivity import has_personal_id

PERSONAL_ID = "personal_id"
CONFIDENTIAL = "confidential"
SENSITIVE = "sensitive"
OTHER_ADDRESS = "other_address"


def risks(session: Session, ticket: Ticket, text: str, recipients: Recipients) -> tuple[str, ...]:
    """What speaks against sending `text`, with the subject of `ticket`, by e-mail to `recipients`.

    A personal identity number (GDPR article 87, dataskyddslagen 3 kap. 10 §), and whatever is said in a confidential
    matter (OSL 8 kap. 1 §; GDPR article 32), or where the content may be sensitive wherever it lies: most of all to
    somebody who did not ask (OSL 10 kap. 1 §, 12 kap. 2 § need that person's consent).
    """
    found = []
    if has_personal_id(text) or has_personal_id(ticket.subject):
        found.append(PERSONAL_ID)
    if audit.is_confidential(session, ticket):
        found.append(CONFIDENTIAL)
    elif is_sensitive(ticket):
        found.append(SENSITIVE)
    if found and found != [PERSONAL_ID] and recipients.is_changed:
        found.append(OTHER_ADDRESS)
    return tuple(found)


def is_sensitive(ticket: Ticket) -> bool:
    """Whether what `ticket` is about needs care in the common domain too."""
    return ticket.sensitive or (ticket.topic is not None and ticket.topic.sensitivity is Sensitivity.SECRET)


def stop(found: tuple[str, ...], recipients: Recipients) -> None:
    """Raises Risky when there is anything that the writer has to be sure about."""
    if found:
        raise Risky(_("Is this to go by e-mail?"), risks=found, to=recipients)

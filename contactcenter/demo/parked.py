"""Example mail that nobody has to answer, as it would have come: its bytes, its row of the inbox, how it is shown."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from contactcenter.access import COMMON_DOMAIN
from contactcenter.model import Domain, Inbox, ParkedMail
from contactcenter.model.words import ChannelKind, InboxState
from contactcenter.runtime import Runtime

KEY = "example-parked-"
"""How the dedupe keys of example mail begin: no digest of real mail does."""
MAILS = (
    (
        "auto_reply",
        "Karin Exempel",
        "karin.exempel@example.se",
        "Autosvar: Jag är ledig",
        "Hej!\n\nJag är ledig till och med måndag och läser inte min e-post. Gäller det bygglovet, kontakta gärna min"
        " sambo Ali Exempel på ali.exempel@example.com.\n\nKarin",
    ),
    (
        "list",
        "Kommunnätverket",
        "nyhetsbrev@example.com",
        "Nyhetsbrev november: så möter vi invånare",
        "I det här numret: tre kommuner om en väg in, och höstens konferens om klarspråk.\n\nDu får det här brevet för"
        " att du är med på listan. Avsluta prenumerationen här.",
    ),
    (
        "receipt",
        "Olle Exempel",
        "olle.exempel@example.se",
        "Läst: Parkering vid idrottshallen",
        "Ditt meddelande lästes.",
    ),
)


def store(session: Session, here: Runtime, now: datetime) -> None:
    """Write the example mails, the last of them an hour ago."""
    domain_id = session.scalars(select(Domain.id).where(Domain.slug == COMMON_DOMAIN)).one()
    for place, (reason, name, address, subject, text) in enumerate(MAILS):
        at = now - timedelta(hours=3 * (len(MAILS) - place) - 2)
        raw = _bytes(here, name, address, subject, text, at)
        mail = Inbox(
            channel=ChannelKind.EMAIL,
            dedupe_key=f"{KEY}{place}",
            raw_key=here.blobs.put(raw),
            size=len(raw),
            envelope_from=address,
            envelope_to=[here.settings.channels.mail.address],
            state=InboxState.PARKED,
            reason=reason,
            created_at=at,
        )
        session.add(mail)
        session.flush()
        shown = ParkedMail(inbox_id=mail.id, domain_id=domain_id, reason=reason, subject=subject, text=text)
        shown.sender, shown.sender_name, shown.created_at = address, name, at
        session.add(shown)


def _bytes(here: Runtime, name: str, address: str, subject: str, text: str, at: datetime) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f"{name} <{address}>"
    mail["To"] = here.settings.channels.mail.address
    mail["Subject"] = subject
    mail["Date"] = format_datetime(at)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    return mail.as_bytes()


def remove(session: Session) -> None:
    """Take them out again, but for those that somebody has made a ticket of."""
    taken = select(ParkedMail.inbox_id).where(ParkedMail.taken_in)
    mails = list(session.scalars(select(Inbox.id).where(Inbox.dedupe_key.like(f"{KEY}%"), Inbox.id.not_in(taken))))
    session.execute(delete(ParkedMail).where(ParkedMail.inbox_id.in_(mails)))
    session.execute(delete(Inbox).where(Inbox.id.in_(mails)))

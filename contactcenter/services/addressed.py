"""To whom mail was sent that nobody has read: a confidential address keeps it confidential, whatever is in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from channels.email import glimpse
from channels.email.compose import spellings, wire_form
from contactcenter import logs, runtime
from contactcenter.access import COMMON_DOMAIN
from contactcenter.blobs import BlobStore
from contactcenter.model import Domain, Entry, OurAddress, RoutingRule, Ticket, Topic
from contactcenter.services import threads

log = logs.get_logger(__name__)


def confidential_domain(session: Session, recipients: Sequence[str]) -> int | None:
    """The first domain outside the common one that writing to one of `recipients` leads to; None when none does.

    An address of ours leads to its own domain and to that of its topic, a rule about recipients where it says, and a
    signed address (to reply to, or to return to) to its ticket. A rule leads to the domain that it names and to its
    topic's.
    """
    addresses = spellings(recipients)
    common = session.scalar(select(Domain.id).where(Domain.slug == COMMON_DOMAIN))
    found = (*_by_address(session, addresses), *_by_rule(session, addresses), *_by_ticket(session, recipients))
    return next((domain for domain in found if domain is not None and domain != common), None)


def named(blobs: BlobStore, raw_key: str) -> tuple[str, ...]:
    """Whom the header of a mail names that nobody has read; nobody when its bytes are lost.

    Reads a file and parses strangers' bytes: not to be asked with a transaction open.
    """
    try:
        return glimpse.named(blobs.head(raw_key, glimpse.MAX_HEAD))
    except OSError as error:
        log.warning("header_not_read", error=str(error))
        return ()


def _by_address(session: Session, addresses: Set[str]) -> Iterator[int | None]:
    query = select(OurAddress.domain_id, Topic.domain_id).outerjoin(Topic, Topic.id == OurAddress.topic_id)
    for own, of_topic in session.execute(query.where(func.lower(OurAddress.address).in_(addresses))):
        yield from (own, of_topic)


def _by_rule(session: Session, addresses: Set[str]) -> Iterator[int | None]:
    for rule in session.scalars(select(RoutingRule).where(RoutingRule.active).order_by(RoutingRule.position)):
        if not {wire_form(str(recipient)) for recipient in rule.conditions.get("recipient", ())} & addresses:
            continue
        if "domain" in rule.actions:
            yield session.scalar(select(Domain.id).where(Domain.slug == str(rule.actions["domain"])))
        if "topic" in rule.actions:
            yield session.scalar(select(Topic.domain_id).where(Topic.slug == str(rule.actions["topic"])))


def _by_ticket(session: Session, recipients: Sequence[str]) -> Iterator[int | None]:
    keys = runtime.current().keys
    about = select(Entry.ticket_id).where(Entry.id.in_(threads.returned(keys, recipients)))
    ids = or_(Ticket.id.in_(threads.answered(keys, recipients)), Ticket.id.in_(about))
    yield from session.scalars(select(Ticket.domain_id).where(ids).order_by(Ticket.id))

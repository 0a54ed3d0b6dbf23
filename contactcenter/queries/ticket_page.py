"""Everything that the right-hand side of the screen shows of one ticket."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from contactcenter import runtime
from contactcenter.access import COMMON_DOMAIN, Actor, Permission, visible_tickets
from contactcenter.i18n import gettext as _
from contactcenter.i18n import language
from contactcenter.model import (
    Address,
    Agent,
    Attachment,
    DomainGrant,
    Draft,
    PersonAddress,
    TeamMember,
    Ticket,
)
from contactcenter.model.words import AddressKind, DraftKind, Role, Status
from contactcenter.queries import choices, letters, related, timeline, why, wording
from contactcenter.queries.addressees import addressees
from contactcenter.queries.shapes import (
    Choice,
    Composer,
    DraftShape,
    EarlierTicket,
    PersonCard,
    TicketPage,
)

MAX_EARLIER = 6
MAX_COUNTED = 50


Shown = Callable[[Sequence[Ticket]], None]
"""Told which other tickets a page is about to name, so that the look can be recorded."""


def ticket_page(session: Session, actor: Actor, ticket: Ticket, shown: Shown, list_query: str = "") -> TicketPage:
    """The page of `ticket`, which the actor may see; whoever asks for it records that look."""
    items, older_url = timeline.newest(session, actor, ticket)
    instance = runtime.current().settings.instance
    prefix = instance.ticket_prefix
    near = _near(session, actor, ticket)
    linked = related.of_ticket(session, actor, ticket)
    shown([*near, *(row for row in linked if row not in near)])
    earlier = tuple(_earlier(row, prefix) for row in near[:MAX_EARLIER])
    contacts = [row for row in near if row.person_id is not None and row.person_id == ticket.person_id]
    topic = ticket.topic
    english = language() == "en"
    is_closed = ticket.domain.slug != COMMON_DOMAIN
    return TicketPage(
        id=ticket.id,
        number=ticket.number,
        ref=f"{prefix}-{ticket.number}",
        rev=ticket.rev,
        last_seq=ticket.last_seq,
        url=f"/arenden/{ticket.number}" + (f"?{list_query}" if list_query else ""),
        subject=ticket.subject or _("(no subject)"),
        lang=ticket.language,
        status=ticket.status,
        status_label=wording.status_label(ticket.status),
        status_tone=wording.STATUS_TONES[ticket.status],
        urgent=ticket.rank == 0 and ticket.status is not Status.CLOSED,
        urgent_text=_urgent_text(),
        team=ticket.team.name,
        topic=((topic.name_en if english else "") or topic.name) if topic else "",
        office=ticket.office.name if ticket.office else "",
        domain=((ticket.domain.name_en if english else "") or ticket.domain.name) if is_closed else "",
        assignee=wording.face(ticket.assignee.name) if ticket.assignee else None,
        assigned_to_me=ticket.assignee_id == actor.agent_id,
        parked_until=_parked_until(ticket),
        deadline=wording.deadline(ticket.first_reply_due, urgent=ticket.rank == 0),
        actions=actions(actor, ticket),
        timeline=items,
        older_url=older_url,
        why=why.why(session, ticket),
        person=_person(session, actor, ticket, len(contacts)),
        earlier=earlier,
        composer=_composer(session, actor, ticket),
        topics=choices.topics(session, ticket.topic_id),
        agents=_colleagues(session, actor, ticket),
        outcomes=choices.outcomes(ticket.outcome or "solved"),
        park_choices=choices.rests(),
        links=related.links(actor, ticket, linked),
        list_url="/arenden" + (f"?{list_query}" if list_query else ""),
    )


def _urgent_text() -> str:
    return _(
        "If it is happening now: ask the resident to call 112. After office hours the social emergency service "
        "(socialjouren) is reached through 112."
    )


def _parked_until(ticket: Ticket) -> str:
    if ticket.status is not Status.PARKED:
        return ""
    if ticket.snoozed_until is None:
        return _("Rests until the resident writes")
    return _("Rests until %(until)s", until=wording.day_and_time(ticket.snoozed_until))


def actions(actor: Actor, ticket: Ticket) -> frozenset[str]:
    """The verbs that the actor may use on the ticket as it is now."""
    closed = ticket.status is Status.CLOSED
    mine = ticket.assignee_id == actor.agent_id
    movable = ticket.assignee_id is None or mine or actor.may(Permission.ASSIGN_ANYONE)
    possible = {
        "take": actor.may(Permission.TAKE) and ticket.assignee_id is None and not closed,
        "release": actor.may(Permission.TAKE) and ticket.assignee_id is not None and movable and not closed,
        "assign": actor.may(Permission.ASSIGN) and movable and not closed,
        "topic": actor.may(Permission.TOPIC),
        "park": actor.may(Permission.CLOSE) and not closed and ticket.status is not Status.PARKED,
        "unpark": actor.may(Permission.CLOSE) and ticket.status is Status.PARKED,
        "close": actor.may(Permission.CLOSE) and not closed,
        "reopen": actor.may(Permission.CLOSE) and closed,
        "reply": actor.may(Permission.REPLY),
        "note": actor.may(Permission.NOTE),
    }
    return frozenset(verb for verb, holds in possible.items() if holds)


def _person(session: Session, actor: Actor, ticket: Ticket, contacts: int) -> PersonCard:
    """Who writes, by what this ticket and others in sight say: a name given elsewhere may be known only there."""
    protected = ticket.person is not None and ticket.person.protected_identity
    name = _("Protected identity") if protected else wording.address(ticket.sender) or _("Unknown")
    return PersonCard(
        face=wording.face(name),
        contacts=wording.contacts_label(contacts, MAX_COUNTED),
        addresses=() if protected else _addresses(session, actor, ticket),
        language=wording.language_label(ticket.language),
        protected=protected,
    )


def _addresses(session: Session, actor: Actor, ticket: Ticket) -> tuple[tuple[str, str], ...]:
    """The ticket's address, and those of the person that tickets in sight have too, or that a guide has confirmed."""
    rows = [ticket.address] if ticket.address is not None else []
    if ticket.person is not None:
        seen = select(Ticket.address_id).where(Ticket.person_id == ticket.person_id, visible_tickets(actor))
        rows.extend(
            session.scalars(
                select(Address)
                .join(PersonAddress, PersonAddress.address_id == Address.id)
                .where(
                    PersonAddress.person_id == ticket.person_id,
                    Address.id != ticket.address_id,
                    or_(PersonAddress.verified_at.is_not(None), Address.id.in_(seen)),
                )
                .order_by(Address.id)
                .limit(5)
            )
        )
    labels = {AddressKind.EMAIL: _("E-mail"), AddressKind.PHONE: _("Phone")}
    return tuple((labels[row.kind], wording.address(row.value)) for row in rows)


def _near(session: Session, actor: Actor, ticket: Ticket) -> Sequence[Ticket]:
    """Other tickets of the same person, and the one this may belong to; only what the actor may see."""
    same = [Ticket.person_id == ticket.person_id] if ticket.person_id else []
    if ticket.related_ticket_id:
        same.append(Ticket.id == ticket.related_ticket_id)
    if not same:
        return ()
    query = select(Ticket).where(or_(*same), Ticket.id != ticket.id, visible_tickets(actor))
    return session.scalars(query.order_by(Ticket.last_message_at.desc(), Ticket.id.desc()).limit(MAX_COUNTED)).all()


def _earlier(row: Ticket, prefix: str) -> EarlierTicket:
    return EarlierTicket(
        ref=f"{prefix}-{row.number}",
        subject=row.subject or _("(no subject)"),
        url=f"/arenden/{row.number}",
        channel=row.channel,
        when=wording.wait(row.last_message_at),
        status_label=wording.status_label(row.status),
    )


def _composer(session: Session, actor: Actor, ticket: Ticket) -> Composer:
    address = letters.recipient(session, ticket)
    rows = session.scalars(select(Draft).where(Draft.ticket_id == ticket.id, Draft.agent_id == actor.agent_id))
    written = {draft.kind: draft for draft in rows}
    drafts = {kind: _draft(session, draft) for kind, draft in written.items()}
    return Composer(
        addressees=addressees(session, ticket, written.get(DraftKind.REPLY)),
        channel="email",
        channel_label=_("E-mail"),
        reply=replace(drafts.get(DraftKind.REPLY, DraftShape()), key=secrets.token_urlsafe(12)),
        note=replace(drafts.get(DraftKind.NOTE, DraftShape()), key=secrets.token_urlsafe(12)),
        signature=letters.signature(session, ticket, actor.agent_id),
        cannot_reply="" if address else _("There is no e-mail address to answer to. Write a note, or call."),
    )


def _draft(session: Session, draft: Draft) -> DraftShape:
    files = session.scalars(select(Attachment).where(Attachment.draft_id == draft.id).order_by(Attachment.id))
    return DraftShape(
        text=draft.text,
        saved=wording.clock_time(draft.saved_at),
        seen_seq=draft.seen_seq,
        files=timeline.files(files),
    )


def _colleagues(session: Session, actor: Actor, ticket: Ticket) -> tuple[Choice, ...]:
    if "assign" not in actions(actor, ticket):
        return ()
    through_team = select(TeamMember.agent_id).join(DomainGrant, DomainGrant.team_id == TeamMember.team_id)
    holders = set(
        session.scalars(
            select(Agent.id).where(
                Agent.role.in_((Role.GUIDE, Role.SPECIALIST, Role.SUPERVISOR, Role.IT_HOST)),
                or_(
                    Agent.id.in_(select(DomainGrant.agent_id).where(DomainGrant.domain_id == ticket.domain_id)),
                    Agent.id.in_(through_team.where(DomainGrant.domain_id == ticket.domain_id)),
                ),
            )
        )
    )
    return choices.colleagues(session, ticket.team_id, ticket.language, holders)

"""What is done to a ticket: take, release, assign, change topic, park, close, reopen.

Each act needs the ticket's row locked by `access.get_ticket(lock=True)`, checks the role, compares `rev` where a page
sent one, writes an event line, and counts the change.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from contactcenter import clock, search
from contactcenter.access import COMMON_DOMAIN, Actor, Permission, actor_for, visible_tickets
from contactcenter.errors import Conflict, InvalidInput, NotAllowed, NotFound
from contactcenter.i18n import gettext as _
from contactcenter.model import Agent, Attachment, Decision, Domain, Draft, Entry, Team, Ticket, Topic
from contactcenter.model.ticket import IS_OPEN
from contactcenter.model.words import OUTCOMES, STATUS_EDGES, Direction, EntryKind, EntryState, Priority, Role, Status
from contactcenter.services import audit, deadlines, decisions, entries, events, outbox

MOST_GROUND = 300


def new_token() -> str:
    """An unguessable name for a resident's link: 192 bits."""
    return secrets.token_urlsafe(24)


def rank_of(priority: Priority) -> int:
    """The first part of the queue order: urgent before all else."""
    return 0 if priority is Priority.URGENT else 1


def moment(text: str) -> datetime:
    """A moment as it was written into a promise (ISO 8601, aware)."""
    return datetime.fromisoformat(text)


def check_rev(ticket: Ticket, rev: int | None) -> None:
    """Raises Conflict when the page that sent `rev` showed an older ticket."""
    if rev is not None and rev != ticket.rev:
        raise Conflict(_("The ticket has changed since you opened it. Have a look, then try again."))


def set_status(ticket: Ticket, status: Status) -> None:
    """Move along an edge of the status table.

    Raises:
        Conflict: the status may not follow the present one.
    """
    if status is ticket.status:
        return
    if status not in STATUS_EDGES[ticket.status]:
        raise Conflict(_("That cannot be done with the ticket as it is now."))
    ticket.status = status
    if status is not Status.PARKED:
        ticket.snoozed_until = None
    ticket.closed_at = clock.now() if status is Status.CLOSED else None


def take(session: Session, actor: Actor, ticket: Ticket, rev: int | None = None) -> None:
    """Make `actor` the owner of a ticket that nobody owns.

    Raises:
        Conflict: somebody owns it already; the text says who.
    """
    actor.require(Permission.TAKE)
    if ticket.assignee_id == actor.agent_id:
        return
    if ticket.assignee_id is not None:
        owner = session.get_one(Agent, ticket.assignee_id)
        raise Conflict(_("%(name)s already has this ticket.", name=owner.name), owner=owner.name)
    check_rev(ticket, rev)
    _own(session, actor, ticket, actor.agent_id)
    entries.add_event(session, ticket, "taken", actor)
    _done(session, actor, ticket, "taken")


def release(session: Session, actor: Actor, ticket: Ticket, rev: int | None = None) -> None:
    """Put a ticket back into the shared queue; a supervisor may do it for anybody."""
    actor.require(Permission.TAKE)
    if ticket.assignee_id is None:
        return
    _may_move(actor, ticket)
    check_rev(ticket, rev)
    events.publish(session, ticket, "moved")
    ticket.assignee_id = None
    entries.add_event(session, ticket, "released", actor)
    _done(session, actor, ticket, "released")


def assign(session: Session, actor: Actor, ticket: Ticket, agent_id: int, rev: int | None = None) -> Agent:
    """Give a ticket to a colleague who may see it.

    Raises:
        NotAllowed: the ticket is somebody else's and the actor is no supervisor.
        InvalidInput: the colleague is away for good or may not see the ticket.
    """
    actor.require(Permission.ASSIGN)
    _may_move(actor, ticket)
    check_rev(ticket, rev)
    agent = session.get(Agent, agent_id)
    if agent is None or agent.disabled_at is not None or not can_hold(session, agent, ticket):
        raise InvalidInput(_("That colleague cannot have this ticket."), field="agent")
    _own(session, actor, ticket, agent.id)
    entries.add_event(session, ticket, "assigned", actor, to=agent.name)
    _done(session, actor, ticket, "assigned", to=agent.id)
    return agent


def drop_absent_owner(session: Session, ticket: Ticket) -> None:
    """A ticket whose owner works here no more waits for everybody."""
    owner = session.get(Agent, ticket.assignee_id) if ticket.assignee_id else None
    if owner is not None and owner.disabled_at is not None:
        ticket.assignee_id = None


def first_answer(session: Session, ticket: Ticket) -> datetime | None:
    """When somebody first answered the resident; what is known not to have arrived is no answer."""
    session.flush()
    return session.scalar(
        select(func.min(Entry.at)).where(
            Entry.ticket_id == ticket.id,
            Entry.direction == Direction.OUT,
            Entry.kind == EntryKind.MESSAGE,
            Entry.agent_id.is_not(None),
            Entry.state != EntryState.FAILED,
        )
    )


def release_all_of(session: Session, agent_id: int, keep: Callable[[Ticket], bool] = lambda ticket: False) -> int:
    """Put all open tickets of an agent, but those to `keep`, back into the shared queue; how many there were."""
    held = session.scalars(
        select(Ticket).where(Ticket.assignee_id == agent_id, IS_OPEN).order_by(Ticket.id).with_for_update(of=Ticket)
    ).all()
    theirs = [ticket for ticket in held if not keep(ticket)]
    for ticket in theirs:
        events.publish(session, ticket, "moved")
        ticket.assignee_id = None
        entries.add_event(session, ticket, "released")
        events.changed(session, ticket, "released")
    return len(theirs)


def lock_all_of(session: Session, agent_ids: Sequence[int]) -> None:
    """Lock the open tickets of several agents in the one order in which tickets are locked, before any is released."""
    held = select(Ticket.id).where(Ticket.assignee_id.in_(agent_ids), IS_OPEN)
    session.scalars(held.order_by(Ticket.id).with_for_update()).all()


def can_hold(session: Session, agent: Agent, ticket: Ticket) -> bool:
    """Whether `agent` would see `ticket` as its owner and may answer it."""
    other = actor_for(session, agent)
    if agent.is_service or not other.may(Permission.NOTE):
        return False
    if other.role is Role.IT_HOST or other.role is Role.SPECIALIST:
        return ticket.domain_id in other.domains
    return session.scalar(select(Ticket.id).where(Ticket.id == ticket.id, visible_tickets(other))) is not None


def change_topic(
    session: Session, actor: Actor, ticket: Ticket, slug: str, rev: int | None = None, *, ground: str = ""
) -> None:
    """Correct the topic: team, priority and domain follow; the correction is remembered.

    Who has seen a ticket may send it to those it concerns, also out of their own sight. To leave a confidential domain
    it needs a `ground`, which is kept with who did it (a disclosure, OSL 8 kap. 2 §).

    Raises:
        InvalidInput: there is no such topic.
    """
    actor.require(Permission.TOPIC)
    check_rev(ticket, rev)
    topic = session.scalar(select(Topic).where(Topic.slug == slug, Topic.active))
    if topic is None:
        raise InvalidInput(_("There is no such topic. Choose one from the list."), field="topic")
    if topic.id == ticket.topic_id:
        return
    previous = ticket.topic_id
    old_domain = ticket.domain_id
    ticket.topic_id = topic.id
    ticket.team_id = topic.team_id
    ticket.priority = max_priority(Priority(topic.priority), ticket.priority) if topic.priority else ticket.priority
    ticket.rank = rank_of(ticket.priority)
    if topic.domain_id != old_domain:
        _move_domain(session, actor, ticket, topic.domain_id, " ".join(ground.split())[:MOST_GROUND])
    session.add(
        Decision(
            ticket_id=ticket.id,
            topic_id=topic.id,
            team_id=topic.team_id,
            office_id=ticket.office_id,
            confidence=1.0,
            reasons=[decisions.corrected(actor.name, topic)],
            corrected_by_id=actor.agent_id,
            previous_topic_id=previous,
        )
    )
    deadlines.moved(session, ticket)
    entries.add_event(session, ticket, "topic", actor, to=topic.name, team=session.get_one(Team, topic.team_id).name)
    _done(session, actor, ticket, "routed", to=slug)


def max_priority(one: Priority, other: Priority) -> Priority:
    """Urgency found in the text is never lowered by a change of topic."""
    return Priority.URGENT if Priority.URGENT in (one, other) else one


def _move_domain(session: Session, actor: Actor, ticket: Ticket, domain_id: int, ground: str) -> None:
    """Moving between domains is a disclosure (OSL 8 kap.): it is always audited, with both domains."""
    before, after = session.get_one(Domain, ticket.domain_id), session.get_one(Domain, domain_id)
    if before.slug != COMMON_DOMAIN and not ground:
        text = _("Others will be able to read this ticket and its notes. Say why it is moved, then change the topic.")
        raise InvalidInput(text, field="ground")
    events.publish(session, ticket, "moved")
    ticket.domain_id = domain_id
    session.flush()
    of_entries = select(Entry.id).where(Entry.ticket_id == ticket.id)
    of_drafts = select(Draft.id).where(Draft.ticket_id == ticket.id)
    session.execute(
        update(Attachment)
        .where(or_(Attachment.entry_id.in_(of_entries), Attachment.draft_id.in_(of_drafts)))
        .values(domain_id=domain_id)
    )
    search.reindex_domain(session, ticket.id, domain_id)
    owner = session.get(Agent, ticket.assignee_id) if ticket.assignee_id else None
    if owner is not None and not can_hold(session, owner, ticket):
        ticket.assignee_id = None
    audit.on_move(session, actor, ticket, before, after, ground)


def park(session: Session, actor: Actor, ticket: Ticket, until: datetime | None, rev: int | None = None) -> None:
    """Let a ticket rest until a moment (None: until the resident writes); a promise wakes it."""
    actor.require(Permission.CLOSE)
    check_rev(ticket, rev)
    set_status(ticket, Status.PARKED)
    ticket.snoozed_until = until
    if ticket.assignee_id is None and actor.may(Permission.TAKE):
        ticket.assignee_id = actor.agent_id
    if until is not None:
        outbox.promise(session, outbox.WAKE, ticket.id, until, until=until.isoformat())
    entries.add_event(session, ticket, "parked", actor, until=until.isoformat() if until else "")
    _done(session, actor, ticket, "parked")


def wake(session: Session, ticket: Ticket, actor: Actor | None = None) -> None:
    """End the rest of a parked ticket: it waits for us again."""
    if ticket.status is not Status.PARKED:
        return
    set_status(ticket, Status.OPEN)
    ticket.waiting_since = clock.now()
    entries.add_event(session, ticket, "woken", actor)
    if actor is not None:
        audit.on_ticket(session, actor, "woken", ticket)
    events.changed(session, ticket, "woken")


def close(session: Session, actor: Actor, ticket: Ticket, outcome: str = "solved", rev: int | None = None) -> None:
    """End a ticket with an outcome.

    Raises:
        InvalidInput: there is no such outcome.
    """
    actor.require(Permission.CLOSE)
    check_rev(ticket, rev)
    check_outcome(outcome)
    if ticket.status is Status.CLOSED:
        return
    set_status(ticket, Status.CLOSED)
    ticket.outcome = outcome
    ticket.new_reply = False
    deadlines.suspended(session, ticket)
    if ticket.assignee_id is None and actor.may(Permission.TAKE):
        ticket.assignee_id = actor.agent_id
    entries.add_event(session, ticket, "closed", actor, outcome=outcome)
    _done(session, actor, ticket, "closed", outcome=outcome)


def check_outcome(outcome: str) -> None:
    """Raises InvalidInput unless `outcome` is one of the outcomes."""
    if outcome not in OUTCOMES:
        raise InvalidInput(_("There is no such outcome. Choose one from the list."), field="outcome")


def set_outcome(session: Session, actor: Actor, ticket: Ticket, outcome: str) -> None:
    """Correct how a closed ticket ended.

    Raises:
        Conflict: the ticket is not closed.
    """
    actor.require(Permission.CLOSE)
    check_outcome(outcome)
    if ticket.status is not Status.CLOSED:
        raise Conflict(_("That cannot be done with the ticket as it is now."))
    ticket.outcome = outcome
    entries.add_event(session, ticket, "outcome", actor, outcome=outcome)
    _done(session, actor, ticket, "outcome", outcome=outcome)


def reopen(session: Session, actor: Actor, ticket: Ticket, rev: int | None = None) -> None:
    """Take up a closed ticket again."""
    actor.require(Permission.CLOSE)
    check_rev(ticket, rev)
    if ticket.status is not Status.CLOSED:
        return
    reopen_silently(ticket)
    deadlines.moved(session, ticket)
    entries.add_event(session, ticket, "reopened", actor)
    _done(session, actor, ticket, "reopened")


def reopen_silently(ticket: Ticket) -> None:
    """The change itself, for acts that write a line of their own (a resident's reply, a failed delivery)."""
    set_status(ticket, Status.OPEN)
    ticket.waiting_since = clock.now()


def _own(session: Session, actor: Actor, ticket: Ticket, agent_id: int) -> None:
    if ticket.assignee_id not in (None, agent_id):
        events.publish(session, ticket, "moved")
    ticket.assignee_id = agent_id
    if ticket.status is Status.NEW:
        set_status(ticket, Status.OPEN)


def _may_move(actor: Actor, ticket: Ticket) -> None:
    if ticket.assignee_id not in (None, actor.agent_id) and not actor.may(Permission.ASSIGN_ANYONE):
        raise NotAllowed(_("The ticket is a colleague's. Ask them or a supervisor to move it."))


def _done(session: Session, actor: Actor, ticket: Ticket, verb: str, **data: object) -> None:
    audit.on_ticket(session, actor, verb, ticket, **data)
    events.changed(session, ticket, verb)


def by_id(session: Session, ticket_id: int) -> Ticket:
    """A ticket by row id, locked; for our own processes, which act without an agent.

    Raises:
        NotFound: the row is gone.
    """
    ticket = session.scalar(select(Ticket).where(Ticket.id == ticket_id).with_for_update(of=Ticket))
    if ticket is None:
        raise NotFound()
    return ticket

"""What other servers report of our answers: delivery reports (RFC 3464) and receipts (RFC 8098), the homemade ones too.

A report joins the ticket of the answer that it is about, and says on the answer how far it came. It opens no ticket, is
promised nothing and answered by nobody (RFC 3834 §2). Only what did not arrive makes the ticket wait for us again, with
whoever wrote it; a report that it is late, or arrived, or was read, wakes nobody.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import update
from sqlalchemy.orm import Session

from channels.message import Envelope, InboundMessage
from contactcenter import clock, runtime
from contactcenter.model import Address, Agent, Entry, EntryMessage, Ticket
from contactcenter.model.entry import ACKNOWLEDGEMENT
from contactcenter.model.words import AddressKind, Direction, EntryKind, EntryState, Status
from contactcenter.services import deadlines, entries, outbox, threads, tickets, webhook_calls

UNDER_WAY = (EntryState.SENDING, EntryState.SENT, EntryState.UNCERTAIN)
ARRIVED = {"delivered": EntryState.DELIVERED, "read": EntryState.READ}
STATES = tuple(EntryState)
_SETTLED = (EntryState.FAILED, EntryState.READ, EntryState.QUEUED)
"""A failure that is reported now changes nothing: it is known, or wrong, or of an earlier attempt."""


def answer_of(session: Session, message: InboundMessage, envelope: Envelope) -> Entry | None:
    """The answer of ours that `message` reports of; None when it reports nothing, or of something else."""
    if message.reported is None:
        return None
    entry = threads.own_entry(session, runtime.current().keys, message, envelope)
    is_answer = entry is not None and entry.direction is Direction.OUT and entry.kind is EntryKind.MESSAGE
    return entry if is_answer else None


def receive(session: Session, ticket: Ticket, answer: Entry, message: InboundMessage) -> str:
    """Write down what `message` reports of `answer`; what webhooks are told, if anything.

    The answer's state never falls: what has been read was not lost, whatever comes later. An answer has arrived, or
    not, with those it is written to; a copy that did not arrive is told, and the answer is an answer all the same.
    """
    session.refresh(answer)  # it was found before the ticket was locked
    body = answer.message or EntryMessage(recipients=[], copies=[], blind_copies=[])
    to = [*body.recipients, *body.copies, *body.blind_copies]
    named = [address for address in to if address in message.reported_to]
    everybody = len(to) < 2 or (not message.reported_to and message.reported == "failed")
    if message.reported == "failed":
        ours = to if everybody else named
        _note_missed(answer, ours)
        everybody = everybody or set(body.recipients) <= set(answer.data.get("missed", ()))
        if answer.state in _SETTLED:
            return ""
        bounced(session, named if message.reported_to else to)  # whom else it names, anybody may have written there
        return _failed(session, ticket, answer, ours, everybody=everybody)
    everybody = everybody or set(body.recipients) <= set(named)
    state = ARRIVED.get(message.reported or "")
    if state is not None and everybody and STATES.index(state) > STATES.index(answer.state):
        was_lost = answer.state is EntryState.FAILED
        was_told = answer.state in (EntryState.FAILED, EntryState.UNCERTAIN) and not is_acknowledgement(answer)
        answer.state, answer.failure = state, ""
        outbox.settle(session, answer.id, "sent")
        forget_missed(answer, named or to)
        if was_lost:
            is_answer_again(session, ticket, answer)
        return "ticket.replied" if was_told else ""
    if message.reported == "delayed" and answer.state in UNDER_WAY:
        entries.line(session, ticket, entries.event("delayed", entry=answer.seq))
    return ""


def is_acknowledgement(entry: Entry) -> bool:
    """Whether `entry` is our own word that something has arrived: nobody waits for it, so that nobody is told."""
    return entry.message is not None and entry.message.automatic == ACKNOWLEDGEMENT


def bounced(session: Session, addresses: Sequence[str]) -> None:
    """Nothing can be delivered to these addresses, a server says: nothing is sent there by itself for a while."""
    known = update(Address).where(Address.kind == AddressKind.EMAIL, Address.value.in_(addresses))
    session.execute(known.values(bounced_at=clock.now()).execution_options(synchronize_session=False))


def _note_missed(answer: Entry, addresses: list[str]) -> None:
    """Remember whom the newest answer did not reach, beside those known before."""
    before = [address for address in answer.data.get("missed", ()) if address not in addresses]
    if addresses and answer.state is not EntryState.READ:
        answer.data = {**answer.data, "missed": [*before, *addresses]}
        if "got" in answer.data:
            answer.data = {**answer.data, "got": [one for one in answer.data["got"] if one not in addresses]}


def forget_missed(answer: Entry, addresses: list[str]) -> None:
    """It reached these, whatever was said before."""
    left = [address for address in answer.data.get("missed", ()) if address not in addresses]
    rest = {key: value for key, value in answer.data.items() if key != "missed"}
    answer.data = {**rest, "missed": left} if left else rest


def _failed(session: Session, ticket: Ticket, answer: Entry, missed: list[str], *, everybody: bool) -> str:
    is_protected = ticket.person is not None and ticket.person.protected_identity
    answer.failure = "" if is_protected else ", ".join(missed)
    answer.data = {**answer.data, "bounced": len(missed)}
    if is_acknowledgement(answer):
        answer.state = EntryState.FAILED
        outbox.settle(session, answer.id, "bounced")
        return ""
    wait_again(session, ticket, answer)
    ticket.new_reply = True
    entries.line(session, ticket, entries.event("bounced", entry=answer.seq, to=answer.failure[:500]))
    if not everybody or answer.state not in UNDER_WAY:
        return ""
    not_arrived(session, ticket, answer)
    outbox.settle(session, answer.id, "bounced")
    return "ticket.reply_failed"


def wait_again(session: Session, ticket: Ticket, answer: Entry) -> None:
    """Let the ticket wait for us, with whoever wrote `answer` if nobody else has it."""
    tickets.drop_absent_owner(session, ticket)
    if ticket.status is Status.CLOSED:
        tickets.reopen_silently(ticket)
        entries.line(session, ticket, entries.event("reopened", why="not_arrived"))
        webhook_calls.tell(session, ticket, "ticket.reopened")
    elif ticket.status is not Status.OPEN:
        tickets.set_status(ticket, Status.OPEN)
        ticket.waiting_since = clock.now()
    author = session.get(Agent, answer.agent_id) if answer.agent_id else None
    is_free = ticket.assignee_id is None and author is not None and author.disabled_at is None
    if is_free and author is not None and tickets.can_hold(session, author, ticket):
        ticket.assignee_id = author.id


def is_answer_again(session: Session, ticket: Ticket, answer: Entry) -> None:
    """What did not arrive is sent again, or has arrived after all: it keeps the promise that it was written for."""
    answer.data = {key: value for key, value in answer.data.items() if key != "bounced"}
    if is_acknowledgement(answer):
        return
    deadlines.answered(session, ticket, answer)
    ticket.first_reply_at = tickets.first_answer(session, ticket)


def not_arrived(session: Session, ticket: Ticket, answer: Entry) -> None:
    """`answer` reached nobody: it is no answer, and what was promised with it is owed again."""
    answer.state = EntryState.FAILED
    if is_acknowledgement(answer):
        return
    deadlines.unanswered(session, ticket, answer.id, answer.data)
    ticket.first_reply_at = tickets.first_answer(session, ticket)

"""What is done for each kind of promise. `services.outbox.KINDS` names the kinds; each has its job here."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy.exc import OperationalError

from channels.email.sender import Sender
from channels.errors import ChannelError, OutcomeUnknown, TryLater
from channels.message import Receipt
from contactcenter import runtime
from contactcenter.model import Ticket
from contactcenter.services import delivery, outbox, tickets, webhook_calls
from contactcenter.services.delivery import Delivery
from workers.outgoing import caller_for
from workers.process import unit_of_work

log = logging.getLogger(__name__)

RECORD_FOR = 120.0
RECORD_EVERY = 0.5


@dataclass(frozen=True, slots=True)
class Task:
    """One claimed promise; `attempt` is its fencing number."""

    outbox_id: int
    attempt: int
    kind: str
    subject_id: int
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tools:
    """What jobs work with: the application, and the way out for mail."""

    app: Flask
    mail: Sender


def deliver(tools: Tools, task: Task) -> None:
    """Send one answer: build it, send it with no transaction open, record what became of it."""
    try:
        made = _begin(tools, task)
    except OperationalError:
        raise  # the lease runs out, and somebody tries again
    except Exception as error:
        log.exception("the answer of promise %s cannot be built", task.outbox_id)
        _record(tools, task, TryLater(f"cannot be built: {type(error).__name__}: {error}"))
        return
    if made is None:
        return
    if made.handed_before and not tools.mail.repeatable:
        _record(tools, task, OutcomeUnknown("the service ended while the answer was being sent"))
    elif _may_leave(tools, task):
        _record(tools, task, _send(tools.mail, made))


def _begin(tools: Tools, task: Task) -> Delivery | None:
    with unit_of_work(tools.app) as session:
        row = outbox.held(session, task.outbox_id, task.attempt)
        return None if row is None else delivery.begin(session, row)


def _may_leave(tools: Tools, task: Task) -> bool:
    """A process that slept longer than its lease must not send: another one has taken over."""
    with unit_of_work(tools.app) as session:
        return outbox.hand_over(session, task.outbox_id, task.attempt)


def _send(sender: Sender, made: Delivery) -> Receipt | ChannelError:
    try:
        return sender.send(made.message)
    except ChannelError as outcome:
        return outcome
    except Exception as error:
        log.exception("sending the answer of promise %s broke off", made.outbox_id)
        return OutcomeUnknown(f"{type(error).__name__}: {error}")


def _record(tools: Tools, task: Task, outcome: Receipt | ChannelError) -> None:
    """Write the outcome down. What has left must not leave again: a database in trouble is asked for long."""
    until = time.monotonic() + RECORD_FOR
    while True:
        try:
            with unit_of_work(tools.app) as session:
                delivery.record(session, task.outbox_id, task.attempt, outcome)
            return
        except OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(RECORD_EVERY)


def wake(tools: Tools, task: Task) -> None:
    """End the rest of a ticket that was parked until now; one that was parked anew rests on."""
    with unit_of_work(tools.app) as session:
        ticket = session.get(Ticket, task.subject_id)
        if ticket is not None:
            ticket = tickets.by_id(session, task.subject_id)
        row = outbox.held(session, task.outbox_id, task.attempt)
        if row is None:
            return
        if ticket is not None and ticket.snoozed_until == tickets.moment(task.payload["until"]):
            tickets.wake(session, ticket)
        outbox.finish(row, "done")


def call(tools: Tools, task: Task) -> None:
    """Tell another program something. Twice does no harm, for it knows the id: what is uncertain is tried again."""
    with unit_of_work(tools.app) as session:
        row = outbox.held(session, task.outbox_id, task.attempt)
        made = None if row is None else webhook_calls.begin(session, row)
        way = caller_for(runtime.current())
    if made is None:
        return
    outcome: Receipt | ChannelError
    try:
        outcome = way.call(made.call)
    except ChannelError as error:
        outcome = error
    with unit_of_work(tools.app) as session:
        webhook_calls.record(session, made.outbox_id, made.attempt, outcome)


JOBS: Mapping[str, Callable[[Tools, Task], None]] = {
    outbox.DELIVER: deliver,
    outbox.WAKE: wake,
    outbox.WEBHOOK: call,
}

# These talk to other machines, each in a thread of its own, so that a slow one holds up nothing else.
REMOTE = frozenset({outbox.DELIVER, outbox.WEBHOOK})

"""What is done for each kind of promise. `services.outbox.KINDS` names the kinds; each has its job here."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from flask import Flask
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm import Session

from channels.email.sender import Sender
from channels.errors import ChannelError, OutcomeUnknown, TryLater
from channels.message import OutboundMessage, Receipt
from contactcenter import logs, metrics, runtime
from contactcenter.model import Outbox, Ticket
from contactcenter.services import delivery, link_mail, outbox, tickets, trial_mail, webhook_calls
from workers.outgoing import caller_for
from workers.process import unit_of_work

log = logs.get_logger(__name__)

RECORD_FOR = 120.0
RECORD_EVERY = 0.5


@dataclass(frozen=True, slots=True)
class Task:
    """One claimed promise; `attempt` is its fencing number, `lost` how many claims nobody has come back from."""

    outbox_id: int
    attempt: int
    kind: str
    subject_id: int
    payload: Mapping[str, Any]
    lost: int = 1


@dataclass(frozen=True, slots=True)
class Tools:
    """What jobs work with: the application, and the way out for mail."""

    app: Flask
    mail: Sender


class Mail(Protocol):
    """A mail to leave, complete. `handed_before`: an earlier attempt ended without telling how."""

    @property
    def message(self) -> OutboundMessage:
        """What leaves."""
        ...

    @property
    def handed_before(self) -> bool:
        """Whether it may have left already, and must not leave twice."""
        ...


class Desk(Protocol):
    """Where mails of one kind are built, and what became of them is written down: a module of the services."""

    @property
    def begin(self) -> Callable[[Session, Outbox], Mail | None]:
        """Build the mail of a claimed promise; None when there is nothing to send."""
        ...

    @property
    def record(self) -> Callable[[Session, int, int, Receipt | ChannelError], None]:
        """Write down what became of an attempt."""
        ...


def deliver(tools: Tools, task: Task) -> None:
    """Send one answer."""
    _mail(tools, task, delivery)


def send_link(tools: Tools, task: Task) -> None:
    """Send somebody the link to choose their password with."""
    _mail(tools, task, link_mail)


def send_trial(tools: Tools, task: Task) -> None:
    """Send an administrator the mail by which they try whether mail leaves."""
    _mail(tools, task, trial_mail)


def _mail(tools: Tools, task: Task, desk: Desk) -> None:
    """Send one mail: build it, send it with no transaction open, record what became of it."""
    try:
        made = _begin(tools, task, desk)
    except OperationalError:
        raise  # the lease runs out, and somebody tries again
    except Exception as error:
        log.exception("mail_not_built", promise=task.outbox_id, kind=task.kind)
        _record(tools, task, desk, TryLater(f"cannot be built: {type(error).__name__}: {error}"))
        return
    if made is None:
        return
    if made.handed_before and not tools.mail.repeatable:
        _record(tools, task, desk, OutcomeUnknown("the service ended while the answer was being sent"))
    elif _may_leave(tools, task):
        _record(tools, task, desk, _send(tools.mail, task, made))


def _begin(tools: Tools, task: Task, desk: Desk) -> Mail | None:
    with unit_of_work(tools.app) as session:
        row = outbox.held(session, task.outbox_id, task.attempt)
        return None if row is None else desk.begin(session, row)


def _may_leave(tools: Tools, task: Task) -> bool:
    """A process that slept longer than its lease must not send: another one has taken over."""
    with unit_of_work(tools.app) as session:
        return outbox.hand_over(session, task.outbox_id, task.attempt)


def _send(sender: Sender, task: Task, made: Mail) -> Receipt | ChannelError:
    try:
        return sender.send(made.message)
    except ChannelError as outcome:
        return outcome
    except Exception as error:
        log.exception("sending_broke_off", promise=task.outbox_id, kind=task.kind)
        return OutcomeUnknown(f"{type(error).__name__}: {error}")


def _record(tools: Tools, task: Task, desk: Desk, outcome: Receipt | ChannelError) -> None:
    """Write the outcome down. What has left must not leave again: a database in trouble is asked for long."""
    until = time.monotonic() + RECORD_FOR
    while True:
        try:
            with unit_of_work(tools.app) as session:
                desk.record(session, task.outbox_id, task.attempt, outcome)
            metrics.DELIVERIES.labels(type(outcome).__name__).inc()
            return
        except (OperationalError, InterfaceError):
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


def give_up(tools: Tools, task: Task) -> None:
    """Nobody came back from keeping it, time and again: say so where people see it, and try no more."""
    told = f"whoever began to keep it, {outbox.MAX_LOST} times in a row, was never heard of again"
    with unit_of_work(tools.app) as session:
        row = outbox.held(session, task.outbox_id, task.attempt)
        may_have_left = row is not None and row.outcome == outbox.Mark.HANDED
        if row is not None and task.kind != outbox.DELIVER:
            outbox.finish(row, "failed", told)
    if task.kind == outbox.DELIVER:
        _record(tools, task, delivery, OutcomeUnknown(told) if may_have_left else ChannelError(told))


def keep(tools: Tools, task: Task) -> None:
    """Do what was promised, or give it up. Never raises: what fails is tried again when its lease has run out."""
    try:
        (give_up if task.lost > outbox.MAX_LOST else JOBS[task.kind])(tools, task)
    except (OperationalError, InterfaceError):
        log.warning("promise_put_off", promise=task.outbox_id, kind=task.kind, reason="database in trouble")
        with suppress(DBAPIError), unit_of_work(tools.app) as session:
            outbox.put_off(session, task.outbox_id, task.attempt)
    except Exception:
        log.exception("promise_failed", promise=task.outbox_id, kind=task.kind, next="it is tried again")


JOBS: Mapping[str, Callable[[Tools, Task], None]] = {
    outbox.DELIVER: deliver,
    outbox.WAKE: wake,
    outbox.LINK: send_link,
    outbox.WEBHOOK: call,
    outbox.TRIAL: send_trial,
}

# These talk to other machines, each in a thread of its own, so that a slow one holds up nothing else.
REMOTE = frozenset({outbox.DELIVER, outbox.LINK, outbox.WEBHOOK, outbox.TRIAL})

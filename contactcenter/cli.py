"""The administrative commands: agents, the outbox, the inbox, the example data. Each is one unit of work.

A command prepares (asks for a password) before its transaction opens, then runs in it and prints lines for people.
"""

from __future__ import annotations

import getpass
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from contactcenter import runtime
from contactcenter.db import after_commit
from contactcenter.demo import build
from contactcenter.errors import Conflict, InvalidInput, NotFound
from contactcenter.model import Inbox, Outbox, Webhook
from contactcenter.model.words import InboxState, Role
from contactcenter.services import agents, delivery, demo_data, inbox, links, tokens, webhooks

SHOWN = 200

Lines = list[str]


@dataclass(frozen=True, slots=True)
class Command:
    """`words` are what is typed; `add` declares its arguments, `prepare` may ask for more, `run` does it."""

    words: tuple[str, str]
    help: str
    run: Callable[[Session, Namespace], Lines]
    add: Callable[[ArgumentParser], None] = lambda parser: None
    prepare: Callable[[Namespace], None] = lambda arguments: None


def read_password(arguments: Namespace) -> None:
    """Ask twice at a terminal, or take the first line of standard input; never from the command line, which shows.

    Raises:
        InvalidInput: nothing was given, or the two differ.
    """
    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        if password != getpass.getpass("Once more: "):
            raise InvalidInput("the two passwords differ; nothing was changed")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    try:
        password.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput("the password is not UTF-8; nothing was changed") from error
    if not password:
        raise InvalidInput("no password was given; type it, or write it to standard input")
    arguments.password = password


def _login(parser: ArgumentParser) -> None:
    parser.add_argument("login", help="the e-mail address the agent signs in with")


def _new_agent(parser: ArgumentParser) -> None:
    _login(parser)
    parser.add_argument("--name", default="", help="shown to colleagues and in answers")
    parser.add_argument("--role", choices=[role.value for role in Role], default=Role.GUIDE.value)
    parser.add_argument("--team", action="append", default=[], metavar="SLUG", help="may be given several times")
    parser.add_argument("--domain", action="append", default=[], metavar="SLUG", help="what the agent may see")
    parser.add_argument("--language", action="append", default=[], metavar="CODE", help="sv, en, ar …")


def _add_agent(session: Session, arguments: Namespace) -> Lines:
    agent = agents.add(
        session,
        arguments.login,
        arguments.name,
        Role(arguments.role),
        password=arguments.password,
        teams=tuple(arguments.team),
        domains=tuple(arguments.domain),
        languages=tuple(arguments.language) or ("sv",),
    )
    return [f"added {agent.login} ({agent.role})"]


def _set_password(session: Session, arguments: Namespace) -> Lines:
    agents.set_password(session, arguments.login, arguments.password)
    return [f"{arguments.login} has a new password and is signed out everywhere"]


def _disable(session: Session, arguments: Namespace) -> Lines:
    released = agents.disable(session, arguments.login)
    return [f"{arguments.login} can no longer sign in; {released} open tickets went back to the queue"]


def _enable(session: Session, arguments: Namespace) -> Lines:
    seen = agents.enable(session, arguments.login)
    told = f"; through groups they see: {', '.join(seen)}" if seen else ""
    return [f"{arguments.login} can sign in again{told}"]


def _invite(session: Session, arguments: Namespace) -> Lines:
    return [links.make(session, agents.find(session, arguments.login), None)]


def _new_token(parser: ArgumentParser) -> None:
    parser.add_argument("--name", required=True, help="what people call the program that will use it")
    parser.add_argument("--scope", default="read", help="read, write, or both: read,write (default: %(default)s)")
    parser.add_argument("--agent", default="", metavar="LOGIN", help="act as this agent; default: one of its own")
    parser.add_argument(
        "--domain", action="append", default=[], metavar="SLUG", help="what its own agent may see: common, …, or all"
    )


def _add_token(session: Session, arguments: Namespace) -> Lines:
    allowed = tokens.scopes(arguments.scope)
    if arguments.agent and arguments.domain:
        raise InvalidInput("--domain is for the token's own agent; an agent given with --agent has its own rights")
    if arguments.agent:
        agent = agents.find(session, arguments.agent)
    else:
        agent = tokens.service_agent(session, arguments.name, tuple(arguments.domain))
    return [tokens.add(session, arguments.name, allowed, agent)]


def _list_tokens(session: Session, arguments: Namespace) -> Lines:
    return [
        _columns(row.id, row.name, row.agent.login, ",".join(row.scopes),
                 f"used {row.used_at:%Y-%m-%dT%H:%MZ}" if row.used_at else "never used",
                 "revoked" if row.revoked_at else "")
        for row in tokens.listed(session)
    ]  # fmt: skip


def _revoke_token(session: Session, arguments: Namespace) -> Lines:
    return [f"the token {tokens.revoke(session, arguments.id).name} has ended"]


def _row_id(parser: ArgumentParser) -> None:
    parser.add_argument("id", type=_id)


def _id(text: str) -> int:
    """A row id; one that no database can hold is refused as any other word that is none."""
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise ArgumentTypeError(f"{text[:40]!r} is no number of a row")
    return int(text)


def _new_webhook(parser: ArgumentParser) -> None:
    parser.add_argument("--name", required=True, help="what people call the program that is told")
    parser.add_argument("--url", required=True, help="https://…, where it is told")
    parser.add_argument("--event", required=True, help=f"all, or some of {','.join(webhooks.TYPES)}")
    parser.add_argument(
        "--domain", action="append", default=[], metavar="SLUG", help="whose tickets it is told of (default: common)"
    )


def _add_webhook(session: Session, arguments: Namespace) -> Lines:
    events = webhooks.types(arguments.event)
    return [webhooks.add(session, arguments.name, arguments.url, events, tuple(arguments.domain))]


def _list_webhooks(session: Session, arguments: Namespace) -> Lines:
    return [
        _columns(row.id, row.name, row.url, ",".join(row.events), _webhook_state(row))
        for row in webhooks.listed(session)
    ]


def _webhook_state(row: Webhook) -> str:
    if row.paused_at is not None:
        return f"paused {row.paused_at:%Y-%m-%dT%H:%MZ}: {row.pause_reason}"
    return f"fails since {row.failing_since:%Y-%m-%dT%H:%MZ}" if row.failing_since else "works"


def _pause_webhook(session: Session, arguments: Namespace) -> Lines:
    return [f"{webhooks.pause(session, arguments.id, 'by command').name} is told nothing until it is resumed"]


def _resume_webhook(session: Session, arguments: Namespace) -> Lines:
    return [f"{webhooks.resume(session, arguments.id).name} is told what happens from now on"]


def _rotate_webhook(session: Session, arguments: Namespace) -> Lines:
    return [webhooks.rotate(session, arguments.id)]


def _remove_webhook(session: Session, arguments: Namespace) -> Lines:
    return [f"{webhooks.remove(session, arguments.id)} is forgotten"]


def _log_webhook(session: Session, arguments: Namespace) -> Lines:
    return [
        _columns(row.id, f"{row.created_at:%Y-%m-%dT%H:%M:%SZ}", row.payload["type"], row.payload["number"],
                 row.payload["id"], row.outcome or f"owed {row.due_at:%Y-%m-%dT%H:%M:%SZ}", f"attempt {row.attempt}",
                 row.error)
        for row in webhooks.log(session, arguments.id)
    ]  # fmt: skip


def _list_outbox(session: Session, arguments: Namespace) -> Lines:
    """What is owed, and what was given up."""
    rows = session.scalars(
        select(Outbox)
        .where(Outbox.done_at.is_(None) | Outbox.outcome.in_(("failed", "refused", "uncertain")))
        .order_by(Outbox.id.desc())
        .limit(SHOWN)
    )
    return [
        _columns(row.id, row.kind, row.subject_id, row.outcome or "owed", f"{row.due_at:%Y-%m-%dT%H:%M:%SZ}",
                 f"attempt {row.attempt}", row.error)
        for row in rows
    ]  # fmt: skip


def _retry_outbox(session: Session, arguments: Namespace) -> Lines:
    try:
        row = delivery.retry(session, arguments.id)
    except NotFound as error:
        raise NotFound(f"there is no promise {arguments.id} that can be tried again: see `outbox list`") from error
    return [f"promise {row.id} ({row.kind}) is due now"]


def _inbox_state(parser: ArgumentParser) -> None:
    states = [state.value for state in InboxState]
    parser.add_argument("--state", choices=states, default=InboxState.QUARANTINED.value, help="default: %(default)s")


def _list_inbox(session: Session, arguments: Namespace) -> Lines:
    rows = session.scalars(
        select(Inbox).where(Inbox.state == InboxState(arguments.state)).order_by(Inbox.id.desc()).limit(SHOWN)
    )
    return [
        _columns(row.id, row.state, f"{row.created_at:%Y-%m-%dT%H:%M:%SZ}", row.envelope_from or "<>",
                 ",".join(row.envelope_to), f"{row.size} bytes", row.reason)
        for row in rows
    ]  # fmt: skip


def _inbox_row(session: Session, arguments: Namespace) -> Inbox:
    row = session.get(Inbox, arguments.id)
    if row is None:
        raise NotFound(f"there is no message {arguments.id} in the inbox")
    return row


def _show_inbox(session: Session, arguments: Namespace) -> Lines:
    row = _inbox_row(session, arguments)
    values = {
        "id": row.id,
        "state": row.state,
        "received": f"{row.created_at:%Y-%m-%dT%H:%M:%SZ}",
        "from": row.envelope_from or "<>",
        "to": ", ".join(row.envelope_to),
        "peer": row.peer,
        "bytes": row.size,
        "attempts": row.attempts,
        "seen": row.seen_count,
        "ticket": row.ticket_id or "",
        "reason": row.reason,
        "error": row.error,
        "file": runtime.current().blobs.path(row.raw_key),
    }
    return [f"{name}: {_plain(value)}" for name, value in values.items()]


def _retry_inbox(session: Session, arguments: Namespace) -> Lines:
    row = _inbox_row(session, arguments)
    try:
        inbox.retry(session, row.id)
    except Conflict as error:
        raise Conflict(f"message {row.id} is {row.state}; only those in quarantine can be tried again") from error
    return [f"message {row.id} is read again"]


def _remove_demo(session: Session, arguments: Namespace) -> Lines:
    data = runtime.current().data
    build.remove(session)
    after_commit(session, lambda: demo_data.mark_removed(data))
    return ["the example tickets, residents and agents are gone; topics, groups and offices stay"]


def _columns(*values: object) -> str:
    return "\t".join(_plain(value) for value in values)


def _plain(value: object) -> str:
    """Without what a terminal would obey: strangers choose some of these words."""
    return "".join(char if char.isprintable() else " " for char in str(value))


COMMANDS = (
    Command(("agent", "add"), "add somebody who works here", _add_agent, _new_agent, read_password),
    Command(("agent", "passwd"), "give an agent a new password", _set_password, _login, read_password),
    Command(("agent", "invite"), "print a link to choose a password with, and mail it", _invite, _login),
    Command(("agent", "disable"), "end an agent's access", _disable, _login),
    Command(("agent", "enable"), "let a disabled agent sign in again", _enable, _login),
    Command(("token", "add"), "make a token for another program and print it, this once", _add_token, _new_token),
    Command(("token", "list"), "the tokens there are", _list_tokens),
    Command(("token", "revoke"), "end a token", _revoke_token, _row_id),
    Command(
        ("webhook", "add"),
        "tell another program what happens; prints its secret, this once",
        _add_webhook,
        _new_webhook,
    ),
    Command(("webhook", "list"), "who is told what, and how that goes", _list_webhooks),
    Command(("webhook", "log"), "the newest calls of a webhook", _log_webhook, _row_id),
    Command(("webhook", "pause"), "tell it nothing for a while", _pause_webhook, _row_id),
    Command(("webhook", "resume"), "tell it what happens from now on", _resume_webhook, _row_id),
    Command(("webhook", "rotate"), "print a new secret; for a day the old one signs too", _rotate_webhook, _row_id),
    Command(("webhook", "remove"), "forget a webhook", _remove_webhook, _row_id),
    Command(("outbox", "list"), "what is owed, and what was given up", _list_outbox),
    Command(("outbox", "retry"), "try a promise again now", _retry_outbox, _row_id),
    Command(("inbox", "list"), "what has arrived, by default what is in quarantine", _list_inbox, _inbox_state),
    Command(("inbox", "show"), "one message, with its reason and file", _show_inbox, _row_id),
    Command(("inbox", "retry"), "read a message in quarantine again", _retry_inbox, _row_id),
    Command(("demo", "remove"), "take out the example data", _remove_demo),
)

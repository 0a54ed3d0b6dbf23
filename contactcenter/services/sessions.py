"""Signing in and out. Sessions live on the server: ending the row ends them everywhere."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import case, delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session, joinedload

from contactcenter import clock, runtime
from contactcenter.db import is_postgres
from contactcenter.errors import NotSignedIn, TooMany
from contactcenter.i18n import gettext as _
from contactcenter.model import Agent, AgentSession, LoginAttempt
from contactcenter.services import audit, rights
from contactcenter.settings import Settings

WINDOW = timedelta(minutes=15)
MAX_PER_LOGIN = 8
MAX_PER_PEER = 40
MAX_PER_LOGIN_ANYWHERE = 100
TOUCH_EVERY = timedelta(seconds=60)
SESSION_COOKIE = "cc_session"
SIGN_IN, PASSWORD_CHANGE = "sign-in", "password change"


def cookie_name(settings: Settings) -> str:
    """The name of the session cookie; behind HTTPS with the prefix that browsers guard (RFC 6265bis §4.1.3.2)."""
    return f"__Host-{SESSION_COOKIE}" if settings.web.public_url.startswith("https:") else SESSION_COOKIE


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _keys(kind: str, login: str, peer: str) -> list[tuple[str, int]]:
    """What is counted, each with its most: a stranger elsewhere must try long to lock somebody out."""
    counted = [(f"{login}\0{peer}", MAX_PER_LOGIN), (f"{login}\0anywhere\0", MAX_PER_LOGIN_ANYWHERE)]
    if peer:
        counted.append((f"\0{peer}", MAX_PER_PEER))
    return [(hashlib.sha256(f"{kind}\0{what}".encode("utf-8", "replace")).hexdigest(), most) for what, most in counted]


def begin_attempt(session: Session, login: str, peer: str, kind: str = SIGN_IN) -> None:
    """Count an attempt before the password is looked at, so that many at once are not more than one after the other.

    One statement, always in one order: whoever guesses at the same time waits for nothing but its commit.

    Raises:
        TooMany: this login from this network address, or either alone, has failed too often lately.
    """
    now = clock.now()
    keys = dict(_keys(kind, login, peer))
    has_ended = LoginAttempt.window_start <= now - WINDOW
    insert = postgresql_insert if is_postgres(session) else sqlite_insert
    rows = insert(LoginAttempt).values(
        [{"key": key, "window_start": now, "failures": 1, "created_at": now} for key in keys]
    )
    counted = session.execute(
        rows.on_conflict_do_update(
            index_elements=[LoginAttempt.key],
            set_={
                "failures": case((has_ended, 1), else_=LoginAttempt.failures + 1),
                "window_start": case((has_ended, now), else_=LoginAttempt.window_start),
            },
        ).returning(LoginAttempt.key, LoginAttempt.failures, LoginAttempt.window_start)
    )
    for key, failures, window_start in counted.all():
        if failures > keys[key]:
            raise _too_many(window_start, now)


def check_throttle(session: Session, login: str, peer: str, kind: str = SIGN_IN) -> None:
    """Raises TooMany when no attempt more would be let through; counts none."""
    now = clock.now()
    for key, most in _keys(kind, login, peer):
        row = session.scalar(select(LoginAttempt).where(LoginAttempt.key == key))
        if row is not None and row.failures >= most and now - row.window_start < WINDOW:
            raise _too_many(row.window_start, now)


def _too_many(window_start: datetime, now: datetime) -> TooMany:
    wait = int((window_start + WINDOW - now).total_seconds()) + 1
    return TooMany(_("Too many attempts. Wait %(n)s minutes and try again.", n=wait // 60 + 1), retry_after=wait)


def forgive(session: Session, login: str, peer: str, kind: str = SIGN_IN) -> None:
    """The attempt was right: it does not count, and the failures of this login from here are forgotten."""
    (own, _most), *others = _keys(kind, login, peer)
    session.execute(delete(LoginAttempt).where(LoginAttempt.key == own))
    session.execute(
        update(LoginAttempt)
        .where(LoginAttempt.key.in_([key for key, _most in others]), LoginAttempt.failures > 0)
        .values(failures=LoginAttempt.failures - 1)
        .execution_options(synchronize_session=False)
    )


def find_agent(session: Session, login: str) -> Agent | None:
    """The agent who may sign in as `login`."""
    return session.scalar(select(Agent).where(Agent.login == login.strip().lower(), Agent.disabled_at.is_(None)))


def start(session: Session, agent: Agent, peer: str) -> str:
    """Begin a session and give its token (256 bits), which only the browser keeps."""
    token = secrets.token_urlsafe(32)
    web = runtime.current().settings.web
    now = clock.now()
    session.add(
        AgentSession(
            token_hash=_hash(token),
            agent_id=agent.id,
            seen_at=now,
            expires_at=now + timedelta(minutes=web.session_max_minutes),
            peer=peer,
        )
    )
    session.execute(delete(AgentSession).where(AgentSession.expires_at < now))
    forgive(session, agent.login, peer)
    audit.on_account(session, agent.id, "login", peer)
    return token


def find(session: Session, token: str) -> AgentSession:
    """The living session of `token`, with its agent.

    Raises:
        NotSignedIn: there is none, it has ended, or the agent was disabled.
    """
    known = select(AgentSession).options(joinedload(AgentSession.agent)).where(AgentSession.token_hash == _hash(token))
    row = session.scalar(known) if token else None
    if row is None or not is_alive(row, clock.now()) or row.agent.disabled_at is not None:
        raise NotSignedIn()
    return row


def find_all(session: Session, tokens: Collection[str]) -> dict[str, AgentSession]:
    """The living sessions of `tokens`, with their agents, in one query; who is not there has none (`find`)."""
    hashes = {_hash(token): token for token in tokens if token}
    known = select(AgentSession).options(joinedload(AgentSession.agent)).where(AgentSession.token_hash.in_(hashes))
    rows, now = session.scalars(known).all(), clock.now()
    return {hashes[row.token_hash]: row for row in rows if is_alive(row, now) and row.agent.disabled_at is None}


def is_alive(row: AgentSession, now: datetime) -> bool:
    """Whether a session has neither run out nor been idle too long."""
    idle = timedelta(minutes=runtime.current().settings.web.session_idle_minutes)
    return now < row.expires_at and now - row.seen_at < idle


def needs_touch(row: AgentSession) -> bool:
    """Whether `seen_at` is old enough to be written again; not at every request, reading must stay reading."""
    return clock.now() - row.seen_at > TOUCH_EVERY


def touch(session: Session, session_id: int) -> None:
    """Remember that the session is in use."""
    row = session.get(AgentSession, session_id)
    if row is not None:
        row.seen_at = clock.now()


def end(session: Session, token: str) -> None:
    """Sign out this browser."""
    row = session.scalar(select(AgentSession).where(AgentSession.token_hash == _hash(token)))
    if row is not None:
        session.execute(delete(AgentSession).where(AgentSession.id == row.id))
        rights.changed(session, (row.agent_id,))


def end_all(session: Session, agent_id: int, *, but: str = "") -> None:
    """Sign an agent out everywhere, except in the session with token `but`."""
    query = delete(AgentSession).where(AgentSession.agent_id == agent_id)
    if but:
        query = query.where(AgentSession.token_hash != _hash(but))
    session.execute(query)
    rights.changed(session, (agent_id,))


def change_password(session: Session, agent: Agent, new_hash: str, token: str) -> None:
    """Give the agent a new password (its hash; making it takes long and needs no transaction), end other sessions."""
    agent.password_hash = new_hash
    end_all(session, agent.id, but=token)
    audit.on_account(session, agent.id, "password_changed")

"""Tokens: other programs act through them as an agent, never with more than that agent may at the moment."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, joinedload

from contactcenter import clock, runtime
from contactcenter.access import COMMON_DOMAIN
from contactcenter.errors import InvalidInput, NotFound, NotSignedIn
from contactcenter.i18n import gettext as _
from contactcenter.model import Agent, ApiToken, Domain
from contactcenter.model.words import Role
from contactcenter.services import agents, audit

PREFIX = "cc_"
TOUCH_EVERY = timedelta(seconds=60)
_NAME = re.compile(r"[\w .,()/-]{1,100}")


_KNOWN = select(ApiToken).options(joinedload(ApiToken.agent)).where(ApiToken.token_hash == bindparam("token_hash"))


class Scope(StrEnum):
    """What a token may be used for."""

    READ = "read"
    WRITE = "write"


def scopes(text: str) -> tuple[Scope, ...]:
    """The scopes in `read,write`.

    Raises:
        InvalidInput: one of them does not exist, or there is none.
    """
    asked = [word.strip() for word in text.split(",") if word.strip()]
    unknown = [word for word in asked if word not in set(Scope)]
    if unknown or not asked:
        raise InvalidInput(f"scopes are {', '.join(Scope)}; `{text}` is not among them", field="scope")
    return tuple(scope for scope in Scope if scope in asked)


def add(session: Session, name: str, allowed: tuple[Scope, ...], agent: Agent, by: int | None = None) -> str:
    """Make a token for `agent` and give it: it is shown this once, and only its hash is kept. `by`: who makes it.

    Raises:
        InvalidInput: the name is empty or holds odd signs, or the agent is disabled.
    """
    if not _NAME.fullmatch(name.strip()):
        raise InvalidInput(
            _("A token needs a name of letters, digits and spaces, so that people know it."), field="name"
        )
    if agent.disabled_at is not None:
        raise InvalidInput(_("%(login)s is disabled.", login=agent.login), field="agent")
    token = f"{PREFIX}{secrets.token_urlsafe(32)}"
    session.add(ApiToken(name=name.strip(), agent_id=agent.id, token_hash=_hash(token), scopes=list(allowed)))
    audit.on_agent(session, by, agent.id, "token_added", name=name.strip(), scopes=list(allowed))
    return token


def service_agent(session: Session, name: str, domains: tuple[str, ...] = (), by: int | None = None) -> Agent:
    """The agent that the program `name` acts as: nobody's account, seeing the common domain unless more is given."""
    login = _program_login(name)
    known = session.scalar(select(Agent).where(Agent.login == login, Agent.is_service, Agent.disabled_at.is_(None)))
    if known is not None:
        return known
    seen = domains or (COMMON_DOMAIN,)
    if "all" in seen:
        seen = tuple(session.scalars(select(Domain.slug).order_by(Domain.slug)))
    agent = agents.add(session, login, name.strip(), Role.SUPERVISOR, domains=seen, by=by)
    agent.is_service = True
    return agent


def has_program(session: Session, name: str) -> bool:
    """Whether a program of this name has an agent already, whose domains a second token would not change."""
    return session.scalar(select(Agent.id).where(Agent.login == _program_login(name))) is not None


def _program_login(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40] or "program"
    domain = runtime.current().settings.channels.mail.address.rpartition("@")[2]
    return f"api-{slug}@{domain}"


def find(session: Session, token: str) -> ApiToken:
    """The living token, with its agent.

    Raises:
        NotSignedIn: there is none, it was revoked, or its agent is disabled.
    """
    could_be = token.startswith(PREFIX) and len(token) < 100
    row = session.scalar(_KNOWN, {"token_hash": _hash(token)}) if could_be else None
    if row is None or row.revoked_at is not None or row.agent.disabled_at is not None:
        raise NotSignedIn()
    return row


def needs_touch(row: ApiToken) -> bool:
    """Whether `used_at` is old enough to be written again."""
    return row.used_at is None or clock.now() - row.used_at > TOUCH_EVERY


def touch(session: Session, token_id: int) -> None:
    """Remember that the token is in use."""
    row = session.get(ApiToken, token_id)
    if row is not None:
        row.used_at = clock.now()


def revoke(session: Session, token_id: int, by: int | None = None) -> ApiToken:
    """End a token, at once and for ever.

    Raises:
        NotFound: there is no such token, or it has ended.
    """
    row = session.get(ApiToken, token_id)
    if row is None or row.revoked_at is not None:
        raise NotFound(f"there is no living token {token_id}: see `token list`")
    row.revoked_at = clock.now()
    audit.on_agent(session, by, row.agent_id, "token_revoked", name=row.name)
    return row


def listed(session: Session) -> list[ApiToken]:
    """All tokens, newest first."""
    return list(session.scalars(select(ApiToken).options(joinedload(ApiToken.agent)).order_by(ApiToken.id.desc())))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

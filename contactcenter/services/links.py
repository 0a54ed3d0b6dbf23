"""Links to choose a password with: one agent, one use, and only for a while.

The token has 256 bits. It is made from a random value in the row and a key that is not in the database, whose hash the
row holds: the letter can be written when it leaves, while nobody who reads the database can make the link (ASVS 5.0
6.4.1, 6.4.3). Whether a link was used, has run out or never was is not told.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from contactcenter import clock, runtime
from contactcenter.errors import Conflict, NotFound
from contactcenter.i18n import gettext as _
from contactcenter.model import Agent, AgentLink
from contactcenter.model.words import LinkPurpose
from contactcenter.services import audit, outbox, sessions, staff_letter

LIFE = {LinkPurpose.INVITE: timedelta(days=7), LinkPurpose.RESET: timedelta(hours=1)}
"""An invitation waits for a first day at work; a reset is for somebody who is asking for it."""
MAX_TOKEN = 200


def make(session: Session, agent: Agent, by: int | None) -> str:
    """Give `agent` a link, send it to their login address, and return it to be shown this once.

    Who has a password loses it, and is signed out everywhere. Earlier links stop working. `by` is the administrator,
    None for a command.

    Raises:
        Conflict: the agent is disabled, is a program, or is oneself.
    """
    _check(agent, by)
    purpose = purpose_for(session, agent)
    end_all(session, agent.id)
    agent.password_hash = ""
    sessions.end_all(session, agent.id)
    row = AgentLink(agent_id=agent.id, purpose=purpose, nonce=secrets.token_hex(32), token_hash="")
    token = token_of(row)
    row.token_hash = _hash(token)
    row.expires_at = clock.now() + LIFE[purpose]
    session.add(row)
    session.flush()
    outbox.promise(session, outbox.LINK, row.id, clock.now(), message_id=staff_letter.new_message_id("link"))
    verb = "agent_invited" if purpose is LinkPurpose.INVITE else "password_reset"
    audit.on_agent(session, by, agent.id, verb, expires_at=row.expires_at.isoformat())
    return url(token)


def purpose_for(session: Session, agent: Agent) -> LinkPurpose:
    """What the next link of `agent` is for: whoever has had a password is no newcomer, also when it was taken away."""
    had_one = select(AgentLink.id).where(AgentLink.agent_id == agent.id, AgentLink.purpose == LinkPurpose.RESET)
    known = bool(agent.password_hash) or session.scalar(had_one.limit(1)) is not None
    return LinkPurpose.RESET if known else LinkPurpose.INVITE


def _check(agent: Agent, by: int | None) -> None:
    if agent.is_service:
        raise Conflict(_("A program has no password: give it a token."))
    if agent.disabled_at is not None:
        raise Conflict(_("%(name)s is disabled. Enable the account first.", name=agent.name))
    if by == agent.id:
        raise Conflict(_("Change your own password on the page for it; a link would sign you out first."))


def url(token: str) -> str:
    """Where the link leads: the configured address, and never what a request calls us (ASVS 5.0 6.4.1)."""
    web = runtime.current().settings.web
    return f"{web.public_url.rstrip('/') or f'http://{web.bind}'}/valj-losenord/{token}"


def token_of(row: AgentLink) -> str:
    """The token of a link; as good as none when the key is not the one it was made with."""
    return runtime.current().keys.agent_link.mac_text(row.nonce)


def fits(row: AgentLink) -> bool:
    """Whether we can still write the link: the key in this process's data folder is the one it was made with."""
    return secrets.compare_digest(_hash(token_of(row)), row.token_hash)


def is_alive(row: AgentLink, now: datetime) -> bool:
    """Whether the link can be used."""
    return row.ended_at is None and now < row.expires_at and row.agent.disabled_at is None


def find(session: Session, token: str) -> AgentLink:
    """The living link with `token`, with its agent. Looking does not use it.

    Raises:
        NotFound: there is none, it was used, or it has run out.
    """
    known = select(AgentLink).options(joinedload(AgentLink.agent)).where(AgentLink.token_hash == _hash(token))
    row = session.scalar(known) if 0 < len(token) < MAX_TOKEN else None
    if row is None or not is_alive(row, clock.now()):
        raise NotFound()
    return row


def use(session: Session, token: str, password_hash: str, peer: str) -> str:
    """Give the agent their password, and begin their session; its token. Of two at once one succeeds.

    Raises:
        NotFound: the link does not work, or no longer.
    """
    row = find(session, token)
    mine = update(AgentLink).where(AgentLink.id == row.id, AgentLink.ended_at.is_(None)).values(ended_at=clock.now())
    taken = session.execute(mine.returning(AgentLink.id).execution_options(synchronize_session=False))
    if taken.scalar() is None:
        raise NotFound()
    agent = row.agent
    agent.password_hash = password_hash
    end_all(session, agent.id)
    sessions.end_all(session, agent.id)
    audit.on_agent(session, agent.id, agent.id, "password_chosen", peer)
    return sessions.start(session, agent, peer)


def end_all(session: Session, agent_id: int) -> None:
    """Let no link of an agent work any more."""
    living = update(AgentLink).where(AgentLink.agent_id == agent_id, AgentLink.ended_at.is_(None))
    session.execute(living.values(ended_at=clock.now()).execution_options(synchronize_session=False))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()

"""The first administrator of a new place. Whoever reaches the port first is not enough: there is a code to know.

The code is made when the service starts without an administrator. It is on its standard output and in a file that only
the operator may read, and ends with the first administrator.
"""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from contactcenter import runtime
from contactcenter.db import after_commit, is_postgres
from contactcenter.errors import NotFound
from contactcenter.model import Agent
from contactcenter.model.words import Role
from contactcenter.services import agents, demo_data, sessions

FILE = "setup-code"
ATTEMPT = "setup"
_BYTES = 15
_LOCK = 4_812_003


def is_open(session: Session) -> bool:
    """Whether there is no administrator yet, and no example data whose administrator everybody knows."""
    if demo_data.is_shown(runtime.current().data):
        return False
    real = (Agent.role == Role.ADMIN, Agent.is_service.is_(False), Agent.disabled_at.is_(None))
    return session.scalar(select(Agent.id).where(*real).limit(1)) is None


def code() -> str:
    """The code, made now if there is none yet: 24 letters and digits (120 bits) in groups of four.

    Raises:
        OSError: it cannot be written.
    """
    path = runtime.current().data / FILE
    if not path.exists():
        _make(path)
    return path.read_text(encoding="ascii").strip()


def _make(path: Path) -> None:
    """It appears whole and readable for nobody else; of two processes at once the first one's holds."""
    text = base64.b32encode(secrets.token_bytes(_BYTES)).decode().lower()
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write("-".join(text[at : at + 4] for at in range(0, len(text), 4)) + "\n")
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()


def is_code(given: str) -> bool:
    """Whether somebody knows the code; spaces, dashes and case do not matter. Without a file nobody does."""
    try:
        known = (runtime.current().data / FILE).read_text(encoding="ascii")
    except OSError:
        return False
    return secrets.compare_digest(_plain(given), _plain(known)) and bool(_plain(known))


def _plain(text: str) -> bytes:
    return "".join(text.split()).replace("-", "").lower().encode("utf-8", "replace")


def begin(session: Session, login: str, name: str, password_hash: str, peer: str) -> str:
    """Make the first administrator, and begin their session; its token. Of two at once one succeeds.

    Raises:
        NotFound: there is an administrator by now.
        InvalidInput: the login is not an e-mail address.
        Conflict: a colleague has that login already.
    """
    if is_postgres(session):
        session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    if not is_open(session):
        raise NotFound()
    agent = agents.add(session, login, name, Role.ADMIN)
    agent.password_hash = password_hash
    path = runtime.current().data / FILE
    after_commit(session, lambda: path.unlink(missing_ok=True))
    return sessions.start(session, agent, peer)

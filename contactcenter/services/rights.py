"""Lets open sockets know that rights have changed or a session has ended, whichever process they are connected to."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from contactcenter.model import Agent


def changed(session: Session, agent_ids: Collection[int]) -> None:
    """Have the sockets of these agents asked again who they are and what they may, within seconds.

    Every change of roles, teams, grants and sessions calls this in its own transaction. The rows are locked in one
    order, so that two changes at once wait for each other instead of stopping each other.
    """
    ids = sorted(set(agent_ids))
    if not ids:
        return
    session.execute(select(Agent.id).where(Agent.id.in_(ids)).order_by(Agent.id).with_for_update(key_share=True))
    session.execute(
        update(Agent)
        .where(Agent.id.in_(ids))
        .values(rights_rev=Agent.rights_rev + 1)
        .execution_options(synchronize_session=False)
    )

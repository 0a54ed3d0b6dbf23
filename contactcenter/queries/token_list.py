"""The tokens of other programs, as an administrator sees them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from contactcenter.access import actor_for
from contactcenter.i18n import gettext as _
from contactcenter.model import ApiToken, Domain
from contactcenter.queries import wording
from contactcenter.queries.staff_shapes import TokenRow


def rows(session: Session, tokens: list[ApiToken]) -> tuple[TokenRow, ...]:
    """Living tokens first, then ended ones; newest first."""
    names = {row.id: row.name for row in session.scalars(select(Domain))}
    owners = {token.agent_id: token.agent for token in tokens}
    sees = {
        agent_id: ", ".join(sorted(names[domain] for domain in actor_for(session, agent).domains))
        for agent_id, agent in owners.items()
    }
    ordered = sorted(tokens, key=lambda token: (bool(_ended(token)), -token.id))
    return tuple(_row(token, sees[token.agent_id]) for token in ordered)


def _row(token: ApiToken, sees: str) -> TokenRow:
    return TokenRow(
        id=token.id,
        name=token.name,
        owner=token.agent.name,
        is_program=token.agent.is_service,
        scopes=", ".join(scope_label(scope) for scope in token.scopes),
        sees=sees or _("nothing"),
        made=wording.short_day(token.created_at),
        used=wording.wait(token.used_at) if token.used_at else _("never"),
        ended=_ended(token),
    )


def _ended(token: ApiToken) -> str:
    if token.revoked_at is not None:
        return _("Ended %(day)s", day=wording.short_day(token.revoked_at))
    return _("Its owner is disabled") if token.agent.disabled_at is not None else ""


def scope_label(scope: str) -> str:
    """What a scope lets a program do."""
    return {"read": _("read"), "write": _("write")}.get(scope, scope)

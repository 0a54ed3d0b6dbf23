"""What was done to a colleague's account and rights, newest first, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from contactcenter import terms
from contactcenter.i18n import gettext as _
from contactcenter.model import Agent, Audit, Domain, Team
from contactcenter.model.words import Role
from contactcenter.queries import wording
from contactcenter.queries.staff_shapes import HistoryLine, StaffChange

MOST = 50
MOST_SEARCHED = 1000


def lines(session: Session, agent_id: int) -> tuple[HistoryLine, ...]:
    """The newest changes of one colleague."""
    found = session.execute(
        select(Audit, Agent.name)
        .outerjoin(Agent, Agent.id == Audit.agent_id)
        .where(Audit.subject_id == agent_id)
        .order_by(Audit.id.desc())
        .limit(MOST)
    ).all()
    names = _names(session)
    return tuple(_line(row, name or "", agent_id, names) for row, name in found)


def of_all(session: Session, before: int | None = None, limit: int = MOST) -> list[StaffChange]:
    """The newest changes of all colleagues and programs, older than the row `before`."""
    subject = aliased(Agent)
    query = (
        select(Audit, subject, Agent.name)
        .join(subject, subject.id == Audit.subject_id)
        .outerjoin(Agent, Agent.id == Audit.agent_id)
        .where(Audit.subject_id.is_not(None))
    )
    if before is not None:
        query = query.where(Audit.id < before)
    names = _names(session)
    return [
        StaffChange(
            id=row.id,
            at=row.created_at,
            agent_id=0 if whom.is_service else whom.id,
            name=whom.name,
            line=_line(row, who or "", whom.id, names),
        )
        for row, whom, who in session.execute(query.order_by(Audit.id.desc()).limit(limit))
    ]


def found(session: Session, asked: str, limit: int) -> list[StaffChange]:
    """Of the newest changes those that hold every word of `asked`: in whom, who, what or when."""
    words = terms.fold(asked).split()
    return [each for each in of_all(session, limit=MOST_SEARCHED) if _holds(each, words)][:limit]


def _holds(each: StaffChange, words: list[str]) -> bool:
    line = each.line
    text = terms.fold(" ".join((each.name, line.who, line.what, line.when, *line.details)))
    return all(word in text for word in words)


def _names(session: Session) -> dict[str, str]:
    return {slug: name for table in (Team, Domain) for slug, name in session.execute(select(table.slug, table.name))}


def _line(row: Audit, who: str, agent_id: int, names: Mapping[str, str]) -> HistoryLine:
    own = row.agent_id == agent_id and row.verb not in ("password_chosen",)
    return HistoryLine(
        when=f"{wording.short_day(row.created_at)} {wording.clock_time(row.created_at)}",
        who=(_("%(name)s, about themselves", name=who) if own else who) or _("A command on the server"),
        what=_verb(row),
        details=tuple(_details(row.data, names)),
    )


def _verb(row: Audit) -> str:
    name = row.data.get("name", "")
    return {
        "agent_added": _("Added"),
        "agent_invited": _("Invited by a link"),
        "password_reset": _("Password reset, signed out everywhere"),
        "password_set": _("Given a password"),
        "password_chosen": _("Chose a password by the link"),
        "agent_disabled": _("Disabled"),
        "agent_enabled": _("Enabled again"),
        "agent_changed": _("Changed"),
        "team_domains_changed": _("What the group %(team)s may see was changed", team=row.data.get("team", "")),
        "token_added": _("Was given the token %(name)s", name=name),
        "token_revoked": _("The token %(name)s was ended", name=name),
    }.get(row.verb, row.verb)


def _details(data: Mapping[str, Any], names: Mapping[str, str]) -> Iterable[str]:
    """`Groups: +Kontaktcenter, −Gata`; `Role: Guide → Supervisor`."""
    for field, change in data.get("changes", {}).items():
        before, after = change["before"], change["after"]
        if isinstance(after, list):
            added = [f"+{_named(field, one, names)}" for one in after if one not in before]
            gone = [f"−{_named(field, one, names)}" for one in before if one not in after]
            yield f"{field_label(field)}: {', '.join(added + gone)}"
        else:
            yield f"{field_label(field)}: {_named(field, before, names)} → {_named(field, after, names)}"
    if came := data.get("team_domains"):
        added = [f"+{_named('team_domains', one, names)}" for one in came]
        yield f"{field_label('team_domains')}: {', '.join(added)}"


def field_label(field: str) -> str:
    """What a part of a profile is called."""
    return {
        "name": _("Name"),
        "title": _("Title"),
        "role": _("Role"),
        "teams": _("Answer groups"),
        "domains": _("Domains"),
        "team_domains": _("Domains through groups"),
        "languages": _("Languages"),
        "skills": _("Competences"),
        "capacity": _("Ceiling"),
    }.get(field, field)


def _named(field: str, value: object, names: Mapping[str, str]) -> str:
    text = str(value)
    if field == "role":
        return wording.role_label(Role(text))
    if field == "languages":
        return wording.language_label(text) or text
    if field in ("teams", "domains", "team_domains"):
        return names.get(text, text)
    return text or _("(empty)")

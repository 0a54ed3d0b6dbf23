"""A change of a setting: what it would be, whether somebody was faster, saving it, and who changed what before."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from contactcenter.access import Actor
from contactcenter.db import is_postgres
from contactcenter.errors import Conflict, NotFound
from contactcenter.i18n import gettext as _
from contactcenter.model import Agent, SettingChange
from contactcenter.services.editing.field import Field, Form, Wrong
from contactcenter.services.editing.kind import Kind, Names, State

SETTINGS_LOCK = 0x0CC5E77
"""The number of the PostgreSQL lock under which settings are changed, so that their history is in order."""
HISTORY_PAGE = 50
NO_SLUGS = frozenset({"ny"})
"""What has a meaning of its own in addresses."""
_NOT_IN_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that two states do not agree in, as people read it."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a form asks for, compared with what is now."""

    row: Any
    before: State
    after: State
    problems: Mapping[str, str]
    effects: tuple[str, ...] = ()
    is_stale: bool = False


def fingerprint(state: State) -> str:
    """A short text that two states share only when they are equal."""
    text = json.dumps(state, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]


def lock(session: Session) -> None:
    """Let nobody else change settings until this transaction ends; on SQLite its writer is alone already."""
    if is_postgres(session):
        session.execute(select(func.pg_advisory_xact_lock(SETTINGS_LOCK)))


def find(names: Names, kind: Kind, key: str) -> Any:
    """The row of an object.

    Raises:
        NotFound: there is none.
    """
    row = kind.find(names, key) if "\x00" not in key else None
    if row is None:
        raise NotFound()
    return row


def propose(names: Names, kind: Kind, row: Any, form: Form, seen: str) -> Proposal:
    """What `form` asks for. `row` is None for a new object; `seen` the fingerprint that the form was made from."""
    before = kind.state(names, row) if row is not None else {}
    after: State = dict(before)
    problems: dict[str, str] = {}
    for field in kind.fields_once(names):
        if field.fixed and row is not None:
            continue
        try:
            after[field.name] = field.read(form)
        except Wrong as error:
            problems[field.name] = str(error)
            continue
        if field.widget == "choices" and set(after[field.name]) == set(before.get(field.name, ())):
            after[field.name] = before[field.name] if before else after[field.name]  # ticks have no order to change
        if field.addable and field.name in form.getlist("rows") and not after[field.name]:
            problems[field.name] = _("Say what it asks for, or take the condition away.")
    if not problems:
        problems.update(kind.check(names, row, after))
    effects = () if problems or after == before else tuple(kind.effects(names, row, before, after))
    return Proposal(row, before, after, problems, effects, is_stale=bool(before) and seen != fingerprint(before))


def save(names: Names, actor: Actor, kind: Kind, proposal: Proposal) -> Any:
    """Write what was proposed, and that it was; gives the row."""
    row = proposal.row
    if row is None:
        row = kind.table()
        if kind.key == "slug":
            row.slug = free_slug(names, kind, kind.title_of(names, proposal.after))  # type: ignore[attr-defined]
    names.session.add(row)
    kind.write(names, row, proposal.after)
    names.session.flush()
    record(names.session, actor, kind.slug, kind.key_of(names, row), proposal.before, proposal.after)
    kind.saved(names, proposal.before, proposal.after)
    return row


def remove(names: Names, actor: Actor, kind: Kind, row: Any) -> None:
    """Take an object away; what it was stays in the history.

    Raises:
        Conflict: objects of this kind are kept, or this one is.
    """
    if not kind.removable or kind.stays(row):
        raise Conflict(_("This is kept, since tickets refer to it."))
    if kept := kind.kept(names, row):
        raise Conflict(kept)
    before, key = kind.state(names, row), kind.key_of(names, row)
    names.session.delete(row)
    names.session.flush()
    record(names.session, actor, kind.slug, key, before, {})
    kind.saved(names, before, {})


def move(names: Names, actor: Actor, kind: Kind, row: Any, earlier: bool) -> None:
    """Change places with the neighbour before or after; at the end of the list nothing happens.

    Raises:
        NotFound: objects of this kind have no order.
    """
    if not kind.ordered:
        raise NotFound()
    rows = list(names.session.scalars(kind.rows()))
    at = rows.index(row)
    other = at - 1 if earlier else at + 1
    if other not in range(len(rows)):
        return
    rows[at], rows[other] = rows[other], rows[at]
    for place, each in enumerate(rows, 1):
        each.position = place * 10
    state, key = kind.state(names, row), kind.key_of(names, row)
    record(names.session, actor, kind.slug, key, {**state, "place": at + 1}, {**state, "place": other + 1})


def record(session: Session, actor: Actor, kind: str, key: str, before: State, after: State) -> None:
    """Remember who changed what from what to what; by the new row routing sees that it must read anew."""
    session.add(SettingChange(kind=kind, key=key, agent_id=actor.agent_id, before=before, after=after))


def free_slug(names: Names, kind: Kind, name: str) -> str:
    """A slug made of `name` that no other object of the kind has."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    base = _NOT_IN_SLUG.sub("_", plain).strip("_")[:50] or kind.slug
    column = getattr(kind.table, kind.key)
    taken = set(names.session.scalars(select(column).where(column.startswith(base, autoescape=True))))
    tries = (base, *(f"{base}_{number}" for number in range(2, len(taken) + 3)))
    return next(slug for slug in tries if slug not in taken | NO_SLUGS)


def differences(fields: Iterable[Field], before: State, after: State) -> tuple[Difference, ...]:
    """Where two states differ, in the order of the form."""
    found = [
        Difference(each.label, each.told(before.get(each.name)), each.told(after.get(each.name)))
        for each in fields
        if before.get(each.name) != after.get(each.name)
    ]
    if before.get("place") != after.get("place"):
        found.append(Difference(_("Place in the order"), str(before.get("place", "")), str(after.get("place", ""))))
    return tuple(each for each in found if each.before != each.after)


def history(
    session: Session, *, kind: str = "", key: str = "", before: int | None = None
) -> tuple[list[tuple[SettingChange, str]], int | None]:
    """The newest changes with the name of who made each, of all or of one object, and the id to go on from."""
    query = select(SettingChange, Agent.name).outerjoin(Agent, Agent.id == SettingChange.agent_id)
    if kind:
        query = query.where(SettingChange.kind == kind)
    if key:
        query = query.where(SettingChange.key == key)
    if before is not None:
        query = query.where(SettingChange.id < before)
    found = session.execute(query.order_by(SettingChange.id.desc()).limit(HISTORY_PAGE + 1)).all()
    rows = [(change, name or "") for change, name in found[:HISTORY_PAGE]]
    return rows, rows[-1][0].id if len(found) > HISTORY_PAGE else None

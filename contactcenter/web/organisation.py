"""The settings of the organisation: lists, forms in place, what a change touches, and its history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from contactcenter.access import Actor, Permission
from contactcenter.i18n import gettext as _
from contactcenter.queries import staff, staff_history
from contactcenter.queries.shapes import Choice
from contactcenter.queries.staff_shapes import StaffRow
from contactcenter.services.editing import change
from contactcenter.services.editing import listing as setting_list
from contactcenter.services.editing.change import Difference, Proposal
from contactcenter.services.editing.field import Field
from contactcenter.services.editing.kind import Kind, Names, State
from contactcenter.services.editing.listing import HistoryRow
from contactcenter.services.editing.register import KINDS, kind_of
from contactcenter.web import page, settings_frame
from contactcenter.web.door import reads, writes

FEW = 12
"""So many boxes are seen without scrolling."""
bp = Blueprint("organisation", __name__, url_prefix="/installningar")


@dataclass(frozen=True, slots=True)
class Shown:
    """A form as it is shown: its lines with what was typed, and what was found about it."""

    kind: Kind
    fields: tuple[Field, ...]
    values: State
    url: str
    title: str
    key: str = ""
    seen: str = ""
    problems: dict[str, str] | None = None
    raw: dict[str, list[str]] | None = None
    effects: tuple[str, ...] = ()
    changes: tuple[Difference, ...] = ()
    confirm: str = ""
    stale: tuple[Difference, ...] = ()
    removing: bool = False
    kept: str = ""
    stays: bool = False
    focus: str = ""
    members: tuple[str, ...] = ()

    def written(self, field: Field) -> str:
        """The text of a line: what was typed, or else what is stored."""
        if self.raw is not None:
            return (self.raw.get(field.name) or [""])[0]
        return field.written(self.values.get(field.name))

    @property
    def addable(self) -> tuple[Field, ...]:
        """The fields that can be added."""
        return tuple(field for field in self.fields if field.addable)

    @property
    def problem_of_adding(self) -> str:
        """What is wrong with a field that is not shown."""
        hidden = {field.name for field in self.addable if not self.is_shown(field)}
        return next((problem for name, problem in (self.problems or {}).items() if name in hidden), "")

    def is_shown(self, field: Field) -> bool:
        """Whether a field that can be added has been, or holds something."""
        if not field.addable:
            return True
        if self.raw is None:
            return bool(self.values.get(field.name))
        return field.name in self.raw.get("rows", []) or any(self.raw.get(field.name, []))

    def ticked_first(self, field: Field) -> list[Choice]:
        """The boxes of a field; where they are many, those that are ticked come first, so that nobody has to look."""
        if len(field.choices) <= FEW:
            return list(field.choices)
        return sorted(field.choices, key=lambda choice: not self.chosen(field, choice.value))

    def chosen(self, field: Field, value: str) -> bool:
        """Whether a box of several is ticked."""
        if self.raw is not None:
            return value in self.raw.get(field.name, [])
        return value in (self.values.get(field.name) or ())


@bp.get("")
@reads(Permission.SETTINGS)
def index(session: Session, actor: Actor) -> ResponseReturnValue:
    """All pages of the settings, or what a search over all of them finds."""
    asked = _asked()
    found = setting_list.search(Names(session), KINDS, asked) if asked else ()
    people: tuple[StaffRow, ...] = ()
    changed: tuple[HistoryRow, ...] = ()
    if asked and actor.may(Permission.AGENTS):
        most = setting_list.MOST_FOUND
        people = staff.rows(session, asked)[0][:most]
        changed = tuple(setting_list.staff_row(each) for each in staff_history.found(session, asked, most))
    frame = settings_frame.frame(session, actor, search=asked)
    return render_template("pages/settings_index.html", found=found, people=people, changed=changed, **frame)


@bp.get("/historik")
@reads(Permission.SETTINGS)
def history(session: Session, actor: Actor) -> ResponseReturnValue:
    """What was changed, newest first: settings, and colleagues for those who look after them."""
    with_staff = actor.may(Permission.AGENTS)
    rows, after = setting_list.whole_history(Names(session), with_staff, request.args.get("fore", ""))
    next_url = url_for("organisation.history", fore=after) if after else ""
    frame = settings_frame.frame(session, actor, "historik")
    return render_template("pages/settings_history.html", rows=rows, next_url=next_url, kind=None, key="", **frame)


@bp.get("/<kind>")
@reads(Permission.SETTINGS)
def listing(session: Session, actor: Actor, kind: str) -> ResponseReturnValue:
    """The objects of one kind; hundreds at most, so all on one page."""
    chosen, names = kind_of(kind), Names(session)
    rows = setting_list.rows(names, chosen, _asked())
    frame = settings_frame.frame(session, actor, kind)
    return render_template("pages/settings_list.html", kind=chosen, rows=rows, asked=_asked(), **frame)


@bp.get("/<kind>/ny")
@reads(Permission.SETTINGS)
def new(session: Session, actor: Actor, kind: str) -> ResponseReturnValue:
    """The form of a new object."""
    chosen, names = kind_of(kind), Names(session)
    url = url_for("organisation.add", kind=kind)
    shown = Shown(chosen, chosen.fields_for(names, None), chosen.initial(names), url, chosen.add_label())
    return _form(session, actor, shown)


@bp.get("/<kind>/<key>")
@reads(Permission.SETTINGS)
def show(session: Session, actor: Actor, kind: str, key: str) -> ResponseReturnValue:
    """The form of an object; with `?rad` its row again, as when editing is given up."""
    chosen, names = kind_of(kind), Names(session)
    row = change.find(names, chosen, key)
    if page.is_htmx() and "rad" in request.args:
        return _row(names, chosen, row)
    return _form(session, actor, _of_row(names, chosen, row))


@bp.post("/<kind>/ny")
@writes(Permission.SETTINGS)
def add(session: Session, actor: Actor, kind: str) -> ResponseReturnValue:
    """Make an object."""
    return _save(session, actor, kind_of(kind), None)


@bp.post("/<kind>/<key>")
@writes(Permission.SETTINGS)
def save(session: Session, actor: Actor, kind: str, key: str) -> ResponseReturnValue:
    """Change an object, after its change has been shown where it touches something."""
    change.lock(session)
    chosen = kind_of(kind)
    return _save(session, actor, chosen, change.find(Names(session), chosen, key))


@bp.post("/<kind>/<key>/ta-bort")
@writes(Permission.SETTINGS)
def remove(session: Session, actor: Actor, kind: str, key: str) -> ResponseReturnValue:
    """Take an object away: what that touches is shown first, always."""
    change.lock(session)
    chosen, names = kind_of(kind), Names(session, actor)
    row = change.find(names, chosen, key)
    before = chosen.state(names, row)
    if kept := chosen.kept(names, row):
        return _form(session, actor, _of_row(names, chosen, row, removing=True, kept=kept), 409)
    if request.form.get("confirm") != change.fingerprint(before):
        shown = _of_row(names, chosen, row, removing=True, effects=tuple(chosen.effects(names, row, before, {})))
        return _form(session, actor, shown)
    change.remove(names, actor, chosen, row)
    done = _("%(name)s has been removed.", name=chosen.title_of(names, before))
    if page.is_htmx():
        return page.toast(make_response(""), done)
    return redirect(url_for("organisation.listing", kind=kind), 303)


@bp.post("/<kind>/<key>/flytta")
@writes(Permission.SETTINGS)
def move(session: Session, actor: Actor, kind: str, key: str) -> ResponseReturnValue:
    """Let an object of an ordered kind be asked one place earlier or later."""
    change.lock(session)
    chosen, names = kind_of(kind), Names(session)
    change.move(names, actor, chosen, change.find(names, chosen, key), request.form.get("till") == "upp")
    return redirect(url_for("organisation.listing", kind=kind) + "#" + quote(f"o-{key}"), 303)


@bp.get("/<kind>/<key>/historik")
@reads(Permission.SETTINGS)
def history_of(session: Session, actor: Actor, kind: str, key: str) -> ResponseReturnValue:
    """What was changed in one object, also in one that is gone."""
    asked = request.args.get("fore", "")
    before = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 16 else None
    chosen = kind_of(kind)
    rows, next_id = setting_list.history(Names(session), chosen.slug, key, before)
    next_url = url_for("organisation.history_of", kind=kind, key=key, fore=next_id) if next_id else ""
    frame = settings_frame.frame(session, actor, chosen.slug)
    return render_template("pages/settings_history.html", rows=rows, next_url=next_url, kind=chosen, key=key, **frame)


def _asked() -> str:
    return request.args.get("q", "").strip()[:200]


def _of_row(names: Names, kind: Kind, row: Any, **shown: Any) -> Shown:
    state, key = kind.state(names, row), kind.key_of(names, row)
    print_of, title = change.fingerprint(state), kind.title_of(names, state)
    url = url_for("organisation.save", kind=kind.slug, key=key)
    about = tuple(kind.members(names, row))
    return Shown(
        kind,
        kind.fields_for(names, row),
        state,
        url,
        title,
        key,
        print_of,
        members=about,
        stays=kind.stays(row),
        **shown,
    )


def _form(session: Session, actor: Actor, shown: Shown, status: int = 200) -> Response:
    """The form: alone for a script, else on a page of its own."""
    if page.is_htmx():
        return make_response(render_template("partials/setting_form.html", shown=shown, **page.frame()), status)
    frame = settings_frame.frame(session, actor, shown.kind.slug)
    return make_response(render_template("pages/settings_form.html", shown=shown, **frame), status)


def _row(names: Names, kind: Kind, row: Any) -> Response:
    shown = setting_list.row(names, kind, row)
    return make_response(render_template("partials/setting_row.html", kind=kind, row=shown, focus=True, **page.frame()))


def _save(session: Session, actor: Actor, kind: Kind, row: Any) -> ResponseReturnValue:
    change.lock(session)
    names = Names(session, actor)
    proposal = change.propose(names, kind, row, request.form, request.form.get("seen", ""))
    if {"add", "drop", "rearrange"} & {name for name, value in request.form.items() if value}:
        return _rearranged(session, actor, names, kind, proposal)
    confirm = change.fingerprint(proposal.after)
    if proposal.problems or proposal.is_stale:
        return _held(session, actor, names, kind, proposal)
    if proposal.effects and request.form.get("confirm") != confirm:
        fields = kind.fields_once(names)
        changes = change.differences(fields, proposal.before, proposal.after)
        return _again(session, actor, kind, names, proposal, effects=proposal.effects, changes=changes, confirm=confirm)
    if proposal.after != proposal.before:
        row = change.save(names, actor, kind, proposal)
    done = _("%(name)s has been saved.", name=kind.title_of(names, proposal.after))
    if page.is_htmx() and proposal.row is not None:
        return page.toast(_row(Names(session), kind, row), done)
    key = kind.key_of(Names(session), row)
    place = url_for("organisation.listing", kind=kind.slug, sparat=key)
    if page.is_htmx():
        response = make_response("", 200)
        response.headers["HX-Redirect"] = place
        return response
    return redirect(place + "#" + quote(f"o-{key}"), 303)


def _held(session: Session, actor: Actor, names: Names, kind: Kind, proposal: Proposal) -> Response:
    """The form again with what is wrong, or with what somebody else has made of it meanwhile; the text is kept."""
    stale: tuple[Difference, ...] = ()
    if proposal.is_stale:
        stale = change.differences(kind.fields_once(names), proposal.before, proposal.after)
    problems = dict(proposal.problems)
    return _again(
        session, actor, kind, names, proposal, 409 if proposal.is_stale else 422, stale=stale, problems=problems
    )


def _rearranged(session: Session, actor: Actor, names: Names, kind: Kind, proposal: Proposal) -> Response:
    """The form with a field more or less, all else as it was typed; nothing is saved."""
    raw = {name: request.form.getlist(name) for name in request.form}
    known = [field.name for field in kind.fields_once(names) if field.addable]
    added, dropped = request.form.get("add", ""), request.form.get("drop", "")
    if dropped in known:
        raw[dropped] = []
        raw["rows"] = [name for name in raw.get("rows", []) if name != dropped]
    elif added in known:
        raw["rows"] = [*raw.get("rows", []), added]
    focus = added if added in known and not dropped else "add"
    return _again(session, actor, kind, names, proposal, raw=raw, seen=request.form.get("seen", ""), focus=focus)


def _again(
    session: Session,
    actor: Actor,
    kind: Kind,
    names: Names,
    proposal: Proposal,
    status: int = 200,
    **shown: Any,
) -> Response:
    new_one = proposal.row is None
    seen = "" if new_one else change.fingerprint(proposal.before)
    typed = {name: request.form.getlist(name) for name in request.form}
    key = "" if new_one else kind.key_of(names, proposal.row)
    form = Shown(
        kind,
        kind.fields_for(names, proposal.row),
        proposal.before,
        url_for("organisation.add", kind=kind.slug)
        if new_one
        else url_for("organisation.save", kind=kind.slug, key=key),
        kind.add_label() if new_one else kind.title_of(names, proposal.before),
        key,
        **{"seen": seen, "raw": typed, "stays": not new_one and kind.stays(proposal.row), **shown},
    )
    return _form(session, actor, form, status)

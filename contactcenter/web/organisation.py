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
from contactcenter.services.editing import change
from contactcenter.services.editing import listing as setting_list
from contactcenter.services.editing.change import Difference, Proposal
from contactcenter.services.editing.field import Field
from contactcenter.services.editing.kind import Kind, Names, State
from contactcenter.services.editing.register import KINDS, kind_of
from contactcenter.web import page, settings_frame
from contactcenter.web.door import reads, writes

bp = Blueprint("organisation", __name__, url_prefix="/installningar")


@dataclass(frozen=True, slots=True)
class Shown:
    """A form as it is shown: its lines with what was typed, and what was found about it."""

    kind: Kind
    fields: tuple[Field, ...]
    values: State
    url: str
    key: str = ""
    seen: str = ""
    problems: dict[str, str] | None = None
    raw: dict[str, list[str]] | None = None
    effects: tuple[str, ...] = ()
    changes: tuple[Difference, ...] = ()
    confirm: str = ""
    stale: tuple[Difference, ...] = ()
    removing: bool = False
    members: tuple[str, ...] = ()

    def written(self, field: Field) -> str:
        """The text of a line: what was typed, or else what is stored."""
        if self.raw is not None:
            return (self.raw.get(field.name) or [""])[0]
        return field.written(self.values.get(field.name))

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
    frame = settings_frame.frame(session, actor, search=asked)
    return render_template("pages/settings_index.html", found=found, **frame)


@bp.get("/historik")
@reads(Permission.SETTINGS)
def history(session: Session, actor: Actor) -> ResponseReturnValue:
    """What was changed, newest first."""
    return _history(session, actor, "", "")


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
    shown = Shown(chosen, chosen.fields_once(names), {}, url_for("organisation.add", kind=kind))
    return _form(session, actor, shown)


@bp.get("/<kind>/<key>")
@reads(Permission.SETTINGS)
def show(session: Session, actor: Actor, kind: str, key: str) -> ResponseReturnValue:
    """The form of an object; with `?rad` its row again, as when editing is given up."""
    chosen, names = kind_of(kind), Names(session)
    row = change.find(session, chosen, key)
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
    return _save(session, actor, chosen, change.find(session, chosen, key))


@bp.post("/<kind>/<key>/ta-bort")
@writes(Permission.SETTINGS)
def remove(session: Session, actor: Actor, kind: str, key: str) -> ResponseReturnValue:
    """Take an object away: what that touches is shown first, always."""
    change.lock(session)
    chosen, names = kind_of(kind), Names(session, actor)
    row = change.find(session, chosen, key)
    before = chosen.state(names, row)
    if request.form.get("confirm") != change.fingerprint(before):
        shown = _of_row(names, chosen, row, removing=True, effects=tuple(chosen.effects(names, row, before, {})))
        return _form(session, actor, shown)
    change.remove(names, actor, chosen, row)
    done = _("%(name)s has been removed.", name=chosen.title_of(before))
    if page.is_htmx():
        return page.toast(make_response(""), done)
    return redirect(url_for("organisation.listing", kind=kind), 303)


@bp.post("/<kind>/<key>/flytta")
@writes(Permission.SETTINGS)
def move(session: Session, actor: Actor, kind: str, key: str) -> ResponseReturnValue:
    """Let an object of an ordered kind be asked one place earlier or later."""
    change.lock(session)
    chosen = kind_of(kind)
    change.move(Names(session), actor, chosen, change.find(session, chosen, key), request.form.get("till") == "upp")
    return redirect(url_for("organisation.listing", kind=kind) + "#" + quote(f"o-{key}"), 303)


@bp.get("/<kind>/<key>/historik")
@reads(Permission.SETTINGS)
def history_of(session: Session, actor: Actor, kind: str, key: str) -> ResponseReturnValue:
    """What was changed in one object, also in one that is gone."""
    return _history(session, actor, kind_of(kind).slug, key)


def _asked() -> str:
    return request.args.get("q", "").strip()[:200]


def _of_row(names: Names, kind: Kind, row: Any, **shown: Any) -> Shown:
    state, key = kind.state(names, row), str(getattr(row, kind.key))
    print_of = change.fingerprint(state)
    url = url_for("organisation.save", kind=kind.slug, key=key)
    about = tuple(kind.members(names, row))
    return Shown(kind, kind.fields_once(names), state, url, key, print_of, members=about, **shown)


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
    confirm = change.fingerprint(proposal.after)
    if proposal.problems or proposal.is_stale:
        return _held(session, actor, names, kind, proposal)
    if proposal.effects and request.form.get("confirm") != confirm:
        fields = kind.fields_once(names)
        changes = change.differences(fields, proposal.before, proposal.after)
        return _again(session, actor, kind, names, proposal, effects=proposal.effects, changes=changes, confirm=confirm)
    if proposal.after != proposal.before:
        row = change.save(names, actor, kind, proposal)
    done = _("%(name)s has been saved.", name=kind.title_of(proposal.after))
    if page.is_htmx() and proposal.row is not None:
        return page.toast(_row(Names(session), kind, row), done)
    place = url_for("organisation.listing", kind=kind.slug, sparat=getattr(row, kind.key))
    if page.is_htmx():
        response = make_response("", 200)
        response.headers["HX-Redirect"] = place
        return response
    return redirect(place + "#" + quote(f"o-{getattr(row, kind.key)}"), 303)


def _held(session: Session, actor: Actor, names: Names, kind: Kind, proposal: Proposal) -> Response:
    """The form again with what is wrong, or with what somebody else has made of it meanwhile; the text is kept."""
    stale: tuple[Difference, ...] = ()
    if proposal.is_stale:
        stale = change.differences(kind.fields_once(names), proposal.before, proposal.after)
    problems = dict(proposal.problems)
    return _again(
        session, actor, kind, names, proposal, 409 if proposal.is_stale else 422, stale=stale, problems=problems
    )


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
    key = "" if new_one else str(getattr(proposal.row, kind.key))
    form = Shown(
        kind,
        kind.fields_once(names),
        proposal.before,
        url_for("organisation.add", kind=kind.slug)
        if new_one
        else url_for("organisation.save", kind=kind.slug, key=key),
        key,
        "" if new_one else change.fingerprint(proposal.before),
        raw={name: request.form.getlist(name) for name in request.form},
        **shown,
    )
    return _form(session, actor, form, status)


def _history(session: Session, actor: Actor, kind: str, key: str) -> Response:
    asked = request.args.get("fore", "")
    before = int(asked) if asked.isdecimal() and len(asked) < 16 else None
    rows, next_id = setting_list.history(Names(session), kind, key, before)
    next_url = url_for(request.endpoint or "", **(request.view_args or {}), fore=next_id) if next_id else ""
    frame = settings_frame.frame(session, actor, kind or "historik")
    chosen = kind_of(kind) if kind else None
    page_text = render_template(
        "pages/settings_history.html", rows=rows, next_url=next_url, kind=chosen, key=key, **frame
    )
    return make_response(page_text)

"""Colleagues in the browser: found, added, changed, invited, disabled. Only for administrators."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from contactcenter.access import Actor, Permission
from contactcenter.errors import Conflict, InvalidInput, NotFound, ServiceError
from contactcenter.i18n import gettext as _
from contactcenter.model import Agent
from contactcenter.model.words import LinkPurpose, Role
from contactcenter.queries import staff as queries
from contactcenter.queries import staff_history, wording
from contactcenter.queries.shapes import Problem
from contactcenter.services import agents, links, staff
from contactcenter.services.editing import change as settings
from contactcenter.services.staff import Profile
from contactcenter.web import settings_frame
from contactcenter.web.door import reads, writes

bp = Blueprint("staff", __name__)
HOME = "/installningar/medarbetare"
ONE = f"{HOME}/<int:agent_id>"


@bp.get(HOME)
@reads(Permission.AGENTS)
def index(session: Session, actor: Actor) -> ResponseReturnValue:
    """The list, found by words, role and state."""
    search = request.args.get("sok", "").strip()[:200]
    role, state = request.args.get("roll", ""), request.args.get("lage", "")
    role = role if role in set(Role) else ""
    state = state if state in queries.STATES else ""
    rows, more = queries.rows(session, search, role, state)
    shown = {"rows": rows, "more": more, "search": search, "filtered": bool(search or role or state)}
    shown |= {"roles": queries.roles(role), "states": queries.states(state)}
    return render_template("pages/staff.html", **shown, **settings_frame.frame(session, actor, "medarbetare"))


@bp.get(f"{HOME}/ny")
@reads(Permission.AGENTS)
def new(session: Session, actor: Actor) -> ResponseReturnValue:
    """The form for a new colleague."""
    return _form(session, actor, None, Profile("", "", Role.GUIDE, domains=("common",), languages=("sv",)))


@bp.post(f"{HOME}/ny")
@writes(Permission.AGENTS)
def add(session: Session, actor: Actor) -> ResponseReturnValue:
    """Add a colleague and invite them; the link is shown this once."""
    wish = _wish()
    try:
        with session.begin_nested():
            agent = staff.add(session, actor, request.form.get("login", ""), wish)
            url = links.make(session, agent, actor.agent_id)
    except ServiceError as error:
        return _form(session, actor, None, wish, error)
    return _link_page(session, actor, agent, url, LinkPurpose.INVITE)


@bp.get(ONE)
@reads(Permission.AGENTS)
def show(session: Session, actor: Actor, agent_id: int) -> ResponseReturnValue:
    """One colleague: what can be changed, what can be done, and what was done."""
    agent = _agent(session, agent_id)
    return _form(session, actor, agent, staff.profile(session, agent))


@bp.post(ONE)
@writes(Permission.AGENTS)
def change(session: Session, actor: Actor, agent_id: int) -> ResponseReturnValue:
    """Save, once what it comes to has been shown: a change that takes something away is asked about first.

    Nobody gives a group anything between what is told here and what is saved.
    """
    settings.lock(session)
    agent, wish, form = _agent(session, agent_id), _wish(), request.form
    try:
        staff.checked(session, wish)
        told = queries.effects(session, actor, agent, role=wish.role, teams=wish.teams, domains=wish.domains)
        if told and form.get("sett") != wish.mark():
            return _form(session, actor, agent, wish, effects=told)
        with session.begin_nested():
            changed = staff.change(session, actor, agent, wish, form.get("mark", ""))
    except ServiceError as error:
        return _form(session, actor, agent, wish, error)
    return _back(agent, "sparad" if changed.fields else "oforandrad")


@bp.post(f"{ONE}/lank")
@writes(Permission.AGENTS)
def link(session: Session, actor: Actor, agent_id: int) -> ResponseReturnValue:
    """A link to choose a password with; the old password and all sessions end."""
    agent = _agent(session, agent_id)
    purpose = links.purpose_for(session, agent)
    try:
        url = links.make(session, agent, actor.agent_id)
    except Conflict as error:
        return _form(session, actor, agent, staff.profile(session, agent), error)
    return _link_page(session, actor, agent, url, purpose)


@bp.get(f"{ONE}/stang-av")
@reads(Permission.AGENTS)
def ask_disable(session: Session, actor: Actor, agent_id: int) -> ResponseReturnValue:
    """What disabling comes to, before it is done."""
    return _disable_page(session, actor, _agent(session, agent_id))


@bp.post(f"{ONE}/stang-av")
@writes(Permission.AGENTS)
def disable(session: Session, actor: Actor, agent_id: int) -> ResponseReturnValue:
    """End a colleague's access everywhere."""
    agent = _agent(session, agent_id)
    try:
        agents.disable(session, agent.login, actor.agent_id)
    except Conflict as error:
        return _disable_page(session, actor, agent, error)
    return _back(agent, "avstangd")


@bp.post(f"{ONE}/slapp-in")
@writes(Permission.AGENTS)
def enable(session: Session, actor: Actor, agent_id: int) -> ResponseReturnValue:
    """Let a disabled colleague sign in again, by whoever has seen what groups let them see as it is now."""
    settings.lock(session)
    agent = _agent(session, agent_id)
    told = queries.regained(session, agent)
    if agent.disabled_at is not None and told and request.form.get("sett") != _mark_of(told):
        text = _("Read what %(name)s will see through the groups, and then enable again.", name=agent.name)
        return _form(session, actor, agent, staff.profile(session, agent), Conflict(text))
    agents.enable(session, agent.login, actor.agent_id)
    return _back(agent, "inslappt")


def _agent(session: Session, agent_id: int) -> Agent:
    """A colleague; programs are looked after with their tokens."""
    agent = session.get(Agent, agent_id)
    if agent is None or agent.is_service:
        raise NotFound()
    return agent


def _back(agent: Agent, notice: str) -> Response:
    return make_response(redirect(url_for("staff.show", agent_id=agent.id, klart=notice), 303))


def _wish() -> Profile:
    """What the form says.

    Raises:
        InvalidInput: it is not one that this page sends.
    """
    form = request.form
    if form.get("role") not in set(Role):
        raise InvalidInput(_("Choose a role."), field="role")
    capacity = form.get("capacity", "").strip() or "0"
    names = (" ".join(name.split()) for name in form.get("skills", "").replace("\n", ",").split(","))
    skills = {name.casefold(): name for name in names if name}
    return Profile(
        name=" ".join(form.get("name", "").split()),
        title=" ".join(form.get("title", "").split()),
        role=Role(form["role"]),
        teams=tuple(sorted(set(form.getlist("team")))),
        domains=tuple(sorted(set(form.getlist("domain")))),
        languages=tuple(sorted(set(form.getlist("language")))),
        skills=tuple(sorted(skills.values())),
        capacity=int(capacity) if capacity.isascii() and capacity.isdecimal() and len(capacity) < 6 else -1,
    )


def _form(
    session: Session,
    actor: Actor,
    agent: Agent | None,
    wish: Profile,
    error: ServiceError | None = None,
    effects: tuple[str, ...] = (),
) -> Response:
    """The page of one colleague, or of a new one, with what was written in it."""
    shown: dict[str, Any] = {
        "agent": agent,
        "wish": wish,
        "login": request.form.get("login", ""),
        "offered": queries.offered(session, wish.role, wish.teams, wish.domains, wish.languages),
        "problem": Problem(title=error.text) if error else None,
        "wrong": str(error.data.get("field", "")) if error else "",
        "effects": effects,
        "seen": wish.mark(),
        "most": staff.MAX_CAPACITY,
    }
    if agent is not None:
        shown |= _about(session, actor, agent, error)
    frame = settings_frame.frame(session, actor, "medarbetare")
    status = error.status if error else 422 if effects else 200
    return make_response(render_template("pages/staff_member.html", **shown, **frame), status)


def _mark_of(told: tuple[str, ...]) -> str:
    return settings.fingerprint({"told": told})


def _about(session: Session, actor: Actor, agent: Agent, error: ServiceError | None) -> dict[str, Any]:
    """What the page of a colleague shows besides what can be changed."""
    now = staff.profile(session, agent)
    regained = queries.regained(session, agent) if agent.disabled_at is not None else ()
    mark = request.form.get("mark", "") if not isinstance(error, Conflict) else ""
    return {
        "name": agent.name,
        "mark": mark or now.mark(),
        "state": queries.state(agent),
        "state_label": queries.state_label(queries.state(agent)),
        "own": agent.id == actor.agent_id,
        "inherited": queries.inherited(session, agent),
        "regained": regained,
        "regained_seen": _mark_of(regained),
        "load": queries.load(session, actor, agent.id),
        "history": staff_history.lines(session, agent.id),
        "done": _done(request.args.get("klart", ""), agent.name),
    }


def _done(word: str, name: str) -> str:
    return {
        "sparad": _("Saved. What has changed in rights holds at once."),
        "oforandrad": _("Nothing was changed."),
        "avstangd": _("%(name)s is disabled and signed out everywhere.", name=name),
        "inslappt": _("%(name)s can sign in again.", name=name),
    }.get(word, "")


def _link_page(session: Session, actor: Actor, agent: Agent, url: str, purpose: LinkPurpose) -> Response:
    """The link, this once: it is kept nowhere, and a reload asks before it makes another one."""
    shown = {
        "agent": agent,
        "url": url,
        "invited": purpose is LinkPurpose.INVITE,
        "hours": int(links.LIFE[purpose].total_seconds() // 3600),
        "days": links.LIFE[purpose].days,
    }
    frame = settings_frame.frame(session, actor, "medarbetare")
    return make_response(render_template("pages/staff_link.html", **shown, **frame))


def _disable_page(session: Session, actor: Actor, agent: Agent, error: ServiceError | None = None) -> Response:
    shown = {
        "agent": agent,
        "face": wording.face(agent.name),
        "own": agent.id == actor.agent_id,
        "problem": Problem(title=error.text) if error else None,
        "effects": queries.effects(session, actor, agent, role=None, teams=(), domains=()),
    }
    frame = settings_frame.frame(session, actor, "medarbetare")
    status = error.status if error else 200
    return make_response(render_template("pages/staff_disable.html", **shown, **frame), status)

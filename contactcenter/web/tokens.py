"""Tokens of other programs in the browser: made, shown once, ended. Only for administrators."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from contactcenter.access import COMMON_DOMAIN, Actor, Permission
from contactcenter.errors import InvalidInput, ServiceError
from contactcenter.i18n import gettext as _
from contactcenter.model import Agent, Domain
from contactcenter.queries import staff as staff_queries
from contactcenter.queries import token_list
from contactcenter.queries.shapes import Problem
from contactcenter.services import tokens
from contactcenter.web import settings_frame
from contactcenter.web.door import reads, writes

bp = Blueprint("tokens", __name__)
HOME = "/installningar/nycklar"


@bp.get(HOME)
@reads(Permission.AGENTS)
def index(session: Session, actor: Actor) -> ResponseReturnValue:
    """The list, and the form for a new one."""
    return _page(session, actor)


@bp.post(HOME)
@writes(Permission.AGENTS)
def add(session: Session, actor: Actor) -> ResponseReturnValue:
    """Make a token; it is shown this once."""
    try:
        with session.begin_nested():
            made = _make(session, actor)
    except ServiceError as error:
        return _page(session, actor, error)
    session.flush()
    return _page(session, actor, made=made)


def _make(session: Session, actor: Actor) -> str:
    """A token of a program or of the actor: with a colleague's, an administrator would read what only they may."""
    form = request.form
    name = " ".join(form.get("name", "").split())
    try:
        allowed = tokens.scopes(",".join(form.getlist("scope")))
    except InvalidInput as error:
        raise InvalidInput(_("Choose what the program may do."), field="scope") from error
    if form.get("as") == "me":
        return tokens.add(session, name, allowed, session.get_one(Agent, actor.agent_id), actor.agent_id)
    if form.get("as") != "program":
        raise InvalidInput(_("Choose whom it acts as."), field="as")
    domains = tuple(form.getlist("domain"))
    known = set(session.scalars(select(Domain.slug)))
    if not domains or not set(domains) <= known:
        raise InvalidInput(_("Choose what the program may see."), field="domain")
    if tokens.has_program(session, name):
        raise InvalidInput(_("There is a program with that name already. Choose another name."), field="name")
    agent = tokens.service_agent(session, name or "?", domains, actor.agent_id)
    return tokens.add(session, name, allowed, agent, actor.agent_id)


@bp.post(f"{HOME}/<int:token_id>/aterkalla")
@writes(Permission.AGENTS)
def revoke(session: Session, actor: Actor, token_id: int) -> ResponseReturnValue:
    """End a token, at once and for ever."""
    tokens.revoke(session, token_id, actor.agent_id)
    return redirect(url_for("tokens.index"), 303)


def _page(session: Session, actor: Actor, error: ServiceError | None = None, made: str = "") -> Response:
    form = request.form if not made else {}
    chosen = request.form.getlist("domain") if form else [COMMON_DOMAIN]
    domains = tuple(
        replace(domain, selected=domain.value in chosen) for domain in staff_queries.domain_choices(session)
    )
    shown = {
        "rows": token_list.rows(session, tokens.listed(session)),
        "made": made,
        "problem": Problem(title=error.text) if error else None,
        "wrong": str(error.data.get("field", "")) if error else "",
        "name": form.get("name", ""),
        "acts_as": form.get("as", "program"),
        "scopes": request.form.getlist("scope") if form else ["read"],
        "domains": domains,
    }
    frame = settings_frame.frame(session, actor, "nycklar")
    status = error.status if error else 200
    return make_response(render_template("pages/tokens.html", **shown, **frame), status)

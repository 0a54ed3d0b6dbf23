"""The mailboxes that are read: how each is, the ledger of its mails, and a look into one that changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from contactcenter import clock, runtime
from contactcenter.access import Actor, Permission
from contactcenter.errors import NotFound
from contactcenter.mailbox_settings import MailboxSettings
from contactcenter.queries import mailbox_rows, way_out
from contactcenter.services import mailbox_probe, mailboxes, trial_mail
from contactcenter.services.mailbox_probe import Probe
from contactcenter.web import settings_frame
from contactcenter.web.door import reads, tries, writes

bp = Blueprint("mailboxes", __name__, url_prefix="/installningar/brevlador")
PAGE = "brevlador"
ASK_AGAIN_SECONDS = "2"
ASK_AGAIN_FOR = timedelta(seconds=20)
"""Longer than a relay that runs needs; then whoever waits is left in peace."""


@bp.get("")
@reads(Permission.SETTINGS)
def index(session: Session, actor: Actor) -> ResponseReturnValue:
    """All mailboxes of the settings, the way out, and how the last try of it went."""
    rows = mailbox_rows.boxes(session, _configured())
    last = trial_mail.newest(session, actor)
    response = make_response(
        render_template(
            "pages/settings_mailboxes.html",
            rows=rows,
            way=way_out.way(),
            trial=way_out.trial(last) if last is not None else None,
            login=actor.login,
            **settings_frame.frame(session, actor, PAGE),
        )
    )
    is_soon = last is not None and last.done_at is None and clock.now() - last.created_at < ASK_AGAIN_FOR
    if is_soon and "prov" in request.args:
        response.headers["Refresh"] = ASK_AGAIN_SECONDS
    return response


@bp.post("/provmejl")
@writes(Permission.SETTINGS)
def send_trial(session: Session, actor: Actor) -> ResponseReturnValue:
    """Send the administrator a mail, the way answers go."""
    trial_mail.send(session, actor)
    return redirect(url_for("mailboxes.index", prov="1"), 303)


@bp.get("/<name>")
@reads(Permission.SETTINGS)
def show(session: Session, actor: Actor, name: str) -> ResponseReturnValue:
    """One mailbox with its ledger, newest first."""
    return _page(session, actor, _find(name))


def _look(session: Session, actor: Actor, name: str) -> Callable[[], Probe]:
    """Look into the mailbox, with no transaction open."""
    box = _find(name)
    return lambda: mailbox_probe.probe(box)


@bp.post("/<name>/prova")
@tries(Permission.SETTINGS, prepare=_look)
def probe(session: Session, actor: Actor, name: str, prepared: Probe) -> ResponseReturnValue:
    """Tell what was seen there, and how much of it is not here yet."""
    missing = mailboxes.missing(session, name, prepared.uidvalidity, prepared.uids) if prepared.uids else []
    return _page(session, actor, _find(name), prepared, len(missing))


def _page(
    session: Session, actor: Actor, box: MailboxSettings, seen: Probe | None = None, missing: int = 0
) -> ResponseReturnValue:
    before = request.args.get("fore", "")
    start = int(before) if before.isdecimal() and len(before) < 16 else None
    rows, next_id = mailbox_rows.ledger(session, actor, box.name, start)
    [row] = mailbox_rows.boxes(session, (box,))
    return render_template(
        "pages/settings_mailbox.html",
        row=row,
        rows=rows,
        next_url=url_for("mailboxes.show", name=box.name, fore=next_id) if next_id else "",
        seen=seen,
        missing=missing,
        trouble=mailbox_rows.error(seen.error_code) if seen and seen.error else "",
        **settings_frame.frame(session, actor, PAGE),
    )


def _configured() -> tuple[MailboxSettings, ...]:
    return runtime.current().settings.channels.mail.mailboxes


def _find(name: str) -> MailboxSettings:
    """Raises NotFound: there is no such mailbox in the settings."""
    for box in _configured():
        if box.name == name:
            return box
    raise NotFound()

"""All settings as one file: to keep, and to bring in after what it would change has been shown."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from contactcenter import clock, runtime
from contactcenter.access import Actor, Permission
from contactcenter.errors import Conflict, InvalidInput
from contactcenter.i18n import gettext as _
from contactcenter.queries import wording
from contactcenter.services.editing import change
from contactcenter.services.editing.kind import Names
from contactcenter.services.portable import apply, effects, export, parse, plan, stored, titles
from contactcenter.services.portable.parse import Content, NotOurFile
from contactcenter.services.portable.plan import Plan
from contactcenter.services.portable.stored import Stored
from contactcenter.web import settings_frame
from contactcenter.web.door import reads, tries, writes

bp = Blueprint("settings_file", __name__, url_prefix="/installningar/export-import")
PAGE = "export-import"


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file that was read: its content or why there is none, and under which key its bytes are kept."""

    content: Content | None
    key: str = ""
    refusal: str = ""


@bp.get("")
@reads(Permission.SETTINGS)
def index(session: Session, actor: Actor) -> ResponseReturnValue:
    """Take a file out, or choose one to bring in."""
    return _page(session, actor)


@bp.get("/fil")
@reads(Permission.SETTINGS)
def download(session: Session, actor: Actor) -> ResponseReturnValue:
    """All settings as they are now."""
    response = Response(export.write(session), mimetype="application/json")
    name = f"installningar-{wording.local(clock.now()):%Y-%m-%d}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _receive(session: Session, actor: Actor) -> Callable[[], Uploaded]:
    """Read the chosen file and keep its bytes, so that what is brought in later is what was looked at now."""

    def work() -> Uploaded:
        chosen = request.files.get("file")
        if chosen is None or not chosen.filename:
            return Uploaded(None, refusal=_("Choose a file first."))
        written = chosen.stream.read(parse.MOST_BYTES + 1)
        try:
            content = parse.read(written)
            return Uploaded(content, runtime.current().blobs.put(written))
        except NotOurFile as error:
            return Uploaded(None, refusal=str(error))

    return work


def _fetch(session: Session, actor: Actor) -> Callable[[], Uploaded]:
    """The file that was looked at, by its signed key.

    Raises:
        InvalidInput: the key is not what this person was given.
    """
    key, given = request.form.get("file", ""), request.form.get("signature", "")
    if not secrets.compare_digest(given.encode(), _signature(actor, key).encode()):
        raise InvalidInput(_("Choose the file again: this is not the one that was looked at."))

    def work() -> Uploaded:
        blobs = runtime.current().blobs
        if not blobs.has(key):
            return Uploaded(None, refusal=_("The file is no longer here. Choose it again."))
        return Uploaded(parse.read(blobs.get(key)), key)

    return work


@bp.post("")
@tries(Permission.SETTINGS, prepare=_receive)
def upload(session: Session, actor: Actor, prepared: Uploaded) -> ResponseReturnValue:
    """What a file would change; nothing is changed yet."""
    if prepared.content is None:
        return _page(session, actor, status=422, refusal=prepared.refusal)
    now = stored.load(session)
    return _preview(session, actor, prepared, plan.make(prepared.content, now), now)


@bp.post("/tillampa")
@writes(Permission.SETTINGS, prepare=_fetch)
def carry_out(session: Session, actor: Actor, prepared: Uploaded) -> ResponseReturnValue:
    """Bring it in, when that would still change exactly what was shown."""
    if prepared.content is None:
        raise Conflict(prepared.refusal)
    change.lock(session)
    now = stored.load(session)
    made = plan.make(prepared.content, now)
    if made.problems or made.fingerprint != request.form.get("plan", ""):
        return _preview(session, actor, prepared, made, now, is_stale=True)
    apply.carry_out(session, made, now, actor.agent_id)
    return redirect(url_for("settings_file.index", klart=len(made.items)), 303)


def _signature(actor: Actor, key: str) -> str:
    return runtime.current().keys.form.mac_text(f"settings-file:{actor.agent_id}:{key}")


def _preview(
    session: Session, actor: Actor, given: Uploaded, made: Plan, now: Stored, *, is_stale: bool = False
) -> Response:
    status = 409 if is_stale else 422 if made.problems else 200
    touched = effects.of_plan(Names(session, actor), made, now)
    sections = titles.told(made, touched)
    signature = _signature(actor, given.key)
    file = {"key": given.key, "signature": signature, "is_stale": is_stale}
    return _page(session, actor, status=status, plan=made, sections=sections, untold=touched.untold, **file)


def _page(session: Session, actor: Actor, *, status: int = 200, **shown: object) -> Response:
    asked = request.args.get("klart", "")
    done = int(asked) if asked.isdecimal() and len(asked) < 7 else None
    frame = settings_frame.frame(session, actor, PAGE)
    most = parse.MOST_BYTES // 1_000_000
    return make_response(render_template("pages/settings_file.html", done=done, most=most, **shown, **frame), status)

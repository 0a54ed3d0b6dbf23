"""Drafts: saved while they are typed, with their files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeGuard

from flask import Blueprint, Response, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from contactcenter import runtime
from contactcenter.access import Actor, Permission, get_ticket
from contactcenter.errors import InvalidInput, NotFound, TooLarge
from contactcenter.filenames import safe_name
from contactcenter.i18n import gettext as _
from contactcenter.model import Ticket
from contactcenter.model.words import ChannelKind, DraftKind
from contactcenter.queries import shapes, timeline, wording
from contactcenter.queries.addressees import addressees
from contactcenter.services import audit, drafts
from contactcenter.services.entries import StoredFile
from contactcenter.services.recipients import Wanted
from contactcenter.web import page
from contactcenter.web.door import reads, writes

bp = Blueprint("drafts", __name__)


def _kind(text: str) -> DraftKind:
    try:
        return DraftKind(text)
    except ValueError as error:
        raise NotFound() from error


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31


@bp.put("/f/arende/<int:number>/utkast/<kind>")
@writes(Permission.NOTE)
def save(session: Session, actor: Actor, number: int, kind: str) -> ResponseReturnValue:
    """Keep what was typed. A late older save gets 409 and changes nothing."""
    try:
        asked = request.get_json(silent=True)
    except RecursionError as error:
        raise InvalidInput(_("The draft could not be read."), field="text") from error
    if not isinstance(asked, dict) or not isinstance(asked.get("text"), str):
        raise InvalidInput(_("The draft could not be read."), field="text")
    seq, seen_seq = asked.get("seq"), asked.get("seen_seq", 0)
    if not _is_count(seq) or not _is_count(seen_seq):
        raise InvalidInput(_("The draft could not be read."), field="seq")
    ticket = get_ticket(session, actor, number)
    draft = drafts.save(session, actor, ticket, _kind(kind), page.typed(asked["text"]), seq, seen_seq, _wanted(asked))
    return jsonify(saved=wording.clock_time(draft.saved_at), seq=draft.seq)


def _wanted(asked: dict[str, Any]) -> Wanted | None:
    """Whom the draft is for; None when the page says nothing of it."""
    if "to" not in asked:
        return None
    typed = [asked.get(name, "") for name in ("to", "cc", "bcc")]
    if not all(isinstance(value, str) for value in typed):
        raise InvalidInput(_("The draft could not be read."), field="to")
    return Wanted(*map(page.typed, typed))


@bp.get("/f/arende/<int:number>/mottagare")
@reads(Permission.REPLY)
def recipients(session: Session, actor: Actor, number: int) -> ResponseReturnValue:
    """Whom an answer would go to now, after something has come, and whom the last one did not reach."""
    ticket = get_ticket(session, actor, number)
    audit.on_ticket(session, actor, "read", ticket)
    who = addressees(session, ticket, drafts.find(session, actor, ticket, DraftKind.REPLY))
    label = wording.channel_label(ChannelKind.EMAIL)
    return render_template(
        "partials/addressees.html", who=who, number=number, channel="email", channel_label=label, **page.frame()
    )


@bp.get("/f/arende/<int:number>/utkast/<kind>/filer")
@reads(Permission.NOTE)
def files(session: Session, actor: Actor, number: int, kind: str) -> ResponseReturnValue:
    """The files of a draft."""
    return _files(session, actor, get_ticket(session, actor, number), _kind(kind))


@dataclass(frozen=True, slots=True)
class _Uploads:
    """Files whose bytes are stored, up to the first that is too large."""

    files: tuple[StoredFile, ...] = ()
    problem: shapes.Problem | None = None


def _store_uploads(session: Session, actor: Actor, number: int, kind: str) -> Callable[[], _Uploads]:
    get_ticket(session, actor, number)
    here = runtime.current()
    limit = here.settings.limits.attachment_bytes

    def stored() -> _Uploads:
        files: list[StoredFile] = []
        for upload in request.files.getlist("file"):
            content = upload.stream.read(limit + 1)
            if not upload.filename and not content:
                continue  # a browser without scripts sends this where no file was chosen
            if len(content) > limit:
                return _Uploads(tuple(files), _too_large(upload.filename or "", limit))
            media_type = (upload.mimetype or "application/octet-stream")[:127]
            name = safe_name(upload.filename or "")
            files.append(StoredFile(name, media_type, len(content), here.blobs.put(content)))
        return _Uploads(tuple(files))

    return stored


@bp.post("/f/arende/<int:number>/utkast/<kind>/filer")
@writes(Permission.NOTE, prepare=_store_uploads)
def attach(session: Session, actor: Actor, number: int, kind: str, prepared: _Uploads) -> ResponseReturnValue:
    """Add files to a draft (`file`), or take one out (`remove`)."""
    ticket = get_ticket(session, actor, number, lock=True)
    chosen = _kind(kind)
    removed = request.form.get("remove", "")
    if removed.isdecimal() and len(removed) < 16:
        drafts.detach(session, actor, ticket, chosen, int(removed))
        return _files(session, actor, ticket, chosen)
    most = runtime.current().settings.limits.reply_bytes
    for file in prepared.files:
        try:
            drafts.attach(session, actor, ticket, chosen, file, most)
        except TooLarge as error:
            return _files(session, actor, ticket, chosen, shapes.Problem(title=error.text))
    return _files(session, actor, ticket, chosen, prepared.problem)


def _too_large(name: str, limit: int) -> shapes.Problem:
    return shapes.Problem(
        title=_("%(name)s is larger than %(size)s MB.", name=name[:80], size=limit // 1_000_000),
        text=_("Make it smaller or share it in another way."),
    )


@bp.delete("/f/arende/<int:number>/utkast/<kind>/filer/<int:file_id>")
@writes(Permission.NOTE)
def detach(session: Session, actor: Actor, number: int, kind: str, file_id: int) -> ResponseReturnValue:
    """Take a file out of a draft."""
    ticket = get_ticket(session, actor, number, lock=True)
    drafts.detach(session, actor, ticket, _kind(kind), file_id)
    return _files(session, actor, ticket, _kind(kind))


def _files(
    session: Session, actor: Actor, ticket: Ticket, kind: DraftKind, problem: shapes.Problem | None = None
) -> Response:
    session.flush()
    if not page.is_htmx() and not request.headers.get("X-CSRF"):
        if problem is not None:
            raise TooLarge(" ".join((problem.title, problem.text)).strip())
        return page.back_to(ticket.number)
    draft = drafts.find(session, actor, ticket, kind)
    shown = timeline.files(drafts.files(session, draft)) if draft else ()
    part = render_template(
        "partials/draft_files.html", files=shown, kind=kind.value, problem=problem, number=ticket.number, **page.frame()
    )
    return make_response(part, 413 if problem else 200)

"""Files and originals: always downloads or a sandbox, never something that runs as ours (ASVS 5.0 5.4.1, 3.2.1)."""

from __future__ import annotations

from base64 import b64encode

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.email.links import name_hosts
from contactcenter import runtime, viewable
from contactcenter.access import Actor, Permission, get_ticket, visible_tickets
from contactcenter.errors import NotFound
from contactcenter.i18n import language
from contactcenter.model import Attachment, Draft, Entry, EntryMessage, Inbox, Ticket
from contactcenter.queries import pictures
from contactcenter.services import audit
from contactcenter.web import page
from contactcenter.web.door import reads

bp = Blueprint("files", __name__)


@bp.get("/filer/<int:file_id>/<path:name>")
@reads(Permission.READ)
def show(session: Session, actor: Actor, file_id: int, name: str) -> ResponseReturnValue:
    """Download a file of a ticket that the actor may see, or of a draft of their own."""
    attachment, ticket = _file(session, actor, file_id)
    audit.on_ticket(session, actor, "read_file", ticket, file=file_id)
    return page.download(attachment.blob_key, attachment.name)


@bp.get("/visa/<int:file_id>/<path:name>")
@reads(Permission.READ)
def view(session: Session, actor: Actor, file_id: int, name: str) -> ResponseReturnValue:
    """Show a picture or a PDF of a ticket that the actor may see; whatever else it is called, nothing else is shown.

    With `?liten` it is drawn unasked, and only if it takes little memory.
    """
    attachment, ticket = _file(session, actor, file_id)
    try:
        most = viewable.THUMB_PIXELS if "liten" in request.args else viewable.MOST_PIXELS
        kind = viewable.kind_of(runtime.current().blobs.head(attachment.blob_key, viewable.HEAD_BYTES), most)
    except OSError as error:
        raise NotFound() from error
    if not kind:
        return page.without_rights(Response(render_template("pages/not_viewable.html", locale=language()), 415))
    audit.on_ticket(session, actor, "read_file", ticket, file=file_id)
    return page.shown(attachment.blob_key, attachment.name, kind)


def _file(session: Session, actor: Actor, file_id: int) -> tuple[Attachment, Ticket]:
    """A file that there is something of, with its ticket.

    Raises:
        NotFound: there is none, or not for the actor.
    """
    attachment = session.get(Attachment, file_id)
    ticket = _ticket_of(session, actor, attachment)
    if attachment is None or ticket is None or (attachment.problem and not attachment.size):
        raise NotFound()
    return attachment, ticket


def _ticket_of(session: Session, actor: Actor, attachment: Attachment | None) -> Ticket | None:
    if attachment is None:
        return None
    if attachment.entry_id is not None:
        place = select(Entry.ticket_id).where(Entry.id == attachment.entry_id)
    else:
        place = select(Draft.ticket_id).where(Draft.id == attachment.draft_id, Draft.agent_id == actor.agent_id)
    return session.scalar(select(Ticket).where(Ticket.id == place.scalar_subquery(), visible_tickets(actor)))


def _entry(session: Session, ticket: Ticket, entry_id: int) -> Entry:
    entry = session.get(Entry, entry_id)
    if entry is None or entry.ticket_id != ticket.id:
        raise NotFound()
    return entry


@bp.get("/arenden/<int:number>/original/<int:entry_id>")
@reads(Permission.READ)
def html(session: Session, actor: Actor, number: int, entry_id: int) -> ResponseReturnValue:
    """The cleaned HTML of a mail, for a frame without rights; remote images only when asked for."""
    ticket = get_ticket(session, actor, number)
    entry = _entry(session, ticket, entry_id)
    body = session.scalar(select(EntryMessage).where(EntryMessage.entry_id == entry.id))
    if body is None or not body.html:
        raise NotFound()
    audit.on_ticket(session, actor, "read", ticket, entry=entry_id)
    cleaned = Markup(_with_images(session, entry, name_hosts(body.html)))  # noqa: S704 - cleaned when it was read
    response = Response(render_template("pages/mail_html.html", html=cleaned, lang=body.language))
    images = "data: https: http:" if request.args.get("bilder") == "1" else "data:"
    response.headers["Content-Security-Policy"] = (
        f"sandbox allow-popups; default-src 'none'; img-src {images}; style-src 'none'; form-action 'none'; "
        "frame-ancestors 'self'; base-uri 'none'"
    )
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _with_images(session: Session, entry: Entry, text: str) -> str:
    """Pictures that came with the mail are put into the page: its frame may fetch nothing of ours."""
    rows = session.scalars(select(Attachment).where(Attachment.entry_id == entry.id)).all()
    return pictures.draw(text, rows, _written_out)


def _written_out(row: Attachment) -> str:
    """The bytes of a picture as an address of their own; empty when they are lost."""
    path = runtime.current().blobs.path(row.blob_key)
    return f"data:{row.media_type};base64,{b64encode(path.read_bytes()).decode()}" if path.exists() else ""


@bp.get("/arenden/<int:number>/ra/<int:entry_id>")
@reads(Permission.READ)
def raw(session: Session, actor: Actor, number: int, entry_id: int) -> ResponseReturnValue:
    """The mail exactly as it arrived."""
    ticket = get_ticket(session, actor, number)
    entry = _entry(session, ticket, entry_id)
    row = session.get(Inbox, entry.inbox_id) if entry.inbox_id else None
    if row is None:
        raise NotFound()
    audit.on_ticket(session, actor, "read_raw", ticket, entry=entry_id)
    prefix = runtime.current().settings.instance.ticket_prefix
    return page.download(row.raw_key, f"{prefix}-{ticket.number}-{entry.seq}.eml")

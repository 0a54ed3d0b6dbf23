"""What an agent is writing: kept on the server for each ticket, agent and face of the composer."""

from __future__ import annotations

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from contactcenter import clock
from contactcenter.access import Actor, Permission
from contactcenter.db import is_postgres
from contactcenter.errors import Conflict, InvalidInput, NotFound, TooLarge
from contactcenter.i18n import gettext as _
from contactcenter.model import Attachment, Draft, Ticket
from contactcenter.model.words import DraftKind
from contactcenter.queries import recipients as known
from contactcenter.services import audit
from contactcenter.services.entries import StoredFile
from contactcenter.services.recipients import LONGEST, Wanted

MAX_CHARACTERS = 200_000


def find(session: Session, actor: Actor, ticket: Ticket, kind: DraftKind, *, lock: bool = False) -> Draft | None:
    """The actor's own draft, if there is one."""
    query = select(Draft).where(Draft.ticket_id == ticket.id, Draft.agent_id == actor.agent_id, Draft.kind == kind)
    return session.scalar(query.with_for_update() if lock else query)


def save(
    session: Session,
    actor: Actor,
    ticket: Ticket,
    kind: DraftKind,
    text: str,
    seq: int,
    seen_seq: int,
    wanted: Wanted | None = None,
) -> Draft:
    """Keep what was typed. `seq` counts the saves of one browser page, so that a late older save cannot win.

    Whom it is for (`wanted`) is kept as it was typed, half an address too, and as before where it is left out.

    Raises:
        Conflict: a newer save is already here; its text stays.
        InvalidInput: a field of addresses is longer than `recipients.LONGEST`.
        TooLarge: more than `MAX_CHARACTERS`.
    """
    actor.require(Permission.NOTE if kind is DraftKind.NOTE else Permission.REPLY)
    if len(text) > MAX_CHARACTERS:
        raise TooLarge(_("The text is too long. Attach it as a file instead."))
    if wanted is not None and max(map(len, (wanted.to or "", wanted.copies, wanted.blind_copies))) > LONGEST:
        raise InvalidInput(_("Too many addresses have been written."), field="to")
    draft = _own(session, actor, ticket, kind)
    if seq <= draft.seq:
        raise Conflict(_("A newer version of the draft is already saved."), seq=draft.seq)
    draft.text, draft.seq, draft.seen_seq, draft.saved_at = text, seq, seen_seq, clock.now()
    if wanted is not None:
        address_to(session, ticket, draft, wanted)
    return draft


def address_to(session: Session, ticket: Ticket, draft: Draft, wanted: Wanted) -> None:
    """Keep whom a draft is for. The usual one is not written down: who that is may change until it is sent."""
    to = (wanted.to or "").strip()
    draft.recipients = "" if to == known.usual(session, ticket) else to
    draft.copies, draft.blind_copies = wanted.copies.strip(), wanted.blind_copies.strip()


def attach(session: Session, actor: Actor, ticket: Ticket, kind: DraftKind, file: StoredFile, limit: int) -> Attachment:
    """Add a stored file to a draft. `limit` is the most bytes that all files of one message may have.

    Raises:
        TooLarge: the files would be more than `limit` together.
    """
    actor.require(Permission.NOTE if kind is DraftKind.NOTE else Permission.REPLY)
    draft = _own(session, actor, ticket, kind)
    total = session.scalar(select(func.coalesce(func.sum(Attachment.size), 0)).where(Attachment.draft_id == draft.id))
    if (total or 0) + file.size > limit:
        raise TooLarge(_("The files are more than %(size)s MB together.", size=limit // 1_000_000))
    attachment = Attachment(
        draft_id=draft.id,
        domain_id=ticket.domain_id,
        name=file.name,
        media_type=file.media_type,
        size=file.size,
        sha256=file.key,
        blob_key=file.key,
    )
    session.add(attachment)
    session.flush()
    return attachment


def detach(session: Session, actor: Actor, ticket: Ticket, kind: DraftKind, attachment_id: int) -> None:
    """Take a file out of the actor's own draft.

    Raises:
        NotFound: it is not there.
    """
    draft = find(session, actor, ticket, kind, lock=True)
    attachment = session.get(Attachment, attachment_id)
    if draft is None or attachment is None or attachment.draft_id != draft.id:
        raise NotFound()
    session.delete(attachment)


def files(session: Session, draft: Draft) -> list[Attachment]:
    """The files of a draft, oldest first."""
    return list(session.scalars(select(Attachment).where(Attachment.draft_id == draft.id).order_by(Attachment.id)))


def discard(session: Session, draft: Draft) -> None:
    """Remove a draft whose text has become a message or a note; its files have moved there before."""
    session.execute(delete(Draft).where(Draft.id == draft.id))


def _own(session: Session, actor: Actor, ticket: Ticket, kind: DraftKind) -> Draft:
    """The actor's own draft, locked; of two first saves at once one makes it and the other finds it."""
    draft = find(session, actor, ticket, kind, lock=True)
    if draft is None:
        audit.on_ticket(session, actor, "draft", ticket)
        insert = postgresql_insert if is_postgres(session) else sqlite_insert
        new = insert(Draft).values(ticket_id=ticket.id, agent_id=actor.agent_id, kind=kind, saved_at=clock.now())
        session.execute(new.on_conflict_do_nothing())
        draft = find(session, actor, ticket, kind, lock=True)
    if draft is None:
        raise NotFound()
    return draft

"""For whatever watches the service: is it alive, is it ready?"""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from contactcenter import runtime
from contactcenter.db import transaction
from contactcenter.queries import health, mailbox_health
from contactcenter.web.door import public

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def live() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """The database answers, the disk has room, and nothing waits too long; 503 when one of them does not hold.

    In words and not in numbers: anybody may ask, and how much waits says something of tickets. Mailboxes of others are
    told of where there are any, and change nothing: pages are to be had while a mail server is away.
    """
    here = runtime.current()
    free = here.blobs.free()
    checks: dict[str, object] = {"disk": "ok" if free > here.settings.limits.free_disk_bytes else "full"}
    try:
        with transaction(read_only=True) as session:
            backlog = health.backlog(session)
            words = {each.word for each in mailbox_health.of(session, here.settings.channels.mail.mailboxes)}
        checks["database"] = "ok"
        checks["backlog"] = "ok" if backlog.is_well else "late"
        if words:
            checks["mailboxes"] = "ok" if words == {"ok"} else "trouble"
    except SQLAlchemyError:
        checks["database"] = "away"
    well = all(checks.get(name) == "ok" for name in ("disk", "database", "backlog"))
    return jsonify(status="ok" if well else "not ready", **checks), 200 if well else 503

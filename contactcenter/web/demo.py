"""Taking the example data out, once somebody real can administer."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from contactcenter import runtime
from contactcenter.access import Actor, Permission
from contactcenter.db import after_commit
from contactcenter.demo import build
from contactcenter.services import demo_data
from contactcenter.web.door import writes

bp = Blueprint("demo", __name__)


@bp.post("/exempeldata/ta-bort")
@writes(Permission.REMOVE_DEMO)
def remove(session: Session, actor: Actor) -> ResponseReturnValue:
    """Remove the example tickets, residents and colleagues; topics, groups and offices stay to be edited."""
    data = runtime.current().data
    build.remove(session)
    after_commit(session, lambda: demo_data.mark_removed(data))
    return redirect(url_for("tickets.queue"), 303)

"""The door of every page: who is it, may they, is it really their browser; then one transaction around the view.

`reads(permission)` runs a view in a read-only transaction, and once more in a writing one when a look must be recorded.
`writes(permission)` runs it in a writing one after checking the form token and where the request comes from
(ASVS 5.0 3.5.1, 3.5.3); `tries(permission)` checks the same and runs it in a read-only one. `public()` marks what needs
no session.
"""

from __future__ import annotations

import functools
import secrets
import time
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Response, g, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from contactcenter import logs, metrics, runtime
from contactcenter.access import Actor, Permission, actor_for
from contactcenter.db import WriteNeeded, had_to_write, transaction
from contactcenter.errors import NotAllowed, NotSignedIn
from contactcenter.i18n import gettext as _
from contactcenter.services import sessions

log = logs.get_logger(__name__)
View = Callable[..., ResponseReturnValue]
Prepare = Callable[..., Callable[[], Any]]
F = TypeVar("F", bound=View)
Result = TypeVar("Result")
FORM_COOKIE = "cc_form"
PUBLIC = "public"
MOST_RECORDED = 10_000
_recorded: set[tuple[int, str]] = set()
"""Session and page of the last looks that had to be recorded. A guess and no more: a wrong one only costs time."""


def public(view: F) -> F:
    """Mark a view that anybody may call; it opens its own transaction."""
    view.permission = PUBLIC  # type: ignore[attr-defined]
    return view


def reads(permission: Permission) -> Callable[[View], View]:
    """A view `(session, actor, …)` that changes nothing."""
    return _guarded(permission, writing=False)


def writes(permission: Permission, prepare: Prepare | None = None) -> Callable[[View], View]:
    """A view `(session, actor, …)` that changes something.

    What takes long and needs no lock (hashing, files) is work of `prepare(session, actor, …)`: it looks up in a reading
    transaction what it needs, and returns what is then called with none open. The result is the view's `prepared`.
    """
    return _guarded(permission, writing=True, prepare=prepare)


def tries(permission: Permission, prepare: Prepare | None = None) -> Callable[[View], View]:
    """A view `(session, actor, …)` that shows what a form would change: it changes nothing and holds up no writer."""
    return _guarded(permission, writing=True, prepare=prepare, only_looks=True)


def _guarded(
    permission: Permission, *, writing: bool, prepare: Prepare | None = None, only_looks: bool = False
) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @functools.wraps(view)
        def wrapper(**arguments: Any) -> ResponseReturnValue:
            if writing:
                check_origin()
                receive()
            if prepare is not None:
                with transaction(read_only=True) as session:
                    work = _run(prepare, session, permission, writing, arguments)
                arguments["prepared"] = work()
            if writing and not only_looks:
                with transaction() as session:
                    return _run(view, session, permission, writing, arguments)
            return _look(lambda session: _run(view, session, permission, writing, arguments))

        wrapper.permission = permission  # type: ignore[attr-defined]
        wrapper.writing = writing  # type: ignore[attr-defined]
        return wrapper

    return decorate


def _look(run: Callable[[Session], Result]) -> Result:
    """Reads in a read-only transaction, or in a writing one when the look must be recorded.

    Whose last look at such a page was recorded begins with a writing one, instead of reading everything twice.
    """
    key = (hash(session_token()), request.endpoint or "")
    if key not in _recorded:
        try:
            with transaction(read_only=True) as session:
                return run(session)
        except WriteNeeded:
            _recorded.add(key)
            if len(_recorded) > MOST_RECORDED:
                _recorded.clear()
    with transaction() as session:
        seen = run(session)
        if not had_to_write(session):
            _recorded.discard(key)
    return seen


def receive() -> None:
    """Take in the whole body of a request before any transaction is open: the network is slower than a lock is patient.

    Raises:
        NotSignedIn: the browser has no session; its body is not read.
    """
    if not session_token():
        raise NotSignedIn()
    request.get_data(cache=True, parse_form_data=True)


def _run(
    view: Callable[..., Result], session: Session, permission: Permission, writing: bool, arguments: dict[str, Any]
) -> Result:
    actor = sign_in(session)
    if writing:
        check_form_token()
    actor.require(permission)
    return view(session, actor, **arguments)


def sign_in(session: Session) -> Actor:
    """The actor of this request's session, with rights as they are now.

    Raises:
        NotSignedIn: there is no living session.
    """
    row = sessions.find(session, session_token())
    session.info["signed_in"] = row  # else the session forgets the agent, and a page asks for them again
    g.locale = row.agent.locale
    g.session_id = row.id if sessions.needs_touch(row) else None
    return actor_for(session, row.agent)


def touch_session(response: Response) -> Response:
    """After a request that was signed in: remember, once a minute, that the session is in use.

    What a page asks for by itself is no use: an idle browser is signed out in the end.
    """
    asked_by_script = request.method == "GET" and request.path.startswith("/f/")
    if getattr(g, "session_id", None) is not None and response.status_code < 400 and not asked_by_script:
        try:
            with transaction() as session:
                sessions.touch(session, g.session_id)
        except SQLAlchemyError as error:
            # What was asked for is done; the next request touches the session.
            log.warning("session_not_touched", error=str(error))
    return response


def begin_clock() -> None:
    """Remember when the request came."""
    g.began = time.perf_counter()


def stop_clock(response: Response) -> Response:
    """Count the request and how long it took, by its route and the first digit of its answer."""
    took = time.perf_counter() - g.get("began", time.perf_counter())
    metrics.REQUESTS.labels(request.endpoint or "none", f"{response.status_code // 100}xx").observe(took)
    return response


def session_token() -> str:
    """The token that the browser sent."""
    return request.cookies.get(sessions.cookie_name(runtime.current().settings), "")


def is_secure() -> bool:
    """Whether people reach us over HTTPS, by configuration and never by what a request says."""
    return runtime.current().settings.web.public_url.startswith("https://")


def form_token() -> str:
    """The token of this browser's forms: bound to the session, or to a cookie before there is one."""
    key = runtime.current().keys.form
    token = session_token()
    if token:
        return key.mac_text(f"session:{token}")
    if not getattr(g, "form_cookie", ""):
        g.form_cookie = request.cookies.get(FORM_COOKIE, "") or secrets.token_urlsafe(24)
    return key.mac_text(f"visitor:{g.form_cookie}")


def check_form_token() -> None:
    """Raises NotAllowed unless the form, or the script's header, carries this browser's token."""
    sent = request.headers.get("X-CSRF") or request.form.get("csrf", "")
    if not secrets.compare_digest(sent.encode(), form_token().encode()):
        raise NotAllowed(_("The page is too old. Reload it and try again; your text is saved."))


def check_origin(*, hidden: bool = False) -> None:
    """Raises NotAllowed when a browser says that another site sent this request.

    `hidden`: the page's address is a secret, and browsers then say `Origin: null` for its own forms (Fetch §3.2).
    """
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin", "")
    if hidden and origin == "null":
        origin = ""
    if site not in ("same-origin", "none") or (origin and urlsplit(origin).netloc != _own_host()):
        raise NotAllowed(_("The request came from another site."))


def _own_host() -> str:
    public_url = runtime.current().settings.web.public_url
    return urlsplit(public_url).netloc if public_url else request.host

"""The first door of a live connection: only our own pages, only with a living session."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from werkzeug.http import parse_cookie

from contactcenter.live.origin import is_allowed

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]


class Gate:
    """Lets pages through to `inner`, and of sockets those at `path` that come from us and are signed in."""

    def __init__(
        self, inner: AsgiApp, path: str, public_url: str, cookie: str, alive: Callable[[str], Awaitable[bool]]
    ) -> None:
        self._inner = inner
        self._path = path
        self._public_url = public_url
        self._cookie = cookie
        self._alive = alive

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection, as ASGI has it. A socket closed before it is accepted is answered 403."""
        if scope["type"] == "websocket" and not await self._may_enter(scope):
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        await self._inner(scope, receive, send)

    async def _may_enter(self, scope: Scope) -> bool:
        if not scope["path"].startswith(self._path):
            return False
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if not is_allowed(headers.get("origin", ""), headers.get("host", ""), self._public_url):
            return False
        token = token_of(headers.get("cookie", ""), self._cookie)
        return bool(token) and await self._alive(token)


def token_of(cookies: str, name: str) -> str:
    """The session token in a Cookie header, empty when there is none."""
    return parse_cookie(cookies).get(name, "")

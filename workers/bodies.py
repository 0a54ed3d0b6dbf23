"""Waits for the whole body of a request before one of the few threads that make pages is taken for it.

Otherwise as many half-sent requests as there are threads would stop every page. Here a slow sender costs one socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from contactcenter.live.gate import AsgiApp, Receive, Scope, Send

MEMORY = 1024 * 1024
SMALL = 65_536
ALL_TOGETHER = 20
PIECE = 262_144

Message = MutableMapping[str, Any]


class WholeBodies:
    """An ASGI application around `inner`, which gets each request with its body or not at all.

    `limit` is in bytes. A body of which nothing comes for `idle_seconds` is refused (408, RFC 9110 §15.5.9), and so is
    one that is not there after `seconds` and a second more for every `pace` bytes that are. All bodies together may
    take the room of `ALL_TOGETHER` largest ones on disk; small ones, like a form without files, are taken even then.
    """

    def __init__(
        self, inner: AsgiApp, limit: int, *, seconds: float = 60, idle_seconds: float = 15, pace: int = 32_768
    ) -> None:
        self._inner = inner
        self._limit = limit
        self._seconds, self._idle_seconds, self._pace = seconds, idle_seconds, pace
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection, as ASGI has it; what is not a request is passed on as it is."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
        elif _announced(scope) > self._limit:  # nothing of it is read: the application refuses it by its length (413)
            await self._inner(scope, _Whole(None, 0, receive), send)
        else:
            await self._take(scope, receive, send)

    async def _take(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = _Body()
        try:
            refused = await self._fill(body, receive)
            if refused is HTTPStatus.REQUEST_ENTITY_TOO_LARGE:  # as if it had been announced: the page says what to do
                await self._inner(_with_length(scope, self._limit + 1), _Whole(None, 0, receive), _closing(send))
            elif refused is not None:
                await _refuse(send, refused)
            elif body.is_whole:
                body.file.seek(0)
                await self._inner(_with_length(scope, body.size), _Whole(body.file, body.size, receive), send)
        finally:
            self._held -= body.size
            body.file.close()

    async def _fill(self, body: _Body, receive: Receive) -> HTTPStatus | None:
        """Read until the end, a refusal, or until the sender is gone, to whom nothing is to be answered."""
        clock = asyncio.get_running_loop().time
        began = clock()
        while not body.is_whole:
            left = began + self._seconds + body.size / self._pace - clock()
            try:
                async with asyncio.timeout(min(left, self._idle_seconds)):
                    message = await receive()
            except TimeoutError:
                return HTTPStatus.REQUEST_TIMEOUT
            if message["type"] != "http.request":
                return None
            piece = message.get("body", b"")
            if body.size + len(piece) > self._limit:
                return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            if body.size + len(piece) > SMALL and self._held + len(piece) > ALL_TOGETHER * self._limit:
                return HTTPStatus.SERVICE_UNAVAILABLE
            self._held += len(piece)
            body.size += len(piece)
            body.file.write(piece)
            body.is_whole = not message.get("more_body", False)
        return None


class _Body:
    """What has come so far: in memory while it is small, then in a file without a name."""

    def __init__(self) -> None:
        self.file: IO[bytes] = SpooledTemporaryFile(MEMORY)  # noqa: SIM115 - closed by whoever made the body
        self.size = 0
        self.is_whole = False


class _Whole:
    """`receive` for the application: the body that is there, then what the connection says."""

    def __init__(self, file: IO[bytes] | None, size: int, receive: Receive) -> None:
        self._file = file
        self._left = size
        self._is_told = False
        self._receive = receive

    async def __call__(self) -> Message:
        if self._is_told:
            return await self._receive()
        piece = self._file.read(PIECE) if self._file is not None else b""
        self._left -= len(piece)
        self._is_told = self._left <= 0 or not piece
        return {"type": "http.request", "body": piece, "more_body": not self._is_told}


def _announced(scope: Scope) -> int:
    """What the sender says how long the body is, 0 if nothing; the server has looked at the number."""
    lengths = [value for name, value in scope["headers"] if name == b"content-length" and value.isdigit()]
    return max(map(int, lengths), default=0)


def _with_length(scope: Scope, size: int) -> Scope:
    """The request as if its length had been announced: without it WSGI reads no body at all (PEP 3333)."""
    told = (b"content-length", b"transfer-encoding")
    headers = [(name, value) for name, value in scope["headers"] if name not in told]
    return {**scope, "headers": [*headers, (b"content-length", b"%d" % size)]}


def _closing(send: Send) -> Send:
    """`send` for an answer after which the rest of the body is not waited for."""

    async def closing(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), (b"connection", b"close")]}
        await send(message)

    return closing


async def _refuse(send: Send, status: HTTPStatus) -> None:
    """Answer in the words of HTTP, and close: the rest of the body is not waited for."""
    text = f"{status.value} {status.phrase}\n".encode("ascii")
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(text)).encode("ascii")),
        (b"connection", b"close"),
        (b"cache-control", b"no-store"),
    ]
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append((b"retry-after", b"60"))
    await send({"type": "http.response.start", "status": status.value, "headers": headers})
    await send({"type": "http.response.body", "body": text})

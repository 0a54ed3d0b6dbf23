"""`contactcenter live`: the live connections alone, behind a proxy that sends only `/live` here."""

from __future__ import annotations

import asyncio
from pathlib import Path
from socket import socket

from flask import Flask

from contactcenter.live.gate import Receive, Scope, Send
from contactcenter.live.server import Live
from contactcenter.services import processes
from contactcenter.settings import Settings
from workers.asgi import asgi_server
from workers.bodies import WholeBodies
from workers.ports import listening, url_of
from workers.role import role
from workers.serving import say, until_told

END_WITHIN = 4
MOST_BYTES = 65_536


def live(settings: Settings, data: Path) -> int:
    """Run until SIGTERM or Ctrl-C.

    Raises:
        StartError: something is in the way; nothing runs then.
    """
    with (
        role("live", settings, data) as (app, _),
        listening(settings.live.bind, "live.bind` or `--live") as taken,
    ):
        asyncio.run(_run(app, taken))
    return 0


async def _run(app: Flask, taken: socket) -> None:
    told = until_told()
    sockets = Live(app, processes.own_name("live"))
    server = asgi_server(sockets.around(WholeBodies(_nothing_else, MOST_BYTES)), END_WITHIN)
    serving = asyncio.create_task(server.serve([taken]))
    sockets.start()
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    say(f"live {url_of(taken)}")
    ending = asyncio.create_task(told.wait())
    await asyncio.wait([serving, ending], return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True  # browsers hear 1012 and connect again, elsewhere or in a moment
    await asyncio.wait([serving], timeout=END_WITHIN + 1)
    await sockets.end()


async def _nothing_else(scope: Scope, receive: Receive, send: Send) -> None:
    """Whether the process answers; there are no pages here."""
    is_asked = scope.get("path") == "/healthz"
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200 if is_asked else 404, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"status":"ok"}\n' if is_asked else b'{"status":"not here"}\n'})

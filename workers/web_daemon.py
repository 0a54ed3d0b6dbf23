"""`contactcenter web`: the pages alone, behind a proxy that sends `/live` to `contactcenter live`.

The server takes a request whole, in one thread for all connections, before one of the threads that make pages gets it:
half-sent requests cost a socket each, and no page waits for them.
"""

from __future__ import annotations

import time
from pathlib import Path
from socket import socket
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import create_server
from waitress.task import ErrorTask, Task, WSGITask
from waitress.utilities import RequestEntityTooLarge

from contactcenter.app import create_app
from contactcenter.settings import Settings
from workers.first_start import prepare
from workers.ports import listening, url_of
from workers.role import END_WITHIN, drained, role, told
from workers.serving import say

MOST_CONNECTIONS = 500
IDLE_SECONDS = 30
LOOK_EVERY = 1.0
DRAIN_EVERY = 0.05


def pages(settings: Settings, data: Path) -> int:
    """Run until SIGTERM or Ctrl-C.

    Raises:
        StartError: something is in the way; nothing runs then.
    """
    with (
        role("web", settings, data, create_app) as (app, here),
        listening(settings.web.bind, "web.bind` or `--web") as taken,
    ):
        prepare(app, here, demo=False)
        server = Pages(app, taken, settings.web.threads)
        ending = told(server.wake)
        say(f"web {url_of(taken)}")
        while not ending.is_set():
            server.turn(LOOK_EVERY)
        drained(server.drain(END_WITHIN))
    return 0


class Pages:
    """The server of pages, on a socket that listens. Everything is called in one thread but `wake`."""

    def __init__(self, app: Flask, taken: socket, threads: int) -> None:
        self._sockets: dict[int, Any] = {}
        self._server: Any = create_server(
            app,
            map=self._sockets,
            sockets=[taken],
            threads=threads,
            max_request_body_size=app.config["MAX_CONTENT_LENGTH"],
            connection_limit=MOST_CONNECTIONS,
            channel_timeout=IDLE_SECONDS,
            cleanup_interval=IDLE_SECONDS // 3,
            clear_untrusted_proxy_headers=False,  # the application trusts one proxy, when `public_url` is set
            ident="",
        )
        self._server.channel_class = _Channel

    def wake(self) -> None:
        """Let a `turn` that waits end now; a signal handler may call it."""
        self._server.trigger.pull_trigger()

    def turn(self, seconds: float) -> None:
        """Wait up to `seconds` for something to happen, and do it."""
        wasyncore.loop(timeout=seconds, use_poll=True, map=self._sockets, count=1)

    def drain(self, seconds: float) -> bool:
        """Take no new connection and let every request that has begun be answered; False if one was cut off."""
        until = time.monotonic() + seconds
        self.turn(0)  # whoever has just connected is still let in
        wasyncore.dispatcher.close(self._server)
        self._close_idle()
        while self._server.active_channels and time.monotonic() < until:
            self.turn(DRAIN_EVERY)
            self._close_idle()
        done = not self._server.active_channels
        self._server.task_dispatcher.shutdown(timeout=0.2)
        wasyncore.close_all(self._sockets)
        return done

    def _close_idle(self) -> None:
        for channel in list(self._server.active_channels.values()):
            if not channel.requests and channel.request is None and not channel.total_outbufs_len:
                channel.handle_close()


class _TooLarge(WSGITask):  # type: ignore[misc]
    """A request whose body is not read, since it is too large: the application refuses it by its length, as a page or
    as JSON, whether the sender announced the length or not.
    """

    def execute(self) -> None:
        """Let the application answer, and close: the rest of the body is not waited for."""
        self.request.headers["CONTENT_LENGTH"] = str(self.channel.server.adj.max_request_body_size + 1)
        self.set_close_on_finish()
        super().execute()


def _refusal(channel: HTTPChannel, request: HTTPRequestParser) -> Task:
    is_size = isinstance(request.error, RequestEntityTooLarge)
    return (_TooLarge if is_size else ErrorTask)(channel, request)


class _Channel(HTTPChannel):  # type: ignore[misc]
    error_task_class = staticmethod(_refusal)

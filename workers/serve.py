"""Everything in one process: pages and sockets on one port, the mail door, mailboxes, intake, relay and timer.

The event loop has uvicorn and the SMTP server; pages, database work and sending run in threads, reading in children.
"""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, cast

from a2wsgi import WSGIMiddleware
from flask import Flask

from contactcenter import logs, migrate
from contactcenter.app import create_app
from contactcenter.db import db
from contactcenter.errors import StartError
from contactcenter.live.gate import AsgiApp
from contactcenter.live.server import Live
from contactcenter.runtime import Runtime, build_runtime
from contactcenter.services import inbox, mailboxes, outbox, processes, timers
from contactcenter.settings import Settings
from workers.asgi import AsgiServer, asgi_server
from workers.bodies import WholeBodies
from workers.first_start import prepare
from workers.heartbeat import Heartbeat
from workers.imap_loop import MailboxLoops
from workers.intake import Intake
from workers.lock import serve_lock
from workers.outgoing import sender_for
from workers.ports import is_loopback, listening, url_of
from workers.process import unit_of_work
from workers.readers import Readers
from workers.relay import Relay
from workers.serving import MailDoor, say, until_told
from workers.sweep import SweepLoop
from workers.timer import TimerLoop

log = logs.get_logger(__name__)

END_WITHIN = 2.0
PAGES_END_WITHIN = 2
WITH_REDIS = "run `contactcenter relay` and `worker` instead, on PostgreSQL, or leave `redis_url` out"


def serve(settings: Settings, data: Path, *, demo: bool = False) -> int:
    """Run until SIGTERM or Ctrl-C.

    Raises:
        StartError: something is in the way; nothing runs then.
    """
    is_local = is_loopback(settings.web.bind) and is_loopback(settings.smtp.bind)
    if demo and (not is_local or settings.web.public_url):
        raise StartError("--demo has passwords that everybody knows: it needs --web and --smtp on 127.0.0.1")
    here = build_runtime(settings, data)
    with ExitStack() as stack:
        embedded = here.database_url.startswith("sqlite")
        if embedded:
            stack.enter_context(serve_lock(here.data))
        web = stack.enter_context(listening(settings.web.bind, "web.bind` or `--web"))
        migrate.upgrade(here.database_url)
        app = create_app(here)
        notes = prepare(app, here, demo=demo)
        if settings.redis_url:
            log.warning("redis_not_used", why="serve does all the work in threads of its own", next=WITH_REDIS)
        if embedded:
            _forget_leases(app)
        readers = stack.enter_context(closing(Readers(settings.reading)))
        asyncio.run(_Serving(app, here, web, readers).run(notes))
    return 0


def _forget_leases(app: Flask) -> None:
    """Nobody else works on an embedded database: what was under way when the last process ended is free."""
    with unit_of_work(app) as session:
        inbox.release_all(session)
        outbox.release_all(session)
        timers.release_all(session)
        mailboxes.release_all(session)


class _Serving:
    """The parts of one running process."""

    def __init__(self, app: Flask, here: Runtime, web: socket.socket, readers: Readers) -> None:
        self._app = app
        self._here = here
        self._web = web
        self._intake = Intake(app, readers.quick, here.settings.reading.children, readers.patient)
        self._relay = Relay(app, sender_for(here))
        self._timer = TimerLoop(app)
        self._sweep = SweepLoop(app)
        self._mailboxes = MailboxLoops(app, here.settings.channels.mail.mailboxes)
        is_alone = here.database_url.startswith("sqlite")
        self._live = Live(app, "" if is_alone else processes.own_name("serve"))
        self._heartbeat = Heartbeat(app, "serve")

    async def run(self, notes: list[str]) -> None:
        """Start, wait until told to end, end."""
        told = until_told()
        door = MailDoor(self._app, self._here.settings)
        mail = await door.start()
        pages = self._pages()
        serving = asyncio.create_task(pages.serve([self._web]))
        self._live.start()
        self._heartbeat.start()
        self._intake.start()
        self._relay.start()
        self._timer.start()
        self._sweep.start()
        self._mailboxes.start()
        while not pages.started and not serving.done():
            await asyncio.sleep(0.01)
        say(f"web {url_of(self._web)}", f"smtp {mail}", *notes)
        ending = asyncio.create_task(told.wait())
        await asyncio.wait([serving, ending], return_when=asyncio.FIRST_COMPLETED)
        await self._end(pages, serving, door)

    def _pages(self) -> AsgiServer:
        in_threads = WSGIMiddleware(cast(Any, self._app), workers=self._here.settings.web.threads)
        pages = WholeBodies(cast(AsgiApp, in_threads), self._app.config["MAX_CONTENT_LENGTH"])
        return asgi_server(self._live.around(pages), PAGES_END_WITHIN)

    async def _end(self, pages: AsgiServer, serving: asyncio.Task[None], door: MailDoor) -> None:
        """Nothing new is taken; what is under way may finish for a moment. Nothing is lost when it does not."""
        until = time.monotonic() + END_WITHIN
        self._intake.end()
        self._relay.end()
        self._timer.end()
        self._sweep.end()
        self._mailboxes.end()
        pages.should_exit = True
        closing = [asyncio.create_task(door.stop()), asyncio.create_task(self._live.end()), serving]
        await asyncio.wait(closing, timeout=PAGES_END_WITHIN + 1)
        for work in (self._intake, self._relay, self._timer, self._sweep, self._mailboxes):
            left = max(0.1, until - time.monotonic())
            if not await asyncio.to_thread(work.join, left):
                log.warning("not_all_done", next="taken up at the next start")
        await asyncio.to_thread(self._heartbeat.end)
        with self._app.app_context():
            db.engine.dispose()

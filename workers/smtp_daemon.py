"""`contactcenter smtp`: the mail door as a process of its own, beside the processes that share its database."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from pathlib import Path

from flask import Flask

from contactcenter import schema
from contactcenter.app import create_app
from contactcenter.runtime import build_runtime
from contactcenter.settings import Settings
from workers.heartbeat import Heartbeat
from workers.lock import serve_lock
from workers.serving import MailDoor, say, until_told


def receive(settings: Settings, data: Path) -> int:
    """Take mail until SIGTERM or Ctrl-C; the database must have been upgraded.

    Raises:
        StartError: something is in the way; nothing runs then.
    """
    here = build_runtime(settings, data)
    with ExitStack() as stack:
        if here.database_url.startswith("sqlite"):
            stack.enter_context(serve_lock(here.data))
        schema.check(here.database_url)
        asyncio.run(_run(create_app(here), settings))
    return 0


async def _run(app: Flask, settings: Settings) -> None:
    told = until_told()
    door = MailDoor(app, settings)
    heartbeat = Heartbeat(app, "smtp")
    say(f"smtp {await door.start()}")
    heartbeat.start()
    await told.wait()
    await door.stop()
    await asyncio.to_thread(heartbeat.end)

"""`contactcenter smtp`: the mail door as a process of its own, beside the processes that share its database."""

from __future__ import annotations

import asyncio
from pathlib import Path

from flask import Flask

from contactcenter.settings import Settings
from workers.role import role
from workers.serving import MailDoor, say, until_told


def receive(settings: Settings, data: Path) -> int:
    """Take mail until SIGTERM or Ctrl-C; the database must have been upgraded.

    Raises:
        StartError: something is in the way; nothing runs then.
    """
    with role("smtp", settings, data) as (app, _):
        asyncio.run(_run(app, settings))
    return 0


async def _run(app: Flask, settings: Settings) -> None:
    told = until_told()
    door = MailDoor(app, settings)
    say(f"{settings.smtp.protocol} {await door.start()}")
    await told.wait()
    await door.stop()

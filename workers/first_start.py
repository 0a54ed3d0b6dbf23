"""What an empty database is given at the first start: an organisation to route by, and the example data if asked."""

from __future__ import annotations

from flask import Flask

from contactcenter import clock
from contactcenter.demo import build
from contactcenter.errors import StartError
from contactcenter.runtime import Runtime
from contactcenter.services import demo_data, first_run
from contactcenter.settings import Web
from workers.ports import is_loopback
from workers.process import unit_of_work


def prepare(app: Flask, here: Runtime, *, demo: bool) -> list[str]:
    """Fill what is empty, and give the lines that whoever started us needs to sign in.

    Whether there is example data is asked of the database: a process may have died between filling it and saying so.

    Raises:
        StartError: the example agents, whose password everybody knows, could be used by others.
    """
    with unit_of_work(app) as session:
        build.ensure_organisation(session, clock.now())
        if demo and not demo_data.was_removed(here.data) and build.is_empty(session):
            build.build(session, here, clock.now())
        logins = build.logins(session)
    if logins:
        demo_data.mark_shown(here.data)
    if logins and not demo and _is_open(here.settings.web):
        raise StartError(
            "the database has example agents with a password that everybody knows: run `contactcenter demo remove`"
            " first, or start with `web.bind` (--web) on 127.0.0.1 and no `web.public_url`"
        )
    return [f"login {login} {demo_data.PASSWORD}" for login in logins] if demo else _setup(app)


def _setup(app: Flask) -> list[str]:
    """The code to become the first administrator with in the browser, while there is none."""
    with unit_of_work(app, read_only=True) as session:
        try:
            return [f"setup {first_run.code()}"] if first_run.is_open(session) else []
        except OSError as error:
            raise StartError(f"the setup code cannot be written into the data folder: {error.strerror}") from error


def _is_open(web: Web) -> bool:
    """Whether others than this machine reach the pages, themselves or through a proxy."""
    return bool(web.public_url) or not is_loopback(web.bind)

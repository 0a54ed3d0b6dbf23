"""Settings, data folder and units of work, opened the same way by every process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from flask import Flask
from sqlalchemy.orm import Session

from contactcenter import schema
from contactcenter import settings as configuration
from contactcenter.core import create_core
from contactcenter.db import transaction
from contactcenter.errors import StartError
from contactcenter.runtime import build_runtime
from contactcenter.settings import Settings

DEFAULT_DATA = Path("var")


def load_settings(config: Path | None, *, web: str = "", live: str = "", smtp: str = "") -> Settings:
    """The settings of `config`, with the addresses of the command line where they are given.

    Raises:
        SettingsError: the file has mistakes.
        StartError: an address of the command line is neither host:port nor unix:/path.
    """
    settings = configuration.load(config)
    for option, bind in (("--web", web), ("--live", live), ("--smtp", smtp)):
        try:
            configuration.check_bind(bind or "localhost:0")
        except ValueError as error:
            raise StartError(f"{option}: {error}") from error
    return replace(
        settings,
        web=replace(settings.web, bind=web or settings.web.bind),
        live=replace(settings.live, bind=live or settings.live.bind),
        smtp=replace(settings.smtp, bind=smtp or settings.smtp.bind),
    )


def has_database(settings: Settings, data: Path) -> bool:
    """Whether there is a database: a configured one, or the file in the data folder."""
    return bool(settings.database_url) or (data / "contactcenter.db").exists()


def existing_app(settings: Settings, data: Path) -> Flask:
    """The application of a short command, which needs a database that is there and fits this version.

    Raises:
        StartError: there is none yet, it is away, or it must be upgraded first.
    """
    if not has_database(settings, data):
        raise StartError(f"{data} holds no database: run `contactcenter db upgrade --data {data}` first")
    here = build_runtime(settings, data)
    schema.check(here.database_url)
    return create_core(here)


@contextmanager
def unit_of_work(app: Flask, *, read_only: bool = False) -> Iterator[Session]:
    """An application context with one transaction in it: what a job, a daemon or a command does at a time."""
    with app.app_context(), transaction(read_only=read_only) as session:
        yield session

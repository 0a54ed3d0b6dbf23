"""What every process of ours has: runtime, database and languages. Pages are added in `contactcenter.app`."""

from __future__ import annotations

from flask import Flask, g
from flask_babel import Babel

from contactcenter import i18n, paths, runtime
from contactcenter.db import init_db
from contactcenter.runtime import Runtime


def create_core(here: Runtime) -> Flask:
    """The application of a process that serves no pages."""
    app = Flask("contactcenter", template_folder=str(paths.TEMPLATES), static_folder=str(paths.STATIC))
    runtime.attach(app, here)
    init_db(app, here.database_url)
    Babel(
        app,
        default_locale=here.settings.instance.locale,
        default_timezone=here.settings.instance.timezone,
        default_translation_directories=str(paths.TRANSLATIONS),
        locale_selector=_locale,
    )
    i18n.install(app)
    return app


def _locale() -> str:
    """The reader's own choice, or the municipality's language: a browser's setting says little at a shared desk."""
    return str(g.get("locale", "")) or runtime.current().settings.instance.locale

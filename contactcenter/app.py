"""The web application: everything wired together, once for each process."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from contactcenter.api import door as api_door
from contactcenter.api import openapi as _openapi  # noqa: F401 - its import adds the operations
from contactcenter.api import problems
from contactcenter.core import create_core
from contactcenter.runtime import Runtime
from contactcenter.web import (
    account,
    appearance,
    demo,
    door,
    drafts,
    errors,
    figures,
    files,
    first_run,
    health,
    links,
    mailboxes,
    organisation,
    page,
    parked,
    quarantine,
    replies,
    security,
    settings_file,
    staff,
    tickets,
    tokens,
    webhooks,
)

VIEWS = (
    *(
        tickets,
        replies,
        drafts,
        files,
        quarantine,
        parked,
        organisation,
        settings_file,
        appearance,
        staff,
        tokens,
        webhooks,
        mailboxes,
    ),
    *(account, links, first_run, health, figures, demo),
)


def create_app(here: Runtime) -> Flask:
    """The application for one runtime: the core, with pages, API, error pages and headers."""
    app = create_core(here)
    app.config["MAX_CONTENT_LENGTH"] = here.settings.limits.reply_bytes + 2_000_000
    app.config["MAX_FORM_MEMORY_SIZE"] = 4_000_000
    app.url_map.converters["int"] = page.Number
    for view in VIEWS:
        app.register_blueprint(view.bp)
    app.register_blueprint(api_door.bp)
    errors.register(app, {f"{api_door.PREFIX}/": problems.answer})
    app.before_request(door.begin_clock)
    app.before_request(security.lead_nowhere)
    app.after_request(door.touch_session)
    app.after_request(door.stop_clock)
    app.after_request(security.protect)
    if here.settings.web.public_url:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]
    return app

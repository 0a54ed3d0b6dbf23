"""Every route is listed here with the permission it asks for: a new one is refused until somebody has thought of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from contactcenter.access import Permission
from contactcenter.app import create_app
from contactcenter.runtime import build_runtime
from contactcenter.settings import Settings
from contactcenter.web.door import PUBLIC

TICKET, PART = "/arenden/<int:number>", "/f/arende/<int:number>"
API_TICKET = "/api/v1/tickets/<int:number>"
STAFF, TOKENS = "/installningar/medarbetare", "/installningar/nycklar"
DRAFT = f"{PART}/utkast/<kind>"

READING = {
    ("tickets.home", "/"): PUBLIC,
    ("tickets.queue", "/arenden"): Permission.READ,
    ("tickets.show", TICKET): Permission.READ,
    ("tickets.rows", "/f/rader"): Permission.READ,
    ("tickets.counts", "/f/antal"): Permission.READ,
    ("tickets.since", "/f/nytt"): Permission.READ,
    ("tickets.timeline", f"{PART}/tidslinje"): Permission.READ,
    ("tickets.state", f"{PART}/huvud"): Permission.READ,
    ("drafts.files", f"{DRAFT}/filer"): Permission.NOTE,
    ("drafts.recipients", f"{PART}/mottagare"): Permission.REPLY,
    ("files.show", "/filer/<int:file_id>/<path:name>"): Permission.READ,
    ("files.view", "/visa/<int:file_id>/<path:name>"): Permission.READ,
    ("files.html", f"{TICKET}/original/<int:entry_id>"): Permission.READ,
    ("files.raw", f"{TICKET}/ra/<int:entry_id>"): Permission.READ,
    ("quarantine.index", "/karantan"): Permission.QUARANTINE,
    ("quarantine.show", "/karantan/<int:item_id>"): Permission.QUARANTINE,
    ("quarantine.raw", "/karantan/<int:item_id>/ra"): Permission.QUARANTINE,
    ("parked.index", "/parkerat"): Permission.SORT,
    ("parked.show", "/parkerat/<int:item_id>"): Permission.SORT,
    ("parked.raw", "/parkerat/<int:item_id>/ra"): Permission.SORT,
    ("webhooks.index", "/installningar/webhookar"): Permission.AGENTS,
    ("mailboxes.index", "/installningar/brevlador"): Permission.SETTINGS,
    ("mailboxes.show", "/installningar/brevlador/<name>"): Permission.SETTINGS,
    ("organisation.index", "/installningar"): Permission.SETTINGS,
    ("organisation.history", "/installningar/historik"): Permission.SETTINGS,
    ("organisation.listing", "/installningar/<kind>"): Permission.SETTINGS,
    ("organisation.new", "/installningar/<kind>/ny"): Permission.SETTINGS,
    ("organisation.show", "/installningar/<kind>/<key>"): Permission.SETTINGS,
    ("organisation.history_of", "/installningar/<kind>/<key>/historik"): Permission.SETTINGS,
    ("settings_file.index", "/installningar/export-import"): Permission.SETTINGS,
    ("settings_file.download", "/installningar/export-import/fil"): Permission.SETTINGS,
    ("appearance.stylesheet", "/utseende/<name>.css"): PUBLIC,
    ("appearance.picture", "/utseende/logotyp/<key>"): PUBLIC,
    ("appearance.index", "/installningar/utseende"): Permission.SETTINGS,
    ("appearance.preview", "/installningar/utseende/prov.css"): Permission.SETTINGS,
    ("account.login", "/logga-in"): PUBLIC,
    ("account.password", "/konto/losenord"): Permission.READ,
    ("links.show", "/valj-losenord/<token>"): PUBLIC,
    ("first_run.start", "/kom-igang"): PUBLIC,
    ("staff.index", STAFF): Permission.AGENTS,
    ("staff.new", f"{STAFF}/ny"): Permission.AGENTS,
    ("staff.show", f"{STAFF}/<int:agent_id>"): Permission.AGENTS,
    ("staff.ask_disable", f"{STAFF}/<int:agent_id>/stang-av"): Permission.AGENTS,
    ("tokens.index", TOKENS): Permission.AGENTS,
    ("api.document", "/api/v1/openapi.json"): PUBLIC,
    ("api.list_topics", "/api/v1/topics"): Permission.READ,
    ("api.list_teams", "/api/v1/teams"): Permission.READ,
    ("api.list_offices", "/api/v1/offices"): Permission.READ,
    ("api.list_agents", "/api/v1/agents"): Permission.READ,
    ("api.list_events", "/api/v1/events"): Permission.READ,
    ("api.list_tickets", "/api/v1/tickets"): Permission.READ,
    ("api.get_one_ticket", API_TICKET): Permission.READ,
    ("health.live", "/healthz"): PUBLIC,
    ("health.ready", "/readyz"): PUBLIC,
    ("figures.show", "/metrics"): PUBLIC,
}
WRITING = {
    ("webhooks.add", "/installningar/webhookar"): Permission.AGENTS,
    ("webhooks.act", "/installningar/webhookar/<int:webhook_id>"): Permission.AGENTS,
    ("mailboxes.probe", "/installningar/brevlador/<name>/prova"): Permission.SETTINGS,
    ("tickets.take", f"{TICKET}/ta"): Permission.TAKE,
    ("tickets.release", f"{TICKET}/slapp"): Permission.TAKE,
    ("tickets.assign", f"{TICKET}/tilldela"): Permission.ASSIGN,
    ("tickets.topic", f"{TICKET}/amne"): Permission.TOPIC,
    ("tickets.park", f"{TICKET}/vila"): Permission.CLOSE,
    ("tickets.unpark", f"{TICKET}/vack"): Permission.CLOSE,
    ("tickets.close", f"{TICKET}/avsluta"): Permission.CLOSE,
    ("tickets.outcome", f"{TICKET}/utfall"): Permission.CLOSE,
    ("tickets.reopen", f"{TICKET}/oppna"): Permission.CLOSE,
    ("replies.send", f"{TICKET}/svar"): Permission.REPLY,
    ("replies.note", f"{TICKET}/anteckning"): Permission.NOTE,
    ("replies.undo", f"{TICKET}/angra/<int:entry_id>"): Permission.REPLY,
    ("replies.again", f"{TICKET}/skicka-igen/<int:entry_id>"): Permission.REPLY,
    ("replies.arrived", f"{TICKET}/kom-fram/<int:entry_id>"): Permission.REPLY,
    ("drafts.save", DRAFT): Permission.NOTE,
    ("drafts.attach", f"{DRAFT}/filer"): Permission.NOTE,
    ("drafts.detach", f"{DRAFT}/filer/<int:file_id>"): Permission.NOTE,
    ("parked.take_in", "/parkerat/<int:item_id>/ta-in"): Permission.SORT,
    ("parked.handle", "/parkerat/klart"): Permission.SORT,
    ("mailboxes.send_trial", "/installningar/brevlador/provmejl"): Permission.SETTINGS,
    ("quarantine.retry", "/karantan/<int:item_id>/forsok"): Permission.QUARANTINE,
    ("organisation.add", "/installningar/<kind>/ny"): Permission.SETTINGS,
    ("organisation.save", "/installningar/<kind>/<key>"): Permission.SETTINGS,
    ("organisation.move", "/installningar/<kind>/<key>/flytta"): Permission.SETTINGS,
    ("organisation.remove", "/installningar/<kind>/<key>/ta-bort"): Permission.SETTINGS,
    ("settings_file.upload", "/installningar/export-import"): Permission.SETTINGS,
    ("settings_file.carry_out", "/installningar/export-import/tillampa"): Permission.SETTINGS,
    ("appearance.save", "/installningar/utseende"): Permission.SETTINGS,
    ("appearance.save_logo", "/installningar/utseende/logotyp"): Permission.SETTINGS,
    ("account.password_post", "/konto/losenord"): Permission.READ,
    ("account.preferences", "/konto/val"): Permission.READ,
    ("staff.add", f"{STAFF}/ny"): Permission.AGENTS,
    ("staff.change", f"{STAFF}/<int:agent_id>"): Permission.AGENTS,
    ("staff.link", f"{STAFF}/<int:agent_id>/lank"): Permission.AGENTS,
    ("staff.disable", f"{STAFF}/<int:agent_id>/stang-av"): Permission.AGENTS,
    ("staff.enable", f"{STAFF}/<int:agent_id>/slapp-in"): Permission.AGENTS,
    ("tokens.add", TOKENS): Permission.AGENTS,
    ("tokens.revoke", f"{TOKENS}/<int:token_id>/aterkalla"): Permission.AGENTS,
    ("demo.remove", "/exempeldata/ta-bort"): Permission.REMOVE_DEMO,
    ("api.open_ticket", "/api/v1/tickets"): Permission.OPEN,
    ("api.assign_ticket", f"{API_TICKET}/assign"): Permission.ASSIGN,
    ("api.close_ticket", f"{API_TICKET}/close"): Permission.CLOSE,
    ("api.reopen_ticket", f"{API_TICKET}/reopen"): Permission.CLOSE,
    ("api.park_ticket", f"{API_TICKET}/park"): Permission.CLOSE,
    ("api.change_topic", f"{API_TICKET}/topic"): Permission.TOPIC,
    ("api.add_reply", f"{API_TICKET}/replies"): Permission.REPLY,
    ("api.add_note", f"{API_TICKET}/notes"): Permission.NOTE,
}
WRITING_WITHOUT_SESSION = {
    ("account.login_post", "/logga-in"),
    ("account.logout", "/logga-ut"),
    ("links.choose", "/valj-losenord/<token>"),
    ("first_run.start_post", "/kom-igang"),
}
FILES_OF_OURS = {("static", "/static/<path:filename>")}
METHODS = {"drafts.save": "PUT", "drafts.detach": "DELETE"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app(build_runtime(Settings(), tmp_path_factory.mktemp("routes")))


def test_every_route_is_listed_and_every_listed_one_is_there(app: Flask) -> None:
    routes = {(rule.endpoint, rule.rule) for rule in app.url_map.iter_rules()}
    assert routes == READING.keys() | WRITING.keys() | WRITING_WITHOUT_SESSION | FILES_OF_OURS


def test_every_view_declares_the_permission_that_is_listed(app: Flask) -> None:
    listed = {endpoint: permission for (endpoint, _), permission in (READING | WRITING).items()}
    listed |= {endpoint: PUBLIC for endpoint, _ in WRITING_WITHOUT_SESSION}
    declared = {endpoint: getattr(view, "permission", "none") for endpoint, view in app.view_functions.items()}
    assert declared == listed | {"static": "none"}


def test_what_changes_something_goes_through_the_writing_door(app: Flask) -> None:
    """That door checks the form token and the origin, or a bearer token; reading views answer GET alone."""
    for rule in app.url_map.iter_rules():
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        place = (rule.endpoint, rule.rule)
        if methods == {"GET"}:
            assert place in READING.keys() | FILES_OF_OURS
            assert not getattr(app.view_functions[rule.endpoint], "writing", False)
            continue
        assert methods == {METHODS.get(rule.endpoint, "POST")}
        if place not in WRITING_WITHOUT_SESSION:
            assert getattr(app.view_functions[rule.endpoint], "writing", False), place


def test_those_without_a_session_check_both_themselves() -> None:
    """They are called before and after there is one; the tests of sessions post to them with wrong tokens."""
    for endpoint, _ in WRITING_WITHOUT_SESSION:
        module, _, view = endpoint.partition(".")
        source = (Path(__file__).parents[2] / "contactcenter" / "web" / f"{module}.py").read_text()
        body = source.partition(f"def {view}(")[2].partition("\ndef ")[0]
        assert "door.check_origin(" in body
        assert "door.check_form_token()" in body

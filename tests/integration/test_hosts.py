"""The host that a request names is chosen by whoever sends it: it has no influence on any byte of an answer."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from contactcenter.db import transaction
from contactcenter.model import Outbox
from contactcenter.model.words import Role
from tests.house.sources import files, name, tree
from tests.integration import twins
from tests.integration.asking import Answer, Asker, script, the_same_each_time
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.people import Organisation, make_agent

EVIL = "evil.example"
SAID = {"HTTP_HOST": EVIL, "HTTP_X_FORWARDED_HOST": EVIL, "HTTP_FORWARDED": f"host={EVIL}", "HTTP_X_HOST": EVIL}
ODD = ("evil.example:99999", "evil.example/x", "a b", "", "[::1", "evil.example, x", "évil.example", "<script>")
ADDRESSES = (
    "/",
    "//",
    "",
    "//arenden",
    "/arenden//",
    "/static//x",
    "/api/v1//tickets",
    "/api/v1/openapi.json",
    "/logga-in",
)
OF_THE_REQUEST = {"host", "host_url", "root_url", "url_root", "base_url", "url"}
ORIGIN = ("contactcenter/web/door.py", "host")
"""Where the host is compared with the origin that a browser says, when no address is configured."""


@contextmanager
def saying(app: Flask, said: dict[str, str]) -> Iterator[None]:
    """Let every request name these hosts."""
    inner = app.wsgi_app

    def asked(environ: dict[str, object], start: object) -> object:
        return inner({**environ, **said}, start)  # type: ignore[arg-type]

    app.wsgi_app = asked  # type: ignore[assignment,method-assign]
    try:
        yield
    finally:
        app.wsgi_app = inner  # type: ignore[method-assign]


@pytest.mark.slow
@pytest.mark.parametrize("public_url", ["", "https://kontakt.ekhamra.example"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_answer_is_the_same_whatever_host_is_named(
    app: Flask, public_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def everything() -> dict[str, Answer]:
        asker = Asker(app, house)
        with the_same_each_time():
            return {f"{place} {asked}": asker.ask(asked) for place, asked in enumerate(script(house))}

    with the_same_each_time(keep=True):
        house = twins.found(app)
        twins.become(app, house, Role.ADMIN)
    Browser(app).configure(monkeypatch, "web", public_url=public_url)
    before = everything()
    with saying(app, SAID):
        after = everything()
    assert len(before) > 100
    assert [asked for asked, answer in after.items() if answer != before[asked]] == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_odd_host_is_led_to_or_breaks_anything(app: Flask, client: FlaskClient) -> None:
    for host in (EVIL, *ODD):
        for address in ADDRESSES:
            with saying(app, {**SAID, "HTTP_HOST": host, "PATH_INFO": address}):
                answer = client.get("/")
            assert answer.status_code in (200, 302, 303, 404), (host, address)
            assert "evil" not in answer.text + str(answer.headers), (host, address)
            assert not answer.headers.get("Location", "/").startswith(("http", "//")), (host, address)


def test_an_invitation_leads_to_the_configured_address(app: Flask, begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        admin = make_agent(session, "Ada", Role.ADMIN)
    browser = Browser(app).signed_in(admin)
    with saying(app, SAID):
        shown = browser.post(f"/installningar/medarbetare/{organisation.alice.id}/lank", {"action": "reset"})
    assert shown.status_code == 200
    assert "/valj-losenord/" in shown.text
    assert "evil" not in shown.text
    with app.app_context(), transaction(read_only=True) as session:
        promised = [str(row.payload) for row in session.scalars(select(Outbox))]
    assert promised
    assert not [text for text in promised if "evil" in text]


def test_our_source_asks_for_the_host_in_one_place() -> None:
    found = {
        (name(path), node.attr)
        for path in files("contactcenter", "workers")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        if node.value.id == "request" and node.attr in OF_THE_REQUEST
    }
    outside = [
        name(path)
        for path in files("contactcenter", "workers")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.keyword) and node.arg in ("_external", "_scheme", "x_host")
    ]
    assert (found, outside) == ({ORIGIN}, [])

"""The look is chosen in the browser: only what can be read is saved, and everybody is given it without inline style."""

from __future__ import annotations

import hashlib
import io
import re

from flask import Flask

from contactcenter import runtime
from contactcenter.model import Appearance, SettingChange
from contactcenter.queries import dump
from contactcenter.services.portable import export
from contactcenter.web.security import FOR_EVER
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import rows
from tests.integration.people import Organisation
from tests.integration.test_portable import bring_in, mistakes, tell
from tests.unit.contactcenter.test_appearance import png

PAGE = "/installningar/utseende"
RED = {
    "shown_name": "Ekhamra & co",
    "brand": "#a3000c",
    "on_brand": "#FFFFFF",
    "brand_dark": "#FF9AA0",
    "on_brand_dark": "#2B0004",
    "radius": "square",
}
SEEN = re.compile(r'name="seen" value="([^"]*)"')
SHEET = re.compile(r'href="(/utseende/[0-9a-f]{20}\.css)"')


def save(browser: Browser, **values: str) -> int:
    [seen] = SEEN.findall(browser.get(PAGE).text)
    return browser.post(PAGE, {**RED, **values, "seen": seen}).status_code


def test_what_can_be_read_is_saved_and_given_to_everybody(app: Flask, begin: Begin, organisation: Organisation) -> None:
    admin, visitor = Browser(app).signed_in(organisation.admin), Browser(app)
    assert SHEET.search(visitor.get("/logga-in").text) is None
    assert save(admin) == 303
    text = visitor.get("/logga-in").text
    assert "Ekhamra &amp; co" in text
    assert "style=" not in text
    found = SHEET.search(text)
    assert found
    css = visitor.get(found[1])
    assert (css.mimetype, css.headers["Cache-Control"]) == ("text/css", FOR_EVER)
    assert css.headers["X-Content-Type-Options"] == "nosniff"
    assert "--brand: #A3000C;" in css.text
    older = visitor.get("/utseende/00000000000000000000.css")
    assert (older.text, older.headers["Cache-Control"]) == (css.text, "no-store")
    [change] = rows(begin, SettingChange)
    assert (change.kind, change.before, change.after["brand"]) == ("utseende", {}, "#A3000C")
    assert admin.get("/installningar/historik").status_code == 200


def test_what_cannot_be_read_is_refused_with_what_could(app: Flask, begin: Begin, organisation: Organisation) -> None:
    admin = Browser(app).signed_in(organisation.admin)
    assert save(admin, brand="#FFD400") == 422
    assert save(admin, brand="gul") == 422
    assert save(admin, radius="9px; } body { display: none") == 422
    assert save(admin, shown_name="x" * 61) == 422
    assert rows(begin, Appearance) == []
    text = admin.get(PAGE, part=False).text
    assert 'action="/installningar/utseende"' in text
    shown = admin.client.get(PAGE, query_string=RED | {"brand": "#FFD400"}, headers={"HX-Request": "true"}).text
    assert shown.lstrip().startswith("<section")
    assert "för svag" in shown
    assert "1.43" in shown
    assert 'name="seen"' not in shown
    [better] = re.findall(r'href="([^"]*brand=[^"]*)">Prova', shown)
    assert 'name="seen"' in admin.get(better.replace("&amp;", "&")).text
    preview = admin.client.get(f"{PAGE}/prov.css", query_string=RED)
    assert "--brand: #A3000C" in preview.text
    assert admin.client.get(f"{PAGE}/prov.css", query_string=RED | {"brand": "red;}"}).status_code == 404


def test_a_stale_choice_is_held_back(app: Flask, organisation: Organisation) -> None:
    admin = Browser(app).signed_in(organisation.admin)
    [seen] = SEEN.findall(admin.get(PAGE).text)
    assert save(admin) == 303
    answer = admin.post(PAGE, {**RED, "radius": "round", "seen": seen})
    assert answer.status_code == 409
    assert '<option value="round" selected' in answer.text


def test_a_logo_is_kept_shown_and_backed_up(app: Flask, begin: Begin, organisation: Organisation) -> None:
    admin, visitor = Browser(app).signed_in(organisation.admin), Browser(app)
    for content in (b"<svg/>", b"", png()[:-3], png() + b"x" * 300_000):
        answer = admin.post(f"{PAGE}/logotyp", {"file": (io.BytesIO(content), "logo.png")})
        assert answer.status_code == 422
        assert "Bilden kan inte användas." in answer.text
    assert admin.post(f"{PAGE}/logotyp", {"file": (io.BytesIO(png()), "logo.svg")}).status_code == 303
    key = hashlib.sha256(png()).hexdigest()
    place = f"/utseende/logotyp/{key}"
    assert place in visitor.get("/logga-in").text
    shown = visitor.get(place)
    assert (shown.data, shown.mimetype, shown.headers["Cache-Control"]) == (png(), "image/png", FOR_EVER)
    assert shown.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    with begin() as session:
        assert key in set(dump.blob_keys(session))
    with app.app_context():
        secret = runtime.current().blobs.put(b"of a ticket")
    assert visitor.get(f"/utseende/logotyp/{secret}").status_code == 404
    assert admin.post(f"{PAGE}/logotyp", {"remove": "1"}).status_code == 303
    assert visitor.get(place).status_code == 404


def test_only_administrators_choose(app: Flask, organisation: Organisation) -> None:
    guide = Browser(app).signed_in(organisation.alice)
    assert guide.get(PAGE).status_code == 403
    assert guide.get(f"{PAGE}/prov.css").status_code == 403
    assert guide.post(PAGE, RED).status_code == 403
    assert guide.post(f"{PAGE}/logotyp", {"remove": "1"}).status_code == 403


def test_the_six_values_are_in_the_settings_file(app: Flask, begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        bring_in(session, tell(appearance={"standard": RED | {"brand": "#A3000C"}}))
    with begin() as session:
        assert b'"brand": "#A3000C"' in export.write(session)
        wrong = {"standard": RED | {"brand": "#FFD400"}, "other": RED}
        assert mistakes(session, tell(appearance=wrong)).keys() == {"appearance.standard", "appearance.other"}
        assert mistakes(session, tell(appearance={"standard": {"brand": "red"}})).keys() == {
            "appearance.standard.brand"
        }

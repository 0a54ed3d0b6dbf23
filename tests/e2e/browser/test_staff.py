"""Colleagues in a real browser: invited without a mouse or scripts, and gone within seconds when disabled."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from tests.e2e.browser.conftest import Begin
from tests.e2e.browser.screen import BROWSER, Screen
from tests.e2e.browser.sight import faults
from tests.running import Running, serving

pytestmark = BROWSER
HOME = "/installningar/medarbetare"
NEW = "fyra nya ord på rad"


def colleague(admin: Screen, name: str) -> None:
    """Open somebody's page from the list."""
    admin.page.goto(f"{HOME}?sok={name}")
    admin.page.locator(".set-row a").click()
    expect(admin.page.locator("#name")).to_have_value(re.compile(name))


def test_who_is_disabled_is_out_within_five_seconds(begin: Begin) -> None:
    """The socket and the session both; not after the next check of everybody."""
    admin, hodan = begin("admin"), begin("hodan", fresh=True)
    hodan.visit()
    colleague(admin, "Hodan")
    admin.page.locator("a[href$=stang-av]").click()
    admin.page.locator("main form button[type=submit]").click()
    began = time.monotonic()
    expect(hodan.page.locator('#live[data-state="on"]')).not_to_be_attached(timeout=5000)
    assert time.monotonic() - began < 5
    hodan.page.goto("/arenden")
    expect(hodan.page.locator("#password")).to_be_visible()
    admin.page.locator("form[action$=slapp-in] button").click()
    expect(admin.page.locator(".done")).to_contain_text("kan logga in igen")
    hodan.sign_in("hodan")


def test_a_colleague_is_invited_by_keyboard_and_begins_without_scripts(begin: Begin, service: Running) -> None:
    admin = begin("admin")
    admin.page.goto(f"{HOME}/ny")
    admin.page.focus("#login")
    admin.page.keyboard.type("erik.ny@ekhamra.example")
    admin.press("Tab")
    admin.page.keyboard.type("Erik Ny")
    admin.press("Enter")
    url = admin.page.locator("#once").input_value()
    erik = begin(java_script_enabled=False)
    erik.page.goto(url[url.index("/valj-losenord") :])
    erik.page.fill("#new", NEW)
    erik.page.press("#new", "Enter")
    expect(erik.page).to_have_url(f"{service.web}/arenden")
    erik.page.goto(url[url.index("/valj-losenord") :])
    expect(erik.page.locator("h1")).to_have_text("Länken gäller inte längre")
    colleague(admin, "Erik")
    admin.page.locator("a[href$=stang-av]").click()
    admin.page.locator("main form button[type=submit]").click()


@pytest.mark.slow
def test_the_first_administrator_of_a_new_place(begin: Begin, tmp_path_factory: pytest.TempPathFactory) -> None:
    data = tmp_path_factory.mktemp("new") / "var"
    screen = begin(bypass_csp=True)
    with serving(data) as place:
        assert place.process.stdout is not None
        code = place.process.stdout.readline().removeprefix("setup ").strip()
        screen.page.goto(f"{place.web}/")
        expect(screen.page).to_have_url(f"{place.web}/kom-igang")
        for width in (320, 1440):
            screen.page.set_viewport_size({"width": width, "height": 800})
            assert faults(screen.page) == []
        for field, text in (("code", code), ("name", "Anna Ek"), ("login", "anna@ekhamra.example"), ("new", NEW)):
            screen.page.fill(f"#{field}", text)
        screen.page.press("#new", "Enter")
        expect(screen.page).to_have_url(f"{place.web}/arenden")
        screen.page.goto(f"{place.web}/kom-igang")
        expect(screen.page.locator("h1")).to_have_text("Det finns inget här")

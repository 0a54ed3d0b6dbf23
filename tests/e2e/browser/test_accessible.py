"""Every page, light and dark, from 320 to 1440 px: readable by programs, reachable by fingers, nothing cut off."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.browser.conftest import Begin
from tests.e2e.browser.letters import letter, number_of, post, ticket
from tests.e2e.browser.screen import BROWSER, Screen
from tests.e2e.browser.sight import clipped, faults, misfits
from tests.running import Running, wait_until

pytestmark = BROWSER
SIZES = ((320, 640), (390, 800), (1100, 800), (1440, 900))
LAYOUTS = (390, 1440)
"""Widths of the one-column and of the wide layout: what axe-core reads differs between layouts, not within one."""
SUBJECT = "Återvinning vid torget"
QUARANTINED = "SELECT id FROM inbox WHERE state = 'quarantined' ORDER BY id DESC LIMIT 1"


@pytest.fixture(scope="module")
def rich(service: Running) -> int:
    """A ticket with a letter in HTML, files, a long word and a long address."""
    sender = '"Alexandrina von Extremt-Långtefternamn" <alexandrina.von.extremt.langtefternamn@example.com>'
    message = letter(SUBJECT, "Hej!\n\nSe https://example.se/" + "lang" * 30, sender=sender)
    message.add_alternative("<p>Hej! <a href='https://example.se'>Se</a></p>", subtype="html")
    message.add_attachment(b"x" * 5000, maintype="application", subtype="pdf", filename=f"{'a' * 60}.pdf")
    post(service, message)
    return number_of(service, SUBJECT)


@pytest.fixture(scope="module")
def quarantined(service: Running) -> int:
    """A letter that has gone in circles."""
    message = letter("Rundgång", "Hej!")
    for _ in range(60):
        message["Received"] = "from a.example.se by b.example.se; Fri, 20 Nov 2026 10:00:00 +0100"
    post(service, message)
    wait_until(lambda: service.rows(QUARANTINED) != [])
    (number,) = service.rows(QUARANTINED)[0]
    assert isinstance(number, int)
    return number


@pytest.fixture
def page_of(rich: int, quarantined: int) -> Callable[[Screen, str], None]:
    """Go to a page by its name."""
    paths = {
        "sign-in": "/logga-in",
        "queue": "/arenden",
        "closed": "/arenden?vy=avslutade&kanal=visit",
        "filtered": "/arenden?kanal=email&sprak=fi",
        "ticket": f"/arenden/{rich}?vy=nya-svar",
        "urgent": "/arenden?vy=oppna&amne=acute_danger",
        "no hit": "/arenden?q=finnsinte",
        "missing": "/arenden/999999",
        "wrong": "/arenden?vy=finnsinte",
        "password": "/konto/losenord",
        "quarantine": "/karantan",
        "parked": "/parkerat",
        "parked mail": "/parkerat/1",
        "acknowledgement": "/installningar/bekraftelser/*.*.sv",
        "new sender": "/installningar/avsandare/ny",
        "quarantined": f"/karantan/{quarantined}",
        "colleagues": "/installningar/medarbetare",
        "new colleague": "/installningar/medarbetare/ny",
        "colleague": "/installningar/medarbetare",
        "disabling": "/installningar/medarbetare",
        "mail channels": "/installningar/brevlador",
        "tokens": "/installningar/nycklar",
        "ended link": "/valj-losenord/x",
        "settings": "/installningar",
        "settings search": "/installningar?q=stadshuset",
        "settings list": "/installningar/fordelningsregler",
        "settings form": "/installningar/kontor/stadshuset",
        "settings preview": "/installningar/amnen/building_permit",
        "settings history": "/installningar/historik",
        "reply times": "/installningar/svarstider",
        "new reply time": "/installningar/svarstider/ny",
        "signature": "/installningar/signaturer/*",
        "answer group": "/installningar/grupper/customer_service",
        "rule": "/installningar/fordelningsregler/ny",
        "settings file": "/installningar/export-import",
        "appearance": "/installningar/utseende?brand=FFD400&on_brand=FFFFFF&brand_dark=7FD0D2&radius=round",
    }

    def go(screen: Screen, name: str) -> None:
        screen.page.goto(paths[name])
        if name == "urgent":
            screen.page.locator("#rows li[data-urgent] a").first.click()
            expect(screen.page.locator(".danger")).to_be_visible()
        if name in ("colleague", "disabling"):
            screen.page.locator(".set-row a").first.click()
            screen.page.locator("a[href$=stang-av]").wait_for()
        if name == "disabling":
            screen.page.locator("a[href$=stang-av]").click()
            screen.page.wait_for_url("**/stang-av")
        if name == "settings preview":
            screen.page.locator("input[name=name]").fill("Bygglov och bygganmälan")
            screen.page.locator(".set-form button[type=submit]").first.click()
            expect(screen.page.locator(".set-preview")).to_be_visible()
        if name == "answer group":
            screen.page.locator("input[name=domains][value=social]").check()
            screen.page.locator(".set-form button[type=submit]").first.click()
            expect(screen.page.locator(".set-preview")).to_be_visible()
        if name == "rule":
            screen.page.locator("select[name=add]").select_option("if_topic")
            screen.page.locator("button[name=rearrange]").click()
            expect(screen.page.locator(".set-cond")).to_be_visible()
        if name == "ticket":
            screen.page.locator(".original summary").click()

    return go


PAGES = {
    "sign-in": "",
    "queue": "sara",
    "closed": "sara",
    "filtered": "sara",
    "ticket": "sara",
    "urgent": "sara",
    "no hit": "sara",
    "missing": "sara",
    "wrong": "sara",
    "password": "sara",
    "quarantine": "ingrid",
    "parked": "sara",
    "parked mail": "sara",
    "acknowledgement": "admin",
    "new sender": "admin",
    "quarantined": "admin",
    "colleagues": "admin",
    "new colleague": "admin",
    "colleague": "admin",
    "disabling": "admin",
    "mail channels": "admin",
    "tokens": "admin",
    "ended link": "",
    "settings": "admin",
    "settings search": "admin",
    "settings list": "admin",
    "settings form": "admin",
    "settings preview": "admin",
    "settings history": "admin",
    "reply times": "admin",
    "new reply time": "admin",
    "signature": "admin",
    "answer group": "admin",
    "rule": "admin",
    "settings file": "admin",
    "appearance": "admin",
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page(resume: Begin, page_of: Callable[[Screen, str], None], name: str) -> None:
    screen = resume(PAGES[name], bypass_csp=True)
    page_of(screen, name)
    found: list[str] = []
    for width, height in SIZES:
        screen.page.set_viewport_size({"width": width, "height": height})
        found += faults(screen.page) if width in LAYOUTS else misfits(screen.page)
    screen.page.set_viewport_size({"width": 320, "height": 256})
    found += [f"at 400 %: clipped {fault}" for fault in clipped(screen.page)]
    assert found == []


@pytest.mark.parametrize("height", [640, 256])
@pytest.mark.parametrize("face", ["reply", "note"])
def test_send_is_reached_on_the_smallest_screen(resume: Begin, rich: int, height: int, face: str) -> None:
    sara = resume("sara", bypass_csp=True)
    sara.page.set_viewport_size({"width": 320, "height": height})
    sara.open(rich, "?vy=nya-svar")
    sara.page.locator(f"label[for=face-{face}]").click()
    button = sara.page.locator(f"#{face}-form button[type=submit]:not([name])").first
    button.scroll_into_view_if_needed()
    button.click(trial=True)
    top = button.evaluate(
        """(b) => { const r = b.getBoundingClientRect();
            return b.contains(document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2)); }"""
    )
    assert top


def menu(button: str) -> Callable[[Screen], None]:
    """Open a menu by the button that it belongs to."""

    def open_it(screen: Screen) -> None:
        screen.page.locator(f"[popovertarget={button}]:visible").first.click()
        expect(screen.page.locator(f"#{button}")).to_be_visible()

    return open_it


def by_key(key: str, place: str) -> Callable[[Screen], None]:
    def press(screen: Screen) -> None:
        screen.press(key)
        expect(screen.page.locator(place)).to_be_visible()

    return press


def note_mode(screen: Screen) -> None:
    screen.page.locator("label[for=face-note]").click()
    screen.note.fill("Bara för oss.")


def refused(screen: Screen) -> None:
    """A write that somebody else was faster with."""
    screen.page.evaluate("document.querySelectorAll('#ticket-head input[name=rev]').forEach((f) => (f.value = '99'))")
    screen.act("Avsluta").click()
    expect(screen.page.locator("#ticket-problem .conflict")).to_be_visible()


def broken_file(screen: Screen) -> None:
    screen.page.locator("#reply-file").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"hej"})
    expect(screen.page.locator("#reply-files-list li")).to_be_visible()
    screen.page.route("**/filer", lambda route: route.fulfill(status=503, body=""))
    screen.page.locator("#reply-file").set_input_files({"name": "b.txt", "mimeType": "text/plain", "buffer": b"hej"})
    expect(screen.page.locator("#composer-problem .problem")).to_be_visible()
    screen.page.unroute_all()


def signed_out(screen: Screen) -> None:
    screen.page.evaluate("document.querySelector('#relogin').showModal()")


def sent_and_noted(screen: Screen) -> None:
    """An answer that waits to leave, with its undo, and a toast with the choice of outcome."""
    screen.reply.fill("Hej!\n\nBehållarna töms på torsdagar.")
    screen.press("Control+Shift+Enter")
    expect(screen.messages.locator("[data-countdown]")).to_be_visible()


STATES: dict[str, Callable[[Screen], None]] = {
    "more": menu("m-more"),
    "rest": menu("m-park"),
    "account": menu("account"),
    "search": by_key("Control+k", "#search"),
    "help": by_key("?", "#help"),
    "topic": by_key("t", "#m-topic"),
    "colleague": by_key("a", "#m-assign"),
    "ways to send": menu("m-send"),
    "signature": menu("m-signature"),
    "note": note_mode,
    "conflict": refused,
    "file trouble": broken_file,
    "signed out": signed_out,
    "sent": sent_and_noted,
}
LASTING = ("sent", "conflict")
"""States that change a ticket."""


@pytest.mark.parametrize("state", STATES)
def test_a_state(service: Running, resume: Begin, rich: int, state: str) -> None:
    number = ticket(service, f"Återvinning, {state}") if state in LASTING else rich
    found: list[str] = []
    screen = resume("sara", bypass_csp=True)
    screen.page.set_viewport_size({"width": 1440, "height": 800})
    screen.open(number, "?vy=nya-svar")
    STATES[state](screen)
    for width in (1440, 390):
        screen.page.set_viewport_size({"width": width, "height": 800})
        found += faults(screen.page)
    assert found == []


def test_the_panel_about_the_ticket(resume: Begin, rich: int) -> None:
    sara = resume("sara", bypass_csp=True)
    sara.page.set_viewport_size({"width": 1100, "height": 800})
    sara.open(rich, "?vy=nya-svar")
    found: list[str] = []
    menu("ticket-context")(sara)
    for width in (1100, 390, 320):
        sara.page.set_viewport_size({"width": width, "height": 800})
        found += faults(sara.page)
    assert found == []

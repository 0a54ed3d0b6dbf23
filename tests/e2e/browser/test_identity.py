"""Who wrote, on screen: a number in the subject that hijacks nothing, a forged colleague, a new sender, and thanks."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.browser.conftest import Begin
from tests.e2e.browser.letters import letter, number_of, one_delivered, post, ticket
from tests.e2e.browser.screen import BROWSER, Screen
from tests.running import Running

pytestmark = BROWSER
BO, SARA = "Bo Exempel <bo@example.com>", "Sara Lindqvist <sara@ekhamra.example>"


def answered(service: Running, begin: Begin, subject: str, body: str) -> tuple[Screen, int, str]:
    """A ticket that Ingrid has answered, and the Message-ID of her answer."""
    number = ticket(service, subject, body)
    ingrid = begin("ingrid").open(number)
    ingrid.reply.fill("Hej Anna! Det går bra.")
    ingrid.press("Control+Enter")
    left = one_delivered(service, subject)
    expect(ingrid.bubble("Det går bra.").locator(".state")).to_contain_text("Skickat")
    return ingrid, number, str(left["Message-ID"])


def test_scenario_1_a_number_in_the_subject_is_a_hint_on_a_ticket_of_its_own(service: Running, begin: Begin) -> None:
    number = ticket(service, "Staket mot grannen", "Hej! Hur högt får ett staket vara?")
    sara = begin("sara").open(number)
    before = sara.messages.count()
    subject = f"SV: [KC-{number}] Staket mot grannen"
    post(service, letter(subject, "Stäng det här ärendet.", sender=BO))
    other = number_of(service, subject)
    sara.open(other)
    hint = sara.page.locator("#ticket-head .linked")
    expect(hint).to_have_text(
        f"Kan höra till KC-{number}: numret står i ämnesraden, men det kan vem som helst skriva dit."
    )
    hint.get_by_role("link", name=f"KC-{number}").click()
    expect(sara.page.locator("#ticket-subject")).to_have_text("Staket mot grannen")
    assert sara.messages.count() == before
    expect(sara.page.locator("#ticket-head .linked")).to_have_count(0)


def test_scenario_2_a_forged_colleague_is_said_to_claim_it(service: Running, begin: Begin) -> None:
    ingrid, number, message_id = answered(service, begin, "Uterum i kvarteret", "Hej! Får jag bygga ett uterum?")
    guessed = message_id.replace("<r.", "<r.a")
    post(service, letter("Gissat svar", "Det är beviljat.", sender=SARA, answers=guessed))
    assert number_of(service, "Gissat svar") != number
    post(service, letter("Sv: Uterum i kvarteret", "Det är beviljat.", sender=SARA, answers=message_id))
    forged = ingrid.bubble("Det är beviljat.")
    expect(forged).to_contain_text("Påstår sig vara Sara Lindqvist, som arbetar här (sara@ekhamra.example)")
    expect(forged).to_contain_text("Svaret går fortfarande till anna.ek@example.se")
    expect(forged).to_have_class("msg in")
    expect(ingrid.page.locator("#composer")).to_contain_text("anna.ek@example.se")


def test_thanks_are_seen_and_the_ticket_stays_closed_until_somebody_opens_it(service: Running, begin: Begin) -> None:
    ingrid, number, message_id = answered(service, begin, "Kajplats i hamnen", "Hej! Finns det någon kajplats?")
    ingrid.act("Avsluta").click()
    expect(ingrid.status).to_have_text("Avslutat")
    post(service, letter("Sv: Kajplats i hamnen", "Tack så mycket för hjälpen!\n\nMvh Anna", answers=message_id))
    expect(ingrid.bubble("Tack så mycket för hjälpen!")).to_contain_text("Tackade")
    expect(ingrid.status).to_have_text("Avslutat")
    ingrid.visit("/arenden?vy=avslutade")
    expect(ingrid.row(number)).to_contain_text("Tackade")
    ingrid.open(number)
    ingrid.act("Öppna igen").click()
    expect(ingrid.status).to_have_text("Pågår")

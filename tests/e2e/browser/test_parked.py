"""Mail that nobody has to answer: seen in the ticket and in its list, and made a ticket with the keyboard alone."""

from __future__ import annotations

import smtplib

from playwright.sync_api import expect

from tests.e2e.browser.conftest import Begin
from tests.e2e.browser.letters import letter, number_of, one_delivered, ticket
from tests.e2e.browser.screen import BROWSER, Screen
from tests.e2e.browser.test_settings import reach
from tests.running import Running, wait_until

pytestmark = BROWSER

AWAY = "Jag är bortrest till måndag och läser min e-post sedan."


def away(service: Running, to: str, subject: str) -> None:
    """What a resident's mail program answers by itself, from nobody (RFC 3834 §3.3); until it is parked."""
    notice = letter(subject, AWAY, to=to)
    notice["Auto-Submitted"] = "auto-replied"
    with smtplib.SMTP(*service.smtp, timeout=20) as server:
        server.send_message(notice, "", [to])
    wait_until(lambda: service.rows(f"SELECT 1 FROM parked_mail WHERE subject = '{subject}'") != [])


def parked(sara: Screen, subject: str) -> None:
    """Open a mail of the list with the keyboard."""
    sara.page.goto("/parkerat")
    link = sara.page.get_by_role("link", name=subject, exact=True)
    reach(sara, f"a[href='{link.get_attribute('href')}']")
    sara.press("Enter")
    expect(sara.page.get_by_role("heading", name=subject)).to_be_visible()


def test_an_absence_notice_is_a_line_in_its_ticket_and_becomes_a_message_on_request(
    service: Running, begin: Begin
) -> None:
    subject = "Koloni på norra sidan"
    number = ticket(service, subject)
    sara = begin("sara").open(number)
    sara.press("r")
    sara.page.keyboard.type("Kön är två år där.")
    sara.press("Control+Enter")
    answer = one_delivered(service, subject)
    expect(sara.status).to_have_text("Väntar på invånaren")
    away(service, str(answer["Reply-To"]), "Autosvar: Bortrest")
    line = sara.page.locator(".evt", has_text="Automatiskt svar: parkerat, och ärendet fortsätter som förut")
    expect(line).to_be_visible()
    expect(sara.status).to_have_text("Väntar på invånaren")
    line.get_by_role("link", name="Visa").click()
    expect(sara.page.locator(".parked-text")).to_have_text(AWAY)
    sara.page.get_by_role("button", name=f"Ta in i KC-{number}").press("Enter")
    sara.page.wait_for_url(f"**/arenden/{number}")
    expect(sara.bubble(AWAY)).to_be_visible()
    expect(sara.status).to_have_text("Pågår")


def test_a_mail_that_was_parked_wrongly_is_a_ticket_with_the_keyboard_alone(service: Running, begin: Begin) -> None:
    subject = "Autosvar: vart lämnar jag glas?"
    away(service, "kontakt@ekhamra.example", subject)
    sara = begin("sara").visit()
    count = sara.page.locator('[data-view="parkerat"]:visible')
    expect(count.first).to_be_visible()
    sara.page.goto("/parkerat")
    expect(sara.page.get_by_role("link", name=subject, exact=True)).to_be_visible()
    parked(sara, subject)
    reach(sara, ".cardp button.p")
    sara.press("Enter")
    sara.page.wait_for_url("**/arenden/*", timeout=20_000)
    expect(sara.page.locator("#timeline-items")).to_contain_text(AWAY)
    assert sara.page.url.endswith(f"/{number_of(service, subject)}")


def test_what_needs_nothing_is_put_aside_and_found_again(service: Running, begin: Begin) -> None:
    subject = "Autosvar: Föräldraledig"
    away(service, "kontakt@ekhamra.example", subject)
    sara = begin("sara")
    sara.page.goto("/parkerat")
    expect(sara.page.get_by_role("link", name=subject, exact=True)).to_be_visible()
    parked(sara, subject)
    sara.page.get_by_role("button", name="Behöver inget").press("Enter")
    expect(sara.page.get_by_role("heading", name="Parkerade mejl")).to_be_visible()
    expect(sara.page.get_by_role("link", name=subject, exact=True)).to_have_count(0)
    sara.page.get_by_role("link", name="Allt parkerat").press("Enter")
    expect(sara.page.get_by_role("link", name=subject, exact=True)).to_be_visible()

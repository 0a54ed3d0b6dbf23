"""With scripts turned off everything a guide must be able to do is a plain form."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.browser.conftest import Begin
from tests.e2e.browser.letters import one_delivered, plain, ticket
from tests.e2e.browser.screen import BROWSER, PASSWORD
from tests.running import Running

pytestmark = BROWSER


def test_from_signing_in_to_closing_without_scripts(service: Running, begin: Begin) -> None:
    number = ticket(service, "Felparkerad båt", "Hej! En båt står parkerad på vår gata sedan i maj.")
    screen = begin(java_script_enabled=False)
    page = screen.page
    page.goto(f"/arenden/{number}")
    page.fill("#login", "sara@ekhamra.example")
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    expect(page.locator("#ticket-subject")).to_have_text("Felparkerad båt")

    page.goto("/arenden")
    ((topic,),) = service.rows(
        f"SELECT slug FROM topic JOIN ticket ON ticket.topic_id = topic.id WHERE ticket.number = {number}"
    )
    page.select_option("#filter-kanal", "email")
    page.select_option("#filter-amne", str(topic))
    page.get_by_role("button", name="Filtrera").last.click()
    assert f"kanal=email&amne={topic}" in page.url
    screen.row(number).locator("a").click()
    assert "kanal=email" in page.url

    screen.act("Ta ärendet").click()
    expect(page.locator("#ticket-head")).to_contain_text("Ditt")
    screen.reply.fill("Tack, vi ber ägaren att flytta båten.")
    page.get_by_role("button", name="Skicka", exact=True).click()
    expect(screen.bubble("Tack, vi ber ägaren att flytta båten.")).to_be_visible()
    page.get_by_role("button", name="Ångra").click()
    expect(screen.reply).to_have_value("Tack, vi ber ägaren att flytta båten.")
    page.get_by_role("button", name="Skicka", exact=True).click()

    page.locator("label[for=face-note]").click()
    screen.note.fill("Ägaren heter Ek.")
    page.get_by_role("button", name="Spara anteckning").click()
    expect(page.locator(".msg.note")).to_contain_text("Ägaren heter Ek.")
    screen.act("Avsluta").click()
    expect(screen.status).to_have_text("Avslutat")
    assert "flytta båten" in plain(one_delivered(service, "Felparkerad båt"))


def test_an_empty_answer_without_scripts_says_what_to_do(service: Running, begin: Begin) -> None:
    screen = begin("sara", java_script_enabled=False)
    screen.page.goto(f"/arenden/{ticket(service, 'Felparkerad husvagn')}")
    screen.page.get_by_role("button", name="Skicka", exact=True).click()
    problem = screen.page.get_by_role("alert")
    expect(problem).to_have_count(1)
    expect(problem).to_contain_text("Skriv ett svar först.")

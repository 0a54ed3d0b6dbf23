"""From a resident's letter to the answer to her answer: the whole way a message travels, seen by a guide."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.browser.conftest import Begin
from tests.e2e.browser.letters import letter, number_of, one_delivered, plain, post
from tests.e2e.browser.screen import BROWSER
from tests.running import Running

pytestmark = BROWSER
SUBJECT = "Får jag glasa in min altan?"


def test_a_letter_is_answered_and_the_answer_to_it_joins(service: Running, begin: Begin) -> None:
    sara = begin("sara").visit()
    asked = letter(SUBJECT, "Hej! Behöver jag bygglov för att glasa in altanen på Lärkvägen 8?")
    post(service, asked)
    number = number_of(service, SUBJECT)

    expect(sara.row(number)).to_contain_text(SUBJECT)
    sara.row(number).locator("a").click()
    expect(sara.page.locator("#ticket-subject")).to_have_text(SUBJECT)
    reasons = sara.page.locator("#ticket-context .why li")
    assert 1 <= reasons.count() <= 4
    expect(reasons.first).to_contain_text("bygglov")

    sara.press("m")
    expect(sara.page.locator("#ticket-head")).to_contain_text("Ditt")
    sara.press("r")
    sara.page.keyboard.type("Hej Anna! Ja, en inglasning kräver bygglov.")
    sara.press("Control+Enter")
    bubble = sara.bubble("Ja, en inglasning kräver bygglov.")
    expect(bubble).to_contain_text("Skickas om")
    bubble.get_by_role("button", name="Ångra").click()
    expect(sara.reply).to_have_value("Hej Anna! Ja, en inglasning kräver bygglov.")
    expect(bubble).to_have_count(0)

    sara.press("End")
    sara.page.keyboard.type(" Vi hjälper dig gärna att ansöka.")
    sara.press("Control+Enter")
    expect(bubble).to_contain_text("Skickas om")
    expect(sara.status).to_have_text("Väntar på invånaren")
    answer = one_delivered(service, SUBJECT)
    assert "kräver bygglov. Vi hjälper dig gärna att ansöka." in plain(answer)
    assert answer["To"] == "anna.ek@example.se"
    assert answer["In-Reply-To"] == asked["Message-ID"]
    reply_to = answer["Reply-To"].addresses[0].addr_spec
    assert re.fullmatch(r"[a-z]+\+[a-z2-7]{39}@ekhamra\.example", reply_to)
    expect(bubble.locator(".state")).to_contain_text("Skickat")

    post(service, letter("Tack!", "Tack för svaret. Var finns blanketten?", to=reply_to, answers=answer["Message-ID"]))
    expect(sara.bubble("Var finns blanketten?")).to_be_visible()
    expect(sara.status).to_have_text("Pågår")
    sara.page.get_by_role("link", name="Nya svar").click()
    expect(sara.row(number)).to_contain_text("Var finns blanketten?")
    assert service.rows("SELECT 1 FROM ticket WHERE subject = 'Tack!'") == []

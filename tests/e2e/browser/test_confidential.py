"""What a guide may not see looks exactly like what does not exist."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.browser.conftest import Begin
from tests.e2e.browser.screen import BROWSER
from tests.running import Running

pytestmark = BROWSER
HIDDEN = (
    "SELECT number, subject FROM ticket JOIN domain ON domain.id = ticket.domain_id"
    " WHERE domain.slug = 'social' AND ticket.status = 'waiting_resident' LIMIT 1"
)


def test_a_ticket_of_another_domain_is_as_one_that_does_not_exist(service: Running, begin: Begin) -> None:
    ((number, subject),) = service.rows(HIDDEN)
    sara = begin("sara")
    pages = []
    for asked in (number, 999_999):
        answer = sara.page.goto(f"/arenden/{asked}")
        assert answer is not None
        assert answer.status == 404
        pages.append(re.sub(r'content="[0-9a-f]{64}"', "", answer.text()).replace(str(asked), ""))
    assert pages[0] == pages[1]
    expect(sara.page.locator("h1")).to_have_text("Det finns inget här")
    sara.visit("/arenden?vy=vantar")
    assert number not in sara.numbers()
    sara.press("Control+k")
    sara.page.keyboard.type(str(subject))
    sara.press("Enter")
    expect(sara.page.locator("#rows")).to_contain_text("Inget ärende matchar")
    expect(begin("ingrid").open(int(str(number))).page.locator("#ticket-subject")).to_have_text(str(subject))


def test_only_those_who_may_are_shown_the_quarantine(begin: Begin) -> None:
    sara, ingrid = begin("sara"), begin("ingrid").visit()
    answer = sara.page.goto("/karantan")
    assert answer is not None
    assert answer.status == 403
    assert sara.visit().page.get_by_role("link", name="Karantän").count() == 0
    ingrid.page.get_by_role("link", name="Karantän").first.click()
    expect(ingrid.page.locator("h1")).to_have_text("Karantän")

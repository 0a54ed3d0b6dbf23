"""Settings are changed in their place in the list: what is wrong is told there, once, and nothing typed is lost."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.browser.conftest import Begin
from tests.e2e.browser.screen import BROWSER

pytestmark = BROWSER
PLACE = "/installningar/e-postadresser"


def test_a_form_that_is_refused_takes_its_own_place(begin: Begin) -> None:
    page = begin("admin").page
    page.goto("/installningar/grupper")
    page.locator(".set-row a.btn").first.click()
    form = page.locator(".set-edit")
    form.locator("[name=mail_address]").fill("ingen adress")
    form.locator("[name=role_name]").fill("Rådgivare")
    form.locator(".set-form button[type=submit]").first.click()
    expect(page.locator(".set-edit .problem[role=alert]")).to_be_visible()
    expect(form).to_have_count(1)
    expect(page.locator(".set-edit form form, .set-edit .set-edit")).to_have_count(0)
    expect(form.locator("[name=role_name]")).to_have_value("Rådgivare")


def test_what_cannot_be_removed_says_why_in_its_place(begin: Begin) -> None:
    page = begin("admin").page
    page.goto(PLACE)
    page.locator("li[id='o-kontakt@ekhamra.example'] a.btn").click()
    page.locator(".set-remove").click()
    expect(page.locator(".set-edit .problem[role=alert]")).to_contain_text("kan inte tas bort")
    expect(page.locator(".set-edit")).to_have_count(1)
    expect(page.locator(".set-edit form")).to_have_count(0)
    page.get_by_role("link", name="Behåll").click()
    expect(page.locator("li[id='o-kontakt@ekhamra.example'].set-row")).to_be_visible()

"""A session that ends while somebody writes costs a password and nothing else."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from playwright.sync_api import expect

from tests.e2e.browser.conftest import Begin
from tests.e2e.browser.letters import one_delivered, plain, ticket
from tests.e2e.browser.screen import BROWSER, PASSWORD, Screen
from tests.running import Running

pytestmark = BROWSER


def end_newest_session(service: Running) -> None:
    """As when it has been idle too long."""
    with closing(sqlite3.connect(service.data / "contactcenter.db", timeout=10)) as base, base:
        base.execute("DELETE FROM agent_session WHERE id = (SELECT max(id) FROM agent_session)")


def sign_out_in_another_tab(screen: Screen) -> None:
    tab = Screen(screen.context.new_page()).visit()
    tab.page.locator(".nav .me").click()
    tab.page.get_by_role("button", name="Logga ut").click()
    expect(tab.page.locator("#login")).to_be_visible()
    tab.page.close()


def sign_in_again(screen: Screen) -> None:
    dialog = screen.page.locator("#relogin")
    expect(dialog.locator("[name=password]")).to_be_focused()
    dialog.locator("[name=password]").fill("fel lösenord")
    screen.press("Enter")
    expect(dialog.get_by_text("stämmer inte")).to_be_visible()
    dialog.locator("[name=password]").fill(PASSWORD)
    screen.press("Enter")
    expect(dialog).to_be_hidden()


@pytest.mark.parametrize("way", ["expired", "another tab"])
def test_an_ended_session_loses_nothing_that_was_written(service: Running, begin: Begin, way: str) -> None:
    subject = f"Skolskjuts, {way}"
    sara = begin("sara", fresh=True).open(ticket(service, subject, "Hej! Får min dotter skolskjuts till Solberga?"))
    sara.press("r")
    sara.page.keyboard.type("Ja, om det är mer än fyra ")
    expect(sara.page.locator("#reply-form [data-save-state]")).to_contain_text("Utkast sparat")
    if way == "expired":
        end_newest_session(service)
    else:
        sign_out_in_another_tab(sara)
    sara.page.keyboard.type("kilometer.")
    sara.press("Control+Enter")
    sign_in_again(sara)
    expect(sara.bubble("Ja, om det är mer än fyra kilometer.")).to_be_visible()
    expect(sara.reply).to_have_value("")
    assert "Ja, om det är mer än fyra kilometer." in plain(one_delivered(service, subject))


def test_an_act_after_the_end_of_the_session_is_done_after_signing_in(service: Running, begin: Begin) -> None:
    sara = begin("sara", fresh=True)
    sara.page.route("**/f/**", lambda route: route.abort())  # what a page asks by itself would meet the end first
    sara.open(ticket(service, "Skolskjuts på vintern"))
    end_newest_session(service)
    sara.press("m")
    sign_in_again(sara)
    expect(sara.page.locator("#ticket-head")).to_contain_text("Ditt")
    sara.keeps_focus()


def test_a_password_that_is_sent_twice_signs_in_once(service: Running, begin: Begin) -> None:
    sara = begin("sara", fresh=True)
    sara.page.route("**/f/**", lambda route: route.abort())
    sara.open(ticket(service, "Skolskjuts på våren"))
    end_newest_session(service)
    sara.press("m")
    dialog = sara.page.locator("#relogin")
    dialog.locator("[name=password]").fill(PASSWORD)
    with sara.requests("/logga-in") as asked:
        dialog.locator("form").evaluate("(form) => { form.requestSubmit(); form.requestSubmit(); }")
        expect(dialog).to_be_hidden()
        expect(sara.page.locator("#ticket-head")).to_contain_text("Ditt")
    assert [request.method for request in asked] == ["GET", "POST"]

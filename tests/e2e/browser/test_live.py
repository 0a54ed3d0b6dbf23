"""The list while others work: what changes is seen without a reload, and nothing moves under the pointer."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.browser.conftest import Begin
from tests.e2e.browser.letters import letter, number_of, post, ticket
from tests.e2e.browser.screen import BROWSER
from tests.running import Running, wait_until

pytestmark = BROWSER
SHIFTS = """window.shifts = [];
    new PerformanceObserver((list) => list.getEntries().forEach((shift) => window.shifts.push(
        [shift.value, shift.sources.some(({node}) => node?.parentElement?.closest("#rows"))])))
        .observe({type: "layout-shift"});"""
UNDER = "([x, y]) => document.elementFromPoint(x, y)?.closest('#rows li')?.id"
SEEN = "[document.querySelector('#rows').scrollTop, document.querySelectorAll('#rows li').length]"


def test_rows_stay_under_the_pointer_while_twenty_letters_come(service: Running, begin: Begin) -> None:
    sara, amir = begin("sara").visit(), begin("amir").visit()
    fourth = sara.page.locator("#rows li").nth(3)
    box = fourth.bounding_box()
    assert box is not None
    point = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
    sara.page.mouse.move(*point)
    sara.page.evaluate(SHIFTS)
    under, seen = sara.page.evaluate(UNDER, point), sara.page.evaluate(SEEN)
    assert under == fourth.get_attribute("id")

    urgent = "Skynda er! En man ligger medvetslös på gatan och andas inte."
    others = "Vad kostar ett årskort till simhallen?"
    letters = [letter(f"Simhallen {n}", others if n % 4 else urgent) for n in range(20)]
    post(service, *letters[:10])
    taken = sara.numbers()[1]
    amir.row(taken).locator("a").click()
    amir.act("Ta ärendet").click()
    post(service, *letters[10:])
    bar = sara.page.locator("#newbar")
    expect(bar).to_contain_text("20 nya ärenden")
    expect(sara.row(taken)).to_contain_text("Amir Haddad har ärendet")
    assert sara.page.evaluate(UNDER, point) == under
    assert sara.page.evaluate(SEEN) == seen
    shifts = sara.page.evaluate("window.shifts")
    assert [shift for shift in shifts if shift[1]] == []
    assert sum(value for value, _ in shifts) < 0.001, "growing numbers beside the list"

    sara.press(".")
    expect(bar).to_be_hidden()
    new = {number_of(service, f"Simhallen {n}") for n in range(20)}
    assert new <= set(sara.numbers())
    assert taken not in sara.numbers()


def test_a_flush_keeps_focus_and_the_open_ticket(service: Running, begin: Begin) -> None:
    sara = begin("sara").visit()
    first, second = sara.numbers()[:2]
    sara.row(second).locator("a").click()
    expect(sara.page.locator(f'#ticket[data-number="{second}"]')).to_be_attached()
    sara.row(first).locator("a").focus()
    number = ticket(service, "Simhallen och bastun")
    expect(sara.page.locator("#newbar")).to_contain_text("nytt ärende")
    sara.press(".")
    expect(sara.row(number)).to_be_attached()
    sara.has_focus_on(f"row {first}")
    expect(sara.row(second).locator("a")).to_have_attribute("aria-current", "true")


def test_who_was_away_catches_up_with_one_question(service: Running, begin: Begin) -> None:
    closed, taken = ticket(service, "Simhallen i jul"), ticket(service, "Simhallen i påsk")
    sara, amir = begin("sara").visit("/arenden?q=simhallen"), begin("amir")
    sara.page.evaluate("window.dispatchEvent(new Event('blur'))")
    with sara.requests("/f/nytt") as asked:
        sara.context.set_offline(True)
        expect(sara.page.locator("#live")).to_have_text(re.compile("Offline|Återansluter"))
        amir.open(closed).act("Avsluta").click()
        expect(amir.status).to_have_text("Avslutat")
        amir.open(taken).act("Ta ärendet").click()
        expect(amir.page.locator("#ticket-head")).to_contain_text("Ditt")
        sara.context.set_offline(False)
        sara.is_live()
        expect(sara.row(taken)).to_contain_text("Amir Haddad")
        expect(sara.row(closed)).to_contain_text("Avslutat")
    assert len(asked) == 1
    fresh = begin("sara").visit("/arenden?q=simhallen")
    wait_until(lambda: sorted(sara.texts()) == sorted(fresh.texts()))


def test_a_row_that_could_not_be_fetched_is_fetched_later(service: Running, begin: Begin) -> None:
    number = ticket(service, "Badtider i december")
    sara, amir = begin("sara").visit("/arenden?q=badtider"), begin("amir").open(number)
    sara.page.route("**/f/rader*", lambda route: route.abort())
    with sara.requests("/f/rader") as asked:
        amir.act("Ta ärendet").click()
        wait_until(lambda: bool(sara.texts()) and len(asked) > 3)
    sara.page.unroute("**/f/rader*")
    expect(sara.row(number)).to_contain_text("Amir Haddad")


def test_two_who_take_the_same_ticket(service: Running, begin: Begin) -> None:
    number = ticket(service, "Simhallen på lovet")
    sara, amir = begin("sara"), begin("amir")
    amir.page.route_web_socket(re.compile("/live/"), lambda socket: socket.close())
    amir.page.goto(f"/arenden/{number}")
    sara.open(number).act("Ta ärendet").click()
    expect(sara.page.locator("#ticket-head")).to_contain_text("Ditt")
    amir.act("Ta ärendet").click()
    expect(amir.page.locator("#ticket-problem")).to_contain_text("Sara Lindqvist")
    expect(amir.page.locator("#ticket-head")).to_contain_text("Sara Lindqvist")
    expect(amir.act("Ta ärendet")).to_have_count(0)
    amir.keeps_focus()


def test_colleagues_see_who_reads_and_writes(service: Running, begin: Begin) -> None:
    number = ticket(service, "Simhallen för bebisar")
    sara, amir = begin("sara").open(number), begin("amir").open(number)
    presence = sara.page.locator("#presence")
    expect(presence).to_contain_text("Amir Haddad läser")
    amir.press("r")
    amir.page.keyboard.type("Babysim är på lördagar.")
    expect(presence).to_contain_text("Amir Haddad skriver ett svar")
    amir.press("Control+Enter")
    expect(presence).to_contain_text("Amir Haddad läser")
    expect(sara.bubble("Babysim är på lördagar.")).to_be_visible()
    assert sara.page.get_by_role("button", name="Ångra").count() == 0, "only who wrote it takes it back"
    expect(amir.page.get_by_role("button", name="Ångra")).to_be_visible()
    amir.visit()
    expect(presence).to_be_hidden()


def test_a_new_letter_is_announced_as_a_sentence(service: Running, begin: Begin) -> None:
    sara = begin("sara").visit()
    sara.page.locator("#rows a").first.focus()
    ticket(service, "Simhallen stängd")
    expect(sara.page.locator("#announce")).to_have_text("1 nytt ärende")

"""A day without a mouse: every act has a key, and after every act the focus is somewhere that makes sense."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.browser.conftest import Begin
from tests.e2e.browser.letters import one_delivered, ticket
from tests.e2e.browser.screen import BROWSER, Screen
from tests.running import Running

pytestmark = BROWSER


def three(service: Running, word: str) -> list[int]:
    """Three tickets that a search for `word` shows, in the order of the list."""
    return sorted((ticket(service, f"{word} nummer {n}") for n in range(3)), reverse=True)


def opened(screen: Screen, number: int) -> None:
    expect(screen.page.locator(f'#ticket[data-number="{number}"]')).to_be_attached()
    screen.keeps_focus()


def test_take_answer_and_close_in_three_keys_besides_the_text(service: Running, begin: Begin) -> None:
    first, second, _ = three(service, "Rosenbuskar")
    sara = begin("sara").visit("/arenden?q=rosenbuskar")
    sara.row(first).locator("a").click()
    opened(sara, first)
    sara.press("m", "r")
    sara.page.keyboard.type("Rosorna beskärs i april.")
    sara.press("Control+Shift+Enter")
    expect(sara.bubble("Rosorna beskärs i april.")).to_be_visible()
    expect(sara.status).to_have_text("Avslutat")
    sara.has_focus_on(f"row {second}")
    closed = service.rows(f"SELECT status, assignee_id IS NOT NULL FROM ticket WHERE number = {first}")
    assert closed == [("closed", 1)]
    one_delivered(service, "Rosenbuskar nummer 2")


def test_a_whole_morning_by_keyboard(service: Running, begin: Begin) -> None:
    first, second, third = three(service, "Häckar")
    sara = begin("sara").visit()
    sara.press("Control+k")
    sara.page.keyboard.type("häckar")
    sara.press("Enter")
    expect(sara.row(first)).to_be_attached()
    sara.is_live()
    sara.press("j")
    sara.has_focus_on(f"row {first}")
    sara.press("j", "k", "Enter")
    opened(sara, first)
    sara.press("m")
    expect(sara.page.locator("#ticket-head")).to_contain_text("Ditt")
    sara.keeps_focus()
    sara.press("r")
    sara.page.keyboard.type("Häcken klipps i augusti.")
    sara.press("Control+Enter")
    expect(sara.bubble("Häcken klipps i augusti.")).to_be_visible()
    sara.keeps_focus()
    sara.press("Escape")
    sara.has_focus_on("#conversation")
    sara.press("e")
    expect(sara.status).to_have_text("Avslutat")
    sara.has_focus_on(f"row {second}")
    sara.press("Enter")
    opened(sara, second)
    sara.press("n")
    sara.page.keyboard.type("Gränsen är oklar.")
    sara.press("Control+Enter")
    expect(sara.page.locator(".msg.note")).to_contain_text("Gränsen är oklar.")
    sara.keeps_focus()
    sara.press("Escape", "Shift+E")
    opened(sara, third)
    sara.press("Escape")
    sara.has_focus_on(f"row {third}")


def test_closing_goes_to_the_row_that_was_next_though_the_list_was_renewed(service: Running, begin: Begin) -> None:
    sara = begin("sara").visit()
    third, fourth = sara.numbers()[2:4]
    sara.row(third).locator("a").click()
    opened(sara, third)
    sara.press("m")
    expect(sara.page.locator("#ticket-head")).to_contain_text("Ditt")
    sara.page.mouse.move(1000, 300)  # away from the list, which otherwise waits
    ticket(service, "Häckar och plank")
    expect(sara.row(third)).to_have_count(0)
    sara.press("e")
    expect(sara.status).to_have_text("Avslutat")
    sara.has_focus_on(f"row {fourth}")


def test_quick_fingers_are_not_in_their_own_way(service: Running, begin: Begin) -> None:
    sara = begin("sara").open(ticket(service, "Häckar utan ände"))
    sara.page.route("**/huvud*", lambda route: route.abort())  # she is quicker than the news of what she did
    sara.press("m", "n")
    sara.page.keyboard.type("Klart!")
    sara.press("Control+Enter", "Escape", "e")
    expect(sara.status).to_have_text("Avslutat")
    assert sara.page.locator(".conflict").count() == 0
    expect(sara.page.locator(".msg.note")).to_contain_text("Klart!")


def test_menus_give_the_focus_back(service: Running, begin: Begin) -> None:
    number = ticket(service, "Grannens träd")
    sara = begin("sara").visit("/arenden?kanal=email")
    sara.row(number).locator("a").click()
    opened(sara, number)
    sara.press("v")
    expect(sara.page.locator("#m-park")).to_be_visible()
    sara.keeps_focus()
    sara.press("Escape")
    expect(sara.page.locator("#m-park")).to_be_hidden()
    sara.keeps_focus()
    sara.press("v", "Enter")
    expect(sara.status).to_have_text("Vilar")
    sara.keeps_focus()
    sara.press("z")
    expect(sara.status).not_to_have_text("Vilar")
    sara.keeps_focus()
    for key, menu in (("a", "#m-assign"), ("t", "#m-topic"), ("?", "#help"), ("Control+k", "#search")):
        sara.press(key)
        expect(sara.page.locator(menu)).to_be_visible()
        expect(sara.page.locator(f"{menu} :focus")).to_have_count(1)
        sara.press("Escape")
        expect(sara.page.locator(menu)).to_be_hidden()
        sara.keeps_focus()


def test_single_keys_can_be_turned_off(service: Running, begin: Begin) -> None:
    leena = begin("leena").open(ticket(service, "Grannens katt"))
    leena.page.locator(".nav .me").click()
    leena.page.get_by_label("Kortkommandon med en tangent").uncheck()
    leena.press("Escape")
    leena.page.reload()
    leena.is_live()
    leena.press("m", "e", "j")
    expect(leena.status).to_have_text("Inkommet")
    leena.press("Control+k")
    expect(leena.page.locator("#search")).to_be_visible()


def test_topic_and_colleague_are_chosen_by_keyboard(service: Running, begin: Begin) -> None:
    sara = begin("sara").open(ticket(service, "Grannens staket"))
    sara.press("t")
    expect(sara.page.locator("#topic-slug")).to_be_focused()
    sara.page.keyboard.type("Bygglov")
    chosen = sara.page.locator("#topic-slug option:checked").inner_text()
    sara.press("Tab", "Enter")
    expect(sara.page.locator("#ticket-context .kv dd").first).to_have_text(chosen)
    sara.keeps_focus()
    sara.press("a")
    expect(sara.page.locator("#assign-agent")).to_be_focused()
    sara.page.keyboard.type("Amir")
    sara.press("Tab", "Enter")
    expect(sara.page.locator("#ticket-head")).to_contain_text("Amir Haddad")
    sara.keeps_focus()


def test_on_a_telephone_the_ticket_leads_back_to_its_row(service: Running, begin: Begin) -> None:
    sara = begin("sara", (390, 800), has_touch=True).visit()
    number = sara.numbers()[2]
    sara.row(number).locator("a").tap()
    opened(sara, number)
    expect(sara.page.locator("#list")).to_be_hidden()
    sara.page.locator("a[data-back]").tap()
    expect(sara.page.locator("#ticket-head")).to_be_hidden()
    sara.has_focus_on(f"row {number}")
    assert "/arenden?" in sara.page.url

"""Answers and notes: nothing typed is lost, nothing leaves twice, nothing internal leaves at all."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.browser.conftest import Begin
from tests.e2e.browser.letters import one_delivered, plain, ticket
from tests.e2e.browser.screen import BROWSER, Screen
from tests.running import Running, wait_until

pytestmark = BROWSER


def attach(screen: Screen, path: Path) -> None:
    with screen.page.expect_file_chooser() as chooser:
        screen.page.locator("label[for=reply-file]").click()
    chooser.value.set_files(path)
    expect(screen.page.locator("#reply-files-list")).to_contain_text(path.name)


def test_undo_brings_back_text_and_file_and_what_is_edited_then_is_what_leaves(
    service: Running, begin: Begin, tmp_path: Path
) -> None:
    file = tmp_path / "karta över lotter.txt"
    file.write_text("Lott 12 ligger vid ån.")
    sara = begin("sara").open(ticket(service, "Kolonilott vid ån"))
    attach(sara, file)
    sara.reply.fill("Lotten kostar 900 kronor.")
    sara.page.get_by_role("button", name="Skicka", exact=True).click()
    sent = sara.bubble("Lotten kostar 900 kronor.")
    expect(sent).to_contain_text(file.name)
    expect(sara.reply).to_have_value("")
    expect(sent.locator("[data-countdown]")).to_have_text(re.compile("Skickas om [1-4] s"))
    sent.get_by_role("button", name="Ångra").click()
    expect(sara.reply).to_have_value("Lotten kostar 900 kronor.")
    expect(sara.reply).to_be_focused()
    expect(sara.page.locator("#reply-files-list")).to_contain_text(file.name)
    expect(sent).to_have_count(0)

    sara.reply.fill("Lotten kostar 950 kronor.")
    sara.page.get_by_role("button", name="Skicka", exact=True).click()
    answer = one_delivered(service, "Kolonilott vid ån")
    assert "950 kronor" in plain(answer)
    assert "900 kronor" not in plain(answer)
    (part,) = answer.iter_attachments()
    assert part.get_filename() == file.name
    assert part.get_payload(decode=True) == file.read_bytes()


def test_undo_beside_an_answer_that_is_begun_keeps_both_once_and_whom_both_are_for(
    service: Running, begin: Begin
) -> None:
    sara = begin("sara").open(ticket(service, "Kolonilott vid ån"))
    own = sara.page.locator("#reply-to").input_value()
    sara.reply.fill("Till den boende.")
    sara.page.get_by_role("button", name="Skicka", exact=True).click()
    sent = sara.bubble("Till den boende.")
    expect(sara.reply).to_have_value("")
    sara.page.locator("#recipients-line").click()
    sara.page.locator("#reply-to").fill("eva@example.se")
    sara.reply.fill("Till Eva.")
    sent.get_by_role("button", name="Ångra").click()
    expect(sara.reply).to_have_value("Till den boende.\n\nTill Eva.")
    expect(sara.page.locator("#reply-to")).to_have_value(f"eva@example.se, {own}")
    expect(sara.page.locator("[data-changed]")).to_be_visible()


def test_two_who_send_at_once_make_one_answer(service: Running, begin: Begin) -> None:
    number = ticket(service, "Kolonilott i Sätra")
    guides = {"Sara Lindqvist": begin("sara").open(number), "Amir Haddad": begin("amir").open(number)}
    for name, screen in guides.items():
        screen.reply.fill(f"Svar från {name}.")
    for screen in guides.values():
        screen.page.evaluate("document.querySelector('#reply-form').requestSubmit()")
    held = {name: screen.page.locator(".conflict") for name, screen in guides.items()}
    wait_until(lambda: sum(place.is_visible() for place in held.values()) == 1)
    slower = next(name for name, place in held.items() if place.is_visible())
    faster = next(name for name in guides if name != slower)

    expect(held[slower]).to_contain_text(f"Svar från {faster}.")
    expect(held[slower]).to_contain_text("Skicka ändå")
    expect(guides[slower].reply).to_have_value(f"Svar från {slower}.")
    expect(guides[faster].reply).to_have_value("")
    assert f"Svar från {faster}." in plain(one_delivered(service, "Kolonilott i Sätra"))

    held[slower].get_by_role("button", name="Spara som anteckning").click()
    expect(guides[faster].page.locator(".msg.note")).to_contain_text(f"Svar från {slower}.")
    expect(guides[slower].reply).to_have_value("")
    one_delivered(service, "Kolonilott i Sätra")


def test_a_double_click_on_send_is_one_answer(service: Running, begin: Begin) -> None:
    sara = begin("sara").open(ticket(service, "Kolonilott i centrum"))
    sara.reply.fill("Kön är två år lång.")
    sara.page.get_by_role("button", name="Skicka", exact=True).dblclick()
    one_delivered(service, "Kolonilott i centrum")
    expect(sara.bubble("Kön är två år lång.")).to_have_count(1)


def test_a_note_looks_different_and_never_leaves(service: Running, begin: Begin) -> None:
    number = ticket(service, "Kolonilott utan vatten")
    sara = begin("sara").open(number)
    promised = service.rows("SELECT count(*) FROM outbox")
    ground = "getComputedStyle(document.querySelector('#composer')).backgroundColor"
    answering = sara.page.evaluate(ground)
    sara.reply.fill("Det här svaret är inte klart.")
    sara.press("Escape", "n")
    expect(sara.note).to_be_focused()
    assert sara.page.evaluate(ground) != answering
    buttons = sara.page.locator("#composer button[type=submit]:visible")
    expect(buttons).to_have_text("Spara anteckning")
    sara.page.keyboard.type("Hemlig: vattnet är avstängt.")
    sara.press("Control+Enter")
    expect(sara.page.locator(".msg.note")).to_contain_text("Hemlig: vattnet är avstängt.")
    expect(sara.note).to_have_value("")
    sara.press("Escape", "r")
    expect(sara.reply).to_have_value("Det här svaret är inte klart.")
    assert sara.page.evaluate(ground) == answering
    assert service.rows("SELECT count(*) FROM outbox") == promised


def test_nothing_to_say_is_not_sent(service: Running, begin: Begin) -> None:
    number = ticket(service, "Kolonilott med stuga")
    sara = begin("sara").open(number)
    sara.page.get_by_role("button", name="Skicka", exact=True).click()
    expect(sara.page.locator("#reply-form [data-save-state]")).to_have_text("Skriv något först.")
    expect(sara.reply).to_be_focused()
    assert sara.page.locator(".msg.out").count() == 0


def test_a_draft_survives_live_changes_a_lost_connection_and_another_computer(service: Running, begin: Begin) -> None:
    number = ticket(service, "Kolonilott med växthus")
    sara, amir = begin("sara").open(number), begin("amir").open(number)
    box = "document.querySelector('#reply-text')"
    sara.press("r")
    sara.page.keyboard.type("Hej! Växthuset får vara 15 kvadratmeter.")
    sara.press(*["ArrowLeft"] * 5)
    sara.page.evaluate(f"{box}.dataset.same = 'yes'")
    state = f"[{box}.value, {box}.selectionStart, {box}.selectionEnd, {box}.dataset.same, document.activeElement.id]"
    before = sara.page.evaluate(state)

    amir.press("m")
    expect(sara.page.locator("#ticket-head")).to_contain_text("Amir Haddad")
    amir.press("n")
    amir.page.keyboard.type("Jag har ringt henne.")
    amir.press("Control+Enter")
    expect(sara.page.locator(".msg.note")).to_contain_text("Jag har ringt henne.")
    assert sara.page.evaluate(state) == before

    sara.context.set_offline(True)
    sara.page.keyboard.type(" (ungefär)")
    expect(sara.page.locator("#reply-form [data-save-state]")).to_contain_text("offline")
    sara.context.set_offline(False)
    sara.press("End")
    sara.page.keyboard.type(" Välkommen!")
    expect(sara.page.locator("#reply-form [data-save-state]")).to_contain_text("Utkast sparat")
    typed = "Hej! Växthuset får vara 15 kvadratm (ungefär)eter. Välkommen!"
    expect(sara.reply).to_have_value(typed)
    sara.page.reload()
    expect(sara.reply).to_have_value(typed)
    elsewhere = begin("sara").open(number)
    expect(elsewhere.reply).to_have_value(typed)
    expect(amir.reply).to_have_value("")


def test_what_was_typed_offline_is_there_after_a_reload(service: Running, begin: Begin) -> None:
    number = ticket(service, "Kolonilott med jordkällare")
    sara = begin("sara").open(number)
    sara.page.route("**/utkast/**", lambda route: route.abort())
    sara.reply.fill("Jordkällaren ingår.")
    expect(sara.page.locator("#reply-form [data-save-state]")).to_contain_text("Inte sparat")
    sara.page.reload()
    expect(sara.reply).to_have_value("Jordkällaren ingår.")
    sara.page.unroute("**/utkast/**")
    sara.press("r", "End")
    sara.page.keyboard.type(" Ja!")
    expect(sara.page.locator("#reply-form [data-save-state]")).to_contain_text("Utkast sparat")
    assert service.rows(
        f"SELECT text FROM draft JOIN ticket ON ticket.id = draft.ticket_id WHERE ticket.number = {number}"
    ) == [("Jordkällaren ingår. Ja!",)]


def test_a_conversation_of_several_days_names_each_day_once(service: Running, begin: Begin) -> None:
    """Also after it was brought up to date, for which lines of earlier days are asked for again."""
    several = """SELECT number FROM ticket JOIN entry ON entry.ticket_id = ticket.id WHERE ticket.status != 'closed'
        AND domain_id = (SELECT id FROM domain WHERE slug = 'common') AND entry.kind = 'message'
        GROUP BY number HAVING count(DISTINCT date(entry.at)) > 1 AND sum(entry.state = 'sent') > 0"""
    ((number,), *_) = service.rows(several)
    sara = begin("sara").open(int(str(number)))
    before = sara.page.locator("#timeline-items [data-day]").all_inner_texts()
    for text in ("Ringer i morgon.", "Har ringt."):
        with sara.page.expect_response(lambda answer: "/tidslinje" in answer.url):
            sara.press("n")
            sara.page.keyboard.type(text)
            sara.press("Control+Enter")
        expect(sara.page.locator("#timeline-items .msg").last).to_contain_text(text)
        sara.press("Escape")
    days = sara.page.locator("#timeline-items [data-day]").all_inner_texts()
    assert len(before) > 1
    assert sorted(set(days)) == sorted(days)

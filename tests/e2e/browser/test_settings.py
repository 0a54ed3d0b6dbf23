"""An administrator's hour without a mouse: reply times, signatures, what a group sees, and the conditions of a rule."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.browser.conftest import Begin
from tests.e2e.browser.letters import one_delivered, ticket
from tests.e2e.browser.screen import BROWSER, Screen
from tests.running import Running

pytestmark = BROWSER


def reach(screen: Screen, selector: str) -> None:
    """Tab until the focus is on `selector`, which every control must be within a page's length of."""
    for _ in range(300):
        if screen.page.evaluate("(selector) => document.activeElement?.matches(selector) ?? false", selector):
            return
        screen.press("Tab")
    raise AssertionError(f"Tab never comes to {selector}")


def save(screen: Screen) -> None:
    """Save and agree to what it touches: the button to agree with has the focus by itself."""
    reach(screen, ".buttons button:not([name])")
    screen.press("Enter")
    expect(screen.page.locator(".set-preview")).to_be_visible()
    expect(screen.page.locator("button[name=confirm]:not(.vh)")).to_be_focused()
    screen.press("Enter")


def test_a_reply_time_is_made_and_changed_in_place(begin: Begin) -> None:
    admin = begin("admin")
    admin.page.goto("/installningar/svarstider")
    reach(admin, "a[href='/installningar/svarstider/ny']")
    admin.press("Enter")
    expect(admin.page.locator(".set-edit")).to_be_visible()
    reach(admin, "select[name=topic]")
    admin.page.keyboard.type("Bad")
    reach(admin, "select[name=channel]")
    admin.page.keyboard.type("Chatt")
    reach(admin, "input[name=count]")
    admin.page.keyboard.type("2")
    save(admin)
    row = admin.page.locator("li", has_text="Bad, simskola och idrott, chatt: svara inom 2 minuter")
    expect(row).to_be_visible()
    key = row.get_attribute("id")
    reach(admin, f"[id='{key}'] a")
    admin.press("Enter")
    expect(admin.page.locator(".set-edit")).to_be_visible()
    reach(admin, "input[name=count]")
    admin.press("Control+a")
    admin.page.keyboard.type("5")
    save(admin)
    expect(admin.page.locator(f"[id='{key}']")).to_contain_text("svara inom 5 minuter")
    admin.keeps_focus()


def test_a_signature_is_written_and_stands_below_the_next_answer(service: Running, begin: Begin) -> None:
    number = ticket(service, "Signaturens ärende")
    admin = begin("admin")
    admin.page.goto("/installningar/signaturer")
    reach(admin, "[id='o-*'] a")
    admin.press("Enter")
    expect(admin.page.locator(".set-edit")).to_be_visible()
    reach(admin, "textarea[name=text]")
    admin.press("Control+a")
    admin.page.keyboard.type("Varma hälsningar\n{{vägledare}}\n{{titel}}, {{kommun}}\n{{plats}}\n{{ärende}}")
    save(admin)
    expect(admin.page.locator("[id='o-*']")).to_contain_text("Varma hälsningar · {{vägledare}}")
    sara = begin("sara").open(number)
    sara.page.locator("[popovertarget=m-signature]").focus()
    sara.press("Enter")
    expect(sara.page.locator("#signature")).to_contain_text("Varma hälsningar\nSara")
    sara.press("Escape")
    sara.reply.focus()
    sara.page.keyboard.type("Här är svaret.")
    sara.press("Control+Enter")
    expect(sara.bubble("Här är svaret.")).to_be_visible()
    letter = one_delivered(service, "Signaturens ärende")
    for kind in ("plain", "html"):
        body = letter.get_body((kind,))
        assert body is not None
        text = body.get_content()
        assert "Varma hälsningar" in text
        assert f"KC-{number}" in text


def test_a_whole_group_is_given_sight_and_it_is_taken_back(begin: Begin) -> None:
    admin = begin("admin")
    for said in ("Får se Socialtjänst: ", "Ser inte längre Socialtjänst: "):
        admin.page.goto("/installningar/grupper/customer_service")
        reach(admin, "input[name=domains][value=social]")
        admin.press("Space")
        reach(admin, ".buttons button:not([name])")
        admin.press("Enter")
        expect(admin.page.locator(".set-preview")).to_contain_text(said)
        expect(admin.page.locator("button[name=confirm]:not(.vh)")).to_be_focused()
        admin.press("Enter")
        expect(admin.page.locator("#o-customer_service.set-row")).to_be_attached()


def rule_by_keyboard(admin: Screen, name: str) -> None:
    """Write a rule with two conditions, one of which is taken away again."""
    admin.page.goto("/installningar/fordelningsregler/ny")
    reach(admin, "input[name=name]")
    admin.page.keyboard.type(name)
    for condition, label in (("if_channel", "Om kan"), ("if_words", "Om n")):
        reach(admin, "select[name=add]")
        admin.page.keyboard.type(label)
        reach(admin, "button[name=rearrange]")
        admin.press("Enter")
        expect(admin.page.locator(f"input[name=rows][value={condition}]")).to_be_attached()
        expect(admin.page.locator(f"#f-ny-{condition}")).to_be_focused()
    admin.page.keyboard.type("gruslada")
    admin.press("Shift+Tab")
    expect(admin.page.locator("button[name=drop][value=if_channel]")).to_be_focused()
    admin.press("Enter")
    expect(admin.page.locator("input[name=rows]")).to_have_count(1)
    expect(admin.page.locator("select[name=add]")).to_be_focused()
    expect(admin.page.locator("textarea[name=if_words]")).to_have_value("gruslada")
    expect(admin.page.locator("input[name=name]")).to_have_value(name)
    reach(admin, "select[name=then_priority]")
    admin.page.keyboard.type("H")
    save(admin)
    expect(admin.page.locator("li", has_text=name)).to_contain_text(
        "Om texten innehåller gruslada → Sätt prioritet: Hög"
    )


def test_conditions_are_added_and_taken_away(begin: Begin) -> None:
    rule_by_keyboard(begin("admin"), "Grus med skript")


def test_conditions_are_added_and_taken_away_without_scripts(begin: Begin) -> None:
    rule_by_keyboard(begin("admin", java_script_enabled=False), "Grus utan skript")


def test_enter_in_a_line_saves_and_takes_no_condition_away(begin: Begin) -> None:
    admin = begin("admin")
    admin.page.goto("/installningar/fordelningsregler")
    admin.page.locator(".set-row a").first.click()
    expect(admin.page.locator("input[name=rows]")).to_have_count(1)
    reach(admin, "input[name=name]")
    admin.press("End")
    admin.page.keyboard.type(" nu")
    admin.press("Enter")
    expect(admin.page.locator(".set-preview")).to_be_visible()
    expect(admin.page.locator("input[name=rows]")).to_have_count(1)

"""To whom an answer goes, from the guide's fields to the envelope; and what is seen when nobody knows if it left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser.conftest import Begin, windows
from tests.e2e.browser.letters import letter, number_of, post, ticket
from tests.e2e.browser.screen import BROWSER, Screen
from tests.running import Running, serving, wait_until
from tests.sink import Manner, Sink, Taken, sink

pytestmark = BROWSER
ANNA, BO, EVA, HIDDEN = "anna.ek@example.se", "bo@example.com", "eva@example.se", "dold@example.com"


@dataclass
class Posted:
    """The product with a mail server behind it, and windows onto it."""

    service: Running
    sink: Sink
    begin: Begin

    def about(self, subject: str, count: int = 1) -> list[Taken]:
        """The answers with this subject, when there are so many."""
        wait_until(lambda: len(self._about(subject)) >= count)
        return self._about(subject)

    def _about(self, subject: str) -> list[Taken]:
        return [taken for taken in list(self.sink.taken) if taken.mail["Subject"] == f"Sv: {subject}"]


@pytest.fixture(scope="module")
def house(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Sink]]:
    folder = tmp_path_factory.mktemp("posted")
    with sink() as server:
        config = folder / "config.toml"
        config.write_text(
            "[channels.mail]\nundo_seconds = 0\n"
            f'[channels.mail.smarthost]\nhost = "127.0.0.1"\nport = {server.port}\ntls = "none"\n'
        )
        with serving(folder / "var", "--demo", "--config", config) as running:
            yield running, server
    assert "Traceback" not in (folder / "var.log").read_text()


@pytest.fixture
def posted(house: tuple[Running, Sink], browser: Browser) -> Iterator[Posted]:
    service, server = house
    server.manner = Manner()
    with windows(service, browser, lambda name: {}) as begin:
        yield Posted(service, server, begin)


def at(posted: Posted, name: str, number: int) -> Screen:
    return posted.begin(name, fresh=True).open(number)


def send(screen: Screen, text: str) -> None:
    screen.reply.fill(text)
    screen.page.get_by_role("button", name="Skicka", exact=True).click()
    expect(screen.bubble(text)).to_be_visible()


def test_copies_are_of_one_answer_alone(posted: Posted) -> None:
    """Scenario 12, with a hidden copy: by the keyboard, over SMTP, to another author, another guide, another ticket."""
    subject = "Häcken vid lekplatsen"
    number = ticket(posted.service, subject, "Hej! När klipps häcken vid lekplatsen?")
    sara = at(posted, "sara", number)
    line = sara.page.locator("#recipients-line")
    expect(line.locator("[data-line]")).to_have_text(f"E-post till {ANNA}")
    expect(line.locator("[data-changed]")).to_be_hidden()
    line.focus()
    sara.press("Enter", "Tab", "Tab")
    sara.has_focus_on("#reply-cc")
    sara.page.keyboard.type(f"Bo Ek <{BO}>, {EVA}")
    sara.press("Enter", "Tab")
    sara.page.keyboard.type(HIDDEN)
    expect(line).to_have_class(re.compile("changed"))
    expect(line.locator("[data-changed]")).to_be_visible()
    expect(line).to_contain_text(f"dold kopia till {HIDDEN}")
    expect(sara.page.locator("#announce")).to_have_text("Ändrade mottagare")
    expect(sara.page.locator("#reply-form [data-save-state]")).to_contain_text("Utkast sparat")
    sara.page.fill("#reply-cc", "bo")
    sara.reply.fill("Häcken klipps i maj.")
    sara.page.get_by_role("button", name="Skicka", exact=True).click()
    expect(sara.page.locator("#composer-problem")).to_contain_text("”bo” är ingen e-postadress")
    expect(sara.page.locator("#reply-cc")).to_be_visible()
    expect(sara.page.locator("#reply-cc")).to_have_attribute("aria-invalid", "true")
    sara.page.fill("#reply-cc", f"Bo Ek <{BO}>, {EVA}")
    expect(sara.page.locator("#reply-form [data-save-state]")).to_contain_text("Utkast sparat")
    sara.open(number)
    expect(line.locator("[data-changed]")).to_be_visible()
    expect(sara.page.locator("#reply-bcc")).to_have_value(HIDDEN)
    send(sara, "Häcken klipps i maj.")
    (first,) = posted.about(subject)
    assert sorted(first.recipients) == sorted((ANNA, BO, EVA, HIDDEN))
    assert (first.mail["To"], first.mail["Cc"], first.mail["Bcc"]) == (ANNA, f"{BO}, {EVA}", None)
    assert HIDDEN.encode() not in first.data
    expect(sara.bubble("Häcken klipps i maj.")).to_contain_text(f"Dold kopia (syns bara för personal): {HIDDEN}")
    expect(line).not_to_have_class(re.compile("changed"))
    send(sara, "Det blir den femte maj.")
    assert posted.about(subject, 2)[-1].recipients == (ANNA,)

    words = "Jag är granne och undrar detsamma."
    post(posted.service, letter(f"Sv: {subject}", words, sender=f"Bo Ek <{BO}>", answers=str(first.mail["Message-ID"])))
    expect(sara.bubble(words)).to_be_visible()
    expect(sara.page.locator(".offered input")).to_have_value(BO)
    expect(line.locator("[data-line]")).to_have_text(f"E-post till {ANNA}")
    expect(line.locator("[data-changed]")).to_be_hidden()
    amir = at(posted, "amir", number)
    expect(amir.page.locator("#recipients-line")).to_contain_text(f"E-post till {ANNA}")
    amir.page.locator("#recipients-line").click()
    expect(amir.page.get_by_role("checkbox", name=BO)).not_to_be_checked()
    send(amir, "Den femte, som sagt.")
    third = posted.about(subject, 3)[-1]
    assert (third.recipients, third.mail["To"], third.mail["Cc"]) == ((ANNA,), ANNA, None)

    other = ticket(posted.service, "Gungan är trasig", "Hej! Gungan i lekparken är trasig.")
    send(at(posted, "sara", other), "Den lagas i veckan.")
    (fourth,) = posted.about("Gungan är trasig")
    assert fourth.recipients == (ANNA,)


def test_a_copy_that_is_offered_is_one_click_and_works_without_scripts(posted: Posted) -> None:
    subject = "Hundrastgård i Norr"
    words = letter(subject, "Hej! Får vi en hundrastgård?")
    words["Cc"] = f"Bo Ek <{BO}>"
    post(posted.service, words)
    screen = posted.begin("sara", fresh=True, java_script_enabled=False)
    page = screen.page
    page.goto(f"/arenden/{number_of(posted.service, subject)}")
    page.locator("#recipients-line").click()
    page.get_by_role("checkbox", name=BO).check()
    page.fill("#reply-bcc", "inte en adress")
    screen.reply.fill("Ja, i höst.")
    with screen.requests("/svar") as asked:
        page.locator("#reply-bcc").press("Enter")
        page.get_by_role("button", name="Skicka", exact=True).click()
        expect(page).to_have_title(re.compile("^Fel:"))
    assert len(asked) == 1, "Enter in a field of addresses sends nothing"
    expect(page.get_by_role("alert")).to_contain_text("”inte en adress” är ingen e-postadress.")
    screen.has_focus_on("#ticket-problem")
    expect(page.locator("#reply-cc")).to_have_value(BO)
    page.fill("#reply-bcc", "")
    page.get_by_role("button", name="Skicka", exact=True).click()
    (taken,) = posted.about(subject)
    assert sorted(taken.recipients) == sorted((ANNA, BO))
    assert taken.mail["Cc"] == BO


def test_an_uncertain_answer_says_so_and_leaves_twice_at_most(posted: Posted) -> None:
    """Scenario 11: the server takes the mail and hangs up before it says so."""
    subject = "Gatlampan utanför oss"
    sara = at(posted, "sara", ticket(posted.service, subject, "Hej! Gatlampan utanför oss är släckt."))
    posted.sink.manner.drops = 2
    send(sara, "Den lagas på fredag.")
    sent = sara.bubble("Den lagas på fredag.")
    expect(sent.locator(".fail")).to_contain_text("Vi vet inte om det kom fram")
    expect(sara.status).to_have_text("Pågår")
    sent.get_by_role("button", name="Skicka igen").click()
    expect(sent.locator(".fail")).to_contain_text("Svaret har skickats två gånger")
    expect(sent.get_by_role("button", name="Skicka igen")).to_have_count(0)
    first, second = posted.about(subject, 2)
    assert first.mail["Message-ID"] == second.mail["Message-ID"]
    sent.get_by_role("button", name="Det kom fram").click()
    expect(sent.locator(".fail")).to_have_count(0)
    expect(sent.locator(".state")).to_have_text("Skickat")
    expect(sara.status).to_have_text("Väntar på invånaren")
    assert len(posted.about(subject)) == 2


def test_a_copy_that_the_server_refuses_is_named_and_warned_of(posted: Posted) -> None:
    subject = "Sandlåda på torget"
    number = ticket(posted.service, subject, "Hej! Kan vi få en sandlåda på torget?")
    sara = at(posted, "sara", number)
    posted.sink.manner.refuses[HIDDEN] = "550 5.1.1 no such user"
    sara.page.locator("#recipients-line").click()
    sara.page.fill("#reply-bcc", HIDDEN)
    send(sara, "Ja, till sommaren.")
    sent = sara.bubble("Ja, till sommaren.")
    expect(sent).to_contain_text(f"Nådde inte {HIDDEN}")
    expect(sent.locator(".fail")).to_have_count(0)
    sara.page.locator("#recipients-line").click()
    note = sara.page.locator(".missed")
    expect(note).to_have_count(1)
    expect(note).to_be_hidden()
    sara.page.fill("#reply-cc", f"Dold <{HIDDEN}>")
    expect(note).to_have_text(re.compile(f"Det senaste svaret nådde inte {HIDDEN}"))

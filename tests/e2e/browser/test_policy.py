"""What the browser is sent: nothing inline, nothing that the content policy has to stop, and not much of it."""

from __future__ import annotations

import gzip
import re
from html.parser import HTMLParser

import pytest
from playwright.sync_api import Response

from tests.e2e.browser.conftest import Begin
from tests.e2e.browser.letters import letter, number_of, post
from tests.e2e.browser.screen import BROWSER, Screen
from tests.running import Running

pytestmark = BROWSER
LISTEN = """addEventListener("securitypolicyviolation", (event) =>
    reportViolation(`${event.documentURI}: ${event.violatedDirective} ${event.blockedURI}`))"""
VIEWS = ("mina", "otilldelade", "nya-svar", "vantar", "oppna", "avslutade")
EVERYWHERE = (
    *(f"/arenden?vy={view}" for view in VIEWS),
    "/arenden?q=bygglov",
    "/arenden?kanal=email&amne=building_permit",
    "/arenden?vy=finnsinte",
    "/arenden/999999",
    "/konto/losenord",
    "/karantan",
    "/parkerat",
    "/parkerat/1",
    "/finns-inte",
)
KB = 1000


class Inline(HTMLParser):
    """Collects what a strict content policy forbids in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in names):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name == "style" or name.startswith("on") or (value or "").strip().lower().startswith("javascript:"):
                self.found.append(f"<{tag} {name}={value!r}>")


def inline(html: str) -> list[str]:
    parser = Inline()
    parser.feed(html)
    return parser.found


def test_the_parser_finds_what_is_inline() -> None:
    html = '<p style="x" onclick="y">a</p><script>z</script><style></style><a href=" javascript:1"></a><script src="/">'
    assert len(inline(html)) == 5
    assert inline('<p class="style" data-on="1"><script src="/a.js"></script><a href="/on">on</a>') == []


@pytest.mark.parametrize("name", ["sara", "ingrid", "admin"])
def test_no_page_holds_or_does_what_the_policy_forbids(service: Running, begin: Begin, name: str) -> None:
    message = letter(f"Sandlåda för {name}", "Hej! Sanden är slut i lekparken.")
    message.add_alternative("<p>Hej! <b>Sanden</b> är slut.</p>", subtype="html")
    post(service, message)
    number_of(service, f"Sandlåda för {name}")
    screen = begin(name)
    seen: set[str] = set()
    faults: list[str] = []
    screen.context.expose_function("reportViolation", lambda what: faults.append(what))
    screen.context.add_init_script(LISTEN)

    def note(response: Response) -> None:
        if "html" in response.headers.get("content-type", "") and response.status != 303:
            seen.add(response.url)
            faults.extend(f"{response.url}: {what}" for what in inline(response.text()))
            if not is_strict(response):
                faults.append(f"{response.url}: no strict policy")

    screen.page.on("response", note)
    for path in EVERYWHERE:
        screen.page.goto(path)
        visit_first_ticket(screen)
    screen.page.remove_listener("response", note)
    assert faults == []
    assert len(seen) >= len(EVERYWHERE)


def visit_first_ticket(screen: Screen) -> None:
    """Open a ticket from the list, with the original of its letter and the menu of what can be done."""
    links = screen.page.locator("#rows a.trow")
    if not links.count():
        return
    links.last.click()
    screen.page.locator("#ticket-head").wait_for()
    original = screen.page.locator(".original:has(iframe) summary")
    if original.count():
        original.first.click()
        screen.page.frame_locator("iframe.mail").locator("body").wait_for()
    screen.page.locator("[popovertarget=m-more]").first.click()


def is_strict(response: Response) -> bool:
    """Whether a page forbids what is inline, and others to frame it."""
    said = response.headers.get("content-security-policy", "")
    return "default-src 'none'" in said and "unsafe" not in said and "frame-ancestors" in said


def test_what_a_first_visit_costs(begin: Begin) -> None:
    """Files weigh what they do compressed, fonts what they are; the one for rare letters comes when they do."""
    screen = begin("sara")
    answers: list[Response] = []
    screen.page.on("response", lambda response: answers.append(response))
    screen.page.goto("/arenden", wait_until="networkidle")
    weights: dict[str, int] = {}
    for response in tuple(answers):
        name = re.sub(r".*/|\.[A-Za-z0-9]{8}(?=\.)", "", response.url)
        if response.status == 200 and "latin-ext" not in name:
            body = response.body()
            weights[name] = len(body) if name.endswith("woff2") else len(gzip.compress(body, 9))
    assert weights["app.js"] <= 45 * KB
    assert weights["app.css"] <= 14 * KB
    assert weights["arenden"] <= 15 * KB
    assert sum(weights.values()) <= 110 * KB, weights
    assert {"icons.svg", "source-sans-3-latin-wght-normal.woff2"} <= set(weights), "everything is counted"

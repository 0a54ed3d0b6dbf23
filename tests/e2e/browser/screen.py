"""A guide's screen in a real browser, in the words of those who use it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from tests.running import wait_until

PASSWORD = "ekhamra-exempel-2026"
BROWSER = pytest.mark.browser
"""The mark of every test here: they need Chromium, and share one product and one browser."""


class Screen:
    """One window. `page` is there for what has no word here."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.context = page.context

    # pages

    def sign_in(self, name: str) -> None:
        """Sign in on the sign-in page and wait for the queue."""
        self.page.goto("/logga-in")
        self.page.fill("#login", f"{name}@ekhamra.example")
        self.page.fill("#password", PASSWORD)
        self.page.click("main button[type=submit]")
        expect(self.page.locator("#list")).to_be_attached()

    def visit(self, path: str = "/arenden") -> Screen:
        """Go to a page of the queue and wait until it is live."""
        self.page.goto(path)
        self.is_live()
        return self

    def open(self, number: int, query: str = "") -> Screen:
        """Go to a ticket by its address."""
        return self.visit(f"/arenden/{number}{query}")

    def is_live(self) -> None:
        expect(self.page.locator('#live[data-state="on"]')).to_be_attached()

    # the list

    def row(self, number: int) -> Locator:
        return self.page.locator(f'#rows li[data-number="{number}"]')

    def numbers(self) -> list[int]:
        """The tickets in the list, from the top."""
        return [int(row.get_attribute("data-number") or 0) for row in self.page.locator("#rows li").all()]

    def texts(self) -> list[list[str]]:
        """What every row says, with its revision; how long somebody has waited changes by itself and is left out."""
        rows: list[list[str]] = self.page.evaluate(
            """() => [...document.querySelectorAll("#rows li")].map((row) => {
                const copy = row.cloneNode(true);
                copy.querySelectorAll("time").forEach((time) => time.remove());
                return [row.id, row.dataset.rev, copy.textContent.replace(/\\s+/g, " ").trim()];
            })"""
        )
        return rows

    # the ticket

    @property
    def reply(self) -> Locator:
        return self.page.locator("#reply-text")

    @property
    def note(self) -> Locator:
        return self.page.locator("#note-text")

    @property
    def messages(self) -> Locator:
        return self.page.locator("#timeline-items .msg")

    @property
    def status(self) -> Locator:
        return self.page.locator("#ticket-head .tag").first

    def act(self, name: str) -> Locator:
        """A button of the ticket's head."""
        return self.page.locator("#ticket-head .acts").get_by_role("button", name=name, exact=True)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def bubble(self, text: str) -> Locator:
        """The message in the timeline that says `text`."""
        return self.messages.filter(has_text=text)

    # what a reader of the screen cannot see

    def focused(self) -> str:
        """What has the focus: a selector of it, or its tag."""
        found: str = self.page.evaluate(
            """() => { const at = document.activeElement;
                return at?.id ? "#" + at.id : at?.closest("[data-number]") && at.matches("a.trow")
                    ? "row " + at.closest("[data-number]").dataset.number : at?.tagName ?? "nothing"; }"""
        )
        return found

    def has_focus_on(self, place: str) -> None:
        """Wait until the focus is there; it must come to rest somewhere, never on the page itself."""
        wait_until(lambda: self.focused() == place)

    def keeps_focus(self) -> None:
        wait_until(lambda: self.focused() not in ("BODY", "nothing"))

    @contextmanager
    def requests(self, part: str) -> Iterator[list[Request]]:
        """The requests that go out meanwhile to addresses with `part` in them."""
        seen: list[Request] = []

        def note(request: Request) -> None:
            if part in request.url:
                seen.append(request)

        self.page.on("request", note)
        yield seen
        self.page.remove_listener("request", note)

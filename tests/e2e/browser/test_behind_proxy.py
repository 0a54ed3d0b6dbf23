"""Pages and live updates of several processes behind nginx look like one place."""

from __future__ import annotations

import os
import smtplib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser.letters import letter
from tests.e2e.browser.screen import BROWSER
from tests.integration import databases
from tests.proxy import NEEDED, plain, proxy
from tests.together import Together, free_port, together

pytestmark = [BROWSER, pytest.mark.postgres, NEEDED]
PASSWORD = "ett-ganska-langt-losenord"


@pytest.fixture
def many(tmp_path: Path) -> Iterator[tuple[Together, int]]:
    port = free_port()
    more = f'[web]\npublic_url = "http://127.0.0.1:{port}"\n'
    with (
        databases.postgres(f"proxy_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}") as url,
        together(tmp_path, url, more) as made,
    ):
        yield made, port


def test_a_mail_appears_by_itself_on_a_page_of_the_other_process(
    many: tuple[Together, int], browser: Browser, tmp_path: Path
) -> None:
    made, port = many
    added = made.run(
        *("agent", "add", "eva@ekhamra.example", "--name", "Eva Ek", "--role", "admin"),
        *("--team", "customer_service", "--domain", "common", "--domain", "acute"),
        said=f"{PASSWORD}\n",
    )
    assert added.returncode == 0, added.stderr
    first, live, smtp = made.start("web"), made.start("live"), made.start("smtp")
    second = made.start("web", "--web", f"unix:{tmp_path}/pages.sock")
    relay = made.start("relay")
    assert relay.said
    assert second.said == f"unix:{tmp_path}/pages.sock"
    pages = [first.said.removeprefix("http://"), second.said]
    where = plain(tmp_path, port, pages, live.said.removeprefix("http://"))
    with proxy(where, port) as address, closing(browser.new_context(base_url=address)) as window:
        page = window.new_page()
        page.goto("/logga-in")
        page.fill("#login", "eva@ekhamra.example")
        page.fill("#password", PASSWORD)
        page.click("main button[type=submit]")
        expect(page.locator('#live[data-state="on"]')).to_be_attached(timeout=20_000)
        with smtplib.SMTP(*smtp.address, timeout=20) as server:
            server.send_message(letter("Simhallen", "Vad kostar det?"))
        expect(page.locator("body")).to_contain_text("Simhallen", timeout=20_000)
        assert live.end() == 0
        expect(page.locator('#live[data-state="lost"]')).to_be_attached(timeout=5_000)
        again = made.start("live", "--live", live.said.removeprefix("http://"))
        assert again.said
        expect(page.locator('#live[data-state="on"]')).to_be_attached(timeout=20_000)
        assert first.end() == 0
        page.goto("/arenden")
        expect(page.locator("body")).to_contain_text("Simhallen")
    assert second.end() == 0
    assert not (tmp_path / "pages.sock").exists()

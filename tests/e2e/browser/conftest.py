"""One served product with example data and one real browser for all tests here; each test has windows of its own."""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    StorageState,
    ViewportSize,
    expect,
    sync_playwright,
)

from tests.e2e.browser.screen import Screen
from tests.running import Running, serving

UNDO_SECONDS = 6
PATIENCE_MS = 20_000
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES = ("chromium", "chromium-browser", "google-chrome")

Begin = Callable[..., Screen]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where the browser is; `CHROMIUM` says so, or it is on the path."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        pytest.skip("there is no Chromium: install it, or set CHROMIUM to where it is")
    return found


@pytest.fixture(scope="session")
def service(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The product with its example data, answers leaving after a few seconds. Its log must stay free of faults."""
    folder = tmp_path_factory.mktemp("browser")
    config = folder / "config.toml"
    config.write_text(f"[channels.mail]\nundo_seconds = {UNDO_SECONDS}\n")
    with serving(folder / "var", "--demo", "--config", config) as running:
        yield running
    assert "Traceback" not in (folder / "var.log").read_text()


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture(scope="session")
def signed_in(service: Running, browser: Browser) -> Callable[[str], StorageState]:
    """The cookies of somebody who has signed in on the sign-in page, once for all tests."""
    known: dict[str, StorageState] = {}

    def state(name: str) -> StorageState:
        if name not in known:
            context = browser.new_context(base_url=service.web)
            Screen(context.new_page()).sign_in(name)
            known[name] = context.storage_state()
            context.close()
        return known[name]

    return state


@contextmanager
def windows(service: Running, browser: Browser, signed_in: Callable[[str], StorageState]) -> Iterator[Begin]:
    """Windows to open: `begin("sara")` is one in which Sara is signed in, `begin()` one in which nobody is.

    Whatever goes wrong in a page's scripts, or breaks its content policy, is a failure at the end, unless the window
    was opened with `hostile=True` because it is to show something that must be stopped.
    """
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def window(
        name: str = "",
        size: tuple[int, int] = (1440, 900),
        *,
        fresh: bool = False,
        hostile: bool = False,
        **options: Any,
    ) -> Screen:
        state = signed_in(name) if name and not fresh else None
        settings = {"locale": "sv-SE", "timezone_id": "Europe/Stockholm", "reduced_motion": "reduce", **options}
        viewport: ViewportSize = {"width": size[0], "height": size[1]}
        context = browser.new_context(base_url=service.web, viewport=viewport, storage_state=state, **settings)
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        if not hostile:
            watch(context, faults)
        screen = Screen(context.new_page())
        if name and fresh:
            screen.sign_in(name)
        return screen

    yield window
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def begin(service: Running, browser: Browser, signed_in: Callable[[str], StorageState]) -> Iterator[Begin]:
    """Windows that are closed after the test."""
    with windows(service, browser, signed_in) as opened:
        yield opened


@pytest.fixture(scope="module")
def resume(service: Running, browser: Browser, signed_in: Callable[[str], StorageState]) -> Iterator[Begin]:
    """Windows that stay open for the next test: asked for in the same way, the same window is given."""
    with windows(service, browser, signed_in) as opened:
        yield functools.cache(opened)


def watch(context: BrowserContext, faults: list[str]) -> None:
    """Note script errors and everything the content policy stops, in every page of a browser window."""

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            faults.append(message.text)

    context.on("console", heard)
    context.on("weberror", lambda error: faults.append(str(error.error)))

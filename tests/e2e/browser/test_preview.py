"""Pictures and PDFs of a mail are looked at over the ticket, by keyboard too, and can do nothing there."""

from __future__ import annotations

import struct
import zlib

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser.conftest import Begin
from tests.e2e.browser.letters import letter, number_of, post
from tests.e2e.browser.screen import BROWSER, Screen
from tests.e2e.browser.sight import clipped, faults, misfits
from tests.running import Running, wait_until

pytestmark = BROWSER
SUBJECT = "Bilder från lekplatsen"
VIEWER = "chrome-extension://"


def drawing(width: int, height: int) -> bytes:
    """A picture in one colour (PNG)."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = (b"\0" + b"\x2f\x80\x60" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def paper() -> bytes:
    """A PDF of one page that would run a script when it is opened."""
    things = (
        b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (this.submitForm('/logga-ut')) >> >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 400] /Contents 4 0 R >>",
        b"<< /Length 28 >>\nstream\n1 0 0 rg 20 20 260 360 re f \nendstream",
    )
    content, places = b"%PDF-1.4\n", []
    for number, thing in enumerate(things, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, thing)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer << /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % len(content)
    return content + b"xref\n0 5\n0000000000 65535 f \n" + table + trailer


@pytest.fixture(scope="module")
def number(service: Running) -> int:
    """A ticket with a picture, a PDF, and something that only calls itself a PDF."""
    message = letter(SUBJECT, "Hej!\n\nSe bilderna.\n\n-- \nAnna Ek\nBjörkvägen 3")
    message.add_attachment(drawing(1600, 900), maintype="image", subtype="png", filename="rutschkana.png")
    message.add_attachment(paper(), maintype="application", subtype="pdf", filename="ritning.pdf")
    message.add_attachment("<script>alert(1)</script>", subtype="html", filename="sida.html")
    fake = b"<!doctype html><script>parent.document.title='agd'</script>"
    message.add_attachment(fake, maintype="application", subtype="pdf", filename="falsk.pdf")
    post(service, message)
    return number_of(service, SUBJECT)


@pytest.fixture
def sara(begin: Begin, number: int) -> Screen:
    return begin("sara").open(number)


def is_read(page: Page) -> bool:
    """Whether the browser's reader of PDFs is in the page; asking the page something lets news of it in."""
    page.title()
    return any(frame.url.startswith(VIEWER) for frame in page.frames)


def look(page: Page, name: str) -> None:
    """Open a file by keyboard."""
    page.locator(".peek", has_text=name).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#preview")).to_be_visible()
    expect(page.locator("#preview-title")).to_have_text(name)


def test_a_picture_is_small_in_the_ticket_and_large_when_it_is_opened(sara: Screen) -> None:
    page = sara.page
    width = "image => image.naturalWidth"
    wait_until(lambda: page.locator(".thumb").evaluate(width) == 1600)
    box = page.locator(".thumb").bounding_box()
    assert box is not None
    assert box["height"] <= 64
    look(page, "rutschkana.png")
    shown = page.locator("#preview img")
    wait_until(lambda: shown.evaluate(width) == 1600)
    large = shown.bounding_box()
    assert large is not None
    assert large["width"] > 700
    expect(page.locator("#preview [data-broken]")).to_be_hidden()
    assert sara.focused() == "BUTTON", "the way out"
    page.keyboard.press("r")
    expect(page.locator("#preview")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#preview")).to_be_hidden()
    assert page.evaluate("document.activeElement.dataset.name") == "rutschkana.png"
    assert page.locator("#preview img").count() == 0
    page.locator(".peek", has_text="rutschkana.png").click()
    with page.expect_download() as download:
        page.locator("#preview [data-download]").click()
    assert download.value.suggested_filename == "rutschkana.png"
    page.mouse.click(3, 450)
    expect(page.locator("#preview")).to_be_hidden()


def test_a_pdf_is_shown_by_the_browsers_own_reader(sara: Screen) -> None:
    page = sara.page
    look(page, "ritning.pdf")
    wait_until(lambda: is_read(page))
    page.keyboard.press("Escape")
    expect(page.locator("#preview")).to_be_hidden()
    assert page.evaluate("document.activeElement.dataset.name") == "ritning.pdf"
    wait_until(lambda: not is_read(page))
    with sara.context.expect_page() as opened:
        page.locator(".peek", has_text="ritning.pdf").click(modifiers=["Control"])
    wait_until(lambda: is_read(opened.value))
    assert sara.page.goto("/arenden")
    expect(sara.page.locator("#list")).to_be_attached()


def test_what_only_calls_itself_a_pdf_is_refused_in_words(sara: Screen) -> None:
    look(sara.page, "falsk.pdf")
    inside = sara.page.frame_locator("#preview iframe")
    expect(inside.locator("body")).to_have_text("Filen kan inte visas här. Ladda ner den i stället.")
    assert sara.page.title().startswith("KC-")


def test_without_scripts_it_opens_in_a_tab_of_its_own(begin: Begin, number: int) -> None:
    # The page that the browser makes round a picture wants styles of its own; the policy stops them, and it is seen.
    sara = begin("sara", java_script_enabled=False, hostile=True)
    sara.page.goto(f"/arenden/{number}")
    with sara.context.expect_page() as opened:
        sara.page.locator(".peek", has_text="rutschkana.png").click()
    tab = opened.value
    tab.wait_for_load_state()
    assert tab.url.endswith("/rutschkana.png")
    sara.page.get_by_text("Signatur", exact=True).click()
    expect(sara.page.get_by_text("Björkvägen 3")).to_be_visible()


@pytest.mark.parametrize("size", [(320, 640), (1440, 900)], ids=str)
def test_the_preview_is_readable_and_fits(begin: Begin, number: int, size: tuple[int, int]) -> None:
    sara = begin("sara", size).open(number)
    assert misfits(sara.page) == []
    look(sara.page, "rutschkana.png")
    wait_until(lambda: sara.page.locator("#preview img").evaluate("image => image.complete"))
    assert faults(sara.page) == []
    assert clipped(sara.page) == []

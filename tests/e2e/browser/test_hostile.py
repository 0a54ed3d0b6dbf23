"""A letter that wants to run something in the guide's browser is shown as the text it is."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from playwright.sync_api import Dialog, expect

from tests.e2e.browser.conftest import Begin
from tests.e2e.browser.letters import letter, number_of, post
from tests.e2e.browser.screen import BROWSER
from tests.running import Running, wait_until

pytestmark = BROWSER
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SUBJECT = "<script>document.title='ägd'</script> Simskola"
FILE = "<img src=x onerror=alert(1)>.txt"
NAMED = "_img src=x onerror=alert(1)_.txt"  # no system can store < and > in a name


@contextmanager
def tracker() -> Iterator[tuple[str, list[str]]]:
    """A picture on a server that notes who asks for it."""
    asked: list[str] = []

    class Picture(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.end_headers()
            self.wfile.write(PIXEL)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Picture)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/pixel.png", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def hostile_letter(picture: str) -> EmailMessage:
    name = '"<b onmouseover=alert(1)>Elak</b>" <elak@example.se>'
    message = letter(SUBJECT, "Hej <script>alert('text')</script>", sender=name)
    message.add_alternative(
        f"""<p onclick="alert(1)" style="position:fixed">Hej <b>simskola</b></p><script>alert(2)</script>
        <img src="{picture}" onerror="alert(3)" alt="fjärran"><img src="cid:nara@example.se" alt="bifogad">
        <a href="javascript:alert(4)">klicka</a><form action="/logga-ut"><button>Sänd</button></form>
        <iframe src="{picture}"></iframe><meta http-equiv="refresh" content="0;url={picture}">""",
        subtype="html",
    )
    html = message.get_payload(1)
    assert isinstance(html, EmailMessage)
    html.add_related(PIXEL, "image", "png", cid="<nara@example.se>")
    message.add_attachment(b"hej", maintype="text", subtype="plain", filename=FILE)
    return message


def stop(dialog: Dialog, ran: list[str]) -> None:
    """Note that a script has run after all."""
    ran.append(dialog.message)
    dialog.dismiss()


def test_script_in_a_letter_is_text_and_its_original_can_do_nothing(service: Running, begin: Begin) -> None:
    sara = begin("sara", hostile=True)
    ran: list[str] = []
    sara.page.on("dialog", lambda dialog: stop(dialog, ran))
    with tracker() as (picture, asked):
        post(service, hostile_letter(picture))
        number = number_of(service, SUBJECT)
        sara.visit()
        expect(sara.row(number)).to_contain_text(SUBJECT)
        sara.open(number)
        expect(sara.page.locator("#ticket-subject")).to_have_text(SUBJECT)
        expect(sara.messages.first).to_contain_text("Hej <script>alert('text')</script>")
        expect(sara.messages.first).to_contain_text("<b onmouseover=alert(1)>Elak</b>")
        expect(sara.page.locator(".files")).to_contain_text(NAMED)
        assert sara.page.title().startswith("KC-")

        sara.page.locator(".original summary").click()
        frame = sara.page.locator("iframe.mail")
        assert frame.get_attribute("sandbox") == ""
        inside = sara.page.frame_locator("iframe.mail")
        expect(inside.locator("b")).to_have_text("simskola")
        assert inside.locator("script, iframe, form, meta[http-equiv], [onclick], [onerror], [style]").count() == 0
        assert inside.locator("a[href^=javascript]").count() == 0
        width = "image => image.naturalWidth"
        assert inside.get_by_alt_text("fjärran").evaluate(width) == 0
        wait_until(lambda: inside.get_by_alt_text("bifogad").evaluate(width) == 1)
        assert asked == []

        sara.page.get_by_role("link", name="Visa bilder från internet").click()
        wait_until(lambda: asked == ["/pixel.png"])
        wait_until(lambda: inside.get_by_alt_text("fjärran").evaluate(width) == 1)
    assert ran == []


def test_a_file_is_a_download_whatever_it_says_it_is(service: Running, begin: Begin) -> None:
    message = letter("Simskola med bilaga", "Se bilagan.")
    message.add_attachment("<script>alert(1)</script>", subtype="html", filename="sida.html")
    post(service, message)
    sara = begin("sara").open(number_of(service, "Simskola med bilaga"))
    with sara.page.expect_download() as download:
        sara.page.get_by_role("link", name="sida.html").click()
    assert download.value.suggested_filename == "sida.html"
    assert b"<script>" in download.value.path().read_bytes()

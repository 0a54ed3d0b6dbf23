"""Files and originals from strangers: downloads or a sandbox, under harmless names, and never anything that runs."""

from __future__ import annotations

import io
from urllib.parse import unquote

import pytest
from flask import Flask
from sqlalchemy import update

from contactcenter import runtime
from contactcenter.model import Attachment, Entry, Inbox, Ticket
from contactcenter.queries import pictures, timeline
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import arrive, attached, mail, rows
from tests.integration.people import Organisation, make_entry, make_ticket

SCRIPT = b"<script>alert(1)</script>"
SANDBOX = "sandbox; default-src 'none'"


@pytest.fixture
def alice(app: Flask, organisation: Organisation) -> Browser:
    return Browser(app).signed_in(organisation.alice)


UPLOADS = (
    ("ritning.pdf", "application/pdf", b"%PDF-1.7"),
    ("bild.png", "image/png", b"\x89PNG"),
    ("sida.html", "text/html", SCRIPT),
    ("bild.svg", "image/svg+xml", b"<svg onload='alert(1)'/>"),
    ("å \"'<b>;.txt", "text/plain", b""),
    ("script.js", "text/javascript", b"alert(1)"),
    ("مرفق.docx", "application/msword", b"x" * 100_000),
)


def test_a_file_is_a_download_whatever_it_says_it_is(begin: Begin, alice: Browser) -> None:
    files = tuple(attached(name, content, media_type=media_type) for name, media_type, content in UPLOADS)
    number = arrive(begin, mail(attachments=files))
    for file, (name, _, content) in zip(rows(begin, Attachment), UPLOADS, strict=True):
        answer = alice.get(f"/filer/{file.id}/x")
        assert (answer.status_code, answer.data) == (200, content), name
        assert answer.content_type == "application/octet-stream"
        how, _, sent = answer.headers["Content-Disposition"].partition("; filename*=UTF-8''")
        assert (how, unquote(sent)) == ("attachment", name)
        assert sent.isascii()
        assert answer.headers["Content-Security-Policy"] == SANDBOX
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
    assert alice.get(f"/arenden/{number}").status_code == 200


def test_what_could_not_be_read_or_is_lost_is_not_there(begin: Begin, alice: Browser) -> None:
    files = (attached("a.bin", b"", problem="unknown encoding"), attached("b.txt", b"gone"), attached("c.txt", b"here"))
    number = arrive(begin, mail(attachments=files))
    broken, gone, _ = rows(begin, Attachment)
    with begin(read_only=True):
        runtime.current().blobs.path(gone.blob_key).unlink()
    for file in (broken.id, gone.id, 4711, "9" * 30):
        assert alice.get(f"/filer/{file}/x").status_code == 404
    assert "a.bin" in alice.get(f"/arenden/{number}").text


def test_what_there_is_of_a_damaged_file_can_be_had_and_is_called_so(begin: Begin, alice: Browser) -> None:
    damaged = attached("ritning.pdf", b"%PDF-1", problem="the mail ends in the middle of it")
    number = arrive(begin, mail(attachments=(damaged, attached("tom.txt", b""))))
    file, empty = rows(begin, Attachment)
    page = alice.get(f"/arenden/{number}").text
    assert "Mejlet slutar mitt i den." in page
    told = page.partition('class="small lost">')[2].partition("</p>")[0]
    assert told.startswith("Det som inte kunde läsas in finns i mejlet som det kom:")
    assert f"/arenden/{number}/ra/" in told
    assert 'class="small lost"' not in alice.get(f"/arenden/{arrive(begin, mail('Utan bilagor'))}").text
    assert alice.get(f"/filer/{file.id}/ritning.pdf").data == b"%PDF-1"
    assert f"/filer/{empty.id}/" in page


PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x02\0\0\0\x02\x08\x02\0\0\0"
HTML = b"<!doctype html>" + SCRIPT
SHOWN = (
    ("bild.png", "image/png", PNG, "image/png"),
    ("bild.gif", "image/png", b"GIF89a\x02\0\x02\0<script>alert(1)</script>", "image/gif"),
    ("avtal.pdf", "application/octet-stream", b"%PDF-1.7", "application/pdf"),
    ("sida.html", "text/html", b"%PDF-1.7 " + HTML, "application/pdf"),
)
NOT_SHOWN = (
    ("bild.svg", "image/svg+xml", b"<svg onload='alert(1)'/>"),
    ("bild.png", "image/png", HTML),
    ("avtal.pdf", "application/pdf", HTML),
    ("bomb.png", "image/png", PNG[:16] + b"\0\1\0\0\0\1\0\0\x08\x02\0\0\0"),
    ("tom.png", "image/png", b""),
)


def test_pictures_and_pdfs_are_shown_as_what_they_are_and_without_rights(begin: Begin, alice: Browser) -> None:
    arrive(begin, mail(attachments=tuple(attached(name, content, media_type=kind) for name, kind, content, _ in SHOWN)))
    for file, (name, _, content, kind) in zip(rows(begin, Attachment), SHOWN, strict=True):
        answer = alice.get(f"/visa/{file.id}/{name}")
        assert (answer.status_code, answer.content_type, answer.data) == (200, kind, content), name
        headers = answer.headers
        assert headers["Content-Disposition"] == f"inline; filename*=UTF-8''{name}"
        assert headers["Content-Security-Policy"] == f"{SANDBOX}; frame-ancestors 'self'"
        assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-store")
        assert (headers["X-Frame-Options"], headers["Referrer-Policy"]) == ("SAMEORIGIN", "no-referrer")
        assert "Last-Modified" not in headers


def test_what_only_calls_itself_a_picture_is_not_shown(begin: Begin, alice: Browser) -> None:
    files = tuple(attached(name, content, media_type=kind) for name, kind, content in NOT_SHOWN)
    number = arrive(begin, mail(attachments=files))
    for file in rows(begin, Attachment):
        answer = alice.get(f"/visa/{file.id}/x")
        assert answer.status_code == 415, file.name
        assert answer.content_type == "text/html; charset=utf-8"
        assert "Filen kan inte visas här." in answer.text
        assert "alert" not in answer.text
        assert answer.headers["Content-Security-Policy"] == f"{SANDBOX}; frame-ancestors 'self'"
    page = alice.get(f"/arenden/{number}").text
    offered = [file.name for file in rows(begin, Attachment) if f"/visa/{file.id}/" in page]
    assert offered == ["bild.png", "avtal.pdf", "bomb.png"], "what says that it is something else is only downloaded"


def test_what_is_lost_or_of_another_ticket_is_not_shown(begin: Begin, alice: Browser, app: Flask) -> None:
    broken = attached("a.png", b"", problem="unknown encoding", media_type="image/png")
    arrive(begin, mail(attachments=(broken, attached("b.png", PNG, media_type="image/png"))))
    unread, gone = rows(begin, Attachment)
    with begin(read_only=True):
        runtime.current().blobs.path(gone.blob_key).unlink()
    for file in (unread.id, gone.id, 4711, "9" * 30):
        assert alice.get(f"/visa/{file}/x").status_code == 404


def test_small_pictures_are_seen_at_once_where_looks_are_not_recorded(
    begin: Begin, organisation: Organisation, alice: Browser, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = (
        attached("a.png", PNG, media_type="image/png"),
        attached("b.pdf", b"%PDF-1"),
        attached("c.txt", b"c", media_type="a/b"),
    )
    damaged = attached("d.png", PNG, media_type="image/png", problem="the content is damaged")
    number = arrive(begin, mail(attachments=(*files, damaged)))
    picture = rows(begin, Attachment)[0]
    page = alice.get(f"/arenden/{number}").text
    assert page.count('<img class="thumb"') == 1
    assert f'<img class="thumb" src="/visa/{picture.id}/a.png?liten" alt="" loading="lazy">' in page
    assert page.count('class="peek"') == 3
    with monkeypatch.context() as patch:
        patch.setattr(timeline, "MOST_THUMB_BYTES", len(PNG) - 1)
        assert 'class="thumb"' not in alice.get(f"/arenden/{number}").text
    with begin() as session:
        session.execute(update(Ticket).values(domain_id=organisation.social.id))
    secret = Browser(app).signed_in(organisation.bob).get(f"/arenden/{number}").text
    assert 'class="peek"' in secret
    assert 'class="thumb"' not in secret, "nothing is fetched there before somebody wants to see it"


def test_pictures_that_the_original_does_not_draw_are_listed(
    begin: Begin, alice: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    html = '<img src="cid:a"><img src="cid:b"><img src="cid:c"><img src="cid:a">'
    names = (("a", "image/png"), ("b", "image/png"), ("c", "image/bmp"), ("d", "image/png"))
    files = [attached(f"{name}.png", PNG, media_type=kind, content_id=name, inline=True) for name, kind in names]
    monkeypatch.setattr(pictures, "MOST_PICTURE_BYTES", 2 * len(PNG) - 1)
    number = arrive(begin, mail(html=html, attachments=tuple(files)))
    page = alice.get(f"/arenden/{number}").text
    listed = [file.name for file in rows(begin, Attachment) if f"/filer/{file.id}/" in page]
    assert listed == ["b.png", "c.png", "d.png"], "no room, no picture, and not shown by the mail"
    plain = arrive(begin, mail("Bara text", attachments=tuple(files)))
    assert alice.get(f"/arenden/{plain}").text.count('class="at"') == 4


def test_a_file_of_a_draft_is_its_writers_alone(app: Flask, begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        number = make_ticket(session, organisation.common, organisation.first_line).number
    alice, bob = (Browser(app).signed_in(agent) for agent in (organisation.alice, organisation.bob))
    upload = {"file": (io.BytesIO(b"abc"), "a.txt")}
    alice.post(f"/f/arende/{number}/utkast/reply/filer", upload, part=True)
    [file] = rows(begin, Attachment)
    answer = alice.get(f"/filer/{file.id}/a.txt")
    assert answer.data == b"abc"
    assert bob.get(f"/filer/{file.id}/a.txt").status_code == 404


def test_the_original_is_shown_without_any_rights(begin: Begin, alice: Browser, organisation: Organisation) -> None:
    with begin() as session:
        ticket = make_ticket(session, organisation.common, organisation.first_line)
        body = '<p>Hej</p><img src="https://tracker.example/x.png"><img src="cid:logo"><img src="cid:unknown">'
        entry = make_entry(session, ticket, "Hej", html=body)
        key = runtime.current().blobs.put(b"\x89PNG")
        picture = Attachment(
            entry_id=entry.id, domain_id=ticket.domain_id, name="l.png", media_type="image/png", size=4
        )
        picture.sha256, picture.blob_key, picture.content_id, picture.inline = key, key, "logo", True
        session.add(picture)
        plain = make_entry(session, ticket, "Bara text")
    url = f"/arenden/{ticket.number}/original/{entry.id}"
    closed, opened = alice.get(url), alice.get(f"{url}?bilder=1")
    for answer, images in ((closed, "img-src data:;"), (opened, "img-src data: https: http:;")):
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("sandbox allow-popups; default-src 'none';")
        assert images in policy
        assert "script-src" not in policy
        assert "allow-scripts" not in policy
        assert "allow-same-origin" not in policy
        assert "style-src 'none'" in policy
        assert "frame-ancestors 'self'" in policy
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert 'src="data:image/png;base64,iVBORw=="' in closed.text, "its frame may fetch nothing of ours"
    assert 'src=""' in closed.text
    assert alice.get(f"/arenden/{ticket.number}/original/{plain.id}").status_code == 404
    page = alice.get(f"/arenden/{ticket.number}").text
    assert "tracker.example" not in page
    assert f'src="{url}"' in page


def test_pictures_make_the_original_only_so_much_longer(
    begin: Begin, alice: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = "<p>cid:l%C3%A5da</p>" + '<img src="cid:l%C3%A5da">' * 3
    picture = attached("l.png", b"\x89PNG", media_type="image/png", content_id="låda", inline=True)
    number = arrive(begin, mail(html=body, attachments=(picture,)))
    [entry] = [entry for entry in rows(begin, Entry) if entry.inbox_id]
    monkeypatch.setattr(pictures, "MOST_PICTURE_BYTES", 9)
    shown = alice.get(f"/arenden/{number}/original/{entry.id}").text
    assert (shown.count("base64,iVBORw=="), shown.count('src=""')) == (2, 1)
    assert "<p>cid:l%C3%A5da</p>" in shown, "what is said about a picture stays as it is"


def test_the_original_says_where_its_links_lead(begin: Begin, alice: Browser) -> None:
    body = '<p><a href="https://example.com/x" rel="noopener">ekhamra.example</a></p>'
    number = arrive(begin, mail(html=body))
    [entry] = [entry for entry in rows(begin, Entry) if entry.inbox_id]
    assert (
        "ekhamra.example</a> <small>[<bdi>example.com</bdi>]</small></p>"
        in alice.get(f"/arenden/{number}/original/{entry.id}").text
    )


def test_the_raw_mail_is_downloaded_as_it_came(begin: Begin, alice: Browser) -> None:
    number = arrive(begin, mail("Hej <script>"))
    answer_to = rows(begin, Entry)[0]
    [row] = rows(begin, Inbox)
    with begin(read_only=True):
        raw = runtime.current().blobs.get(row.raw_key)
    answer = alice.get(f"/arenden/{number}/ra/{answer_to.id}")
    assert answer.data == raw
    assert answer.content_type == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == f"attachment; filename*=UTF-8''KC-{number}-1.eml"
    assert answer.headers["Content-Security-Policy"] == SANDBOX
    routed = rows(begin, Entry)[-1]
    assert alice.get(f"/arenden/{number}/ra/{routed.id}").status_code == 404, "what did not come by mail has none"


def test_what_would_fill_the_memory_of_whoever_opens_the_ticket_is_not_drawn_unasked(
    begin: Begin, organisation: Organisation, alice: Browser
) -> None:
    size = (6_000).to_bytes(4, "big")
    huge = PNG[:16] + size + size + PNG[24:]
    files = [attached(f"{place}.png", PNG + bytes([place]), media_type="image/png") for place in range(9)]
    number = arrive(begin, mail(attachments=(attached("stor.png", huge, media_type="image/png"), *files)))
    picture = rows(begin, Attachment)[0]
    assert alice.get(f"/visa/{picture.id}/stor.png").status_code == 200
    assert alice.get(f"/visa/{picture.id}/stor.png?liten").status_code == 415
    assert alice.get(f"/arenden/{number}").text.count('<img class="thumb"') == timeline.MOST_THUMBS

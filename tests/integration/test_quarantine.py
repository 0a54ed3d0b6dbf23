"""What arrived and could not be read: seen by those who look after it, kept whole, and read again when they say so."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from contactcenter import runtime
from contactcenter.model import Audit, Inbox
from contactcenter.model.words import ChannelKind, InboxState, Role
from contactcenter.queries import quarantine
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import accept, claim, mail, rows, take_in
from tests.integration.people import Organisation, make_agent

STRANGE = '"><script>alert(1)</script>'


@pytest.fixture
def bob(app: Flask, organisation: Organisation) -> Browser:
    return Browser(app).signed_in(organisation.bob)


def held(begin: Begin, number: int = 1, reason: str = "timeout", sender: str = "maja@example.se") -> list[int]:
    """Put some messages into quarantine; gives their ids, oldest first."""
    with begin() as session:
        key = runtime.current().blobs.put(b"From: maja\r\n\r\n\xff")
        made = [
            Inbox(
                channel=ChannelKind.EMAIL,
                dedupe_key=f"{reason}{copy}",
                raw_key=key,
                size=17,
                envelope_from=sender,
                envelope_to=["kontakt@ekhamra.example"],
                state=InboxState.QUARANTINED,
                reason=reason,
                error="the reader said no",
                attempts=1,
            )
            for copy in range(number)
        ]
        session.add_all(made)
        session.flush()
        return [row.id for row in made]


def test_only_supervisors_and_administrators_look_after_it(
    app: Flask, begin: Begin, organisation: Organisation
) -> None:
    for role in Role:
        [item] = held(begin, reason=f"for {role}")
        with begin() as session:
            agent = make_agent(session, f"Vera-{role}", role, domains=[organisation.common])
        browser = Browser(app).signed_in(agent)
        may = role in (Role.SUPERVISOR, Role.ADMIN)
        for url in ("/karantan", f"/karantan/{item}", f"/karantan/{item}/ra"):
            assert browser.get(url).status_code == (200 if may else 403), role
        assert ('href="/karantan"' in browser.get("/arenden").text) is may
        assert browser.post(f"/karantan/{item}/forsok").status_code == (303 if may else 403)
        [row] = rows(begin, Inbox, Inbox.id == item)
        assert row.state is (InboxState.WAITING if may else InboxState.QUARANTINED)


def test_the_page_says_what_it_is_and_why(begin: Begin, bob: Browser) -> None:
    [item] = held(begin, sender=STRANGE)
    held(begin, reason="unheard_of", sender="")
    text = bob.get("/karantan").text
    assert "&#34;&gt;&lt;script&gt;" in text
    assert STRANGE not in text
    assert "Det tog för lång tid att läsa" in text
    assert "unheard_of" in text
    assert "(tom)" in text
    one = bob.get(f"/karantan/{item}").text
    assert f'action="/karantan/{item}/forsok"' in one
    assert f'href="/karantan/{item}/ra"' in one


def test_an_empty_quarantine_says_so(bob: Browser) -> None:
    assert "Inget ligger i karantän" in bob.get("/karantan").text


def test_every_message_is_on_one_page(begin: Begin, bob: Browser) -> None:
    ids = held(begin, 2 * quarantine.PAGE + 3)
    seen: list[int] = []
    url: str | None = "/karantan"
    while url:
        text = bob.get(url).text
        seen += [int(found) for found in re.findall(r'<h2><a href="/karantan/(\d+)"', text)]
        more = re.search(r'class="more"><a[^>]+href="([^"]+)"', text)
        url = more[1] if more else None
    assert seen == ids[::-1]
    for nonsense in ("x", "-1", "9" * 40, ""):
        assert bob.get(f"/karantan?fore={nonsense}").status_code == 200


def test_the_bytes_are_downloaded_as_they_came_and_that_is_recorded(begin: Begin, bob: Browser) -> None:
    [item] = held(begin)
    answer = bob.get(f"/karantan/{item}/ra")
    assert answer.data == b"From: maja\r\n\r\n\xff"
    assert answer.content_type == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == f"attachment; filename*=UTF-8''karantan-{item}.eml"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    [looked] = rows(begin, Audit, Audit.verb == "quarantine_read")
    assert looked.data == {"inbox": item}


def test_what_is_tried_again_waits_and_is_taken_in(begin: Begin, bob: Browser) -> None:
    message = mail("Nu går det")
    accept(begin, message)
    [claimed] = claim(begin)
    with begin() as session:
        row = session.get_one(Inbox, claimed.inbox_id)
        row.state, row.reason, row.lease_until = InboxState.QUARANTINED, "crash", None
    assert bob.post(f"/karantan/{claimed.inbox_id}/forsok").location == "/karantan"
    assert rows(begin, Audit)[-1].verb == "quarantine_retry"
    [again] = claim(begin)
    take_in(begin, again, message)
    assert "Nu går det" in bob.get("/arenden").text


def test_what_is_not_in_quarantine_is_not_there(begin: Begin, bob: Browser) -> None:
    accept(begin, mail())
    [row] = rows(begin, Inbox)
    for item in (row.id, 4711, "9" * 30):
        assert bob.get(f"/karantan/{item}").status_code == 404
        assert bob.get(f"/karantan/{item}/ra").status_code == 404
    assert bob.post(f"/karantan/{row.id}/forsok").status_code == 404, "it is in the quarantine no more"
    assert bob.post("/karantan/4711/forsok").status_code == 404


def test_lost_bytes_are_said_to_be_lost(begin: Begin, bob: Browser) -> None:
    [item] = held(begin)
    [row] = rows(begin, Inbox)
    with begin(read_only=True):
        runtime.current().blobs.path(row.raw_key).unlink()
    assert bob.get(f"/karantan/{item}").status_code == 200
    assert bob.get(f"/karantan/{item}/ra").status_code == 404

"""What arrived and could not be read: seen by those who look after it, kept whole, and read again when they say so."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from channels.errors import Unreadable
from channels.message import Envelope, InboundMessage
from contactcenter import clock, runtime
from contactcenter.model import Agent, Audit, DomainGrant, Inbox, OurAddress, RoutingRule
from contactcenter.model.words import ChannelKind, InboxState, Role
from contactcenter.queries import quarantine
from contactcenter.services import inbox, rights, threads
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import accept, claim, mail, rows, take_in
from tests.integration.people import Organisation, make_agent, make_ticket
from tests.running import wait_until
from workers.intake import Intake

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


RECIPIENTS = (
    "Orosanmalan@Ekhamra.example",
    "avtal@ekhamra.example",
    "bistand@ekhamra.example",
    "ekonomi@ekhamra.example",
)


@pytest.fixture
def confidential(begin: Begin, organisation: Organisation) -> None:
    """The ways in which an address is confidential: by itself, by its topic, by a rule, by the topic of a rule."""
    with begin() as session:
        session.add(OurAddress(address="orosanmalan@ekhamra.example", domain_id=organisation.social.id))
        session.add(OurAddress(address="avtal@ekhamra.example", topic_id=organisation.economic_aid.id))
        conditions, actions = {"recipient": ["bistand@ekhamra.example"]}, {"domain": "social"}
        session.add(RoutingRule(position=1, slug="x", name="X", conditions=conditions, actions=actions))
        conditions, actions = {"recipient": ["Ekonomi@ekhamra.example"]}, {"topic": "economic_aid"}
        session.add(RoutingRule(position=2, slug="y", name="Y", conditions=conditions, actions=actions))
        session.add(OurAddress(address="oppet@ekhamra.example", domain_id=organisation.common.id))


def unreadable(begin: Begin, *recipients: str, number: int = 1) -> int:
    """A mail to these that ends in quarantine; its id."""
    message = mail(f"Nummer {number}", subject=f"Ämne {number}")
    accept(begin, message, *recipients)
    [claimed] = claim(begin)
    with begin() as session:
        inbox.quarantine(session, claimed, "timeout", "the reader said no")
    return claimed.inbox_id


def test_mail_to_a_confidential_address_is_there_for_those_alone_who_see_its_domain(
    app: Flask, begin: Begin, organisation: Organisation, confidential: None, bob: Browser
) -> None:
    with begin() as session:
        anna = make_agent(session, "Anna", Role.SUPERVISOR, domains=[organisation.common])
        answered = make_ticket(session, organisation.social, organisation.social_team).id
        reply = threads.reply_address(runtime.current().keys, answered, "kontakt@ekhamra.example")
    without = Browser(app).signed_in(anna)
    for number, recipient in enumerate((*RECIPIENTS, reply)):
        item = unreadable(begin, "kontakt@ekhamra.example", recipient, number=number)
        assert f"/karantan/{item}" in bob.get("/karantan").text, recipient
        assert bob.get(f"/karantan/{item}/ra").status_code == 200
        seen, missing = without.get(f"/karantan/{item}"), without.get("/karantan/4711")
        assert (seen.status_code, seen.data) == (404, missing.data)
        assert without.get(f"/karantan/{item}/ra").status_code == 404
        assert without.post(f"/karantan/{item}/forsok").status_code == 404
        assert "Inget ligger i karantän" in without.get("/karantan").text
        assert bob.post(f"/karantan/{item}/forsok").status_code == 303
        with begin() as session:
            session.delete(session.get_one(Inbox, item))
    item = unreadable(begin, "oppet@ekhamra.example", "okand@ekhamra.example")
    assert without.get(f"/karantan/{item}").status_code == 200


class Broken:
    """A reader that fails at every mail."""

    def __init__(self, error: Exception) -> None:
        self._error, self.asked = error, 0

    def read(self, raw: bytes, envelope: Envelope) -> InboundMessage:
        self.asked += 1
        raise self._error


HEADERS = (
    "To: Oro <orosanmalan@ekhamra.example>",
    "Subject: x\r\nCC: Ek, Anna <anna@example.se>,\r\n\tOROSANMALAN@ekhamra.example",
    "no field at all\r\nTo: ekonomi@ekhamra.example",
)


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("trouble", ["unreadable", "failing", "deadly"])
def test_a_confidential_address_that_the_header_alone_names_counts_too(
    app: Flask,
    begin: Begin,
    organisation: Organisation,
    confidential: None,
    header: str,
    trouble: str,
) -> None:
    raw = f"{header}\r\n\r\nHej".encode()
    with begin() as session:
        envelope = Envelope("maja@example.se", ("kontakt@ekhamra.example",), "127.0.0.1")
        inbox.accept(session, ChannelKind.EMAIL, envelope, raw, runtime.current().blobs.put(raw))
        row = session.scalars(select(Inbox)).one()
        row.failures = inbox.MAX_FAILURES - 1
        row.lost = inbox.MAX_LOST if trouble == "deadly" else 0
    error = Unreadable("2000 parts", "parts") if trouble == "unreadable" else RuntimeError("a fault of ours")
    reader = Broken(error)
    intake = Intake(app, reader, 1)
    intake.start()
    try:
        wait_until(lambda: rows(begin, Inbox)[0].state is InboxState.QUARANTINED)
    finally:
        intake.end()
        assert intake.join(10)
    [row] = rows(begin, Inbox)
    assert row.reason == {"unreadable": "parts", "failing": "failed", "deadly": "crash"}[trouble]
    assert row.domain_id == organisation.social.id
    assert reader.asked == (0 if trouble == "deadly" else 1)


def test_what_nobody_may_see_is_told_to_be_there(
    app: Flask, begin: Begin, organisation: Organisation, confidential: None, bob: Browser
) -> None:
    item = unreadable(begin, RECIPIENTS[0])
    told = "post till en adress med sekretess"
    assert told not in bob.get("/karantan").text
    with begin() as session:
        anna = make_agent(session, "Anna", Role.ADMIN, domains=[organisation.common])
        session.get_one(Agent, organisation.bob.id).disabled_at = clock.now()
    without = Browser(app).signed_in(anna)
    assert told in without.get("/karantan").text
    assert without.get(f"/karantan/{item}").status_code == 404
    with begin() as session:
        session.add(DomainGrant(domain_id=organisation.social.id, agent_id=anna.id))
        rights.changed(session, [anna.id])
    page = without.get("/karantan").text
    assert told not in page
    assert f"/karantan/{item}" in page


def test_lost_bytes_are_said_to_be_lost(begin: Begin, bob: Browser) -> None:
    [item] = held(begin)
    [row] = rows(begin, Inbox)
    with begin(read_only=True):
        runtime.current().blobs.path(row.raw_key).unlink()
    assert bob.get(f"/karantan/{item}").status_code == 200
    assert bob.get(f"/karantan/{item}/ra").status_code == 404

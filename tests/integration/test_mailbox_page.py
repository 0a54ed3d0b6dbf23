"""The page of the mailboxes: how each is, what became of its mails for those who may know, and a look that changes
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from contactcenter import clock, metrics, runtime
from contactcenter.mailbox_settings import MailboxSettings
from contactcenter.model import DomainGrant, Inbox, MailboxState, MailUid
from contactcenter.model.words import ChannelKind, InboxState, Role
from contactcenter.secret import Secret
from contactcenter.services import mailboxes
from tests.imap import PASSWORD, Folder, imap
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import OURS, arrive, count, mail, rows
from tests.integration.people import Organisation, make_agent

PAGE = "/installningar/brevlador"
BOX = f"{PAGE}/kontakt"


@pytest.fixture
def folder() -> Folder:
    return Folder()


@pytest.fixture
def box(app: Flask, folder: Folder) -> Iterator[MailboxSettings]:
    with imap(folder) as port:
        made = MailboxSettings(
            name="kontakt",
            address=OURS,
            host="127.0.0.1",
            port=port,
            tls="none",
            user="kontakt",
            password=Secret(PASSWORD),
            timeout_seconds=1,
        )
        with app.app_context():
            here = runtime.current()
        configured = replace(here.settings.channels.mail, mailboxes=(made,))
        channels = replace(here.settings.channels, mail=configured)
        settings = replace(here.settings, channels=channels, metrics=replace(here.settings.metrics, token=Secret("m")))
        app.extensions["contactcenter"] = replace(here, settings=settings)
        yield made


@pytest.fixture
def admin(app: Flask, organisation: Organisation) -> Browser:
    return Browser(app).signed_in(organisation.admin)


def enter(begin: Begin, *lines: MailUid) -> None:
    with begin() as session:
        session.add_all(lines)


def line(uid: int, inbox_id: int | None, *, is_repeat: bool = False, problem: str = "") -> MailUid:
    return MailUid(mailbox="kontakt", uidvalidity=7, uid=uid, inbox_id=inbox_id, is_repeat=is_repeat, problem=problem)


def is_read(begin: Begin, **state: object) -> None:
    """As if it had been read a moment ago, but for what is given."""
    with begin() as session:
        held = mailboxes.take(session, "kontakt")
        assert held is not None
        mailboxes.well(session, mailboxes.begin(session, held, 7), "")
        session.execute(update(MailboxState).values(last_uid=4, **state))


def test_without_mailboxes_the_page_says_so(app: Flask, organisation: Organisation) -> None:
    page = Browser(app).signed_in(organisation.admin).get(PAGE)
    assert "Ingen brevlåda läses." in page.text
    assert Browser(app).signed_in(organisation.admin).get(BOX).status_code == 404
    assert Browser(app).signed_in(organisation.bob).get(PAGE).status_code == 403


def test_each_condition_is_told_in_words(admin: Browser, app: Flask, begin: Begin, box: MailboxSettings) -> None:
    assert "Inte läst än" in admin.get(PAGE).text
    long_ago = clock.now() - timedelta(hours=1)
    conditions: tuple[tuple[dict[str, object], str, str], ...] = (
        ({}, "Fungerar", "ok"),
        ({"last_ok_at": long_ago}, "Läses av ingen sedan", "trouble"),
        ({"failing_since": long_ago, "error_code": "login", "error": "no"}, "släpper inte in oss", "trouble"),
        ({"failing_since": long_ago, "error_code": "own"}, "Något gick fel här hos oss", "trouble"),
        ({"difference": 3}, "Meddelanden saknas", "trouble"),
        ({"warning": "NO"}, "Läses, men städas inte", "trouble"),
    )
    for state, words, word in conditions:
        with begin() as session:
            mailboxes.release_all(session)
            session.execute(update(MailboxState).values(difference=None, warning=""))
        is_read(begin, **state)
        assert words in admin.get(PAGE).text
        assert words in admin.get(BOX).text
        answer = admin.get("/readyz")
        assert answer.status_code == 200, "a sick mailbox takes no page down"
        assert answer.json is not None
        assert answer.json["mailboxes"] == word


def test_the_ledger_leads_where_the_reader_may_go(
    admin: Browser, app: Flask, begin: Begin, organisation: Organisation, box: MailboxSettings
) -> None:
    number = arrive(begin, mail())
    again = arrive(begin, mail("Mer", sender="bo@example.se"))
    first, second = rows(begin, Inbox)
    with begin() as session:
        held, sealed = (
            Inbox(channel=ChannelKind.EMAIL, dedupe_key=key, raw_key=key, size=1, domain_id=domain)
            for key, domain in (("a", None), ("b", organisation.social.id))
        )
        for row in (held, sealed):
            row.state, row.reason = InboxState.QUARANTINED, "refused"
        session.add_all([held, sealed])
        session.flush()
        ids = held.id, sealed.id
    enter(begin, line(1, first.id), line(2, second.id), line(3, ids[0]), line(4, ids[1]), line(5, None, problem="gone"))
    enter(begin, line(6, first.id, is_repeat=True))
    page = admin.get(BOX).text
    for words in ("Nytt ärende", "I karantän", "Borta innan det hann hämtas", "Fanns redan här"):
        assert words in page
    assert f"/arenden/{number}" not in page, "the administrator sees no ticket"
    assert f"/karantan/{ids[0]}" in page
    assert f"/karantan/{ids[1]}" not in page
    with begin() as session:
        for domain in (organisation.common, organisation.social):
            session.add(DomainGrant(domain_id=domain.id, agent_id=organisation.admin.id))
    page = admin.get(BOX).text
    assert f"/arenden/{number}" in page
    assert f"/arenden/{again}" in page
    assert f"/karantan/{ids[1]}" in page


def test_the_ledger_is_shown_page_by_page(admin: Browser, begin: Begin, box: MailboxSettings) -> None:
    enter(begin, *(line(uid, None, problem="gone") for uid in range(1, 121)))
    seen, url = [], BOX
    while url:
        page = admin.get(url).text
        rows_of_page = page.partition("<tbody>")[2].partition("</tbody>")[0]
        seen += [int(part.partition("<")[0]) for part in rows_of_page.split('<tr><td class="num">')[1:]]
        more = page.partition('<p class="more"><a class="btn q" href="')[2]
        url = more.partition('"')[0]
    assert seen == list(range(120, 0, -1))
    is_read(begin)
    assert 'I liggaren</dt><dd class="num">120' in admin.get(BOX).text


def test_a_look_tells_what_is_there_and_changes_nothing(
    admin: Browser, begin: Begin, folder: Folder, box: MailboxSettings
) -> None:
    folder.add(b"a: b\r\n\r\n", b"c: d\r\n\r\n", b"e: f\r\n\r\n")
    enter(begin, line(2, None, problem="gone"))
    answer = admin.post(f"{BOX}/prova")
    assert answer.status_code == 200
    assert "det ligger 3 meddelanden i mappen" in answer.text
    assert "2 av dem finns inte här än" in answer.text
    assert (count(begin, MailboxState), count(begin, MailUid), folder.flags) == (0, 1, {})
    assert not folder.fetched()
    assert not [said for said in folder.said if said.startswith(b"SELECT")]
    enter(begin, line(1, None, problem="gone"), line(3, None, problem="gone"))
    assert "Allt är infört i liggaren" in admin.post(f"{BOX}/prova").text
    folder.refuses_login = True
    answer = admin.post(f"{BOX}/prova")
    assert "E-postservern släpper inte in oss" in answer.text
    assert "wrong password" in answer.text
    assert PASSWORD not in answer.text


def test_who_may_not_change_settings_may_not_look(
    app: Flask, begin: Begin, organisation: Organisation, folder: Folder, box: MailboxSettings
) -> None:
    with begin() as session:
        guide = make_agent(session, "Eva", Role.GUIDE)
    for agent in (organisation.bob, guide):
        assert Browser(app).signed_in(agent).post(f"{BOX}/prova").status_code == 403
    assert folder.said == []


def test_the_figures_tell_of_each_mailbox(app: Flask, begin: Begin, box: MailboxSettings) -> None:
    is_read(begin, difference=2)
    page = app.test_client().get("/metrics", headers={"Authorization": "Bearer m"}).text
    assert 'contactcenter_mailbox_difference{mailbox="kontakt"} 2.0' in page
    assert 'contactcenter_mailbox_age_seconds{mailbox="kontakt"} 0.' in page
    metrics.FETCHED.labels("kontakt", "fetched").inc()
    assert 'contactcenter_fetched_total{mailbox="kontakt",result="fetched"}' in metrics.own()

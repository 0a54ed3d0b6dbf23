"""Reply times in the browser: told as sentences, unique, and what they change is counted of what the reader sees."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete

from contactcenter import clock
from contactcenter.model import DomainGrant, ReplyTarget, SettingChange, Timer, Topic
from contactcenter.model.words import ChannelKind, Priority
from contactcenter.services import deadlines, promises
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import rows
from tests.integration.people import Organisation, make_ticket
from tests.integration.test_settings_pages import edit, hidden

TIMES = "/installningar/svarstider"
CHAT = {"topic": "parking", "channel": "chat", "count": "2", "unit": "minutes"}
SEEN = "som du ser får en annan svarstid"
OTHERS = "Öppna ärenden som du inte ser kan också få en annan svarstid."


@pytest.fixture
def admin(app: Flask, begin: Begin, organisation: Organisation) -> Browser:
    """An administrator who sees the common domain."""
    with begin() as session:
        session.add(DomainGrant(domain_id=organisation.common.id, agent_id=organisation.admin.id))
    return Browser(app).signed_in(organisation.admin)


def add(browser: Browser, **form: str) -> str:
    """Make one, whatever it touches; gives what was shown before."""
    shown = browser.post(f"{TIMES}/ny", form)
    assert shown.status_code == 200, shown.text
    assert browser.post(f"{TIMES}/ny", form | hidden(shown.text)).status_code == 303
    return shown.text


def owed(begin: Begin, organisation: Organisation, **columns: Any) -> None:
    with begin() as session:
        make_ticket(session, organisation.common, organisation.streets, reply_owed_since=clock.now(), **columns)


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        (CHAT, "Parking, chatt: svara inom 2 minuter"),
        ({"topic": "parking", "count": "1", "unit": "hours"}, "Parking: svara inom 1 timme"),
        ({"priority": "urgent", "count": "0", "unit": "days"}, "Alla ämnen, brådskande: svara samma dag"),
        ({"channel": "letter", "count": "", "unit": "days"}, "Alla ämnen, brev: ingen svarstid lovas"),
        ({"count": "1000", "unit": "days"}, "Alla ämnen: svara inom 1000 arbetsdagar"),
    ],
)
def test_one_is_made_and_told_as_a_sentence(
    begin: Begin, admin: Browser, organisation: Organisation, form: dict[str, str], sentence: str
) -> None:
    add(admin, **form)
    assert f"<b>{sentence}</b>" in admin.get(TIMES).text
    [row] = rows(begin, ReplyTarget)
    assert row.count == (int(form["count"]) if form["count"] else None)
    with begin(read_only=True) as session:
        policy = promises.read(session).policy
    topic = str(organisation.parking.id) if "topic" in form else None
    target = policy.target(topic=topic, channel=form.get("channel"), priority=form.get("priority"))
    assert (target.count if target else "") == (int(form["count"]) if form["count"] else "")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"count": "1001", "unit": "days"}, "till 1000 dagar"),
        ({"count": "0", "unit": "minutes"}, "från 1 minut"),
        ({"count": "två", "unit": "minutes"}, "Skriv ett heltal, till exempel 2."),
        ({"count": "-1", "unit": "days"}, "Skriv ett heltal, till exempel 2."),
        ({"count": "²", "unit": "days"}, "Skriv ett heltal, till exempel 2."),
        ({"count": "9" * 30, "unit": "days"}, "högst 9 tecken"),
        ({"count": "1", "unit": "weeks"}, "kan inte väljas"),
        ({"count": "1", "unit": ""}, "Välj"),
        ({"count": "1", "unit": "days", "topic": "finnsinte"}, "kan inte väljas"),
    ],
)
def test_what_cannot_be_promised_is_refused_and_kept_in_the_form(
    begin: Begin, admin: Browser, form: dict[str, str], said: str
) -> None:
    answer = admin.post(f"{TIMES}/ny", form)
    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{form["count"]}"' in answer.text
    assert rows(begin, ReplyTarget) == []


def test_there_is_one_for_each_topic_channel_and_priority(begin: Begin, admin: Browser) -> None:
    add(admin, **CHAT)
    again = admin.post(f"{TIMES}/ny", {**CHAT, "count": "5"})
    assert again.status_code == 422
    assert "Det finns redan en för det här ämnet, kanalen och prioriteten." in again.text
    add(admin, **CHAT | {"priority": "high"})
    assert len(rows(begin, ReplyTarget)) == 2


def test_one_is_changed_and_what_it_holds_for_stays(begin: Begin, admin: Browser) -> None:
    add(admin, **CHAT)
    with begin() as session:
        session.execute(delete(Timer))
    edit(admin, f"{TIMES}/parking.chat.*", topic="danger", channel="sms", count="15", unit="minutes")
    [row] = rows(begin, ReplyTarget)
    assert (row.channel, row.count) == ("chat", 15)
    assert len(rows(begin, Timer, Timer.kind == deadlines.RECKON)) == 1
    text = admin.get(f"{TIMES}/parking.chat.*/historik").text
    assert "Parking, chatt: svara inom 15 minuter" in text
    assert "<td>2</td><td>15</td>" in text


def test_the_last_one_can_be_removed_and_open_tickets_are_reckoned_again(begin: Begin, admin: Browser) -> None:
    add(admin, count="1", unit="days")
    with begin() as session:
        session.execute(delete(Timer))
    url = f"{TIMES}/*.*.*"
    text = admin.post(f"{url}/ta-bort").text
    assert "Där ingen annan svarstid passar lovas ingenting längre." in text
    assert admin.post(f"{url}/ta-bort", hidden(text)).status_code == 303
    assert rows(begin, ReplyTarget) == []
    assert len(rows(begin, Timer, Timer.kind == deadlines.RECKON)) == 1
    assert len(rows(begin, SettingChange)) == 2


def test_only_tickets_whose_promise_changes_are_counted(
    begin: Begin, admin: Browser, organisation: Organisation
) -> None:
    owed(begin, organisation)
    owed(begin, organisation, topic_id=organisation.parking.id)
    owed(begin, organisation, topic_id=organisation.parking.id, channel=ChannelKind.CHAT)
    owed(begin, organisation, topic_id=organisation.parking.id, priority=Priority.URGENT)
    with begin() as session:
        make_ticket(session, organisation.common, organisation.streets)  # nothing is owed
        make_ticket(session, organisation.social, organisation.social_team, reply_owed_since=clock.now())
    assert f"4 öppna ärenden {SEEN}" in add(admin, count="1", unit="days")
    assert f"1 öppet ärende {SEEN}" in add(admin, priority="urgent", count="15", unit="minutes")
    assert f"2 öppna ärenden {SEEN}" in add(admin, topic="parking", count="3", unit="hours"), "urgent weighs more"
    shown = add(admin, **CHAT | {"count": "3", "unit": "hours"})
    assert SEEN not in shown, "the topic promises the same already"
    assert OTHERS in shown
    shown = admin.post(f"{TIMES}/parking.*.*/ta-bort").text
    assert f"1 öppet ärende {SEEN}" in shown, "the chat has one of its own"
    assert f"1 öppet ärende {SEEN}" in add(admin, priority="normal", channel="email", topic="parking", unit="days")


def test_nothing_promised_where_nothing_was_changes_nothing(
    begin: Begin, admin: Browser, organisation: Organisation
) -> None:
    owed(begin, organisation)
    shown = add(admin, count="", unit="days")
    assert SEEN not in shown
    assert "Där lovas ingenting." in shown
    assert f"1 öppet ärende {SEEN}" in add(admin, channel="email", count="1", unit="days")


def test_the_list_is_searched_and_a_topic_that_is_renamed_keeps_its_time(begin: Begin, admin: Browser) -> None:
    add(admin, **CHAT)
    add(admin, channel="sms", count="1", unit="hours")
    assert "parking.chat" in admin.get(f"{TIMES}?q=chatt+minuter").text
    assert "*.sms.*" not in admin.get(f"{TIMES}?q=chatt").text
    with begin() as session:
        session.query(Topic).filter(Topic.slug == "parking").update({"name": "P-platser"})
    assert "P-platser, chatt" in admin.get(f"{TIMES}/parking.chat.*").text
    for missing in ("parking.chat", "x.y.z", "parking.chat.*.x", "%00"):
        assert admin.get(f"{TIMES}/{missing}").status_code == 404

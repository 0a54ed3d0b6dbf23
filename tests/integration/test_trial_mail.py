"""An administrator sends themselves a mail, the way answers go, and is told what the mail server said."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from channels.errors import ChannelError, OutcomeUnknown, Refused, TryLater
from channels.message import OutboundMessage, Receipt
from contactcenter import clock
from contactcenter.model import Agent, Audit, Outbox
from contactcenter.services import outbox, trial_mail
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import count, rows, travel
from tests.integration.people import Organisation
from workers.jobs import JOBS, REMOTE

PAGE = "/installningar/brevlador"
SEND = f"{PAGE}/provmejl"


@pytest.fixture
def admin(app: Flask, organisation: Organisation) -> Browser:
    return Browser(app).signed_in(organisation.admin)


def leave(begin: Begin, outcome: Receipt | ChannelError) -> OutboundMessage | None:
    """What the relay does with it."""
    with begin() as session:
        [row] = outbox.claim(session, 5, [outbox.TRIAL])
        made = trial_mail.begin(session, row)
        outbox_id, attempt = row.id, row.attempt
    with begin() as session:
        trial_mail.record(session, outbox_id, attempt, outcome)
    return made.message if made is not None else None


def test_it_goes_to_oneself_and_says_what_the_server_said(
    begin: Begin, admin: Browser, organisation: Organisation
) -> None:
    said = admin.post(SEND)
    assert (said.status_code, said.headers["Location"]) == (303, f"{PAGE}?prov=1")
    waits = admin.get(said.headers["Location"])
    assert (waits.headers["Refresh"], "på väg" in waits.text) == ("2", True)
    letter = leave(begin, Receipt("250 2.0.0 queued as 4711"))
    assert letter is not None
    assert [to.value for to in letter.recipients] == [organisation.admin.login]
    assert (letter.automatic, letter.copies, letter.reply_to) == (True, (), None)
    assert "svar går iväg" in letter.text
    shown = admin.get(said.headers["Location"])
    assert "Refresh" not in shown.headers
    assert "queued as 4711" in shown.text
    assert [row.verb for row in rows(begin, Audit, Audit.verb == "trial_mail")] == ["trial_mail"]


@pytest.mark.parametrize(
    ("outcome", "word"),
    [
        (Refused("535 5.7.8 bad password"), "Det gick inte iväg"),
        (TryLater("connection refused"), "Det gick inte iväg"),
        (OutcomeUnknown("timed out"), "svarade inte om den tog emot"),
    ],
)
def test_what_fails_is_told_and_not_tried_again(begin: Begin, admin: Browser, outcome: ChannelError, word: str) -> None:
    admin.post(SEND)
    leave(begin, outcome)
    shown = admin.get(PAGE).text
    assert word in shown
    assert outcome.reply in shown
    with begin() as session:
        assert outbox.claim(session, 5, [outbox.TRIAL]) == []


def test_a_double_click_sends_one(begin: Begin, admin: Browser) -> None:
    admin.post(SEND)
    admin.post(SEND)
    assert count(begin, Outbox, Outbox.kind == outbox.TRIAL) == 1
    leave(begin, Receipt("250"))
    admin.post(SEND)
    assert count(begin, Outbox, Outbox.kind == outbox.TRIAL) == 2


def test_nobody_else_sends_one_and_who_has_left_gets_none(
    app: Flask, begin: Begin, admin: Browser, organisation: Organisation
) -> None:
    assert Browser(app).signed_in(organisation.alice).post(SEND).status_code == 403
    admin.post(SEND)
    with begin() as session:
        session.execute(update(Agent).where(Agent.id == organisation.admin.id).values(disabled_at=clock.now()))
    assert leave(begin, Receipt("250")) is None


def test_every_kind_of_promise_has_its_job() -> None:
    assert JOBS.keys() == set(outbox.KINDS)
    assert set(outbox.KINDS) - {outbox.WAKE} == REMOTE


def test_what_nobody_sends_is_told_and_the_page_rests(
    begin: Begin, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin.post(SEND)
    travel(monkeypatch, timedelta(seconds=30))
    shown = admin.get(f"{PAGE}?prov=1")
    assert "Refresh" not in shown.headers
    assert "Ingen har skickat det än" in shown.text

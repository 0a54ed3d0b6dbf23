"""A resident who only says thank you is shown and owed nothing; whatever else they say is a message."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from channels.message import OutboundMessage
from contactcenter.access import get_ticket
from contactcenter.model import Outbox, Ticket
from contactcenter.model.words import Priority, Status
from contactcenter.services import tickets
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import (
    acting,
    answer,
    arrive,
    attached,
    count,
    deliver,
    entries,
    happened,
    mail,
    ticket,
    travel,
)
from tests.integration.people import Organisation

FIGURES = ("status", "closed_at", "outcome", "new_reply", "first_reply_at", "first_reply_due", "reply_owed_since")
PLACE = (*FIGURES, "waiting_since", "assignee_id", "priority", "rank", "channel")


@pytest.fixture
def number(begin: Begin, organisation: Organisation) -> int:
    return arrive(begin, mail("Får jag bygga?", subject="Bygglov", message_id="<first@example.se>"))


def answered(begin: Begin, organisation: Organisation, number: int, text: str = "Ja.", **how: Any) -> OutboundMessage:
    answer(begin, organisation.alice, number, text, **how)
    [sent] = deliver(begin)
    return sent


def reply(begin: Begin, sent: OutboundMessage, text: str = "Tack för hjälpen!", **fields: Any) -> int:
    return arrive(begin, mail(text, references=(sent.message_id,), **({"subject": "Sv: Bygglov"} | fields)))


def place(begin: Begin, number: int) -> list[Any]:
    shown = ticket(begin, number)
    return [getattr(shown, name) for name in PLACE]


def test_thanks_leave_a_closed_ticket_closed_and_its_figures_as_they_were(
    app: Flask, begin: Begin, organisation: Organisation, number: int
) -> None:
    sent = answered(begin, organisation, number, close=True)
    before, promised = place(begin, number), count(begin, Outbox)
    assert reply(begin, sent) == number
    assert place(begin, number) == before
    assert count(begin, Outbox) == promised
    shown = ticket(begin, number)
    assert (shown.preview, shown.thanked_at is not None) == ("Tack för hjälpen!", True)
    assert happened(begin, number)[-1] == "thanked"
    browser = Browser(app).signed_in(organisation.alice)
    page = browser.get(f"/arenden/{number}").text
    assert "Tack för hjälpen!" in page
    assert "Invånaren tackade. Ärendet är fortfarande avslutat" in page
    assert "Öppna igen" in page
    for listed in ("/arenden?vy=avslutade", "/arenden?q=hjälpen"):
        assert "Tackade" in browser.get(listed).text, listed
    assert browser.post(f"/arenden/{number}/oppna", {}).status_code in (200, 302, 303)
    assert ticket(begin, number).status is Status.OPEN
    assert "Tackade</span>" not in browser.get("/arenden?vy=oppna").text


def test_also_when_it_can_no_longer_be_opened_by_a_reply(
    begin: Begin, organisation: Organisation, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = answered(begin, organisation, number, close=True)
    travel(monkeypatch, timedelta(days=400))
    assert reply(begin, sent) == number
    assert count(begin, Ticket) == 1


def test_on_an_open_ticket_nothing_is_owed_for_it(begin: Begin, organisation: Organisation, number: int) -> None:
    sent = answered(begin, organisation, number)
    before = place(begin, number)
    assert ticket(begin, number).status is Status.WAITING_RESIDENT
    assert reply(begin, sent) == number
    assert place(begin, number) == before
    assert happened(begin, number)[-1] == "thanked"


def test_a_parked_ticket_goes_on_resting(begin: Begin, organisation: Organisation, number: int) -> None:
    sent = answered(begin, organisation, number)
    with begin() as session:
        actor = acting(begin, organisation.alice)
        tickets.park(session, actor, get_ticket(session, actor, number, lock=True), None)
    reply(begin, sent)
    assert ticket(begin, number).status is Status.PARKED


def test_a_colleagues_name_and_the_quoted_answer_are_no_news(
    begin: Begin, organisation: Organisation, number: int
) -> None:
    sent = answered(begin, organisation, number, close=True)
    own = "Tack Alice!\n\nMvh\nMaja Exempel\n\n"
    text = f"{own}Den 5 mars 2026 skrev Ekhamra kommun:\n> Får jag bygga?\n> Ja."
    reply(begin, sent, text, quoted_from=len(own))
    assert ticket(begin, number).status is Status.CLOSED


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("Tack! Men när?", {}),
        ("Tack, då kommer jag på tisdag.", {}),
        ("Tack!", {"attachments": (attached(),)}),
        ("Tack!", {"subject": "Jag vill överklaga"}),
        ("Tack Okänd!", {}),
        ("Nej tack", {}),
    ],
)
def test_what_says_more_opens_it_again(
    begin: Begin, organisation: Organisation, number: int, text: str, fields: dict[str, Any]
) -> None:
    sent = answered(begin, organisation, number, close=True)
    reply(begin, sent, text, **fields)
    assert (ticket(begin, number).status, ticket(begin, number).new_reply) == (Status.OPEN, True)
    assert happened(begin, number)[-1] == "reopened"


def signed(begin: Begin, sent: OutboundMessage, below: str, **fields: Any) -> int:
    return reply(begin, sent, f"Tack!\n--\n{below}", signature_from=len("Tack!\n"), **fields)


@pytest.mark.parametrize(
    "below",
    [
        "Lampan är fortfarande trasig.\nGrannen har skadat sig.",
        "Maja Exempel\nLampan är trasig",
        "Maja Exempel, lampan är trasig",
        "Maja Exempel\nRektor",
        "Maja Exempel\nNy adress: Storgatan 2",
        "Maja Exempel\nInte nöjd",
    ],
)
def test_what_may_be_an_answer_below_a_signature_mark_opens_it_again(
    begin: Begin, organisation: Organisation, number: int, below: str
) -> None:
    sent = answered(begin, organisation, number, close=True)
    signed(begin, sent, below)
    assert (ticket(begin, number).status, ticket(begin, number).new_reply) == (Status.OPEN, True)


@pytest.mark.parametrize(
    "below",
    [
        "Maja Exempel",
        "Med vänlig hälsning\nMaja Exempel\n070-174 06 05 | maja@example.se\nStorgatan 2, 123 45 Ekhamra",
        "Skickat från min iPhone",
    ],
)
def test_a_name_and_how_to_reach_it_below_the_mark_say_nothing(
    begin: Begin, organisation: Organisation, number: int, below: str
) -> None:
    sent = answered(begin, organisation, number, close=True)
    signed(begin, sent, below)
    assert ticket(begin, number).status is Status.CLOSED


def test_a_signature_that_the_writer_has_had_before_says_nothing(begin: Begin, organisation: Organisation) -> None:
    title = "Maja Exempel\nRektor\nNorra skolan"
    text = f"Får jag bygga?\n-- \n{title}"
    first = arrive(
        begin, mail(text, subject="Bygglov", message_id="<first@example.se>", signature_from=len("Får jag bygga?\n"))
    )
    sent = answered(begin, organisation, first, close=True)
    signed(begin, sent, f"{title}\n\n> Får jag bygga?\n", quoted_from=len(f"Tack!\n--\n{title}\n\n"))
    assert ticket(begin, first).status is Status.CLOSED
    signed(begin, sent, title, sender="bo@example.com", name="Maja Exempel")
    assert ticket(begin, first).status is Status.OPEN


def test_thanks_after_a_question_of_ours_are_an_answer(begin: Begin, organisation: Organisation, number: int) -> None:
    sent = answered(begin, organisation, number, "Passar det på tisdag klockan tio?")
    reply(begin, sent, "Perfekt, tack!")
    assert (ticket(begin, number).status, ticket(begin, number).new_reply) == (Status.OPEN, True)


def test_a_first_mail_that_only_says_thanks_is_a_ticket(begin: Begin, organisation: Organisation) -> None:
    number = arrive(begin, mail("Tack!", subject="Tack!"))
    assert (ticket(begin, number).status, ticket(begin, number).reply_owed_since is None) == (Status.NEW, False)


def test_an_urgent_ticket_stays_urgent_and_a_first_answer_owed(
    begin: Begin, organisation: Organisation, number: int
) -> None:
    with begin() as session:
        values = {"priority": Priority.URGENT, "rank": 0}
        session.execute(update(Ticket).where(Ticket.number == number).values(**values))
    before = place(begin, number)
    assert arrive(begin, mail("Tack!", subject="Sv: Bygglov", references=("<first@example.se>",))) == number
    assert place(begin, number) == before
    assert ticket(begin, number).reply_owed_since is not None
    assert len(entries(begin, number)) == 2

"""An answer of which nobody knows whether it left: said, sent once more at most, and settled by whoever finds out."""

from __future__ import annotations

import pytest
from flask import Flask

from channels.errors import OutcomeUnknown, Refused
from contactcenter.access import actor_for, get_ticket
from contactcenter.errors import Conflict, NotFound
from contactcenter.model import Agent, Audit, Entry, Outbox, Ticket
from contactcenter.model.words import EntryState, Status
from contactcenter.services import delivery, replies, uncertain, webhook_calls
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import answer, arrive, deliver, happened, mail, rows, ticket
from tests.integration.people import Organisation
from tests.integration.test_receipts import report

UNKNOWN = OutcomeUnknown("no answer came")
AGAIN, ARRIVED = "Skicka igen", "Det kom fram"


@pytest.fixture
def number(begin: Begin, organisation: Organisation) -> int:
    return arrive(begin, mail("Får jag bygga?", subject="Bygglov", message_id="<first@example.se>"))


@pytest.fixture
def entry_id(begin: Begin, organisation: Organisation, number: int) -> int:
    made = answer(begin, organisation.alice, number)
    deliver(begin, UNKNOWN)
    return made


def act(begin: Begin, agent: Agent, number: int, entry_id: int, *, arrived: bool) -> None:
    with begin() as session:
        actor = actor_for(session, session.get_one(Agent, agent.id))
        row = get_ticket(session, actor, number, lock=True)
        (uncertain.arrived if arrived else replies.send_again)(session, actor, row, entry_id)


def state(begin: Begin, entry_id: int) -> EntryState:
    return rows(begin, Entry, Entry.id == entry_id)[0].state


def test_it_leaves_twice_at_most_and_never_by_itself(
    begin: Begin, app: Flask, organisation: Organisation, number: int, entry_id: int
) -> None:
    alice = Browser(app).signed_in(organisation.alice)
    assert deliver(begin) == [], "nobody has asked"
    page = alice.get(f"/arenden/{number}").text
    assert (AGAIN in page, ARRIVED in page) == (True, True)
    act(begin, organisation.alice, number, entry_id, arrived=False)
    [second] = deliver(begin, UNKNOWN)
    assert second.message_id == rows(begin, Entry, Entry.id == entry_id)[0].own_message_id
    assert state(begin, entry_id) is EntryState.UNCERTAIN
    with pytest.raises(Conflict):
        act(begin, organisation.alice, number, entry_id, arrived=False)
    for row in rows(begin, Outbox, Outbox.kind == "deliver"):
        with pytest.raises(Conflict), begin() as session:
            delivery.retry(session, row.id)
    page = alice.get(f"/arenden/{number}").text
    assert (AGAIN in page, ARRIVED in page) == (False, True)


def test_what_did_not_arrive_once_and_is_uncertain_now_can_be_settled(
    begin: Begin, app: Flask, organisation: Organisation, number: int
) -> None:
    made = answer(begin, organisation.alice, number)
    deliver(begin, Refused("550 5.1.1 no such user"))
    act(begin, organisation.alice, number, made, arrived=False)
    deliver(begin, UNKNOWN)
    alice = Browser(app).signed_in(organisation.alice)
    page = alice.get(f"/arenden/{number}").text
    assert (AGAIN in page, ARRIVED in page, "Nådde inte" in page) == (True, True, False)
    act(begin, organisation.alice, number, made, arrived=True)
    page = alice.get(f"/arenden/{number}").text
    assert ("nådde inte" in page.lower(), state(begin, made)) == (False, EntryState.SENT)


def test_whoever_finds_out_that_it_arrived_says_so(
    begin: Begin, organisation: Organisation, number: int, entry_id: int
) -> None:
    assert ticket(begin, number).status is Status.OPEN
    act(begin, organisation.alice, number, entry_id, arrived=True)
    assert state(begin, entry_id) is EntryState.SENT
    assert ticket(begin, number).status is Status.WAITING_RESIDENT
    assert happened(begin, number)[-1] == "delivery_settled"
    assert deliver(begin) == []
    assert [row.outcome for row in rows(begin, Outbox, Outbox.kind == "deliver")] == ["sent"]
    for arrived in (True, False):
        with pytest.raises(Conflict):
            act(begin, organisation.alice, number, entry_id, arrived=arrived)


@pytest.mark.parametrize("again", [False, True], ids=["once", "twice"])
def test_an_answer_that_was_the_end_ends_the_ticket_once_it_is_known_to_have_arrived(
    begin: Begin, organisation: Organisation, number: int, monkeypatch: pytest.MonkeyPatch, again: bool
) -> None:
    made = answer(begin, organisation.alice, number, close=True)
    deliver(begin, UNKNOWN)
    if again:
        act(begin, organisation.alice, number, made, arrived=False)
        deliver(begin, UNKNOWN)
    assert ticket(begin, number).status is Status.OPEN
    told: list[str] = []
    monkeypatch.setattr(webhook_calls, "tell", lambda session, ticket, what: told.append(what))
    act(begin, organisation.alice, number, made, arrived=True)
    assert (ticket(begin, number).status, ticket(begin, number).outcome) == (Status.CLOSED, "solved")
    assert told == ["ticket.replied", "ticket.closed"]


def test_a_resident_who_has_written_since_goes_on_waiting(
    begin: Begin, organisation: Organisation, number: int, entry_id: int
) -> None:
    arrive(begin, mail("Hallå?", references=("<first@example.se>",)))
    act(begin, organisation.alice, number, entry_id, arrived=True)
    assert (ticket(begin, number).status, state(begin, entry_id)) == (Status.OPEN, EntryState.SENT)


def test_a_report_settles_it_too(
    begin: Begin, organisation: Organisation, number: int, entry_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(webhook_calls, "tell", lambda session, ticket, what: told.append(what))
    arrive(begin, report(begin, entry_id, "delivered", "maja@example.se"))
    assert (state(begin, entry_id), told) == (EntryState.DELIVERED, ["ticket.replied"])
    with pytest.raises(Conflict):
        act(begin, organisation.alice, number, entry_id, arrived=True)


def test_it_is_recorded_where_reads_are(begin: Begin, organisation: Organisation, number: int, entry_id: int) -> None:
    with begin() as session:
        row = session.get_one(Ticket, ticket(begin, number).id)
        row.domain_id, row.team_id = organisation.social.id, organisation.social_team.id
    act(begin, organisation.bob, number, entry_id, arrived=True)
    assert [audit.data["entry"] for audit in rows(begin, Audit, Audit.verb == "settled")] == [entry_id]


def test_what_came_in_or_is_not_there_cannot_be_settled(
    begin: Begin, organisation: Organisation, number: int, entry_id: int
) -> None:
    [first] = rows(begin, Entry, Entry.message_id == "<first@example.se>")
    for wrong in (first.id, 4711):
        with pytest.raises(NotFound):
            act(begin, organisation.alice, number, wrong, arrived=True)

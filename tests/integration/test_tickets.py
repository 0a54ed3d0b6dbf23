"""What is done to a ticket: along the edges of the status table, by those who may, and by one of two at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from contactcenter import clock, search
from contactcenter.access import Actor, actor_for, get_ticket
from contactcenter.errors import Conflict, InvalidInput, NotAllowed, NotFound
from contactcenter.model import (
    Agent,
    Attachment,
    Audit,
    Decision,
    DomainGrant,
    Draft,
    Event,
    Outbox,
    SearchDoc,
    Ticket,
    TicketGrant,
)
from contactcenter.model.words import OUTCOMES, STATUS_EDGES, DraftKind, Priority, Role, Status
from contactcenter.services import agents, outbox, tickets
from tests.integration.conftest import Begin
from tests.integration.mailroom import count, happened, pool, rows, ticket, travel
from tests.integration.people import Organisation, make_agent, make_entry, make_ticket

Act = Callable[[Session, Actor, Ticket], object]


@pytest.fixture
def number(begin: Begin, organisation: Organisation) -> int:
    """A ticket of the common domain that nobody owns."""
    with begin() as session:
        return make_ticket(session, organisation.common, organisation.first_line).number


def act(begin: Begin, agent: Agent, number: int, work: Act) -> None:
    """Do something to a ticket as the pages do: the row locked, by what the agent may see."""
    with begin() as session:
        actor = actor_for(session, session.get_one(Agent, agent.id))
        work(session, actor, get_ticket(session, actor, number, lock=True))


def change(begin: Begin, number: int, **columns: object) -> None:
    with begin() as session:
        row = session.scalars(select(Ticket).where(Ticket.number == number)).one()
        for name, value in columns.items():
            setattr(row, name, value)


def give(agent: Agent) -> Act:
    return lambda session, actor, row: tickets.assign(session, actor, row, agent.id)


def to_topic(slug: str, ground: str = "") -> Act:
    return lambda session, actor, row: tickets.change_topic(session, actor, row, slug, ground=ground)


def take(session: Session, actor: Actor, row: Ticket) -> None:
    tickets.take(session, actor, row)


def release(session: Session, actor: Actor, row: Ticket) -> None:
    tickets.release(session, actor, row)


def close(session: Session, actor: Actor, row: Ticket) -> None:
    tickets.close(session, actor, row)


def reopen(session: Session, actor: Actor, row: Ticket) -> None:
    tickets.reopen(session, actor, row)


def park(session: Session, actor: Actor, row: Ticket) -> None:
    tickets.park(session, actor, row, clock.now() + timedelta(days=1))


# Status


def test_every_status_can_be_left_and_a_closed_one_only_opened() -> None:
    assert STATUS_EDGES.keys() == set(Status)
    assert STATUS_EDGES[Status.CLOSED] == {Status.OPEN}
    assert not [status for status, following in STATUS_EDGES.items() if status in following or Status.NEW in following]


def test_exactly_the_edges_of_the_table_are_walked(session: Session) -> None:
    walked: dict[Status, set[Status]] = {status: set() for status in Status}
    for before in Status:
        for after in Status:
            row = Ticket(status=before, snoozed_until=clock.now(), closed_at=clock.now())
            try:
                tickets.set_status(row, after)
            except Conflict:
                assert row.status is before
                continue
            assert row.status is after
            if after is before:
                continue
            walked[before].add(after)
            assert (row.snoozed_until is None) is (after is not Status.PARKED)
            assert (row.closed_at is None) is (after is not Status.CLOSED)
    assert walked == STATUS_EDGES


@pytest.mark.parametrize(
    ("work", "status", "verb", "event"),
    [
        (take, Status.OPEN, "taken", "taken"),
        (close, Status.CLOSED, "closed", "closed"),
        (park, Status.PARKED, "parked", "parked"),
    ],
)
def test_an_act_changes_the_ticket_tells_it_and_counts_it(
    begin: Begin, organisation: Organisation, number: int, work: Act, status: Status, verb: str, event: str
) -> None:
    before = ticket(begin, number)
    act(begin, organisation.alice, number, work)
    after = ticket(begin, number)
    assert (after.status, after.assignee_id, after.rev) == (status, organisation.alice.id, before.rev + 1)
    assert happened(begin, number) == [verb]
    assert [(row.kind, row.rev, row.agent_id) for row in rows(begin, Event)] == [
        (event, after.rev, organisation.alice.id)
    ]
    assert count(begin, Audit) == 0, "the common domain is not recorded"


def test_a_page_that_showed_an_older_ticket_changes_nothing(
    begin: Begin, organisation: Organisation, number: int
) -> None:
    def take_old(session: Session, actor: Actor, row: Ticket) -> None:
        tickets.take(session, actor, row, 7)

    stale: list[Act] = [
        lambda session, actor, row: tickets.release(session, actor, row, 7),
        lambda session, actor, row: tickets.assign(session, actor, row, actor.agent_id, 7),
        lambda session, actor, row: tickets.change_topic(session, actor, row, "parking", 7),
        lambda session, actor, row: tickets.park(session, actor, row, None, 7),
        lambda session, actor, row: tickets.close(session, actor, row, "solved", 7),
        lambda session, actor, row: tickets.reopen(session, actor, row, 7),
    ]
    with pytest.raises(Conflict):
        act(begin, organisation.alice, number, take_old)
    change(begin, number, assignee_id=organisation.alice.id)
    for work in stale:
        with pytest.raises(Conflict):
            act(begin, organisation.alice, number, work)
    after = ticket(begin, number)
    assert (after.rev, after.status, after.assignee_id) == (1, Status.NEW, organisation.alice.id)


# Whose it is


def test_of_two_who_take_it_at_once_one_has_it(begin: Begin, organisation: Organisation) -> None:
    for _ in range(5):
        with begin() as session:
            number = make_ticket(session, organisation.common, organisation.first_line).number
        start = threading.Barrier(2)

        def grab(agent: Agent, number: int = number, start: threading.Barrier = start) -> str:
            start.wait()
            try:
                act(begin, agent, number, take)
            except Conflict as conflict:
                return str(conflict.data["owner"])
            return ""

        with pool() as both:
            jobs = {agent.name: both.submit(grab, agent) for agent in (organisation.alice, organisation.bob)}
        told = {name: job.result() for name, job in jobs.items()}
        [winner] = [name for name, owner in told.items() if not owner]
        assert sorted(told.values()) == ["", winner]
        assert happened(begin, number) == ["taken"]


def test_taking_twice_is_taking_once(begin: Begin, organisation: Organisation, number: int) -> None:
    act(begin, organisation.alice, number, take)
    act(begin, organisation.alice, number, take)
    assert happened(begin, number) == ["taken"]
    act(begin, organisation.alice, number, release)
    act(begin, organisation.alice, number, release)
    assert happened(begin, number) == ["taken", "released"]
    assert ticket(begin, number).assignee_id is None


@pytest.mark.parametrize("work", [release, give], ids=["release", "assign"])
def test_only_a_supervisor_moves_a_colleagues_ticket(
    begin: Begin, organisation: Organisation, number: int, work: object
) -> None:
    with begin() as session:
        carl = make_agent(session, "Carl", domains=[organisation.common])
    move = release if work is release else give(carl)
    act(begin, carl, number, take)
    with pytest.raises(NotAllowed):
        act(begin, organisation.alice, number, move)
    assert ticket(begin, number).assignee_id == carl.id
    act(begin, organisation.bob, number, move)
    assert ticket(begin, number).assignee_id == (None if work is release else carl.id)


def test_who_leaves_leaves_no_open_ticket_behind(begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        mine: dict[str, Any] = {"assignee_id": organisation.alice.id}
        open_, resting, done = (
            make_ticket(session, organisation.common, organisation.first_line, status=status, **mine).number
            for status in (Status.OPEN, Status.PARKED, Status.CLOSED)
        )
    with begin() as session:
        agents.disable(session, "alice@ekhamra.example")
    assert [ticket(begin, number).assignee_id for number in (open_, resting, done)] == [
        None,
        None,
        organisation.alice.id,
    ]
    assert happened(begin, open_) == happened(begin, resting) == ["released"]
    assert happened(begin, done) == []
    told = [(event.kind, event.agent_id) for event in rows(begin, Event, Event.number == open_)]
    assert told == [("moved", organisation.alice.id), ("released", None)], "the old owner's screens hear of it"


def test_a_guide_gives_away_what_is_hers_or_nobodys(begin: Begin, organisation: Organisation, number: int) -> None:
    act(begin, organisation.alice, number, give(organisation.bob))
    assert (ticket(begin, number).assignee_id, ticket(begin, number).status) == (organisation.bob.id, Status.OPEN)
    act(begin, organisation.bob, number, give(organisation.alice))
    act(begin, organisation.alice, number, give(organisation.bob))
    assert happened(begin, number) == ["assigned"] * 3
    moved = [(row.kind, row.agent_id) for row in rows(begin, Event)]
    assert moved[1:3] == [("moved", organisation.bob.id), ("assigned", organisation.alice.id)], "the old owner is told"


def test_nobody_gets_what_they_may_not_see(begin: Begin, organisation: Organisation, number: int) -> None:
    with begin() as session:
        everything = (organisation.common, organisation.social)
        gone = make_agent(session, "Gone", domains=everything, disabled_at=clock.now())
        partner = make_agent(session, "Partner", Role.PARTNER, domains=everything)
        admin = make_agent(session, "Chief", Role.ADMIN, domains=everything)
        host = make_agent(session, "Host", Role.IT_HOST, domains=[organisation.social])
    for agent in (organisation.dora, organisation.charlie, gone, partner, admin, host, Agent(id=4711)):
        with pytest.raises(InvalidInput):
            act(begin, organisation.alice, number, give(agent))
    assert ticket(begin, number).assignee_id is None


def test_who_will_see_it_as_its_owner_may_get_it(begin: Begin, organisation: Organisation, number: int) -> None:
    with begin() as session:
        host = make_agent(session, "Host", Role.IT_HOST, domains=[organisation.common])
        specialist = make_agent(session, "Spec", Role.SPECIALIST, domains=[organisation.common])
        session.add(TicketGrant(ticket_id=ticket_id(session, number), agent_id=organisation.dora.id))
    for agent in (host, specialist, organisation.dora):
        act(begin, organisation.bob, number, give(agent))
        act(begin, agent, number, lambda *_: None)


def ticket_id(session: Session, number: int) -> int:
    return session.scalars(select(Ticket.id).where(Ticket.number == number)).one()


# What it is about


def test_another_topic_brings_team_and_priority_and_is_remembered(
    begin: Begin, organisation: Organisation, number: int
) -> None:
    change(begin, number, domain_id=organisation.acute.id, topic_id=organisation.danger.id, rank=0, priority="urgent")
    change(begin, number, domain_id=organisation.common.id)
    act(begin, organisation.alice, number, to_topic("parking"))
    after = ticket(begin, number)
    assert (after.topic_id, after.team_id) == (organisation.parking.id, organisation.streets.id)
    assert (after.priority, after.rank) == (Priority.URGENT, 0), "urgency that was found is never lowered"
    [decision] = rows(begin, Decision)
    assert (decision.corrected_by_id, decision.previous_topic_id) == (organisation.alice.id, organisation.danger.id)
    assert (decision.topic_id, decision.team_id) == (organisation.parking.id, organisation.streets.id)
    assert decision.reasons[0]["code"] == "corrected"
    assert happened(begin, number) == ["topic"]
    act(begin, organisation.alice, number, to_topic("parking"))
    assert happened(begin, number) == ["topic"], "the same topic changes nothing"


def test_a_topic_of_danger_makes_the_ticket_urgent(begin: Begin, organisation: Organisation, number: int) -> None:
    act(begin, organisation.alice, number, to_topic("acute_danger"))
    after = ticket(begin, number)
    assert (after.priority, after.rank, after.domain_id) == (Priority.URGENT, 0, organisation.acute.id)


def test_there_must_be_such_a_topic(begin: Begin, organisation: Organisation, number: int) -> None:
    with begin() as session:
        session.get_one(type(organisation.parking), organisation.parking.id).active = False
    for slug in ("parking", "nothing", "", "x\ty"):
        with pytest.raises(InvalidInput):
            act(begin, organisation.alice, number, to_topic(slug))


def test_a_topic_of_another_domain_takes_everything_along(begin: Begin, organisation: Organisation) -> None:
    social = organisation.social.id
    with begin() as session:
        row = make_ticket(session, organisation.common, organisation.first_line)
        entry = make_entry(session, row, "Jag behöver försörjningsstöd")
        file = {"domain_id": row.domain_id, "name": "a", "media_type": "a/b", "size": 1, "sha256": "s", "blob_key": "k"}
        draft = Draft(ticket_id=row.id, agent_id=organisation.alice.id, kind=DraftKind.NOTE, saved_at=clock.now())
        session.add(draft)
        session.flush()
        session.add_all((Attachment(entry_id=entry.id, **file), Attachment(draft_id=draft.id, **file)))
    act(begin, organisation.alice, row.number, take)
    act(begin, organisation.alice, row.number, to_topic("economic_aid"))
    after = ticket(begin, row.number)
    assert (after.domain_id, after.team_id) == (social, organisation.social_team.id)
    assert after.assignee_id is None, "Alice does not see it any more"
    assert {file.domain_id for file in rows(begin, Attachment)} == {doc.domain_id for doc in rows(begin, SearchDoc)}
    assert {doc.domain_id for doc in rows(begin, SearchDoc)} == {social}
    with begin(read_only=True) as session:
        assert search.find(session, "försörjningsstöd", Ticket.domain_id == social) == [after.id]
    left, moved, routed = rows(begin, Audit)
    assert [(row.verb, row.agent_id, row.ticket_id) for row in (left, moved)] == [
        ("domain_moved", organisation.alice.id, after.id)
    ] * 2
    assert [left.domain_id, moved.domain_id] == [organisation.common.id, social]
    assert left.data == moved.data == {"before": "common", "after": "social", "ground": "topic"}
    assert (routed.verb, routed.ticket_id, routed.domain_id) == ("routed", after.id, social)
    told = [(event.kind, event.domain_id) for event in rows(begin, Event)]
    assert told[1:] == [("moved", organisation.common.id), ("routed", social)], "both domains hear of it"
    with pytest.raises(NotFound):
        act(begin, organisation.alice, row.number, take)


def test_an_owner_who_still_sees_it_keeps_it(begin: Begin, organisation: Organisation, number: int) -> None:
    act(begin, organisation.bob, number, take)
    act(begin, organisation.alice, number, to_topic("economic_aid"))
    assert ticket(begin, number).assignee_id == organisation.bob.id


def test_leaving_a_confidential_domain_is_recorded_too(begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        number = make_ticket(session, organisation.social, organisation.social_team).number
    for ground in ("", " \n"):
        with pytest.raises(InvalidInput):
            act(begin, organisation.bob, number, to_topic("parking", ground))
    assert ticket(begin, number).domain_id == organisation.social.id
    act(begin, organisation.bob, number, to_topic("parking", "Gäller bara\n en p-plats"))
    left, moved = rows(begin, Audit)
    assert (left.domain_id, moved.domain_id) == (organisation.social.id, organisation.common.id)
    assert (moved.verb, moved.data["before"], moved.data["after"]) == ("domain_moved", "social", "common")
    assert left.data["ground"] == moved.data["ground"] == "Gäller bara en p-plats"


# Resting and ending


def test_a_rest_is_a_promise_and_ends_by_waiting_for_us(
    begin: Begin, organisation: Organisation, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    act(begin, organisation.alice, number, park)
    resting = ticket(begin, number)
    [promise] = rows(begin, Outbox)
    assert (promise.kind, promise.subject_id, promise.due_at) == (outbox.WAKE, resting.id, resting.snoozed_until)
    assert tickets.moment(promise.payload["until"]) == resting.snoozed_until
    travel(monkeypatch, timedelta(days=2))
    with begin() as session:
        tickets.wake(session, tickets.by_id(session, resting.id))
        tickets.wake(session, tickets.by_id(session, resting.id))
    awake = ticket(begin, number)
    assert (awake.status, awake.snoozed_until, awake.assignee_id) == (Status.OPEN, None, organisation.alice.id)
    assert awake.waiting_since > resting.waiting_since + timedelta(days=1)
    assert happened(begin, number) == ["parked", "woken"]


def test_a_rest_until_the_resident_writes_promises_nothing(
    begin: Begin, organisation: Organisation, number: int
) -> None:
    act(begin, organisation.alice, number, lambda session, actor, row: tickets.park(session, actor, row, None))
    assert (ticket(begin, number).status, ticket(begin, number).snoozed_until) == (Status.PARKED, None)
    assert count(begin, Outbox) == 0


def test_what_is_closed_does_not_rest(begin: Begin, organisation: Organisation, number: int) -> None:
    act(begin, organisation.alice, number, close)
    with pytest.raises(Conflict):
        act(begin, organisation.alice, number, park)


def test_a_ticket_ends_with_one_of_the_outcomes(begin: Begin, organisation: Organisation, number: int) -> None:
    for outcome in OUTCOMES:
        change(begin, number, new_reply=True, status=Status.OPEN)
        ended = clock.now()
        act(begin, organisation.alice, number, closing(outcome))
        shown = ticket(begin, number)
        assert (shown.outcome, shown.new_reply) == (outcome, False)
        assert shown.closed_at is not None
        assert shown.closed_at >= ended
    with pytest.raises(InvalidInput):
        act(begin, organisation.alice, number, closing("won"))


def closing(outcome: str) -> Act:
    return lambda session, actor, row: tickets.close(session, actor, row, outcome)


def test_an_outcome_can_be_corrected_once_it_has_ended(begin: Begin, organisation: Organisation, number: int) -> None:
    def correct(outcome: str) -> Act:
        return lambda session, actor, row: tickets.set_outcome(session, actor, row, outcome)

    with pytest.raises(Conflict):
        act(begin, organisation.alice, number, correct("referred"))
    act(begin, organisation.alice, number, close)
    act(begin, organisation.alice, number, correct("referred"))
    assert ticket(begin, number).outcome == "referred"
    for wrong in ("", "won", "SOLVED"):
        with pytest.raises(InvalidInput):
            act(begin, organisation.alice, number, correct(wrong))
    assert happened(begin, number) == ["closed", "outcome"]


def test_closing_and_opening_twice_is_once(
    begin: Begin, organisation: Organisation, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for work in (reopen, close, close):
        act(begin, organisation.alice, number, work)
    travel(monkeypatch, timedelta(hours=1))
    for work in (reopen, reopen):
        act(begin, organisation.alice, number, work)
    shown = ticket(begin, number)
    assert (shown.status, shown.closed_at) == (Status.OPEN, None)
    assert shown.waiting_since > clock.now() - timedelta(minutes=5)
    assert happened(begin, number) == ["closed", "reopened"]


# Roles


def test_a_host_ends_but_does_not_take_and_an_administrator_does_neither(
    begin: Begin, organisation: Organisation, number: int
) -> None:
    with begin() as session:
        host = make_agent(session, "Host", Role.IT_HOST, domains=[organisation.common])
        session.add(DomainGrant(domain_id=organisation.common.id, agent_id=organisation.admin.id))
    change(begin, number, assignee_id=host.id)
    for agent, forbidden in (
        (host, (take, release, give(organisation.alice), to_topic("parking"))),
        (organisation.admin, (take, release, give(organisation.alice), to_topic("parking"), park, close, reopen)),
    ):
        for work in forbidden:
            with pytest.raises(NotAllowed):
                act(begin, agent, number, work)
    act(begin, host, number, close)
    assert ticket(begin, number).status is Status.CLOSED

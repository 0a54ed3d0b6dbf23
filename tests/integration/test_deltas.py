"""Events are read in an order in which nothing is missed, and nobody is told of what they may not see."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest

from contactcenter.access import actor_for
from contactcenter.db import is_postgres
from contactcenter.model import Agent, Ticket
from contactcenter.queries import deltas
from contactcenter.queries.deltas import Cursor
from contactcenter.services import events
from tests.integration.conftest import Begin
from tests.integration.people import Organisation, make_ticket

T = TypeVar("T")


def changed(begin: Begin, ticket: Ticket, kind: str = "take") -> None:
    with begin() as session:
        events.changed(session, session.get_one(Ticket, ticket.id), kind)


@pytest.fixture
def common(begin: Begin, organisation: Organisation) -> Ticket:
    with begin() as session:
        return make_ticket(session, organisation.common, organisation.streets)


@pytest.fixture
def social(begin: Begin, organisation: Organisation) -> Ticket:
    with begin() as session:
        return make_ticket(session, organisation.social, organisation.social_team)


def news(begin: Begin, agent: Agent, since: str, limit: int = 500) -> tuple[str, dict[int, int]]:
    with begin(read_only=True) as session:
        actor = actor_for(session, session.get_one(Agent, agent.id))
        last, tickets = deltas.since(session, actor, since, limit)
        return last, dict(tickets)


def present(begin: Begin) -> str:
    with begin(read_only=True) as session:
        return deltas.written(deltas.newest(session))


def test_what_changed_is_told_with_its_newest_rev(begin: Begin, organisation: Organisation, common: Ticket) -> None:
    before = present(begin)
    for _ in range(3):
        changed(begin, common)
    last, tickets = news(begin, organisation.alice, before)
    assert tickets == {common.id: 4}
    assert news(begin, organisation.alice, last)[1] == {}


def test_nobody_hears_of_what_they_may_not_see(
    begin: Begin, organisation: Organisation, common: Ticket, social: Ticket
) -> None:
    before = present(begin)
    changed(begin, common)
    changed(begin, social)
    told = {
        agent.name: set(news(begin, agent, before)[1])
        for agent in (organisation.alice, organisation.bob, organisation.charlie, organisation.dora, organisation.admin)
    }
    assert told == {
        "Alice": {common.id},
        "Bob": {common.id, social.id},
        "Charlie": {social.id},
        "Dora": set(),
        "Admin": set(),
    }


def test_whoever_saw_a_ticket_is_told_that_it_left(begin: Begin, organisation: Organisation, common: Ticket) -> None:
    before = present(begin)
    with begin() as session:
        ticket = session.get_one(Ticket, common.id)
        events.publish(session, ticket, "moved")
        session.flush()
        ticket.domain_id = organisation.social.id
    last, tickets = news(begin, organisation.alice, before)
    assert set(tickets) == {common.id}
    changed(begin, common)
    assert news(begin, organisation.alice, last)[1] == {}


def test_more_than_fits_comes_in_pages(begin: Begin, organisation: Organisation, common: Ticket) -> None:
    with begin() as session:
        other = make_ticket(session, organisation.common, organisation.first_line)
    before = present(begin)
    changed(begin, common)
    changed(begin, other)
    first, tickets = news(begin, organisation.alice, before, limit=1)
    assert set(tickets) == {common.id}
    assert set(news(begin, organisation.alice, first, limit=1)[1]) == {other.id}


@pytest.mark.parametrize(
    "text", ["", "nonsense", "1", "-1-1", "1-2-3", "9" * 19 + "-1", "٣-٤", "999999999999-5", f"{2**62}-1"]
)
def test_a_text_that_is_no_cursor_begins_at_the_present(
    begin: Begin, organisation: Organisation, common: Ticket, text: str
) -> None:
    changed(begin, common)
    last, tickets = news(begin, organisation.alice, text)
    assert tickets == {}
    changed(begin, common)
    assert set(news(begin, organisation.alice, last)[1]) == {common.id}


def test_a_transaction_that_commits_late_is_not_skipped(
    begin: Begin, organisation: Organisation, common: Ticket, social: Ticket
) -> None:
    """On PostgreSQL the one with the lower id may commit last; SQLite has one writer at a time."""
    with begin(read_only=True) as session:
        if not is_postgres(session):
            return
        cursor = deltas.newest(session)
    with begin() as late:
        events.changed(late, late.get_one(Ticket, common.id), "take")
        late.flush()
        _in_a_thread(lambda: changed(begin, social))
        assert _in_a_thread(lambda: _read(begin, cursor)) == []
    assert _read(begin, cursor) == [common.id, social.id]


def _read(begin: Begin, cursor: Cursor) -> list[int]:
    with begin(read_only=True) as session:
        return [event.ticket_id for event in deltas.after(session, cursor)]


def _in_a_thread(work: Callable[[], T]) -> T:
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(work).result(20)

"""The example municipality: it is whole, its columns agree with each other, and it can be taken out again."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from contactcenter import clock, migrate, runtime
from contactcenter.access import actor_for, visible_tickets
from contactcenter.app import create_app
from contactcenter.db import db, transaction
from contactcenter.demo import build
from contactcenter.demo import organisation as example
from contactcenter.errors import Conflict
from contactcenter.model import (
    Agent,
    Attachment,
    Audit,
    CannedReply,
    Decision,
    Entry,
    EntryMessage,
    Office,
    Outbox,
    Person,
    RoutingRule,
    SearchDoc,
    Team,
    Ticket,
    Topic,
)
from contactcenter.model.words import ChannelKind, Direction, EntryKind, EntryState, Role, Status
from contactcenter.runtime import build_runtime
from contactcenter.services import agents, demo_data, intake, organisation, passwords
from contactcenter.settings import Settings
from tests.integration import databases
from tests.integration.conftest import Begin
from tests.integration.mailroom import accept, claim, count, mail, rows


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def shown_app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The example municipality as of now, built once for the tests that only look at it."""
    folder = tmp_path_factory.mktemp("demo")
    with ExitStack() as stack:
        url = f"sqlite:///{folder / 'contactcenter.db'}"
        if request.param == "postgres":
            url = stack.enter_context(databases.postgres(f"demo_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"))
        migrate.upgrade(url)
        app = create_app(build_runtime(Settings(database_url=url), folder))
        with app.app_context(), transaction() as session:
            fill(session)
        yield app
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def shown(shown_app: Flask) -> Begin:
    """Transactions on the example municipality."""

    @contextmanager
    def begun(*, read_only: bool = False) -> Iterator[Session]:
        with shown_app.app_context(), transaction(read_only=read_only) as session:
            yield session

    return begun


def fill(session: Session) -> None:
    build.ensure_organisation(session, clock.now())
    build.build(session, runtime.current(), clock.now())


def test_an_empty_database_is_given_an_organisation_once(begin: Begin) -> None:
    for _ in range(2):
        with begin() as session:
            build.ensure_organisation(session, clock.now())
            assert build.is_empty(session)
    assert [count(begin, table) for table in (Topic, Team, Office)] == [65, 30, 5]
    assert count(begin, CannedReply) > 10
    assert count(begin, RoutingRule) > 3
    assert count(begin, Team, Team.is_first_line.is_(True)) == 1


def test_the_database_decides_as_the_built_in_rules_do(begin: Begin) -> None:
    """The same facts, but that an office's further addresses are rows of their own there."""
    with begin() as session:
        build.ensure_organisation(session, clock.now())
        stored = organisation.read(session).router.org
    built_in = example.facts()
    for office in built_in.offices.values():
        assert replace(office, addresses=()) == replace(stored.offices[office.slug], addresses=())
    assert set(stored.addresses) == set(built_in.addresses)
    assert replace(stored, offices={}, addresses=()) == replace(built_in, offices={}, addresses=())


def test_it_has_agents_who_can_sign_in(shown: Begin) -> None:
    everybody = {agent.login: agent for agent in rows(shown, Agent)}
    assert len(everybody) == 12
    assert all(agent.is_demo for agent in everybody.values())
    assert {everybody[f"{name}@ekhamra.example"].role for name in ("sara", "amir")} == {Role.GUIDE}
    assert everybody["ingrid@ekhamra.example"].role is Role.SUPERVISOR
    assert everybody["admin@ekhamra.example"].role is Role.ADMIN
    assert "ar" in everybody["amir@ekhamra.example"].languages
    assert passwords.verify_password(everybody["sara@ekhamra.example"].password_hash, demo_data.PASSWORD)
    assert len(demo_data.PASSWORD) >= passwords.MIN_LENGTH


def test_it_has_tickets_of_every_kind_and_state(shown: Begin) -> None:
    tickets = rows(shown, Ticket)
    assert len(tickets) >= 140
    assert all(ticket.is_demo for ticket in tickets)
    assert set(Counter(ticket.status for ticket in tickets)) == set(Status)
    assert {ticket.channel for ticket in tickets} >= {
        ChannelKind.EMAIL,
        ChannelKind.CHAT,
        ChannelKind.SMS,
        ChannelKind.PHONE,
        ChannelKind.VISIT,
    }
    assert {"sv", "ar", "en", "fi", "so"} <= {ticket.language for ticket in tickets}
    assert any(ticket.new_reply for ticket in tickets)
    assert any(ticket.rank == 0 for ticket in tickets)
    assert [ticket.number for ticket in tickets] == sorted(ticket.number for ticket in tickets)


def test_its_columns_agree(shown: Begin) -> None:
    now = clock.now()
    lines: dict[int, list[Entry]] = {}
    for line in rows(shown, Entry):
        lines.setdefault(line.ticket_id, []).append(line)
    for ticket in rows(shown, Ticket):
        of_ticket = lines[ticket.id]
        assert [line.seq for line in of_ticket] == list(range(1, ticket.last_seq + 1))
        assert all(earlier.at <= later.at for earlier, later in pairwise(of_ticket))
        assert of_ticket[0].at == ticket.created_at <= ticket.waiting_since <= now
        assert (ticket.status is Status.CLOSED) == (ticket.closed_at is not None) == bool(ticket.outcome)
        assert (ticket.status is Status.PARKED) == (ticket.snoozed_until is not None)
        assert not ticket.new_reply or (ticket.first_reply_at is not None and ticket.status is not Status.CLOSED)
        assert ticket.status is not Status.NEW or ticket.assignee_id is None
        assert ticket.preview
        spoken = [line.at for line in of_ticket if line.kind is not EntryKind.EVENT and line.kind is not EntryKind.NOTE]
        assert ticket.last_message_at == max(spoken)
        out = [line for line in of_ticket if line.direction is Direction.OUT]
        assert all(line.state is EntryState.SENT for line in out)
    decided = {decision.ticket_id for decision in rows(shown, Decision) if decision.reasons}
    assert decided == set(lines)


def test_parked_tickets_are_promised_to_wake(shown: Begin) -> None:
    parked = {ticket.id: ticket.snoozed_until for ticket in rows(shown, Ticket, Ticket.status == Status.PARKED)}
    assert {row.subject_id: row.due_at for row in rows(shown, Outbox)} == parked


def test_everything_said_can_be_found_and_every_file_opened(shown_app: Flask, shown: Begin) -> None:
    found = {doc.entry_id for doc in rows(shown, SearchDoc)}
    assert {body.entry_id for body in rows(shown, EntryMessage)} <= found
    files = rows(shown, Attachment)
    assert {file.media_type for file in files} == {"application/pdf", "image/png", "text/plain"}
    magic = {"application/pdf": b"%PDF-", "image/png": b"\x89PNG\r\n", "text/plain": b""}
    with shown_app.app_context():
        for file in files:
            content = runtime.current().blobs.get(file.blob_key)
            assert content.startswith(magic[file.media_type])
            assert (len(content), sha256(content).hexdigest()) == (file.size, file.sha256)


def test_a_guide_does_not_see_everything(shown: Begin) -> None:
    with shown(read_only=True) as session:
        seen = {}
        for name in ("sara", "ingrid", "maria", "admin"):
            actor = actor_for(session, agents.find(session, f"{name}@ekhamra.example"))
            seen[name] = session.scalar(select(func.count(Ticket.id)).where(visible_tickets(actor))) or 0
    assert 0 == seen["admin"] < seen["maria"] < seen["sara"] < seen["ingrid"] == count(shown, Ticket)


def test_taking_it_out_needs_somebody_real(shown: Begin) -> None:
    with pytest.raises(Conflict), shown() as session:
        build.remove(session)
    assert count(shown, Agent) == 12


def real_administrator(begin: Begin) -> None:
    with begin() as session:
        agents.add(session, "petra@ekhamra.example", "Petra Real", Role.ADMIN, password="fyra ord i en rad")


def test_taken_out_only_the_organisation_and_what_is_real_are_left(begin: Begin) -> None:
    """A real mail, an example agent's note in it, and an example ticket that a real mail has joined."""
    with begin() as session:
        fill(session)
    taken = rows(begin, Ticket, Ticket.status == Status.OPEN)[0]
    accept(begin, mail("Detta är på riktigt", subject="Riktig fråga"))
    [claimed] = claim(begin)
    with begin() as session:
        intake.take_in(session, organisation.read(session), claimed, mail("Detta är på riktigt"))
    with begin() as session:
        real = session.scalars(select(Ticket).where(Ticket.is_demo.is_(False))).one()
        sara = agents.find(session, "sara@ekhamra.example")
        real.assignee_id = sara.id
        line = session.scalars(select(Entry).where(Entry.ticket_id == real.id, Entry.kind == EntryKind.MESSAGE)).one()
        note = Entry(
            ticket_id=real.id,
            seq=90,
            kind=EntryKind.NOTE,
            direction=Direction.INTERNAL,
            agent_id=sara.id,
            author_name=sara.name,
            at=clock.now(),
        )
        session.add(note)
        joined = session.scalars(select(Entry).where(Entry.ticket_id == taken.id).limit(1)).one()
        joined.inbox_id = line.inbox_id
        session.add(Audit(agent_id=sara.id, verb="read", ticket_id=real.id))
    real_administrator(begin)
    with begin() as session:
        build.remove(session)
    left = {ticket.number: ticket for ticket in rows(begin, Ticket)}
    assert set(left) == {real.number, taken.number}
    of_ticket = {line.id for line in rows(begin, Entry)}
    assert {body.entry_id for body in rows(begin, EntryMessage)} <= of_ticket
    assert {doc.entry_id for doc in rows(begin, SearchDoc)} <= of_ticket
    assert {decision.ticket_id for decision in rows(begin, Decision)} <= {real.id, taken.id}
    assert count(begin, Person) <= 2
    assert count(begin, Outbox) == 0
    assert [count(begin, table) for table in (Topic, Team, Office)] == [65, 30, 5]
    assert left[real.number].assignee_id is None
    agents_left = {agent.login: agent for agent in rows(begin, Agent)}
    assert not any(agent.is_demo for agent in agents_left.values())
    assert all(agent.disabled_at for login, agent in agents_left.items() if login != "petra@ekhamra.example")
    assert len(agents_left) < 6
    assert agents_left["sara@ekhamra.example"].disabled_at is not None
    assert agents_left["sara@ekhamra.example"].password_hash == ""
    assert count(begin, Entry, Entry.agent_id == sara.id) >= 1
    assert count(begin, Audit, Audit.ticket_id == real.id) == 1

"""What the database door promises, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, StatementError
from sqlalchemy.orm import Session

from contactcenter import db as door
from contactcenter.db import after_commit, is_postgres, transaction
from contactcenter.model import Domain, Event, LoginAttempt, TeamMember, Ticket
from tests.integration.conftest import Begin
from tests.integration.people import Organisation, make_domain, make_ticket

THREADS = 6
ROUNDS = 50


def together(work: Callable[[int], object]) -> None:
    """Run `work` in six threads at once; the first error is raised."""
    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(work, number) for number in range(THREADS)]:
            done.result()


def names(session: Session) -> list[str]:
    return list(session.scalars(select(Domain.slug).order_by(Domain.slug)))


def test_a_moment_comes_back_as_the_same_moment_in_utc(begin: Begin) -> None:
    written = datetime(2024, 7, 1, 12, 30, 15, 123456, tzinfo=timezone(timedelta(hours=2)))
    with begin() as session:
        session.add(LoginAttempt(key="a", window_start=written))
    with begin(read_only=True) as session:
        read = session.scalars(select(LoginAttempt.window_start)).one()
        assert session.scalars(select(LoginAttempt.key).where(LoginAttempt.window_start == written)).all() == ["a"]
    assert read == written
    assert read.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused(session: Session) -> None:
    session.add(LoginAttempt(key="a", window_start=datetime(2024, 7, 1, 12, 30)))
    with pytest.raises(StatementError, match="without a time zone"):
        session.flush()


def test_an_end_without_an_error_is_kept_and_one_with_an_error_is_not(begin: Begin) -> None:
    with begin() as session:
        make_domain(session, "kept")
    with suppress(KeyError), begin() as session:
        make_domain(session, "lost")
        raise KeyError
    with begin(read_only=True) as session:
        assert names(session) == ["kept"]


def test_a_transaction_in_a_transaction_is_refused_and_the_outer_one_lives_on(begin: Begin) -> None:
    with begin() as session:
        make_domain(session, "outer")
        with pytest.raises(RuntimeError, match="already open"):
            _open_another()
    with begin(read_only=True) as session:
        assert names(session) == ["outer"]


def _open_another() -> None:
    with transaction():
        pass


def test_callbacks_run_after_the_commit_and_never_after_a_rollback(begin: Begin) -> None:
    heard: list[object] = []

    def look() -> None:
        with begin(read_only=True) as session:
            heard.append(names(session))

    with begin() as session:
        make_domain(session, "first")
        after_commit(session, look)
        assert heard == []
    with suppress(KeyError), begin() as session:
        after_commit(session, look)
        raise KeyError
    assert heard == [["first"]]


def test_a_read_only_transaction_cannot_write(begin: Begin) -> None:
    with pytest.raises(DBAPIError, match=r"read-?only"), begin(read_only=True) as session:
        make_domain(session, "sneaked in")
    with begin() as session:
        assert names(session) == []
        make_domain(session, "afterwards")


def test_a_reader_does_not_wait_for_a_writer(begin: Begin) -> None:
    with begin() as writer:
        make_domain(writer, "half done")
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(_read, begin).result(timeout=5) == []


def _read(begin: Begin) -> list[str]:
    with begin(read_only=True) as session:
        return names(session)


def test_no_update_is_lost_among_threads(begin: Begin) -> None:
    with begin() as session:
        session.add(LoginAttempt(key="counter", window_start=datetime.now(UTC)))

    def count(_: int) -> None:
        for _ in range(ROUNDS):
            with begin() as session:
                row = session.scalars(select(LoginAttempt).with_for_update()).one()
                row.failures += 1

    together(count)
    with begin(read_only=True) as session:
        assert session.scalars(select(LoginAttempt.failures)).one() == THREADS * ROUNDS


def test_ticket_numbers_are_unique_among_threads(begin: Begin, organisation: Organisation) -> None:
    def open_some(_: int) -> None:
        for _ in range(10):
            with begin() as session:
                make_ticket(session, organisation.common, organisation.first_line)

    together(open_some)
    with begin(read_only=True) as session:
        assert sorted(session.scalars(select(Ticket.number))) == list(range(1001, 1001 + THREADS * 10))


def test_several_tickets_in_one_flush_get_a_number_each(session: Session, organisation: Organisation) -> None:
    first = make_ticket(session, organisation.common, organisation.first_line)
    columns = {"domain_id": first.domain_id, "team_id": first.team_id, "channel": first.channel, "subject": "Flera"}
    columns |= {"waiting_since": first.waiting_since, "last_message_at": first.last_message_at}
    more = [Ticket(public_token=f"token-{number}", **columns) for number in range(3)]
    session.add_all(more)
    session.flush()
    assert [first.number, *(ticket.number for ticket in more)] == [1001, 1002, 1003, 1004]


def test_foreign_keys_hold(session: Session) -> None:
    session.add(TeamMember(team_id=4711, agent_id=4711))
    with pytest.raises(IntegrityError):
        session.flush()


def test_what_is_committed_survives_a_power_cut(session: Session) -> None:
    if is_postgres(session):
        assert session.scalar(text("SHOW synchronous_commit")) == "on"
    else:
        assert session.scalar(text("PRAGMA synchronous")) == 2  # FULL
        assert session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert session.scalar(text("PRAGMA foreign_keys")) == 1


def test_events_know_their_transaction_on_postgresql(begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        ticket = make_ticket(session, organisation.common, organisation.first_line)
        event = Event(ticket_id=ticket.id, number=ticket.number, rev=1, kind="opened")
        event.domain_id, event.team_id = ticket.domain_id, ticket.team_id
        session.add(event)
        session.flush()
        now = session.scalar(text("SELECT pg_current_xact_id()::text::bigint")) if is_postgres(session) else 0
        assert event.xid == now


def end_connection(begin: Begin, database_url: str) -> None:
    """Use a connection of the pool, and let the server end it while it rests there."""
    with begin(read_only=True) as session:
        server_process = session.scalar(text("SELECT pg_backend_pid()"))
    with psycopg.connect(database_url.replace("+psycopg", "")) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [server_process])


POSTGRES_ALONE = pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@POSTGRES_ALONE
def test_a_connection_that_died_while_it_rested_is_noticed_by_nobody(
    begin: Begin, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "TRUSTED_SECONDS", 0.0)
    end_connection(begin, database_url)
    with begin() as session:
        make_domain(session, "kept")
    with begin(read_only=True) as session:
        assert names(session) == ["kept"]


@POSTGRES_ALONE
def test_one_that_died_just_after_its_last_use_fails_once(
    begin: Begin, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "TRUSTED_SECONDS", 60.0)
    end_connection(begin, database_url)
    with pytest.raises(OperationalError), begin(read_only=True) as session:
        names(session)
    with begin(read_only=True) as session:
        assert names(session) == []

"""What other servers report of an answer is written on the answer, joins its ticket, and wakes only whom it must."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from channels.errors import OutcomeUnknown
from channels.message import Receipt
from contactcenter import clock, runtime
from contactcenter.access import get_ticket
from contactcenter.model import Address, Agent, Entry, EntryMessage, Outbox, Person, Ticket
from contactcenter.model.words import Direction, EntryKind, EntryState, InboxState, Status
from contactcenter.services import addressed, replies, threads, tickets
from tests.integration.conftest import Begin
from tests.integration.mailroom import (
    OURS,
    acting,
    answer,
    arrive,
    begin_deliveries,
    come,
    count,
    deliver,
    happened,
    mail,
    record,
    rows,
    ticket,
    travel,
)
from tests.integration.people import Organisation

BO = "bo@example.com"
MAJA = "maja@example.se"


@pytest.fixture
def number(begin: Begin, organisation: Organisation) -> int:
    return arrive(begin, mail("Får jag bygga?", subject="Bygglov", message_id="<first@example.se>"))


@pytest.fixture
def entry_id(begin: Begin, organisation: Organisation, number: int) -> int:
    """An answer that has left."""
    made = answer(begin, organisation.alice, number, "Ja, det får du.")
    deliver(begin)
    return made


def report(begin: Begin, entry_id: int, outcome: str, *to: str, **fields: Any) -> Any:
    """What the server of the resident sends back."""
    [entry] = rows(begin, Entry, Entry.id == entry_id)
    kind = "receipt" if outcome in ("read", "unread") else "bounce"
    usual: dict[str, Any] = {"references": (entry.own_message_id,), "automatic": kind, "reported": outcome}
    usual |= {"reported_to": to, "subject": "Undelivered Mail Returned to Sender"}
    text = fields.pop("text", f"report {outcome}")
    return mail(text, sender="mailer-daemon@example.se", name="Mail System", **(usual | fields))


def state(begin: Begin, entry_id: int) -> EntryState:
    return rows(begin, Entry, Entry.id == entry_id)[0].state


def test_what_did_not_arrive_waits_for_its_author_again_and_is_owed_again(
    begin: Begin, organisation: Organisation, number: int, entry_id: int
) -> None:
    with begin() as session:
        actor = acting(begin, organisation.alice)
        tickets.close(session, actor, get_ticket(session, actor, number, lock=True))
        session.execute(update(Ticket).where(Ticket.number == number).values(assignee_id=None))
    before, promised = ticket(begin, number), count(begin, Outbox)
    assert (before.first_reply_at is None, before.reply_owed_since) == (False, None)
    assert arrive(begin, report(begin, entry_id, "failed", MAJA)) == number
    [entry] = rows(begin, Entry, Entry.id == entry_id)
    after = ticket(begin, number)
    assert (entry.state, entry.failure) == (EntryState.FAILED, MAJA)
    assert (after.status, after.assignee_id) == (Status.OPEN, organisation.alice.id)
    assert after.first_reply_at is None
    assert after.reply_owed_since is not None
    assert happened(begin, number)[-2:] == ["reopened", "bounced"]
    assert count(begin, Ticket) == 1
    assert count(begin, Outbox) == promised, "nobody is written to"
    assert after.preview == before.preview


def test_the_report_itself_is_in_the_ticket(begin: Begin, number: int, entry_id: int) -> None:
    arrive(begin, report(begin, entry_id, "failed", MAJA))
    [told] = rows(begin, EntryMessage, EntryMessage.automatic == "bounce")
    [entry] = rows(begin, Entry, Entry.id == told.entry_id)
    assert (entry.direction, entry.kind, entry.inbox_id is not None) == (Direction.IN, EntryKind.MESSAGE, True)
    assert told.text == "report failed"


def test_the_same_report_twice_is_one(begin: Begin, number: int, entry_id: int) -> None:
    twice = report(begin, entry_id, "failed", MAJA, message_id="<report@example.se>")
    assert arrive(begin, twice) == arrive(begin, twice, "info@ekhamra.example") == number
    assert count(begin, EntryMessage, EntryMessage.automatic == "bounce") == 1
    assert happened(begin, number).count("bounced") == 1


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("delayed", EntryState.SENT),
        ("relayed", EntryState.SENT),
        ("expanded", EntryState.SENT),
        ("delivered", EntryState.DELIVERED),
        ("read", EntryState.READ),
        ("unread", EntryState.SENT),
    ],
)
def test_other_reports_wake_nobody(
    begin: Begin, organisation: Organisation, number: int, entry_id: int, outcome: str, expected: EntryState
) -> None:
    with begin() as session:
        actor = acting(begin, organisation.alice)
        tickets.close(session, actor, get_ticket(session, actor, number, lock=True))
    before = ticket(begin, number)
    assert arrive(begin, report(begin, entry_id, outcome, MAJA)) == number
    after = ticket(begin, number)
    assert state(begin, entry_id) is expected
    assert (after.status, after.closed_at, after.new_reply) == (Status.CLOSED, before.closed_at, before.new_reply)
    assert (after.first_reply_at, after.preview) == (before.first_reply_at, before.preview)


def test_what_was_delivered_and_then_came_back_is_told_and_waits_for_its_author(
    begin: Begin, number: int, entry_id: int
) -> None:
    arrive(begin, report(begin, entry_id, "delivered", MAJA))
    arrive(begin, report(begin, entry_id, "failed", MAJA))
    assert state(begin, entry_id) is EntryState.DELIVERED
    assert happened(begin, number)[-1] == "bounced"
    assert ticket(begin, number).status is Status.OPEN


def test_what_came_back_and_was_read_all_the_same_is_an_answer_again(begin: Begin, number: int, entry_id: int) -> None:
    arrive(begin, report(begin, entry_id, "failed", MAJA))
    assert ticket(begin, number).reply_owed_since is not None
    arrive(begin, report(begin, entry_id, "read", MAJA))
    [entry] = rows(begin, Entry, Entry.id == entry_id)
    assert (entry.state, "bounced" in entry.data) == (EntryState.READ, False)
    assert ticket(begin, number).first_reply_at is not None
    assert ticket(begin, number).reply_owed_since is None


def test_an_answer_that_is_taken_back_leaves_the_ticket_as_it_was_whatever_was_reported_meanwhile(
    begin: Begin, organisation: Organisation, number: int, entry_id: int
) -> None:
    with begin() as session:
        session.execute(update(Ticket).values(status=Status.OPEN))
    arrive(begin, mail("Och hur högt?", references=("<first@example.se>",)))
    second = answer(begin, organisation.alice, number, "Två meter.")
    arrive(begin, report(begin, entry_id, "read", MAJA))
    with begin() as session:
        actor = acting(begin, organisation.alice)
        replies.undo(session, actor, get_ticket(session, actor, number, lock=True), second)
    after = ticket(begin, number)
    assert (after.status, after.preview) == (Status.OPEN, "Och hur högt?")


def test_the_next_answer_does_not_refer_to_a_report(
    begin: Begin, organisation: Organisation, number: int, entry_id: int
) -> None:
    arrive(begin, report(begin, entry_id, "delivered", MAJA, message_id="<report@example.se>"))
    answer(begin, organisation.alice, number, "En sak till.")
    [letter] = deliver(begin)
    assert "<report@example.se>" not in (*letter.references, letter.in_reply_to)


def test_a_state_never_falls(begin: Begin, number: int, entry_id: int) -> None:
    for outcome, expected in (("read", "read"), ("delivered", "read"), ("failed", "read")):
        arrive(begin, report(begin, entry_id, outcome, MAJA))
        assert state(begin, entry_id) == expected
    assert "bounced" not in happened(begin, number)


def test_one_of_several_that_was_not_reached_is_named_and_the_answer_stands(
    begin: Begin, number: int, entry_id: int
) -> None:
    with begin() as session:
        session.execute(update(EntryMessage).where(EntryMessage.entry_id == entry_id).values(copies=[BO]))
    arrive(begin, report(begin, entry_id, "failed", BO))
    [entry] = rows(begin, Entry, Entry.id == entry_id)
    assert (entry.state, entry.failure) == (EntryState.SENT, BO)
    assert ticket(begin, number).status is Status.OPEN
    assert ticket(begin, number).first_reply_at is not None


def test_a_report_that_names_somebody_else_is_about_the_only_recipient(
    begin: Begin, number: int, entry_id: int
) -> None:
    """Where mail was forwarded, servers name whom they forwarded to."""
    arrive(begin, report(begin, entry_id, "failed", "maja.strand@example.com"))
    [entry] = rows(begin, Entry, Entry.id == entry_id)
    assert (entry.state, entry.failure) == (EntryState.FAILED, MAJA)


def test_a_report_marks_and_shows_nobody_that_the_answer_did_not_go_to(
    begin: Begin, number: int, entry_id: int
) -> None:
    """Whoever got the letter can write a report of it, and name in it whom they like."""
    arrive(begin, mail("Hej!", sender=BO, message_id="<bo@example.com>"))
    arrive(begin, report(begin, entry_id, "failed", BO))
    assert rows(begin, Address, Address.bounced_at.is_not(None)) == []
    told = [row.data for row in rows(begin, Entry, Entry.kind == EntryKind.EVENT)]
    assert BO not in str(told) + rows(begin, Entry, Entry.id == entry_id)[0].failure


@pytest.mark.parametrize("named", [(), (MAJA,)])
def test_a_report_marks_whom_the_answer_went_to(
    begin: Begin, number: int, entry_id: int, named: tuple[str, ...]
) -> None:
    arrive(begin, report(begin, entry_id, "failed", *named))
    assert [row.value for row in rows(begin, Address, Address.bounced_at.is_not(None))] == [MAJA]


def test_a_report_before_our_own_record_is_not_undone_by_it(
    begin: Begin, organisation: Organisation, number: int
) -> None:
    made = answer(begin, organisation.alice, number, "Ja.")
    [delivery] = begin_deliveries(begin)
    arrive(begin, report(begin, made, "failed", MAJA))
    record(begin, delivery, Receipt("250 ok"))
    assert state(begin, made) is EntryState.FAILED
    with begin() as session:
        actor = acting(begin, organisation.alice)
        replies.send_again(session, actor, get_ticket(session, actor, number, lock=True), made)
    [delivery] = begin_deliveries(begin)
    record(begin, delivery, OutcomeUnknown("lost"))
    assert state(begin, made) is EntryState.UNCERTAIN
    arrive(begin, report(begin, made, "delivered", MAJA, text="later"))
    assert state(begin, made) is EntryState.DELIVERED


def test_an_author_who_has_left_or_may_not_see_it_is_not_given_the_ticket(
    begin: Begin, organisation: Organisation, number: int, entry_id: int
) -> None:
    with begin() as session:
        session.get_one(Agent, organisation.alice.id).disabled_at = clock.now()
    arrive(begin, report(begin, entry_id, "failed", MAJA))
    assert ticket(begin, number).assignee_id is None


def test_a_report_is_found_by_its_return_path_alone(
    begin: Begin, organisation: Organisation, number: int, entry_id: int
) -> None:
    with begin(read_only=True):
        keys = runtime.current().keys
        returned = threads.return_path(keys, entry_id, OURS)
        other = threads.return_path(keys, 999_999, OURS)
    assert len(returned.partition("@")[0]) <= 64
    assert arrive(begin, report(begin, entry_id, "failed", MAJA, references=()), returned) == number
    assert state(begin, entry_id) is EntryState.FAILED
    assert arrive(begin, mail("Jag är på semester.", automatic="auto_reply", sender=BO), returned) == number
    assert come(begin, report(begin, entry_id, "failed", MAJA, references=(), text="?"), other).ticket_id is None


def test_a_forged_return_path_leads_nowhere(begin: Begin, number: int, entry_id: int) -> None:
    with begin(read_only=True):
        returned = threads.return_path(runtime.current().keys, entry_id, OURS)
        as_reply = threads.reply_address(runtime.current().keys, entry_id, OURS).replace("+", "+b.")
    at = returned.index("@") - 9
    forged = returned[:at] + ("a" if returned[at] != "a" else "b") + returned[at + 1 :]
    for address in (forged, as_reply):
        strange = report(begin, entry_id, "failed", MAJA, references=(), text=address)
        assert come(begin, strange, address).ticket_id is None
    assert state(begin, entry_id) is EntryState.SENT


def test_a_letter_names_its_return_path_unless_it_is_told_not_to(
    begin: Begin, organisation: Organisation, number: int
) -> None:
    made = answer(begin, organisation.alice, number, "Ja.")
    [delivery] = begin_deliveries(begin)
    with begin(read_only=True):
        assert delivery.message.return_path == threads.return_path(runtime.current().keys, made, OURS)


def test_what_cannot_be_read_and_came_to_a_return_path_is_as_confidential_as_its_ticket(
    begin: Begin, organisation: Organisation, number: int, entry_id: int
) -> None:
    with begin() as session:
        session.execute(update(Ticket).where(Ticket.number == number).values(domain_id=organisation.social.id))
    with begin(read_only=True) as session:
        returned = threads.return_path(runtime.current().keys, entry_id, OURS)
        assert addressed.confidential_domain(session, [returned]) == organisation.social.id


def test_a_report_does_not_stop_who_is_writing(
    begin: Begin, organisation: Organisation, number: int, entry_id: int
) -> None:
    seen = ticket(begin, number).last_seq
    arrive(begin, report(begin, entry_id, "delivered", MAJA))
    answer(begin, organisation.alice, number, "En sak till.", seen_seq=seen)


def test_a_report_of_nothing_of_ours_is_parked_and_says_what_it_is(begin: Begin, organisation: Organisation) -> None:
    stray = mail("?", automatic="bounce", reported="failed", references=("<other@example.com>",), sender=BO)
    row = come(begin, stray, sender="")
    assert (row.state, row.reason, row.ticket_id) == (InboxState.PARKED, "bounce", None)


def test_the_address_of_somebody_protected_is_not_told(begin: Begin, number: int, entry_id: int) -> None:
    with begin() as session:
        person = session.scalars(select(Ticket.person_id).where(Ticket.number == number)).one()
        session.execute(update(Person).where(Person.id == person).values(protected_identity=True))
    arrive(begin, report(begin, entry_id, "failed", MAJA))
    [entry] = rows(begin, Entry, Entry.id == entry_id)
    lines = [row.data for row in rows(begin, Entry, Entry.kind == EntryKind.EVENT)]
    assert (entry.state, entry.failure) == (EntryState.FAILED, "")
    assert MAJA not in str(lines)


def test_sending_again_after_a_bounce_is_an_answer_again(
    begin: Begin, organisation: Organisation, number: int, entry_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrive(begin, report(begin, entry_id, "failed", MAJA))
    travel(monkeypatch, timedelta(minutes=5))
    with begin() as session:
        actor = acting(begin, organisation.alice)
        replies.send_again(session, actor, get_ticket(session, actor, number, lock=True), entry_id)
    deliver(begin)
    assert state(begin, entry_id) is EntryState.SENT
    assert ticket(begin, number).first_reply_at is not None
    assert ticket(begin, number).reply_owed_since is None

"""Keeping the promise of an answer: once, under one Message-ID, and never silently not at all."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from channels.email.compose import compose
from channels.errors import ChannelError, OutcomeUnknown, Refused, TryLater
from channels.message import Address as MailAddress
from channels.message import Receipt
from contactcenter import clock, logs, runtime
from contactcenter.access import actor_for, get_ticket
from contactcenter.errors import Conflict, NotFound
from contactcenter.model import Agent, Entry, Office, Outbox, Team, Ticket
from contactcenter.model.words import DraftKind, EntryState, Status
from contactcenter.services import delivery, drafts, outbox, replies
from contactcenter.services.entries import StoredFile
from tests.integration.conftest import Begin
from tests.integration.mailroom import (
    OURS,
    answer,
    arrive,
    begin_deliveries,
    deliver,
    happened,
    mail,
    record,
    rows,
    ticket,
    travel,
)
from tests.integration.people import Organisation

CANARY = "kanariefågel-7f3a"
AFTER_THE_LEASE = outbox.LEASE + timedelta(seconds=1)


@pytest.fixture
def number(begin: Begin, organisation: Organisation) -> int:
    return arrive(begin, mail("Får jag bygga?", subject="Bygglov", message_id="<first@example.se>"))


@pytest.fixture
def entry_id(begin: Begin, organisation: Organisation, number: int) -> int:
    return answer(begin, organisation.alice, number, "Ja, det får du.")


def state(begin: Begin, entry_id: int) -> tuple[EntryState, str]:
    [entry] = rows(begin, Entry, Entry.id == entry_id)
    return entry.state, entry.failure


def promise(begin: Begin) -> Outbox:
    return rows(begin, Outbox)[-1]


def test_what_became_of_an_answer_is_logged_under_the_name_of_the_mail_that_asked(
    begin: Begin, organisation: Organisation, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="contactcenter"):
        number = arrive(begin, mail("Får jag bygga?", sender="maja@example.se"))
        answer(begin, organisation.alice, number, "Ja, det får du.")
        deliver(begin)
    trace = ticket(begin, number).trace
    told = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    assert [line["event"] for line in told if line.get("trace") == trace] == [
        "ticket_opened",
        "answer_promised",
        "answer_sent",
    ]
    assert len(trace) == logs.TRACE_LENGTH


# What leaves


def test_a_letter_is_complete(begin: Begin, organisation: Organisation, number: int) -> None:
    with begin() as session:
        session.get_one(Agent, organisation.alice.id).title = "Samhällsvägledare"
        session.get_one(Team, organisation.first_line.id).signature = "Kontaktcenter"
        actor = actor_for(session, session.get_one(Agent, organisation.alice.id))
        row = get_ticket(session, actor, number, lock=True)
        drafts.save(session, actor, row, DraftKind.REPLY, "Ja", 1, 1)
        key = runtime.current().blobs.put(b"%PDF")
        file = StoredFile("ritning å.pdf", "application/pdf", 4, key)
        drafts.attach(session, actor, row, DraftKind.REPLY, file, 100)
    entry_id = answer(begin, organisation.alice, number, "Ja, **det** får du.\n\n<script>alert(1)</script>")
    [made] = begin_deliveries(begin)
    letter = made.message
    [entry] = rows(begin, Entry, Entry.id == entry_id)
    assert entry.state is EntryState.SENDING
    assert letter.message_id == entry.own_message_id
    assert (letter.sender, letter.recipients) == (
        MailAddress(OURS, "Ekhamra kommun"),
        (MailAddress("maja@example.se"),),
    )
    assert letter.reply_to is not None
    assert letter.reply_to.value.startswith("kontakt+")
    assert letter.subject == "Sv: Bygglov"
    assert (letter.in_reply_to, letter.references) == ("<first@example.se>", ("<first@example.se>",))
    assert letter.text == (
        "Ja, **det** får du.\n\n<script>alert(1)</script>\n\n-- \n"
        f"Alice\nSamhällsvägledare, Ekhamra kommun\nKontaktcenter\nKC-{number}"
    )
    assert letter.html is not None
    assert "<strong>det</strong>" in letter.html
    assert "&lt;script&gt;" in letter.html
    assert "<script" not in letter.html
    assert [(file.name, file.media_type, file.content) for file in letter.attachments] == [
        ("ritning å.pdf", "application/pdf", b"%PDF")
    ]
    assert letter.language == "sv"
    assert letter.sent_at == entry.at
    assert compose(letter)


def test_a_subject_is_answered_once(begin: Begin, organisation: Organisation) -> None:
    for subject, expected in (
        ("Sv: Bygglov", "Sv: Bygglov"),
        ("RE: Bygglov", "RE: Bygglov"),
        ("", "Sv:"),
        ("Rea i butiken", "Sv: Rea i butiken"),
    ):
        answer(begin, organisation.alice, arrive(begin, mail(subject=subject)))
        [letter] = deliver(begin)
        assert letter.subject == expected


def test_answers_come_from_the_office_or_the_group(begin: Begin, organisation: Organisation, number: int) -> None:
    with begin() as session:
        row = session.scalars(select(Ticket).where(Ticket.number == number)).one()
        row.team_id = organisation.streets.id
    answer(begin, organisation.alice, number, "Från gruppen")
    with begin() as session:
        session.execute(update(Ticket).values(office_id=organisation.north.id))
        session.execute(update(Office).where(Office.id == organisation.north.id).values(signature="Norra kontoret"))
    answer(begin, organisation.alice, number, "Från kontoret")
    letters = {letter.text.partition("\n")[0]: letter for letter in deliver(begin)}
    office = letters["Från kontoret"]
    assert office.sender == MailAddress("norra@ekhamra.example", "Norra")
    assert office.reply_to is not None
    assert office.reply_to.value.startswith("norra+")
    assert "Norra kontoret" in office.text
    assert arrive(begin, mail("Tack"), office.reply_to.value) == number


def test_an_answer_comes_back_to_its_ticket_by_its_address_alone(
    begin: Begin, organisation: Organisation, number: int, entry_id: int
) -> None:
    [letter] = deliver(begin)
    assert letter.reply_to is not None
    assert arrive(begin, mail("Tack!", sender="annan@example.com"), letter.reply_to.value) == number
    answer(begin, organisation.alice, number, "Varsågod")
    [second] = deliver(begin)
    assert second.reply_to == letter.reply_to, "one address for each ticket"
    assert second.references == ("<first@example.se>", letter.message_id)


def test_a_note_is_in_nothing_that_leaves(begin: Begin, organisation: Organisation, number: int) -> None:
    """The canary: it is in the ticket, in a draft of a note, and in the search, and in no letter."""
    with begin() as session:
        actor = actor_for(session, session.get_one(Agent, organisation.alice.id))
        row = get_ticket(session, actor, number, lock=True)
        replies.note(session, actor, row, f"{CANARY} ett", key="n1")
        drafts.save(session, actor, row, DraftKind.NOTE, f"{CANARY} två", 1, 1)
        key = runtime.current().blobs.put(CANARY.encode())
        drafts.attach(session, actor, row, DraftKind.NOTE, StoredFile(CANARY, "text/plain", 5, key), 100)
    answer(begin, organisation.alice, number, "Ett svar")
    with begin() as session:
        actor = actor_for(session, session.get_one(Agent, organisation.alice.id))
        replies.note(session, actor, get_ticket(session, actor, number, lock=True), f"{CANARY} tre", key="n2")
    answer(begin, organisation.alice, number, "Ett svar till")
    letters = deliver(begin)
    assert len(letters) == 2
    for letter in letters:
        assert CANARY not in repr(letter)
        assert CANARY.encode() not in compose(letter)


# What becomes of it


def test_what_was_taken_is_sent(begin: Begin, number: int, entry_id: int) -> None:
    [made] = begin_deliveries(begin)
    record(begin, made, Receipt("250 2.0.0 Ok: queued as 4711"))
    assert state(begin, entry_id) == (EntryState.SENT, "")
    assert (promise(begin).outcome, promise(begin).error) == ("sent", "250 2.0.0 Ok: queued as 4711")
    assert promise(begin).lease_until is None
    assert ticket(begin, number).status is Status.WAITING_RESIDENT
    assert begin_deliveries(begin) == []


def test_a_refused_recipient_among_others_opens_the_ticket(begin: Begin, number: int, entry_id: int) -> None:
    [made] = begin_deliveries(begin)
    record(begin, made, Receipt("250 Ok", (("kopia@example.se", "550 unknown"),)))
    assert state(begin, entry_id) == (EntryState.SENT, "kopia@example.se: 550 unknown")
    assert ticket(begin, number).status is Status.OPEN
    assert happened(begin, number)[-1] == "delivery_refused"


def test_later_is_tried_later_and_longer(
    begin: Begin, number: int, entry_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited = []
    ids = set()
    for attempt in range(1, len(delivery.BACKOFF) + 3):
        travel(monkeypatch, timedelta(hours=attempt))
        [made] = begin_deliveries(begin)
        assert made.attempt == attempt
        ids.add(made.message.message_id)
        record(begin, made, TryLater("451 greylisted"))
        assert state(begin, entry_id) == (EntryState.SENDING, "451 greylisted")
        waited.append(round((promise(begin).due_at - clock.now()) / timedelta(minutes=1)))
        assert promise(begin).lease_until is None
        assert claim_deliveries(begin) == [], "not before it is due"
    assert waited == [1, 2, 5, 15, 30, 60, 120, 240, 240, 240]
    assert len(ids) == 1, "one Message-ID for ever"
    assert ticket(begin, number).status is Status.WAITING_RESIDENT


def claim_deliveries(begin: Begin) -> list[int]:
    with begin() as session:
        return [row.id for row in outbox.claim(session, 10, [outbox.DELIVER])]


def test_after_three_days_it_has_failed(
    begin: Begin, number: int, entry_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(begin, TryLater("451 greylisted"))
    travel(monkeypatch, delivery.GIVE_UP_AFTER + timedelta(minutes=1))
    deliver(begin, TryLater("451 still greylisted"))
    assert state(begin, entry_id) == (EntryState.FAILED, "451 still greylisted")
    assert promise(begin).outcome == "failed"
    assert ticket(begin, number).status is Status.OPEN


def test_the_days_count_from_the_first_attempt_and_anew_after_a_retry(
    begin: Begin, number: int, entry_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that stood still for days has not tried for days."""
    travel(monkeypatch, delivery.GIVE_UP_AFTER + timedelta(days=1))
    deliver(begin, TryLater("451 greylisted"))
    assert state(begin, entry_id) == (EntryState.SENDING, "451 greylisted")
    travel(monkeypatch, 2 * delivery.GIVE_UP_AFTER + timedelta(days=2))
    deliver(begin, TryLater("451 greylisted"))
    assert promise(begin).outcome == "failed"
    with begin() as session:
        delivery.retry(session, promise(begin).id)
    deliver(begin, TryLater("451 greylisted"))
    assert state(begin, entry_id) == (EntryState.SENDING, "451 greylisted")


@pytest.mark.parametrize(
    ("outcome", "after", "told"),
    [
        (Refused("550 no such user"), EntryState.FAILED, "delivery_failed"),
        (OutcomeUnknown("the connection was lost"), EntryState.UNCERTAIN, "delivery_uncertain"),
    ],
)
@pytest.mark.parametrize("closed", [True, False], ids=["closed", "waiting"])
def test_what_did_not_arrive_makes_the_ticket_wait_for_us_and_says_so(
    begin: Begin,
    organisation: Organisation,
    monkeypatch: pytest.MonkeyPatch,
    outcome: ChannelError,
    after: EntryState,
    told: str,
    closed: bool,
) -> None:
    number = arrive(begin, mail())
    entry_id = answer(begin, organisation.alice, number, close=closed)
    travel(monkeypatch, timedelta(hours=1))
    deliver(begin, outcome)
    assert state(begin, entry_id) == (after, outcome.reply)
    shown = ticket(begin, number)
    assert (shown.status, shown.closed_at, shown.assignee_id) == (Status.OPEN, None, organisation.alice.id)
    assert shown.waiting_since > clock.now() - timedelta(minutes=5)
    assert happened(begin, number)[-1] == told
    assert begin_deliveries(begin) == [], "not tried again by itself"


def test_a_failure_on_a_ticket_that_waits_for_us_keeps_its_place(
    begin: Begin, number: int, entry_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    travel(monkeypatch, timedelta(hours=1))
    arrive(begin, mail("En sak till", references=("<first@example.se>",)))
    before = ticket(begin, number)
    travel(monkeypatch, timedelta(hours=2))
    deliver(begin, Refused("550 no"))
    assert ticket(begin, number).waiting_since == before.waiting_since


def test_a_failure_for_somebody_who_works_here_no_more_waits_for_everybody(
    begin: Begin, organisation: Organisation, number: int, entry_id: int
) -> None:
    with begin() as session:
        session.get_one(Agent, organisation.alice.id).disabled_at = clock.now()
    deliver(begin, Refused("550 no"))
    assert (ticket(begin, number).assignee_id, ticket(begin, number).status) == (None, Status.OPEN)


# Several at once


def test_only_who_holds_the_claim_records(begin: Begin, entry_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    [first] = begin_deliveries(begin)
    travel(monkeypatch, AFTER_THE_LEASE)
    [second] = begin_deliveries(begin)
    assert (first.attempt, second.attempt) == (1, 2)
    assert first.message.message_id == second.message.message_id
    record(begin, first, Refused("550 says the sleeper"))
    assert state(begin, entry_id) == (EntryState.SENDING, "")
    record(begin, second)
    record(begin, first, Refused("550 says the sleeper"))
    record(begin, second, Refused("550 says somebody twice"))
    assert state(begin, entry_id) == (EntryState.SENT, "")
    assert promise(begin).outcome == "sent"


def test_who_has_slept_must_not_send(begin: Begin, entry_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    [made] = begin_deliveries(begin)

    def held(attempt: int = made.attempt) -> bool:
        with begin() as session:
            return outbox.hand_over(session, made.outbox_id, attempt)

    assert held()
    assert not held(made.attempt + 1)
    travel(monkeypatch, AFTER_THE_LEASE)
    assert not held(), "the lease is over, whoever has it now"
    with begin() as session:
        outbox.renew(session, {made.outbox_id: made.attempt})
    assert held()
    with begin() as session:
        outbox.release_all(session)
    assert not held()


def test_who_dies_while_sending_leaves_a_mark(begin: Begin, entry_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one must know that the answer may have left; what certainly has not leaves no mark."""
    [built] = begin_deliveries(begin)
    travel(monkeypatch, AFTER_THE_LEASE)
    [second] = begin_deliveries(begin)
    assert not second.handed_before, "the first was only built"
    with begin() as session:
        assert outbox.hand_over(session, second.outbox_id, second.attempt)
        assert not outbox.hand_over(session, built.outbox_id, built.attempt)
    travel(monkeypatch, 2 * AFTER_THE_LEASE)
    [third] = begin_deliveries(begin)
    assert third.handed_before
    record(begin, third, TryLater("421 come back"))
    [fourth] = begin_deliveries(begin)
    assert not fourth.handed_before


def test_what_is_held_is_claimed_by_nobody_else(begin: Begin, entry_id: int) -> None:
    assert len(begin_deliveries(begin)) == 1
    assert begin_deliveries(begin) == []
    with begin(read_only=True) as session:
        assert outbox.next_due(session) is None


def test_a_promise_without_its_answer_is_done(begin: Begin, organisation: Organisation, entry_id: int) -> None:
    with begin() as session:
        outbox.promise(session, outbox.DELIVER, 4711, clock.now(), before={})
    assert len(begin_deliveries(begin)) == 1
    assert [row.outcome for row in rows(begin, Outbox)] == ["", "done"]


# Promised again by the operator


def test_a_failed_promise_can_be_retried(begin: Begin, entry_id: int) -> None:
    [first] = deliver(begin, Refused("550 no"))
    retry(begin, promise(begin).id)
    assert state(begin, entry_id) == (EntryState.QUEUED, "")
    [second] = deliver(begin)
    assert second.message_id == first.message_id
    assert state(begin, entry_id)[0] is EntryState.SENT
    for gone in (promise(begin).id, 4711):
        with pytest.raises(NotFound):
            retry(begin, gone)


def retry(begin: Begin, outbox_id: int) -> None:
    with begin() as session:
        delivery.retry(session, outbox_id)


def test_what_is_being_sent_is_not_promised_again(begin: Begin, entry_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would leave twice."""
    [made] = begin_deliveries(begin)
    with pytest.raises(Conflict):
        retry(begin, made.outbox_id)
    assert begin_deliveries(begin) == []
    travel(monkeypatch, AFTER_THE_LEASE)
    retry(begin, made.outbox_id)
    assert len(begin_deliveries(begin)) == 1


def test_an_answer_is_promised_by_one_promise_at_a_time(
    begin: Begin, organisation: Organisation, number: int, entry_id: int
) -> None:
    """The guide sends a failed answer again; the operator's retry of the first promise must not send it once more."""
    deliver(begin, Refused("550 no"))
    failed = promise(begin).id
    with begin() as session:
        actor = actor_for(session, session.get_one(Agent, organisation.alice.id))
        replies.send_again(session, actor, get_ticket(session, actor, number, lock=True), entry_id)
    with pytest.raises(Conflict):
        retry(begin, failed)
    assert len(deliver(begin)) == 1
    with pytest.raises(Conflict):
        retry(begin, failed)

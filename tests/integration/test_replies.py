"""Answers and notes: promised in one step, once each, never over the head of a newer message, and taken back whole."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from channels.errors import OutcomeUnknown, Refused
from contactcenter import clock, runtime, search
from contactcenter.access import actor_for, get_ticket
from contactcenter.errors import Conflict, InvalidInput, NotAllowed, NotFound
from contactcenter.model import Agent, Attachment, Audit, Draft, Entry, EntryMessage, EntryNote, Event, Outbox, Ticket
from contactcenter.model.words import (
    ChannelKind,
    Direction,
    DraftKind,
    EntryKind,
    EntryState,
    Role,
    Status,
)
from contactcenter.services import drafts, events, outbox, replies, tickets
from contactcenter.services.entries import StoredFile
from tests.integration import mailroom
from tests.integration.conftest import Begin
from tests.integration.mailroom import (
    answer,
    arrive,
    begin_deliveries,
    count,
    deliver,
    happened,
    mail,
    pool,
    record,
    rows,
    ticket,
    travel,
)
from tests.integration.people import Organisation, make_address, make_agent, make_ticket

UNDO = timedelta(seconds=10)


@pytest.fixture
def number(begin: Begin, organisation: Organisation) -> int:
    """A ticket with one mail, half of it a quotation."""
    text = "Får jag bygga?\n\n> Det var en gång"
    return arrive(begin, mail(text, quoted_from=16, message_id="<first@example.se>"))


def draft(begin: Begin, agent: Agent, number: int, text: str, *names: str, kind: DraftKind = DraftKind.REPLY) -> None:
    """What an agent has written and attached, but not sent."""
    with begin() as session:
        actor = actor_for(session, session.get_one(Agent, agent.id))
        row = get_ticket(session, actor, number, lock=True)
        drafts.save(session, actor, row, kind, text, 1, row.last_seq)
        for name in names:
            key = runtime.current().blobs.put(name.encode())
            drafts.attach(session, actor, row, kind, StoredFile(name, "text/plain", len(name), key), 10_000)


@pytest.mark.parametrize("sender", ["printer@[10.0.0.1]", '"anna;ek"@example.se'])
def test_an_address_that_nothing_can_be_sent_to_is_refused_before_it_is_promised(
    begin: Begin, organisation: Organisation, sender: str
) -> None:
    number = arrive(begin, mail("Jag är en skrivare", sender=sender))
    with pytest.raises(InvalidInput):
        answer(begin, organisation.alice, number)
    assert count(begin, Outbox) == 0


def test_an_answer_is_never_owed_twice(begin: Begin, organisation: Organisation, number: int) -> None:
    entry_id = answer(begin, organisation.alice, number)
    with pytest.raises(IntegrityError), begin() as session:
        outbox.promise(session, outbox.DELIVER, entry_id, clock.now())


def undo(begin: Begin, agent: Agent, number: int, entry_id: int) -> None:
    with begin() as session:
        actor = actor_for(session, session.get_one(Agent, agent.id))
        replies.undo(session, actor, get_ticket(session, actor, number, lock=True), entry_id)


def again(begin: Begin, agent: Agent, number: int, entry_id: int) -> None:
    with begin() as session:
        actor = actor_for(session, session.get_one(Agent, agent.id))
        replies.send_again(session, actor, get_ticket(session, actor, number, lock=True), entry_id)


def write_note(begin: Begin, agent: Agent, number: int, text: str, key: str = "n1") -> int:
    with begin() as session:
        actor = actor_for(session, session.get_one(Agent, agent.id))
        return replies.note(session, actor, get_ticket(session, actor, number, lock=True), text, key=key).id


# Sending


def test_an_answer_is_entry_promise_and_event_and_the_draft_is_gone(
    begin: Begin, organisation: Organisation, number: int
) -> None:
    draft(begin, organisation.alice, number, "Ja, det får", "ritning.txt", "karta.txt")
    before = ticket(begin, number)
    started = clock.now()
    entry_id = answer(begin, organisation.alice, number, "Ja, det får du.")
    [entry] = rows(begin, Entry, Entry.direction == Direction.OUT)
    assert (entry.id, entry.kind, entry.channel) == (entry_id, EntryKind.MESSAGE, ChannelKind.EMAIL)
    assert (entry.state, entry.agent_id, entry.author_name) == (EntryState.QUEUED, organisation.alice.id, "Alice")
    assert entry.own_message_id == entry.message_id
    assert entry.own_message_id is not None
    assert entry.own_message_id.endswith("@ekhamra.example>")
    [body] = rows(begin, EntryMessage, EntryMessage.entry_id == entry_id)
    assert (body.text, body.recipients, body.copies) == ("Ja, det får du.", ["maja@example.se"], [])
    [promise] = rows(begin, Outbox)
    assert (promise.kind, promise.subject_id, promise.attempt) == (outbox.DELIVER, entry_id, 0)
    assert started + UNDO <= promise.due_at <= clock.now() + UNDO
    assert count(begin, Draft) == 0
    files = rows(begin, Attachment)
    assert [(file.name, file.entry_id, file.draft_id) for file in files] == [
        ("ritning.txt", entry_id, None),
        ("karta.txt", entry_id, None),
    ]
    after = ticket(begin, number)
    assert (after.status, after.assignee_id, after.new_reply) == (Status.WAITING_RESIDENT, organisation.alice.id, False)
    assert (after.preview, after.rev) == ("Ja, det får du.", before.rev + 1)
    assert after.first_reply_at is not None
    assert after.waiting_since >= started
    assert rows(begin, Event)[-1].kind == "message"
    with begin(read_only=True) as session:
        assert search.find(session, "får du", Ticket.id.is_not(None)) == [after.id]


@pytest.mark.parametrize("broken", ["promise", "changed"])
def test_all_of_an_answer_or_nothing(
    begin: Begin, organisation: Organisation, number: int, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    draft(begin, organisation.alice, number, "Mitt utkast", "fil.txt")

    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("in the middle")

    monkeypatch.setattr(outbox if broken == "promise" else events, broken, crash)
    with pytest.raises(RuntimeError, match="in the middle"):
        answer(begin, organisation.alice, number)
    assert count(begin, Outbox) == count(begin, Entry, Entry.direction == Direction.OUT) == 0
    assert [row.text for row in rows(begin, Draft)] == ["Mitt utkast"]
    assert [row.entry_id for row in rows(begin, Attachment)] == [None]
    assert ticket(begin, number).status is Status.NEW


def test_a_double_click_is_one_answer(begin: Begin, organisation: Organisation, number: int) -> None:
    start = threading.Barrier(4)

    def click(_: int) -> int:
        start.wait()
        return answer(begin, organisation.alice, number, "Hej!", key="k", seen_seq=2)

    with pool() as clicks:
        ids = set(clicks.map(click, range(4)))
    assert len(ids) == 1
    assert count(begin, Outbox) == count(begin, Entry, Entry.direction == Direction.OUT) == 1
    assert answer(begin, organisation.alice, number, "Hej!", key="k") in ids, "a lost response asked for again"


def test_a_form_that_comes_again_with_something_else_is_held(
    begin: Begin, organisation: Organisation, number: int
) -> None:
    """The browser went back, and the text was changed: neither lost nor silently taken for the first one."""
    answer(begin, organisation.alice, number, "Hej!", key="k")
    write_note(begin, organisation.alice, number, "Ring", key="n")
    for again_with in ("Hej!!", "Ring"):
        with pytest.raises(Conflict):
            answer(begin, organisation.alice, number, again_with, key="k" if again_with == "Hej!!" else "n")
    with pytest.raises(Conflict):
        write_note(begin, organisation.alice, number, "Hej!", key="k")
    assert (count(begin, Outbox), count(begin, EntryNote)) == (1, 1)


def test_the_same_key_in_another_ticket_is_another_answer(
    begin: Begin, organisation: Organisation, number: int
) -> None:
    other = arrive(begin, mail("En annan sak"))
    assert answer(begin, organisation.alice, number, key="k") != answer(begin, organisation.alice, other, key="k")


def test_nothing_and_what_has_no_key_is_not_sent(begin: Begin, organisation: Organisation, number: int) -> None:
    for text, key in (("", "k"), ("  \n\t ", "k"), ("Hej", ""), ("Hej", "k" * 101)):
        with pytest.raises(InvalidInput):
            answer(begin, organisation.alice, number, text, key=key)
        with pytest.raises(InvalidInput):
            write_note(begin, organisation.alice, number, text, key)
    assert count(begin, Outbox) == count(begin, EntryNote) == 0


def test_who_has_no_mail_address_gets_no_mail(begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        bare = make_ticket(session, organisation.common, organisation.first_line).number
    with pytest.raises(InvalidInput):
        answer(begin, organisation.alice, bare)


def test_a_newer_message_holds_the_answer_unless_it_has_been_seen(
    begin: Begin, organisation: Organisation, number: int
) -> None:
    seen = ticket(begin, number).last_seq
    arrive(begin, mail("Vänta!", references=("<first@example.se>",)))
    with pytest.raises(Conflict) as caught:
        answer(begin, organisation.alice, number, seen_seq=seen)
    assert caught.value.data["seq"] == ticket(begin, number).last_seq
    assert count(begin, Outbox) == 0
    assert answer(begin, organisation.alice, number, seen_seq=seen, anyway=True)


def test_a_colleagues_answer_is_a_newer_message_and_lines_of_other_kinds_are_not(
    begin: Begin, organisation: Organisation, number: int
) -> None:
    seen = ticket(begin, number).last_seq
    write_note(begin, organisation.bob, number, "Tänk på grannen")
    answer(begin, organisation.alice, number, "Ett", seen_seq=seen)
    answer(begin, organisation.alice, number, "Två", seen_seq=seen)
    with pytest.raises(Conflict):
        answer(begin, organisation.bob, number, "Tre", seen_seq=seen)


def test_sending_and_closing_is_one_step(begin: Begin, organisation: Organisation, number: int) -> None:
    answer(begin, organisation.alice, number, close=True)
    shown = ticket(begin, number)
    assert (shown.status, shown.outcome) == (Status.CLOSED, "solved")
    assert shown.closed_at is not None
    assert happened(begin, number) == ["routed", "closed"]


def test_answering_a_closed_ticket_opens_it(begin: Begin, organisation: Organisation, number: int) -> None:
    answer(begin, organisation.alice, number, close=True)
    answer(begin, organisation.alice, number, "Förresten …")
    assert (ticket(begin, number).status, ticket(begin, number).closed_at) == (Status.WAITING_RESIDENT, None)


def test_a_colleagues_ticket_stays_the_colleagues(begin: Begin, organisation: Organisation, number: int) -> None:
    with begin() as session:
        actor = actor_for(session, session.get_one(Agent, organisation.bob.id))
        tickets.take(session, actor, get_ticket(session, actor, number, lock=True))
    answer(begin, organisation.alice, number)
    assert ticket(begin, number).assignee_id == organisation.bob.id


def test_who_may_not_answer_cannot(begin: Begin, organisation: Organisation, number: int) -> None:
    for role in (Role.IT_HOST, Role.ADMIN):
        with begin() as session:
            agent = make_agent(session, f"Host-{role}", role, domains=[organisation.common])
            session.scalars(select(Ticket).where(Ticket.number == number)).one().assignee_id = agent.id
        with pytest.raises(NotAllowed):
            answer(begin, agent, number)


def test_an_answer_on_a_confidential_ticket_is_recorded(begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        address = make_address(session, "maja@example.se")
        secret = make_ticket(session, organisation.social, organisation.social_team, address_id=address.id)
    entry_id = answer(begin, organisation.charlie, secret.number)
    undo(begin, organisation.charlie, secret.number, entry_id)
    write_note(begin, organisation.charlie, secret.number, "Ring upp")
    assert [(row.verb, row.ticket_id, row.agent_id) for row in rows(begin, Audit)] == [
        (verb, secret.id, organisation.charlie.id) for verb in ("reply", "undo", "note")
    ]


# Taking back


def test_taking_an_answer_back_leaves_everything_as_it_was(
    begin: Begin, organisation: Organisation, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(begin, organisation.alice, number, "Ett första svar")
    [letter] = deliver(begin)
    travel(monkeypatch, timedelta(hours=1))
    quoting = mail("Jo, men hur?\n\n> Ett första svar", references=(letter.message_id,), quoted_from=14)
    arrive(begin, quoting)
    draft(begin, organisation.alice, number, "Så här", "karta.txt")
    before = ticket(begin, number)
    assert before.new_reply
    travel(monkeypatch, timedelta(hours=2))
    entry_id = answer(begin, organisation.alice, number, "Så här, ungefär.")
    undo(begin, organisation.alice, number, entry_id)
    after = ticket(begin, number)
    for name in ("status", "waiting_since", "new_reply", "preview", "last_message_at", "assignee_id", "first_reply_at"):
        assert getattr(after, name) == getattr(before, name), name
    assert after.preview == "Jo, men hur?"
    [kept] = rows(begin, Draft)
    assert (kept.text, kept.kind, kept.agent_id) == ("Så här, ungefär.", DraftKind.REPLY, organisation.alice.id)
    assert [(file.name, file.draft_id, file.entry_id) for file in rows(begin, Attachment)] == [
        ("karta.txt", kept.id, None)
    ]
    assert (
        count(begin, Entry, Entry.id == entry_id) == count(begin, EntryMessage, EntryMessage.entry_id == entry_id) == 0
    )
    assert rows(begin, Outbox)[-1].outcome == "undone"
    assert (rows(begin, Event)[-1].kind, after.rev) == ("undone", before.rev + 2)
    assert begin_deliveries(begin) == []
    with begin(read_only=True) as session:
        assert search.find(session, "ungefär", Ticket.id.is_not(None)) == []


def test_the_first_answer_taken_back_is_no_first_answer(begin: Begin, organisation: Organisation, number: int) -> None:
    before = ticket(begin, number)
    undo(begin, organisation.alice, number, answer(begin, organisation.alice, number))
    after = ticket(begin, number)
    assert (after.first_reply_at, after.new_reply, after.preview) == (None, False, "Får jag bygga?")
    assert after.waiting_since == before.waiting_since
    assert (after.status, after.assignee_id) == (Status.OPEN, organisation.alice.id), "whoever wrote keeps the ticket"
    arrive(begin, mail("Hallå?", references=("<first@example.se>",)))
    assert not ticket(begin, number).new_reply, "nobody has answered yet"


def test_taking_back_an_answer_that_closed_opens_again_and_says_so(
    begin: Begin, organisation: Organisation, number: int
) -> None:
    entry_id = answer(begin, organisation.alice, number, close=True)
    undo(begin, organisation.alice, number, entry_id)
    shown = ticket(begin, number)
    assert (shown.status, shown.closed_at, shown.outcome) == (Status.OPEN, None, "")
    assert happened(begin, number) == ["routed", "closed", "reopened"]


def test_taking_back_an_answer_on_a_closed_ticket_closes_it_again(
    begin: Begin, organisation: Organisation, number: int
) -> None:
    answer(begin, organisation.alice, number, close=True)
    before = ticket(begin, number)
    undo(begin, organisation.alice, number, answer(begin, organisation.alice, number, "Förresten …"))
    after = ticket(begin, number)
    assert (after.status, after.closed_at, after.outcome) == (Status.CLOSED, before.closed_at, "solved")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["older first", "newer first"])
def test_two_answers_taken_back_in_any_order_leave_the_ticket_waiting_for_us(
    begin: Begin, organisation: Organisation, number: int, order: tuple[int, int]
) -> None:
    before = ticket(begin, number)
    ids = [answer(begin, organisation.alice, number, text) for text in ("Ett", "Två")]
    undo(begin, organisation.alice, number, ids[order[0]])
    halfway = ticket(begin, number)
    assert (halfway.status, halfway.preview) == (Status.WAITING_RESIDENT, ("Två", "Ett")[order[0]])
    assert halfway.first_reply_at is not None
    undo(begin, organisation.alice, number, ids[order[1]])
    after = ticket(begin, number)
    assert (after.status, after.first_reply_at, after.preview) == (Status.OPEN, None, "Får jag bygga?")
    assert after.waiting_since >= before.waiting_since


def test_what_came_meanwhile_is_not_overwritten_by_taking_back(
    begin: Begin, organisation: Organisation, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry_id = answer(begin, organisation.alice, number)
    arrive(begin, mail("En sak till", references=("<first@example.se>",)))
    draft(begin, organisation.alice, number, "Ny text")
    before = ticket(begin, number)
    undo(begin, organisation.alice, number, entry_id)
    after = ticket(begin, number)
    assert (after.status, after.new_reply, after.preview) == (Status.OPEN, True, "En sak till")
    assert after.waiting_since == before.waiting_since
    assert [row.text for row in rows(begin, Draft)] == ["Hej Maja!\n\nNy text"]


def test_what_has_been_claimed_cannot_be_taken_back(begin: Begin, organisation: Organisation, number: int) -> None:
    entry_id = answer(begin, organisation.alice, number)
    [made] = begin_deliveries(begin)
    with pytest.raises(Conflict):
        undo(begin, organisation.alice, number, entry_id)
    record(begin, made)
    with pytest.raises(Conflict):
        undo(begin, organisation.alice, number, entry_id)
    assert [row.state for row in rows(begin, Entry, Entry.id == entry_id)] == [EntryState.SENT]


def test_taking_back_and_leaving_at_once_is_one_of_the_two(
    begin: Begin, organisation: Organisation, number: int
) -> None:
    for attempt in range(6):
        entry_id = answer(begin, organisation.alice, number, f"Svar {attempt}")
        start = threading.Barrier(2)

        def leave(start: threading.Barrier = start) -> int:
            start.wait()
            return len(deliver(begin))

        def take_back(start: threading.Barrier = start, entry_id: int = entry_id) -> int:
            start.wait()
            try:
                undo(begin, organisation.alice, number, entry_id)
            except Conflict:
                return 0
            return 1

        with pool() as both:
            assert sorted(job.result() for job in (both.submit(leave), both.submit(take_back))) == [0, 1]


def test_twice_is_too_late_and_somebody_elses_is_not_there(
    begin: Begin, organisation: Organisation, number: int
) -> None:
    entry_id = answer(begin, organisation.alice, number)
    other = arrive(begin, mail("En annan sak"))
    for agent, where in ((organisation.bob, number), (organisation.alice, other)):
        with pytest.raises(NotFound):
            undo(begin, agent, where, entry_id)
    undo(begin, organisation.alice, number, entry_id)
    with pytest.raises(NotFound):
        undo(begin, organisation.alice, number, entry_id)


# Trying again


@pytest.mark.parametrize("outcome", [Refused("550 no such user"), OutcomeUnknown("the connection was lost")])
def test_what_did_not_arrive_can_be_sent_again_under_the_same_message_id(
    begin: Begin, organisation: Organisation, number: int, outcome: Refused | OutcomeUnknown
) -> None:
    entry_id = answer(begin, organisation.alice, number)
    [first] = deliver(begin, outcome)
    again(begin, organisation.alice, number, entry_id)
    [entry] = rows(begin, Entry, Entry.id == entry_id)
    assert (entry.state, entry.failure) == (EntryState.QUEUED, "")
    with pytest.raises(Conflict):
        again(begin, organisation.alice, number, entry_id)
    with pytest.raises(Conflict):
        undo(begin, organisation.alice, number, entry_id)  # it may have left already
    [second] = deliver(begin)
    assert second.message_id == first.message_id
    assert [row.state for row in rows(begin, Entry, Entry.id == entry_id)] == [EntryState.SENT]
    with pytest.raises(Conflict):
        again(begin, organisation.alice, number, entry_id)


def test_only_answers_of_the_ticket_can_be_sent_again(begin: Begin, organisation: Organisation, number: int) -> None:
    incoming = mailroom.entries(begin, number)[0].id
    for entry_id in (incoming, 4711):
        with pytest.raises(NotFound):
            again(begin, organisation.alice, number, entry_id)


# Notes


def test_a_note_is_a_line_of_its_own_and_changes_nothing_for_the_resident(
    begin: Begin, organisation: Organisation, number: int
) -> None:
    draft(begin, organisation.alice, number, "Ring", "foto.txt", kind=DraftKind.NOTE)
    draft(begin, organisation.alice, number, "Hej Maja", kind=DraftKind.REPLY)
    before = ticket(begin, number)
    note_id = write_note(begin, organisation.alice, number, "Ring grannen först")
    assert write_note(begin, organisation.alice, number, "Ring grannen först") == note_id, "a double click"
    assert [(row.entry_id, row.text) for row in rows(begin, EntryNote)] == [(note_id, "Ring grannen först")]
    assert count(begin, EntryMessage) == 1
    assert [row.text for row in rows(begin, Draft)] == ["Hej Maja"]
    assert [row.entry_id for row in rows(begin, Attachment)] == [note_id]
    after = ticket(begin, number)
    for name in ("status", "waiting_since", "new_reply", "preview", "last_message_at", "assignee_id"):
        assert getattr(after, name) == getattr(before, name), name
    assert count(begin, Outbox) == 0
    with begin(read_only=True) as session:
        assert search.find(session, "grannen", Ticket.id.is_not(None)) == [after.id]


def test_a_note_cannot_be_taken_back_or_sent(begin: Begin, organisation: Organisation, number: int) -> None:
    note_id = write_note(begin, organisation.alice, number, "Intern")
    with pytest.raises(Conflict):
        undo(begin, organisation.alice, number, note_id)
    with pytest.raises(NotFound):
        again(begin, organisation.alice, number, note_id)

"""From accepted bytes to a ticket: once each, all of it or nothing, and whatever cannot be read is seen."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.message import Address as MailAddress
from channels.message import Envelope, InboundMessage
from contactcenter import clock, runtime, search
from contactcenter.errors import Conflict, NotFound
from contactcenter.model import (
    Address,
    Agent,
    Attachment,
    Decision,
    Entry,
    EntryMessage,
    Event,
    Inbox,
    OurAddress,
    Person,
    Ticket,
    TicketTeam,
    Topic,
)
from contactcenter.model.words import ChannelKind, InboxState, Status, Verification
from contactcenter.services import entries, inbox, intake, tickets
from contactcenter.services import organisation as organisations
from contactcenter.services.inbox import Claimed
from tests.integration.conftest import Begin
from tests.integration.mailroom import (
    accept,
    answer,
    arrive,
    attached,
    claim,
    count,
    deliver,
    happened,
    mail,
    municipality,
    pool,
    rows,
    take_in,
    ticket,
    travel,
)
from tests.integration.people import Organisation

pytestmark = pytest.mark.usefixtures("organisation")
AFTER_THE_LEASE = inbox.LEASE + timedelta(seconds=1)


def one(begin: Begin) -> Inbox:
    [row] = rows(begin, Inbox)
    return row


# Accepting


def test_the_same_mail_again_only_counts(begin: Begin) -> None:
    accept(begin, mail())
    accept(begin, mail())
    row = one(begin)
    assert (row.seen_count, row.state, row.attempts) == (2, InboxState.WAITING, 0)
    assert (row.envelope_from, row.envelope_to) == ("maja@example.se", ["kontakt@ekhamra.example"])
    assert row.peer == "127.0.0.1"
    with begin(read_only=True):
        assert runtime.current().blobs.get(row.raw_key) == repr(mail()).encode()


def test_a_repeat_of_a_mail_that_is_done_opens_nothing(begin: Begin) -> None:
    arrive(begin, mail())
    accept(begin, mail())
    assert (one(begin).seen_count, one(begin).state) == (2, InboxState.DONE)
    assert claim(begin) == []


def test_the_same_mail_twice_at_once_is_one_row(begin: Begin) -> None:
    with pool() as threads:
        list(threads.map(lambda _: accept(begin, mail()), range(8)))
    assert one(begin).seen_count == 8


def test_other_bytes_or_another_envelope_are_another_row(begin: Begin) -> None:
    accept(begin, mail("Ett"))
    accept(begin, mail("Två"))
    accept(begin, mail("Ett"), "gata@ekhamra.example")
    assert count(begin, Inbox) == 3


def test_the_order_of_recipients_does_not_matter_and_parts_do_not_run_together() -> None:
    def key(sender: str, *to: str, raw: bytes = b"x") -> str:
        return inbox.dedupe_key(Envelope(sender, to), raw)

    assert key("a", "b", "c") == key("a", "c", "b")
    assert len({key("a", "bc"), key("a", "b", "c"), key("ab", "c"), key("a", "b", raw=b"cx"), key("", "a", "bc")}) == 5


def test_nothing_is_kept_of_what_was_not_committed(begin: Begin) -> None:
    with suppress(KeyError), begin() as session:
        inbox.accept(session, ChannelKind.EMAIL, Envelope("a@example.se", ("b",)), b"x", "k")
        raise KeyError
    assert count(begin, Inbox) == 0


def test_a_hostile_envelope_is_accepted_and_taken_in(begin: Begin) -> None:
    for sender in ("\udce5ngstr\udcf6m@example.se", "nul\0@example.se", "x" * 5000 + "@example.se"):
        with begin() as session:
            key = runtime.current().blobs.put(b"raw")
            envelope = Envelope(sender, ("kontakt@ekhamra.example", sender), sender)
            inbox.accept(session, ChannelKind.EMAIL, envelope, b"raw", key)
        [claimed] = claim(begin)
        take_in(begin, claimed, mail())
    assert [row.state for row in rows(begin, Inbox)] == [InboxState.DONE] * 3


# Claiming


def test_claims_are_oldest_first_and_nobody_else_gets_them(begin: Begin) -> None:
    for text in "abc":
        accept(begin, mail(text))
    first = claim(begin, 2)
    assert [item.inbox_id for item in first] == [row.id for row in rows(begin, Inbox)][:2]
    assert [item.attempt for item in first] == [1, 1]
    assert first[0].envelope == Envelope("maja@example.se", ("kontakt@ekhamra.example",), "127.0.0.1")
    assert len(claim(begin)) == 1
    assert claim(begin) == []


def test_claims_at_once_never_overlap(begin: Begin) -> None:
    for number in range(12):
        accept(begin, mail(f"Brev {number}"))
    with pool() as threads:
        taken = [item.inbox_id for items in threads.map(lambda _: claim(begin, 3), range(8)) for item in items]
    assert sorted(taken) == sorted(set(taken)) == [row.id for row in rows(begin, Inbox)]


def test_a_lease_runs_out_can_be_renewed_and_can_be_forgotten(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    accept(begin, mail())
    first = claim(begin)
    travel(monkeypatch, inbox.LEASE - timedelta(seconds=5))
    with begin() as session:
        inbox.renew(session, first)
    travel(monkeypatch, AFTER_THE_LEASE)
    assert claim(begin) == []
    travel(monkeypatch, 3 * AFTER_THE_LEASE)
    [again] = claim(begin)
    assert again.attempt == 2
    with begin() as session:
        inbox.release_all(session)
    assert [item.attempt for item in claim(begin)] == [3]


def test_who_lost_the_claim_changes_nothing(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    accept(begin, mail())
    [stale] = claim(begin)
    travel(monkeypatch, AFTER_THE_LEASE)
    [held] = claim(begin)
    take_in(begin, stale, mail("Från den som sov"))
    for give_up in (inbox.put_off, inbox.give_back):
        with begin() as session:
            give_up(session, stale, "for nothing")
    with begin() as session:
        inbox.quarantine(session, stale, "crash", "for nothing")
    with begin() as session:
        inbox.give_back(session, replace(stale, attempt=inbox.MAX_FAILURES), "for nothing")
    assert count(begin, Ticket) == 0
    assert (one(begin).state, one(begin).error, one(begin).attempts) == (InboxState.WAITING, "", 2)
    take_in(begin, held, mail())
    take_in(begin, held, mail("En gång till"))
    assert count(begin, Ticket) == 1
    assert count(begin, Entry, Entry.inbox_id.is_not(None)) == 1
    assert one(begin).state is InboxState.DONE


# Taking in


def test_a_first_mail_opens_a_ticket(begin: Begin, organisation: Organisation) -> None:
    message = mail(
        "Hej!\n\nJag undrar över något.\n\n> gammalt",
        subject="Fråga om något",
        html="<p>Hej!</p>",
        quoted_from=len("Hej!\n\nJag undrar över något.\n\n"),
        message_id="<1@example.se>",
        copies=(MailAddress("kopia@example.se"),),
        references=("<0@example.se>",),
        attachments=(attached(), attached("trasig.bin", b"", problem="the transfer encoding is unknown")),
        has_remote_images=True,
    )
    shown = ticket(begin, arrive(begin, message))
    assert (shown.number, shown.subject, shown.status, shown.rev) == (1001, "Fråga om något", Status.NEW, 1)
    assert (shown.domain_id, shown.team_id) == (organisation.common.id, organisation.first_line.id)
    assert (shown.sender, shown.preview) == ("Maja Exempel", "Hej! Jag undrar över något.")
    assert (shown.assignee_id, shown.new_reply, shown.channel, shown.language) == (None, False, ChannelKind.EMAIL, "sv")
    assert len(shown.public_token) >= 32
    [address], [person] = rows(begin, Address), rows(begin, Person)
    assert (shown.address_id, shown.person_id) == (address.id, person.id)
    assert (address.value, person.name, person.language) == ("maja@example.se", "Maja Exempel", "sv")
    [entry] = rows(begin, Entry, Entry.message_id == "<1@example.se>")
    assert (entry.seq, entry.author_name, entry.verification) == (1, "Maja Exempel", Verification.CLAIMED)
    assert entry.inbox_id == one(begin).id
    [body] = rows(begin, EntryMessage)
    assert (body.text, body.html, body.quoted_from) == (message.text, "<p>Hej!</p>", message.quoted_from)
    assert (body.recipients, body.copies, body.references) == (
        ["kontakt@ekhamra.example"],
        ["kopia@example.se"],
        ["<0@example.se>"],
    )
    assert body.has_remote_images
    files = rows(begin, Attachment)
    assert [(file.name, file.size, file.problem) for file in files] == [
        ("ritning.pdf", 4, ""),
        ("trasig.bin", 0, "the transfer encoding is unknown"),
    ]
    assert {(file.entry_id, file.domain_id) for file in files} == {(entry.id, organisation.common.id)}
    [decision] = rows(begin, Decision)
    assert (decision.ticket_id, decision.team_id) == (shown.id, organisation.first_line.id)
    assert decision.reasons
    assert {"code", "text", "matched", "used"} <= decision.reasons[0].keys()
    assert happened(begin, shown.number) == ["routed"]
    assert [(event.kind, event.rev) for event in rows(begin, Event)] == [("opened", 1)]
    assert (one(begin).state, one(begin).ticket_id, one(begin).lease_until) == (InboxState.DONE, shown.id, None)
    with begin(read_only=True) as session:
        assert search.find(session, "undrar", Ticket.id.is_not(None)) == [shown.id]


def test_what_is_urgent_is_routed_first(begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        session.get_one(Topic, organisation.danger.id).phrases = {"brinner": 9.0}
    shown = ticket(begin, arrive(begin, mail("Det brinner i trapphuset, människor är kvar inne!", subject="Hjälp")))
    assert (shown.rank, shown.priority, shown.domain_id) == (0, "urgent", organisation.acute.id)


def test_an_empty_mail_is_a_ticket_too(begin: Begin) -> None:
    for text in ("", "   \n", "\u200b"):
        shown = ticket(begin, arrive(begin, mail(text, subject="", name="")))
        assert (shown.subject, shown.sender) == ("", "maja@example.se")


def test_the_next_mail_of_the_same_address_is_a_new_ticket_of_the_same_person(begin: Begin) -> None:
    first, second = (ticket(begin, arrive(begin, mail(text))) for text in ("Ett", "Två"))
    assert first.id != second.id
    assert first.person_id == second.person_id
    assert count(begin, Address) == count(begin, Person) == 1


def test_two_first_mails_at_once_make_one_person(begin: Begin) -> None:
    messages = [mail(f"Brev {number}") for number in range(8)]
    for message in messages:
        accept(begin, message)
    claimed = claim(begin)
    with pool() as threads:
        list(threads.map(lambda pair: take_in(begin, *pair), zip(claimed, messages, strict=True)))
    assert (count(begin, Address), count(begin, Person), count(begin, Ticket)) == (1, 1, 8)


def test_two_mails_with_one_message_id_are_two_tickets(begin: Begin) -> None:
    arrive(begin, mail("Det ena", message_id="<same@example.se>"))
    arrive(begin, mail("Det andra", message_id="<same@example.se>"))
    assert count(begin, Ticket) == 2
    assert {row.state for row in rows(begin, Inbox)} == {InboxState.DONE}


def test_two_equal_mails_without_a_message_id_are_two_tickets(begin: Begin) -> None:
    """Nothing says that they are the same: somebody may well ask the same thing twice."""
    arrive(begin, mail(), "kontakt@ekhamra.example")
    arrive(begin, mail(), "gata@ekhamra.example")
    assert count(begin, Ticket) == 2


@pytest.fixture
def two_doors(begin: Begin, organisation: Organisation) -> InboundMessage:
    """A mail to two addresses of ours, one of which belongs to a team."""
    with begin() as session:
        session.add(OurAddress(address="gata@ekhamra.example", team_id=organisation.streets.id))
    return mail(message_id="<two@example.se>")


def doors(message: InboundMessage, address: str) -> InboundMessage:
    return replace(message, recipients=(MailAddress(address),))


def test_one_mail_to_two_of_our_addresses_is_one_ticket_for_both_teams(
    begin: Begin, organisation: Organisation, two_doors: InboundMessage
) -> None:
    number = arrive(begin, two_doors, "kontakt@ekhamra.example")
    assert arrive(begin, two_doors, "gata@ekhamra.example") == number
    shown = ticket(begin, number)
    assert shown.team_id == organisation.first_line.id
    assert [(row.ticket_id, row.team_id) for row in rows(begin, TicketTeam)] == [(shown.id, organisation.streets.id)]
    first, second = rows(begin, Inbox)
    assert (first.state, second.state, second.reason) == (InboxState.DONE, InboxState.DUPLICATE, "same_content")
    assert count(begin, EntryMessage) == 1
    assert [event.kind for event in rows(begin, Event)] == ["opened", "shared"]


@pytest.mark.parametrize("at_once", [True, False])
def test_it_is_for_both_teams_whatever_it_is_about_and_however_it_was_delivered(
    begin: Begin, organisation: Organisation, two_doors: InboundMessage, at_once: bool
) -> None:
    """The header names both, so that each copy by itself would go to the same group."""
    to = ("kontakt@ekhamra.example", "gata@ekhamra.example")
    message = replace(two_doors, recipients=(MailAddress(to[0]),), copies=(MailAddress(to[1]),))
    numbers = {arrive(begin, message, *to)} if at_once else {arrive(begin, message, address) for address in to}
    [number] = numbers
    shown, [also] = ticket(begin, number), rows(begin, TicketTeam)
    assert {shown.team_id, also.team_id} == {organisation.first_line.id, organisation.streets.id}


def test_a_mail_to_one_address_of_ours_is_for_its_group_alone(begin: Begin, two_doors: InboundMessage) -> None:
    arrive(begin, doors(two_doors, "gata@ekhamra.example"), "gata@ekhamra.example")
    assert count(begin, TicketTeam) == 0


def test_one_mail_to_addresses_of_two_domains_is_two_linked_tickets(
    begin: Begin, organisation: Organisation, two_doors: InboundMessage
) -> None:
    """What social services answer is not for whoever reads the common queue, and neither waits for the other."""
    with begin() as session:
        session.add(OurAddress(address="soc@ekhamra.example", topic_id=organisation.economic_aid.id))
    number = arrive(begin, two_doors, "kontakt@ekhamra.example")
    other = arrive(begin, two_doors, "soc@ekhamra.example")
    first, second = ticket(begin, number), ticket(begin, other)
    assert (first.domain_id, second.domain_id) == (organisation.common.id, organisation.social.id)
    assert second.related_ticket_id == first.id
    assert [row.state for row in rows(begin, Inbox)] == [InboxState.DONE, InboxState.DONE]
    for address, known in (("kontakt@ekhamra.example", number), ("soc@ekhamra.example", other)):
        assert arrive(begin, replace(two_doors), address.upper()) == known
    assert count(begin, EntryMessage) == 2


def test_a_confidential_address_that_the_header_alone_names_keeps_the_mail_in_its_domain(
    begin: Begin, organisation: Organisation, two_doors: InboundMessage
) -> None:
    """As when a list or an alias of the mail server hands it on to another address of ours."""
    with begin() as session:
        session.add(OurAddress(address="orosanmalan@ekhamra.example", domain_id=organisation.social.id))
    named = "Orosanmalan@Ekhamra.example"
    for number, message in enumerate((doors(mail("Ett"), named), mail("Två", copies=(MailAddress(named),)))):
        to = ("kontakt@ekhamra.example", "gata@ekhamra.example")[number]
        shown = ticket(begin, arrive(begin, message, to))
        assert shown.domain_id == organisation.social.id
        reasons = [reason["code"] for reason in rows(begin, Decision, Decision.ticket_id == shown.id)[0].reasons]
        assert "domain_address" in reasons


def test_one_mail_to_two_of_our_addresses_at_once_is_one_ticket(begin: Begin, two_doors: InboundMessage) -> None:
    to = ("kontakt@ekhamra.example", "gata@ekhamra.example", "info@ekhamra.example", "bygg@ekhamra.example")
    for address in to:
        accept(begin, two_doors, address)
    claimed = claim(begin)
    with pool() as threads:
        list(threads.map(lambda item: take_in(begin, item, two_doors), claimed))
    assert (count(begin, Ticket), count(begin, EntryMessage), count(begin, TicketTeam)) == (1, 1, 1)
    states = [row.state for row in rows(begin, Inbox)]
    assert (states.count(InboxState.DONE), states.count(InboxState.DUPLICATE)) == (1, 3)


def test_a_duplicate_in_one_transaction_with_others_spoils_nothing(begin: Begin, two_doors: InboundMessage) -> None:
    """The intake process takes in a batch, each mail behind a savepoint."""
    other = mail("Något annat")
    accept(begin, two_doors, "kontakt@ekhamra.example")
    accept(begin, two_doors, "gata@ekhamra.example")
    accept(begin, other)
    claimed = claim(begin)
    with begin() as session:
        organisation = municipality(session)
        for item, message in zip(claimed, (two_doors, two_doors, other), strict=True):
            with session.begin_nested():
                intake.take_in(session, organisation, item, message)
    assert [row.state for row in rows(begin, Inbox)] == [InboxState.DONE, InboxState.DUPLICATE, InboxState.DONE]
    assert count(begin, Ticket) == 2


def test_a_crash_in_the_middle_leaves_nothing_and_the_mail_waits(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    accept(begin, mail(attachments=(attached(),)))
    [claimed] = claim(begin)
    with monkeypatch.context() as patch:
        patch.setattr(entries, "index", crash)
        with pytest.raises(RuntimeError, match="in the middle"):
            take_in(begin, claimed, mail())
    for table in (Ticket, Entry, Address, Person, Decision, Event, Attachment):
        assert count(begin, table) == 0, table
    assert (one(begin).state, one(begin).ticket_id) == (InboxState.WAITING, None)
    take_in(begin, claimed, mail())
    assert count(begin, Ticket) == 1


def test_a_crash_of_one_mail_leaves_the_others_as_they_are(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    messages = [mail(text) for text in ("Ett", "Två", "Tre")]
    for message in messages:
        accept(begin, message)
    claimed = claim(begin)
    real = entries.index
    with begin() as session:
        organisation = municipality(session)
        for item, message in zip(claimed, messages, strict=True):
            monkeypatch.setattr(entries, "index", crash if message.text == "Två" else real)
            settle(session, organisation, item, message)
    assert [row.preview for row in rows(begin, Ticket)] == ["Ett", "Tre"]
    assert [row.state for row in rows(begin, Inbox)] == [InboxState.DONE, InboxState.WAITING, InboxState.DONE]


def crash(*_: object) -> None:
    raise RuntimeError("in the middle")


def settle(
    session: Session, organisation: organisations.Organisation, claimed: Claimed, message: InboundMessage
) -> None:
    try:
        with session.begin_nested():
            intake.take_in(session, organisation, claimed, message)
    except RuntimeError:
        return


LONG = attached("n" * 1000, media_type="x/" + "y" * 500, content_id="c" * 900, problem="p" * 900)
EXCESSIVE: tuple[dict[str, Any], ...] = (
    {"message_id": f"<{'😀' * 500}@example.se>"},
    {"subject": "x" * 3000, "name": "y" * 3000},
    {"references": tuple(f"<{number}@example.se>" for number in range(300))},
    {"sender": "å" * 250 + "@example.se"},
    {"language": "unknown-language", "automatic": "a" * 400},
    {"attachments": (LONG,)},
    {"quoted_from": 0},
    {"quoted_from": 10_000},
)


def test_nothing_in_a_mail_is_too_long_to_be_taken_in(begin: Begin) -> None:
    for number, fields in enumerate(EXCESSIVE, 1001):
        assert arrive(begin, mail(f"Ett brev med {list(fields)}", **fields)) == number
    assert {row.state for row in rows(begin, Inbox)} == {InboxState.DONE}


def test_mails_without_a_sender_are_nobodys_and_never_one_persons(begin: Begin, organisation: Organisation) -> None:
    """What has no address at all must not look as if it came from whoever wrote the last such mail."""
    fields: dict[str, Any] = {"sender": "", "name": "", "sender_doubt": "no_from"}
    first, second = (ticket(begin, arrive(begin, mail(text, **fields))) for text in ("Ett", "Två"))
    assert (first.person_id, first.address_id) == (second.person_id, second.address_id) == (None, None)
    assert first.id != second.id
    assert count(begin, Person) == count(begin, Address) == 0


def test_a_doubtful_sender_is_no_known_person(begin: Begin) -> None:
    first = ticket(begin, arrive(begin, mail("Ett")))
    second = ticket(begin, arrive(begin, mail("Två", sender_doubt="several_from")))
    assert first.person_id is not None
    assert second.person_id is None
    assert second.address_id == first.address_id


# When the resident writes again


def again(begin: Begin, organisation: Organisation, number: int) -> str:
    """A guide answers; gives the Message-ID of what left."""
    answer(begin, organisation.alice, number)
    [letter] = deliver(begin)
    return letter.message_id


def test_an_answer_to_our_answer_makes_the_ticket_wait_for_us(
    begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = arrive(begin, mail())
    ours = again(begin, organisation, number)
    assert ticket(begin, number).status is Status.WAITING_RESIDENT
    travel(monkeypatch, timedelta(hours=1))
    before = clock.now()
    assert arrive(begin, mail("Tack! Men när?", references=(ours,))) == number
    shown = ticket(begin, number)
    assert (shown.status, shown.new_reply, shown.preview) == (Status.OPEN, True, "Tack! Men när?")
    assert shown.waiting_since >= before
    assert shown.assignee_id == organisation.alice.id
    assert [event.kind for event in rows(begin, Event)][-1] == "message"


def test_a_second_mail_before_our_answer_does_not_move_the_ticket_back_in_the_queue(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = arrive(begin, mail(message_id="<1@example.se>"))
    before = ticket(begin, number)
    travel(monkeypatch, timedelta(hours=1))
    assert arrive(begin, mail("Glömde säga", references=("<1@example.se>",))) == number
    after = ticket(begin, number)
    assert (after.waiting_since, after.status, after.new_reply) == (before.waiting_since, Status.NEW, False)
    assert after.last_message_at > before.last_message_at


@pytest.mark.parametrize("state", ["closed", "parked"])
def test_an_answer_opens_what_was_closed_or_rests(
    begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    number = arrive(begin, mail())
    ours = again(begin, organisation, number)
    with begin() as session:
        row = session.scalars(select(Ticket).where(Ticket.number == number)).one()
        tickets.set_status(row, Status(state))
        row.snoozed_until = clock.now() + timedelta(days=3) if state == "parked" else None
    travel(monkeypatch, timedelta(hours=1))
    assert arrive(begin, mail("Det löste sig inte", references=(ours,))) == number
    shown = ticket(begin, number)
    assert (shown.status, shown.new_reply, shown.closed_at, shown.snoozed_until) == (Status.OPEN, True, None, None)
    assert shown.waiting_since >= clock.now() - timedelta(minutes=5)
    assert happened(begin, number) == ["routed", *(["reopened"] if state == "closed" else [])]


def test_danger_in_an_answer_is_as_loud_as_in_a_first_mail(begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        session.get_one(Topic, organisation.danger.id).phrases = {"brinner": 9.0}
    number = arrive(begin, mail(message_id="<1@example.se>"))
    alarm = mail("Nu brinner det i trapphuset, människor är kvar inne!", references=("<1@example.se>",))
    assert arrive(begin, alarm) == number
    shown = ticket(begin, number)
    assert (shown.rank, shown.priority) == (0, "urgent")
    assert shown.domain_id == organisation.common.id, "it stays with those who know it"
    assert happened(begin, number) == ["routed", "urgent"]
    assert count(begin, Decision) == 2
    arrive(begin, mail("Det brinner fortfarande!", references=("<1@example.se>",)))
    assert happened(begin, number) == ["routed", "urgent"]


def test_an_answer_to_somebody_who_works_here_no_more_waits_for_everybody(
    begin: Begin, organisation: Organisation
) -> None:
    number = arrive(begin, mail())
    ours = again(begin, organisation, number)
    with begin() as session:
        session.get_one(Agent, organisation.alice.id).disabled_at = clock.now()
    arrive(begin, mail("Tack! Men när?", references=(ours,)))
    assert (ticket(begin, number).assignee_id, ticket(begin, number).status) == (None, Status.OPEN)


# Trouble


def test_what_fails_three_times_is_shown(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    accept(begin, mail())
    for attempt in (1, 2, 3):
        travel(monkeypatch, attempt * AFTER_THE_LEASE)
        [claimed] = claim(begin)
        assert claimed.attempt == attempt
        with begin() as session:
            inbox.give_back(session, claimed, f"fault {attempt}")
        assert claim(begin) == [], "not at once"
    row = one(begin)
    assert (row.state, row.reason, row.error, row.attempts) == (InboxState.QUARANTINED, "failed", "fault 3", 3)
    travel(monkeypatch, timedelta(days=1))
    assert claim(begin) == []


def test_trouble_of_ours_is_never_the_mails_fault(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    accept(begin, mail())
    for attempt in range(1, 12):
        travel(monkeypatch, attempt * AFTER_THE_LEASE)
        [claimed] = claim(begin)
        with begin() as session:
            inbox.put_off(session, claimed, "the disk is full")
    assert (one(begin).state, one(begin).error) == (InboxState.WAITING, "the disk is full")


def test_quarantine_keeps_the_bytes_and_lets_them_be_read_again(begin: Begin) -> None:
    accept(begin, mail())
    [claimed] = claim(begin)
    with begin() as session:
        inbox.quarantine(session, claimed, "timeout", "x" * 10_000)
    row = one(begin)
    assert (row.state, row.reason, len(row.error), row.lease_until) == (InboxState.QUARANTINED, "timeout", 4000, None)
    with begin() as session:
        assert runtime.current().blobs.get(row.raw_key)
        inbox.retry(session, row.id)
    [second] = claim(begin)
    with begin() as session:
        inbox.quarantine(session, claimed, "crash", "by the claim from before")
    assert one(begin).state is InboxState.WAITING
    take_in(begin, second, mail())
    assert (one(begin).state, one(begin).reason) == (InboxState.DONE, "")


def test_only_what_is_in_quarantine_can_be_tried_again(begin: Begin) -> None:
    arrive(begin, mail())
    with pytest.raises(Conflict), begin() as session:
        inbox.retry(session, one(begin).id)
    with pytest.raises(NotFound), begin() as session:
        inbox.retry(session, 4711)


def test_a_claim_from_before_a_retry_holds_nothing(begin: Begin) -> None:
    accept(begin, mail())
    [sleeper] = claim(begin)
    with begin() as session:
        inbox.quarantine(session, sleeper, "crash", "")
    with begin() as session:
        inbox.retry(session, sleeper.inbox_id)
    take_in(begin, sleeper, mail())
    assert count(begin, Ticket) == 0
    for claimed in (*claim(begin), sleeper):
        take_in(begin, claimed, mail())
    assert count(begin, Ticket) == 1


def test_taking_in_wakes_screens_only_when_it_is_durable(begin: Begin) -> None:
    accept(begin, mail())
    [claimed] = claim(begin)
    with begin() as session:
        flag = runtime.current().bus.events
        flag.clear()
        intake.take_in(session, municipality(session), claimed, mail())
        assert not flag.is_set()
    assert flag.is_set()


def test_accepting_wakes_the_intake(begin: Begin) -> None:
    with begin(read_only=True):
        flag = runtime.current().bus.inbox
    flag.clear()
    accept(begin, mail())
    assert flag.is_set()


def start_and_die(begin: Begin, monkeypatch: pytest.MonkeyPatch, times: int) -> list[list[int]]:
    """What each of several processes has claimed when it dies."""
    claimed = []
    for life in range(times):
        travel(monkeypatch, life * AFTER_THE_LEASE)
        claimed.append([item.inbox_id for item in claim(begin)])
    return claimed


def test_a_mail_that_kills_every_reader_ends_in_quarantine_and_the_others_are_read(
    begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text in ("Dödligt", "Ett", "Två"):
        accept(begin, mail(text))
    deadly, *others = (row.id for row in rows(begin, Inbox))
    assert start_and_die(begin, monkeypatch, 2) == [[deadly, *others]] * 2
    travel(monkeypatch, 3 * AFTER_THE_LEASE)
    alone = []
    for life in range(4, 12):
        taken = claim(begin)
        alone.append(len(taken))
        for item in taken:
            if item.inbox_id != deadly:
                take_in(begin, item, mail(f"{item.inbox_id}"))
        travel(monkeypatch, life * AFTER_THE_LEASE)
    assert max(alone) == 1
    states = {row.id: (row.state, row.reason) for row in rows(begin, Inbox)}
    assert states[deadly] == (InboxState.QUARANTINED, "crash")
    assert [states[other] for other in others] == [(InboxState.DONE, "")] * 2


def test_who_reports_back_is_not_lost(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    accept(begin, mail())
    for life in range(3 * inbox.MAX_LOST):
        travel(monkeypatch, life * AFTER_THE_LEASE)
        [claimed] = claim(begin)
        with begin() as session:
            inbox.put_off(session, claimed, "the disk is full")
    assert one(begin).state is InboxState.WAITING

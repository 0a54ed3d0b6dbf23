"""Who writes is told at once that it has arrived: once, nothing of their own words, and never a program."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from channels.errors import OutcomeUnknown, Refused
from channels.message import Address as MailAddress
from channels.message import InboundMessage, OutboundMessage
from contactcenter import clock, runtime
from contactcenter.errors import Conflict
from contactcenter.model import (
    Acknowledged,
    Acknowledgement,
    Address,
    Entry,
    EntryMessage,
    Inbox,
    OurAddress,
    Outbox,
    ParkedMail,
    Person,
    ReplyTarget,
    Ticket,
    TicketTeam,
)
from contactcenter.model.words import Direction, EntryKind, EntryState, InboxState, Status
from contactcenter.queries import ack_texts
from contactcenter.services import replies, tickets
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import (
    OURS,
    accept,
    acting,
    answer,
    arrive,
    claim,
    come,
    count,
    deliver,
    entries,
    happened,
    mail,
    rows,
    take_in,
    ticket,
    travel,
)
from tests.integration.people import Organisation
from tests.integration.test_identity import PASSED, trusting

__all__ = ["trusting"]

MAJA = "maja@example.se"
ACKNOWLEDGED = EntryMessage.automatic == "acknowledgement"


def fresh(text: str = "Hej, jag har en fråga.", **fields: Any) -> InboundMessage:
    """A mail that was written a moment ago."""
    usual: dict[str, Any] = {"sent_at": clock.now(), "message_id": f"<{abs(hash(text))}@example.se>"}
    return mail(text, **(usual | fields))


def write(begin: Begin, **fields: Any) -> None:
    """A text that is sent."""
    usual = {"subject": "Mottaget {{ärende}}", "text": "Hej! Ärende {{ärende}}.\nSvar senast {{svarsdag}}."}
    with begin() as session:
        session.add(Acknowledgement(**{"active": True, **usual, **fields}))


@pytest.fixture(autouse=True)
def text(begin: Begin, organisation: Organisation) -> None:
    write(begin)


def told(begin: Begin) -> list[OutboundMessage]:
    """The acknowledgements that leave."""
    return [letter for letter in deliver(begin) if letter.automatic]


# What is sent


def test_who_writes_is_told_with_nothing_of_their_own_words(begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        session.add(ReplyTarget(count=1, unit="days"))
    number = arrive(begin, fresh("Billiga klockor!", subject="Köp klockor", message_id="<1@example.se>"))
    [letter] = told(begin)
    assert letter.subject == f"Mottaget KC-{number}"
    assert [to.value for to in letter.recipients] == [MAJA]
    assert (letter.copies, letter.in_reply_to) == ((), "<1@example.se>")
    assert letter.reply_to is not None
    assert letter.reply_to.value.startswith("kontakt+")
    assert letter.return_path.startswith("kontakt+b.")
    assert f"Ärende KC-{number}." in letter.text
    assert "Svar senast " in letter.text
    assert "klockor" not in (letter.text + letter.subject + str(letter.html)).lower()
    [row] = rows(begin, EntryMessage, ACKNOWLEDGED)
    assert (row.recipients, row.signature) == ([MAJA], "")


def test_it_is_no_answer(begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        session.add(ReplyTarget(count=1, unit="days"))
    number = arrive(begin, fresh())
    told(begin)
    shown = ticket(begin, number)
    assert (shown.status, shown.first_reply_at, shown.new_reply) == (Status.NEW, None, False)
    assert shown.reply_owed_since is not None
    assert shown.preview == "Hej, jag har en fråga."
    assert [entry.state for entry in entries(begin, number)] == [EntryState.RECEIVED, EntryState.SENT]


def test_the_guide_who_had_read_the_mail_is_not_stopped_by_it(begin: Begin, organisation: Organisation) -> None:
    number = arrive(begin, fresh())
    answer(begin, organisation.alice, number, seen_seq=1)


def test_without_a_text_that_is_sent_nobody_is_told(begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        session.execute(update(Acknowledgement).values(active=False))
    arrive(begin, fresh())
    assert (told(begin), count(begin, Acknowledged)) == ([], 0)


def test_a_promise_of_no_day_leaves_its_line_out(begin: Begin, organisation: Organisation) -> None:
    arrive(begin, fresh())
    [letter] = told(begin)
    assert "senast" not in letter.text


# Which text


@pytest.mark.parametrize(
    ("written", "expected"),
    [("fi", "fi"), ("so", "en"), ("sv", "sv"), ("nb", "sv"), (None, "sv"), ("en", "en")],
)
def test_somebody_is_told_in_their_language_or_one_they_may_read(
    begin: Begin, organisation: Organisation, written: str | None, expected: str
) -> None:
    with begin() as session:
        session.execute(update(Acknowledgement).values(active=False))
    for code in ("sv", "en", "fi"):
        write(begin, language=code, subject=f"på {code}")
    arrive(begin, fresh(language=written))
    [letter] = told(begin)
    assert letter.subject == f"på {expected}"


def test_the_text_of_the_topic_goes_before_that_of_the_office_and_the_common_one(
    begin: Begin, organisation: Organisation
) -> None:
    write(begin, topic_id=organisation.parking.id, subject="Parkering")
    write(begin, office_id=organisation.north.id, subject="Norra")
    numbers = {}
    for subject in ("Allt", "Norra", "Parkering"):
        numbers[subject] = arrive(begin, fresh(subject, sender=f"{subject.lower()}@example.se"))
    with begin() as session:
        for name in ("Norra", "Parkering"):
            row = tickets.by_id(session, ticket(begin, numbers[name]).id)
            row.office_id = organisation.north.id
            row.topic_id = organisation.parking.id if name == "Parkering" else None
        found = [
            ack_texts.text_for(session, session.get_one(Ticket, ticket(begin, number).id))
            for number in numbers.values()
        ]
    assert [row.subject if row else "" for row in found] == ["Mottaget {{ärende}}", "Norra", "Parkering"]


def test_a_discreet_office_is_told_by_no_text_of_its_own(begin: Begin, organisation: Organisation) -> None:
    write(begin, office_id=organisation.north.id, subject="Norra", text="Norra kontoret {{kontor}}")
    number = arrive(begin, fresh("Vart?"))
    with begin() as session:
        session.merge(organisation.north).discreet = True
        row = tickets.by_id(session, ticket(begin, number).id)
        row.office_id = organisation.north.id
        session.flush()
        found = ack_texts.text_for(session, row)
        assert found is not None
        assert found.subject == "Mottaget {{ärende}}"


def test_every_word_can_be_filled_in_and_the_day_is_in_the_readers_language(
    begin: Begin, organisation: Organisation
) -> None:
    with begin() as session:
        session.add(ReplyTarget(count=1, unit="days"))
    number = arrive(begin, fresh())
    with begin(read_only=True) as session:
        row = session.scalars(select(Ticket).where(Ticket.number == number)).one()
        known = {code: ack_texts.values(session, row, code)["due"] for code in ("sv", "en", "fi", "ar", "xx")}
        values = ack_texts.values(session, row, "sv")
    assert known["xx"] == known["sv"]
    assert len(set(known.values())) == 4
    assert set(ack_texts.SWEDISH.values()) <= values.keys()


# Who is never told


@pytest.mark.parametrize("reason", ["auto_generated", "bulk", "null_sender", "auto_reply", "list", "bounce", "receipt"])
def test_a_program_is_never_told(begin: Begin, organisation: Organisation, reason: str) -> None:
    come(begin, fresh(automatic=reason))
    assert (told(begin), count(begin, Acknowledged)) == ([], 0)


@pytest.mark.parametrize(
    "sender",
    [
        *("no-reply@example.com", "noreply@example.com", "noreply-bygg@example.com", "do_not_reply@example.com"),
        *("svara-inte@example.com", "ej.svar@example.com", "ala-vastaa@example.com", "mailer-daemon@example.com"),
        *("postmaster@example.com", "owner-list@example.com", "list-request@example.com", "bounces@example.com"),
        *("kontakt@ekhamra.example", "kontakt+abc@ekhamra.example", "bygglov@ekhamra.example"),
    ],
)
def test_addresses_that_nobody_reads_and_our_own_are_never_told(
    begin: Begin, organisation: Organisation, sender: str
) -> None:
    with begin() as session:
        if session.scalar(select(OurAddress.id).where(OurAddress.address == "bygglov@ekhamra.example")) is None:
            session.add(OurAddress(address="bygglov@ekhamra.example"))
    come(begin, fresh(sender=sender))
    assert (told(begin), count(begin, Ticket)) == ([], 1)


def test_no_sender_that_cannot_be_trusted_or_has_no_return_path_is_told(
    begin: Begin, organisation: Organisation
) -> None:
    come(begin, fresh("Ett", sender_doubt="several_from"))
    come(begin, fresh("Två"), sender="")
    assert (told(begin), count(begin, Ticket)) == ([], 2)


def test_somebody_protected_is_not_told(begin: Begin, organisation: Organisation) -> None:
    arrive(begin, fresh("Ett"))
    told(begin)
    with begin() as session:
        session.execute(update(Person).values(protected_identity=True))
        session.execute(update(Acknowledged).values(created_at=clock.now() - timedelta(days=2)))
    arrive(begin, fresh("Två"))
    assert told(begin) == []


def test_an_address_that_mail_has_bounced_from_is_not_told_for_a_while(
    begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = arrive(begin, fresh("Ett"))
    told(begin)
    [ours] = rows(begin, Entry, Entry.direction == Direction.OUT)
    travel(monkeypatch, timedelta(days=2))
    bounce: dict[str, Any] = {"automatic": "bounce", "reported": "failed", "reported_to": (MAJA,)}
    come(begin, mail("550", sender="mailer-daemon@example.se", references=(ours.own_message_id,), **bounce), sender="")
    [entry] = rows(begin, Entry, Entry.id == ours.id)
    assert (entry.state, ticket(begin, number).new_reply) == (EntryState.FAILED, False)
    assert ticket(begin, number).status is Status.NEW
    assert "bounced" not in happened(begin, number)
    second = arrive(begin, fresh("Två"))
    assert told(begin) == []
    assert entries(begin, second, EntryKind.EVENT)[-1].data["reason"] == "bounced"
    travel(monkeypatch, timedelta(days=40))
    arrive(begin, fresh("Tre"))
    assert len(told(begin)) == 1


@pytest.mark.parametrize("envelope", ["spam@evil.example", "maja@notexample.se", "maja@se", "maja"])
def test_whoever_writes_in_the_name_of_another_domain_sends_them_nothing(
    app: Flask, begin: Begin, organisation: Organisation, envelope: str
) -> None:
    """An acknowledgement to a victim of forgery is mail that they never asked for (RFC 3834 §4)."""
    row = come(begin, fresh(), sender=envelope)
    assert told(begin) == []
    [number] = [found.number for found in rows(begin, Ticket, Ticket.id == row.ticket_id)]
    assert entries(begin, number, EntryKind.EVENT)[-1].data == {"what": "not_acknowledged", "reason": "envelope"}
    page = Browser(app).signed_in(organisation.alice).get(f"/arenden/{number}").text
    assert "mejlet kom från en annan adress än det uppger" in page


@pytest.mark.parametrize("envelope", ["bounce@news.example.se", "Maja@EXAMPLE.SE", "other@example.se"])
def test_a_return_path_of_the_same_organisation_is_as_good(
    begin: Begin, organisation: Organisation, envelope: str
) -> None:
    come(begin, fresh(), sender=envelope)
    assert len(told(begin)) == 1


@pytest.mark.usefixtures("trusting")
def test_who_is_authenticated_is_told_whatever_the_return_path(begin: Begin, organisation: Organisation) -> None:
    come(begin, fresh(attested=PASSED), sender="bounce@letters.example")
    assert len(told(begin)) == 1


def test_an_answer_in_a_conversation_is_not_acknowledged(begin: Begin, organisation: Organisation) -> None:
    number = arrive(begin, fresh("Ett"))
    [letter] = told(begin)
    assert letter.reply_to is not None
    to = letter.reply_to.value
    assert arrive(begin, fresh("Jag glömde en sak.", recipients=(MailAddress(to),)), to) == number
    assert told(begin) == []


# How many


def test_an_address_is_told_once_a_day(
    begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrive(begin, fresh("Ett"))
    second = arrive(begin, fresh("Två"))
    assert len(told(begin)) == 1
    assert entries(begin, second, EntryKind.EVENT)[-1].data == {"what": "not_acknowledged", "reason": "address"}
    travel(monkeypatch, timedelta(hours=25))
    arrive(begin, fresh("Tre"))
    assert len(told(begin)) == 1


def test_a_mail_to_two_addresses_is_one_ticket_with_one_acknowledgement(
    begin: Begin, organisation: Organisation
) -> None:
    """Scenario 3, where the address of both queues is in one domain."""
    with begin() as session:
        session.add(OurAddress(address="gata@ekhamra.example", team_id=organisation.streets.id))
    both = fresh(recipients=(MailAddress(OURS),), copies=(MailAddress("gata@ekhamra.example"),))
    assert arrive(begin, both, OURS) == arrive(begin, both, "gata@ekhamra.example")
    assert (len(told(begin)), count(begin, Ticket)) == (1, 1)
    assert count(begin, TicketTeam) <= 1


def test_a_mail_in_a_conversation_that_is_acknowledged_is_not(begin: Begin, organisation: Organisation) -> None:
    """A machine that answers under another address, with the number in its subject, is linked, and hears nothing."""
    number = arrive(begin, fresh("Ett"))
    second = arrive(begin, fresh("Två", sender="robot@example.com", subject=f"Re: Mottaget KC-{number}"))
    assert ticket(begin, second).related_ticket_id == ticket(begin, number).id
    assert len(told(begin)) == 1
    assert entries(begin, second, EntryKind.EVENT)[-1].data["reason"] == "thread"


def test_a_machine_that_answers_everything_from_a_new_address_each_time_has_two(
    begin: Begin, organisation: Organisation
) -> None:
    """Scenario 8 at its worst: no header says that it is a machine, and nothing names our mail."""
    for turn in range(8):
        arrive(begin, fresh(f"Tack för ditt mejl nr {turn}!", sender=f"robot{turn}@example.com"))
    assert len(told(begin)) == 2
    reasons = [row.data.get("reason") for row in rows(begin, Entry, Entry.kind == EntryKind.EVENT)]
    assert reasons.count("alike") == 6


def test_a_domain_and_everybody_together_have_a_bound(
    begin: Begin, organisation: Organisation, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        settings = runtime.current().settings
    bounds = replace(settings.channels.mail.acknowledgements, per_domain_an_hour=2, an_hour=3)
    mail_settings = replace(settings.channels.mail, acknowledgements=bounds)
    Browser(app).configure(monkeypatch, "channels", mail=mail_settings)
    for turn, domain in enumerate("aaabc"):
        arrive(begin, fresh(f"Fråga om {'abcde'[turn] * 3}", sender=f"{turn}@{domain}.example.com"))
    assert len(told(begin)) == 3
    reasons = [row.data["reason"] for row in rows(begin, Entry, Entry.kind == EntryKind.EVENT) if "reason" in row.data]
    assert reasons == ["domain", "all"]


def test_an_old_mailbox_that_is_read_is_not_acknowledged(begin: Begin, organisation: Organisation) -> None:
    number = arrive(begin, fresh(sent_at=clock.now() - timedelta(days=4)))
    assert told(begin) == []
    assert entries(begin, number, EntryKind.EVENT)[-1].data["reason"] == "old"


def test_the_same_mail_again_is_acknowledged_once(begin: Begin, organisation: Organisation) -> None:
    message = fresh()
    arrive(begin, message)
    accept(begin, message)
    for claimed in claim(begin):
        take_in(begin, claimed, message)
    assert len(told(begin)) == 1


def test_what_is_taken_in_after_all_is_not_acknowledged(begin: Begin, organisation: Organisation) -> None:
    message = fresh(automatic="auto_reply")
    row = come(begin, message)
    with begin() as session:
        mail_row = session.get_one(Inbox, row.id)
        session.delete(session.scalars(select(ParkedMail)).one())
        mail_row.state, mail_row.promoted, mail_row.attempts = InboxState.WAITING, True, 5
    [claimed] = claim(begin)
    take_in(begin, claimed, message)
    assert (count(begin, Ticket), told(begin)) == (1, [])


# When it does not arrive


@pytest.mark.parametrize("outcome", [Refused("550 5.1.1 unknown"), OutcomeUnknown("lost")])
def test_an_acknowledgement_that_fails_wakes_nobody(
    begin: Begin, organisation: Organisation, outcome: Refused | OutcomeUnknown
) -> None:
    number = arrive(begin, fresh())
    before = ticket(begin, number)
    deliver(begin, outcome)
    after = ticket(begin, number)
    assert (after.status, after.waiting_since, after.new_reply) == (before.status, before.waiting_since, False)
    assert happened(begin, number) == ["routed"]
    [entry] = [one for one in entries(begin, number) if one.direction is Direction.OUT]
    assert entry.state in (EntryState.FAILED, EntryState.UNCERTAIN)
    [address] = rows(begin, Address, Address.value == MAJA)
    assert (address.bounced_at is not None) is isinstance(outcome, Refused)
    assert count(begin, Outbox, Outbox.kind == "webhook") == 0
    actor = acting(begin, organisation.alice)
    with begin() as session:
        row = tickets.by_id(session, after.id)
        with pytest.raises(Conflict):
            replies.send_again(session, actor, row, entry.id)


# On the screen


def test_the_timeline_says_what_left_by_itself(app: Flask, begin: Begin, organisation: Organisation) -> None:
    number = arrive(begin, fresh("Ett"))
    told(begin)
    shown = Browser(app).signed_in(organisation.alice).get(f"/arenden/{number}").text
    assert "Automatisk bekräftelse" in shown
    assert f"Ärende KC-{number}." in shown
    second = arrive(begin, fresh("Två"))
    assert "adressen har fått en bekräftelse det senaste dygnet" in (
        Browser(app).signed_in(organisation.alice).get(f"/arenden/{second}").text
    )

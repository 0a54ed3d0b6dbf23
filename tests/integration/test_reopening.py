"""A reply to a closed ticket: it opens it again, or continues in a new one when that was too long ago."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from channels.message import Address as MailAddress
from channels.message import OutboundMessage
from contactcenter import runtime
from contactcenter.model import Agent, Decision, Entry, Event, Office, Ticket, Topic
from contactcenter.model.words import Direction, Priority, Relation, Status, Verification
from contactcenter.services import threads, tickets, tokens
from contactcenter.services.tokens import Scope
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import (
    OURS,
    accept,
    acting,
    answer,
    arrive,
    claim,
    count,
    deliver,
    entries,
    happened,
    mail,
    pool,
    rows,
    take_in,
    ticket,
    travel,
)
from tests.integration.people import Organisation

STRANGER = "okand@example.com"
MONTH = timedelta(days=30)
MINUTE = timedelta(minutes=1)


def closed(begin: Begin, organisation: Organisation, text: str = "Får jag bygga?") -> tuple[int, OutboundMessage]:
    """A ticket of Maja's that Alice has answered and closed, and the answer."""
    number = arrive(begin, mail(text, message_id=f"<{abs(hash(text))}@example.se>"))
    answer(begin, organisation.alice, number, f"Svar på {text}", close=True, key=text)
    [sent] = deliver(begin)
    return number, sent


def reply(begin: Begin, sent: OutboundMessage, text: str = "Men jag undrar en sak till.", **fields: Any) -> int:
    fields = {"subject": "Sv: En fråga", "message_id": f"<{abs(hash(text))}@example.se>"} | fields
    return arrive(begin, mail(text, references=(sent.message_id,), **fields))


def change(begin: Begin, number: int, **values: Any) -> None:
    with begin() as session:
        session.execute(update(Ticket).where(Ticket.number == number).values(**values))


def page(app: Flask, agent: Agent, number: int) -> str:
    return Browser(app).signed_in(agent).get(f"/arenden/{number}").text


def test_within_its_time_a_reply_opens_it_again(
    begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, sent = closed(begin, organisation)
    travel(monkeypatch, MONTH - MINUTE)
    assert reply(begin, sent) == number
    shown = ticket(begin, number)
    assert (shown.status, shown.new_reply, shown.assignee_id) == (Status.OPEN, True, organisation.alice.id)
    assert shown.reply_owed_since is not None
    assert happened(begin, number)[-1] == "reopened"


def test_later_it_continues_in_a_new_ticket_and_both_say_so(
    app: Flask, begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, sent = closed(begin, organisation)
    before = ticket(begin, number)
    travel(monkeypatch, MONTH + MINUTE)
    later = reply(begin, sent)
    assert later != number
    old, new = ticket(begin, number), ticket(begin, later)
    assert (old.status, old.closed_at, old.outcome, old.new_reply) == (Status.CLOSED, before.closed_at, "solved", False)
    assert (old.reply_owed_since, old.first_reply_at) == (None, before.first_reply_at)
    assert len(entries(begin, number)) == 2, "the old one has no line of it"
    assert happened(begin, number)[-1] == "continued"
    assert (new.status, new.assignee_id, new.person_id) == (Status.NEW, None, old.person_id)
    assert (new.related_ticket_id, new.related_as) == (old.id, Relation.CONTINUES)
    assert happened(begin, later) == ["routed", "continues"]
    assert new.reply_owed_since is not None
    assert entries(begin, later)[0].verification is Verification.TOKEN
    assert count(begin, Event, Event.ticket_id == old.id, Event.kind == "linked") == 1
    shown, shown_old = page(app, organisation.alice, later), page(app, organisation.bob, number)
    assert f"Fortsätter från KC-{number}: tiden" in shown
    assert f"KC-{number}</a>: svaret kom när tiden för att öppna det igen hade gått ut" in shown
    assert "Tidigare hos dig" in shown
    assert f"Fortsätter i KC-{later}: tiden" in shown_old
    assert f"KC-{later}</a>: invånaren skrev när tiden" in shown_old
    assert "Tidigare hos Alice" in page(app, organisation.bob, later)


def test_whoever_has_left_is_not_named_as_the_owner(
    app: Flask, begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    _number, sent = closed(begin, organisation)
    travel(monkeypatch, MONTH + MINUTE)
    later = reply(begin, sent)
    with begin() as session:
        session.execute(update(Agent).where(Agent.id == organisation.alice.id).values(disabled_at=sent.sent_at))
    assert "Tidigare hos" not in page(app, organisation.bob, later)


def test_the_topic_says_how_long(begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    number, sent = closed(begin, organisation)
    change(begin, number, topic_id=organisation.parking.id)
    with begin() as session:
        session.execute(update(Topic).where(Topic.id == organisation.parking.id).values(reopen_days=90))
    travel(monkeypatch, timedelta(days=89))
    assert reply(begin, sent) == number
    with begin() as session:
        tickets.close(session, acting(begin, organisation.alice), tickets.by_id(session, ticket(begin, number).id))
        session.execute(update(Topic).where(Topic.id == organisation.parking.id).values(reopen_days=0))
    assert reply(begin, sent, "Och nu då?") != number


def test_further_replies_to_the_old_letters_go_where_it_continues(
    begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, sent = closed(begin, organisation)
    travel(monkeypatch, MONTH + MINUTE)
    later = reply(begin, sent)
    assert reply(begin, sent, "Och en sak till, hur högt?") == later
    assert count(begin, Ticket) == 2
    assert len(entries(begin, later)) == 2
    stranger = reply(begin, sent, "Jag också?", sender=STRANGER)
    assert stranger not in (number, later), "who takes no part there is not let in by an old letter"
    answer(begin, organisation.alice, later, "Svar igen", close=True)
    deliver(begin)
    travel(monkeypatch, 2 * MONTH + 2 * MINUTE)
    third = reply(begin, sent, "Tredje gången?")
    assert ticket(begin, third).related_ticket_id == ticket(begin, later).id


def test_the_same_late_mail_on_two_ways_opens_one_ticket(
    begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    _number, sent = closed(begin, organisation)
    travel(monkeypatch, MONTH + MINUTE)
    later = reply(begin, sent)
    message = mail(
        "Men jag undrar en sak till.",
        references=(sent.message_id,),
        subject="Sv: En fråga",
        message_id=entries(begin, later)[0].message_id,
    )
    assert arrive(begin, message, "info@ekhamra.example") == later
    assert count(begin, Ticket) == 2


def test_it_is_routed_by_what_it_says_and_else_as_the_old_one_was(
    begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, sent = closed(begin, organisation)
    change(begin, number, topic_id=organisation.parking.id, office_id=organisation.north.id)
    travel(monkeypatch, MONTH + MINUTE)
    later = ticket(begin, reply(begin, sent))
    assert (later.topic_id, later.team_id) == (organisation.parking.id, organisation.streets.id)
    assert later.office_id == organisation.north.id
    [made] = rows(begin, Decision, Decision.ticket_id == later.id)
    assert [reason["code"] for reason in made.reasons][:2] == ["topic_continued", "office_continued"]
    with begin() as session:
        session.execute(update(Topic).where(Topic.id == organisation.parking.id).values(active=False))
        session.execute(
            update(Office).where(Office.id == organisation.north.id).values(valid_to=made.created_at.date())
        )
    travel(monkeypatch, MONTH + timedelta(days=2))
    other = ticket(begin, reply(begin, sent, "Hej igen, en ny sak?", sender=STRANGER))
    assert (other.topic_id, other.office_id) == (None, None), "what is put away is not chosen again"


def test_what_continues_a_confidential_ticket_stays_in_its_domain(
    app: Flask, begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It quotes what was written there."""
    number, sent = closed(begin, organisation)
    change(
        begin,
        number,
        topic_id=organisation.economic_aid.id,
        team_id=organisation.social_team.id,
        domain_id=organisation.social.id,
    )
    travel(monkeypatch, MONTH + MINUTE)
    later = ticket(begin, reply(begin, sent))
    assert (later.domain_id, later.team_id) == (organisation.social.id, organisation.social_team.id)
    assert later.topic_id == organisation.economic_aid.id
    browser = Browser(app).signed_in(organisation.alice)
    assert browser.get(f"/arenden/{later.number}").status_code == 404


def test_who_may_not_see_the_new_one_learns_nothing_of_it(
    app: Flask, begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, sent = closed(begin, organisation)
    before = ticket(begin, number)
    seen = page(app, organisation.alice, number)
    travel(monkeypatch, MONTH + MINUTE)
    later = reply(begin, sent)
    with begin() as session:
        row = tickets.by_id(session, ticket(begin, later).id)
        row.domain_id = organisation.social.id
    shown = page(app, organisation.alice, number)
    assert "Fortsätter i" not in shown
    assert str(later) not in shown
    assert shown.count('class="evt"') == seen.count('class="evt"')
    assert f"KC-{later}" in page(app, organisation.bob, number)
    assert before.id == ticket(begin, number).id


def test_the_old_one_keeps_still_when_the_new_one_is_in_another_domain(
    begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, sent = closed(begin, organisation)
    with begin() as session:
        session.execute(
            update(Topic).where(Topic.id == organisation.parking.id).values(domain_id=organisation.social.id)
        )
    change(begin, number, topic_id=organisation.parking.id)
    before = ticket(begin, number)
    travel(monkeypatch, MONTH + MINUTE)
    later = ticket(begin, reply(begin, sent))
    after = ticket(begin, number)
    assert later.domain_id == organisation.social.id
    assert (after.rev, after.last_seq) == (before.rev, before.last_seq)


def test_danger_in_a_late_reply_is_urgent(
    begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, sent = closed(begin, organisation)
    change(begin, number, topic_id=organisation.parking.id)
    travel(monkeypatch, MONTH + MINUTE)
    later = ticket(begin, reply(begin, sent, "Min man slår mig, jag är rädd."))
    assert later.priority is Priority.URGENT


def test_late_replies_at_once_open_one_ticket(
    begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, sent = closed(begin, organisation)
    travel(monkeypatch, MONTH + MINUTE)
    texts = [f"Fråga {place}?" for place in range(6)]
    messages = [mail(text, references=(sent.message_id,), message_id=f"<{text[6]}@example.se>") for text in texts]
    for message in messages:
        accept(begin, message)
    claimed = claim(begin)
    with pool() as threads:
        list(threads.map(lambda pair: take_in(begin, *pair), zip(claimed, messages, strict=True)))
    [later] = rows(begin, Ticket, Ticket.number != number)
    assert len(entries(begin, later.number)) == 6


def test_by_the_reply_address_it_is_the_same(
    begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, sent = closed(begin, organisation)
    assert sent.reply_to is not None
    travel(monkeypatch, MONTH + MINUTE)
    message = mail("Nytt ämnesord, samma sak?", recipients=(MailAddress(sent.reply_to.value),))
    later = arrive(begin, message, sent.reply_to.value)
    assert ticket(begin, later).related_ticket_id == ticket(begin, number).id
    assert count(begin, Entry, Entry.ticket_id == ticket(begin, number).id, Entry.direction == "in") == 1


def test_the_api_tells_it_to_those_who_may_see_both(
    app: Flask, begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, sent = closed(begin, organisation)
    travel(monkeypatch, MONTH + MINUTE)
    later = reply(begin, sent)
    with begin() as session:
        agents = (organisation.alice, organisation.bob)
        held = {
            agent.name: tokens.add(session, "P", (Scope.READ,), session.get_one(Agent, agent.id)) for agent in agents
        }
        tickets.by_id(session, ticket(begin, later).id).domain_id = organisation.social.id
    told = {}
    for name, token in held.items():
        answered = app.test_client().get(f"/api/v1/tickets/{number}", headers={"Authorization": f"Bearer {token}"})
        assert answered.status_code == 200
        told[name] = answered.text
    assert f"KC-{later}" in told["Bob"]
    assert str(later) not in told["Alice"]
    assert told["Bob"].count('"seq"') == told["Alice"].count('"seq"') + 1


@pytest.mark.parametrize("automatic", ["auto_generated", "bulk", "null_sender", "list"])
def test_what_a_program_writes_of_something_long_ended_is_a_new_ticket_too(
    begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch, automatic: str
) -> None:
    number = arrive(begin, mail("Ett", message_id="<1@example.se>"))
    answer(begin, organisation.alice, number, close=True)
    [letter] = deliver(begin)
    travel(monkeypatch, timedelta(days=1_000))
    late = mail("Status: klart.", automatic=automatic, references=(letter.message_id,), message_id="<2@example.se>")
    assert arrive(begin, late) != number
    assert ticket(begin, number).status is Status.CLOSED


def test_a_mail_to_a_ticket_that_is_over_and_to_the_one_that_continues_it_is_written_once(
    begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = arrive(begin, mail("Ett", message_id="<1@example.se>"))
    answer(begin, organisation.alice, first, close=True)
    deliver(begin)
    travel(monkeypatch, timedelta(days=90))
    with begin(read_only=True):
        old = threads.reply_address(runtime.current().keys, ticket(begin, first).id, OURS)
    second = arrive(begin, mail("Vad gäller nu?", message_id="<2@example.se>"), old)
    with begin(read_only=True):
        new = threads.reply_address(runtime.current().keys, ticket(begin, second).id, OURS)
    arrive(begin, mail("Till er båda: en sak till?", message_id="<3@example.se>"), old, new)
    assert len([one for one in entries(begin, second) if one.direction is Direction.IN]) == 2

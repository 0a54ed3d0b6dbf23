"""Mail that nobody has to answer is parked: whole, with its reason, and a ticket with one click."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete

from channels.message import Address as MailAddress
from channels.message import InboundMessage
from contactcenter import clock, runtime
from contactcenter.errors import Conflict, NotFound
from contactcenter.model import Audit, Entry, Inbox, ParkedMail, SenderRule, Ticket, Topic
from contactcenter.model.words import ChannelKind, Direction, InboxState, Role, Status
from contactcenter.services import inbox, parking, threads, tickets
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
)
from tests.integration.people import Organisation, make_agent

AWAY = "Jag är på semester till den 3 augusti."


@pytest.fixture
def alice(app: Flask, organisation: Organisation) -> Browser:
    return Browser(app).signed_in(organisation.alice)


@pytest.fixture
def number(begin: Begin, organisation: Organisation) -> int:
    """A ticket with an answer that has left, waiting for the resident."""
    made = arrive(begin, mail("Får jag bygga?", subject="Altan", message_id="<first@example.se>"))
    answer(begin, organisation.alice, made)
    deliver(begin)
    return made


def away(begin: Begin, **fields: Any) -> InboundMessage:
    """What a program answers to our answer."""
    [ours] = rows(begin, Entry, Entry.direction == Direction.OUT)
    usual: dict[str, Any] = {"automatic": "auto_reply", "references": (ours.own_message_id,), "subject": "Autosvar"}
    return mail(fields.pop("text", AWAY), **(usual | fields))


def only(begin: Begin) -> ParkedMail:
    [row] = rows(begin, ParkedMail)
    return row


def again(begin: Begin, message: InboundMessage) -> None:
    """Somebody has asked for it, and now it is read again."""
    [claimed] = claim(begin)
    take_in(begin, claimed, message)


def rule(begin: Begin, pattern: str, action: str) -> None:
    with begin() as session:
        session.add(SenderRule(pattern=pattern, action=action))


# What is parked, and what is not


def test_an_absence_notice_is_parked_under_its_ticket_and_wakes_nobody(begin: Begin, number: int) -> None:
    before = ticket(begin, number)
    row = come(begin, away(begin))
    parked, after = only(begin), ticket(begin, number)
    assert (row.state, row.reason, row.ticket_id) == (InboxState.PARKED, "auto_reply", after.id)
    assert (parked.ticket_id, parked.reason, parked.subject, parked.text) == (after.id, "auto_reply", "Autosvar", AWAY)
    assert (after.status, after.new_reply) == (Status.WAITING_RESIDENT, False)
    assert (after.waiting_since, after.last_message_at, after.preview) == (
        before.waiting_since,
        before.last_message_at,
        before.preview,
    )
    assert after.rev == before.rev + 1
    assert happened(begin, number)[-1] == "mail_parked"
    assert len(entries(begin, number)) == 2


def test_an_absence_notice_does_not_open_a_closed_ticket(begin: Begin, number: int, organisation: Organisation) -> None:
    with begin() as session:
        row = tickets.by_id(session, ticket(begin, number).id)
        tickets.close(session, acting(begin, organisation.alice), row)
    come(begin, away(begin))
    assert ticket(begin, number).status is Status.CLOSED
    assert "reopened" not in happened(begin, number)


def test_what_answers_without_end_has_a_few_lines_in_the_ticket(begin: Begin, number: int) -> None:
    for copy in range(parking.LINES_IN_TICKET + 3):
        come(begin, away(begin, text=f"{AWAY} ({copy})", sender=f"robot{copy}@example.com"))
    assert happened(begin, number).count("mail_parked") == parking.LINES_IN_TICKET
    assert count(begin, ParkedMail) == parking.LINES_IN_TICKET + 3
    assert count(begin, Ticket) == 1


@pytest.mark.parametrize("pattern", ["@räksmörgås.example", "@xn--rksmrgs-5wao1o.example"])
@pytest.mark.parametrize("sender", ["a@räksmörgås.example", "a@xn--rksmrgs-5wao1o.example"])
def test_a_rule_about_a_domain_holds_however_it_is_spelled(
    begin: Begin, organisation: Organisation, pattern: str, sender: str
) -> None:
    rule(begin, pattern, "park")
    assert come(begin, mail("Köp!", sender=sender)).state is InboxState.PARKED


@pytest.mark.parametrize("reason", ["auto_reply", "bounce", "receipt", "list"])
def test_automatic_mail_about_nothing_of_ours_is_parked_alone(
    begin: Begin, organisation: Organisation, reason: str
) -> None:
    row = come(begin, mail("Nyheter", automatic=reason))
    assert (row.state, row.reason, row.ticket_id) == (InboxState.PARKED, reason, None)
    assert (only(begin).domain_id, count(begin, Ticket)) == (organisation.common.id, 0)


@pytest.mark.parametrize("reason", ["auto_generated", "bulk", "null_sender"])
def test_what_a_program_writes_of_a_matter_is_a_ticket(begin: Begin, organisation: Organisation, reason: str) -> None:
    """E-services say `Auto-Submitted: auto-generated` (RFC 3834 §5.1), and nobody else tells of what was filed."""
    row = come(begin, mail("Ansökan om bygglov har kommit in.", automatic=reason))
    assert (row.state, count(begin, ParkedMail), count(begin, Ticket)) == (InboxState.DONE, 0, 1)


def test_a_list_that_answers_us_is_written_in_its_ticket(begin: Begin, number: int) -> None:
    assert come(begin, away(begin, automatic="list")).state is InboxState.DONE
    assert len(entries(begin, number)) == 3


def test_danger_to_somebody_is_never_parked_as_a_list_or_for_its_sender(
    begin: Begin, organisation: Organisation
) -> None:
    rule(begin, "maja@example.se", parking.BLOCK)
    with begin() as session:
        session.get_one(Topic, organisation.danger.id).phrases = {"brinner": 9.0}
    urgent = "Det brinner i trapphuset, människor är kvar inne!"
    assert come(begin, mail(urgent)).state is InboxState.DONE
    assert come(begin, mail(urgent, sender="bo@example.com", automatic="list")).state is InboxState.DONE
    assert count(begin, ParkedMail) == 0


def test_our_own_mail_come_back_is_parked_under_its_ticket(begin: Begin, number: int) -> None:
    [ours] = rows(begin, Entry, Entry.direction == Direction.OUT)
    come(begin, mail("Hej Maja!", sender=OURS, message_id=ours.own_message_id))
    assert (only(begin).reason, only(begin).ticket_id) == ("own_loop", ours.ticket_id)


def test_a_forged_identifier_of_ours_is_no_mail_of_ours(begin: Begin, number: int) -> None:
    [ours] = rows(begin, Entry, Entry.direction == Direction.OUT)
    forged = (ours.own_message_id or "").replace("<r.", "<r.b", 1)[:-30] + "@ekhamra.example>"
    assert come(begin, mail("Hej!", message_id=forged)).state is InboxState.DONE


@pytest.mark.parametrize("pattern", ["bo@spam.example.com", "@spam.example.com", "@example.com"])
def test_mail_from_a_blocked_sender_is_parked(begin: Begin, organisation: Organisation, pattern: str) -> None:
    rule(begin, pattern, parking.BLOCK)
    assert come(begin, mail("Köp!", sender="bo@spam.example.com")).reason == "blocked"
    assert come(begin, mail("Köp mera!"), sender="Bo@Spam.Example.com").reason == "blocked"
    assert come(begin, mail("Hej!", sender="bo@notexample.com")).state is InboxState.DONE


def test_a_rule_about_an_address_weighs_more_than_one_about_its_domain(
    begin: Begin, organisation: Organisation
) -> None:
    rule(begin, "@example.com", parking.BLOCK)
    rule(begin, "e-tjanst@example.com", parking.TAKE_IN)
    assert come(begin, mail("Köp!", sender="bo@example.com")).reason == "blocked"
    found = come(begin, mail("Ny ansökan", sender="e-tjanst@example.com", automatic="list"))
    assert found.state is InboxState.DONE


def test_the_same_mail_delivered_twice_is_parked_once(begin: Begin, organisation: Organisation) -> None:
    message = mail(AWAY, automatic="auto_reply", message_id="<one@example.se>")
    assert come(begin, message).state is InboxState.PARKED
    second = come(begin, message, "bygglov@ekhamra.example")
    assert (second.state, second.reason, second.ticket_id) == (InboxState.DUPLICATE, "parked_before", None)
    assert count(begin, ParkedMail) == 1


# One click


def test_a_parked_mail_becomes_a_ticket_that_somebody_answers(
    begin: Begin, organisation: Organisation, alice: Browser
) -> None:
    message = mail("Jag har flyttat, vart betalar jag?", automatic="auto_reply")
    row = come(begin, message)
    said = alice.post(f"/parkerat/{only(begin).id}/ta-in")
    assert (said.status_code, said.headers["Location"]) == (303, f"/parkerat/{only(begin).id}")
    waits = alice.get(said.headers["Location"])
    assert (waits.status_code, waits.headers["Refresh"]) == (200, "2")
    again(begin, message)
    [mail_row], [made] = rows(begin, Inbox), rows(begin, Ticket)
    assert (mail_row.id, mail_row.state, mail_row.ticket_id) == (row.id, InboxState.DONE, made.id)
    assert made.reply_owed_since is not None
    assert alice.get(said.headers["Location"]).headers["Location"] == f"/arenden/{made.number}"
    assert (only(begin).taken_in, only(begin).agent_id) == (True, organisation.alice.id)
    assert alice.post(f"/parkerat/{only(begin).id}/ta-in").status_code == 303


def test_what_is_taken_in_after_all_goes_into_its_ticket_and_wakes_it(
    begin: Begin, number: int, organisation: Organisation
) -> None:
    message = away(begin)
    come(begin, message)
    with begin() as session:
        parking.take_in(session, acting(begin, organisation.alice), only(begin).id)
    again(begin, message)
    assert len(entries(begin, number)) == 3
    assert (ticket(begin, number).status, ticket(begin, number).new_reply) == (Status.OPEN, True)
    with begin() as session, pytest.raises(Conflict):
        parking.take_in(session, acting(begin, organisation.alice), only(begin).id)


def test_what_needs_nothing_is_put_aside_and_can_be_put_back(
    begin: Begin, organisation: Organisation, alice: Browser
) -> None:
    for subject in ("Ett", "Två", "Tre"):
        come(begin, mail(AWAY, subject=subject, automatic="auto_reply"))
    first, second, third = rows(begin, ParkedMail)
    text = alice.get("/parkerat").text
    assert text.index("Tre") < text.index("Två") < text.index("Ett")
    assert alice.post("/parkerat/klart", {"id": str(second.id)}).headers["Location"] == "/parkerat"
    assert "Två" not in alice.get("/parkerat").text
    assert "Alice" in alice.get("/parkerat?visa=allt").text
    alice.post("/parkerat/klart", {"id": str(second.id), "undo": "1"})
    assert "Två" in alice.get("/parkerat").text
    alice.post("/parkerat/klart", {"id": [str(first.id), str(third.id)]})
    assert [row.handled_at is None for row in rows(begin, ParkedMail)] == [False, True, False]
    assert alice.post("/parkerat/klart").status_code == 404
    assert alice.post("/parkerat/klart", {"id": "9999"}).status_code == 404


def test_the_navigation_counts_what_waits(begin: Begin, organisation: Organisation, alice: Browser) -> None:
    come(begin, mail(AWAY, automatic="auto_reply"))
    assert 'href="/parkerat"' in alice.get("/arenden").text
    assert alice.get("/f/antal").text.count('class="count"') == 1
    alice.post("/parkerat/klart", {"id": str(only(begin).id)})
    assert alice.get("/f/antal").text.count('class="count"') == 0


def test_a_page_of_fifty_leads_on(begin: Begin, organisation: Organisation, alice: Browser) -> None:
    with begin() as session:
        for place in range(51):
            raw = Inbox(channel=ChannelKind.EMAIL, dedupe_key=f"{place}", raw_key="x", size=1, state=InboxState.PARKED)
            session.add(raw)
            session.flush()
            row = ParkedMail(inbox_id=raw.id, domain_id=organisation.common.id, reason="list", subject=f"Nr {place}.")
            session.add(row)
    text = alice.get("/parkerat").text
    assert "Nr 50." in text
    assert "Nr 0." not in text
    oldest = rows(begin, ParkedMail)[1].id
    assert f"fore={oldest}" in text
    assert "Nr 0." in alice.get(f"/parkerat?fore={oldest}").text


# Who sees it


@pytest.mark.parametrize("role", list(Role))
def test_parked_mail_is_seen_by_those_who_sort_and_hold_its_domain(
    app: Flask, begin: Begin, organisation: Organisation, role: Role
) -> None:
    come(begin, mail(AWAY, automatic="auto_reply"))
    with begin() as session:
        near = make_agent(session, "Vera", role, domains=[organisation.common])
        far = make_agent(session, "Zoe", role)
    may = role in (Role.GUIDE, Role.SUPERVISOR, Role.ADMIN)
    expected = 200 if may else 404 if role is Role.SPECIALIST else 403
    url = f"/parkerat/{only(begin).id}"
    assert Browser(app).signed_in(near).get(url).status_code == expected
    assert Browser(app).signed_in(far).get(url).status_code in (403, 404)
    assert AWAY not in Browser(app).signed_in(far).get("/parkerat").text


def test_what_is_about_a_ticket_is_seen_with_the_ticket_wherever_that_is_moved(
    app: Flask, begin: Begin, number: int, organisation: Organisation, alice: Browser
) -> None:
    come(begin, away(begin))
    url = f"/parkerat/{only(begin).id}"
    assert alice.get(url).status_code == 200
    with begin() as session:
        tickets.by_id(session, ticket(begin, number).id).domain_id = organisation.social.id
    assert alice.get(url).status_code == 404
    assert alice.get(f"{url}/ra").status_code == 404
    assert alice.post(f"{url}/ta-in").status_code == 404
    assert AWAY not in alice.get("/parkerat").text
    with begin() as session, pytest.raises(NotFound):
        parking.take_in(session, acting(begin, organisation.alice), only(begin).id)


def test_looks_outside_the_common_domain_are_recorded(app: Flask, begin: Begin, organisation: Organisation) -> None:
    come(begin, mail(AWAY, automatic="auto_reply"))
    parked_id = only(begin).id
    with begin() as session:
        vera = make_agent(session, "Vera", Role.GUIDE, domains=[organisation.common, organisation.social])
    browser = Browser(app).signed_in(vera)
    for url in ("/parkerat", f"/parkerat/{parked_id}", f"/parkerat/{parked_id}/ra"):
        browser.get(url)
    assert not rows(begin, Audit, Audit.verb.like("parked%"))
    with begin() as session:
        session.get_one(ParkedMail, parked_id).domain_id = organisation.social.id
    for url in ("/parkerat", f"/parkerat/{parked_id}", f"/parkerat/{parked_id}/ra"):
        assert browser.get(url).status_code == 200
    browser.post("/parkerat/klart", {"id": str(parked_id)})
    recorded = rows(begin, Audit, Audit.verb.like("parked%"))
    assert [row.verb for row in recorded] == ["parked_listed", "parked_read", "parked_raw", "parked_handled"]
    assert {(row.agent_id, row.domain_id) for row in recorded} == {(vera.id, organisation.social.id)}


def test_a_protected_identity_is_not_told(begin: Begin, number: int, alice: Browser) -> None:
    come(begin, away(begin))
    with begin() as session:
        person = tickets.by_id(session, ticket(begin, number).id).person
        assert person is not None
        person.protected_identity = True
    text = alice.get(f"/parkerat/{only(begin).id}").text
    assert "maja@example.se" not in text
    assert "Skyddade personuppgifter" in text


def test_strange_words_are_only_shown(begin: Begin, organisation: Organisation, alice: Browser) -> None:
    come(begin, mail("<script>alert(1)</script>", name="<b>", subject='"><img src=x>', automatic="auto_reply"))
    for url in ("/parkerat", f"/parkerat/{only(begin).id}"):
        text = alice.get(url).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text


def test_the_line_in_the_timeline_leads_to_the_mail(begin: Begin, number: int, alice: Browser) -> None:
    come(begin, away(begin))
    text = alice.get(f"/arenden/{number}").text
    assert f'href="/parkerat/{only(begin).id}"' in text
    assert "Automatiskt svar: parkerat, och ärendet fortsätter som förut" in text


def test_the_mail_can_be_had_as_it_came(begin: Begin, organisation: Organisation, alice: Browser) -> None:
    message = mail(AWAY, automatic="auto_reply")
    come(begin, message)
    response = alice.get(f"/parkerat/{only(begin).id}/ra")
    assert response.data == repr(message).encode()
    assert response.headers["Content-Disposition"].startswith("attachment")


def test_an_absence_notice_to_our_return_path_finds_its_ticket(begin: Begin, number: int) -> None:
    """Programs that answer by themselves write to the return path (RFC 3834 §4), often without references."""
    [ours] = rows(begin, Entry, Entry.direction == Direction.OUT)
    with begin(read_only=True):
        returned = threads.return_path(runtime.current().keys, ours.id, OURS)
    message = mail(AWAY, automatic="auto_reply", recipients=(MailAddress(returned),), sender="robot@example.com")
    assert come(begin, message, returned, sender="").ticket_id == ours.ticket_id
    assert (clock.now() - only(begin).created_at).total_seconds() < 60


def test_waiting_mail_that_was_accepted_again_stays_one(begin: Begin, organisation: Organisation) -> None:
    message = mail(AWAY, automatic="auto_reply")
    come(begin, message)
    accept(begin, message)
    assert [row.seen_count for row in rows(begin, Inbox)] == [2]
    assert count(begin, ParkedMail) == 1


def test_what_cannot_be_read_again_says_that_it_is_in_quarantine(
    begin: Begin, organisation: Organisation, alice: Browser
) -> None:
    come(begin, mail(AWAY, automatic="auto_reply"))
    alice.post(f"/parkerat/{only(begin).id}/ta-in")
    [claimed] = claim(begin)
    with begin() as session:
        inbox.quarantine(session, claimed, "timeout", "too long")
    assert "ligger nu i karantän" in alice.get(f"/parkerat/{only(begin).id}").text


def test_danger_to_somebody_is_not_parked_for_its_subject_or_what_it_says_of_itself(
    begin: Begin, organisation: Organisation
) -> None:
    with begin() as session:
        session.get_one(Topic, organisation.danger.id).phrases = {"brinner": 9.0}
    for reason in ("auto_reply", "bounce", "receipt", "list", "away_subject"):
        burning = mail(f"Det brinner i trapphuset ({reason})!", automatic=reason)
        assert come(begin, burning).state is InboxState.DONE, reason
    assert count(begin, ParkedMail) == 0


def test_a_person_who_asks_about_an_absence_notice_is_answered(begin: Begin, organisation: Organisation) -> None:
    row = come(begin, mail("Jag fick det här från er, vad betyder det?", automatic="away_subject"))
    assert row.state is InboxState.DONE
    [made] = rows(begin, Ticket)
    assert made.reply_owed_since is not None


def test_nobody_protected_is_told_where_no_ticket_is(begin: Begin, number: int, alice: Browser) -> None:
    with begin() as session:
        person = tickets.by_id(session, ticket(begin, number).id).person
        assert person is not None
        person.protected_identity = True
    come(begin, mail(AWAY, automatic="auto_reply", subject="Borta"))
    for url in ("/parkerat", f"/parkerat/{only(begin).id}"):
        text = alice.get(url).text
        assert "maja@example.se" not in text
        assert "Maja Exempel" not in text


def test_our_signed_addresses_are_not_shown(begin: Begin, number: int, alice: Browser) -> None:
    with begin(read_only=True):
        signed = threads.reply_address(runtime.current().keys, ticket(begin, number).id, OURS)
    come(begin, mail(AWAY, automatic="auto_reply", sender="robot@example.com"), signed)
    text = alice.get(f"/parkerat/{only(begin).id}").text
    assert signed not in text
    assert OURS in text


def test_who_does_not_sort_mail_is_offered_none(
    app: Flask, begin: Begin, number: int, organisation: Organisation
) -> None:
    come(begin, away(begin))
    with begin() as session:
        host = make_agent(session, "Vera", Role.IT_HOST, domains=[organisation.common])
        session.flush()
        tickets.by_id(session, ticket(begin, number).id).assignee_id = host.id
    text = Browser(app).signed_in(host).get(f"/arenden/{number}").text
    assert "parkerat, och ärendet fortsätter" in text
    assert "/parkerat/" not in text


def test_what_is_taken_in_and_was_there_already_leads_to_its_ticket(
    begin: Begin, organisation: Organisation, alice: Browser
) -> None:
    rule(begin, "maja@example.se", parking.BLOCK)
    message = mail("Jag behöver hjälp.", message_id="<one@example.se>")
    come(begin, message)
    with begin() as session:
        session.execute(delete(SenderRule))
    first = arrive(begin, message, "bygglov@ekhamra.example")
    alice.post(f"/parkerat/{only(begin).id}/ta-in")
    again(begin, message)
    said = alice.get(f"/parkerat/{only(begin).id}")
    assert said.headers["Location"] == f"/arenden/{first}"

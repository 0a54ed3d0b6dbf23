"""Who wrote: what is believed of a sender, what is shown of it, and that nobody gets in or gets answers by claiming."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from channels.message import Address as MailAddress
from channels.message import InboundMessage, OutboundMessage
from contactcenter import runtime
from contactcenter.mailbox_settings import MailboxSettings
from contactcenter.model import Agent, Entry, Inbox, MailUid, Office, Person, Ticket
from contactcenter.model.words import EntryKind, Relation, Verification
from contactcenter.services import own_addresses
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import (
    OURS,
    accept,
    answer,
    arrive,
    claim,
    count,
    deliver,
    entries,
    mail,
    rows,
    take_in,
    ticket,
)
from tests.integration.people import Organisation

MX = "mx.ekhamra.example"
PASSED, FAILED = ((MX, "pass"),), ((MX, "fail"),)
STRANGER = "syster@example.com"
GATA = "gata@ekhamra.example"


@pytest.fixture
def trusting(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server before us is believed about who sent a mail."""
    with app.app_context():
        here = runtime.current()
    channels = here.settings.channels
    mail_settings = replace(channels.mail, trusted_authserv=(MX,))
    settings = replace(here.settings, channels=replace(channels, mail=mail_settings))
    monkeypatch.setitem(app.extensions, "contactcenter", replace(here, settings=settings))


@pytest.fixture
def number(begin: Begin, organisation: Organisation) -> int:
    return arrive(begin, mail("Får jag bygga?", message_id="<first@example.se>"))


@pytest.fixture
def letter(begin: Begin, organisation: Organisation, number: int) -> OutboundMessage:
    answer(begin, organisation.alice, number)
    [sent] = deliver(begin)
    return sent


def again(text: str, letter: OutboundMessage, **fields: Any) -> InboundMessage:
    return mail(text, references=(letter.message_id,), **fields)


def page(app: Flask, organisation: Organisation, number: int) -> str:
    return Browser(app).signed_in(organisation.alice).get(f"/arenden/{number}").text


def last(begin: Begin, number: int) -> Entry:
    return entries(begin, number)[-1]


class TestLevels:
    def test_what_nobody_has_checked_is_as_stated(
        self, app: Flask, begin: Begin, organisation: Organisation, number: int
    ) -> None:
        assert last(begin, number).verification is Verification.CLAIMED
        assert "Enligt egen uppgift" in page(app, organisation, number)

    def test_a_servers_word_is_nothing_where_none_is_trusted(self, begin: Begin, organisation: Organisation) -> None:
        for said in (PASSED, FAILED):
            number = arrive(begin, mail(f"Hej {said}", attested=said))
            assert last(begin, number).verification is Verification.CLAIMED
            assert ticket(begin, number).person_id is not None

    @pytest.mark.usefixtures("trusting")
    def test_a_sender_that_our_server_confirms(self, app: Flask, begin: Begin, organisation: Organisation) -> None:
        number = arrive(begin, mail(attested=PASSED))
        assert last(begin, number).verification is Verification.AUTHENTICATED
        assert "Avsändaren bekräftad" in page(app, organisation, number)

    @pytest.mark.usefixtures("trusting")
    def test_a_sender_that_fails_is_shown_and_is_nobody_we_know(
        self, app: Flask, begin: Begin, organisation: Organisation
    ) -> None:
        first = arrive(begin, mail("Jag"))
        number = arrive(begin, mail("Jag är Maja", attested=FAILED))
        shown = page(app, organisation, number)
        assert "Avsändaren inte bekräftad" in shown
        assert "Avsändaren kunde inte bekräftas" in shown
        assert last(begin, number).verification is Verification.CLAIMED
        assert ticket(begin, first).person_id is not None
        assert ticket(begin, number).person_id is None

    @pytest.mark.usefixtures("trusting")
    def test_another_servers_word_is_not_taken(self, begin: Begin, organisation: Organisation) -> None:
        attested = (("mx.other.example", "pass"), (MX, ""), (MX, "pass"))
        assert last(begin, arrive(begin, mail(attested=attested))).verification is Verification.CLAIMED

    @pytest.mark.usefixtures("trusting")
    def test_a_mail_that_contradicts_itself_is_never_confirmed(self, begin: Begin, organisation: Organisation) -> None:
        number = arrive(begin, mail(attested=PASSED, sender_doubt="several_from"))
        assert last(begin, number).verification is Verification.CLAIMED

    def test_a_mailbox_may_have_a_server_of_its_own(
        self, app: Flask, begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with app.app_context():
            here = runtime.current()
        box = MailboxSettings(name="kontakt", address=OURS, trusted_authserv=("",))
        mail_settings = replace(here.settings.channels.mail, mailboxes=(box,))
        settings = replace(here.settings, channels=replace(here.settings.channels, mail=mail_settings))
        monkeypatch.setitem(app.extensions, "contactcenter", replace(here, settings=settings))
        numbers = []
        for text, mailbox in (("Därifrån", "kontakt"), ("Annorstädes", "")):
            message = mail(text, attested=(("", "pass"),))
            accept(begin, message)
            [claimed] = claim(begin)
            with begin() as session:
                if mailbox:
                    values = {"mailbox": mailbox, "uidvalidity": 1, "uid": 1, "is_repeat": False}
                    session.add(MailUid(inbox_id=claimed.inbox_id, **values))
            take_in(begin, claimed, message)
            [row] = rows(begin, Inbox, Inbox.id == claimed.inbox_id)
            numbers.append(rows(begin, Ticket, Ticket.id == row.ticket_id)[0].number)
        found = [last(begin, number).verification for number in numbers]
        assert found == [Verification.AUTHENTICATED, Verification.CLAIMED]


class TestLadder:
    @pytest.mark.usefixtures("trusting")
    def test_a_known_reference_needs_a_sender_that_has_not_failed(self, begin: Begin, number: int) -> None:
        def known(text: str, said: tuple[tuple[str, str], ...]) -> int:
            return arrive(begin, mail(text, references=("<first@example.se>",), attested=said))

        assert known("Jag är Maja", FAILED) != number
        assert known("Det är jag", PASSED) == known("Och ingen sade något", ()) == number

    @pytest.mark.usefixtures("trusting")
    def test_our_letter_joins_also_where_the_sender_fails_and_says_so(
        self, app: Flask, begin: Begin, organisation: Organisation, number: int, letter: OutboundMessage
    ) -> None:
        assert arrive(begin, again("Vidaresänt via en lista", letter, attested=FAILED)) == number
        assert last(begin, number).verification is Verification.TOKEN
        assert "Avsändaren kunde inte bekräftas" in page(app, organisation, number)


class TestNewSender:
    def test_a_new_sender_is_shown_and_answers_go_where_they_went(
        self, app: Flask, begin: Begin, organisation: Organisation, number: int, letter: OutboundMessage
    ) -> None:
        sister = again("Jag är hennes syster", letter, sender=STRANGER, copies=(MailAddress("kopia@example.org"),))
        assert arrive(begin, sister) == number
        shown = page(app, organisation, number)
        assert f"Ny avsändare i ärendet: {STRANGER}. Svaret går fortfarande till maja@example.se" in shown
        assert "Svarar på vårt mejl" in shown
        answer(begin, organisation.alice, number, "Hej igen")
        [sent] = deliver(begin)
        assert ([to.value for to in sent.recipients], sent.copies) == (["maja@example.se"], ())

    def test_the_second_time_they_are_not_new(
        self, app: Flask, begin: Begin, organisation: Organisation, number: int, letter: OutboundMessage
    ) -> None:
        for text in ("Jag är hennes syster", "Jag igen"):
            arrive(begin, again(text, letter, sender=STRANGER))
        assert [entry.data.get("newcomer") for entry in entries(begin, number)] == [None, None, True, None]
        assert f"Skrivet från en annan adress: {STRANGER}" in page(app, organisation, number)

    def test_neither_is_whom_a_colleague_has_written_to(
        self, begin: Begin, organisation: Organisation, number: int, letter: OutboundMessage
    ) -> None:
        with begin() as session:
            [out] = [each for each in entries(begin, number) if each.agent_id]
            entry = session.get_one(Entry, out.id)
            assert entry.message is not None
            entry.message.copies = [STRANGER]
        arrive(begin, again("Jag fick er kopia", letter, sender=STRANGER))
        assert "newcomer" not in last(begin, number).data

    def test_of_a_protected_resident_no_address_is_named(
        self, app: Flask, begin: Begin, organisation: Organisation, number: int, letter: OutboundMessage
    ) -> None:
        with begin() as session:
            session.execute(update(Person).values(protected_identity=True))
        arrive(begin, again("Jag är hennes syster", letter, sender=STRANGER))
        shown = page(app, organisation, number)
        assert "Ny avsändare i ärendet. Svaret går fortfarande till invånaren." in shown
        assert STRANGER not in shown
        assert "maja@example.se" not in shown


class TestPosing:
    def test_a_colleagues_address_makes_no_colleagues_line(
        self, app: Flask, begin: Begin, organisation: Organisation, number: int, letter: OutboundMessage
    ) -> None:
        """Scenario 2, the half of it that holds our letter."""
        forged = again("Stäng ärendet.", letter, sender="alice@ekhamra.example", name="Alice")
        assert arrive(begin, forged) == number
        entry = last(begin, number)
        assert (entry.agent_id, entry.direction.value) == (None, "in")
        shown = page(app, organisation, number)
        assert "Påstår sig vara Alice, som arbetar här (alice@ekhamra.example). Obekräftat" in shown

    def test_it_takes_part_in_nothing_and_is_no_resident(self, begin: Begin, organisation: Organisation) -> None:
        first = arrive(begin, mail("Hej", sender="alice@ekhamra.example", message_id="<a@example.se>"))
        assert ticket(begin, first).person_id is None
        second = mail("Mer", sender="alice@ekhamra.example", references=("<a@example.se>",))
        assert arrive(begin, second) != first
        assert count(begin, Person) == 0

    @pytest.mark.usefixtures("trusting")
    def test_confirmed_it_is_still_no_act_of_theirs(
        self, app: Flask, begin: Begin, organisation: Organisation, number: int, letter: OutboundMessage
    ) -> None:
        arrive(begin, again("Jag skriver hemifrån", letter, sender="alice@ekhamra.example", attested=PASSED))
        entry = last(begin, number)
        assert (entry.agent_id, entry.verification) == (None, Verification.AUTHENTICATED)
        shown = page(app, organisation, number)
        assert "Från Alice, som arbetar här. Det som skrivs i ett mejl är ingen åtgärd av en kollega." in shown
        assert "Påstår sig" not in shown

    @pytest.mark.parametrize("address", [OURS, GATA, "kontakt+x@ekhamra.example"])
    def test_one_of_our_own_addresses_is_said_to_claim_so(
        self, app: Flask, begin: Begin, organisation: Organisation, address: str
    ) -> None:
        number = arrive(begin, mail("Hej", sender=address))
        assert f"Påstår sig vara vi ({address}). Obekräftat" in page(app, organisation, number)


class TestSentOn:
    def test_to_another_address_of_ours_it_is_a_new_ticket_linked_to_the_old(
        self, app: Flask, begin: Begin, organisation: Organisation, number: int, letter: OutboundMessage
    ) -> None:
        """Whatever stands before the subject."""
        for subject in ("VB: En fråga", "Sv: En fråga", "En fråga", "WG: En fråga"):
            message = again(f"Se nedan ({subject})", letter, subject=subject, recipients=(MailAddress(GATA),))
            other = arrive(begin, message, GATA)
            shown = ticket(begin, other)
            assert other != number
            assert (shown.related_ticket_id, shown.related_as) == (ticket(begin, number).id, Relation.FORWARDED)
            assert "mejlet skickades vidare därifrån" in page(app, organisation, other)
            assert f'Skickades vidare till <a class="lnk num" href="/arenden/{other}"' in page(
                app, organisation, number
            )
        assert len(entries(begin, number)) == 2

    def test_also_by_a_known_reference_alone(self, begin: Begin, organisation: Organisation, number: int) -> None:
        message = mail("Se nedan", references=("<first@example.se>",), recipients=(MailAddress(GATA),))
        assert ticket(begin, arrive(begin, message, GATA)).related_as is Relation.FORWARDED

    def test_an_answer_to_all_with_one_of_its_own_addresses_stays(
        self, begin: Begin, organisation: Organisation, number: int, letter: OutboundMessage
    ) -> None:
        both = (MailAddress(OURS), MailAddress(GATA))
        for address in (OURS, GATA):
            message = again("Till er båda", letter, recipients=both, message_id="<both@example.se>")
            assert arrive(begin, message, address) == number
        copied = again("Kopia dit", letter, recipients=(MailAddress(GATA),), copies=(MailAddress(OURS),))
        assert arrive(begin, copied, GATA) == number
        assert arrive(begin, again("Dold kopia", letter, recipients=(MailAddress("bo@example.com"),))) == number

    def test_an_answer_to_an_address_that_an_answer_came_from_stays(
        self, begin: Begin, organisation: Organisation, number: int, letter: OutboundMessage
    ) -> None:
        """Its office or group was another then."""
        with begin() as session:
            session.execute(update(Ticket).where(Ticket.number == number).values(office_id=organisation.north.id))
            session.execute(
                update(Office).where(Office.id == organisation.north.id).values(mail_address="norra@ekhamra.example")
            )
        message = again("Till kontoret", letter, recipients=(MailAddress("Norra@Ekhamra.example"),))
        assert arrive(begin, message, "norra@ekhamra.example") == number

    def test_to_the_signed_address_it_stays_whoever_else_gets_it(
        self, begin: Begin, organisation: Organisation, number: int, letter: OutboundMessage
    ) -> None:
        assert letter.reply_to is not None
        to = (MailAddress(GATA), letter.reply_to)
        assert arrive(begin, again("Till er båda", letter, recipients=to), GATA) == number

    def test_an_unknown_address_of_our_domain_leads_nowhere_else(
        self, begin: Begin, organisation: Organisation, number: int, letter: OutboundMessage
    ) -> None:
        message = again("Till ett alias", letter, recipients=(MailAddress("alias@ekhamra.example"),))
        assert arrive(begin, message, "alias@ekhamra.example") == number

    def test_an_absence_notice_is_not_sent_on_by_anybody(
        self, begin: Begin, organisation: Organisation, number: int, letter: OutboundMessage
    ) -> None:
        message = again("Borta", letter, recipients=(MailAddress(GATA),), automatic="auto_reply")
        assert arrive(begin, message, GATA) == number


def test_a_hint_is_told_with_its_reason_on_the_new_ticket_only(
    app: Flask, begin: Begin, organisation: Organisation, number: int
) -> None:
    """Scenario 1: the old ticket is as it was, and says nothing of it."""
    before = ticket(begin, number)
    by_number = arrive(begin, mail("Hej", sender="bo@example.com", subject=f"SV: [KC-{number}] En fråga"))
    by_reference = arrive(begin, mail("Hej", sender="bo@example.com", references=("<first@example.se>",)))
    assert f"KC-{number}</a>: numret står i ämnesraden" in page(app, organisation, by_number)
    assert f"KC-{number}</a>: mejlet hänvisar till ett meddelande där" in page(app, organisation, by_reference)
    shown = page(app, organisation, number)
    assert f"KC-{by_number}" not in shown
    assert f"KC-{by_reference}" not in shown
    after = ticket(begin, number)
    assert (after.rev, after.last_seq, after.status) == (before.rev, before.last_seq, before.status)


def test_which_addresses_are_ours(app: Flask, begin: Begin, organisation: Organisation) -> None:
    asked = [OURS, GATA, "maja@example.se", "alias@ekhamra.example"]
    with begin(read_only=True) as session:
        assert own_addresses.ours(session, asked) == {OURS, GATA}
        assert own_addresses.ours(session, []) == frozenset()
        other_letters = own_addresses.bare("kontakt+abc@ｅkhamra.example")
        assert own_addresses.ours(session, [other_letters]) == {OURS}
    assert own_addresses.bare(" Kontakt+Abc@Ekhamra.example") == OURS
    assert count(begin, Agent) > 0
    assert count(begin, Entry, Entry.kind == EntryKind.MESSAGE) == 0

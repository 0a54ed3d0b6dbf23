"""A protected identity: what may be an address of the person stands on no page, also what was there before."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select, update

from channels.errors import ChannelError, OutcomeUnknown, Refused, TryLater
from contactcenter import clock
from contactcenter.model import Address, Draft, Entry, Outbox, Person, PersonAddress, Ticket
from contactcenter.model.words import DraftKind
from contactcenter.services.recipients import Wanted
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import answer, arrive, deliver, mail, rows, ticket
from tests.integration.people import Organisation
from tests.integration.test_recipients import our_ids

MAJA, BO, WORK = "maja@example.se", "bo@example.com", "maja@arbete.example"
LETTERS, SENT = "maja@räksmörgås.example", "maja@xn--rksmrgs-5wao1o.example"


@pytest.fixture
def alice(app: Flask, organisation: Organisation) -> Browser:
    return Browser(app).signed_in(organisation.alice)


@pytest.fixture
def number(begin: Begin, organisation: Organisation) -> int:
    """A ticket of Maja, who has written from work too; a guide has confirmed that it is she."""
    number = arrive(begin, mail("Får jag bygga?", subject="Bygglov", message_id="<first@example.se>"))
    answer(begin, organisation.alice, number)
    deliver(begin)
    arrive(begin, mail("Från jobbet", sender=WORK, message_id="<job@arbete.example>", references=our_ids(begin)))
    with begin() as session:
        row = session.get_one(Ticket, ticket(begin, number).id)
        address_id = session.scalars(select(Address.id).where(Address.value == WORK)).one()
        session.add(PersonAddress(person_id=row.person_id, address_id=address_id, verified_at=clock.now()))
    return number


def protect(begin: Begin) -> None:
    with begin() as session:
        session.execute(update(Person).values(protected_identity=True))


def test_what_was_told_before_the_protection_is_hidden_with_it(
    begin: Begin, organisation: Organisation, alice: Browser, number: int
) -> None:
    answer(begin, organisation.alice, number, "två", wanted=Wanted(WORK, BO))
    deliver(begin, Refused(f"550 5.1.1 <{WORK}>: unknown"))
    with begin() as session:
        session.add(
            Draft(
                ticket_id=ticket(begin, number).id,
                agent_id=organisation.alice.id,
                kind=DraftKind.REPLY,
                text="tre",
                recipients=f'"Maja" <{WORK}>, {BO}',
                copies=WORK.upper(),
                saved_at=clock.now(),
            )
        )
    before = alice.get(f"/arenden/{number}").text
    assert WORK in before
    protect(begin)
    page = alice.get(f"/arenden/{number}").text
    assert WORK not in page.lower()
    assert MAJA not in page.lower()
    assert f"Till invånaren (skyddad) · Kopia: {BO}" in " ".join(page.split())


@pytest.mark.parametrize("outcome", [Refused, TryLater, OutcomeUnknown])
def test_what_a_server_says_names_none_of_the_person_s_addresses(
    begin: Begin, organisation: Organisation, alice: Browser, outcome: type[ChannelError]
) -> None:
    number = arrive(begin, mail("Hej", sender=LETTERS, message_id="<r@example.se>"))
    protect(begin)
    entry_id = answer(begin, organisation.alice, number)
    deliver(begin, outcome(f"450 4.1.1 <{SENT}>: {LETTERS.upper()} no"))
    [entry] = rows(begin, Entry, Entry.id == entry_id)
    [promise] = rows(begin, Outbox, Outbox.subject_id == entry_id)
    page = alice.get(f"/arenden/{number}").text.lower()
    for said in (entry.failure, promise.error, page):
        assert SENT not in said
        assert LETTERS not in said.lower()
    assert entry.failure == "450 4.1.1 <***>: *** no"

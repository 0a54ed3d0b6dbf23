"""Which ticket does a mail belong to? Signed addresses and ids are believed, everything else only of who takes part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from channels.message import Address as MailAddress
from channels.message import OutboundMessage
from contactcenter import runtime
from contactcenter.keys import Signer
from contactcenter.model import Address, Entry, Person, PersonAddress, Ticket
from contactcenter.model.words import Verification
from contactcenter.services import threads
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import OURS, answer, arrive, deliver, entries, mail, ticket
from tests.integration.people import Organisation, make_address, make_person

STRANGER = "okand@example.com"
FORGER = Signer(b"f" * 32, "reply-address")


@pytest.fixture
def number(begin: Begin, organisation: Organisation) -> int:
    """A ticket of Maja's, with one mail."""
    return arrive(begin, mail("Får jag bygga?", message_id="<first@example.se>"))


@pytest.fixture
def letter(begin: Begin, organisation: Organisation, number: int) -> OutboundMessage:
    """Our answer to it, as it left."""
    answer(begin, organisation.alice, number)
    [sent] = deliver(begin)
    return sent


def reply_to(letter: OutboundMessage) -> str:
    assert letter.reply_to is not None
    return letter.reply_to.value


def verification(begin: Begin, number: int) -> Verification:
    return entries(begin, number)[-1].verification


@pytest.mark.parametrize("place", ["to", "cc", "envelope"])
def test_our_signed_address_joins_whoever_writes_to_it(
    begin: Begin, number: int, letter: OutboundMessage, place: str
) -> None:
    plain = reply_to(letter)
    for address in (plain, plain.upper(), plain.title()):
        shown = (MailAddress("kopia@example.se"), MailAddress(address))
        fields: dict[str, Any] = {"to": {"recipients": shown}, "cc": {"copies": shown}, "envelope": {}}[place]
        message = mail(f"Till {address}", sender=STRANGER, **fields)
        assert arrive(begin, message, address if place == "envelope" else OURS) == number
        assert verification(begin, number) is Verification.TOKEN


def test_a_mail_to_the_signed_addresses_of_two_tickets_is_in_both(
    begin: Begin, organisation: Organisation, number: int, letter: OutboundMessage
) -> None:
    """Also when it comes once for each address: then the second finds everything there."""
    other = arrive(begin, mail("En annan sak"))
    answer(begin, organisation.alice, other, "Om den andra saken")
    [second] = deliver(begin)
    both = (MailAddress(reply_to(letter)), MailAddress(reply_to(second)))
    message = mail("Gäller båda", recipients=both, message_id="<both@example.se>")
    for address in both:
        assert arrive(begin, message, address.value) == number
    for joined in (number, other):
        assert [entry.message_id for entry in entries(begin, joined)].count("<both@example.se>") == 1
        assert verification(begin, joined) is Verification.TOKEN


def test_our_signed_message_id_joins_from_anywhere_in_the_references(
    begin: Begin, number: int, letter: OutboundMessage
) -> None:
    for ours in (letter.message_id, letter.message_id.upper()):
        references = ("<other@example.se>", ours, "<later@example.se>")
        assert arrive(begin, mail(f"Svar på {ours}", sender=STRANGER, references=references)) == number
        assert verification(begin, number) is Verification.TOKEN


def test_the_newest_of_our_ids_decides(begin: Begin, organisation: Organisation, letter: OutboundMessage) -> None:
    other = arrive(begin, mail("En annan sak"))
    answer(begin, organisation.alice, other, "Om den andra saken")
    [second] = deliver(begin)
    assert arrive(begin, mail("Svar", references=(letter.message_id, second.message_id))) == other


def test_a_known_reference_joins_a_sender_who_takes_part(begin: Begin, number: int) -> None:
    assert arrive(begin, mail("Mer", references=("<unknown@example.se>", "<first@example.se>"))) == number
    assert verification(begin, number) is Verification.CLAIMED


def test_who_came_in_by_our_address_takes_part_afterwards(begin: Begin, number: int, letter: OutboundMessage) -> None:
    """A relative who answers with the signed address goes on without it."""
    relative = mail("Jag är hennes syster", sender=STRANGER, message_id="<sister@example.com>")
    assert arrive(begin, relative, reply_to(letter)) == number
    assert arrive(begin, mail("Mer", sender=STRANGER, references=("<sister@example.com>",))) == number


def assert_new_and_linked(begin: Begin, first: int, second: int) -> None:
    assert second != first
    assert ticket(begin, second).related_ticket_id == ticket(begin, first).id
    assert len(entries(begin, first)) == 1


def test_a_known_reference_of_a_stranger_is_a_new_ticket_with_a_link(begin: Begin, number: int) -> None:
    message = mail("Jag med", sender=STRANGER, references=("<first@example.se>",))
    assert_new_and_linked(begin, number, arrive(begin, message))


@pytest.mark.parametrize("doubt", ["several_from", "no_from"])
def test_a_doubtful_sender_takes_part_in_nothing(begin: Begin, number: int, doubt: str) -> None:
    message = mail("Jag är Maja", references=("<first@example.se>",), sender_doubt=doubt)
    assert_new_and_linked(begin, number, arrive(begin, message))


def test_a_copied_message_id_does_not_cut_off_who_takes_part(begin: Begin, number: int) -> None:
    """A stranger has used the same Message-ID for a mail of his own; hers still belong together."""
    copied = arrive(begin, mail("Kapad", sender=STRANGER, message_id="<first@example.se>"))
    assert copied != number
    assert arrive(begin, mail("Mer från mig", references=("<first@example.se>",))) == number
    assert arrive(begin, mail("Mer från honom", sender=STRANGER, references=("<first@example.se>",))) == copied


def test_a_forged_address_opens_a_new_ticket(begin: Begin, number: int) -> None:
    forged = f"kontakt+{FORGER.sign(ticket(begin, number).id)}@ekhamra.example"
    assert arrive(begin, mail("Släpp in mig", sender=STRANGER, recipients=(MailAddress(forged),)), forged) != number


def test_a_changed_or_shortened_token_opens_a_new_ticket(begin: Begin, number: int, letter: OutboundMessage) -> None:
    address = reply_to(letter)
    token = address.partition("+")[2].partition("@")[0]
    swapped = token[:-5] + ("b" if token[-5] == "a" else "a") + token[-4:]
    for bad in (swapped, token[:-1], token[1:], token + "a", token * 2):
        message = mail(f"Med {bad}", sender=STRANGER)
        assert arrive(begin, message, address.replace(token, bad)) != number


def test_a_forged_message_id_of_ours_opens_a_new_ticket(begin: Begin, number: int, letter: OutboundMessage) -> None:
    with begin(read_only=True) as session:
        entry_id = session.scalars(select(Entry.id).where(Entry.own_message_id == letter.message_id)).one()
        keys = runtime.current().keys
    forged = [
        f"<r.{FORGER.sign(entry_id)}@ekhamra.example>",
        f"<r.{keys.reply_address.sign(entry_id)}@ekhamra.example>",
        f"<x.{letter.message_id[3:]}",
        letter.message_id.replace("<r.", "<r.a"),
    ]
    for reference in forged:
        assert arrive(begin, mail(f"Med {reference}", sender=STRANGER, references=(reference,))) != number


def test_a_signed_address_of_a_ticket_that_is_gone_opens_a_new_one(begin: Begin, organisation: Organisation) -> None:
    with begin(read_only=True):
        address = threads.reply_address(runtime.current().keys, 4711, OURS)
    assert arrive(begin, mail(), address) == 1001


def test_a_number_in_the_subject_only_suggests(begin: Begin, number: int) -> None:
    for subject in (f"Sv: Bygglov [KC-{number}]", f"kc-{number}"):
        assert_new_and_linked(begin, number, arrive(begin, mail("Samma person", subject=subject)))
    assert ticket(begin, arrive(begin, mail("x", subject="KC-999999999"))).related_ticket_id is None
    assert ticket(begin, arrive(begin, mail("y", subject=f"AKC-{number} {number}"))).related_ticket_id is None


def test_a_new_mail_of_a_known_sender_is_a_new_ticket(begin: Begin, number: int) -> None:
    second = arrive(begin, mail("Något helt annat"))
    assert second != number
    assert ticket(begin, second).related_ticket_id is None


def test_nobody_is_guessed_where_several_share_an_address(begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        couple = [make_person(session, name) for name in ("Maja Exempel", "Olle Exempel")]
        make_address(session, "familjen@example.se", *couple)
    shown = ticket(begin, arrive(begin, mail(sender="familjen@example.se", name="Maja Exempel")))
    assert shown.person_id is None
    assert shown.address_id is not None
    assert shown.sender == "Maja Exempel"
    with begin(read_only=True) as session:
        assert len(session.scalars(select(Person)).all()) == 2


def test_one_person_on_an_address_is_known_whatever_the_name_says(begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        person = make_person(session, "Maja Exempel")
        make_address(session, "maja@example.se", person)
    assert ticket(begin, arrive(begin, mail(name="Någon Annan"))).person_id == person.id
    with begin(read_only=True) as session:
        assert session.scalars(select(Person.name)).all() == ["Maja Exempel"]
        links: Sequence[PersonAddress] = session.scalars(select(PersonAddress)).all()
    assert [link.verified_at for link in links] == [None]


def test_a_joined_mail_never_changes_whose_ticket_it_is(begin: Begin, number: int, letter: OutboundMessage) -> None:
    before = ticket(begin, number)
    arrive(begin, mail("Jag svarar åt henne", sender=STRANGER, name="Okänd"), reply_to(letter))
    after = ticket(begin, number)
    assert (after.person_id, after.address_id, after.sender) == (before.person_id, before.address_id, before.sender)
    with begin(read_only=True) as session:
        assert session.scalar(select(Address.value).where(Address.id == after.address_id)) == "maja@example.se"
        assert session.scalars(select(Ticket.id)).all() == [after.id]


def test_the_address_of_a_letter_fits_a_mail_server(begin: Begin, letter: OutboundMessage) -> None:
    """RFC 5321 §4.5.3.1.1: a local part has at most 64 characters."""
    with begin(read_only=True):
        keys = runtime.current().keys
    long = threads.reply_address(keys, 2**62, "mycket-lang-adress-till-kontaktcenter@ekhamra.example")
    assert len(long.partition("@")[0]) <= 64
    assert reply_to(letter).endswith("@ekhamra.example")
    assert letter.reply_to is not None
    assert letter.sender.value == OURS


def test_whoever_writes_under_her_name_is_shown_with_the_address(
    app: Flask, begin: Begin, organisation: Organisation, number: int, letter: OutboundMessage
) -> None:
    """Our answer was forwarded; its Message-ID lets anybody in, and anybody can call themselves Maja."""
    stranger = MailAddress("tjuv@example.com", "Maja Exempel")
    own = mail("Det är jag", message_id="<me@example.se>", references=(letter.message_id,))
    arrive(begin, own)
    page = Browser(app).signed_in(organisation.alice).get
    assert "Skrivet från en annan adress" not in page(f"/arenden/{number}").text
    message = mail("Byt mitt konto", references=(letter.message_id,), sender_doubt="several_from")
    assert arrive(begin, replace(message, sender=stranger)) == number
    shown = page(f"/arenden/{number}").text
    assert "Skrivet från en annan adress: tjuv@example.com" in shown


def test_a_sender_who_contradicts_themselves_and_a_program_are_named(
    app: Flask, begin: Begin, organisation: Organisation
) -> None:
    number = arrive(begin, mail("Hej", sender_doubt="several_from", automatic="bulk"))
    shown = Browser(app).signed_in(organisation.alice).get(f"/arenden/{number}").text
    assert "Det är inte säkert vem" in shown
    assert "Massutskick" in shown

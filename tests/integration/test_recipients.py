"""Whom an answer goes to: chosen for it alone, read at the door, and nobody by itself but who wrote."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from channels.message import Address as Mailbox
from contactcenter import clock
from contactcenter.access import actor_for, get_ticket
from contactcenter.errors import Conflict, InvalidInput, Risky
from contactcenter.model import (
    Agent,
    Audit,
    Draft,
    Entry,
    EntryMessage,
    OurAddress,
    Outbox,
    Person,
    PersonAddress,
    RoutingRule,
    Team,
    Ticket,
    Topic,
)
from contactcenter.model.words import DraftKind, Sensitivity
from contactcenter.queries import recipients as known
from contactcenter.services import caution, drafts, replies
from contactcenter.services.recipients import MOST, Wanted
from tests.integration.conftest import Begin
from tests.integration.mailroom import answer, arrive, count, deliver, mail, rows, ticket
from tests.integration.people import Organisation, make_address

MAJA, BO, EVA = "maja@example.se", "bo@example.com", "eva@example.se"
FIRST: dict[str, Any] = {"references": ("<first@example.se>",)}


@pytest.fixture
def number(begin: Begin, organisation: Organisation) -> int:
    """A ticket of Maja, whose mail names others too."""
    others = (Mailbox(BO, "Bo Ek"), Mailbox("kontakt@ekhamra.example"))
    return arrive(begin, mail("Får jag bygga?", subject="Bygglov", message_id="<first@example.se>", copies=others))


def sent_to(begin: Begin) -> list[tuple[list[str], list[str], list[str]]]:
    """To, copies and blind copies of each answer."""
    answers = rows(begin, EntryMessage, EntryMessage.entry_id.in_(_own_ids(begin)))
    return [(body.recipients, body.copies, body.blind_copies) for body in answers]


def _own_ids(begin: Begin) -> list[int]:
    return [entry.id for entry in rows(begin, Entry, Entry.own_message_id.is_not(None))]


def usual(begin: Begin, number: int) -> str:
    with begin(read_only=True) as session:
        return known.usual(session, session.get_one(Ticket, ticket(begin, number).id))


def offered(begin: Begin, number: int, *chosen: str) -> tuple[str, ...]:
    with begin(read_only=True) as session:
        return known.offered(session, session.get_one(Ticket, ticket(begin, number).id), chosen)


# Choosing


def test_an_answer_goes_to_whom_its_writer_says(begin: Begin, organisation: Organisation, number: int) -> None:
    wanted = Wanted(f"{MAJA}; Bo Ek <BO@Example.com>", f"{EVA}, {MAJA}", f"dold@example.se {EVA}\n")
    answer(begin, organisation.alice, number, wanted=wanted)
    assert sent_to(begin) == [([MAJA, BO], [EVA], ["dold@example.se"])]
    [message] = deliver(begin)
    assert [one.value for one in message.copies] == [EVA]
    assert [one.value for one in message.blind_copies] == ["dold@example.se"]
    [audit] = rows(begin, Audit, Audit.verb == "reply")
    assert audit.data["others"] == 3


def test_by_itself_it_goes_to_the_ticket_s_address_alone(begin: Begin, organisation: Organisation, number: int) -> None:
    answer(begin, organisation.alice, number)
    assert sent_to(begin) == [([MAJA], [], [])]
    assert rows(begin, Audit, Audit.verb == "reply") == [], "nothing out of the ordinary"


def test_nothing_of_an_earlier_answer_is_there_for_the_next(
    begin: Begin, organisation: Organisation, number: int
) -> None:
    """Scenario 12: neither in the same ticket, for anybody, nor in another one of the same resident."""
    answer(begin, organisation.alice, number, "ett", wanted=Wanted(None, BO, EVA))
    answer(begin, organisation.alice, number, "två")
    answer(begin, organisation.bob, number, "tre")
    other = arrive(begin, mail("Något annat", message_id="<second@example.se>"))
    answer(begin, organisation.alice, other, "fyra")
    assert sent_to(begin) == [([MAJA], [BO], [EVA])] + 3 * [([MAJA], [], [])]


def test_another_author_is_answered_without_the_copies_of_the_last_answer(
    begin: Begin, organisation: Organisation, number: int
) -> None:
    answer(begin, organisation.alice, number, "ett", wanted=Wanted(f"{MAJA}, {BO}", EVA))
    arrive(begin, mail("Jag är granne", sender=BO, message_id="<bo@example.com>", references=our_ids(begin)))
    assert usual(begin, number) == BO, "who takes part since the guide wrote to them"
    answer(begin, organisation.alice, number, "två")
    arrive(begin, mail("Jag igen", message_id="<again@example.se>", **FIRST))
    assert usual(begin, number) == MAJA
    answer(begin, organisation.alice, number, "tre")
    assert sent_to(begin)[1:] == [([BO], [], []), ([MAJA], [], [])]


def our_ids(begin: Begin) -> tuple[str, ...]:
    return tuple(str(entry.own_message_id) for entry in rows(begin, Entry, Entry.own_message_id.is_not(None)))


def test_who_came_by_the_signed_address_alone_is_offered_and_not_answered(
    begin: Begin, organisation: Organisation, number: int
) -> None:
    entry_id = answer(begin, organisation.alice, number)
    [entry] = rows(begin, Entry, Entry.id == entry_id)
    arrive(begin, mail("Vem är jag?", sender=EVA, references=(str(entry.own_message_id),)))
    assert usual(begin, number) == MAJA
    assert EVA in offered(begin, number, MAJA)


@pytest.mark.parametrize("wanted", [Wanted(None, BO), Wanted(None, "", BO)])
def test_who_had_a_copy_is_offered_and_not_answered_by_itself(
    begin: Begin, organisation: Organisation, number: int, wanted: Wanted
) -> None:
    answer(begin, organisation.alice, number, wanted=wanted)
    arrive(begin, mail("Jag fick en kopia", sender=BO, message_id="<bo@example.com>", references=our_ids(begin)))
    assert usual(begin, number) == MAJA
    assert BO in offered(begin, number, MAJA)


def test_who_is_written_to_takes_part_with_what_they_write_then(
    begin: Begin, organisation: Organisation, number: int
) -> None:
    """One answer to a stranger brings nothing of what they said before to the next one."""
    answer(begin, organisation.alice, number, "ett")
    arrive(begin, mail("Vem är jag?", sender=BO, message_id="<1@example.com>", references=our_ids(begin)))
    answer(begin, organisation.alice, number, "två", wanted=Wanted(BO))
    assert usual(begin, number) == MAJA
    arrive(begin, mail("Jo, jag är", sender=BO, message_id="<2@example.com>", references=our_ids(begin)))
    assert usual(begin, number) == BO


@pytest.mark.parametrize("told", [{"found": "fail"}, {"poses_as": "colleague"}, {"poses_as": "house"}])
def test_a_sender_that_something_speaks_against_is_neither_answered_nor_offered(
    begin: Begin, organisation: Organisation, number: int, told: dict[str, str]
) -> None:
    answer(begin, organisation.alice, number, wanted=Wanted(f"{MAJA}, {EVA}"))
    others = (Mailbox("tjuv@example.com"),)
    arrive(begin, mail("Svara mig", sender=EVA, message_id="<2@example.com>", references=our_ids(begin), copies=others))
    assert usual(begin, number) == EVA
    with begin() as session:
        newest = Entry.id == rows(begin, Entry, Entry.message_id == "<2@example.com>")[0].id
        session.execute(update(Entry).where(newest).values(data={"sender": told}))
    assert usual(begin, number) == MAJA
    assert offered(begin, number, MAJA) == (BO,), "of the mail before it"


@pytest.mark.parametrize("fields", [{"automatic": "reply"}, {"sender_doubt": "several_from"}])
def test_neither_a_program_nor_a_doubtful_sender_is_answered(
    begin: Begin, organisation: Organisation, number: int, fields: dict[str, Any]
) -> None:
    entry_id = answer(begin, organisation.alice, number, wanted=Wanted(f"{MAJA}, {BO}"))
    [entry] = rows(begin, Entry, Entry.id == entry_id)
    arrive(begin, mail("Jag är borta", sender=BO, references=(str(entry.own_message_id),), **fields))
    assert usual(begin, number) == MAJA


def test_a_confirmed_address_of_the_same_person_is_answered(
    begin: Begin, organisation: Organisation, number: int
) -> None:
    entry_id = answer(begin, organisation.alice, number)
    [entry] = rows(begin, Entry, Entry.id == entry_id)
    arrive(begin, mail("Från jobbet", sender="maja@arbete.example", references=(str(entry.own_message_id),)))
    assert usual(begin, number) == MAJA
    with begin() as session:
        row = session.get_one(Ticket, ticket(begin, number).id)
        [newest] = rows(begin, Entry, Entry.author_name == "Maja Exempel", Entry.id > entry_id)
        link = PersonAddress(person_id=row.person_id, address_id=newest.address_id)
        session.add(link)
    assert usual(begin, number) == MAJA, "a typed address is only a claim"
    with begin() as session:
        session.execute(update(PersonAddress).values(verified_at=clock.now()))
    assert usual(begin, number) == "maja@arbete.example"


def test_whom_the_mail_names_is_offered_and_never_there_by_itself(
    begin: Begin, organisation: Organisation, number: int
) -> None:
    assert offered(begin, number, MAJA) == (BO,), "no address of ours"
    assert offered(begin, number, MAJA, BO) == ()
    answer(begin, organisation.alice, number)
    assert sent_to(begin) == [([MAJA], [], [])]


def test_of_a_protected_identity_nothing_is_offered(begin: Begin, organisation: Organisation, number: int) -> None:
    with begin() as session:
        session.execute(update(Person).values(protected_identity=True))
    assert offered(begin, number) == ()
    answer(begin, organisation.alice, number, wanted=Wanted(None, BO))
    arrive(begin, mail("Jag är granne", sender=BO, references=our_ids(begin)))
    assert usual(begin, number) == MAJA


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Wanted(""), "to"),
        (Wanted(" , ;"), "to"),
        (Wanted("maja"), "to"),
        (Wanted(MAJA, "Bo Ek, bo@example.com"), "cc"),
        (Wanted(MAJA, "bo@example"), "cc"),
        (Wanted(MAJA, "bo@[10.0.0.1]"), "cc"),
        (Wanted(MAJA, '"bo;ek"@example.com'), "cc"),
        (Wanted(MAJA, f"bo@example.com{chr(13)}{chr(10)}Bcc: x"), "cc"),
        (Wanted(MAJA, "", "å" * 33 + "@example.se"), "bcc"),
        (Wanted(MAJA, "", "a" * 60 + "@" + "b" * 60 + "." + "c" * 60 + "." + "d" * 60 + "." + "e" * 60), "bcc"),
        (Wanted(MAJA, ", ".join(f"person{n}@example.se" for n in range(MOST))), "cc"),
        (Wanted(MAJA, "x" * 4_001), "cc"),
        (Wanted(MAJA, "Kontakt@Ekhamra.example"), "cc"),
        (Wanted(MAJA, "", "kontakt+nagot@ekhamra.example"), "bcc"),
        (Wanted("norra@ekhamra.example"), "to"),
        (Wanted("kontakt@ｅkhamra.example"), "to"),
        (Wanted("kontakt+x@ekhamra。example"), "to"),
        (Wanted("grupp@ekhamra．example"), "to"),
        (Wanted("hemlig@ｅkhamra.example"), "to"),
        (Wanted("regel@ｅkhamra.example"), "to"),
        (Wanted("å@räksmörgås.example"), "to"),
        (Wanted("å@xn--rksmrgs-5wao1o.example"), "to"),
        (Wanted("grupp@ekhamra.example"), "to"),
        (Wanted("hemlig@ekhamra.example"), "to"),
        (Wanted("regel@ekhamra.example"), "to"),
        (Wanted(MAJA, "Bo <bo@example.com> eva@example.se"), "cc"),
    ],
)
def test_what_cannot_be_sent_to_is_refused_at_the_door(
    begin: Begin, organisation: Organisation, number: int, wanted: Wanted, field: str
) -> None:
    with begin() as session:
        session.add(OurAddress(address="hemlig@ekhamra.example", domain_id=organisation.social.id))
        session.add(OurAddress(address="å@räksmörgås.example"))
        session.execute(
            update(Team).where(Team.id == organisation.streets.id).values(mail_address="Grupp@ekhamra.example")
        )
        conditions = {"recipient": ["Regel@ekhamra.example"]}
        session.add(RoutingRule(slug="r", name="R", position=1, conditions=conditions, actions={"topic": "parking"}))
    with pytest.raises(InvalidInput) as wrong:
        answer(begin, organisation.alice, number, wanted=wanted)
    assert wrong.value.data["field"] == field
    assert count(begin, Outbox) == 0


def test_a_signed_address_of_a_ticket_is_ours_whatever_it_is_made_of(
    begin: Begin, organisation: Organisation, number: int
) -> None:
    answer(begin, organisation.alice, number)
    [message] = deliver(begin)
    assert message.reply_to is not None
    for address in (message.reply_to.value, message.reply_to.value.replace("kontakt", "annan"), message.return_path):
        with pytest.raises(InvalidInput):
            answer(begin, organisation.alice, number, "igen", wanted=Wanted(None, address))


def test_the_same_form_again_to_others_is_not_the_same(begin: Begin, organisation: Organisation, number: int) -> None:
    first = answer(begin, organisation.alice, number, wanted=Wanted(MAJA, BO))
    assert answer(begin, organisation.alice, number, wanted=Wanted(None, BO.upper())) == first
    with pytest.raises(Conflict):
        answer(begin, organisation.alice, number, wanted=Wanted(MAJA, EVA))
    assert count(begin, Outbox) == 1


def test_an_address_that_a_guide_was_told_can_be_answered_to(begin: Begin, organisation: Organisation) -> None:
    number = arrive(begin, mail("Jag är en skrivare", sender="printer@[10.0.0.1]"))
    answer(begin, organisation.alice, number, wanted=Wanted(BO))
    assert sent_to(begin) == [([BO], [], [])]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (f'"Ek, Maja" <{MAJA}>', [MAJA]),
        (f'"Ek; Maja" <{MAJA}>; "Ek, Bo" <{BO}>,{EVA}', [MAJA, BO, EVA]),
        (f'"Ek, Maja" {MAJA}', [MAJA]),
    ],
)
def test_a_name_with_a_comma_is_read_as_other_programs_write_it(
    begin: Begin, organisation: Organisation, number: int, typed: str, read: list[str]
) -> None:
    answer(begin, organisation.alice, number, wanted=Wanted(typed))
    assert sent_to(begin) == [(read, [], [])]


# Taken back, sent again


def test_taken_back_it_is_a_draft_to_the_same(begin: Begin, organisation: Organisation, number: int) -> None:
    entry_id = answer(begin, organisation.alice, number, wanted=Wanted(EVA, BO, "dold@example.se"))
    undo(begin, organisation.alice, number, entry_id)
    [draft] = rows(begin, Draft)
    assert (draft.recipients, draft.copies, draft.blind_copies) == (EVA, BO, "dold@example.se")
    entry_id = answer(begin, organisation.alice, number, "Hej igen!")
    undo(begin, organisation.alice, number, entry_id)
    [draft] = rows(begin, Draft)
    assert (draft.recipients, draft.copies, draft.blind_copies) == ("", "", ""), "the usual one may change until then"


def undo(begin: Begin, agent: Agent, number: int, entry_id: int) -> None:
    with begin() as session:
        actor = actor_for(session, session.get_one(Agent, agent.id))
        replies.undo(session, actor, get_ticket(session, actor, number, lock=True), entry_id)


def test_a_draft_keeps_what_was_typed_until_it_is_sent(begin: Begin, organisation: Organisation, number: int) -> None:
    def save(text: str, seq: int, wanted: Wanted | None) -> Draft:
        with begin() as session:
            actor = actor_for(session, session.get_one(Agent, organisation.alice.id))
            row = get_ticket(session, actor, number, lock=True)
            drafts.save(session, actor, row, DraftKind.REPLY, text, seq, 1, wanted)
        [draft] = rows(begin, Draft)
        return draft

    draft = save("Hej", 1, Wanted(MAJA, "bo@exa", ""))
    assert (draft.recipients, draft.copies) == ("", "bo@exa")
    assert save("Hej du", 2, None).copies == "bo@exa"
    assert save("Hej du", 3, Wanted(EVA, "", "")).recipients == EVA
    with pytest.raises(InvalidInput):
        save("Hej", 4, Wanted("", "x" * 4_001))
    answer(begin, organisation.alice, number, "Hej du")
    assert count(begin, Draft) == 0
    assert sent_to(begin) == [([MAJA], [], [])], "what is sent is what the form says"


# What speaks against it


@pytest.fixture
def sensitive(begin: Begin, number: int) -> int:
    with begin() as session:
        session.execute(update(Ticket).values(sensitive=True))
    return number


def risks(begin: Begin, agent: Agent, number: int, wanted: Wanted, text: str = "Hej!") -> tuple[str, ...]:
    with pytest.raises(Risky) as held:
        answer(begin, agent, number, text, wanted=wanted, sure=False)
    found: tuple[str, ...] = held.value.data["risks"]  # type: ignore[assignment]
    return found


def test_what_may_be_sensitive_is_stopped_in_the_common_domain_too(
    begin: Begin, organisation: Organisation, sensitive: int
) -> None:
    assert risks(begin, organisation.alice, sensitive, Wanted()) == (caution.SENSITIVE,)
    assert risks(begin, organisation.alice, sensitive, Wanted(None, BO)) == (caution.SENSITIVE, caution.OTHER_ADDRESS)
    with begin() as session:
        session.execute(update(Ticket).values(sensitive=False, topic_id=organisation.parking.id))
    answer(begin, organisation.alice, sensitive, wanted=Wanted(BO), sure=False)
    with begin() as session:
        session.execute(update(Topic).values(sensitivity=Sensitivity.SECRET))
    assert risks(begin, organisation.alice, sensitive, Wanted(EVA), "Nej") == (
        caution.SENSITIVE,
        caution.OTHER_ADDRESS,
    )


def test_a_confidential_answer_to_another_address_says_so(
    begin: Begin, organisation: Organisation, number: int
) -> None:
    with begin() as session:
        session.execute(update(Ticket).values(domain_id=organisation.social.id, team_id=organisation.social_team.id))
    assert risks(begin, organisation.bob, number, Wanted()) == (caution.CONFIDENTIAL,)
    both = (caution.CONFIDENTIAL, caution.OTHER_ADDRESS)
    assert risks(begin, organisation.bob, number, Wanted(EVA)) == both
    assert risks(begin, organisation.bob, number, Wanted(None, "", EVA)) == both
    answer(begin, organisation.bob, number, wanted=Wanted(None, "", EVA))
    [audit] = rows(begin, Audit, Audit.verb == "reply")
    assert (audit.data["risks"], audit.data["others"]) == (list(both), 1)


def test_a_personal_number_sent_from_the_common_domain_is_recorded(
    begin: Begin, organisation: Organisation, number: int
) -> None:
    answer(begin, organisation.alice, number, "Ditt nummer är 811218-9876.")
    [audit] = rows(begin, Audit, Audit.verb == "reply")
    assert (audit.agent_id, audit.data["risks"]) == (organisation.alice.id, [caution.PERSONAL_ID])


def test_addresses_of_ours_are_known_in_one_look(begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        make_address(session, EVA)
        asked = ["norra@ekhamra.example", "norra+x@ekhamra.example", EVA, "sara@ekhamra.example"]
        assert known.ours(session, asked) == {"norra@ekhamra.example", "norra+x@ekhamra.example"}

"""How an answer went for each of those it was sent to, and whom the next one would not reach."""

from __future__ import annotations

from datetime import timedelta

import pytest

from channels.errors import ChannelError, OutcomeUnknown, Refused, TryLater
from channels.message import Receipt
from contactcenter.access import actor_for, get_ticket
from contactcenter.model import Address, Agent, Entry, Outbox, Ticket
from contactcenter.model.words import EntryState, Status
from contactcenter.queries import recipients as known
from contactcenter.services import delivery, replies
from contactcenter.services.recipients import Wanted
from tests.integration.conftest import Begin
from tests.integration.mailroom import answer, arrive, deliver, happened, mail, rows, ticket, travel
from tests.integration.people import Organisation
from tests.integration.test_receipts import report

MAJA, BO = "maja@example.se", "bo@example.com"


@pytest.fixture
def number(begin: Begin, organisation: Organisation) -> int:
    return arrive(begin, mail("Får jag bygga?", subject="Bygglov", message_id="<first@example.se>"))


def missed(begin: Begin, number: int) -> set[str]:
    with begin(read_only=True) as session:
        return set(known.missed(session, session.get_one(Ticket, ticket(begin, number).id)))


def again(begin: Begin, agent: Agent, number: int, entry_id: int) -> None:
    with begin() as session:
        actor = actor_for(session, session.get_one(Agent, agent.id))
        replies.send_again(session, actor, get_ticket(session, actor, number, lock=True), entry_id)


def state(begin: Begin, entry_id: int) -> EntryState:
    return rows(begin, Entry, Entry.id == entry_id)[0].state


@pytest.fixture
def to_four(begin: Begin, organisation: Organisation, number: int) -> int:
    """An answer to Maja, with two copies and a blind one."""
    wanted = Wanted(None, f"{BO}, åsa@räksmörgås.example", "dold@example.se")
    return answer(begin, organisation.alice, number, wanted=wanted)


def test_a_refused_copy_is_named_and_the_answer_is_an_answer(begin: Begin, number: int, to_four: int) -> None:
    refused = (("dold@example.se", "550 no"), ("åsa@xn--rksmrgs-5wao1o.example", "450 later"))
    deliver(begin, Receipt("250 Ok", refused))
    [entry] = rows(begin, Entry, Entry.id == to_four)
    assert entry.state is EntryState.SENT
    assert entry.failure == "dold@example.se: 550 no; åsa@räksmörgås.example: 450 later"
    assert ticket(begin, number).first_reply_at is not None
    assert ticket(begin, number).status is Status.OPEN, "somebody must see to it"
    assert happened(begin, number)[-1] == "delivery_refused"
    assert missed(begin, number) == {"dold@example.se", "åsa@räksmörgås.example"}


def test_an_answer_that_only_copies_of_left_is_none_and_goes_to_the_others_again(
    begin: Begin, organisation: Organisation, number: int, to_four: int
) -> None:
    [first] = deliver(begin, Receipt("250 Ok", ((MAJA, "550 5.1.1 nobody here"), (BO, "550 5.1.1 nobody here"))))
    assert state(begin, to_four) is EntryState.FAILED
    assert ticket(begin, number).first_reply_at is None
    assert missed(begin, number) == {MAJA, BO}
    assert deliver(begin) == [], "not by itself"
    again(begin, organisation.alice, number, to_four)
    [second] = deliver(begin)
    assert (second.message_id, second.recipients, second.copies) == (
        first.message_id,
        first.recipients,
        first.copies,
    )
    assert second.spared == {"dold@example.se", "åsa@räksmörgås.example"}
    assert state(begin, to_four) is EntryState.SENT
    assert missed(begin, number) == set()


def test_a_report_of_a_copy_leaves_the_answer_an_answer(begin: Begin, number: int, to_four: int) -> None:
    deliver(begin)
    arrive(begin, report(begin, to_four, "failed", "dold@example.se"))
    assert state(begin, to_four) is EntryState.SENT
    assert missed(begin, number) == {"dold@example.se"}
    arrive(begin, report(begin, to_four, "delivered", MAJA, text="report two"))
    assert state(begin, to_four) is EntryState.DELIVERED
    assert missed(begin, number) == {"dold@example.se"}


def test_a_report_of_whom_it_is_written_to_makes_it_fail_whoever_else_got_it(
    begin: Begin, number: int, to_four: int
) -> None:
    deliver(begin)
    arrive(begin, report(begin, to_four, "failed", MAJA))
    assert state(begin, to_four) is EntryState.FAILED
    assert ticket(begin, number).first_reply_at is None
    assert missed(begin, number) == {MAJA}


def test_the_newest_report_says_whether_an_address_is_reached(
    begin: Begin, organisation: Organisation, number: int
) -> None:
    first = answer(begin, organisation.alice, number, "ett")
    deliver(begin)
    arrive(begin, report(begin, first, "failed", MAJA))
    assert missed(begin, number) == {MAJA}
    second = answer(begin, organisation.alice, number, "två")
    deliver(begin)
    assert missed(begin, number) == {MAJA}, "nobody has said otherwise"
    arrive(begin, report(begin, second, "delivered", MAJA, text="report three"))
    assert missed(begin, number) == set()


# To some of them again


def bounced(begin: Begin) -> set[str]:
    return {row.value for row in rows(begin, Address, Address.bounced_at.is_not(None))}


@pytest.fixture
def to_two(begin: Begin, organisation: Organisation, number: int) -> int:
    """An answer to Maja, with a copy to Bo, who has written to us too."""
    arrive(begin, mail("Hej!", sender=BO, message_id="<bo@example.com>"))
    return answer(begin, organisation.alice, number, wanted=Wanted(None, BO))


def test_only_who_is_known_to_have_got_it_is_spared(
    begin: Begin, organisation: Organisation, number: int, to_two: int
) -> None:
    deliver(begin, OutcomeUnknown("no answer came"))
    arrive(begin, report(begin, to_two, "failed", BO))
    again(begin, organisation.alice, number, to_two)
    [second] = deliver(begin)
    assert second.spared == frozenset(), "nobody knows whether Maja has got it"


def test_who_was_refused_before_the_answer_was_lost_is_known(begin: Begin, number: int, to_two: int) -> None:
    deliver(begin, OutcomeUnknown("no answer came", ((BO, "550 5.1.1 nobody here"),)))
    assert state(begin, to_two) is EntryState.UNCERTAIN
    assert missed(begin, number) == {BO}


def test_a_report_takes_back_that_somebody_has_got_it(
    begin: Begin, organisation: Organisation, number: int, to_two: int
) -> None:
    deliver(begin)
    arrive(begin, report(begin, to_two, "failed", MAJA))
    again(begin, organisation.alice, number, to_two)
    [second] = deliver(begin)
    assert second.spared == {BO}


@pytest.mark.parametrize(
    ("reply", "is_gone"),
    [
        ("550 5.1.1 no such user", True),
        ("550 5.1.10 null MX", True),
        ("550 5.2.1 mailbox disabled", True),
        ("553 5.1.8 <kontakt@ekhamra.example>: sender address rejected", False),
        ("553 5.1.7 bad sender", False),
        ("552 5.2.2 mailbox full", False),
        ("550 5.7.1 policy", False),
    ],
)
def test_only_an_address_that_is_none_is_marked(
    begin: Begin, organisation: Organisation, number: int, to_two: int, reply: str, is_gone: bool
) -> None:
    deliver(begin, Receipt("250 Ok", ((BO, reply),)))
    assert bounced(begin) == ({BO} if is_gone else set())
    answer(begin, organisation.alice, number, "två")
    deliver(begin, Refused(reply))
    assert bounced(begin) == ({BO, MAJA} if is_gone else set())


def test_each_of_several_that_were_refused_is_marked_for_itself(begin: Begin, to_two: int) -> None:
    deliver(begin, Refused("550 5.7.1 policy", ((MAJA, "550 5.7.1 policy"), (BO, "550 5.1.1 unknown"))))
    assert bounced(begin) == {BO}
    assert state(begin, to_two) is EntryState.FAILED


def test_several_that_are_refused_as_one_are_not_marked(begin: Begin, number: int, to_two: int) -> None:
    deliver(begin, Refused("550 5.1.1 unknown"))
    assert bounced(begin) == set(), "it may be any of them"
    assert missed(begin, number) == {MAJA, BO}


def test_who_is_asked_to_wait_gets_it_later_and_the_others_once(begin: Begin, number: int, to_two: int) -> None:
    deliver(begin, Receipt("250 Ok", ((MAJA, "451 4.7.1 greylisted"),)))
    assert state(begin, to_two) is EntryState.SENDING
    assert (missed(begin, number), ticket(begin, number).status) == ({MAJA}, Status.WAITING_RESIDENT)
    [second] = deliver(begin)
    assert second.spared == {BO}
    assert (state(begin, to_two), missed(begin, number)) == (EntryState.SENT, set())
    assert "delivery_refused" not in happened(begin, number)


@pytest.mark.parametrize("outcome", [TryLater("451 4.7.1 greylisted"), Refused("550 5.1.1 unknown")])
def test_a_copy_that_is_given_up_leaves_the_answer_an_answer(
    begin: Begin, number: int, to_two: int, outcome: ChannelError, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(begin, Receipt("250 Ok", ((BO, "451 4.7.1 greylisted"),)))
    travel(monkeypatch, delivery.GIVE_UP_AFTER + timedelta(hours=1))
    deliver(begin, outcome)
    [entry] = rows(begin, Entry, Entry.id == to_two)
    assert (entry.state, entry.failure) == (EntryState.SENT, f"{BO}: {outcome.reply}")
    assert ticket(begin, number).first_reply_at is not None
    assert (missed(begin, number), happened(begin, number)[-1]) == ({BO}, "delivery_refused")
    assert [row.outcome for row in rows(begin, Outbox, Outbox.kind == "deliver")][-1] == "sent"

"""The intake process: reading at the side, taking in together, and one bad mail that harms no other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from channels.errors import Unreadable
from channels.message import Envelope, InboundMessage
from contactcenter import clock
from contactcenter.blobs import StoreFull
from contactcenter.model import Inbox, Ticket
from contactcenter.model.words import InboxState
from contactcenter.services import inbox, intake
from tests.integration.conftest import Begin
from tests.integration.mailroom import accept, count, mail, rows
from tests.integration.people import Organisation
from tests.running import wait_until
from workers import desk
from workers.intake import Intake

pytestmark = pytest.mark.usefixtures("organisation")


class Glasses:
    """Reads what `mailroom.accept` wrote; what it does with a mail is decided by the mail's text."""

    def __init__(self, *messages: InboundMessage) -> None:
        self._messages = {repr(message).encode("utf-8", "surrogatepass"): message for message in messages}
        self.acts: dict[str, Callable[[], None]] = {}

    def on(self, text: str, act: Callable[[], None]) -> Glasses:
        self.acts[text] = act
        return self

    def read(self, raw: bytes, envelope: Envelope) -> InboundMessage:
        message = self._messages[raw]
        self.acts.get(message.text, lambda: None)()
        return message


def raising(error: Exception) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


@contextmanager
def working(app: Flask, quick: Glasses, patient: Glasses | None = None) -> Iterator[Intake]:
    made = Intake(app, quick, 2, patient)
    made.start()
    try:
        yield made
    finally:
        made.end()
        assert made.join(10)


def states(begin: Begin) -> list[InboxState]:
    return [row.state for row in rows(begin, Inbox)]


def settled(begin: Begin) -> bool:
    return InboxState.WAITING not in states(begin)


def subjects(begin: Begin) -> list[str]:
    return [ticket.subject for ticket in rows(begin, Ticket)]


def test_what_arrived_becomes_tickets_in_its_order(app: Flask, begin: Begin) -> None:
    letters = [mail(f"Fråga {number}", subject=f"Nummer {number}") for number in range(30)]
    for letter in letters:
        accept(begin, letter)
    with working(app, Glasses(*letters)):
        wait_until(lambda: settled(begin))
    assert subjects(begin) == [letter.subject for letter in letters]


def test_a_letter_is_there_before_the_one_that_follows_it_up(app: Flask, begin: Begin) -> None:
    first = mail("Först", message_id="<first@example.se>")
    second = mail("Sedan", references=("<first@example.se>",), subject="Sv: En fråga")
    accept(begin, first)
    accept(begin, second)
    slow = Glasses(first, second).on("Först", lambda: time.sleep(0.2))
    with working(app, slow):
        wait_until(lambda: settled(begin))
    assert count(begin, Ticket) == 1


def test_a_mail_that_takes_long_holds_up_no_other(app: Flask, begin: Begin) -> None:
    first, hostile, other = mail("Först"), mail("Ond", sender="eva@example.se"), mail("God", sender="ali@example.se")
    go_on = threading.Event()

    def never_ends() -> None:
        assert go_on.wait(20)
        raise Unreadable("reading it took more than 5 seconds", "timeout")

    with working(app, Glasses(first, hostile, other).on("Ond", never_ends)):
        accept(begin, first)  # by it the process learns all topics, which is not what is timed
        wait_until(lambda: states(begin) == [InboxState.DONE])
        began = time.monotonic()
        accept(begin, hostile)
        accept(begin, other)
        wait_until(lambda: states(begin).count(InboxState.DONE) == 2)
        took = time.monotonic() - began
        go_on.set()
        wait_until(lambda: settled(begin))
    assert took < desk.HOLD + 3
    assert [(row.state, row.reason) for row in rows(begin, Inbox)] == [
        (InboxState.DONE, ""),
        (InboxState.QUARANTINED, "timeout"),
        (InboxState.DONE, ""),
    ]


def test_what_needs_more_time_has_it_in_a_lane_of_its_own(app: Flask, begin: Begin) -> None:
    heavy = [mail("Tung", sender=f"person{number}@example.se") for number in range(3)]
    light = mail("Lätt")
    for letter in (*heavy, light):
        accept(begin, letter)
    go_on = threading.Event()
    quick = Glasses(*heavy, light).on("Tung", raising(Unreadable("too slow", "timeout")))
    patient = Glasses(*heavy).on("Tung", lambda: assert_set(go_on))
    with working(app, quick, patient):
        wait_until(lambda: states(begin)[-1] is InboxState.DONE)
        assert count(begin, Ticket) == 1
        go_on.set()
        wait_until(lambda: settled(begin))
    assert states(begin) == [InboxState.DONE] * 4


def assert_set(event: threading.Event) -> None:
    assert event.wait(20)


def test_what_cannot_be_read_is_shown_and_kept(app: Flask, begin: Begin) -> None:
    bad, good = mail("Trasig"), mail("Hel", sender="ali@example.se")
    accept(begin, bad)
    accept(begin, good)
    with working(app, Glasses(bad, good).on("Trasig", raising(Unreadable("2000 parts", "parts")))):
        wait_until(lambda: settled(begin))
    shown, done = rows(begin, Inbox)
    assert (shown.state, shown.reason, shown.error) == (InboxState.QUARANTINED, "parts", "2000 parts")
    assert done.state is InboxState.DONE


def test_a_fault_of_ours_is_tried_again_and_then_shown(
    app: Flask, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = mail("Otur")
    accept(begin, letter)
    tried: list[int] = []

    def stumble() -> None:
        tried.append(1)
        raise ZeroDivisionError("a fault of ours")

    real = inbox.give_back

    def give_back(session: object, claimed: object, *told: object) -> None:
        real(session, claimed, *told)  # type: ignore[arg-type]
        for row in session.query(Inbox):  # type: ignore[attr-defined]
            row.lease_until = None

    monkeypatch.setattr(inbox, "give_back", give_back)
    with working(app, Glasses(letter).on("Otur", stumble)):
        wait_until(lambda: settled(begin))
    [row] = rows(begin, Inbox)
    assert (row.state, row.reason, len(tried)) == (InboxState.QUARANTINED, "failed", inbox.MAX_FAILURES)
    assert "ZeroDivisionError: a fault of ours" in row.error


def test_a_full_disk_is_waited_for_however_long(app: Flask, begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    letter = mail("Full disk")
    accept(begin, letter)
    monkeypatch.setattr(inbox, "PAUSE", inbox.PAUSE * 0)
    left = [6]

    def full() -> None:
        left[0] -= 1
        if left[0] > 0:
            raise StoreFull("no room")

    with working(app, Glasses(letter).on("Full disk", full)):
        wait_until(lambda: settled(begin))
    [row] = rows(begin, Inbox)
    assert row.state is InboxState.DONE
    assert row.attempts == 6


def test_one_that_cannot_be_taken_in_does_not_undo_its_neighbours(
    app: Flask, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters = [mail(text, sender=f"{text}@example.se") for text in ("ett", "fel", "tre")]
    for letter in letters:
        accept(begin, letter)
    real = intake.take_in

    def take_in(*arguments: object) -> None:
        real(*arguments)  # type: ignore[arg-type]
        if getattr(arguments[3], "text", "") == "fel":
            raise ValueError("a rule is broken")

    monkeypatch.setattr(intake, "take_in", take_in)
    with working(app, Glasses(*letters)):
        wait_until(lambda: states(begin).count(InboxState.DONE) == 2)
        wait_until(lambda: rows(begin, Inbox)[1].error != "")
    waiting = rows(begin, Inbox)[1]
    assert waiting.state is InboxState.WAITING
    assert "ValueError: a rule is broken" in waiting.error
    assert waiting.lease_until is not None
    assert waiting.lease_until > clock.now()
    assert count(begin, Ticket) == 2


def test_a_database_in_trouble_is_waited_for(app: Flask, begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    letter = mail("Databasen är borta")
    accept(begin, letter)
    real, left = inbox.claim, [3]

    def claim(*arguments: object) -> object:
        left[0] -= 1
        if left[0] > 0:
            raise OperationalError("SELECT", {}, Exception("the database is away"))
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(inbox, "claim", claim)
    with working(app, Glasses(letter)):
        wait_until(lambda: settled(begin))
    assert states(begin) == [InboxState.DONE]


def test_the_lease_is_renewed_while_reading(
    app: Flask, begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.intake.RENEW_EVERY", 0.1)
    letter = mail("Lång")
    accept(begin, letter)
    go_on = threading.Event()
    with working(app, Glasses(letter).on("Lång", lambda: assert_set(go_on))):
        wait_until(lambda: rows(begin, Inbox)[0].lease_until is not None)
        first = rows(begin, Inbox)[0].lease_until
        assert first is not None
        wait_until(lambda: (rows(begin, Inbox)[0].lease_until or first) > first)
        go_on.set()
        wait_until(lambda: settled(begin))

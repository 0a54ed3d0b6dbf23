"""The checker: a healthy house gives no finding, and each small damage is found by the invariant meant for it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Executable, delete, insert, make_url, select, text, update
from sqlalchemy.orm import Session

from channels.email.smarthost import Maildir
from channels.errors import OutcomeUnknown, Refused, TryLater
from channels.message import InboundMessage
from contactcenter import clock, migrate, runtime
from contactcenter.access import Actor, actor_for, get_ticket
from contactcenter.blobs import BlobStore
from contactcenter.demo import build
from contactcenter.errors import InvalidInput
from contactcenter.model import (
    Address,
    Agent,
    Attachment,
    Domain,
    Entry,
    EntryMessage,
    Inbox,
    MailUid,
    Outbox,
    ParkedMail,
    SearchDoc,
    Ticket,
    Timer,
)
from contactcenter.model.words import AddressKind, DraftKind, EntryKind, EntryState, InboxState, Role
from contactcenter.queries import invariants
from contactcenter.queries.invariants import Check, Finding, Limits
from contactcenter.services import drafts, inbox, outbox, replies, tickets
from contactcenter.services.entries import StoredFile
from tests.integration import databases
from tests.integration.conftest import Application, Begin, begin_in
from tests.integration.mailroom import (
    OURS,
    accept,
    answer,
    arrive,
    attached,
    begin_deliveries,
    claim,
    come,
    count,
    deliver,
    mail,
    record,
    rows,
    travel,
)
from tests.integration.people import Organisation, found_organisation, make_agent, make_ticket
from tests.integration.test_receipts import report

HOUR = timedelta(hours=1)
OTHER = "info@ekhamra.example"
NOWHERE = 999_999
DATABASE = "contactcenter.db"


@dataclass
class House:
    """A house in which everything has happened, with what its neighbours have written down: what they gave it and got
    250 for (`accepted`), and what it gave them (`delivered`). `numbers` are tickets and `answers` entries, by what
    became of them.
    """

    begin: Begin
    folder: Path
    blobs: BlobStore
    organisation: Organisation
    numbers: dict[str, int]
    answers: dict[str, int]

    @property
    def accepted(self) -> Path:
        return self.folder / "accepted.jsonl"

    @property
    def delivered(self) -> Path:
        return self.folder / "delivered.jsonl"

    def arrive(self, message: InboundMessage, *to: str) -> int:
        self.acknowledge(message, *to)
        return arrive(self.begin, message, *to)

    def acknowledge(self, message: InboundMessage, *to: str) -> None:
        """What a client writes down after its 250; `mailroom.accept` stores these bytes."""
        digest = sha256(repr(message).encode("utf-8", "surrogatepass")).hexdigest()
        write(self.accepted, sha256=digest, sender=message.sender.value, recipients=to or (OURS,))

    def deliver(self, *outcome: Any) -> None:
        """Send what is promised; the neighbour writes down what it got, also when its answer was lost."""
        left = not outcome or isinstance(outcome[0], OutcomeUnknown)
        for letter in deliver(self.begin, *outcome):
            if left:
                write(self.delivered, message_id=letter.message_id)

    def act(self, number: int, do: Callable[[Session, Actor, Ticket], object]) -> None:
        """Something that Bob does with a ticket."""
        with self.begin() as session:
            actor = actor_for(session, session.get_one(Agent, self.organisation.bob.id))
            do(session, actor, get_ticket(session, actor, number, lock=True))

    def change(self, *statements: Executable) -> None:
        with self.begin() as session:
            for statement in statements:
                session.execute(statement)

    def ticket_id(self, name: str) -> int:
        return rows(self.begin, Ticket, Ticket.number == self.numbers[name])[0].id

    def first_entry(self, name: str) -> Entry:
        return rows(self.begin, Entry, Entry.ticket_id == self.ticket_id(name), Entry.kind == EntryKind.MESSAGE)[0]

    def message(self, state: InboxState) -> Inbox:
        return rows(self.begin, Inbox, Inbox.state == state)[0]

    def file(self) -> Attachment:
        return rows(self.begin, Attachment, Attachment.entry_id == self.first_entry("sent").id)[0]

    def findings(self, **how: Any) -> list[Finding]:
        return look(self.begin, **({"accepted": self.accepted, "delivered": self.delivered} | how))


@dataclass
class Built:
    """A house that is only copied, and when it was built."""

    house: House
    url: str
    at: datetime


def look(begin: Begin, **how: Any) -> list[Finding]:
    with begin(read_only=True) as session:
        here = runtime.current()
        return list(invariants.verify(Check(session, here.blobs, here.keys, **how)))


def write(journal: Path, **line: Any) -> None:
    with journal.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def built(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, application: Application
) -> Iterator[Built]:
    """The house that every test gets a copy of, with nobody in it."""
    folder = tmp_path_factory.mktemp("built")
    with ExitStack() as kept:
        url = f"sqlite:///{folder / DATABASE}"
        if request.param == "sqlite":
            shutil.copy(request.getfixturevalue("sqlite_template"), folder / DATABASE)
        else:
            url = kept.enter_context(databases.postgres(f"built_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"))
            migrate.upgrade(url)
        with application(url, folder) as app:
            begin = begin_in(app)
            with app.app_context(), begin() as session:
                blobs, organisation = runtime.current().blobs, found_organisation(session)
            made = House(begin, folder, blobs, organisation, {}, {})
            made.accepted.touch()
            made.delivered.touch()
            answered(made)
            worked(made)
            arrived(made)
        yield Built(made, url, clock.now())


@pytest.fixture
def house(built: Built, tmp_path: Path, application: Application, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A copy, in which it is the moment when the last of it was built."""
    shutil.copytree(built.house.folder, tmp_path, dirs_exist_ok=True)
    since, now = clock.now() - built.at, clock.now
    monkeypatch.setattr(clock, "now", lambda: now() - since)
    with ExitStack() as kept:
        url = f"sqlite:///{tmp_path / DATABASE}"
        if built.url.startswith("postgresql"):
            like = make_url(built.url).database or ""
            url = kept.enter_context(databases.postgres(f"{like}_copy", like))
        app = kept.enter_context(application(url, tmp_path))
        with app.app_context():
            blobs = runtime.current().blobs
        first = built.house
        yield replace(
            first,
            begin=begin_in(app),
            folder=tmp_path,
            blobs=blobs,
            numbers=dict(first.numbers),
            answers=dict(first.answers),
        )


def answered(house: House) -> None:
    """Answers that were sent, failed, are uncertain, were sent again, are tried again, were taken back, and wait."""
    ways: dict[str, Any] = {
        "sent": (),
        "failed": (Refused("550 unknown"),),
        "uncertain": (OutcomeUnknown("lost"),),
        "again": (Refused("552 full"),),
        "delayed": (TryLater("451 later"),),
        "undone": None,
        "queued": None,
    }
    bob = house.organisation.bob
    for name, outcome in ways.items():
        house.numbers[name] = house.arrive(mail(f"Det gäller {name}", attachments=(attached(content=name.encode()),)))
        house.answers[name] = answer(house.begin, bob, house.numbers[name], close=name == "undone")
        if outcome is not None:
            house.deliver(*outcome)
        if name == "again":
            house.act(house.numbers[name], partial(replies.send_again, entry_id=house.answers["again"]))
            house.deliver()
    house.act(house.numbers["undone"], partial(replies.undo, entry_id=house.answers["undone"]))
    house.act(house.numbers["undone"], partial(replies.note, text="En anteckning", key="n1"))


def worked(house: House) -> None:
    """Tickets that rest, are closed, have moved to another domain with a draft and its file, or hold nothing yet."""
    for name in ("parked", "resting", "closed", "moved"):
        house.numbers[name] = house.arrive(mail(f"Det är {name}", attachments=(attached(content=name.encode()),)))
    for name, rest in (("parked", 2 * HOUR), ("parked", HOUR), ("resting", None)):
        house.act(house.numbers[name], partial(tickets.park, until=clock.now() + rest if rest else None))
    house.act(house.numbers["closed"], tickets.close)
    file = StoredFile("utkast.pdf", "application/pdf", 6, house.blobs.put(b"utkast"))
    house.act(house.numbers["moved"], partial(drafts.attach, kind=DraftKind.REPLY, file=file, limit=100))
    house.act(house.numbers["moved"], partial(tickets.change_topic, slug=house.organisation.economic_aid.slug))
    with house.begin() as session:
        house.numbers["called"] = make_ticket(session, house.organisation.common, house.organisation.first_line).number


def arrived(house: House) -> None:
    """A mail on two ways, one given twice, an answer to an answer, one nobody can read, and one that has just come."""
    on_two_ways = mail("Till er båda", message_id="<both@example.se>")
    house.numbers["shared"] = house.arrive(on_two_ways)
    assert house.arrive(on_two_ways, OTHER) == house.numbers["shared"]
    accept(house.begin, on_two_ways)
    house.acknowledge(on_two_ways)
    own = rows(house.begin, Entry, Entry.id == house.answers["sent"])[0].own_message_id
    assert own is not None
    back = house.arrive(mail("Tack!", references=(own,), attachments=(attached(content=b"tack"),)))
    assert back == house.numbers["sent"]
    away = mail("Jag är borta", automatic="auto_reply", message_id="<away@example.se>")
    for to in (OURS, OTHER):
        house.acknowledge(away, to)
        come(house.begin, away, to)
    for message in (mail("Ingen kan läsa"), mail("Nyss kommet")):
        accept(house.begin, message)
        house.acknowledge(message)
    [claimed, *_] = claim(house.begin)
    with house.begin() as session:
        inbox.quarantine(session, claimed, "parts", "2000 parts")
    listed(house, 1, claimed.inbox_id)
    listed(house, 2, claimed.inbox_id, is_repeat=True)
    listed(house, 3, None, problem="gone")


def listed(house: House, uid: int, inbox_id: int | None, *, is_repeat: bool = False, problem: str = "") -> None:
    """Enter a mail in the ledger of a mailbox."""
    with house.begin() as session:
        line = MailUid(mailbox="kontakt", uidvalidity=1, uid=uid, inbox_id=inbox_id)
        line.is_repeat, line.problem = is_repeat, problem
        session.add(line)


# A healthy house


def test_a_healthy_house_gives_no_finding(house: House) -> None:
    assert house.findings() == []
    assert house.findings(accepted=None, delivered=None, quick=True) == []
    states = {entry.state for entry in rows(house.begin, Entry, Entry.id.in_(house.answers.values()))}
    assert states == {
        *(EntryState.SENT, EntryState.FAILED, EntryState.UNCERTAIN),
        *(EntryState.SENDING, EntryState.QUEUED),
    }
    assert {row.state for row in rows(house.begin, Inbox)} == set(InboxState)


def test_what_was_looked_at_is_counted(house: House) -> None:
    house.blobs.put(b"nobody refers to these bytes")
    first = house.delivered.read_text().splitlines()[0]
    with house.delivered.open("a") as journal:
        journal.write(f"{first}\n\n")
    with house.begin(read_only=True) as session:
        here = runtime.current()
        check = Check(session, here.blobs, here.keys, house.accepted, house.delivered)
        assert list(invariants.verify(check)) == []
        told = invariants.summary(check)
    assert told == (
        "18 messages, 13 tickets, 42 entries, 10 promises, "
        "19 acknowledged, 3 letters, 1 copies, 30 blobs, 1 unreferenced"
    )


def test_the_example_data_and_what_is_left_of_it_are_healthy(begin: Begin, tmp_path: Path) -> None:
    with begin() as session:
        build.ensure_organisation(session, clock.now())
        build.build(session, runtime.current(), clock.now())
        anna = make_agent(session, "Anna", Role.SUPERVISOR, domains=session.scalars(select(Domain)))
        make_agent(session, "Berit", Role.ADMIN, password_hash="x")
    way = Maildir(tmp_path / "outgoing")
    mailed = Ticket.address_id.in_(select(Address.id).where(Address.kind == AddressKind.EMAIL))
    for number in [row.number for row in rows(begin, Ticket, mailed)[:2]]:
        answer(begin, anna, number)
    for made in begin_deliveries(begin):
        way.send(made.message)
        record(begin, made)
    assert count(begin, Entry, Entry.state == EntryState.SENT, Entry.kind == EntryKind.MESSAGE) > 10
    assert look(begin, delivered=tmp_path / "outgoing") == []
    arrive(begin, mail("Tack", references=(made.message.message_id,)))
    with begin() as session:
        build.remove(session)
    assert count(begin, Ticket) == 1
    assert look(begin) == []


def test_a_late_reply_that_continues_in_a_new_ticket_is_healthy(
    begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = arrive(begin, mail("Ett", message_id="<1@example.se>"))
    answer(begin, organisation.alice, first, close=True)
    [letter] = deliver(begin)
    assert letter.reply_to is not None
    travel(monkeypatch, timedelta(days=90))
    late = mail("Vad gäller för altaner nu?", message_id="<2@example.se>")
    second = arrive(begin, late, letter.reply_to.value)
    assert second != first
    assert arrive(begin, late, letter.reply_to.value, OTHER) == second
    assert arrive(begin, mail("En sak till om altaner?", message_id="<3@example.se>"), letter.reply_to.value) == second
    assert {finding.invariant for finding in look(begin)} <= {"I6"}


@pytest.mark.parametrize(
    "steps",
    [
        ["sent", "failed", "again", "sent"],
        ["sent", "failed", "again", "sent", "delivered"],
        ["sent", "failed", "again", "delivered", "sent"],
        ["sent", "failed", "delivered"],
        ["refused", "delivered"],
        ["lost", "delivered"],
        ["lost", "failed", "again", "sent"],
        ["lost", "again", "delivered", "sent"],
        ["begun", "failed", "ended", "again", "sent"],
        ["begun", "delivered", "ended lost"],
    ],
    ids=" ".join,
)
def test_an_answer_of_which_others_report_is_healthy(
    begin: Begin, organisation: Organisation, steps: list[str]
) -> None:
    number = arrive(begin, mail())
    entry_id = answer(begin, organisation.alice, number)
    begun: list[Any] = []
    outcomes = {"sent": None, "refused": Refused("550 5.1.1 unknown"), "lost": OutcomeUnknown("lost")}
    for place, step in enumerate(steps):
        if step in outcomes:
            deliver(begin, outcomes[step])
        elif step == "begun":
            begun = begin_deliveries(begin)
        elif step.startswith("ended"):
            record(begin, begun[0], OutcomeUnknown("lost") if "lost" in step else None)
        elif step == "again":
            with begin() as session:
                actor = actor_for(session, session.get_one(Agent, organisation.alice.id))
                replies.send_again(session, actor, get_ticket(session, actor, number, lock=True), entry_id)
        else:
            arrive(begin, report(begin, entry_id, step, "maja@example.se", text=f"{step} {place}"))
    assert [finding for finding in look(begin) if finding.invariant in ("I4", "I5")] == []


def test_answers_in_the_maildir_are_letters(house: House) -> None:
    answer(house.begin, house.organisation.alice, house.numbers["shared"], "En gång till")
    way = Maildir(house.folder / "outgoing")
    for made in begin_deliveries(house.begin):
        way.send(made.message)
        record(house.begin, made)
    found = house.findings(delivered=house.folder / "outgoing")
    assert {finding.subject for finding in found} == {f"entry {house.answers[name]}" for name in ("sent", "again")}
    assert {finding.invariant for finding in found} == {"I4"}


def test_what_waits_may_do_so_within_its_limit(house: House) -> None:
    long_ago = clock.now() - HOUR
    house.change(
        update(Inbox).values(created_at=long_ago),
        update(Outbox).where(Outbox.done_at.is_(None)).values(due_at=long_ago),
        update(Ticket).where(Ticket.snoozed_until.is_not(None)).values(snoozed_until=long_ago),
    )
    assert {finding.invariant for finding in house.findings()} == {"I6"}
    assert len(house.findings()) == 6, "a message, two answers, two wake-up calls, a rest"
    assert house.findings(limits=Limits(4000, 4000, 4000)) == []
    held = update(Outbox).where(Outbox.done_at.is_(None)).values(lease_until=clock.now() + HOUR)
    house.change(held)
    assert len(house.findings()) == 2, "a promise that somebody holds is being kept"


# Damage


Damage = Callable[[House], None]
DAMAGES: list[tuple[str, Damage]] = []


def damage(invariant: str) -> Callable[[Damage], Damage]:
    """One small way to break a healthy house, which `invariant` and no other must find."""

    def listed(do: Damage) -> Damage:
        DAMAGES.append((invariant, do))
        return do

    return listed


def spoil(house: House, key: str) -> None:
    house.blobs.path(key).write_bytes(b"other bytes")


@damage("I1")
def bytes_of_a_message_removed(house: House) -> None:
    house.blobs.path(house.message(InboxState.DONE).raw_key).unlink()


@damage("I1")
def a_message_doubled(house: House) -> None:
    row = house.message(InboxState.QUARANTINED)
    columns = {column.key: getattr(row, column.key) for column in Inbox.__table__.columns if column.key != "id"}
    house.change(insert(Inbox).values(columns | {"dedupe_key": "another"}))


@damage("I1")
def an_acknowledged_message_lost(house: House) -> None:
    house.change(delete(Inbox).where(Inbox.state == InboxState.WAITING))


@damage("I1")
def an_acknowledged_recipient_lost(house: House) -> None:
    house.change(update(Inbox).where(Inbox.state == InboxState.WAITING).values(envelope_to=[OTHER]))


@damage("I1")
def acknowledged_before_it_was_stored(house: House) -> None:
    house.acknowledge(mail("250, and then nothing"))


@damage("I2")
def done_without_an_entry(house: House) -> None:
    done = {"state": InboxState.DONE, "ticket_id": house.ticket_id("sent")}
    house.change(update(Inbox).where(Inbox.state == InboxState.WAITING).values(done))


@damage("I2")
def done_and_waiting_again(house: House) -> None:
    house.change(update(Inbox).where(Inbox.id == house.message(InboxState.DONE).id).values(state=InboxState.WAITING))


@damage("I2")
def done_for_another_ticket(house: House) -> None:
    row = house.message(InboxState.DONE)
    house.change(update(Inbox).where(Inbox.id == row.id).values(ticket_id=house.ticket_id("closed")))


@damage("I2")
def parked_and_not_shown(house: House) -> None:
    house.change(delete(ParkedMail))


@damage("I2")
def shown_as_parked_and_in_a_ticket(house: House) -> None:
    house.change(update(ParkedMail).values(taken_in=True))


@damage("I2")
def settled_without_a_ticket(house: House) -> None:
    house.change(update(Inbox).where(Inbox.state == InboxState.DUPLICATE).values(ticket_id=None))


@damage("I2")
def a_duplicate_of_nothing(house: House) -> None:
    house.change(update(Inbox).where(Inbox.state == InboxState.DUPLICATE).values(ticket_id=house.ticket_id("called")))


@damage("I2")
def quarantined_without_a_reason(house: House) -> None:
    house.change(update(Inbox).where(Inbox.state == InboxState.QUARANTINED).values(reason=""))


@damage("I2")
def in_a_state_that_does_not_exist(house: House) -> None:
    house.change(text("UPDATE inbox SET state = 'lost' WHERE state = 'waiting'"))


@damage("I2")
def an_entry_of_a_message_that_never_came(house: House) -> None:
    own = Entry.id == house.answers["sent"]
    house.change(update(Entry).where(own).values(inbox_id=NOWHERE))


@damage("I2")
def an_answer_of_a_message_that_came(house: House) -> None:
    row = house.message(InboxState.DONE)
    entry_id = house.answers["sent"]
    assert row.ticket_id == house.ticket_id("sent")
    house.change(
        update(Entry).where(Entry.inbox_id == row.id).values(inbox_id=None),
        update(Entry).where(Entry.id == entry_id).values(inbox_id=row.id),
    )


@damage("I3")
def a_message_in_its_ticket_twice(house: House) -> None:
    entry = house.first_entry("closed")
    with house.begin() as session:
        ticket = session.get_one(Ticket, entry.ticket_id)
        ticket.last_seq += 1
        copy = {"kind": entry.kind, "direction": entry.direction, "channel": entry.channel, "at": entry.at}
        again = Entry(ticket_id=ticket.id, seq=ticket.last_seq, inbox_id=entry.inbox_id, **copy)
        again.message = EntryMessage(text="Det är closed")
        session.add(again)


@damage("I3")
def a_content_unique_in_a_foreign_ticket(house: House) -> None:
    own = Entry.id == house.first_entry("shared").id
    house.change(update(Entry).where(own).values(content_scope=f"ticket:{house.ticket_id('sent')}"))


@damage("I3")
def a_content_unique_nowhere(house: House) -> None:
    house.change(update(Entry).where(Entry.id == house.first_entry("shared").id).values(content_scope=""))


@damage("I4")
def an_answer_with_two_message_ids(house: House) -> None:
    house.change(update(Entry).where(Entry.id == house.answers["sent"]).values(message_id="<new@ekhamra.example>"))


@damage("I4")
def a_promise_without_a_message_id(house: House) -> None:
    house.change(update(Entry).where(Entry.id == house.answers["queued"]).values(own_message_id=None, message_id=None))


@damage("I4")
def two_answers_with_exchanged_message_ids(house: House) -> None:
    ids = [house.answers["sent"], house.answers["again"]]
    one, other = (entry.own_message_id for entry in rows(house.begin, Entry, Entry.id.in_(ids)))
    for entry_id, own in ((ids[0], None), (ids[1], one), (ids[0], other)):
        house.change(update(Entry).where(Entry.id == entry_id).values(own_message_id=own, message_id=own))


@damage("I4")
def an_answer_sent_for_two_promises(house: House) -> None:
    again = (Outbox.subject_id == house.answers["again"], Outbox.kind == outbox.DELIVER)
    house.change(update(Outbox).where(*again).values(outcome="sent"))


@damage("I4")
def a_letter_nobody_wrote(house: House) -> None:
    write(house.delivered, message_id="<ghost@ekhamra.example>")


@damage("I4")
def a_letter_that_never_left(house: House) -> None:
    lines = house.delivered.read_text().splitlines(keepends=True)
    house.delivered.write_text("".join(lines[1:]))


@damage("I5")
def an_answer_nobody_promised(house: House) -> None:
    house.change(delete(Outbox).where(Outbox.subject_id == house.answers["queued"], Outbox.kind == outbox.DELIVER))


@damage("I5")
def an_answer_sent_and_still_owed(house: House) -> None:
    house.change(update(Entry).where(Entry.id == house.answers["queued"]).values(state=EntryState.FAILED))


@damage("I5")
def an_answer_fallen_back(house: House) -> None:
    house.change(update(Entry).where(Entry.id == house.answers["sent"]).values(state=EntryState.QUEUED))


@damage("I5")
def an_answer_sent_by_no_promise(house: House) -> None:
    own = (Outbox.subject_id == house.answers["sent"], Outbox.kind == outbox.DELIVER)
    house.change(update(Outbox).where(*own).values(outcome="failed"))


@damage("I5")
def an_incoming_message_with_an_answers_state(house: House) -> None:
    house.change(update(Entry).where(Entry.id == house.first_entry("sent").id).values(state=EntryState.SENT))


@damage("I5")
def a_promise_of_nothing(house: House) -> None:
    with house.begin() as session:
        outbox.promise(session, outbox.DELIVER, NOWHERE, clock.now())


@damage("I5")
def a_promise_that_ended_in_silence(house: House) -> None:
    house.change(update(Outbox).where(Outbox.subject_id == house.answers["failed"]).values(outcome=""))


@damage("I5")
def a_rest_nobody_ends(house: House) -> None:
    [*_, last] = rows(house.begin, Outbox, Outbox.kind == outbox.WAKE)
    house.change(delete(Outbox).where(Outbox.id == last.id))


@damage("I5")
def a_closed_ticket_to_be_woken(house: House) -> None:
    house.change(update(Ticket).where(Ticket.id == house.ticket_id("closed")).values(snoozed_until=clock.now() + HOUR))


@damage("I6")
def a_message_left_lying(house: House) -> None:
    house.change(update(Inbox).where(Inbox.state == InboxState.WAITING).values(created_at=clock.now() - HOUR))


@damage("I6")
def a_promise_left_lying(house: House) -> None:
    own = Outbox.subject_id == house.answers["queued"]
    house.change(update(Outbox).where(own).values(due_at=clock.now() - HOUR, lease_until=clock.now() - HOUR))


@damage("I6")
def a_timer_left_lying(house: House) -> None:
    row = {"kind": "reckon", "subject_id": 0, "due_at": clock.now() - HOUR, "attempt": 0}
    house.change(insert(Timer).values(row))


@damage("I6")
def a_deadline_without_a_timer(house: House) -> None:
    own = Ticket.id == house.ticket_id("parked")
    house.change(update(Ticket).where(own).values(first_reply_due=clock.now() + HOUR))


@damage("I6")
def a_timer_of_a_promise_that_was_kept(house: House) -> None:
    row = {"kind": "first_reply", "subject_id": house.ticket_id("sent"), "due_at": clock.now() + HOUR, "attempt": 0}
    house.change(insert(Timer).values(row))


@damage("I6")
def a_rest_that_does_not_end(house: House) -> None:
    past = clock.now() - HOUR
    house.change(
        update(Ticket).where(Ticket.id == house.ticket_id("parked")).values(snoozed_until=past),
        delete(Outbox).where(Outbox.kind == outbox.WAKE, Outbox.due_at > clock.now() + 1.5 * HOUR),
        update(Outbox).where(Outbox.kind == outbox.WAKE).values(due_at=past),
    )


@damage("I13")
def bytes_of_a_file_removed(house: House) -> None:
    house.blobs.path(house.file().blob_key).unlink()


@damage("I13")
def bytes_of_a_file_changed(house: House) -> None:
    spoil(house, house.file().blob_key)


@damage("I13")
def bytes_of_a_message_changed(house: House) -> None:
    spoil(house, house.message(InboxState.QUARANTINED).raw_key)


@damage("I13")
def a_file_that_says_other_bytes(house: House) -> None:
    house.change(update(Attachment).where(Attachment.id == house.file().id).values(sha256="0" * 64))


@damage("I13")
def a_file_of_nobody(house: House) -> None:
    house.change(update(Attachment).where(Attachment.draft_id.is_not(None)).values(draft_id=None))


@damage("I3")
def a_mail_of_the_ledger_that_is_nowhere(house: House) -> None:
    house.change(update(MailUid).where(MailUid.uid == 1).values(inbox_id=None))


@damage("I3")
def a_mail_of_the_ledger_that_is_gone_and_there(house: House) -> None:
    house.change(update(MailUid).where(MailUid.uid == 1).values(problem="gone"))


@damage("I3")
def a_mail_of_the_ledger_in_no_known_trouble(house: House) -> None:
    house.change(update(MailUid).where(MailUid.uid == 1).values(problem="odd"))


@damage("I3")
def two_mails_of_the_ledger_that_were_both_new(house: House) -> None:
    house.change(update(MailUid).where(MailUid.uid == 2).values(is_repeat=False))


@damage("I14")
def a_line_lost(house: House) -> None:
    house.change(update(Ticket).where(Ticket.id == house.ticket_id("sent")).values(last_seq=Ticket.last_seq + 1))


@damage("I14")
def a_line_uncounted(house: House) -> None:
    house.change(update(Ticket).where(Ticket.id == house.ticket_id("sent")).values(last_seq=Ticket.last_seq - 1))


@damage("I14")
def a_note_removed(house: House) -> None:
    house.change(delete(SearchDoc).where(SearchDoc.entry_id == last_line(house)))
    house.change(delete(Entry).where(Entry.id == last_line(house)))


def last_line(house: House) -> int:
    return rows(house.begin, Entry, Entry.ticket_id == house.ticket_id("undone"))[-1].id


@damage("I14")
def two_lines_in_exchanged_places(house: House) -> None:
    first, second, *_ = rows(house.begin, Entry, Entry.ticket_id == house.ticket_id("sent"))
    for entry_id, seq in ((first.id, -1), (second.id, first.seq), (first.id, second.seq)):
        house.change(update(Entry).where(Entry.id == entry_id).values(seq=seq))


@damage("I14")
def a_search_row_in_another_domain(house: House) -> None:
    own = SearchDoc.entry_id == house.first_entry("moved").id
    house.change(update(SearchDoc).where(own).values(domain_id=house.organisation.common.id))


@damage("I14")
def a_search_row_in_another_ticket(house: House) -> None:
    own = SearchDoc.entry_id == house.first_entry("closed").id
    house.change(update(SearchDoc).where(own).values(ticket_id=house.ticket_id("sent")))


@damage("I14")
def a_file_in_another_domain(house: House) -> None:
    own = Attachment.entry_id == house.first_entry("moved").id
    house.change(update(Attachment).where(own).values(domain_id=house.organisation.common.id))


@damage("I14")
def a_drafts_file_in_another_domain(house: House) -> None:
    drafted = Attachment.draft_id.is_not(None)
    house.change(update(Attachment).where(drafted).values(domain_id=house.organisation.common.id))


@damage("I14")
def a_note_that_may_leave(house: House) -> None:
    with house.begin() as session:
        session.add(EntryMessage(entry_id=last_line(house), text="En anteckning"))


@damage("I14")
def a_message_without_a_body(house: House) -> None:
    house.change(delete(EntryMessage).where(EntryMessage.entry_id == house.first_entry("closed").id))


@pytest.mark.parametrize(("invariant", "do"), DAMAGES, ids=lambda value: getattr(value, "__name__", value))
def test_a_damage_is_found_by_the_invariant_meant_for_it(house: House, invariant: str, do: Damage) -> None:
    do(house)
    found = house.findings()
    assert {finding.invariant for finding in found} == {invariant}, "\n".join(map(str, found))
    assert len(found) <= 2, "one small damage is told of once, or from both of its sides"


def test_every_invariant_has_a_damage() -> None:
    assert {invariant for invariant, _ in DAMAGES} == set(invariants.INVARIANTS)


def test_a_quick_look_finds_what_is_gone_and_reads_nothing(house: House) -> None:
    spoil(house, house.file().blob_key)
    assert house.findings(quick=True) == []
    bytes_of_a_file_removed(house)
    assert [finding.invariant for finding in house.findings(quick=True)] == ["I13"]


# Journals that cannot be read


@pytest.mark.parametrize(
    ("accepted", "delivered", "why"),
    [
        ("{", None, "line 1: not JSON"),
        ("[]", None, "line 1: not an object"),
        ("\n\n{}", None, "line 3: `sha256`"),
        ('{"sha256": "x", "sender": "", "recipients": []}', None, "`sha256`"),
        (json.dumps({"sha256": "0" * 64, "sender": "", "recipients": "kontakt@ekhamra.example"}), None, "a list"),
        ("[" * 100_000, None, "not JSON"),
        (None, '{"message_id": 1}', "`message_id`"),
        (None, b"\xff".decode("latin-1"), "not JSON"),
    ],
)
def test_a_journal_that_cannot_be_read_is_refused(
    house: House, accepted: str | None, delivered: str | None, why: str
) -> None:
    for path, content in ((house.accepted, accepted), (house.delivered, delivered)):
        if content is not None:
            path.write_text(content)
    with pytest.raises(InvalidInput, match=why.replace("[", r"\[")):
        house.findings()


def test_a_journal_that_is_not_there_is_refused(house: House) -> None:
    (house.folder / "empty").mkdir()
    (house.folder / "binary").write_bytes(b"\xff\xfe")
    for how in ({"accepted": house.folder / "none"}, {"delivered": house.folder / "empty"}):
        with pytest.raises(InvalidInput):
            house.findings(**how)
    with pytest.raises(InvalidInput, match="cannot be read"):
        house.findings(accepted=house.folder / "binary")

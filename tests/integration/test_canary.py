"""Scenario 13: many tickets full of what is nobody else's business, and nothing of it in anything that leaves.

Every kind of promise is kept here by the jobs of the relay, mail over SMTP into a server that keeps the bytes. A kind
that is not known here fails the test: whoever adds one must say here how it comes to be promised.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from itertools import pairwise

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from channels.email.smarthost import Smarthost, SmarthostOptions
from contactcenter import clock, runtime
from contactcenter.access import Actor, actor_for
from contactcenter.model import Agent, Entry, EntryNote, Outbox, Ticket
from contactcenter.model.words import AddressKind, ChannelKind, DraftKind, EntryKind
from contactcenter.services import drafts, entries, identity, links, outbox, replies, tickets, trial_mail
from contactcenter.services.entries import StoredFile
from contactcenter.services.recipients import Wanted
from tests.integration.conftest import Begin
from tests.integration.mailroom import count, rows
from tests.integration.people import Organisation, make_entry, make_person, make_ticket
from tests.integration.test_webhooks import Receiver, added, receiver
from tests.sink import Sink, Taken, sink
from workers import jobs
from workers.jobs import REMOTE, Task, Tools

__all__ = ["receiver"]

TICKETS = 100
SEED = 20_261_121
CANARY = "kanariefågel"
"""In every note, event, draft, file, hidden address and name that no mail may hold."""
MARK = "kännetecken"
"""With a ticket's number: in its subject and in what is answered there, which may leave in its own mails alone."""


@pytest.fixture
def post() -> Iterator[Sink]:
    with sink() as server:
        yield server


def fill(session: Session, organisation: Organisation, actor: Actor, chance: random.Random, place: int) -> Ticket:
    """A ticket of one resident with secrets of every sort around one answer."""
    domain, team, topic = chance.choice(
        (
            (organisation.common, organisation.streets, organisation.parking),
            (organisation.common, organisation.first_line, None),
            (organisation.social, organisation.social_team, organisation.economic_aid),
        )
    )
    person = make_person(session, f"{CANARY} Exempel", protected_identity=chance.random() < 0.1)
    address_id = identity.find_or_add_address(session, AddressKind.EMAIL, f"person{place}@example.se")
    ticket = make_ticket(
        session,
        domain,
        team,
        f"{MARK}{place}x",
        topic_id=topic.id if topic else None,
        person_id=person.id,
        address_id=address_id,
        sender=f"{CANARY} Exempel",
        contact_reason=CANARY,
        registry_ref=CANARY,
        sensitive=chance.random() < 0.2,
    )
    make_entry(session, ticket, f"{CANARY} {MARK}{place}x frågar", address_id=address_id, author_name=CANARY)
    _surround(session, actor, ticket, f"före{place}")
    wanted = Wanted(None, f"kopia{place}@example.com", f"dold{place}.{CANARY}@example.com".replace("å", "a"))
    text = f"Svaret till {MARK}{place}x"
    replies.send(session, actor, ticket, text, key=f"k{place}", seen_seq=ticket.last_seq, sure=True, wanted=wanted)
    _surround(session, actor, ticket, f"efter{place}")
    return ticket


def _surround(session: Session, actor: Actor, ticket: Ticket, key: str) -> None:
    replies.note(session, actor, ticket, f"{CANARY} anteckning", key=key)
    make_entry(session, ticket, f"{CANARY} samtal", EntryKind.NOTE, channel=ChannelKind.PHONE)
    entries.add_event(session, ticket, "assigned", actor, to=CANARY)
    drafts.save(session, actor, ticket, DraftKind.NOTE, f"{CANARY} utkast", ticket.last_seq, 1)
    wanted = Wanted(f"{CANARY}@example.se", f"{CANARY}@example.com", "")
    if key.startswith("efter"):
        drafts.save(session, actor, ticket, DraftKind.REPLY, f"{CANARY} utkast", ticket.last_seq, 1, wanted)
    file = StoredFile(f"{CANARY}.txt", "text/plain", 5, runtime.current().blobs.put(CANARY.encode()))
    drafts.attach(session, actor, ticket, DraftKind.NOTE, file, 10_000)


def _park(session: Session, organisation: Organisation, actor: Actor, made: list[Ticket]) -> None:
    for ticket in made[:20]:
        tickets.park(session, actor, ticket, clock.now() + timedelta(hours=1))


def _invite(session: Session, organisation: Organisation, actor: Actor, made: list[Ticket]) -> None:
    links.make(session, session.get_one(Agent, organisation.charlie.id), None)


def _try(session: Session, organisation: Organisation, actor: Actor, made: list[Ticket]) -> None:
    trial_mail.send(session, actor_for(session, session.get_one(Agent, organisation.admin.id)))


def _of_itself(session: Session, organisation: Organisation, actor: Actor, made: list[Ticket]) -> None:
    """By what has happened to the tickets in `fill`."""


PROMISED = {
    outbox.DELIVER: _of_itself,
    outbox.WAKE: _park,
    outbox.LINK: _invite,
    outbox.WEBHOOK: _of_itself,
    outbox.TRIAL: _try,
}
"""How each kind of promise comes about."""


def keep_all(app: Flask, begin: Begin, mail: Smarthost) -> None:
    """Keep everything that is owed, and what comes to be owed by that."""
    tools = Tools(app, mail)
    while True:
        with begin() as session:
            session.execute(
                update(Outbox).where(Outbox.done_at.is_(None)).values(due_at=clock.now() - timedelta(seconds=1))
            )
            owed = [
                Task(row.id, row.attempt, row.kind, row.subject_id, dict(row.payload))
                for row in outbox.claim(session, 500)
            ]
        if not owed:
            return
        for task in owed:
            jobs.keep(tools, task)


def said(mail: EmailMessage) -> str:
    """Everything in a mail that can be read, with what is encoded decoded."""
    parts = [f"{name}: {value}" for name, value in mail.items()]
    for part in mail.walk():
        parts += [str(value) for value in part.values()]
        if not part.is_multipart():
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            parts.append(content.decode("utf-8", "replace"))
    return "\n".join(parts)


def assert_holds_nothing(taken: Taken, known: dict[str, int]) -> None:
    """The mail holds no canary, and of all tickets only what is of its own."""
    text = f"{taken.data.decode('utf-8', 'replace')}\n{said(taken.mail)}"
    assert CANARY not in text
    assert CANARY.replace("å", "a") not in text, "not even a hidden address"
    own = [mark for mark in known if mark in text]
    assert len(own) <= 1, own
    if own:
        place = known[own[0]]
        assert taken.mail["To"] == f"person{place}@example.se"
        assert taken.mail["Cc"] == f"kopia{place}@example.com"


def test_nothing_that_leaves_holds_what_is_to_stay(
    app: Flask, begin: Begin, organisation: Organisation, post: Sink, receiver: Receiver
) -> None:
    assert set(PROMISED) == set(outbox.KINDS), "say here how each kind comes to be promised"
    added(begin, "Allt", "all", "common", "social")
    chance = random.Random(SEED)
    with begin() as session:
        actor = actor_for(session, session.get_one(Agent, organisation.bob.id))
        made = [fill(session, organisation, actor, chance, place) for place in range(TICKETS)]
        for related, ticket in pairwise(made):
            ticket.related_ticket_id = related.id
        for promise in PROMISED.values():
            promise(session, organisation, actor, made)
    keep_all(app, begin, Smarthost(SmarthostOptions("127.0.0.1", post.port, tls="none")))

    kept = rows(begin, Outbox, Outbox.done_at.is_not(None), Outbox.outcome.in_(("sent", "done")))
    assert {row.kind for row in kept} == set(outbox.KINDS), "every kind has been kept"
    assert {row.id for row in kept} == {row.id for row in rows(begin, Outbox)}
    assert count(begin, EntryNote, EntryNote.text.contains(CANARY)) >= 2 * TICKETS, "the canary lives"

    known = {f"{MARK}{place}x": place for place in range(TICKETS)}
    answers = [taken for taken in post.taken if MARK in said(taken.mail)]
    letters = [taken for taken in post.taken if taken not in answers]
    assert len(answers) == TICKETS == count(begin, Entry, Entry.own_message_id.is_not(None))
    assert {kind for kind in REMOTE if kind not in (outbox.DELIVER, outbox.WEBHOOK)} == {outbox.LINK, outbox.TRIAL}
    assert len(letters) == 2
    for taken in post.taken:
        assert_holds_nothing(taken, known)
    for taken in answers:
        assert len(taken.recipients) == 3
        assert sum(CANARY.replace("å", "a") in recipient for recipient in taken.recipients) == 1
    assert len(receiver.calls) >= TICKETS
    for call in receiver.calls:
        text = f"{call.url} {call.headers} {call.body.decode()}"
        assert CANARY not in text
        assert MARK not in text
        assert "example.se" not in text

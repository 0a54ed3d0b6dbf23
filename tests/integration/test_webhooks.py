"""Webhooks: told what happens in its transaction, signed, tried again, paused, and nothing of what may not be seen."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from channels.errors import ChannelError, Refused, TryLater
from channels.message import Receipt
from channels.webhook.caller import Call
from channels.webhook.signature import signature
from contactcenter import clock, runtime
from contactcenter.access import COMMON_DOMAIN, actor_for, get_ticket
from contactcenter.api.openapi import openapi
from contactcenter.api.shapes import WebhookEvent
from contactcenter.cli import COMMANDS
from contactcenter.errors import Conflict, InvalidInput, NotFound
from contactcenter.model import Agent, Audit, Outbox, Ticket, Webhook
from contactcenter.services import deadlines, outbox, tickets, webhook_calls, webhooks
from tests.integration.conftest import Begin
from tests.integration.mailroom import answer, arrive, deliver, mail, rows, ticket
from tests.integration.people import Organisation
from workers import jobs
from workers.jobs import Task, Tools
from workers.outgoing import sender_for

URL = "https://hook.example.com/in"


class Receiver:
    """The other program: it remembers what it was told and answers as the test says."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.answer: Callable[[], Receipt] = lambda: Receipt("200 OK")

    def call(self, call: Call) -> Receipt:
        self.calls.append(call)
        return self.answer()

    def fails(self, error: ChannelError) -> None:
        def answer() -> Receipt:
            raise error

        self.answer = answer

    @property
    def told(self) -> list[dict[str, Any]]:
        return [json.loads(call.body) for call in self.calls]


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Receiver:
    made = Receiver()
    monkeypatch.setattr(jobs, "caller_for", lambda here: made)
    return made


@pytest.fixture
def hook(begin: Begin, organisation: Organisation) -> tuple[int, str]:
    """A webhook for everything in the common domain: its row id and its secret."""
    return added(begin)


def added(begin: Begin, name: str = "E-tjänst", events: str = "all", *domains: str) -> tuple[int, str]:
    with begin() as session:
        secret = webhooks.add(session, name, URL, webhooks.types(events), domains)
        return session.scalars(select(Webhook.id).where(Webhook.name == name)).one(), secret


def call_all(app: Flask, begin: Begin, *, due: bool = False) -> None:
    """Make every owed call that is due, or with `due` all of them, as the relay does."""
    if due:
        with begin() as session:
            owed = update(Outbox).where(Outbox.done_at.is_(None), Outbox.kind == outbox.WEBHOOK)
            session.execute(owed.values(due_at=clock.now() - timedelta(seconds=1)))
    with begin() as session:
        claimed = outbox.claim(session, 50, [outbox.WEBHOOK])
        tasks = [Task(row.id, row.attempt, row.kind, row.subject_id, dict(row.payload)) for row in claimed]
    with app.app_context():
        tools = Tools(app, sender_for(runtime.current()))
    for task in tasks:
        jobs.JOBS[task.kind](tools, task)


def act(begin: Begin, organisation: Organisation, number: int, do: Any, **how: Any) -> None:
    with begin() as session:
        actor = actor_for(session, session.get_one(Agent, organisation.bob.id))
        do(session, actor, get_ticket(session, actor, number, lock=True), **how)


def calls(begin: Begin) -> list[Outbox]:
    return list(rows(begin, Outbox, Outbox.kind == outbox.WEBHOOK))


def test_everything_that_happens_is_told_once(
    app: Flask, begin: Begin, organisation: Organisation, hook: tuple[int, str], receiver: Receiver
) -> None:
    number = arrive(begin, mail())
    act(begin, organisation, number, tickets.take)
    act(begin, organisation, number, tickets.release)
    act(begin, organisation, number, tickets.change_topic, slug="parking")
    act(begin, organisation, number, tickets.park, until=None)
    act(begin, organisation, number, lambda session, actor, row: tickets.wake(session, row, actor))
    answer(begin, organisation.bob, number, close=True)
    [sent] = deliver(begin)
    arrive(begin, mail("Tack, men när?", references=(sent.message_id,)))
    with begin() as session:
        row = tickets.by_id(session, ticket_id(begin, number))
        row.first_reply_due = clock.now()
        deadlines.broken(session, row, row.first_reply_due)
    answer(begin, organisation.bob, number, "En gång till")
    deliver(begin, Refused("550 unknown"))
    call_all(app, begin)
    expected = (
        *("opened", "assigned", "released", "routed", "parked", "woken", "closed", "replied", "message", "reopened"),
        *("overdue", "reply_failed"),
    )
    assert [told["type"] for told in receiver.told] == [f"ticket.{word}" for word in expected]
    assert {told["type"] for told in receiver.told} == set(webhooks.TYPES), "and there is nothing else"
    assert len({told["id"] for told in receiver.told}) == len(receiver.told)
    revs = [told["ticket"]["rev"] for told in receiver.told]
    assert revs == sorted(revs)
    call_all(app, begin, due=True)
    assert len(receiver.told) == len(expected)


def test_what_a_report_opens_again_is_told(
    app: Flask, begin: Begin, organisation: Organisation, hook: tuple[int, str], receiver: Receiver
) -> None:
    number = arrive(begin, mail())
    answer(begin, organisation.bob, number, close=True)
    [sent] = deliver(begin)
    report: dict[str, Any] = {"automatic": "bounce", "reported": "failed", "references": (sent.message_id,)}
    assert arrive(begin, mail("550", sender="mailer-daemon@example.se", **report)) == number
    call_all(app, begin)
    assert [told["type"] for told in receiver.told][-2:] == ["ticket.reopened", "ticket.reply_failed"]


def ticket_id(begin: Begin, number: int) -> int:
    return ticket(begin, number).id


def test_a_call_is_signed_and_says_where_the_ticket_is(
    app: Flask, begin: Begin, organisation: Organisation, hook: tuple[int, str], receiver: Receiver
) -> None:
    number = arrive(begin, mail("Hemlig text", sender="maja@example.se", subject="Hemligt ämne"))
    act(begin, organisation, number, tickets.change_topic, slug="parking")
    call_all(app, begin)
    call = receiver.calls[-1]
    told = WebhookEvent.model_validate_json(call.body)
    where = told.ticket.model_dump(mode="json")
    assert where == {
        **{
            "number": number,
            "status": "new",
            "priority": "normal",
            "channel": "email",
            "rev": ticket(begin, number).rev,
        },
        **{"domain": "common", "topic": "parking", "team": "gata-park", "office": None},
    }
    time = int(call.headers["Webhook-Timestamp"])
    assert abs(time - clock.now().timestamp()) < 60
    assert call.headers["Webhook-Signature"] == f"v1={signature(hook[1], time, call.body)}"
    assert call.headers["Webhook-Id"] == told.id
    everything = b"".join(call.body for call in receiver.calls).lower()
    assert not any(word in everything for word in (b"hemlig", b"maja", b"example.se", b"\xc3\xa4mne"))


def test_two_secrets_sign_while_one_is_changed(
    app: Flask,
    begin: Begin,
    organisation: Organisation,
    hook: tuple[int, str],
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with begin() as session:
        new = webhooks.rotate(session, hook[0])
    assert new != hook[1]
    arrive(begin, mail())
    call_all(app, begin)
    call = receiver.calls[-1]
    time = int(call.headers["Webhook-Timestamp"])
    each = [f"v1={signature(secret, time, call.body)}" for secret in (new, hook[1])]
    assert call.headers["Webhook-Signature"] == ", ".join(each)
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + webhook_calls.BOTH_SIGN)
    with begin() as session:
        assert webhook_calls.secrets_of(session.get_one(Webhook, hook[0])) == (new,)


def test_what_its_agent_may_not_see_is_not_told(
    app: Flask, begin: Begin, organisation: Organisation, hook: tuple[int, str], receiver: Receiver
) -> None:
    number = arrive(begin, mail())
    act(begin, organisation, number, tickets.change_topic, slug="economic_aid")
    act(begin, organisation, number, tickets.close)
    assert [row.payload["type"] for row in calls(begin)] == ["ticket.opened"], "it has left the domain"
    call_all(app, begin)
    assert receiver.calls == [], "and what happened before may not be told now"
    assert [row.outcome for row in calls(begin)] == ["done"]


def test_a_secret_topic_is_not_named_where_its_domain_may_be_seen(
    app: Flask, begin: Begin, organisation: Organisation, receiver: Receiver
) -> None:
    added(begin, "Socialtjänst", "ticket.routed,ticket.closed", COMMON_DOMAIN, "social")
    number = arrive(begin, mail())
    act(begin, organisation, number, tickets.change_topic, slug="economic_aid")
    call_all(app, begin)
    [told] = receiver.told
    assert told["ticket"] | {"rev": 0} == {
        **{"number": number, "status": "new", "priority": "normal", "channel": "email", "rev": 0, "domain": "social"},
        **{"topic": None, "team": None, "office": None},
    }


def test_a_transaction_that_fails_promises_nothing(
    begin: Begin, organisation: Organisation, hook: tuple[int, str]
) -> None:
    number = arrive(begin, mail())

    def break_off(session: Any, actor: Any, row: Ticket) -> None:
        tickets.close(session, actor, row)
        raise RuntimeError("broken off")

    with pytest.raises(RuntimeError):
        act(begin, organisation, number, break_off)
    assert [row.payload["type"] for row in calls(begin)] == ["ticket.opened"]


def test_a_failed_call_is_tried_again_with_the_same_id_and_given_up_after_a_day(
    app: Flask,
    begin: Begin,
    organisation: Organisation,
    hook: tuple[int, str],
    receiver: Receiver,
    later: Callable[[timedelta], None],
) -> None:
    arrive(begin, mail())
    receiver.fails(TryLater("503 away"))
    passed = timedelta()
    while calls(begin)[0].done_at is None:
        call_all(app, begin)
        wait = calls(begin)[0].due_at - clock.now()
        passed += max(wait, timedelta(seconds=1))
        later(passed)
    [row] = calls(begin)
    assert (row.outcome, row.error) == ("failed", "503 away")
    assert 10 < len(receiver.calls) < 40
    assert len({call.headers["Webhook-Id"] for call in receiver.calls}) == 1
    assert len({call.body for call in receiver.calls}) == 1
    assert timedelta(hours=24) <= passed < timedelta(hours=29)
    with begin(read_only=True) as session:
        [kept] = webhooks.listed(session)
        assert kept.failing_since is not None
        assert [line.outcome for line in webhooks.log(session, hook[0])] == ["failed"]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    real: Callable[[], datetime] = clock.now
    return lambda ahead: monkeypatch.setattr(clock, "now", lambda: real() + ahead)


def test_after_days_of_failure_it_is_paused_until_it_is_resumed(
    app: Flask,
    begin: Begin,
    organisation: Organisation,
    hook: tuple[int, str],
    receiver: Receiver,
    later: Callable[[timedelta], None],
) -> None:
    receiver.fails(TryLater("503 away"))
    for days in (0, 2, 4):
        later(timedelta(days=days))
        arrive(begin, mail(f"Dag {days}"))
        call_all(app, begin)
    [row] = rows(begin, Webhook)
    assert "nothing has come through for days: 503 away" in row.pause_reason
    assert all(call.done_at for call in calls(begin)), "what it was owed is given up"
    arrive(begin, mail("Medan den vilar"))
    assert len(calls(begin)) == 3
    with begin() as session:
        webhooks.resume(session, hook[0])
    receiver.answer = lambda: Receipt("204 No Content")
    arrive(begin, mail("Nu igen"))
    call_all(app, begin)
    assert calls(begin)[-1].outcome == "sent"


def test_one_call_tries_a_program_that_does_not_answer_and_the_others_wait(
    app: Flask, begin: Begin, organisation: Organisation, hook: tuple[int, str], receiver: Receiver
) -> None:
    for text in ("ett", "två", "tre"):
        arrive(begin, mail(text))
    receiver.fails(TryLater("504 silent"))
    call_all(app, begin)
    assert len(receiver.calls) == 1
    assert len({row.due_at for row in calls(begin)}) == 1, "they wait for the next try"
    assert all(row.done_at is None and row.due_at > clock.now() for row in calls(begin))
    arrive(begin, mail("fyra"))
    call_all(app, begin)
    assert len(receiver.calls) == 1, "nor does what happens meanwhile"
    call_all(app, begin, due=True)
    assert len(receiver.calls) == 2
    receiver.answer = lambda: Receipt("200 OK")
    call_all(app, begin, due=True)
    assert [row.outcome for row in calls(begin)] == ["sent"] * 4
    assert len(receiver.calls) == 6


def test_one_that_is_gone_is_paused_at_once_and_one_success_ends_a_failure(
    app: Flask, begin: Begin, organisation: Organisation, hook: tuple[int, str], receiver: Receiver
) -> None:
    arrive(begin, mail())
    receiver.fails(TryLater("503 away"))
    call_all(app, begin)
    assert rows(begin, Webhook)[0].failing_since is not None
    receiver.answer = lambda: Receipt("200 OK")
    call_all(app, begin, due=True)
    assert rows(begin, Webhook)[0].failing_since is None
    receiver.fails(Refused("410 Gone"))
    arrive(begin, mail("Till"))
    call_all(app, begin)
    assert "410 Gone" in rows(begin, Webhook)[0].pause_reason


def test_one_attempt_holds_the_call(
    app: Flask, begin: Begin, organisation: Organisation, hook: tuple[int, str], receiver: Receiver
) -> None:
    arrive(begin, mail())
    with begin() as session:
        [row] = outbox.claim(session, 5, [outbox.WEBHOOK])
        first = row.id, row.attempt
        row.attempt += 1
    with begin() as session:
        webhook_calls.record(session, *first, Receipt("200 OK"))
    assert calls(begin)[0].done_at is None


def test_it_is_configured_by_command(begin: Begin, organisation: Organisation) -> None:
    def run(*words: str) -> list[str]:
        [command] = [each for each in COMMANDS if each.words == ("webhook", words[0])]
        parser = ArgumentParser()
        command.add(parser)
        arguments = parser.parse_args(words[1:])
        with begin() as session:
            return command.run(session, arguments)

    [secret] = run("add", "--name", "E-tjänst", "--url", URL, "--event", "ticket.opened,ticket.closed")
    assert secret.startswith("whsec_")
    [line] = run("list")
    number = line.split("\t")[0]
    assert line.endswith("ticket.opened,ticket.closed\tworks")
    arrive(begin, mail())
    assert "ticket.opened" in run("log", number)[0]
    run("pause", number)
    assert "paused" in run("list")[0]
    assert "failed" in run("log", number)[0]
    run("resume", number)
    assert run("rotate", number) != [secret]
    assert run("remove", number) == ["E-tjänst is forgotten"]
    assert run("list") == []
    assert run("add", "--name", "E-tjänst", "--url", URL, "--event", "all"), "the name is free again"
    verbs = {row.verb for row in rows(begin, Audit)}
    assert {f"webhook_{verb}" for verb in ("added", "paused", "resumed", "rotated", "removed")} <= verbs
    assert secret not in "".join(str(row.data) for row in rows(begin, Audit))


@pytest.mark.parametrize(
    ("name", "url", "events", "told"),
    [
        ("", URL, "all", "needs a name"),
        ("a\x1bb", URL, "all", "needs a name"),
        ("A", "https://127.0.0.1/", "all", "address inside"),
        ("A", "http://example.com/", "all", "must begin with https"),
        ("A", URL, "ticket.opend", "there is no event `ticket.opend`"),
        ("A", URL, " , ", "no event is named"),
    ],
)
def test_what_will_not_do_is_told(
    begin: Begin, organisation: Organisation, name: str, url: str, events: str, told: str
) -> None:
    with pytest.raises(InvalidInput, match=told), begin() as session:
        webhooks.add(session, name, url, webhooks.types(events))


def test_names_are_unique_and_what_is_not_there_is_said(
    begin: Begin, organisation: Organisation, hook: tuple[int, str]
) -> None:
    with pytest.raises(Conflict), begin() as session:
        webhooks.add(session, "E-tjänst", URL, ("ticket.opened",))
    for do in (webhooks.resume, webhooks.rotate, webhooks.remove, webhooks.log):
        with pytest.raises(NotFound), begin() as session:
            do(session, 999)


def test_the_document_describes_every_event() -> None:
    document = openapi()
    assert set(document["webhooks"]) == set(webhooks.TYPES)
    body = document["webhooks"]["ticket.opened"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/WebhookEvent"}
    assert set(document["components"]["schemas"]["WebhookTicket"]["properties"]) >= {"number", "status", "rev"}

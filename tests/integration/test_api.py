"""The door for other programs: tokens, reading, writing, the same request twice, and what is refused."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete
from werkzeug.test import TestResponse

from contactcenter.model import (
    Address,
    Agent,
    ApiRequest,
    ApiToken,
    Attachment,
    Audit,
    Decision,
    DomainGrant,
    Entry,
    EntryNote,
    Outbox,
    Ticket,
    Topic,
)
from contactcenter.services import agents, tokens
from contactcenter.services.tokens import Scope
from tests.integration.conftest import Begin
from tests.integration.mailroom import arrive, count, mail, pool, rows, ticket
from tests.integration.people import Organisation, make_address, make_person, make_ticket

Program = Callable[..., TestResponse]


def token_of(begin: Begin, agent: Agent, *scopes: Scope) -> str:
    with begin() as session:
        return tokens.add(session, "Ett program", scopes or tuple(Scope), session.get_one(Agent, agent.id))


def program(app: Flask, token: str) -> Program:
    """Asks as a program with this token does: `ask("/tickets")`, `ask("/tickets", {…})`."""
    client = app.test_client()

    def ask(path: str, body: object = None, **headers: str) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named = {"Authorization": f"Bearer {token}"} | named
        if body is None:
            return client.get(f"/api/v1{path}", headers=named)
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return client.post(f"/api/v1{path}", data=data, headers={"Content-Type": "application/json"} | named)

    return ask


@pytest.fixture
def alice(app: Flask, begin: Begin, organisation: Organisation) -> Program:
    return program(app, token_of(begin, organisation.alice))


@pytest.fixture
def bob(app: Flask, begin: Begin, organisation: Organisation) -> Program:
    return program(app, token_of(begin, organisation.bob))


@pytest.fixture
def number(begin: Begin, organisation: Organisation) -> int:
    """A ticket with one mail."""
    return arrive(begin, mail("Får jag bygga en altan?", message_id="<first@example.se>"))


def problem(answer: TestResponse) -> dict[str, Any]:
    assert answer.content_type == "application/problem+json"
    told = answer.get_json(force=True)
    assert told["status"] == answer.status_code
    assert told["detail"]
    assert isinstance(told, dict)
    return told


# Tokens


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer cc_nothing", "Basic x", "bearer \u00e5", f"Bearer cc_{'x' * 5000}"]
)
def test_nobody_gets_in_without_a_living_token(app: Flask, organisation: Organisation, given: str) -> None:
    answer = app.test_client().get("/api/v1/tickets", headers={"Authorization": given} if given else {})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert problem(answer)["code"] == "not_signed_in"


def test_a_token_in_the_address_is_none(app: Flask, begin: Begin, organisation: Organisation) -> None:
    token = token_of(begin, organisation.alice)
    for name in ("token", "access_token", "Authorization"):
        assert app.test_client().get(f"/api/v1/tickets?{name}={token}").status_code == 401


def test_a_session_of_a_browser_is_no_token(app: Flask, organisation: Organisation) -> None:
    client = app.test_client()
    client.set_cookie("cc_session", "whatever")
    assert client.get("/api/v1/tickets").status_code == 401


def test_a_token_ends_with_its_revocation_and_with_its_agent(
    app: Flask, begin: Begin, organisation: Organisation
) -> None:
    first, second = (program(app, token_of(begin, organisation.alice)) for _ in range(2))
    with begin() as session:
        tokens.revoke(session, tokens.listed(session)[-1].id)
    assert (first("/tickets").status_code, second("/tickets").status_code) == (401, 200)
    with begin() as session:
        agents.disable(session, organisation.alice.login)
    assert second("/tickets").status_code == 401


def test_only_the_hash_of_a_token_is_kept(begin: Begin, organisation: Organisation) -> None:
    token = token_of(begin, organisation.alice)
    [row] = rows(begin, ApiToken)
    assert token not in (row.token_hash, row.name)
    assert len(row.token_hash) == 64


def test_a_token_for_reading_does_not_write(app: Flask, begin: Begin, organisation: Organisation, number: int) -> None:
    reading = program(app, token_of(begin, organisation.alice, Scope.READ))
    writing = program(app, token_of(begin, organisation.alice, Scope.WRITE))
    assert reading("/tickets").status_code == 200
    assert problem(reading(f"/tickets/{number}/notes", {"text": "x"}))["code"] == "not_allowed"
    assert writing("/tickets").status_code == 403
    assert writing(f"/tickets/{number}/notes", {"text": "x"}).status_code == 201


def test_a_program_without_an_agent_of_its_own_sees_what_is_common(
    app: Flask, begin: Begin, organisation: Organisation, number: int
) -> None:
    with begin() as session:
        secret = make_ticket(session, organisation.social, organisation.social_team).number
        agent = tokens.service_agent(session, "E-tjänster: bygg")
        ask = program(app, tokens.add(session, "E-tjänster bygg", (Scope.READ,), agent))
    assert [row["number"] for row in ask("/tickets").get_json()["tickets"]] == [number]
    assert ask(f"/tickets/{secret}").status_code == 404
    assert agent.login not in [row["login"] for row in ask("/agents").get_json()["agents"]]


def test_the_rights_are_those_of_the_moment(app: Flask, begin: Begin, organisation: Organisation, bob: Program) -> None:
    with begin() as session:
        secret = make_ticket(session, organisation.social, organisation.social_team).number
    assert bob(f"/tickets/{secret}").status_code == 200
    with begin() as session:
        session.execute(delete(DomainGrant).where(DomainGrant.agent_id == organisation.bob.id))
    assert bob(f"/tickets/{secret}").status_code == 404


# Reading


def test_a_ticket_is_told_with_why_it_is_there_and_what_was_said(
    begin: Begin, organisation: Organisation, alice: Program, number: int
) -> None:
    assert alice(f"/tickets/{number}/notes", {"text": "Ring henne"}).status_code == 201
    told = alice(f"/tickets/{number}").get_json()
    assert told["number"] == number
    assert (told["status"], told["channel"], told["domain"], told["team"]) == (
        "new",
        "email",
        "common",
        "kontaktcenter",
    )
    assert told["person"]["addresses"] == [{"kind": "email", "value": "maja@example.se"}]
    assert [set(reason) for reason in told["decision"]["reasons"]] == [{"code", "text", "matched", "used"}] * len(
        told["decision"]["reasons"]
    )
    assert told["decision"]["reasons"]
    assert [(entry["kind"], entry["text"]) for entry in told["entries"]][::2] == [
        ("message", "Får jag bygga en altan?"),
        ("note", "Ring henne"),
    ]
    assert [entry["seq"] for entry in told["entries"]] == [1, 2, 3]


def test_a_protected_identity_is_not_told(begin: Begin, organisation: Organisation, alice: Program) -> None:
    with begin() as session:
        person = make_person(session, "Maja Hemlig", protected_identity=True)
        address = make_address(session, "hemlig@example.se", person)
        number = make_ticket(
            session,
            organisation.common,
            organisation.first_line,
            person_id=person.id,
            address_id=address.id,
            sender="Maja",
        ).number
    for path in (f"/tickets/{number}", "/tickets"):
        told = alice(path).text
        assert "emlig@" not in told
        assert '"Maja' not in told


@pytest.fixture
def many(begin: Begin, organisation: Organisation) -> list[int]:
    with begin() as session:
        made = [
            make_ticket(session, organisation.common, organisation.first_line, f"Nummer {place}") for place in range(7)
        ]
        make_ticket(session, organisation.social, organisation.social_team, "Hemligt")
        return [row.number for row in made]


@pytest.mark.parametrize("order", ["newest", "queue"])
def test_pages_follow_each_other_without_gaps(alice: Program, many: list[int], order: str) -> None:
    found: list[int] = []
    after = ""
    for _ in range(4):
        page = alice(f"/tickets?limit=2&order={order}{after}").get_json()
        found += [row["number"] for row in page["tickets"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert sorted(found) == many
    assert found == (many if order == "queue" else many[::-1])


def test_filters_and_words(begin: Begin, alice: Program, many: list[int], number: int) -> None:
    def found(query: str) -> list[int]:
        return [row["number"] for row in alice(f"/tickets?{query}").get_json()["tickets"]]

    assert found("status=closed") == []
    assert found("q=altan") == [number]
    assert len(found("team=kontaktcenter&assignee=none")) == 8
    assert found("assignee=alice@ekhamra.example") == []
    assert found("topic=parking") == []
    assert found("channel=email&language=sv&limit=1") == [number]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=odd", "query.status"),
        ("limit=0", "query.limit"),
        ("limit=1e9", "query.limit"),
        ("after=odd", "query.after"),
        ("after=OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk", "query.after"),
        ("nothing=1", "query.nothing"),
        ("status=new&status=open", "query.status"),
        ("order=id;drop", "query.order"),
        ("topic=a'--", "query.topic"),
        ("q=%00", "query.q"),
    ],
)
def test_a_wrong_query_says_which_parameter(alice: Program, query: str, field: str) -> None:
    answer = alice(f"/tickets?{query}")
    assert answer.status_code == 422
    assert problem(answer)["errors"][0]["field"] == field


def test_the_municipality(alice: Program) -> None:
    assert {row["slug"]: row["team"] for row in alice("/topics").get_json()["topics"]}["parking"] == "gata-park"
    assert "kontaktcenter" in [row["slug"] for row in alice("/teams").get_json()["teams"] if row["first_line"]]
    assert len(alice("/offices").get_json()["offices"]) == 2
    assert "alice@ekhamra.example" in [row["login"] for row in alice("/agents").get_json()["agents"]]


def test_what_has_changed_since(alice: Program, number: int) -> None:
    last = alice("/events").get_json()["last"]
    assert alice(f"/events?since={last}").get_json()["changes"] == []
    alice(f"/tickets/{number}/notes", {"text": "Nytt"})
    news = alice(f"/events?since={last}").get_json()
    assert news["changes"] == [{"number": number, "rev": alice(f"/tickets/{number}").get_json()["rev"]}]
    assert alice("/events?since=odd").status_code == 422


def test_what_may_not_be_seen_looks_like_what_is_not_there(
    begin: Begin, organisation: Organisation, alice: Program
) -> None:
    with begin() as session:
        secret = make_ticket(session, organisation.social, organisation.social_team).number
    bodies = {"notes": {"text": "x"}, "assign": {"agent": None}, "close": {}, "topic": {"topic": "parking"}}
    for verb, body in bodies.items():
        seen, none = (alice(f"/tickets/{at}/{verb}", body) for at in (secret, 999_999))
        assert (seen.status_code, seen.data) == (none.status_code, none.data) == (404, none.data)
    seen, none = alice(f"/tickets/{secret}"), alice("/tickets/999999")
    assert (seen.status_code, seen.data) == (404, none.data)


def test_reading_outside_the_common_domain_is_recorded(begin: Begin, organisation: Organisation, bob: Program) -> None:
    with begin() as session:
        secret = make_ticket(session, organisation.social, organisation.social_team)
    before = count(begin, Audit)
    bob(f"/tickets/{secret.number}")
    bob("/tickets")
    one, several = rows(begin, Audit)[before:]
    assert (one.verb, one.ticket_id, several.verb, several.data) == (
        "read",
        secret.id,
        "listed",
        {"tickets": [secret.id]},
    )


# Opening


FORM = {
    "person": {"name": "Maja Exempel", "addresses": [{"kind": "email", "value": "Maja@Example.se"}]},
    "subject": "Parkering",
    "text": "Var får jag stå med min bil?",
}


def test_a_form_becomes_a_ticket_that_is_routed(begin: Begin, alice: Program) -> None:
    files = [{"name": "../../karta.txt", "media_type": "text/plain", "content": base64.b64encode(b"karta").decode()}]
    answer = alice("/tickets", {**FORM, "attachments": files})
    assert answer.status_code == 201
    told = answer.get_json()
    assert (told["channel"], told["status"], told["subject"]) == ("form", "new", "Parkering")
    assert told["person"] == {
        "name": "Maja Exempel",
        "protected": False,
        "addresses": [{"kind": "email", "value": "maja@example.se"}],
    }
    assert told["decision"]["reasons"]
    [file] = rows(begin, Attachment)
    assert (file.name, file.size) == ("karta.txt", 5)
    assert "Var får jag stå" in alice(f"/tickets/{told['number']}").text
    assert [row["number"] for row in alice("/tickets?q=bil").get_json()["tickets"]] == [told["number"]]


def test_what_the_form_chose_goes_before_what_the_words_say(
    begin: Begin, organisation: Organisation, alice: Program
) -> None:
    told = alice("/tickets", {**FORM, "topic": "economic_aid", "office": "norra"}).get_json()
    assert (told["topic"], told["team"], told["domain"], told["office"]) == (
        "economic_aid",
        "socialtjanst",
        "social",
        "norra",
    )
    assert {"topic_given", "office_given"} <= {reason["code"] for reason in told["decision"]["reasons"]}
    assert alice(f"/tickets/{told['number']}").status_code == 404, "who may not see the domain has only delivered it"


def test_a_common_topic_of_the_form_takes_nothing_out_of_a_confidential_domain(
    begin: Begin, organisation: Organisation, alice: Program
) -> None:
    with begin() as session:
        session.get_one(Topic, organisation.economic_aid.id).phrases = {"försörjningsstöd": 9.0}
    asked = {**FORM, "subject": "Ekonomi", "text": "Jag söker försörjningsstöd", "topic": "parking"}
    told = alice("/tickets", asked).get_json()
    assert (told["topic"], told["domain"], told["team"]) == ("parking", "social", "socialtjanst")
    codes = [reason["code"] for reason in told["decision"]["reasons"]]
    assert codes[:2] == ["topic_given", "domain_kept"]
    assert alice(f"/tickets/{told['number']}").status_code == 404
    acute = alice("/tickets", asked | {"text": "Var får jag stå?", "topic": "acute_danger"}).get_json()
    assert acute["domain"] == "acute"


def test_a_number_is_one_person_however_it_is_written(begin: Begin, alice: Program) -> None:
    for value in ("070-174 06 05", "+46 70 174 06 05"):
        body = {**FORM, "channel": "phone", "person": {"addresses": [{"kind": "phone", "value": value}]}}
        assert alice("/tickets", body).status_code == 201
    assert [row.value for row in rows(begin, Address)] == ["+46701740605"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": None}, "text"),
        ({"text": "a\0b"}, "text"),
        ({"text": 5}, "text"),
        ({"subject": "a\nb"}, "subject"),
        ({"channel": "telegraph"}, "channel"),
        ({"topic": "no such topic"}, "topic"),
        ({"topic": "nothing"}, "topic"),
        ({"office": "nowhere"}, "office"),
        ({"extra": 1}, "extra"),
        ({"person": {"addresses": [{"kind": "email", "value": "no address"}]}}, "person/addresses/0/value"),
        ({"person": {"addresses": [{"kind": "phone", "value": "112"}]}}, "person/addresses/0/value"),
        ({"attachments": [{"name": "a", "content": "no base64!"}]}, "attachments/0/content"),
    ],
)
def test_a_wrong_form_says_which_field_and_nothing_is_kept(
    begin: Begin, alice: Program, change: dict[str, Any], field: str
) -> None:
    answer = alice("/tickets", FORM | change)
    assert answer.status_code == 422
    assert problem(answer)["errors"][0]["field"] == field
    assert (count(begin, Ticket), count(begin, Address)) == (0, 0)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b"[]", 422),
        (b"null", 422),
        (b'{"text": "a", "text": "b"}', 422),
        (b'{"text": NaN}', 400),
        (b"[" * 100_000, 400),
        (b'{"text": "\xff"}', 400),
        (b'{"text": "\\ud800"}', 422),
    ],
)
def test_what_is_no_json_is_refused(begin: Begin, alice: Program, body: bytes, status: int) -> None:
    answer = alice("/tickets", body)
    assert answer.status_code == status
    problem(answer)
    assert count(begin, Ticket) == 0


def test_another_kind_of_body_is_refused(alice: Program) -> None:
    assert alice("/tickets", b"text=hej", Content_Type="application/x-www-form-urlencoded").status_code == 415


# The same request twice


def test_the_same_key_works_once(begin: Begin, alice: Program, number: int) -> None:
    for path, body in (("/tickets", FORM), (f"/tickets/{number}/replies", {"text": "Ja!"})):
        first, second = (alice(path, body, Idempotency_Key="k1" + path) for _ in range(2))
        assert (first.status_code, first.get_json()) == (second.status_code, second.get_json())
        assert "Idempotent-Replayed" not in first.headers
        assert second.headers["Idempotent-Replayed"] == "true"
    assert (count(begin, Ticket), count(begin, Outbox)) == (2, 1)


def test_the_same_key_with_something_else_is_422(begin: Begin, alice: Program) -> None:
    assert alice("/tickets", FORM, Idempotency_Key="k").status_code == 201
    answer = alice("/tickets", FORM | {"subject": "Annat"}, Idempotency_Key="k")
    assert answer.status_code == 422
    assert problem(answer)["errors"][0]["field"] == "Idempotency-Key"
    assert count(begin, Ticket) == 1


def test_the_same_key_at_once_works_once(app: Flask, begin: Begin, organisation: Organisation, number: int) -> None:
    token = token_of(begin, organisation.alice)

    def ask(_place: int) -> tuple[int, Any]:
        answer = program(app, token)(f"/tickets/{number}/notes", {"text": "En gång"}, Idempotency_Key="k")
        return answer.status_code, answer.get_json()

    with pool() as threads:
        answers = list(threads.map(ask, range(6)))
    assert [status for status, _ in answers] == [201] * 6
    assert all(told == answers[0][1] for _, told in answers)
    assert count(begin, EntryNote) == 1


def test_a_key_of_a_request_that_failed_is_free(begin: Begin, alice: Program) -> None:
    assert alice("/tickets", FORM | {"topic": "nothing"}, Idempotency_Key="k").status_code == 422
    assert count(begin, ApiRequest) == 0
    assert alice("/tickets", FORM, Idempotency_Key="k").status_code == 201


def test_another_program_has_keys_of_its_own(alice: Program, bob: Program) -> None:
    numbers = [ask("/tickets", FORM, Idempotency_Key="k").get_json()["number"] for ask in (alice, bob)]
    assert numbers[0] != numbers[1]


def test_what_was_answered_is_not_told_again_to_who_no_longer_sees_it(
    begin: Begin, organisation: Organisation, bob: Program, number: int
) -> None:
    path = f"/tickets/{number}/notes"
    assert bob(path, {"text": "x"}, Idempotency_Key="k").status_code == 201
    with begin() as session:
        session.execute(delete(DomainGrant).where(DomainGrant.agent_id == organisation.bob.id))
    assert bob(path, {"text": "x"}, Idempotency_Key="k").status_code == 404


def test_who_may_only_deliver_hears_of_it_again(begin: Begin, alice: Program) -> None:
    """A form on a secret topic whose answer was lost: without the same answer it would be sent in once more."""
    first, second = (alice("/tickets", FORM | {"topic": "economic_aid"}, Idempotency_Key="k") for _ in range(2))
    assert (first.status_code, first.get_json()) == (second.status_code, second.get_json()) == (201, first.get_json())
    assert count(begin, Ticket) == 1


@pytest.mark.parametrize("key", ["x" * 256, "å"])
def test_what_is_no_key(alice: Program, key: str) -> None:
    assert alice("/tickets", FORM, Idempotency_Key=key).status_code == 422


# What is done to a ticket


def test_the_life_of_a_ticket(begin: Begin, organisation: Organisation, alice: Program, number: int) -> None:
    acts: list[tuple[str, dict[str, Any], str]] = [
        ("assign", {"agent": "Alice@ekhamra.example"}, "open"),
        ("topic", {"topic": "parking"}, "open"),
        ("park", {"until": None}, "parked"),
        ("close", {"outcome": "solved"}, "closed"),
        ("reopen", {}, "open"),
        ("assign", {"agent": None}, "open"),
    ]
    rev = alice(f"/tickets/{number}").get_json()["rev"]
    for verb, body, status in acts:
        told = alice(f"/tickets/{number}/{verb}", {**body, "rev": rev}).get_json()
        assert (told["number"], told["status"], told["visible"]) == (number, status, True), verb
        assert told["rev"] > rev
        rev = told["rev"]
    assert ticket(begin, number).team_id == organisation.streets.id
    assert rows(begin, Decision)[-1].corrected_by_id == organisation.alice.id


def test_an_old_rev_is_held_back(alice: Program, number: int) -> None:
    rev = alice(f"/tickets/{number}").get_json()["rev"]
    assert alice(f"/tickets/{number}/close", {"rev": rev - 1}).status_code == 409
    assert alice(f"/tickets/{number}").get_json()["status"] == "new"


def test_an_answer_is_promised_and_held_back_behind_a_newer_message(begin: Begin, alice: Program, number: int) -> None:
    answer = alice(f"/tickets/{number}/replies", {"text": "Hej!", "seen_seq": 0})
    assert answer.status_code == 409
    told = alice(f"/tickets/{number}/replies", {"text": "Hej!"}).get_json()
    assert (told["number"], told["state"]) == (number, "queued")
    assert count(begin, Outbox) == 1
    assert rows(begin, Entry)[-1].seq >= told["seq"]


def test_an_answer_that_is_better_not_mailed_needs_a_program_that_is_sure(alice: Program, number: int) -> None:
    asked = {"text": "Ditt personnummer är 811218-9876."}
    held = alice(f"/tickets/{number}/replies", asked)
    assert (held.status_code, held.get_json()["code"]) == (409, "risky")
    assert "personal_id" in held.get_json()["detail"]
    assert alice(f"/tickets/{number}/replies", asked | {"sure": True}).status_code == 201


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("assign", {"agent": "nobody@ekhamra.example"}),
        ("assign", {}),
        ("close", {"outcome": "vanished"}),
        ("park", {"until": "2020-01-01T00:00:00Z"}),
        ("park", {"until": "2099-01-01T00:00:00"}),
        ("park", {}),
        ("topic", {"topic": "nothing"}),
        ("replies", {"text": "  "}),
        ("notes", {"text": ""}),
        ("notes", {"text": "x", "seen_seq": 1}),
        ("close", {"rev": "1"}),
    ],
)
def test_a_wrong_act_is_refused(alice: Program, number: int, verb: str, body: dict[str, Any]) -> None:
    rev = alice(f"/tickets/{number}").get_json()["rev"]
    answer = alice(f"/tickets/{number}/{verb}", body)
    assert answer.status_code == 422
    problem(answer)
    assert alice(f"/tickets/{number}").get_json()["rev"] == rev


def test_what_is_not_there_is_a_problem_too(alice: Program) -> None:
    assert problem(alice("/nothing"))["status"] == 404
    assert problem(alice("/tickets/abc"))["status"] == 404
    wrong = alice("/tickets/1")
    assert wrong.status_code == 404
    answer = alice("/topics", {})
    assert (answer.status_code, problem(answer)["code"]) == (405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]


# The document


def test_the_document_tells_every_operation(app: Flask) -> None:
    told = app.test_client().get("/api/v1/openapi.json").get_json()
    assert told["openapi"] == "3.1.0"
    offered = {
        (method, path.replace("{number}", "<int:number>"))
        for path, methods in told["paths"].items()
        for method in methods
    }
    routes = {
        (method.lower(), rule.rule.removeprefix("/api/v1"))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and not rule.rule.endswith("openapi.json")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert offered == routes
    for methods in told["paths"].values():
        for made in methods.values():
            assert made["summary"]
            for answer in made["responses"].values():
                [content] = answer["content"].values()
                name = content["schema"]["$ref"].rpartition("/")[2]
                assert name in told["components"]["schemas"]

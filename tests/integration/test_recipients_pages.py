"""The fields for To, Cc and Bcc: as pages show them, as forms and scripts send them, and as programs do."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from werkzeug.test import TestResponse

from channels.message import Address as Mailbox
from channels.message import Receipt
from contactcenter.model import Draft, Entry, EntryMessage, Outbox, Person, Ticket
from contactcenter.services.recipients import Wanted
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import answer, arrive, count, deliver, mail, rows, ticket
from tests.integration.people import Organisation
from tests.integration.test_api import program, token_of
from tests.integration.test_caution import agreed
from tests.integration.test_receipts import report
from tests.integration.test_recipients import our_ids

MAJA, BO, EVA = "maja@example.se", "bo@example.com", "eva@example.se"
CHANGED = "Ändrade mottagare"
TO_OTHERS = "Svaret går till en annan adress än ärendets egen:"


@pytest.fixture
def number(begin: Begin, organisation: Organisation) -> int:
    others = (Mailbox(BO), Mailbox("kontakt@ekhamra.example"))
    return arrive(begin, mail("Får jag bygga?", subject="Bygglov", message_id="<first@example.se>", copies=others))


@pytest.fixture
def alice(app: Flask, organisation: Organisation) -> Browser:
    return Browser(app).signed_in(organisation.alice)


def form(begin: Begin, number: int, **more: Any) -> dict[str, Any]:
    return {"text": "Hej!", "key": "k", "seen_seq": str(ticket(begin, number).last_seq), "to": MAJA, **more}


def field(page: str, name: str) -> str:
    """What stands in a field of the composer."""
    [tag] = re.findall(rf'<input id="reply-{name}"[^>]*>', page)
    [value] = re.findall(r'value="([^"]*)"', tag)
    return str(value)


def summary(page: str) -> str:
    """The line that says whom the answer is for, with what is hidden left out."""
    [line] = re.findall(r'<summary class="via.*?</summary>', page, re.DOTALL)
    return " ".join(re.sub(r"<b data-changed hidden>.*?</b>|<[^>]*>", " ", line).split())


def sent_to(begin: Begin) -> tuple[list[str], list[str], list[str]]:
    ours = [entry.id for entry in rows(begin, Entry, Entry.own_message_id.is_not(None))]
    body = rows(begin, EntryMessage, EntryMessage.entry_id.in_(ours))[-1]
    return body.recipients, body.copies, body.blind_copies


def test_the_composer_shows_the_usual_one_and_offers_the_others(begin: Begin, alice: Browser, number: int) -> None:
    page = alice.get(f"/arenden/{number}").text
    assert [field(page, name) for name in ("to", "cc", "bcc")] == [MAJA, "", ""]
    assert summary(page) == f"E-post till {MAJA} Ändra mottagare"
    [offered] = re.findall(r'<input type="checkbox" name="cc"[^>]*>', page)
    assert BO in offered
    assert "checked" not in offered


def test_a_form_says_whom_it_goes_to_with_what_was_typed_and_ticked(begin: Begin, alice: Browser, number: int) -> None:
    asked = form(begin, number, to=f"{MAJA}, {EVA}", cc=["", BO], bcc="dold@example.se")
    written = alice.post(f"/arenden/{number}/svar", asked, part=True)
    assert sent_to(begin) == ([MAJA, EVA], [BO], ["dold@example.se"])
    for said in (
        CHANGED,
        f"Till {MAJA}, {EVA}",
        f"Kopia: {BO}",
        "Dold kopia (syns bara för personal): dold@example.se",
    ):
        assert said in written.text
    page = alice.get(f"/arenden/{number}").text
    assert [field(page, name) for name in ("to", "cc", "bcc")] == [MAJA, "", ""], "nothing stays"
    assert CHANGED not in summary(page)


def test_an_answer_to_the_usual_one_says_nothing_of_a_change(begin: Begin, alice: Browser, number: int) -> None:
    written = alice.post(f"/arenden/{number}/svar", form(begin, number), part=True)
    assert CHANGED not in written.text
    assert sent_to(begin) == ([MAJA], [], [])


@pytest.mark.parametrize("part", [True, False])
def test_what_is_no_address_is_said_and_nothing_is_lost(begin: Begin, alice: Browser, number: int, part: bool) -> None:
    wrong = alice.post(f"/arenden/{number}/svar", form(begin, number, cc='bo@<script>"'), part=part)
    assert wrong.status_code == 422
    assert "är ingen e-postadress" in wrong.text
    assert "<script>&#34;" not in wrong.text
    assert count(begin, Outbox) == 0
    if not part:
        assert field(wrong.text, "cc") == "bo@&lt;script&gt;&#34;"
        assert CHANGED in summary(wrong.text)
        assert re.search(r"<title>Fel:", wrong.text)
        assert re.search(r'id="ticket-problem" tabindex="-1" autofocus', wrong.text)


def test_without_scripts_a_stopped_answer_keeps_its_recipients_title_and_focus(
    begin: Begin, alice: Browser, number: int
) -> None:
    with begin() as session:
        session.execute(update(Ticket).values(sensitive=True))
    held = alice.post(f"/arenden/{number}/svar", form(begin, number, cc=BO))
    assert held.status_code == 409
    assert f"{TO_OTHERS} {BO}" in held.text
    assert field(held.text, "cc") == BO
    assert re.search(r"<title>Inte skickat:", held.text)
    assert re.search(r'id="composer-problem" tabindex="-1" autofocus', held.text)
    page = alice.get(f"/arenden/{number}").text
    assert 'tabindex="-1" autofocus' not in page
    assert "<title>Inte" not in page
    again = alice.post(f"/arenden/{number}/svar", form(begin, number, cc=BO, agreed=agreed(held.text)))
    assert again.status_code == 303
    assert sent_to(begin) == ([MAJA], [BO], [])


def test_a_consent_holds_for_those_it_was_given_for(begin: Begin, alice: Browser, number: int) -> None:
    with begin() as session:
        session.execute(update(Ticket).values(sensitive=True))
    url = f"/arenden/{number}/svar"
    held = alice.post(url, form(begin, number, cc=BO), part=True)
    consent = agreed(held.text)
    for more in ({"cc": f"{BO}, {EVA}"}, {"cc": BO, "bcc": EVA}, {"to": BO, "cc": MAJA}, {"bcc": BO}):
        held = alice.post(url, form(begin, number, agreed=consent, **more), part=True)
        assert held.status_code == 409, more
    assert count(begin, Outbox) == 0
    usual = alice.post(url, form(begin, number), part=True)
    assert TO_OTHERS not in usual.text
    assert alice.post(url, form(begin, number, cc=BO, agreed=agreed(usual.text)), part=True).status_code == 409
    assert alice.post(url, form(begin, number, agreed=agreed(usual.text)), part=True).status_code == 200


def test_who_was_told_of_a_newer_message_keeps_the_consent(begin: Begin, alice: Browser, number: int) -> None:
    with begin() as session:
        session.execute(update(Ticket).values(sensitive=True))
    url = f"/arenden/{number}/svar"
    held = alice.post(url, form(begin, number, cc=BO), part=True)
    arrive(begin, mail("Vänta!", references=("<first@example.se>",)))
    newer = alice.post(url, form(begin, number, cc=BO, seen_seq="0", agreed=agreed(held.text)), part=True)
    assert "Vänta!" in newer.text
    consent = form(begin, number, cc=BO, seen_seq="0", agreed=agreed(newer.text))
    assert alice.post(url, consent, part=True).status_code == 200


def put(browser: Browser, number: int, body: dict[str, Any]) -> TestResponse:
    headers = {"X-CSRF": browser.token, "Content-Type": "application/json"}
    return browser.client.put(f"/f/arende/{number}/utkast/reply", data=json.dumps(body), headers=headers)


def test_a_draft_keeps_half_an_address(begin: Begin, alice: Browser, number: int) -> None:
    asked = {"text": "Hej", "seq": 1, "seen_seq": 1, "to": MAJA, "cc": "bo@exa\ud83d", "bcc": "\0"}
    assert put(alice, number, asked).status_code == 200
    page = alice.get(f"/arenden/{number}").text
    assert [field(page, name) for name in ("to", "cc", "bcc")] == [MAJA, "bo@exa?", ""]
    assert CHANGED in summary(page)
    assert put(alice, number, asked | {"seq": 2, "cc": 7}).status_code == 422
    assert put(alice, number, asked | {"seq": 2, "cc": "x" * 4_001}).status_code == 422
    assert put(alice, number, {"text": "Hej", "seq": 3}).status_code == 200
    assert [draft.copies for draft in rows(begin, Draft)] == ["bo@exa?"]


def test_taken_back_it_is_in_the_fields_again(begin: Begin, alice: Browser, number: int) -> None:
    alice.post(f"/arenden/{number}/svar", form(begin, number, to=EVA, cc=BO, bcc="dold@example.se"), part=True)
    [entry] = rows(begin, Entry, Entry.own_message_id.is_not(None))
    told = alice.post(f"/arenden/{number}/angra/{entry.id}", part=True).get_json()
    assert (told["to"], told["cc"], told["bcc"]) == (EVA, BO, "dold@example.se")
    page = alice.get(f"/arenden/{number}").text
    assert [field(page, name) for name in ("to", "cc", "bcc")] == [EVA, BO, "dold@example.se"]


def test_no_line_says_that_answers_go_elsewhere_than_they_do(
    begin: Begin, organisation: Organisation, alice: Browser, number: int
) -> None:
    answer(begin, organisation.alice, number)
    arrive(begin, mail("Jag är granne", sender=BO, message_id="<1@example.com>", references=our_ids(begin)))
    told = f"Ny avsändare i ärendet: {BO}"
    assert f"{told}. Svaret går fortfarande till {MAJA}" in alice.get(f"/arenden/{number}").text
    answer(begin, organisation.alice, number, "två", wanted=Wanted(BO))
    arrive(begin, mail("Jag igen", sender=BO, message_id="<2@example.com>", references=our_ids(begin)))
    page = alice.get(f"/arenden/{number}").text
    assert field(page, "to") == BO
    assert told in page
    assert "Svaret går fortfarande" not in page


def test_a_protected_address_stands_nowhere_and_an_empty_field_means_it(
    begin: Begin, alice: Browser, number: int
) -> None:
    with begin() as session:
        session.execute(update(Person).values(protected_identity=True))
    page = alice.get(f"/arenden/{number}").text
    assert MAJA not in page
    assert field(page, "to") == ""
    assert summary(page) == "E-post till invånaren (skyddad) Ändra mottagare"
    sent = alice.post(f"/arenden/{number}/svar", form(begin, number, to="", cc=BO), part=True)
    assert sent_to(begin) == ([MAJA], [BO], [])
    assert MAJA not in sent.text
    assert f"Till invånaren (skyddad) · Kopia: {BO}" in " ".join(sent.text.split())
    [entry] = rows(begin, Entry, Entry.own_message_id.is_not(None))
    told = alice.post(f"/arenden/{number}/angra/{entry.id}", part=True).get_json()
    assert (told["to"], told["cc"]) == ("", BO)


def test_what_a_server_says_of_a_protected_address_does_not_name_it(
    begin: Begin, organisation: Organisation, alice: Browser, number: int
) -> None:
    with begin() as session:
        session.execute(update(Person).values(protected_identity=True))
    answer(begin, organisation.alice, number, wanted=Wanted(None, BO))
    deliver(begin, Receipt("250 Ok", ((MAJA, f"550 5.1.1 <{MAJA.upper()}> unknown"),)))
    page = alice.get(f"/arenden/{number}").text
    assert MAJA not in page.lower()
    assert "*** unknown" not in page
    assert "550 5.1.1" in page
    assert "Det senaste svaret nådde inte invånaren (skyddad)." in page


def test_an_address_that_was_not_reached_is_told_beside_the_field(
    begin: Begin, organisation: Organisation, alice: Browser, number: int
) -> None:
    entry_id = answer(begin, organisation.alice, number, wanted=Wanted(None, BO))
    deliver(begin)
    arrive(begin, report(begin, entry_id, "failed", BO))
    page = alice.get(f"/arenden/{number}").text
    [note] = re.findall(r'<p class="missed"[^>]*>', page)
    assert BO in note
    assert "hidden" in note, "the next answer does not go there by itself"
    assert f"Nådde inte {BO}" in page
    put(alice, number, {"text": "", "seq": 9, "to": MAJA, "cc": f"Bo <{BO.upper()}>", "bcc": ""})
    [note] = re.findall(r'<p class="missed"[^>]*>', alice.get(f"/arenden/{number}").text)
    assert "hidden" not in note
    second = answer(begin, organisation.alice, number, "två")
    deliver(begin)
    arrive(begin, report(begin, second, "failed", MAJA, text="report two"))
    notes = re.findall(r'<p class="missed"[^>]*>', alice.get(f"/arenden/{number}").text)
    assert [("hidden" in note) for note in notes if MAJA in note] == [False]


# Programs


def test_a_program_says_whom_it_goes_to(app: Flask, begin: Begin, organisation: Organisation, number: int) -> None:
    ask = program(app, token_of(begin, organisation.alice))
    path = f"/tickets/{number}/replies"
    assert ask(path, {"text": "Hej!", "cc": [BO], "bcc": [EVA]}).status_code == 201
    assert sent_to(begin) == ([MAJA], [BO], [EVA])
    assert ask(path, {"text": "Hej!", "to": [EVA.upper()]}).status_code == 201
    assert sent_to(begin) == ([EVA], [], [])
    assert ask(path, {"text": "Hej!"}).status_code == 201
    assert sent_to(begin) == ([MAJA], [], []), "nothing is kept"


@pytest.mark.parametrize(
    "wrong",
    [
        {"to": []},
        {"to": ""},
        {"cc": BO},
        {"cc": ["bo"]},
        {"cc": [f"{BO},{EVA}"]},
        {"bcc": ["kontakt@ekhamra.example"]},
        {"bcc": [f"p{n}@example.se" for n in range(21)]},
        {"cc": [f"p{n}@example.se" for n in range(20)]},
    ],
)
def test_a_program_s_wrong_address_is_named(
    app: Flask, begin: Begin, organisation: Organisation, number: int, wrong: dict[str, Any]
) -> None:
    told = program(app, token_of(begin, organisation.alice))(f"/tickets/{number}/replies", {"text": "Hej!", **wrong})
    assert told.status_code == 422
    assert told.get_json()["errors"][0]["field"].strip("/").partition("/")[0] in wrong
    assert count(begin, Outbox) == 0


def test_a_program_that_is_not_sure_is_told_of_other_addresses(
    app: Flask, begin: Begin, organisation: Organisation, number: int
) -> None:
    with begin() as session:
        session.execute(update(Ticket).values(sensitive=True))
    ask = program(app, token_of(begin, organisation.alice))
    held = ask(f"/tickets/{number}/replies", {"text": "Hej!", "cc": [BO]})
    assert (held.status_code, held.get_json()["code"]) == (409, "risky")
    assert "other_address" in held.get_json()["detail"]
    assert BO not in json.dumps(held.get_json())
    assert ask(f"/tickets/{number}/replies", {"text": "Hej!", "cc": [BO], "sure": True}).status_code == 201


def test_the_field_that_is_wrong_says_so(begin: Begin, alice: Browser, number: int) -> None:
    part = alice.post(f"/arenden/{number}/svar", form(begin, number, cc="bo"), part=True)
    assert 'data-field="cc"' in part.text
    page = alice.post(f"/arenden/{number}/svar", form(begin, number, cc="bo")).text
    [tag] = re.findall(r'<input id="reply-cc"[^>]*>', page)
    assert 'aria-invalid="true"' in tag
    assert page.count('aria-invalid="true"') == 1

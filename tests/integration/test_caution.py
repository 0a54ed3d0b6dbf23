"""What is better not sent by e-mail is stopped once, with what was written kept, and goes when the writer is sure."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import update

from contactcenter.errors import Risky
from contactcenter.model import Audit, Draft, Entry, Outbox, Ticket
from contactcenter.model.words import Direction, Status
from contactcenter.services import caution
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import answer, arrive, count, mail, rows, ticket
from tests.integration.people import Organisation

PERSONAL_ID = "811218-9876"
LETTER = f"Hej! Ditt personnummer är {PERSONAL_ID}."
TOLD = "Det finns ett personnummer i texten eller ämnesraden."
CONFIDENTIAL = "Ärendet omfattas av sekretess."


@pytest.fixture
def number(begin: Begin, organisation: Organisation) -> int:
    return arrive(begin, mail("Får jag bygga?", subject="Bygglov", message_id="<first@example.se>"))


@pytest.fixture
def alice(app: Flask, organisation: Organisation) -> Browser:
    return Browser(app).signed_in(organisation.alice)


def agreed(panel: str) -> str:
    """What the button of a panel says that sends all the same."""
    [value] = re.findall(r'name="agreed" value="([^"]*)"', panel)
    return str(value)


def form(begin: Begin, number: int, **more: str) -> dict[str, str]:
    return {"text": LETTER, "key": "k", "seen_seq": str(ticket(begin, number).last_seq), **more}


@pytest.mark.parametrize(
    ("text", "subject", "stops"),
    [
        (LETTER, "Bygglov", True),
        ("Hej!", f"Om {PERSONAL_ID}", True),
        ("Hej!", "19811218 9876", True),
        ("Ring 070-174 06 05 eller skriv till 8112-18.", "KC-1001", False),
    ],
)
def test_a_personal_identity_number_is_found_wherever_it_leaves(
    begin: Begin, organisation: Organisation, number: int, text: str, subject: str, stops: bool
) -> None:
    with begin() as session:
        session.execute(update(Ticket).values(subject=subject))
    if not stops:
        answer(begin, organisation.alice, number, text, sure=False)
        return
    with pytest.raises(Risky) as held:
        answer(begin, organisation.alice, number, text, sure=False)
    assert held.value.data["risks"] == (caution.PERSONAL_ID,)
    assert count(begin, Outbox) == 0


def test_with_scripts_a_panel_asks_and_the_second_click_sends(begin: Begin, alice: Browser, number: int) -> None:
    asked = form(begin, number, close="1")
    held = alice.post(f"/arenden/{number}/svar", asked, part=True)
    assert held.status_code == 409
    assert TOLD in held.text
    assert CONFIDENTIAL not in held.text
    assert "data-seen-seq" not in held.text, "nothing new was shown"
    assert agreed(held.text).split()[0] == "sure"
    assert agreed(held.text).split()[-1] == "close"
    assert 'type="hidden"' not in held.text, "what was agreed to stays with the button"
    assert "data-as-note" in held.text
    assert count(begin, Outbox) == 0
    again = form(begin, number, agreed=agreed(held.text))
    assert alice.post(f"/arenden/{number}/svar", again, part=True).status_code == 200
    assert count(begin, Outbox) == 1
    assert ticket(begin, number).status is Status.CLOSED


def test_without_scripts_the_text_is_a_draft_until_then(begin: Begin, alice: Browser, number: int) -> None:
    asked = form(begin, number)
    held = alice.post(f"/arenden/{number}/svar", asked)
    assert (held.status_code, TOLD in held.text) == (409, True)
    assert [draft.text for draft in rows(begin, Draft)] == [LETTER]
    assert alice.post(f"/arenden/{number}/svar", asked | {"sure": "1"}).status_code == 303
    assert [entry.direction for entry in rows(begin, Entry)][-1] is Direction.OUT


def test_who_was_told_of_a_newer_message_is_not_told_again(begin: Begin, alice: Browser, number: int) -> None:
    url = f"/arenden/{number}/svar"
    last = str(ticket(begin, number).last_seq)
    held = alice.post(url, form(begin, number, seen_seq="0", sure="1"), part=True)
    assert agreed(held.text).split() == [last, "sure"]
    held = alice.post(url, form(begin, number, seen_seq="0"), part=True)
    held = alice.post(url, form(begin, number, seen_seq="0", agreed=agreed(held.text)), part=True)
    assert TOLD in held.text
    assert agreed(held.text).split() == ["sure", last]
    arrive(begin, mail("Vänta!", references=("<first@example.se>",)))
    consent = form(begin, number, seen_seq="0", agreed=agreed(held.text))
    newest = alice.post(url, consent, part=True)
    assert (newest.status_code, "Vänta!" in newest.text) == (409, True), "it was not agreed to answer over this one"
    consent["agreed"] = agreed(newest.text)
    assert alice.post(url, consent, part=True).status_code == 200


def test_an_answer_in_a_confidential_ticket_asks_and_is_recorded_with_why(
    begin: Begin, app: Flask, organisation: Organisation, number: int
) -> None:
    with begin() as session:
        session.execute(update(Ticket).values(domain_id=organisation.social.id, team_id=organisation.social_team.id))
    bob = Browser(app).signed_in(organisation.bob)
    held = bob.post(f"/arenden/{number}/svar", form(begin, number), part=True)
    assert held.status_code == 409
    assert TOLD in held.text
    assert CONFIDENTIAL in held.text
    assert bob.post(f"/arenden/{number}/svar", form(begin, number, sure="1"), part=True).status_code == 200
    [audit] = rows(begin, Audit, Audit.verb == "reply")
    assert audit.data["risks"] == ["personal_id", "confidential"]

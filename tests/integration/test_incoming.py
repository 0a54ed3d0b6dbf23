"""What a guide sees of an incoming mail: all of it, its signature one step away, and what it claims of itself."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from channels.email.parse import read
from channels.message import Envelope, InboundMessage
from contactcenter.model import EntryMessage
from contactcenter.services.decisions import facts_of
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import arrive, mail, rows
from tests.integration.mailroom import ticket as ticket_of
from tests.integration.people import Organisation

OWN = "Hej!\n\nGatlampan på vår gata är släckt."
SIGNATURE = "-- \nMaja Exempel\nArkitekt, Sätra\n070-174 06 05"
QUOTED = "> Tack för ditt mejl."
FOLDED = re.compile(r'<details class="quoted"><summary>([^<]+)</summary><div class="text" dir="auto">([^<]*)</div>')


@pytest.fixture
def alice(app: Flask, organisation: Organisation) -> Browser:
    return Browser(app).signed_in(organisation.alice)


def signed() -> InboundMessage:
    own = f"{OWN}\n\n"
    signature_from, quoted_from = len(own), len(own) + len(SIGNATURE) + 2
    text = f"{own}{SIGNATURE}\n\n{QUOTED}"
    return mail(text, signature_from=signature_from, quoted_from=quoted_from)


def test_a_signature_is_kept_and_one_step_away(begin: Begin, alice: Browser) -> None:
    message = signed()
    number = arrive(begin, message)
    [body] = rows(begin, EntryMessage)
    assert (body.text, body.signature_from) == (message.text, message.signature_from)
    page = alice.get(f"/arenden/{number}").text
    assert FOLDED.findall(page) == [("Signatur", SIGNATURE), ("Visa citerad text", QUOTED.replace(">", "&gt;"))]
    shown = page.partition('<div class="text" dir="auto"')[2].partition("</div>")[0]
    assert OWN in shown
    assert "Arkitekt" not in shown
    assert ticket_of(begin, number).preview == "Hej! Gatlampan på vår gata är släckt."


@pytest.mark.parametrize(
    "cuts",
    [{"signature_from": 10_000}, {"signature_from": 0}, {"signature_from": 12, "quoted_from": 5}],
    ids=["after the end", "nothing above", "below what is quoted"],
)
def test_wherever_the_cuts_are_nothing_is_left_out(begin: Begin, alice: Browser, cuts: dict[str, Any]) -> None:
    number = arrive(begin, mail("Alfa Beta Gamma Delta", **cuts))
    page = alice.get(f"/arenden/{number}").text
    shown = " ".join(re.findall(r'<div class="text" dir="auto"[^>]*>([^<]*)</div>', page)).split()
    assert " ".join(shown).replace(" ", "") == "AlfaBetaGammaDelta"


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        ("signed", "Signerat enligt mejlet självt; signaturen är inte kontrollerad"),
        ("encrypted", "Krypterat: kan inte läsas här, ladda ner det"),
    ],
)
def test_what_a_mail_claims_of_its_protection_is_said_as_a_claim(
    begin: Begin, alice: Browser, claim: str, words: str
) -> None:
    number = arrive(begin, mail("Hej", protection=claim))
    page = alice.get(f"/arenden/{number}").text
    [line] = re.findall(r'<p class="claim small">.*?</p>', page, re.DOTALL)
    assert words in line
    assert (f"/arenden/{number}/ra/" in line) == (claim == "encrypted")
    plain = arrive(begin, mail("Hej, en annan sak"))
    assert 'class="claim' not in alice.get(f"/arenden/{plain}").text


def test_routing_is_told_the_signature_apart() -> None:
    envelope = Envelope("maja@example.se", ("kontakt@ekhamra.example",))
    facts = facts_of(signed(), envelope)
    assert (facts.body.strip(), facts.signature.strip()) == (OWN, SIGNATURE)
    short = "Hej!\n\n-- \nHelst svar i dag om min gatlampa"
    below = facts_of(mail(short, signature_from=short.index("-- ")), envelope)
    assert (below.body, below.signature) == (short, ""), "somebody wrote below the dashes"
    assert facts_of(mail(QUOTED, quoted_from=0), envelope).body == QUOTED


def test_what_the_reader_finds_is_what_is_shown(begin: Begin, alice: Browser) -> None:
    head = "From: Maja <maja@example.se>\r\nTo: kontakt@ekhamra.example\r\nSubject: Lampa\r\n\r\n"
    raw = (head + f"{OWN}\n\n{SIGNATURE}\n".replace("\n", "\r\n")).encode()
    number = arrive(begin, read(raw, Envelope("maja@example.se", ("kontakt@ekhamra.example",))))
    assert [summary for summary, _ in FOLDED.findall(alice.get(f"/arenden/{number}").text)] == ["Signatur"]

"""Danger is found in many words and languages, and harmless words that look like it are not."""

from __future__ import annotations

import pytest

from channels.language import detect
from routing.decide import Router
from routing.facts import Decision, TicketFacts
from tests.unit.routing.small import MONEY, example_router, ticket
from tests.unit.routing.small import organisation as tiny


def decided(text: str) -> Decision:
    return example_router().decide(TicketFacts("chat", "chat:anon-1", (), "", text, detect(text)[0]))


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Hjälp, det är eld i köket och jag kommer inte ut", "acute_danger"),
        ("En man med yxa slår sönder dörren hos grannen just nu", "acute_danger"),
        ("Min pappa ligger på golvet och andas inte", "acute_danger"),
        ("Jag tänker ta mitt liv i kväll", "acute_danger"),
        ("hon vill inte leva längre och har tagit massa tabletter", "acute_danger"),
        ("Två killar har gått genom isen vid bryggan", "acute_danger"),
        ("det luktar gas i hela huset", "acute_danger"),
        ("My brother says he will kill himself tonight", "acute_danger"),
        ("There is smoke coming from my neighbour's flat", "acute_danger"),
        ("asunnossa palaa ja ihmisiä on sisällä", "acute_danger"),
        ("يوجد حريق في الطابق الثاني", "acute_danger"),
        ("guriga dab baa ka kacay", "acute_danger"),
        ("خانه همسایه آتش گرفته", "acute_danger"),
        ("Jag är orolig för ett barn i min trappuppgång", "child_concern"),
        ("Grannens pojke har blåmärken och säger att pappa slår honom", "child_concern"),
        ("Barnen lämnas ensamma hela nätterna medan mamman är borta", "child_concern"),
        ("Hur gör man en orosanmälan?", "child_concern"),
        ("I am worried about a child at my daughter's school, she has bruises", "child_concern"),
        ("Naapurin isä lyö lasta", "child_concern"),
        ("جارتنا تضرب أطفالها كل يوم", "child_concern"),
        ("Min man misshandlar mig och jag måste bort", "domestic_violence"),
        ("mitt ex förföljer mig och hotar mig varje dag", "domestic_violence"),
        ("Jag ska giftas bort mot min vilja", "domestic_violence"),
        ("My husband hits me, where can I go?", "domestic_violence"),
        ("Ninkaygu wuu i garaacaa", "domestic_violence"),
        ("شوهرم مرا کتک می‌زند", "domestic_violence"),
    ],
)
def test_danger_leads_and_is_urgent(text: str, topic: str) -> None:
    decision = decided(text)
    assert (decision.topic, decision.priority) == (topic, "urgent")
    assert decision.team == example_router().org.topics[topic].team
    assert decision.reasons[0].matched or decision.reasons[1].matched


@pytest.mark.parametrize(
    "text",
    [
        "Vi brinner för hållbarhet och vill ha ett möte med er",
        "Gatlampan brinner hela dagen, slöseri med el",
        "Får man elda löv i trädgården i oktober?",
        "När är nästa brandövning på skolan?",
        "Jag vill lämna blodprov, var gör man det?",
        "Mötet skjuts upp till nästa vecka",
        "Min man och jag vill söka bygglov för en altan",
        "Vem hämtar en död fågel på lekplatsen?",
        "Vi är oroliga för barnens säkerhet vid övergångsstället",
        "Företaget hotar med inkasso för en räkning jag redan betalat",
        "Can you help me understand how to apply for a parking permit?",
    ],
)
def test_harmless_words_are_not_danger(text: str) -> None:
    decision = decided(text)
    assert decision.topic not in {"acute_danger", "child_concern", "domestic_violence"}
    assert decision.priority != "urgent"


def test_danger_mentioned_in_passing_leads_and_the_rest_stays_a_candidate() -> None:
    decision = decided("Jag ringer om min hemtjänst. Förresten, grannens barn är ensamma hemma varje natt och gråter.")
    assert decision.topic == "child_concern"
    assert "home_care" in {slug for slug, _ in decision.candidates}


def test_an_organisation_without_such_topics_still_gets_an_urgent_ticket() -> None:
    decision = Router(tiny(topics=(MONEY,))).decide(ticket("Det brinner i trapphuset"))
    assert (decision.topic, decision.team, decision.priority) == (None, "first", "urgent")
    assert decision.reasons[0].code == "danger_possible"

"""What routing makes of messages that residents could have written, with the example municipality's organisation."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.facts import Decision, TicketFacts
from tests.unit.routing.small import example_router


def decided(body: str, subject: str = "", *, to: str = "kontakt@ekhamra.example", **more: str) -> Decision:
    facts = {"channel": "email", "sender": "boende@example.se", "language": "sv"} | more
    return example_router().decide(
        TicketFacts(
            channel=facts["channel"],
            sender=facts["sender"],
            recipients=(to,),
            subject=subject,
            body=body,
            language=facts["language"],
        )
    )


@pytest.mark.parametrize(
    ("body", "topic"),
    [
        ("Behöver vi bygglov för att glasa in altanen?", "building_permit"),
        ("Behover vi bygglov for ett uterum", "building_permit"),
        ("Soporna är inte hämtade på två veckor", "waste"),
        ("Gatlyktan vid vår infart är trasig", "street_lighting"),
        ("Det är ett djupt hål i asfalten vid busshållplatsen", "street_fault"),
        ("Plogbilen har lagt en stor snövall framför vår infart", "snow_ice"),
        ("När får vår dotter plats på förskolan?", "preschool_place"),
        ("Jag vill söka till SFI på kvällstid", "adult_education"),
        ("Hur ansöker min mamma om färdtjänst?", "mobility_service"),
        ("Hemtjänsten kom inte till pappa i morse", "home_care"),
        ("Jag har glömt pinkoden till mitt lånekort", "library"),
        ("Vi vill boka sporthallen på tisdagar", "facility_booking"),
        ("Mitt BankID fungerar inte och jag behöver skriva ut ett intyg", "digital_help"),
        ("Jag begär att få ta del av protokollet från nämnden", "public_records"),
        ("Butiken vägrar ta emot min reklamation", "consumer_advice"),
        ("Var kan jag förtidsrösta?", "elections"),
        ("Jag vill ha ett registerutdrag enligt GDPR", "data_protection"),
        ("Vattnet i kranen är brunt", "water_sewer"),
        ("Jag vill anmäla min son till simskola", "swimming_sports"),
        ("Hello, where do I apply for a building permit for a garage?", "building_permit"),
    ],
)
def test_the_topic_and_its_team(body: str, topic: str) -> None:
    decision = decided(body)
    assert decision.topic == topic
    assert decision.team == example_router().org.topics[topic].team
    assert decision.reasons


@pytest.mark.parametrize(
    ("body", "language"),
    [
        ("det brinner i trapphuset och folk är kvar", "sv"),
        ("min sambo slår mig", "sv"),
        ("han har hotat att döda mig och jag vågar inte gå hem", "sv"),
        ("grannens barn skriker varje natt och har blåmärken, jag är orolig", "sv"),
        ("jag orkar inte leva längre", "sv"),
        ("there is a fire in our building", "en"),
        ("my husband beats me and I am scared", "en"),
        ("زوجي يضربني", "ar"),
        ("mieheni lyö minua", "fi"),
    ],
)
def test_danger_is_urgent_and_says_why(body: str, language: str) -> None:
    decision = decided(body, language=language)
    assert decision.priority == "urgent"
    assert decision.topic in {"acute_danger", "child_concern", "domestic_violence"}
    assert any(reason.matched for reason in decision.reasons if reason.used)


@pytest.mark.parametrize(
    "body",
    [
        "När öppnar biblioteket på lördag?",
        "Kan man ansöka om bygglov på nätet?",
        "Tack för hjälpen, allt är löst nu.",
        "Vi slår gärna följe med er på invigningen av lekplatsen.",
    ],
)
def test_ordinary_questions_are_not_urgent(body: str) -> None:
    assert decided(body).priority != "urgent"


def test_the_office_that_is_written_to_visited_or_wanted() -> None:
    assert decided("Hej", to="satra@ekhamra.example").office == "satra"
    assert decided("Vill ha hjälp med en blankett", sender="visit:valbo:A003", channel="visit").office == "valbo"
    assert decided("Jag vill boka en tid på medborgarkontoret i Sätra").office == "satra"


def test_a_place_alone_is_a_district_and_no_office() -> None:
    decision = decided("Gatlampan på gångvägen i Bomhus är släckt")
    assert (decision.office, decision.district) == (None, "Bomhus")


def test_what_nothing_claims_goes_to_the_first_line() -> None:
    decision = decided("zzz qqq")
    assert (decision.topic, decision.team) == (None, "customer_service")
    assert decision.reasons


@settings(deadline=None)
@given(st.text(max_size=400), st.text(max_size=80))
def test_any_text_goes_to_a_team_that_exists(body: str, subject: str) -> None:
    decision = decided(body, subject)
    assert decision.team in example_router().org.teams
    assert decision.domain
    assert 0.0 <= decision.confidence <= 1.0


def test_a_very_long_text_is_decided_by_its_beginning() -> None:
    assert decided("Behövs bygglov för ett uterum? " + "bla " * 500_000).topic == "building_permit"

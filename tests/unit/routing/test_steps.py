"""The steps of a decision on a tiny organisation: team, office, district, priority, sensitivity, rules, reasons."""

from __future__ import annotations

from dataclasses import replace

import pytest

from routing.decide import Router, decide, router_for
from routing.facts import RuleFacts
from routing.sensitivity import has_personal_id
from tests.unit.routing.small import decided, example_router, organisation, ticket, tiny_router


def codes(*found: object) -> list[str]:
    return [str(getattr(item, "code", item)) for item in found]


def test_the_topic_gives_the_team_and_the_domain_and_says_on_which_words() -> None:
    decision = decided("Jag undrar om mitt försörjningsstöd")
    assert (decision.topic, decision.team, decision.domain) == ("money", "income", "social")
    assert decision.reasons[0].text == "Ämnet Bistånd kändes igen på ordet ”försörjningsstöd”."
    assert decision.confidence > 0.3


def test_what_nothing_claims_goes_to_the_first_line_and_says_so() -> None:
    decision = decided("Zzz")
    assert (decision.topic, decision.team, decision.confidence) == (None, "first", 0.0)
    assert {"topic_none", "first_line"} <= set(codes(*decision.reasons))


def test_the_address_decides_when_the_words_do_not() -> None:
    decision = decided("Hej, se bifogat", to="Bygg@ekhamra.example")
    assert (decision.topic, decision.team) == ("permits", "building")
    assert codes(*decision.reasons)[0] == "topic_address"


def test_clear_words_go_before_the_address() -> None:
    assert decided("Gatlampan vid vår lyktstolpe är släckt", to="bygg@ekhamra.example").topic == "lights"


def test_what_is_written_to_a_confidential_address_stays_in_its_domain() -> None:
    decision = decided("Zzz", to="soc@ekhamra.example")
    assert (decision.topic, decision.team, decision.domain) == (None, "income", "social")
    assert decided("Gatlampan är släckt", to="soc@ekhamra.example").domain == "social"


@pytest.mark.parametrize("confidential", ["oro@ekhamra.example", "Soc@Ekhamra.example", "avtal@ekhamra.example"])
@pytest.mark.parametrize("other", ["bygg@ekhamra.example", "norr@ekhamra.example", "okand@ekhamra.example"])
@pytest.mark.parametrize("body", ["Zzz", "Gatlampan vid vår lyktstolpe är släckt"])
def test_one_confidential_address_among_several_keeps_it_there_wherever_it_stands(
    confidential: str, other: str, body: str
) -> None:
    for to in (f"{confidential} {other}", f"{other} {confidential}"):
        decision = decided(body, to=to)
        assert decision.domain == "social", to
        if decision.topic != "money":
            [why] = [item for item in decision.reasons if item.code == "domain_address"]
            assert why.names == {"address": confidential.lower()}


def test_the_first_of_two_confidential_addresses_decides_and_a_confidential_topic_goes_before_both() -> None:
    both = ("elev@ekhamra.example", "oro@ekhamra.example")
    assert decided("Zzz", to=" ".join(both)).domain == "school"
    assert decided("Zzz", to=" ".join(reversed(both))).domain == "social"
    decision = decided("Jag undrar om mitt försörjningsstöd", to=" ".join(both))
    assert decision.domain == "social"
    assert "domain_address" not in codes(*decision.reasons)


def test_the_group_of_a_confidential_address_answers_before_that_of_another() -> None:
    """Who has no sight of the domain could not."""
    for to in ("bygg@ekhamra.example soc@ekhamra.example", "soc@ekhamra.example bygg@ekhamra.example"):
        decision = decided("Zzz", to=to)
        assert (decision.team, decision.domain) == ("income", "social")


@pytest.mark.parametrize("to", ["soc@ekhamra.example", "bygg@ekhamra.example soc@ekhamra.example"])
def test_the_group_of_a_confidential_address_answers_also_what_is_about_something_common(to: str) -> None:
    """The group of the topic could not see what the address keeps."""
    decision = decided("Gatlampan vid vår lyktstolpe är släckt", to=to)
    assert (decision.topic, decision.team, decision.domain) == ("lights", "income", "social")
    assert "team_address" in codes(*decision.reasons)
    assert "team_topic" not in codes(*decision.reasons)
    topical = decided("Gatlampan vid vår lyktstolpe är släckt", to="avtal@ekhamra.example")
    assert (topical.team, topical.domain) == ("income", "social"), "an address has the group of its topic"


def test_a_rule_that_names_a_group_goes_before_the_confidential_address() -> None:
    rule = RuleFacts("r", "Regel", {"recipient": ("soc@ekhamra.example",)}, {"team": "night"})
    decision = decided("Gatlampan är släckt", rule, to="soc@ekhamra.example")
    assert (decision.team, decision.domain) == ("night", "social")


def test_a_rule_that_names_a_domain_goes_before_the_address() -> None:
    rule = RuleFacts("r", "Regel", {"recipient": ("oro@ekhamra.example",)}, {"domain": "school"})
    decision = decided("Zzz", rule, to="oro@ekhamra.example")
    assert decision.domain == "school"
    assert "domain_address" not in codes(*decision.reasons)


@pytest.mark.parametrize(
    ("body", "office"),
    [
        ("Jag vill boka tid på kontoret i Norr", "north"),
        ("Har ni öppet i Norr på fredag?", "north"),
        ("Kan jag komma till er på norra sidan i morgon?", "north"),
        ("Var ligger stadshuset, har ni öppet?", "town"),
        ("Lampan utanför stadshuset är trasig", None),
        ("Gatlampan är släckt i Norr", None),
        ("Har biblioteket i Norr öppet?", None),
        ("Har ni öppet på fredag?", None),
    ],
)
def test_the_office_is_one_that_is_named_or_wanted(body: str, office: str | None) -> None:
    assert decided(body).office == office


def test_the_office_visited_goes_before_the_one_written_to_and_the_one_named() -> None:
    body = "Jag undrar om kontoret i stan"
    assert decided(body, sender="visit:north:A001", channel="visit").office == "north"
    assert decided(body, to="norr@ekhamra.example").office == "north"
    assert decided("Hej", sender="visit:nowhere:A001", channel="visit").office is None


@pytest.mark.parametrize(
    ("body", "district"),
    [
        ("Gatlampan i Norr är släckt", "Norr"),
        ("Vi flyttar från Norr till Söder", "Söder"),
        ("Nära centrum i Söder", "Söder"),
        ("Huset ligger söder om sjön", None),
        ("Gatlampan är släckt", None),
    ],
)
def test_the_district_is_the_place_named(body: str, district: str | None) -> None:
    assert decided(body).district == district


@pytest.mark.parametrize(
    ("body", "priority"),
    [
        ("Gatlampan är släckt", "normal"),
        ("Gatlampan är släckt och det är bråttom", "high"),
        ("Gatlampan är släckt men det är ingen brådska, inte akut", "normal"),
        ("Det gnistrar om gatlampan", "urgent"),
        ("Vattnet forsar in i källaren", "urgent"),
        ("Jag har ingenstans att sova i natt", "urgent"),
        ("Mitt försörjningsstöd har inte kommit", "high"),
        ("Hur ansöker man om försörjningsstöd?", "normal"),
    ],
)
def test_the_priority_follows_topic_and_words(body: str, priority: str) -> None:
    assert decided(body).priority == priority


@pytest.mark.parametrize(
    ("body", "sensitive"),
    [
        ("Gatlampan är släckt", False),
        ("Gatlampan är släckt, mitt personnummer är 19121212-1212", True),
        ("Jag behöver försörjningsstöd", True),
        ("Hur ansöker man om försörjningsstöd?", False),
        ("Jag har cancer och gatlampan är släckt", True),
        ("Jag har skyddad identitet och söker bygglov", True),
        ("Mitt ex och jag har delad vårdnad", True),
        ("Behövs bygglov för en altan?", False),
    ],
)
def test_content_is_sensitive_by_what_it_reveals(body: str, sensitive: bool) -> None:
    assert decided(body).sensitive is sensitive


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("19121212-1212", True),
        ("701063-2391", True),
        ("191212121212", True),
        ("121212-1213", True),
        ("0701740605", False),
        ("070-174 06 05", False),
        ("2024-11-12", False),
        ("991399-1234", False),
        ("ärende 12345678901234", False),
    ],
)
def test_personal_ids_are_recognised_and_telephone_numbers_are_not(text: str, there: bool) -> None:
    assert has_personal_id(f"Jag heter Bo, {text}, tack") is there


def test_rules_hold_in_order_and_the_first_to_set_something_wins() -> None:
    first = RuleFacts("a", "Första", {"topic": ("lights",)}, {"priority": "low"}, stop=False)
    second = RuleFacts("b", "Andra", {"channel": ("sms",)}, {"priority": "high", "team": "night"})
    third = RuleFacts("c", "Tredje", {"channel": ("sms",)}, {"office": "north"})
    decision = decided("Gatlampan är släckt", first, second, third, channel="sms")
    assert (decision.priority, decision.team, decision.office, decision.rule) == ("low", "night", None, "a")


@pytest.mark.parametrize(
    ("conditions", "holds"),
    [
        ({"recipient": ("norr@ekhamra.example",)}, True),
        ({"recipient": ("soc@ekhamra.example",)}, False),
        ({"words": ("trasig", "sönder")}, True),
        ({"words": ("snö",)}, False),
        ({"topic": ("lights", "permits")}, True),
        ({"topic": ("",)}, False),
        ({"language": ("sv",), "channel": ("email",)}, True),
        ({"language": ("fi",), "channel": ("email",)}, False),
        ({"district": ("Söder",)}, True),
        ({"office": ("north",)}, True),
        ({"office": ("",)}, False),
        ({"weather": ("sun",)}, False),
        ({}, False),
    ],
)
def test_all_conditions_of_a_rule_must_hold(conditions: dict[str, tuple[str, ...]], holds: bool) -> None:
    rule = RuleFacts("r", "Regel", conditions, {"team": "night"})
    decision = decided("Gatlampan i Söder är trasig", rule, to="norr@ekhamra.example")
    assert (decision.team == "night") is holds


def test_nothing_known_is_a_condition_too() -> None:
    rule = RuleFacts("r", "Regel", {"topic": ("",)}, {"team": "night"})
    assert decided("Zzz", rule).team == "night"


def test_a_rule_may_set_the_topic_and_its_team_and_domain_follow() -> None:
    rule = RuleFacts("r", "Regel", {"words": ("soc",)}, {"topic": "money"})
    decision = decided("Gatlampan vid soc är släckt", rule)
    assert (decision.topic, decision.team, decision.domain) == ("money", "income", "social")


def test_a_rule_that_points_nowhere_is_not_followed_and_says_so() -> None:
    rule = RuleFacts("r", "Regel", {"topic": ("lights",)}, {"team": "gone", "priority": "soon", "domain": "social"})
    decision = decided("Gatlampan är släckt", rule)
    assert (decision.team, decision.priority, decision.domain) == ("street", "normal", "social")
    assert codes(*decision.reasons).count("rule_unknown") == 2


def test_danger_goes_before_rules() -> None:
    rule = RuleFacts("r", "Regel", {"channel": ("email",)}, {"team": "night", "priority": "low"})
    decision = decided("Det brinner i trapphuset", rule)
    assert (decision.priority, decision.rule) == ("urgent", None)
    assert "rule_considered" in codes(*decision.reasons)


def test_every_reason_is_a_sentence_with_its_words() -> None:
    decision = decided("Jag vill boka tid på kontoret i Norr om bygglov för en altan")
    assert all(reason.text.endswith(".") and "{" not in reason.text for reason in decision.reasons)
    assert decision.reasons[0].matched


def test_the_same_facts_give_the_same_decision() -> None:
    org, facts = organisation(), ticket("Gatlampan vid altanen, bygglov?")
    assert router_for(org) is router_for(org)
    assert decide(facts, org) == decide(facts, org) == Router(organisation()).decide(facts)


def test_an_organisation_without_topics_still_decides() -> None:
    decision = Router(organisation(topics=())).decide(ticket("Gatlampan är släckt"))
    assert (decision.topic, decision.team) == (None, "first")


def test_what_a_message_is_about_is_not_read_from_its_signature() -> None:
    architect = "-- \nAnna Exempel\nBygglov & altan AB\nNorra sidan"
    asked = replace(ticket("Jag undrar om gatlampan vid oss"), signature=architect)
    decision = tiny_router().decide(asked)
    assert (decision.topic, decision.district) == ("lights", "Norr"), "where it is may stand there alone"
    assert "permits" not in dict(decision.candidates)
    assert tiny_router().decide(replace(ticket("Kan ni ringa mig i morgon?"), signature=architect)).topic is None


def test_danger_in_a_signature_is_danger() -> None:
    plain = ticket("Jag har en fråga om vår altan och dess mått")
    warned = replace(plain, signature="-- \nHjälp, det brinner i huset och barn är kvar inne")
    router = example_router()
    assert router.decide(plain).priority != "urgent"
    assert router.decide(warned).priority == "urgent"

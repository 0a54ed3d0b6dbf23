"""Topics, offices, rules, addresses and canned replies: what their forms take, refuse and show."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from contactcenter.model import (
    CalendarException,
    CannedReply,
    DomainGrant,
    OpeningInterval,
    OurAddress,
    RoutingRule,
    Topic,
)
from contactcenter.services import organisation as facts
from routing.facts import TicketFacts
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import rows
from tests.integration.people import Organisation, make_ticket
from tests.integration.test_settings_pages import edit, hidden

PARKING, CENTRE = "/installningar/amnen/parking", "/installningar/kontor/centrum"
TOPIC = {
    "name": "Parkering",
    "team": "gata-park",
    "domain": "common",
    "sensitivity": "open",
    "priority": "normal",
    "phrases": "parkering = 2\nsop*\n!i natt",
    "active": "1",
}
OFFICE = {"name": "Centrum", "kind": "central", "intervals": "måndag–fredag 08.00–12.00, 13.00–16.00"}
RULE = {"name": "Somaliska till gatan", "if_language": "so", "then_team": "gata-park", "stop": "1", "active": "1"}
RULES = "/installningar/fordelningsregler"
OTHERS = "Öppna ärenden som du inte ser kan också använda den."


@pytest.fixture
def admin(app: Flask, organisation: Organisation) -> Browser:
    return Browser(app).signed_in(organisation.admin)


def refused(browser: Browser, url: str, **values: Any) -> str:
    form = {**hidden(browser.get(url).text), **values}
    answer = browser.post(url, form)
    assert answer.status_code == 422, answer.text
    return answer.text


def test_a_topic_is_changed_and_routing_knows_at_once_in_every_process(
    begin: Begin, admin: Browser, organisation: Organisation
) -> None:
    elsewhere = facts.OrganisationCache()
    with begin(read_only=True) as session:
        assert elsewhere.get(session).router.org.topics["parking"].phrases == {}
    edit(admin, PARKING, **TOPIC)
    with begin(read_only=True) as session:
        router = elsewhere.get(session).router
    assert router.org.topics["parking"].phrases == {"parkering": 2.0, "sop*": 1.0, "!i natt": 1.0}
    letter = TicketFacts("email", "maja@example.se", ("kontakt@ekhamra.example",), "Parkering", "Var finns parkering?")
    assert router.decide(letter).topic == "parking"


def test_a_topic_says_what_uses_it(begin: Begin, admin: Browser, organisation: Organisation) -> None:
    with begin() as session:
        session.add(DomainGrant(domain_id=organisation.common.id, agent_id=organisation.admin.id))
        for domain in [organisation.common] * 12 + [organisation.social] * 3:
            make_ticket(session, domain, organisation.streets, topic_id=organisation.parking.id)
        rule = {"conditions": {"topic": ["parking"]}, "actions": {"priority": "low"}}
        session.add(RoutingRule(position=10, slug="low", name="Parkering kan vänta", **rule))
        session.add(OurAddress(address="p@ekhamra.example", topic_id=organisation.parking.id))
    text = admin.post(PARKING, {**hidden(admin.get(PARKING).text), **TOPIC}).text
    assert "12 öppna ärenden som du ser använder" in text
    assert OTHERS in text
    assert "Parkering kan vänta" in text
    assert "p@ekhamra.example" in text


def test_that_there_may_be_tickets_out_of_sight_is_said_of_whatever_tickets_may_use(
    admin: Browser, organisation: Organisation
) -> None:
    for url in (PARKING, "/installningar/grupper/gata-park", "/installningar/kontor/norra"):
        form = {**hidden(admin.get(url).text), **TOPIC, "kind": "local", "name": "Nytt namn"}
        text = admin.post(url, form).text
        assert OTHERS in text, url
        assert "som du ser använder" not in text
        assert OTHERS in admin.post(f"{url}/ta-bort").text, "what goes away is asked about alike"


def test_a_topic_never_lies_under_itself(admin: Browser) -> None:
    edit(admin, "/installningar/amnen/economic_aid", **TOPIC | {"name": "Bistånd", "parent": "parking"})
    text = admin.get("/installningar/amnen").text
    assert text.index('id="o-parking"') < text.index('id="o-economic_aid" data-depth="1"'), "the tree is shown"
    assert "kan inte ligga under sig självt" in refused(admin, PARKING, **TOPIC, parent="parking")
    assert "kan inte ligga under sig självt" in refused(admin, PARKING, **TOPIC, parent="economic_aid")


def test_a_topic_is_put_away_and_never_removed(begin: Begin, admin: Browser) -> None:
    edit(admin, PARKING, **{name: value for name, value in TOPIC.items() if name != "active"})
    [topic] = rows(begin, Topic, Topic.slug == "parking")
    assert not topic.active
    assert "arkiverad" in admin.get("/installningar/amnen").text
    with begin(read_only=True) as session:
        [state] = rows(begin, Topic, Topic.slug == "parking")
        assert session is not None
        assert state.name == "Parkering"
    form = hidden(admin.get(PARKING).text)
    first = admin.post(f"{PARKING}/ta-bort", form)
    assert admin.post(f"{PARKING}/ta-bort", {"confirm": form["seen"]}).status_code == 409
    assert first.status_code == 200


def test_an_office_opens_several_times_a_day(begin: Begin, admin: Browser) -> None:
    differing = "2026-12-23 09.00–12.00, 13.00–15.00: Dagen före\n2026-12-24 stängt: Julafton"
    edit(admin, CENTRE, **OFFICE, exceptions=differing)
    held = rows(begin, OpeningInterval)
    assert len(held) == 10
    assert {(f"{each.opens:%H:%M}", f"{each.closes:%H:%M}") for each in held} == {
        ("08:00", "12:00"),
        ("13:00", "16:00"),
    }
    found = [(each.day.day, each.opens is not None, each.reason) for each in rows(begin, CalendarException)]
    assert found == [(23, True, "Dagen före"), (23, True, "Dagen före"), (24, False, "Julafton")]
    text = admin.get(CENTRE).text
    assert "Måndag 08.00–12.00, 13.00–16.00" in text
    assert "2026-12-24 stängt: Julafton" in text
    edit(admin, CENTRE, **OFFICE, exceptions=differing, phone="0701740605")
    assert len(rows(begin, OpeningInterval)) == 10


def test_odd_and_even_weeks_and_seasons_do_not_overlap(begin: Begin, admin: Browser) -> None:
    lines = (
        "tis 10.00–12.00 udda veckor\ntis 10.00–12.00 jämna veckor\n"
        "ons 8.00–12.00 till 2026-05-31\nons 9.00–12.00 från 2026-06-01 till 2026-08-31\ntor 18.00–00.00"
    )
    edit(admin, CENTRE, **OFFICE | {"intervals": lines})
    assert len(rows(begin, OpeningInterval)) == 5
    assert "Tisdag 10.00–12.00 udda veckor" in admin.get(CENTRE).text


def test_mistakes_of_an_office_are_told_in_its_form(admin: Browser, begin: Begin) -> None:
    wrong = {"intervals": "måndag 08.00–12.00\nmån 11.00–13.00", "valid_to": "igår", "kind": "slott"}
    text = refused(admin, CENTRE, **OFFICE | wrong)
    for said in ("Två öppningar krockar", "Skriv datumet", "kan inte väljas", "mån 11.00–13.00"):
        assert said in text
    assert rows(begin, OpeningInterval) == []


def test_a_rule_is_a_sentence_and_has_versions(begin: Begin, admin: Browser) -> None:
    preview = admin.post(f"{RULES}/ny", RULE)
    assert admin.post(f"{RULES}/ny", RULE | hidden(preview.text)).status_code == 303
    [rule] = rows(begin, RoutingRule)
    assert (rule.conditions, rule.actions, rule.version) == ({"language": ["so"]}, {"team": "gata-park"}, 1)
    assert "Om språket är Somaliska → " in admin.get(RULES).text
    edit(admin, f"{RULES}/{rule.slug}", **RULE | {"if_topic": "-"})
    [rule] = rows(begin, RoutingRule)
    assert (rule.conditions["topic"], rule.version) == ([""], 2)


def test_a_rule_that_is_never_reached_is_told(begin: Begin, admin: Browser) -> None:
    with begin() as session:
        for place, topic in ((10, ["", "parking"]), (20, ["parking"])):
            values = {"conditions": {"topic": topic}, "actions": {"priority": "low"}}
            session.add(
                RoutingRule(position=place, slug=f"r{place}", name=f"Regel {place}", stop=True, active=True, **values)
            )
    assert "Används aldrig: ”Regel 10”" in admin.get(RULES).text
    assert admin.post(f"{RULES}/r20/flytta", {"till": "upp"}).status_code == 303
    assert [rule.slug for rule in sorted(rows(begin, RoutingRule), key=lambda rule: rule.position)] == ["r20", "r10"]
    assert "Används aldrig" not in admin.get(RULES).text
    assert "Plats i ordningen" in admin.get(f"{RULES}/r20/historik").text
    assert admin.post(f"{PARKING}/flytta", {"till": "upp"}).status_code == 404


def test_a_rule_of_unknown_things_is_refused(begin: Begin, admin: Browser) -> None:
    for values in (
        {"if_language": ""},
        {"then_team": ""},
        {"then_team": "finnsinte"},
        {"if_topic": "finnsinte"},
        {"then_priority": "panik"},
    ):
        given = {name: value for name, value in (RULE | values).items() if value}
        assert admin.post(f"{RULES}/ny", given).status_code == 422
    assert rows(begin, RoutingRule) == []


def test_an_address_is_added_led_elsewhere_and_removed(begin: Begin, admin: Browser) -> None:
    place = "/installningar/e-postadresser"
    assert admin.post(f"{place}/ny", {"address": "Gata@Ekhamra.example", "team": "gata-park"}).status_code == 303
    url = f"{place}/gata@ekhamra.example"
    assert "går en annan väg" in admin.post(url, {**hidden(admin.get(url).text), "office": "centrum"}).text
    edit(admin, url, office="centrum", address="annan@ekhamra.example")
    [row] = rows(begin, OurAddress, OurAddress.address == "gata@ekhamra.example")
    assert (row.team_id, row.office_id is None) == (None, False)
    refused(admin, f"{place}/ny", address="gata@ekhamra.example")
    refused(admin, f"{place}/ny", address="gata")
    asked = admin.post(f"{url}/ta-bort")
    assert "Ta bort gata@ekhamra.example?" in asked.text
    assert admin.post(f"{url}/ta-bort", hidden(asked.text)).status_code == 303
    assert rows(begin, OurAddress, OurAddress.address == "gata@ekhamra.example") == []
    assert "borttagen" in admin.get(f"{url}/historik").text


def test_placeholders_of_a_canned_reply_are_known(begin: Begin, admin: Browser) -> None:
    place = "/installningar/snabbsvar/ny"
    reply = {"title": "Mottaget", "language": "sv"}
    assert "Menade du {{number}}?" in refused(admin, place, **reply, text="Ärende {{numer}}")
    assert "par" in refused(admin, place, **reply, text="Ärende {{number}")
    assert admin.post(place, reply | {"text": "Ärende {{ number }} {} ok"}).status_code == 303
    [row] = rows(begin, CannedReply)
    assert (row.slug, row.language) == ("mottaget", "sv")

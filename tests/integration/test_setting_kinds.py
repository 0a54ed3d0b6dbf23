"""Topics, offices, rules, addresses and canned replies: what their forms take, refuse and show."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete

from contactcenter.model import (
    Acknowledgement,
    CalendarException,
    CannedReply,
    DomainGrant,
    OpeningInterval,
    OurAddress,
    RoutingRule,
    SenderRule,
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


def test_a_topic_says_for_how_long_a_reply_opens_its_tickets_again(begin: Begin, admin: Browser) -> None:
    for written, kept in (("90", 90), ("0", 0), ("", None)):
        edit(admin, PARKING, **TOPIC | {"reopen_days": written})
        assert rows(begin, Topic, Topic.slug == "parking")[0].reopen_days == kept
        field = admin.get(PARKING).text.partition('name="reopen_days"')[2].partition(">")[0]
        assert f'value="{written}"' in field
    assert "Tomt: 30 dagar, som för alla ämnen." in admin.get(PARKING).text
    assert "Skriv högst 3650 dagar." in refused(admin, PARKING, **TOPIC, reopen_days="3651")
    assert "Skriv ett heltal" in refused(admin, PARKING, **TOPIC, reopen_days="-1")


def test_a_topic_never_lies_under_itself(admin: Browser) -> None:
    edit(admin, "/installningar/amnen/economic_aid", **TOPIC | {"name": "Bistånd", "parent": "parking"})
    text = admin.get("/installningar/amnen").text
    assert text.index('id="o-parking"') < text.index('id="o-economic_aid" data-depth="1"'), "the tree is shown"
    assert "kan inte ligga under sig självt" in refused(admin, PARKING, **TOPIC, parent="parking")
    assert "kan inte ligga under sig självt" in refused(admin, PARKING, **TOPIC, parent="economic_aid")


def test_a_topic_is_offered_its_places_in_the_tree(admin: Browser) -> None:
    edit(admin, "/installningar/amnen/economic_aid", **TOPIC | {"name": "Bistånd", "parent": "parking"})
    own = admin.get("/installningar/amnen/economic_aid").text.partition('name="parent"')[2].partition("</select>")[0]
    assert '<option value="parking" selected>Parking</option>' in own
    assert 'value="economic_aid"' not in own
    above = admin.get(PARKING).text.partition('name="parent"')[2].partition("</select>")[0]
    assert 'value="economic_aid"' not in above, "it lies under this one"
    assert 'value="parking"' not in above
    assert 'value="acute_danger"' in above
    new = admin.get("/installningar/amnen/ny").text.partition('name="parent"')[2].partition("</select>")[0]
    assert ">\u2003Bistånd</option>" in new


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
    text = admin.get(CENTRE).text
    assert "Tisdag 10.00–12.00 udda veckor" in text
    assert "Onsdag 09.00–12.00 från 2026-06-01 till 2026-08-31" in text


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
    assert "Om språket är Somaliska → " in admin.get(RULES).text.partition('set-facts">')[2].partition("<")[0]
    edit(admin, f"{RULES}/{rule.slug}", **RULE | {"if_topic": "-"})
    [rule] = rows(begin, RoutingRule)
    assert (rule.conditions["topic"], rule.version) == ([""], 2)


def test_the_form_of_a_rule_has_only_the_conditions_that_it_asks(begin: Begin, admin: Browser) -> None:
    admin.post(f"{RULES}/ny", RULE | hidden(admin.post(f"{RULES}/ny", RULE).text))
    [rule] = rows(begin, RoutingRule)
    text = admin.get(f"{RULES}/{rule.slug}").text
    assert re.findall(r'name="rows" value="(\w+)"', text) == ["if_language"]
    assert 'name="if_topic"' not in text
    assert '<option value="if_topic">Om ämnet är</option>' in text
    assert '<option value="if_language">' not in text


def test_conditions_are_added_and_taken_away_without_saving(begin: Begin, admin: Browser) -> None:
    typed = {"name": "Ny regel", "then_team": "gata-park", "if_words": "grus", "rows": "if_words"}
    text = admin.post(f"{RULES}/ny", typed | {"add": "if_topic", "rearrange": "1"}).text
    assert re.findall(r'name="rows" value="(\w+)"', text) == ["if_words", "if_topic"]
    assert 'value="Ny regel"' in text
    assert ">grus</textarea>" in text
    assert re.search(r'id="f-ny-if_topic" tabindex="-1" autofocus', text)
    both = {**typed, "rows": ["if_words", "if_topic"], "if_topic": ["parking", "acute_danger"]}
    text = admin.post(f"{RULES}/ny", both | {"drop": "if_words"}).text
    assert re.findall(r'name="rows" value="(\w+)"', text) == ["if_topic"]
    assert "grus" not in text
    assert re.search(r'value="parking" checked', text)
    assert 'name="add" autofocus' in " ".join(text.split())
    text = admin.post(f"{RULES}/ny", typed | {"rearrange": "1"}).text
    assert re.findall(r'name="rows" value="(\w+)"', text) == ["if_words"], "nothing was chosen to be added"
    text = admin.post(f"{RULES}/ny", typed | {"add": "if_office"}).text
    assert re.findall(r'name="rows" value="(\w+)"', text) == ["if_words", "if_office"], "what is chosen is not lost"
    assert rows(begin, RoutingRule) == []


def test_a_condition_that_asks_nothing_is_refused(begin: Begin, admin: Browser) -> None:
    text = refused(admin, f"{RULES}/ny", **RULE, rows=["if_language", "if_topic"])
    assert "Fyll i villkoret eller ta bort det." in text
    assert 'href="#f-ny-if_topic"' in text
    text = refused(admin, f"{RULES}/ny", name="Utan", then_team="gata-park")
    assert 'href="#f-ny-add"' in text
    assert text.count("Ange minst ett villkor") == 2, "in the summary and where one is added"


def test_rearranging_does_not_hide_that_somebody_was_faster(begin: Begin, admin: Browser) -> None:
    admin.post(f"{RULES}/ny", RULE | hidden(admin.post(f"{RULES}/ny", RULE).text))
    [rule] = rows(begin, RoutingRule)
    url = f"{RULES}/{rule.slug}"
    mine = {**hidden(admin.get(url).text), **RULE, "name": "Min"}
    edit(admin, url, **RULE | {"name": "Deras"})
    mine |= hidden(admin.post(url, mine | {"add": "if_topic", "rearrange": "1"}).text)
    assert admin.post(url, mine | {"if_topic": "parking"}).status_code == 409


def test_a_rule_is_told_with_all_its_conditions(begin: Begin, admin: Browser) -> None:
    rule = RULE | {"if_topic": ["parking", "economic_aid", "-"], "if_words": "grus"}
    admin.post(f"{RULES}/ny", rule | hidden(admin.post(f"{RULES}/ny", rule).text))
    told = "Om texten innehåller grus och ämnet är (okänt), Economic_aid eller Parking och språket är Somaliska → "
    assert told in admin.get(RULES).text.partition('set-facts">')[2].partition("<")[0]


def test_a_rule_names_a_group_whole_and_a_priority_without_what_it_means(begin: Begin, admin: Browser) -> None:
    edit(admin, "/installningar/grupper/gata-park", name="Gata: park")
    rule = RULE | {"then_priority": "low"}
    assert admin.post(f"{RULES}/ny", rule | hidden(admin.post(f"{RULES}/ny", rule).text)).status_code == 303
    assert "Gata: park, " in admin.get(RULES).text


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


def test_the_address_that_residents_write_back_to_stays(begin: Begin, admin: Browser) -> None:
    place = "/installningar/e-postadresser"
    url = f"{place}/kontakt@ekhamra.example"
    admin.post(f"{place}/ny", {"address": "gata@ekhamra.example", "domain": "social", "team": "socialtjanst"})
    for form in ({}, {"confirm": hidden(admin.get(url).text)["seen"]}):
        answer = admin.post(f"{url}/ta-bort", form)
        assert answer.status_code == 409
        assert "Svaren kommer från kontakt@ekhamra.example" in answer.text
        assert 'name="confirm"' not in answer.text
    other = f"{place}/gata@ekhamra.example"
    asked = admin.post(f"{other}/ta-bort").text
    assert "tas fortfarande emot" in asked
    assert "inte längre bland dem som får se ”Social”" in asked, "it protected what was written there"
    assert "Svaren från Gata-park kommer från den" in asked
    with begin() as session:
        session.execute(delete(OurAddress).where(OurAddress.address == "kontakt@ekhamra.example"))
    assert "enda adressen" in admin.post(f"{other}/ta-bort", hidden(asked)).text
    assert [row.address for row in rows(begin, OurAddress)] == ["gata@ekhamra.example"]


def test_placeholders_of_a_canned_reply_are_known(begin: Begin, admin: Browser) -> None:
    place = "/installningar/snabbsvar/ny"
    reply = {"title": "Mottaget", "language": "sv"}
    assert "Menade du {{number}}?" in refused(admin, place, **reply, text="Ärende {{numer}}")
    assert "par" in refused(admin, place, **reply, text="Ärende {{number}")
    assert admin.post(place, reply | {"text": "Ärende {{ number }} {} ok"}).status_code == 303
    [row] = rows(begin, CannedReply)
    assert (row.slug, row.language) == ("mottaget", "sv")


def test_an_acknowledgement_begins_with_a_text_that_is_not_sent(begin: Begin, admin: Browser) -> None:
    place = "/installningar/bekraftelser/ny"
    form = admin.get(place).text
    assert "Vi har tagit emot ditt meddelande ({{ärende}})" in form
    assert "allmän" in form
    given = {"language": "sv", "subject": "Mottaget {{ärende}}", "text": "Svar senast {{svarsdag}}."}
    assert "Menade du {{ärende}}?" in refused(admin, place, **{**given, "text": "{{ärnede}}"})
    assert "par" in refused(admin, place, **{**given, "subject": "{{ärende"})
    edit(admin, place, **given)
    [row] = rows(begin, Acknowledgement)
    assert (row.topic_id, row.office_id, row.language, row.active) == (None, None, "sv", False)
    assert "finns redan" in refused(admin, place, **given)


def test_an_acknowledgement_that_is_sent_says_so_and_shows_itself(
    begin: Begin, admin: Browser, organisation: Organisation
) -> None:
    place = "/installningar/bekraftelser/ny"
    given = {"topic": "economic_aid", "subject": "Hej", "text": "Svar senast {{svarsdag}}.", "active": "1"}
    said = admin.post(place, given).text
    assert "utan att någon ser den först" in said
    assert "sekretessbelagt" in said
    assert "Till exempel: Svar senast " in " ".join(said.split())
    assert admin.post(place, {**given, **hidden(said)}).status_code == 303
    [row] = rows(begin, Acknowledgement)
    assert row.active
    listed = admin.get("/installningar/bekraftelser").text
    assert "skickas" in listed


def test_a_rule_about_a_sender_is_an_address_or_a_domain(begin: Begin, admin: Browser) -> None:
    place = "/installningar/avsandare/ny"
    for wrong in ("bo", "bo@", "@", "@example", "bo@exa mple.com", "a@b@example.com", ""):
        assert refused(admin, place, pattern=wrong, action="park"), wrong
    assert refused(admin, place, pattern="@example.com", action="delete")
    for right in ("Bo@Example.com", "@spam.example.com"):
        edit(admin, place, pattern=right, action="park", note="Reklam")
    assert [row.pattern for row in rows(begin, SenderRule)] == ["bo@example.com", "@spam.example.com"]
    assert "finns redan" in refused(admin, place, pattern="bo@example.com", action="park")
    edit(admin, place, pattern="@xn--rksmrgs-5wao1o.example", action="park")
    assert rows(begin, SenderRule)[-1].pattern == "@räksmörgås.example"
    assert "finns redan" in refused(admin, place, pattern="@Räksmörgås.example", action="park")

"""What a settings file would come to beside what it says: orders, sentences of what it touches, and its mistakes."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from contactcenter import clock
from contactcenter.access import actor_for
from contactcenter.model import RoutingRule, SettingChange, Team
from contactcenter.services.appearance.palette import HOUSE, Tokens
from contactcenter.services.editing.kind import Names
from contactcenter.services.portable import effects, export, parse, plan, stored
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.people import Organisation, make_ticket
from tests.integration.test_portable import TOPIC, bring_in, mistakes, tell
from tests.integration.test_settings_pages import hidden


def test_a_new_rule_of_a_file_comes_last_as_from_the_form(session: Session, organisation: Organisation) -> None:
    """However far apart those stand that are here."""
    everything = {"conditions": {"language": ["so"]}, "actions": {"team": "gata-park"}, "stop": True}
    bring_in(session, tell(rules=[{"slug": slug, "name": slug.upper(), **everything} for slug in ("a", "b")]))
    session.execute(update(RoutingRule).values(position=RoutingRule.position + 500))
    session.expire_all()
    bring_in(session, tell(rules=[{"slug": "n", "name": "N", **everything}]))
    rules = session.scalars(select(RoutingRule).order_by(RoutingRule.position)).all()
    assert [rule.slug for rule in rules] == ["a", "b", "n"]


def test_what_a_file_moves_above_others_says_which_are_never_used_then(
    session: Session, organisation: Organisation
) -> None:
    def rule(slug: str, *languages: str) -> dict[str, Any]:
        actions = {"team": "gata-park"}
        return {
            "slug": slug,
            "name": slug.upper(),
            "conditions": {"language": languages},
            "actions": actions,
            "stop": True,
        }

    bring_in(session, tell(rules=[rule("a", "so"), rule("b", "ar")]))
    moved = tell(rules=[rule("n", "so", "ar"), rule("a", "so"), rule("b", "ar")])
    now = stored.load(session)
    told = effects.of_plan(Names(session), plan.make(parse.read(moved), now), now).told["rules", "n"]
    assert [line for line in told if "aldrig" in line] == [
        f"”{name}” kommer aldrig att användas efter det här." for name in ("A", "B")
    ]


def test_where_no_group_is_the_first_line_none_must_be(session: Session, organisation: Organisation) -> None:
    session.execute(update(Team).values(is_first_line=False))
    session.expire_all()
    assert bring_in(session, export.write(session)).items == ()


def test_a_file_says_nothing_of_tickets_for_a_reply_time_on_a_topic_that_it_adds(
    session: Session, organisation: Organisation
) -> None:
    make_ticket(session, organisation.common, organisation.first_line, reply_owed_since=clock.now())
    written = tell(topics={"new": TOPIC}, reply_targets=[{"topic": "new", "count": 1, "unit": "hours"}])
    now = stored.load(session)
    actor = actor_for(session, session.merge(organisation.alice))
    told = effects.of_plan(Names(session, actor), plan.make(parse.read(written), now), now).told
    assert not [line for line in told["reply_targets", "new.*.*"] if line[0].isdecimal()]


def test_a_mistake_in_one_object_hides_none_in_another_with_a_longer_name(
    session: Session, organisation: Organisation
) -> None:
    reply = {"title": "A", "language": "sv", "text": "{{fel}}"}
    found = mistakes(session, tell(canned_replies={"ab": {**reply, "title": 3}, "a": reply}))
    assert found.keys() >= {"canned_replies.ab.title", "canned_replies.a.text"}


@pytest.mark.parametrize("key", ["\ud800", "\x00", "a" * 200])
def test_a_key_that_no_page_can_hold_is_told_in_a_legible_way(
    session: Session, organisation: Organisation, key: str
) -> None:
    found = mistakes(session, tell(**{key: 1}, teams={"x": {key: 1}}, topics={"parking": {"phrases": {key: 99}}}))
    assert len(found) == 4 if key != "a" * 200 else found
    assert "".join([*found, *found.values()]).encode()
    twice = tell(teams={}).decode().replace('"teams": {}', f"{json.dumps(key)}: 1, {json.dumps(key)}: 2").encode()
    with pytest.raises(parse.NotOurFile) as refused:
        parse.read(twice)
    assert str(refused.value).encode()


def test_a_signature_of_several_lines_says_how_it_looks(session: Session, organisation: Organisation) -> None:
    written = tell(signatures=[{"team": "", "text": ["{{vägledare}}", "Torget 1"]}])
    now = stored.load(session)
    told = effects.of_plan(Names(session), plan.make(parse.read(written), now), now).told["signatures", "*"]
    assert any("Torget 1" in line for line in told)


FORMLESS: dict[str, tuple[dict[str, Any], str]] = {
    "a language of no form": ({"offices": {"centrum": {"languages": ["sv", "zz"]}}}, "offices.centrum.languages[2]"),
    "a reply in no language": (
        {"canned_replies": {"a": {"title": "A", "language": "zz", "text": "Hej"}}}, "canned_replies.a.language"),
    "a long name of a place": (
        {"offices": {"centrum": {"place_names": ["torg" * 51]}}}, "offices.centrum.place_names[1]"),
    "two lines": ({"offices": {"centrum": {"services": ["a\nb"]}}}, "offices.centrum.services[1]"),
    "an empty line": ({"offices": {"centrum": {"services": ["  "]}}}, "offices.centrum.services[1]"),
    "a competence spelled in another way": ({"skills": {"bygglov": {}, "Bygglov": {}}}, "skills.bygglov.name"),
}  # fmt: skip
NO_RULES: dict[str, tuple[dict[str, Any], str]] = {
    "no word": ({"words": [""]}, "words[1]"),
    "nothing": ({"channel": []}, "channel"),
    "no channel": ({"channel": [""]}, "channel[1]"),
    "a long word": ({"words": ["ord " * 51]}, "words[1]"),
    "a language of no form": ({"language": ["zz"]}, "language[1]"),
}


@pytest.mark.parametrize("what", NO_RULES)
def test_a_rule_asks_only_what_its_form_can_ask(session: Session, organisation: Organisation, what: str) -> None:
    conditions, place = NO_RULES[what]
    rule = {"slug": "r", "name": "R", "conditions": conditions, "actions": {"team": "gata-park"}}
    assert f"rules[1].conditions.{place}" in mistakes(session, tell(rules=[rule]))


@pytest.mark.parametrize("what", FORMLESS)
def test_what_no_form_could_show_again_is_refused(session: Session, organisation: Organisation, what: str) -> None:
    sections, place = FORMLESS[what]
    assert place in mistakes(session, tell(**sections))


def test_a_rule_may_ask_for_what_is_not_known(session: Session, organisation: Organisation) -> None:
    asked = {"topic": [""], "language": [""], "district": [""], "office": [""]}
    bring_in(session, tell(rules=[{"slug": "r", "name": "R", "conditions": asked, "actions": {"team": "gata-park"}}]))
    assert bring_in(session, export.write(session)).items == ()


def test_the_history_says_what_only_a_file_changes(app: Flask, begin: Begin, organisation: Organisation) -> None:
    offer = {"weekday": "mon", "starts": "10:00", "ends": "11:00", "mode": "drop_in", "name": "Språkcafé"}
    with begin() as session:
        bring_in(session, tell(domains={"social": {"name": "Omsorg"}}))
        bring_in(session, tell(offices={"centrum": {"offers": [offer]}}))
    text = Browser(app).signed_in(organisation.admin).get("/installningar/historik").text
    assert "Sekretessområden" in text
    assert "<td>Social</td><td>Omsorg</td>" in text
    assert "Språkcafé" in text


def test_an_old_line_about_what_is_gone_leads_to_its_history(
    app: Flask, begin: Begin, organisation: Organisation
) -> None:
    added: dict[str, Any] = {"title": "Tack", "language": "sv", "text": "Tack!"}
    with begin() as session:
        for before, after in (({}, added), (added, {})):
            session.add(SettingChange(kind="snabbsvar", key="tack", before=before, after=after))
    admin = Browser(app).signed_in(organisation.admin)
    text = admin.get("/installningar/historik").text
    assert text.count('href="/installningar/snabbsvar/tack/historik"') == 2
    assert admin.get("/installningar/snabbsvar/tack/historik").status_code == 200


def test_hours_are_bounded_over_all_offices(session: Session, organisation: Organisation) -> None:
    hours = [{"weekday": "mon", "opens": "08:00", "closes": "12:00"}] * 100
    offices = {f"o{number}": {"name": f"O{number}", "kind": "local", "intervals": hours} for number in range(51)}
    assert mistakes(session, tell(offices=offices)).keys() == {"offices"}


def test_the_look_of_a_file_is_on_the_next_page(app: Flask, begin: Begin, organisation: Organisation) -> None:
    admin = Browser(app).signed_in(organisation.admin)
    assert "Ekhamra kontakt" not in admin.get("/arenden").text
    with begin() as session:
        look = {**asdict(Tokens()), "shown_name": "Ekhamra kontakt"}
        bring_in(session, tell(appearance={HOUSE: look}))
    assert "Ekhamra kontakt" in admin.get("/arenden").text


def test_a_rule_has_a_name_of_its_own(app: Flask, begin: Begin, organisation: Organisation) -> None:
    """Two that say the same under one name could not be told apart."""
    admin = Browser(app).signed_in(organisation.admin)
    form = {"name": "Somaliska", "if_language": "so", "then_team": "gata-park", "stop": "1", "active": "1"}
    url = "/installningar/fordelningsregler/ny"
    for status in (303, 422):
        asked = admin.post(url, form)
        assert (asked if asked.status_code != 200 else admin.post(url, form | hidden(asked.text))).status_code == status

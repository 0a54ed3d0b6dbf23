"""All settings as one file: out and in again gives the same bytes, mistakes are told together, nothing is deleted."""

from __future__ import annotations

import io
import json
import re
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import NullPool, create_engine, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from contactcenter.db import Base
from contactcenter.demo import organisation as example
from contactcenter.demo import store_organisation
from contactcenter.model import (
    CalendarException,
    DomainGrant,
    Office,
    OpeningInterval,
    OurAddress,
    RoutingRule,
    SettingChange,
    Skill,
    Team,
    Topic,
)
from contactcenter.model.words import Role
from contactcenter.services.editing.change import SETTINGS_LOCK
from contactcenter.services.editing.kind import Names
from contactcenter.services.portable import apply, effects, export, parse, plan, stored
from contactcenter.services.portable.parse import NotOurFile
from contactcenter.services.portable.plan import Plan
from contactcenter.services.portable.section import SECTIONS
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import rows
from tests.integration.people import Organisation, make_agent, make_ticket

PAGE = "/installningar/export-import"
HIDDEN = re.compile(r'name="(file|signature|plan)" value="([^"]*)"')
TOPIC = {"name": "Ny", "team": "kontaktcenter", "domain": "common", "sensitivity": "open", "priority": "normal"}


def tell(**sections: Any) -> bytes:
    """A settings file with some sections."""
    return json.dumps({"format": parse.FORMAT, "version": parse.VERSION, **sections}).encode()


def bring_in(session: Session, written: bytes) -> Plan:
    """Carry out a file."""
    now = stored.load(session)
    made = plan.make(parse.read(written), now)
    assert made.problems == ()
    effects.of_plan(Names(session), made, now)
    apply.carry_out(session, made, now, None)
    session.flush()
    return made


def mistakes(session: Session, written: bytes) -> dict[str, str]:
    """What is wrong with a file, by place."""
    made = plan.make(parse.read(written), stored.load(session))
    assert made.items == ()
    return {problem.place: problem.text for problem in made.problems}


def found_example(session: Session) -> None:
    """The example municipality, with what it does not have by itself."""
    store_organisation.store(session, example.load(date(2026, 11, 16)))
    office = session.scalars(select(Office).order_by(Office.id)).first()
    parent, child = session.scalars(select(Topic).order_by(Topic.id.desc()).limit(2)).all()
    assert office is not None
    child.parent_id = parent.id
    session.add(CalendarException(office_id=office.id, day=date(2026, 12, 24), reason="Julafton"))
    session.add(Skill(name="Teckenspråk"))
    session.flush()


def empty_it(session: Session) -> None:
    for table in reversed(Base.metadata.sorted_tables):
        session.execute(table.delete())


def test_out_and_in_and_out_again_gives_the_same_bytes(app: Flask, begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        empty_it(session)
        found_example(session)
        first = export.write(session)
        assert bring_in(session, first).items == ()
    with begin() as session:
        empty_it(session)
    with begin() as session:
        made = bring_in(session, first)
        assert len(made.items) > 150
        assert len(session.scalars(select(SettingChange)).all()) == len(made.items)
    with begin() as session:
        assert export.write(session) == first
        assert bring_in(session, first).items == ()
        admin = make_agent(session, "Vera", Role.ADMIN)
    text = Browser(app).signed_in(admin).get("/installningar/historik").text
    assert "set-history" in text


def test_every_table_and_column_of_the_organisation_is_in_the_file_or_left_out_on_purpose() -> None:
    left_out = {"agent", "agent_skill", "team_member", "domain_grant"}
    named = {section.table.__tablename__ for section in SECTIONS}
    named |= {part.table.__tablename__ for section in SECTIONS for part in section.parts}
    module = Team.__module__
    there = {mapper.class_.__tablename__ for mapper in Base.registry.mappers if mapper.class_.__module__ == module}
    assert there == (named | left_out) - {"appearance"}


def test_what_the_file_does_not_mention_is_left_alone(session: Session, organisation: Organisation) -> None:
    made = bring_in(session, tell(teams={"gata-park": {"name": "Gata"}, "ny-grupp": {"name": "Ny"}}))
    assert [(item.key, item.is_new, item.changed) for item in made.items if not item.is_new] == [
        ("gata-park", False, ("name",))
    ]
    streets = session.scalars(select(Team).where(Team.slug == "gata-park")).one()
    assert (streets.name, streets.mail_address) == ("Gata", "gata@ekhamra.example")
    assert made.left_alone["teams"] == ("kontaktcenter", "socialtjanst")
    assert "parking" in made.left_alone["topics"]
    first = session.scalars(select(SettingChange).order_by(SettingChange.id)).first()
    assert first is not None
    assert (first.kind, first.before["name"], first.after["name"]) == ("grupper", "Gata-park", "Gata")


def test_a_new_first_line_takes_over(session: Session, organisation: Organisation) -> None:
    bring_in(session, tell(teams={"gata-park": {"is_first_line": True}}))
    assert [team.slug for team in session.scalars(select(Team).where(Team.is_first_line))] == ["gata-park"]
    assert mistakes(session, tell(teams={"gata-park": {"is_first_line": False}})).keys() == {"teams"}


def test_rules_have_the_order_of_the_file(session: Session, organisation: Organisation) -> None:
    def rule(slug: str) -> dict[str, Any]:
        return {"slug": slug, "name": slug, "conditions": {"topic": ["parking", ""]}, "actions": {"team": "gata-park"}}

    bring_in(session, tell(rules=[rule("a"), rule("b"), rule("c")]))
    made = bring_in(session, tell(rules=[rule("c"), rule("a")]))
    assert {item.key for item in made.items} == {"a", "c"}, "they change places"
    ordered = select(RoutingRule.slug).order_by(RoutingRule.position)
    assert session.scalars(ordered).all() == ["c", "b", "a"]
    assert bring_in(session, tell(rules=[rule("c"), rule("b")])).items == (), "among themselves they stand so already"
    bring_in(session, tell(rules=[rule("a"), rule("b"), rule("c")]))
    assert session.scalars(ordered).all() == ["a", "b", "c"]


def test_opening_hours_are_replaced_whole(session: Session, organisation: Organisation) -> None:
    hours = [
        {"weekday": "mon", "opens": "08:00", "closes": "12:00"},
        {"weekday": "mon", "opens": "13:00", "closes": "16:00"},
    ]
    bring_in(session, tell(offices={"centrum": {"intervals": hours}}))
    bring_in(session, tell(offices={"centrum": {"intervals": hours[1:]}}))
    [interval] = session.scalars(select(OpeningInterval)).all()
    assert (interval.weekday, f"{interval.opens:%H:%M}", interval.weeks) == (0, "13:00", "every")


def test_every_mistake_is_told_with_its_place(session: Session, organisation: Organisation) -> None:
    found = mistakes(
        session,
        tell(
            temas={},
            teams={"gata-park": {"nmae": "Gata", "signature": 3, "is_first_line": "ja"}, "Ö": {"name": "Ö"}},
            topics={
                "one": {**TOPIC, "parent": "two"},
                "two": {**TOPIC, "parent": "one", "team": "gata-prak", "sensitivity": "sercet"},
                "three": {**TOPIC, "phrases": ["parkering"], "domain": ""},
                "four": {**TOPIC, "phrases": {"x": 11, "y": True}},
                "five": {"name": "  "},
                "six": {**TOPIC, "slug": "seven", "name": "\x00", "name_en": "\ud800"},
            },
            offices={
                "centrum": {
                    "valid_from": "2026-12-24",
                    "valid_to": "2026-12-01",
                    "intervals": [{"weekday": "mån", "opens": "25:00", "closes": "9"}, {"weekday": "mon"}],
                },
                "norra": {
                    "intervals": [{"weekday": "mon", "opens": "12:00", "closes": "08:00"}],
                    "mail_address": "x",
                    "languages": "sv",
                },
            },
            rules=[{"slug": "r", "name": "R", "conditions": {"topics": ["parking"]}, "actions": {"team": "nobody"}}],
            reply_targets=[
                {"count": -1, "unit": "weeks"},
                {"channel": "email"},
                {"channel": "email"},
                {"channel": "sms", "count": 1001, "unit": "days"},
            ],
            addresses={"Kontakt@Ekhamra.example": {}},
            senders={"@xn--rksmrgs-5wao1o.example": {"action": "park"}},
        ),
    )
    assert "Menade du ”teams”?" in found["temas"]
    assert "”name”" in found["teams.gata-park.nmae"]
    assert "@räksmörgås.example" in found["senders.@xn--rksmrgs-5wao1o.example"]
    assert "”gata-park”" in found["topics.two.team"]
    assert "”secret”" in found["topics.two.sensitivity"]
    assert "”topic”" in found["rules[1].conditions.topics"]
    assert found.keys() >= {
        "teams.gata-park.signature",
        "teams.gata-park.is_first_line",
        "teams.Ö",
        "topics.one.parent",
        "topics.two.parent",
        "topics.three.phrases",
        "topics.three.domain",
        "topics.four.phrases.x",
        "topics.four.phrases.y",
        "topics.five.name",
        "topics.five",
        "topics.six.slug",
        "topics.six.name",
        "topics.six.name_en",
        "offices.centrum.intervals[1].weekday",
        "offices.centrum.intervals[1].opens",
        "offices.centrum.intervals[2]",
        "offices.norra.intervals[1]",
        "offices.norra.languages",
        "rules[1].actions.team",
        "reply_targets[1].count",
        "reply_targets[1].unit",
        "reply_targets[3]",
        "reply_targets[4].count",
        "addresses.Kontakt@Ekhamra.example",
    }


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"\x89PNG\r\n\x1a\n\xff\xfe",
        b"[]",
        b"null",
        b"{}",
        b'{"format": "contactcenter-settings", "version": 2}',
        b'{"format": "contactcenter-settings", "version": true}',
        b'{"format": "contactcenter-settings", "version": 1, "teams": {"a": {}, "a": {}}}',
        b'{"format": "contactcenter-settings", "version": 1, "x": NaN}',
        b'{"format": "contactcenter-settings", "version": 1, "x": ' + b"1" * 5000 + b"}",
        b'{"format": "contactcenter-settings", "version": 1, "x": ' + b"[" * 200_000,
        b'{"a":' * 200_000,
        b"x" * 10_000_000,
        b'[teams]\nname = "toml"\n',
    ],
)
def test_what_is_no_settings_file_says_what_it_is(app: Flask, written: bytes) -> None:
    with app.app_context(), pytest.raises(NotOurFile) as caught:
        parse.read(written)
    assert str(caught.value)


@pytest.mark.parametrize(
    "wrong", [None, 1, "x", [], [1], {"a": None}, {"a": 1}, {"a": {"b": {}}}, [[{}]], [{"slug": {}}]]
)
def test_wrong_shapes_anywhere_are_mistakes_and_no_failure(session: Session, wrong: Any) -> None:
    file = {section.name: wrong for section in SECTIONS}
    plan.make(parse.read(tell(**file)), stored.load(session))
    deeper = {
        section.name: [{key: wrong for key in ("slug", "name", "conditions", "actions", "topic", "count")}]
        for section in SECTIONS
    }
    assert mistakes(session, tell(**deeper))
    keys = ("name", "phrases", "intervals", "exceptions", "offers", "parent", "team", "text", "languages", "valid_from")
    assert mistakes(session, tell(**{section.name: {"x": dict.fromkeys(keys, wrong)} for section in SECTIONS}))


def upload(browser: Browser, written: bytes) -> TestResponse:
    return browser.post(PAGE, {"file": (io.BytesIO(written), "installningar.json")})


def test_a_file_is_looked_at_before_it_is_brought_in(app: Flask, begin: Begin, organisation: Organisation) -> None:
    admin = Browser(app).signed_in(organisation.admin)
    answer = upload(admin, tell(teams={"gata-park": {"name": "<Gata>"}}, domains={"new": {"name": "Ny"}}))
    assert answer.status_code == 200
    assert "&lt;Gata&gt;" in answer.text
    assert "Vad påverkas?" in answer.text
    assert rows(begin, SettingChange) == []
    form = dict(HIDDEN.findall(answer.text))
    assert admin.post(f"{PAGE}/tillampa", form | {"signature": "0" * 64}).status_code == 422
    assert admin.post(f"{PAGE}/tillampa", form | {"plan": "0" * 32}).status_code == 409
    assert rows(begin, SettingChange) == []
    assert admin.post(f"{PAGE}/tillampa", form).location == f"{PAGE}?klart=2"
    assert {change.agent_id for change in rows(begin, SettingChange)} == {organisation.admin.id}
    assert admin.post(f"{PAGE}/tillampa", form).status_code == 409, "it would no longer change what was shown"
    assert "&lt;Gata&gt;" in admin.get("/installningar/historik").text
    with begin() as session:
        other = make_agent(session, "Vera", Role.ADMIN)
    assert Browser(app).signed_in(other).post(f"{PAGE}/tillampa", form).status_code == 422, "another looked at it"


def test_what_a_file_touches_is_counted_as_the_forms_count_it(
    app: Flask, begin: Begin, organisation: Organisation
) -> None:
    parking = organisation.parking.id
    with begin() as session:
        session.add(DomainGrant(domain_id=organisation.common.id, agent_id=organisation.admin.id))
        for domain in [organisation.common] * 12 + [organisation.social] * 3:
            make_ticket(session, domain, organisation.streets, topic_id=parking)
        rule = {"conditions": {"topic": ["parking"]}, "actions": {"priority": "low"}}
        session.add(RoutingRule(position=10, slug="low", name="Parkering kan vänta", **rule))
        session.add(OurAddress(address="p@ekhamra.example", topic_id=parking, domain_id=organisation.social.id))
    answer = upload(
        Browser(app).signed_in(organisation.admin),
        tell(
            topics={"parking": {"priority": "high"}},
            teams={"socialtjanst": {"is_first_line": True}},
            reply_targets=[{"topic": "parking", "count": None, "unit": "hours"}, {"count": 2, "unit": "hours"}],
            signatures=[{"team": "socialtjanst", "text": "{{vägledare}}"}],
            addresses={"p@ekhamra.example": {"domain": ""}},
            rules=[{"slug": "low", "name": "Parkering kan vänta", "conditions": {"words": ["p"]},
                    "actions": {"priority": "low"}}],
        ),
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    for told in (
        "12 öppna ärenden som du ser använder",
        "Öppna ärenden som du inte ser kan också",
        "1 regel använder den: Parkering kan vänta",
        "E-post till p@ekhamra.example leder hit",
        "Kontaktcenter är inte längre första linjen",
        "inte längre bland dem som får se ”Social”",
        "Ärenden som kommer in från och med nu",
        "Där lovas ingenting",
        "Den står under varje svar",
    ):
        assert told in answer.text, told
    assert "15 öppna" not in answer.text


def test_of_very_many_it_is_said_that_they_were_not_counted(
    app: Flask, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects, "MOST_TOLD", 1)
    file = tell(teams={slug: {"name": slug} for slug in ("gata-park", "socialtjanst", "kontaktcenter")})
    assert "2 till har det inte räknats" in upload(Browser(app).signed_in(organisation.admin), file).text


def test_a_look_at_a_file_holds_up_no_writer(app: Flask, database_url: str, organisation: Organisation) -> None:
    admin = Browser(app).signed_in(organisation.admin)
    engine = create_engine(database_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        sqlite = engine.dialect.name == "sqlite"
        lock = f"SELECT pg_advisory_xact_lock({SETTINGS_LOCK})"
        for statement in ("BEGIN IMMEDIATE",) if sqlite else ("BEGIN", lock):
            connection.exec_driver_sql(statement)
        answer = upload(admin, tell(teams={"gata-park": {"name": "Gata"}}))
        connection.exec_driver_sql("ROLLBACK")
    assert answer.status_code == 200
    assert "Gata" in answer.text
    form = {"csrf": "wrong", "file": (io.BytesIO(tell()), "installningar.json")}
    assert admin.post(PAGE, form).status_code == 403, "it is guarded as a change"


def test_the_page_says_what_is_wrong_with_a_file(app: Flask, begin: Begin, organisation: Organisation) -> None:
    admin = Browser(app).signed_in(organisation.admin)
    assert upload(admin, b"\x89PNG").status_code == 422
    assert admin.post(PAGE).status_code == 422
    answer = upload(admin, tell(teams={"gata-prak": {"nmae": "<b>"}}))
    assert answer.status_code == 422
    assert "teams.gata-prak.nmae" in answer.text
    assert 'name="plan"' not in answer.text
    taken = admin.get(f"{PAGE}/fil")
    assert taken.mimetype == "application/json"
    assert "attachment" in taken.headers["Content-Disposition"]
    with begin() as session:
        assert taken.data == export.write(session)
    assert "inget att ändra" in upload(admin, taken.data).text
    for agent in (organisation.alice, organisation.bob):
        for url in (PAGE, f"{PAGE}/fil"):
            assert Browser(app).signed_in(agent).get(url).status_code == 403

"""The example organisation is whole: everything named exists, and every phrase can be read."""

from __future__ import annotations

from datetime import date, time

import pytest

from contactcenter.demo.organisation import Organisation, facts, load
from routing.phrases import is_example, is_urgent_cue, parse
from routing.rules import PRIORITIES

TODAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def given() -> Organisation:
    return load(TODAY)


def test_its_size(given: Organisation) -> None:
    assert (len(given.topics), len(given.teams), len(given.offices)) == (65, 30, 5)
    assert len(given.replies) == 18
    assert len(given.outcomes) == len(given.contact_reasons) == 12


def test_everything_named_exists(given: Organisation) -> None:
    teams = {team.slug for team in given.teams}
    topics = {topic.slug for topic in given.topics}
    domains = {domain.slug for domain in given.domains}
    departments = {department.slug for department in given.departments}
    offices = {office.slug for office in given.offices}
    assert given.first_line in teams
    assert given.default_domain in domains
    assert {department.domain for department in given.departments} <= domains
    assert {team.department for team in given.teams} <= departments
    for topic in given.topics:
        assert topic.team in teams
        assert topic.domain in domains
        assert topic.priority in PRIORITIES
        assert topic.sensitivity in {"open", "personal", "secret"}
    assert {topic.team for topic in given.topics} == teams
    for address in given.addresses:
        assert address.address.endswith(f"@{given.mail_domain}")
        assert {address.topic, address.team, address.office, address.domain} - {None} <= (
            topics | teams | offices | domains
        )
    assert {office.district for office in given.offices} <= set(given.districts)
    assert {session.topic for office in given.offices for session in office.sessions} - {None} <= topics


def test_secret_topics_lie_in_their_departments_domain_and_open_ones_in_common(given: Organisation) -> None:
    domains = {department.slug: department.domain for department in given.departments}
    for topic in given.topics:
        assert topic.domain == (domains[topic.department] if topic.sensitivity == "secret" else "common")
    assert {topic.slug for topic in given.topics if topic.domain == "acute"} == {"acute_danger"}


def test_every_phrase_can_be_read_and_every_topic_has_many(given: Organisation) -> None:
    for topic in given.topics:
        examples = [phrase for phrase in topic.phrases if is_example(phrase)]
        phrases = [phrase for phrase in topic.phrases if not is_example(phrase)]
        assert len(examples) >= 20, topic.slug
        assert len(phrases) >= 30 or topic.priority == "urgent", topic.slug
        for phrase in phrases:
            parse(phrase[1:] if is_urgent_cue(phrase) else phrase)


def test_hours_are_in_order_and_what_is_open_for_a_time_is_open_today(given: Organisation) -> None:
    for office in given.offices:
        for hours in (*office.hours, *(session.when for session in office.sessions)):
            assert 1 <= hours.weekday <= 5
            assert time(7) <= hours.opens < hours.closes <= time(18)
            assert hours.weeks in {"all", "odd", "even"}
        if office.valid_from and office.valid_to:
            assert office.valid_from < TODAY < office.valid_to
    assert [office.slug for office in given.offices if office.valid_to] == ["infodisk_oster"]
    assert {office.slug: office.hours[0].weeks for office in given.offices}["bergby"] == "odd"


def test_the_facts_for_routing_are_made_once_and_hold_everything(given: Organisation) -> None:
    assert facts() is facts()
    assert set(facts().topics) == {topic.slug for topic in given.topics}
    assert facts().offices["satra"].addresses == ("satra@ekhamra.example",)
    assert [rule.slug for rule in facts().rules] == [rule.slug for rule in given.rules]

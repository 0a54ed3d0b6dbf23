"""What the forms take, the settings file holds: it is written, read by an empty place, and written there the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from contactcenter.access import actor_for
from contactcenter.model import CannedReply, ReplyTarget, Topic
from contactcenter.services.editing import change
from contactcenter.services.editing.kind import Names
from contactcenter.services.editing.phrase import LONGEST_PHRASE, MOST_PHRASES
from contactcenter.services.editing.register import kind_of
from contactcenter.services.portable import export, parse, plan, stored
from contactcenter.services.promises import OFFICE_HOURS
from routing.calendar import Calendar
from routing.deadlines import Target, due
from tests.integration.conftest import Begin
from tests.integration.people import Organisation
from tests.integration.test_portable import TOPIC, bring_in, empty_it, mistakes, tell

Form = dict[str, Any]
WEEKDAYS = st.sampled_from(["måndag", "Tis", "onsdag–fredag", "lör", "sunday"])
CLOCK = st.builds("{:02}{}{:02}".format, st.integers(0, 25), st.sampled_from(".:"), st.sampled_from([0, 0, 15, 59]))
TIMES = st.lists(st.builds("{}–{}".format, CLOCK, CLOCK | st.just("24.00")), min_size=1, max_size=2).map(", ".join)
DAY = st.dates().map(str) | st.sampled_from(["2026-12-24", "2026-12-25"])
ANY = st.text(max_size=12)
WORDS = (
    st.sampled_from(["parkering", "sop*", "i natt", "!akut", '"En hel mening"', "a = b", "x = 2", "?", "Å", ""]) | ANY
)
WEIGHT = st.sampled_from(["", " = 2", " = 0,5", " = -10", " = 2.123456789", " = 0.0000001", " = 11"])
ADDRESS = st.sampled_from(["", "kontakt@ekhamra.example", "İ@ekhamra.example", "Gata@Ekhamra.example"]) | ANY
LINES = st.lists(WORDS, max_size=4).map("\n".join)
NAME = st.sampled_from(["Historik", "Ny", "Centrum", "Straße", "  Norra  ", "Årsta\r\ntorg"]) | ANY
WEEK = st.lists(
    st.builds(
        "{} {}{}{}{}".format,
        WEEKDAYS,
        TIMES,
        st.sampled_from(["", "", " udda", " jämna veckor"]),
        st.just("") | DAY.map(" från {}".format),
        st.just("") | DAY.map(" till {}".format),
    ),
    max_size=3,
).map("\n".join)
DIFFERING = st.lists(
    st.builds("{} {}{}".format, DAY, TIMES | st.just("stängt"), st.just("") | ANY.map(": {}".format)), max_size=3
).map("\r\n".join)

FORMS: dict[str, st.SearchStrategy[Form]] = {
    "amnen": st.fixed_dictionaries(
        {"name": NAME, "team": st.just("gata-park"), "domain": st.just("common"), "sensitivity": st.just("open"),
         "priority": st.just("normal"), "parent": st.sampled_from(["", "parking"]), "department": ANY,
         "phrases": st.lists(st.builds("{}{}".format, WORDS, WEIGHT), max_size=4).map("\n".join),
         "reopen_days": st.sampled_from(["", "0", "7", "3650"]),
         "languages": st.lists(st.sampled_from(["sv", "so", "ar"])), "active": st.sampled_from(["", "1"])}
    ),
    "kontor": st.fixed_dictionaries(
        {"name": NAME, "kind": st.just("local"), "intervals": WEEK, "exceptions": DIFFERING, "mail_address": ADDRESS,
         "place_names": LINES, "landmarks": LINES, "services": LINES, "signature": ANY, "street_address": ANY,
         "valid_from": st.just("") | DAY, "valid_to": st.just("") | DAY, "discreet": st.sampled_from(["", "1"])}
    ),
    "grupper": st.fixed_dictionaries(
        {"name": NAME, "role_name": ANY, "mail_address": ADDRESS, "signature": ANY,
         "is_first_line": st.sampled_from(["", "1"])}
    ),
    "fordelningsregler": st.fixed_dictionaries(
        {"name": NAME, "if_words": LINES, "if_recipient": LINES, "if_topic": st.sampled_from([[], ["-", "parking"]]),
         "then_team": st.sampled_from(["", "gata-park"]), "then_priority": st.sampled_from(["", "low"]),
         "stop": st.sampled_from(["", "1"]), "active": st.sampled_from(["", "1"])}
    ),
    "snabbsvar": st.fixed_dictionaries(
        {"title": NAME, "language": st.just("sv"),
         "text": st.sampled_from(["{{number}}", "{{nummer}}", "rad\r\r\nrad", "a\rb", "{{"]) | ANY}
    ),
    "svarstider": st.fixed_dictionaries(
        {"topic": st.sampled_from(["", "parking"]), "channel": st.sampled_from(["", "chat"]),
         "priority": st.sampled_from(["", "high"]), "count": st.sampled_from(["", "0", "1000", "1001", "x"]),
         "unit": st.sampled_from(["days", "hours", "minutes"])}
    ),
    "signaturer": st.fixed_dictionaries(
        {"team": st.just("gata-park"),
         "text": st.sampled_from(["{{vägledare}}", "{{Guide}}\r\nMedborgarservice", "{{nummer", "a\r\r\nb", ""]) | ANY}
    ),
    "e-postadresser": st.fixed_dictionaries(
        {"address": ADDRESS, "topic": st.sampled_from(["", "parking"]), "domain": st.sampled_from(["", "social"])}
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", FORMS)
def test_whatever_a_form_takes_travels_in_the_file(kind: str, begin: Begin, organisation: Organisation) -> None:
    taken = []

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(form=FORMS[kind])
    def travels(form: Form) -> None:
        with begin() as session:
            outer = session.begin_nested()
            if _saved(session, organisation, kind, MultiDict(form)):
                taken.append(form)
                _there_and_here(session)
            outer.rollback()
            session.expunge_all()

    travels()
    assert taken, "the form takes something"


def _saved(session: Session, organisation: Organisation, kind: str, form: MultiDict[str, str]) -> bool:
    """Whether the form takes it."""
    actor = actor_for(session, session.merge(organisation.admin))
    names, chosen = Names(session, actor), kind_of(kind)
    proposal = change.propose(names, chosen, None, form, "")
    if proposal.problems:
        return False
    change.save(names, actor, chosen, proposal)
    session.flush()
    return True


def _there_and_here(session: Session) -> None:
    written = export.write(session)
    again = plan.make(parse.read(written), stored.load(session))
    assert (again.problems, again.items) == ((), ()), "brought in where it comes from it changes nothing"
    empty_it(session)
    session.expunge_all()
    bring_in(session, written)
    assert export.write(session) == written


HOURS = [{"weekday": "mon", "opens": "18:00", "closes": "00:00"}]
NIGHT = [{"day": "2026-12-31", "opens": "20:00", "closes": "00:00"}]


def test_an_opening_to_midnight_is_brought_in(session: Session, organisation: Organisation) -> None:
    bring_in(session, tell(offices={"centrum": {"intervals": HOURS, "exceptions": NIGHT}}))
    assert bring_in(session, export.write(session)).items == ()


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a name that another has": ({"topics": {"new": {**TOPIC, "name": "  PARKING "}}}, "topics.new.name"),
    "a team's name": ({"teams": {"socialtjanst": {"name": "Gata-park"}}}, "teams.socialtjanst.name"),
    "twice in the file": (
        {"offices": {"a": {"name": "A", "kind": "local"}, "b": {"name": "a", "kind": "local"}}}, "offices.b.name"),
    "a name of two lines": ({"teams": {"gata-park": {"name": "Gata\nBcc: x"}}}, "teams.gata-park.name"),
    "a phrase without a word": ({"topics": {"parking": {"phrases": {"?!": 1}}}}, "topics.parking.phrases.?!"),
    "a mark without a word": ({"topics": {"parking": {"phrases": {"!": 1}}}}, "topics.parking.phrases.!"),
    "a phrase of two lines": ({"topics": {"parking": {"phrases": {"a\nb": 1}}}}, "topics.parking.phrases.a\nb"),
    "a long phrase": (
        {"topics": {"parking": {"phrases": {"a" * (LONGEST_PHRASE + 1): 1}}}},
        f"topics.parking.phrases.{'a' * 79}…"),
    "too many phrases": (
        {"topics": {"parking": {"phrases": {f"ord{n}": 1 for n in range(MOST_PHRASES + 1)}}}},
        "topics.parking.phrases"),
    "a place name without a word": ({"offices": {"norra": {"place_names": ["*"]}}}, "offices.norra.place_names[1]"),
    "a rule's word": (
        {"rules": [{"slug": "r", "name": "R", "conditions": {"words": ["?"]}, "actions": {"team": "gata-park"}}]},
        "rules[1].conditions.words[1]"),
    "too many days": ({"reply_targets": [{"count": 1001, "unit": "days"}]}, "reply_targets[1].count"),
    "too many hours": ({"reply_targets": [{"count": 24_001, "unit": "hours"}]}, "reply_targets[1].count"),
    "no minute": ({"reply_targets": [{"count": 0, "unit": "minutes"}]}, "reply_targets[1].count"),
    "openings at one time": (
        {"offices": {"norra": {"intervals": [*HOURS, {**HOURS[0], "opens": "23:00", "weeks": "odd"}]}}},
        "offices.norra.intervals"),
    "open and closed": (
        {"offices": {"norra": {"exceptions": [*NIGHT, {"day": "2026-12-31"}]}}}, "offices.norra.exceptions[2]"),
    "open twice at one time": (
        {"offices": {"norra": {"exceptions": [*NIGHT, {**NIGHT[0], "opens": "23:00"}]}}},
        "offices.norra.exceptions[2]"),
    "a word that nothing fills in": (
        {"canned_replies": {"x": {"title": "X", "text": "{{nummer}}"}}}, "canned_replies.x.text"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_what_no_form_takes_no_file_brings_in(session: Session, organisation: Organisation, wrong: str) -> None:
    file, place = WRONG[wrong]
    assert place in mistakes(session, tell(**file))


def test_what_is_here_already_may_stay(session: Session, organisation: Organisation) -> None:
    """What older rules let in is no reason to refuse the file that this very place has written."""
    for topic in (organisation.parking, organisation.danger):
        session.get_one(Topic, topic.id).name = "Samma"
    session.add(CannedReply(slug="x", title="X", text="{{nummer}}"))
    session.add(ReplyTarget(count=5000, unit="days"))
    session.flush()
    assert bring_in(session, export.write(session)).items == ()


TARGETS = [(1000, "days"), (0, "days"), (24_000, "hours"), (1_440_000, "minutes")]


@pytest.mark.parametrize(("count", "unit"), TARGETS)
def test_every_target_that_is_let_in_can_be_reckoned(
    session: Session, organisation: Organisation, count: int, unit: str
) -> None:
    bring_in(session, tell(reply_targets=[{"count": count, "unit": unit}]))
    since = organisation.common.created_at
    assert due(Target(count, unit), Calendar(OFFICE_HOURS), since) > since

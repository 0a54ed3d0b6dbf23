"""The example conversations: they fit together, show every state, and name nobody who is real."""

import re
import tomllib
from collections import Counter
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import get_args

import pytest

from contactcenter.demo.conversations import load_conversations, load_people
from contactcenter.demo.records import Channel, Conversation, Entry, Status

OFFICES = {"stadshuset", "satra", "valbo", "bergby", "infodisk_oster"}
SUPPORT_LINES = {"114 14", "116 111", "020-50 50 50", "90101"}
TEST_PERSONAL_IDS = {"19121212-1212", "701063-2391"}
CONVERSATIONS = load_conversations()
PEOPLE = load_people()


@cache
def topics() -> dict[str, str]:
    """Topic slug to team slug."""
    found: dict[str, str] = {}
    for file in (files("contactcenter.demo") / "data" / "topics").iterdir():
        tables = tomllib.loads(file.read_text("utf-8")).items()
        found |= {slug: topic["team"] for slug, topic in tables if isinstance(topic, dict)}
    return found


def entries() -> list[tuple[Conversation, Entry]]:
    return [(one, entry) for one in CONVERSATIONS for entry in one.entries]


def by_key(key: str) -> Conversation:
    return next(one for one in CONVERSATIONS if one.key == key)


def kinds(conversation: Conversation) -> list[str]:
    return [entry.kind for entry in conversation.entries]


@pytest.mark.parametrize(
    ("status", "least", "most"),
    [
        ("new", 22, 28),
        ("open", 32, 38),
        ("waiting_resident", 18, 22),
        ("waiting_internal", 4, 6),
        ("parked", 4, 6),
        ("closed", 55, 65),
    ],
)
def test_every_state_is_there_in_a_believable_number(status: Status, least: int, most: int) -> None:
    assert least <= [one.status for one in CONVERSATIONS].count(status) <= most


def test_every_topic_outcome_and_channel_occurs() -> None:
    assert {one.topic for one in CONVERSATIONS} == set(topics())
    assert len({one.outcome for one in CONVERSATIONS} - {None}) == 8
    assert {entry.channel for _, entry in entries()} == {*get_args(Channel), None}
    assert {one.office for one in CONVERSATIONS} == OFFICES | {None}


def test_one_in_seven_is_not_in_swedish() -> None:
    languages = Counter(one.language for one in CONVERSATIONS)
    assert set(languages) == {"sv", "en", "ar", "so", "fi", "fa", "pl"}
    assert 0.12 <= 1 - languages["sv"] / languages.total() <= 0.15


def test_teams_are_those_of_topics_and_specialists_have_their_own_teams_tickets() -> None:
    teams = set(topics().values())
    assert {team for agent in PEOPLE.agents for team in agent.teams} <= teams | {"switchboard", "duty_lead"}
    for one in CONVERSATIONS:
        team = one.team or topics()[one.topic]
        assert team in teams, one.key
        if one.assignee and PEOPLE.agent(one.assignee).role == "specialist":
            assert team in PEOPLE.agent(one.assignee).teams, one.key


def test_new_ones_wait_for_somebody_and_the_others_have_somebody() -> None:
    for one in CONVERSATIONS:
        assert (one.assignee is None) == (one.status == "new"), one.key
        assert one.status != "new" or "message_out" not in kinds(one), one.key
        assert one.status != "waiting_resident" or kinds(one)[-1] == "message_out", one.key


def test_what_the_queue_shows_first_is_there() -> None:
    answered = [one for one in CONVERSATIONS if "message_out" in kinds(one)]
    new_replies = [one for one in answered if one.status == "open" and kinds(one)[-1] == "message_in"]
    assert "permit-sunroom" in {one.key for one in new_replies}
    assert len([one for one in new_replies if one.assignee == "sara@ekhamra.example"]) >= 2
    assert [one.key for one in CONVERSATIONS if "reopened" in kinds(one)] == ["lighting-ekvagen-reopened"]
    assert len([one for one in CONVERSATIONS if len(one.entries) >= 4]) >= 20
    assert len([entry for _, entry in entries() if entry.attachments]) >= 20


def test_whoever_is_in_danger_is_told_to_call_112() -> None:
    urgent = ["acute-child-next-door", "acute-fire-bin-room", "violence-threat-chat"]
    for one in map(by_key, urgent):
        answer = next(entry for entry in one.entries if entry.kind == "message_out")
        assert one.priority == "urgent"
        assert "112" in answer.text
        assert isinstance(answer.after, timedelta)
        assert answer.after <= timedelta(minutes=2)


def test_two_residents_share_an_address_and_a_ticket() -> None:
    addresses = Counter(one.email for one in PEOPLE.residents if one.email)
    assert addresses.most_common(1) == [("familjen.ekdahl@example.se", 2)]
    assert addresses.total() == len(addresses) + 1
    incoming = [one for one in by_key("preschool-change-norrangen").entries if one.kind == "message_in"]
    assert {one.author for one in incoming} == {"anna-ekdahl", "jonas-ekdahl"}


def test_one_resident_has_protected_identity_and_may_be_reached_by_mail_alone() -> None:
    (protected,) = [one for one in PEOPLE.residents if one.protected_identity]
    assert protected.phone is None
    assert protected.safe_contact is not None
    assert protected.preferred_channel == "email"


def test_agents_and_their_grants() -> None:
    assert len(PEOPLE.agents) == 12
    grants = {"guide": {"common", "acute"}, "it_host": {"common"}, "admin": set()}
    for agent in PEOPLE.agents:
        assert re.fullmatch(r"[a-z]+@ekhamra\.example", agent.login)
        assert set(agent.domains) == grants.get(agent.role, set(agent.domains)), agent.login
        assert agent.languages[0] == "sv"
    assert len(PEOPLE.agent("ingrid@ekhamra.example").domains) == 5


def test_addresses_and_numbers_are_those_set_aside_for_fiction() -> None:
    for one in PEOPLE.residents:
        assert one.email or one.phone, one.key
        assert one.email is None or re.fullmatch(r"[a-z0-9.-]+@example\.(se|com)", one.email), one.key
        assert one.phone is None or re.fullmatch(r"070-174 06 (0[5-9]|[1-8]\d)", one.phone), one.key
    phones = [one.phone for one in PEOPLE.residents if one.phone]
    assert len(phones) == len(set(phones))


def test_texts_name_no_real_number_address_or_person_id() -> None:
    for one, entry in entries():
        for number in re.findall(r"(?<![\d.,:])\d[\d -]{4,}\d", entry.text):
            known = number in SUPPORT_LINES | TEST_PERSONAL_IDS or re.fullmatch(r"\d{1,3}( 000)+", number)
            assert known or re.fullmatch(r"070-174 06 (0[5-9]|[1-9]\d)", number), (one.key, number)
        for host in re.findall(r"[\w-]+@([\w.-]+\w)|https?://([\w.-]+)", entry.text):
            assert "".join(host).endswith(("ekhamra.example", "example.se", "example.com")), (one.key, host)

"""The table of invented messages: what each is about, how soon, how sensitive, and for which office."""

from __future__ import annotations

from pathlib import Path

import pytest

from channels.language import detect
from routing.facts import TicketFacts
from tests.unit.routing.small import example_router

CASES = [
    tuple(line.split(" | ", 4))
    for line in Path(__file__).with_name("messages.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def test_there_are_enough_cases_over_nearly_all_topics() -> None:
    assert len(CASES) >= 100
    assert len({case[0] for case in CASES}) >= 60


@pytest.mark.parametrize(("topic", "priority", "sensitive", "office", "text"), CASES)
def test_a_message(topic: str, priority: str, sensitive: str, office: str, text: str) -> None:
    ticket = TicketFacts("email", "boende@example.se", (), "", text, detect(text)[0])
    decision = example_router().decide(ticket)
    assert decision.topic == topic
    assert decision.team == example_router().org.topics[topic].team
    assert decision.priority == priority
    assert decision.sensitive is (sensitive == "yes")
    assert (decision.office or "-") == office


def test_no_case_is_an_example_that_routing_learns_from() -> None:
    learned = {phrase.strip('!"') for topic in example_router().org.topics.values() for phrase in topic.phrases}
    assert [case[4] for case in CASES if case[4] in learned] == []

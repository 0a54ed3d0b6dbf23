"""The labelled messages must be sound, or the routing figures made from them mean nothing."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parents[2] / "bench" / "data"
HELD_OUT = DATA / "heldout.jsonl"
MESSAGE = {"channel", "from", "subject", "body"}
LABELS = {"language", "topic", "group", "office", "priority", "sensitive"}
CHANNELS = {"email", "chat", "sms", "phone", "visit", "form"}
LANGUAGES = {"sv", "en", "fi", "ar", "so", "fa", "ti", "uk", "pl"}
PRIORITIES = {"urgent", "high", "normal", "low"}
OFFICES = {"stadshuset", "satra", "valbo", "bergby", "infodisk_oster"}
SENDERS = {
    "email": r"[a-z0-9._-]+@([a-z0-9-]+\.)*example\.(se|com)",
    "form": r"[a-z0-9._-]+@([a-z0-9-]+\.)*example\.(se|com)",
    "chat": r"chat:anon-\d{4}",
    "sms": r"\+46\d{9}",
    "phone": r"\+46\d{9}",
    "visit": rf"visit:({'|'.join(sorted(OFFICES))}):A\d{{3}}",
}
FIRST_NUMBER, LAST_NUMBER = 701740605, 701740699
TEST_PERSONAL_IDS = {"19121212-1212", "701063-2391"}
SETS = sorted(DATA.glob("*.jsonl"))

Message = dict[str, Any]


def read(path: Path) -> list[Message]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def text_of(message: Message) -> str:
    return "\n".join(message[key] or "" for key in ("from", "subject", "body"))


@pytest.fixture(scope="module")
def held_out() -> list[Message]:
    return read(HELD_OUT)


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.stem)
def test_every_line_has_the_keys_and_known_labels(path: Path) -> None:
    for number, message in enumerate(read(path), 1):
        where = f"{path.name}:{number}"
        assert message.keys() - {"to"} == MESSAGE | LABELS, where
        assert message["body"].strip(), where
        assert message["channel"] in CHANNELS, where
        assert message["language"] in LANGUAGES, where
        assert message["priority"] in PRIORITIES, where
        assert message["office"] in OFFICES | {None}, where
        assert type(message["sensitive"]) is bool, where
        assert re.fullmatch(SENDERS[message["channel"]], message["from"]), where


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.stem)
def test_only_test_numbers_and_test_personal_ids_occur(path: Path) -> None:
    for number, message in enumerate(read(path), 1):
        where = f"{path.name}:{number}"
        for digits in re.findall(r"(?:\+46|\b0)(\d[\d -]{7,}\d)", text_of(message)):
            assert FIRST_NUMBER <= int(re.sub(r"\D", "", digits)) <= LAST_NUMBER, where
        assert set(re.findall(r"\b\d{6,8}[-+]\d{4}\b", text_of(message))) <= TEST_PERSONAL_IDS, where


def test_a_topic_always_belongs_to_the_same_group() -> None:
    groups: dict[str, set[str]] = {}
    for path in SETS:
        for message in read(path):
            groups.setdefault(message["topic"], set()).add(message["group"])
    assert {topic: found for topic, found in groups.items() if len(found) > 1} == {}
    assert len(groups) == 65


def test_a_visit_is_labelled_with_the_office_it_takes_place_at(held_out: list[Message]) -> None:
    visits = [message for message in held_out if message["channel"] == "visit"]
    assert visits
    assert [m["from"] for m in visits if m["from"].split(":")[1] != m["office"]] == []


def test_held_out_set_is_large_and_wide_enough(held_out: list[Message]) -> None:
    topics = Counter(message["topic"] for message in held_out)
    urgent = [message for message in held_out if message["priority"] == "urgent"]
    assert len(held_out) >= 160
    assert len(topics) == 65
    assert [topic for topic, count in topics.items() if count < 2] == []
    assert len(urgent) >= 24
    assert {message["language"] for message in urgent} >= {"sv", "en", "ar", "so", "fi", "fa"}
    assert {message["channel"] for message in held_out} == CHANNELS
    assert {message["priority"] for message in held_out} == PRIORITIES


def test_no_held_out_message_is_repeated_or_known_from_another_set(held_out: list[Message]) -> None:
    bodies = Counter(message["body"] for message in held_out)
    others = {message["body"] for path in SETS if path != HELD_OUT for message in read(path)}
    assert [body for body, count in bodies.items() if count > 1] == []
    assert bodies.keys() & others == set()

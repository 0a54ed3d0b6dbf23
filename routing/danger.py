"""Danger to life, a child who may be harmed, violence at home: found rather once too often than once too seldom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from routing.hits import Hits, near, places_of, words_of
from routing.index import Entry, Hit
from routing.lexicon import acute, children, emergencies, emergencies_abroad, violence

TOPIC = {
    "acute": "acute_danger",
    "child": "child_concern",
    "violence": "domestic_violence",
    "threat": "acute_danger",
}  # heaviest first; a threat to kill from somebody close is violence
_NEAR = 16
_FAR_MORE = 1.4
_CLEAR = 0.65  # how well a phrase must match to be enough alone: two compounds in it are too far from what it says
_SURE = {
    "acute": acute.SURE + emergencies.ALL,
    "child": children.SURE,
    "violence": violence.SURE,
    "threat": acute.THREATS,
}
_ABROAD = {
    "acute": emergencies_abroad.ACUTE,
    "child": emergencies_abroad.CHILDREN,
    "violence": emergencies_abroad.VIOLENCE,
}
_AT_HOME = ("sv", "en", "da", "no")  # messages in these are not searched for words of other languages
_SIGNS = {"acute": acute.SIGNS, "child": children.SIGNS, "violence": violence.SIGNS}
_WHO = {"child": children.WHO, "violence": violence.WHO}
_NOT = {"acute": acute.NOT, "child": children.NOT, "violence": violence.NOT, "threat": acute.NOT}
_SIGNS_NEEDED = {"acute": 3, "child": 2, "violence": 2}


@dataclass(frozen=True, slots=True)
class Alarm:
    """What kind of danger, on which words; `sure` when a whole phrase says so, else it is put together from signs."""

    topic: str
    words: tuple[str, ...]
    sure: bool


def entries() -> Iterator[Entry]:
    """Every phrase this file looks for."""
    for name, lists in (("sure", _SURE), ("abroad", _ABROAD), ("sign", _SIGNS), ("who", _WHO), ("not", _NOT)):
        for kind, phrases in lists.items():
            yield from (Entry(f"{kind}.{name}", kind, phrase) for phrase in phrases)


def _left(hits: list[Hit], cancelled: set[int], share: float) -> list[Hit]:
    """The hits whose words are, by less than the given share, part of a phrase that means something harmless."""
    return [hit for hit in hits if sum(place in cancelled for place in hit.places) < share * len(hit.places)]


def _signs(kind: str, hits: Hits, cancelled: set[int]) -> list[Hit]:
    """Signs on different words; near somebody they can be about, where the kind of danger has such a somebody."""
    signs = _left(hits.get(f"{kind}.sign", []), cancelled, 0.01)
    if kind in _WHO:
        who = _left(hits.get(f"{kind}.who", []), cancelled, 0.01)
        signs = [sign for sign in signs if near(sign, who, _NEAR)]
    apart: list[Hit] = []
    for sign in signs:
        if not set(sign.places) & places_of(apart):
            apart.append(sign)
    return apart


def find(hits: Hits, language: str | None) -> list[Alarm]:
    """Every danger the message speaks of, heaviest first; what is put together from signs only when nothing is sure."""
    cancelled = {kind: places_of(hits.get(f"{kind}.not", [])) for kind in TOPIC}
    alarms = []
    for kind, topic in TOPIC.items():
        said = hits.get(f"{kind}.sure", [])
        if language not in _AT_HOME:
            said = said + hits.get(f"{kind}.abroad", [])
        sure = _left([hit for hit in said if hit.weight >= _CLEAR], cancelled[kind], 0.5)
        if sure:
            alarms.append(Alarm(topic, words_of(sure), sure=True))
    if alarms:
        return alarms
    for kind, needed in _SIGNS_NEEDED.items():
        signs = _signs(kind, hits, cancelled[kind])
        if len(signs) >= needed:
            alarms.append(Alarm(TOPIC[kind], words_of(signs), sure=False))
    return alarms


def foremost(alarms: Sequence[Alarm], scores: Mapping[str, float]) -> Alarm | None:
    """The alarm that leads: danger to life, else the child, unless the message is far more about the violence."""
    if not alarms or alarms[0].topic == TOPIC["acute"]:
        return alarms[0] if alarms else None
    first = alarms[0]
    for other in alarms[1:]:
        if scores.get(other.topic, 0.0) > _FAR_MORE * max(scores.get(first.topic, 0.0), 1.0):
            return other
    return first

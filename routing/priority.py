"""How soon: what the topic says, raised or lowered by what the message says.

Urgent is life, health, violence, a child, no roof tonight, gushing water; high is the same day; low needs no answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from routing.danger import Alarm
from routing.facts import Reason, TopicFacts
from routing.hits import Hits, near, words_of
from routing.index import Entry, Hit
from routing.lexicon import emergencies_abroad, haste
from routing.reasons import reason
from routing.urgency import Urgency

_NEAR = 20
_LISTS = {
    "urgent": haste.URGENT + haste.FLOODING + emergencies_abroad.HOMELESS + emergencies_abroad.FLOODING,
    "urgent_person": haste.PERSON_URGENT,
    "person": haste.PERSONS,
    "high": haste.HIGH,
    "calm": haste.CALM,
    "asking": haste.ASKING,
}


def entries() -> Iterator[Entry]:
    """Every phrase this file looks for."""
    for kind, phrases in _LISTS.items():
        yield from (Entry(kind, kind, phrase) for phrase in phrases)


def _urgent(hits: Hits, likely: Collection[str]) -> list[Hit]:
    """What makes it urgent whatever the topic, what does so about a person, and what does so in a likely topic."""
    persons = hits.get("person", [])
    found = hits.get("urgent", []) + [hit for hit in hits.get("urgent_person", []) if near(hit, persons, _NEAR)]
    return found + [hit for hit in hits.get("cue", []) if hit.owner in likely]


def weigh(
    topic: TopicFacts | None, alarm: Alarm | None, hits: Hits, likely: Collection[str], sounding: Urgency | None
) -> tuple[str, Reason]:
    """The priority of the ticket and what it rests on.

    `likely` are the topics it may well have, the chosen one among them; `sounding` tells how urgent the
    whole sounds, when it does.
    """
    base = topic.priority if topic else "normal"
    urgent, calm = _urgent(hits, likely), hits.get("calm", [])
    high = [] if calm else hits.get("high", [])
    if base == "urgent" or (alarm and alarm.sure):
        level, words = "urgent", alarm.words if alarm else ()
    elif (urgent or sounding) and base != "low" and not calm:
        level, words = "urgent", words_of(urgent) or (sounding.words if sounding else ())
    elif (high or alarm) and base == "normal":
        level, words = "high", words_of(high) or (alarm.words if alarm else ())
    elif (high or urgent) and base == "low":
        level, words = "normal", words_of(high + urgent)
    elif base == "high" and hits.get("asking") and not high and not hits.get("own"):
        level, words = "normal", words_of(hits["asking"])
    else:
        level, words = base, ()
    if level == base and not words:
        return level, reason("priority_topic", priority=level)
    return level, reason("priority_words", words, priority=level)

"""Whether the content itself is sensitive: what it reveals about somebody, not what topic it has.

Health, social services, private economy, family conflict, protected identity (OSL chapters 21, 25, 26; GDPR article 9)
or a personal identity number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from routing.danger import Alarm
from routing.facts import Reason, TopicFacts
from routing.hits import Hits, words_of
from routing.index import Entry
from routing.lexicon import emergencies, private
from routing.reasons import reason

_LISTS = {
    "health": private.HEALTH + emergencies.DESPAIR,
    "social": private.SOCIAL,
    "money": private.MONEY,
    "family": private.FAMILY,
    "protected": private.PROTECTED,
    "own": private.OWN_CASE,
    "self": private.SELF,
    "role": private.ROLE,
}
_REVEALING = ("health", "social", "money", "family")
_ABOUT_PERSONS = ("child_concern", "domestic_violence")
_NUMBER = re.compile(r"(?<![\d+])(?:19|20)?(\d{2})(\d{2})(\d{2})([-+ \u00a0\u2010-\u2013\u2212]?)(\d{4})(?!\d)")


def _checked(digits: str) -> bool:
    """The check digit of a ten-digit personal identity number (Luhn, SKV 704)."""
    total = 0
    for place, digit in enumerate(digits):
        value = int(digit) * (2 - place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def has_personal_id(text: str) -> bool:
    """Whether something like a personal identity or coordination number stands in the text.

    Written with a sign it need only hold a possible date (people mistype); without one the check digit must be right,
    so that telephone and reference numbers do not count.
    """
    for match in _NUMBER.finditer(text):
        year, month, day, sign, last = match.groups()
        if not 1 <= int(month) <= 12 or not (1 <= int(day) <= 31 or 61 <= int(day) <= 91):
            continue
        if (sign and sign in "-+\u2010\u2011\u2012\u2013\u2212") or _checked(f"{year}{month}{day}{last}"):
            return True
    return False


def entries() -> Iterator[Entry]:
    """Every phrase this file looks for."""
    for kind, phrases in _LISTS.items():
        yield from (Entry(kind, kind, phrase) for phrase in phrases)


def judge(secret: TopicFacts | None, alarm: Alarm | None, hits: Hits, text: str) -> Reason | None:
    """Why the content is sensitive, or None when it is not. `secret` is the secret topic it is likely about, if any."""
    if has_personal_id(text):
        return reason("sensitive_id")
    if hits.get("protected"):
        return reason("sensitive_words", words_of(hits["protected"]))
    if alarm and alarm.topic in _ABOUT_PERSONS:
        return reason("sensitive_words", alarm.words)
    if hits.get("role"):
        return None
    revealing = [hit for kind in _REVEALING for hit in hits.get(kind, ())]
    if revealing and (hits.get("self") or hits.get("own")):
        return reason("sensitive_words", words_of(revealing))
    if secret and (hits.get("own") or not hits.get("asking")):
        return reason("sensitive_topic", words_of(hits.get("own", ())), name=secret.name)
    return None

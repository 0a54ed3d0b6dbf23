"""The wording of every reason in Swedish, as stored and given to other programs.

Pages tell a reason anew in the reader's language, from its code, names and words.
"""

from __future__ import annotations

from collections.abc import Iterable

from routing.facts import Reason

TEXTS = {
    "danger": "Det kan vara fara: {words}. Därför är ärendet brådskande och har ämnet {name}.",
    "danger_possible": "Det kan finnas tecken på {name}: {words}. Titta extra noga.",
    "danger_sentence": "En mening låter brådskande och liknar {name}: {words}.",
    "topic_words": "Ämnet {name} kändes igen på {words}.",
    "topic_likeness": "Texten liknar andra meddelanden om {name}, framför allt {words}.",
    "topic_address": "Ämnet {name} följer av adressen {address}.",
    "topic_given": "Avsändaren valde ämnet {name}.",
    "topic_candidate": "Ämnet {name} övervägdes också: {words}.",
    "topic_none": "Inget ämne kändes igen i texten.",
    "team_topic": "{team} svarar på frågor om {name}.",
    "team_address": "Meddelandet skickades till {address}, som {team} svarar på.",
    "domain_address": "Ärendet hålls i sekretessområdet för {address}, dit meddelandet skickades.",
    "domain_kept": "Ärendet hålls i det sekretessområde som texten pekade på.",
    "domain_continued": "Ärendet hålls i samma sekretessområde som det ärende som meddelandet svarar på.",
    "topic_continued": "Ämnet {name} följer av det ärende som meddelandet svarar på.",
    "office_continued": "{office} följer av det ärende som meddelandet svarar på.",
    "first_line": "Ingen svarsgrupp pekades ut, så {team} tar emot ärendet.",
    "office_visit": "Besöket sker på {office}.",
    "office_address": "Meddelandet skickades till {address}, som hör till {office}.",
    "office_given": "Avsändaren valde {office}.",
    "office_named": "{office} nämns i texten: {words}.",
    "office_place": "Avsändaren vill besöka oss i {district}: {words}.",
    "district": "Kommundelen {district} nämns: {words}.",
    "rule": "Regeln {rule} gäller.",
    "rule_considered": "Regeln {rule} gällde inte, eftersom fara går före.",
    "rule_unknown": "Regeln {rule} pekar på något som inte finns ({words}) och kunde inte följas helt.",
    "priority_topic": "Prioriteten {priority} följer av ämnet.",
    "priority_words": "Prioriteten är {priority} på grund av {words}.",
    "sensitive_id": "Texten verkar innehålla ett personnummer.",
    "sensitive_words": "Innehållet kan vara känsligt: {words}.",
    "sensitive_topic": "Innehållet kan vara känsligt: det gäller en enskild persons ärende inom {name}.",
}
SHOWN = 4

PRIORITY = {"urgent": "brådskande", "high": "hög", "normal": "normal", "low": "låg"}


def listed(words: Iterable[str]) -> str:
    """Words as people read them: orden ”uterum”, ”altan” — or ordet, when it is one."""
    shown = list(dict.fromkeys(words))[:SHOWN]
    quoted = ", ".join(f"”{word}”" for word in shown)
    return f"{'ordet' if len(shown) == 1 else 'orden'} {quoted}" if shown else "sammanhanget"


def reason(code: str, words: Iterable[str] = (), *, used: bool = True, **names: str) -> Reason:
    """The reason `code` with its names filled in; `words` are what was seen in the message.

    A name `priority` is a level (`urgent`), told by its word.
    """
    matched = tuple(dict.fromkeys(words))
    shown = names | ({"priority": PRIORITY[names["priority"]]} if "priority" in names else {})
    return Reason(code, TEXTS[code].format(words=listed(matched), **shown), matched, used, names)

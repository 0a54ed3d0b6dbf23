"""Where the quoted history of a mail begins: an own scanner over lines, linear, in the languages people write in.

Nothing is ever removed. The answer is an offset, so that a page can fold what comes after it. The rules:

1. A forwarded mail is not history: what it carries is the message. It is never folded.
2. History begins at the first of: a separator ("-----Original Message-----"), the headers that Outlook repeats
   ("Från: … Skickat: … Till: … Ämne: …"), or a line that introduces a quote ("Den … skrev Anna:", "On … wrote:").
3. Lines with `>` that run to the end are history too, without any introduction.
4. New text below lines with `>` is an answer between the lines: nothing is folded.
5. If nothing stands above the history, nothing is folded: an empty message helps nobody.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_FORWARDED = re.compile(r"\s*(?:vb|vs|vl|fw|fwd|wg|tr|rv|vidarebefordrat)\s*:", re.IGNORECASE)
_SEPARATOR = re.compile(
    r"\s*[-_]{2,}+\s*(?:ursprungligt (?:meddelande|mejl)|original (?:message|e-?mail)|reply message|"
    r"ursprüngliche nachricht|originalnachricht|alkuperäinen viesti|opprinnelig melding|oprindelig meddelelse|"
    r"original meddelelse|message d'origine|mensaje original)\s*[-_]{2,}+\s*",
    re.IGNORECASE,
)
_FROM = re.compile(r"\s*\*?(?:från|from|von|lähettäjä|fra|de|od|من)\s*:\*?\s*\S", re.IGNORECASE)
_SENT = re.compile(
    r"\s*\*?(?:skickat|datum|sent|date|gesendet|lähetetty|päivämäärä|päiväys|sendt|dato|envoyé|enviado|wysłano)\s*:",
    re.IGNORECASE,
)
_SUBJECT = re.compile(r"\s*\*?(?:ämne|subject|betreff|aihe|emne|objet|asunto|temat)\s*:", re.IGNORECASE)
_SENT_BESIDE = re.compile(r"\s(?:skickat|sent|gesendet|lähetetty|sendt)\s*:\s*\S", re.IGNORECASE)
_RULE = re.compile(r"\s*[_-]{10,}+\s*")
_VERB = re.compile(
    r"\b(?:skrev|skreiv|wrote|writes|schrieb|kirjoitti|a écrit|escribió|pisze|napisała?|napisał\(a\)|написал|napisao)"
    r"(?:\b|\B)|كتب|نوشت",
    re.IGNORECASE,
)
_OWN_STORY = re.compile(r"\b(?:skrev (?:jag|vi|ni|du|man)|(?:i|we|you) wrote|schrieb ich|ich schrieb)\b", re.IGNORECASE)
_OPENING = re.compile(r"\s*(?:(?:den|on|am|le|el|på|w dniu)\b|\d|[a-zåäöśł]{2,9}\.?,? (?:den )?\d)", re.IGNORECASE)
_TIME = re.compile(r"\b\d{1,2}[.:]\d{2}\b")
_DATE = re.compile(r"\b(?:19|20)\d{2}\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2}\b")
_SIGNATURE = re.compile(
    r"\s*(?:--|_{5,}.*|-{5,}.*|(?:skickat från|sent from|von meinem|lähetetty|sendt fra|(?:get|hämta) outlook).*)\s*",
    re.IGNORECASE,
)
_MAX_LINE = 400  # characters of a line that are looked at
_MAX_TRIES = 500  # lines that look like a beginning; real mail has a handful


def find_history(text: str, subject: str = "") -> int | None:
    """The offset in `text` where the quoted history begins, None when there is none to fold."""
    if _FORWARDED.match(subject):
        return None
    lines = text.split("\n")
    introduction = _introduction(lines)
    if introduction is None:
        start = _trailing_quote(lines)
    else:
        start = None if _answered_below(lines, introduction[1]) else introduction[0]
    if start is None or not any(map(str.strip, lines[:start])):
        return None
    return sum(map(len, lines[:start])) + start


def _introduction(lines: Sequence[str]) -> tuple[int, int] | None:
    """First line of what introduces the history, and first line after it."""
    tries = 0
    for number, line in enumerate(lines):
        if not line or (line.startswith(">") and line.rstrip() != ">:"):
            continue
        line = line[: _MAX_LINE + 1]
        if _SEPARATOR.fullmatch(line):
            return number, number + 1
        is_from = _FROM.match(line)
        if is_from or line.rstrip().endswith(":"):
            tries += 1
            if tries > _MAX_TRIES:
                return None
            if is_from and _is_header_block(lines, number):
                return _rule_above(lines, number), number + 1
            start = None if is_from else _attribution(lines, number)
            if start is not None:
                return start, number + 1
    return None


def _is_header_block(lines: Sequence[str], number: int) -> bool:
    if _SENT_BESIDE.search(lines[number][:_MAX_LINE]):
        return True
    near = [line[:_MAX_LINE] for line in lines[number + 1 : number + 12] if line.strip()]
    return any(map(_SENT.match, near)) and any(map(_SUBJECT.match, near))


def _rule_above(lines: Sequence[str], number: int) -> int:
    """The rule that Outlook draws above its headers belongs to the history."""
    for above in range(number - 1, max(-1, number - 3), -1):
        if _RULE.fullmatch(lines[above][:_MAX_LINE]):
            return above
        if lines[above].strip():
            break
    return number


def _attribution(lines: Sequence[str], end: int) -> int | None:
    """The first line of "Den … skrev Anna:" when it ends with line `end`; programs break it over up to three lines."""
    for start in range(end, max(-1, end - 3), -1):
        if not lines[start].strip():
            break
        joined = " ".join(line.strip() for line in lines[start : end + 1])
        if len(joined) > _MAX_LINE:
            break
        if _OPENING.match(joined) and _VERB.search(joined):
            return start if _is_sure(lines, joined, end) else None
    if _VERB.search(lines[end]) and _is_sure(lines, lines[end], end):
        return end  # "Anna Ek <anna@example.se> skrev:"
    return None


def _is_sure(lines: Sequence[str], joined: str, end: int) -> bool:
    """An address, a date with a time, or a quote right below: people write "skrev min granne:" in their own words."""
    if _OWN_STORY.search(joined):
        return False
    if "@" in joined or (_DATE.search(joined) and _TIME.search(joined)):
        return True
    return _next_line(lines, end + 1).startswith(">")


def _next_line(lines: Sequence[str], number: int) -> str:
    return next((line for line in lines[number : number + 4] if line.strip()), "")


def _answered_below(lines: Sequence[str], after: int) -> bool:
    """Whether a quote marked with `>` is followed by words of the writer's own."""
    if not _next_line(lines, after).startswith(">"):
        return False
    seen = False
    for line in lines[after:]:
        if line.startswith(">"):
            seen = True
        elif seen and _SIGNATURE.fullmatch(line[:_MAX_LINE]):
            return False
        elif seen and line.strip():
            return True
    return False


def _trailing_quote(lines: Sequence[str]) -> int | None:
    """The first of the lines with `>` that end the mail, when there are no others further up."""
    first = next((number for number, line in enumerate(lines) if line.startswith(">")), None)
    if first is None or _answered_below(lines, first):
        return None
    return first

"""Where the quoted history of a mail begins: an own scanner over lines, linear, in the languages people write in.

Nothing is ever removed. The answer is an offset, so that a page can fold what comes after it. The rules:

1. A mail that answers nothing has no history: what it quotes is what it wants to say.
2. A forwarded mail is not history: what it carries is the message. It is never folded.
3. History begins at the first of: a separator ("-----Original Message-----"), the headers that Outlook repeats
   ("Från: … Skickat: … Till: … Ämne: …"), or a line that introduces a quote ("Den … skrev Anna:", "On … wrote:").
4. Lines with `>` that run to the end are history too, without any introduction but the writer's own.
5. New text below lines with `>` is an answer between the lines, and who says "mina svar i rött" has written into the
   history: nothing is folded.
6. If nothing stands above the history, nothing is folded: an empty message helps nobody.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from channels.email.signatures import is_signature

_ANSWER = re.compile(
    r"\s*(?:re|sv|vs|aw|antw|ang|svar|odp|ynt|rép?|rif|ref|відп|отв)\s*(?:[\[(]\d{1,3}[\])])?\s*:", re.IGNORECASE
)
_FORWARDED = re.compile(r"\s*(?:vb|vs|vl|fw|fwd|wg|tr|rv|vidarebefordrat)\s*:", re.IGNORECASE)
_FINNISH_ANSWER = re.compile(r"\s*vs\s*:", re.IGNORECASE)  # vastaus; to Norwegians it is videresendt
_FINNISH = re.compile(r"\bkirjoitti\b|lähettäjä|alkuperäinen", re.IGNORECASE)
_FORWARD_LINE = re.compile(
    r"\s*(?:[-_]{2,}+\s*)?(?:(?:påbörjat |början av )?vidarebefordra(?:t|de) (?:meddelandet?|brevet?|mejl|mail)|"
    r"(?:begin )?forwarded (?:message|e-?mail)|(?:anfang der )?weitergeleiteten? (?:nachricht|e-?mail)|"
    r"(?:alkaa )?välitetty viesti|(?:start på |begynnelse på )?videresendt (?:melding|meddelelse|besked|e-?post)|"
    r"message transféré|mensaje reenviado)\s*(?:[-_]{2,}+|:)\s*",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(
    r"\s*[-_]{2,}+\s*(?:ursprungligt (?:meddelande|mejl|mail)|originalmeddelande|original (?:message|e-?mail)|"
    r"reply message|ursprüngliche nachricht|original(?:nachricht|melding|besked)|alkuperäinen viesti|"
    r"alkuperäisen viestin|alkuperäinen sähköposti|opprinnelig melding|"
    r"oprindelig (?:meddelelse|besked)|original meddelelse|message d'origine|mensaje original|початкове повідомлення)"
    r"\s*[-_]{2,}+\s*",
    re.IGNORECASE,
)
_FROM = re.compile(r"\s*\*{0,2}(?:från|from|von|lähettäjä|fra|de|od|van|від|от|من)\s*:\*{0,2}\s*\S", re.IGNORECASE)
_SENT = re.compile(
    r"\s*\*{0,2}(?:skickat|datum|sent|date|gesendet|lähetetty|päivämäärä|päiväys|sendt|dato|envoyé|enviado|wysłano|"
    r"verzonden|надіслано|дата|отправлено|تاريخ الإرسال|التاريخ)\s*:",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"\s*\*{0,2}(?:ämne|subject|betreff|aihe|emne|objet|asunto|temat|onderwerp|тема|الموضوع)\s*:", re.IGNORECASE
)
_TO = re.compile(r"\s*\*{0,2}(?:till|to|an|vastaanottaja|til|kopia|cc|kopi|kopio|кому|إلى)\s*:", re.IGNORECASE)
_WROTE_IN_DASHES = re.compile(r"\s*-{3,}+[^\n]{1,200}\b(?:skrev|wrote|schrieb|kirjoitti)\s?:\s?-{3,}\s*", re.IGNORECASE)
_SENT_BESIDE = re.compile(r"\s(?:skickat|sent|gesendet|lähetetty|sendt)\s*:\s*\S", re.IGNORECASE)
_RULE = re.compile(r"\s*[_-]{10,}+\s*")
_VERB = re.compile(
    r"\b(?:skrev|skreiv|wrote|writes|schrieb|kirjoitti|a écrit|escribió|pisze|napisała?|napisał\(a\)|пише|написала?|"
    r"написав|пишет|schreef|ha scritto|yazdı|kirjutas|napisao)(?:\b|\B)|كتبت?|كتابة|نوشت",
    re.IGNORECASE,
)
_OWN_STORY = re.compile(  # a program puts a name or a date beside the verb, and nothing else
    r"\b(?:skrev|skreiv) (?:jag|vi|ni|du|man|han|hon|det|någon|att|till|om|i|på|så|hur|när|vad|som|min|mina|mitt|er|"
    r"era|ert|din|dina|ditt|vår|våra|en|ett|följande|bland|tidigare|också|bara)\b|"
    r"\b(?:min|mitt|mina|er|ert|era|din|vår|våra|hans|hennes|deras) \w{1,40} skrev\b|"
    r"\b(?:i|we|you|they|he|she|(?:my|our|your|his|her|their) \w{1,40}) wrote\b|"
    r"\bwrote (?:to|that|in|about|me|us|how)\b|\b(?:ich schrieb|schrieb (?:ich|wir|er|sie|mir|uns|dass|an))\b|"
    r"\bkirjoitti (?:minulle|meille|että)\b",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"\s*(?:(?:den|on|am|le|el|på|w dniu|op|il giorno|في)\b|[^\W\d_]{2,9}\.?,? (?:den )?\d)", re.IGNORECASE
)
_NUMBER = re.compile(r"\s*\d")
_TIME = re.compile(r"\b\d{1,2}[.:]\d{2}\b")
_DATE = re.compile(r"\b(?:19|20)\d{2}\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2}\b")
_INSIDE = re.compile(
    r"\b(?:svar(?:en|et|ar|at|ade)?|kommentar(?:er|erna)?|kommenterat|skrivit|fyllt i)\b[^\n.?!]{0,60}?"
    r"(?:\b(?:i|med) (?:rött|rödt|röd|blått|blå|grönt|grön|färg|fetstil|fet stil|kursiv)|\bnedan|\bmellan raderna|"
    r"\b(?:i|inne i|inuti|direkt i) (?:texten|mejlet|mailet|brevet|meddelandet|"
    r"(?:din|er|ditt|ert|era|dina) (?:text|mejl|mail|brev|frågor))|"
    r"\b(?:under|efter|vid) (?:varje|respektive) (?:fråga|punkt)|\b(?:i rødt|med rødt|nedenfor))\b"
    r"|\b(?:answers?|answered|repl(?:y|ies|ied)|comments?|responses?)\b[^\n.?!]{0,40}?"
    r"\b(?:in (?:red|blue|green|bold|line|the text)|inline|below)\b|\bsee in-?line\b"
    r"|\bantwort(?:en)?\b[^\n.?!]{0,40}?\b(?:rot|unten|im text)\b"
    r"|\bvasta(?:us|ukset|ukseni|sin)\b[^\n.?!]{0,40}?\b(?:punaisella|alla|alle|tekstissä|tekstin)\b",
    re.IGNORECASE,
)
_LAST_WORDS = 3_000  # characters above the history in which the writer says where the answers are
_MARKS = (">", " >")
_MAX_LINE = 400  # characters of a line that are looked at
_MAX_TRIES = 500  # lines that look like a beginning; real mail has a handful
_HEADERS = 12  # lines of headers that programs repeat


def is_answer(subject: str) -> bool:
    """Whether a subject begins as answers do ("SV:", "Re:")."""
    return bool(_ANSWER.match(subject))


def find_history(text: str, subject: str = "", answers: bool = True) -> int | None:
    """The offset in `text` where the quoted history begins, None when there is none to fold.

    `answers` tells whether the mail answers another, as its headers or its subject say.
    """
    if not answers:
        return None
    lines = text.split("\n")
    introduction = _introduction(lines)
    if _is_forwarded(lines, introduction, subject):
        return None
    if introduction is None:
        start = _trailing_quote(lines)
    else:
        start = None if _answered_below(lines, introduction[1]) else introduction[0]
    if start is None or not any(map(str.strip, lines[:start])):
        return None
    offset = sum(map(len, lines[:start])) + start
    return None if _INSIDE.search(text, max(0, offset - _LAST_WORDS), offset) else offset


def own_words(text: str) -> str:
    """What the writer says above all that is quoted or forwarded, folded or not; all of it when that is nothing."""
    lines = text.split("\n")
    introduction = _introduction(lines)
    above = lines[: introduction[0]] if introduction else lines
    own = "\n".join(
        line for line in above if not line.startswith(_MARKS) and not _FORWARD_LINE.fullmatch(line[:_MAX_LINE])
    )
    return own if own.strip() else text


def _is_forwarded(lines: Sequence[str], introduction: tuple[int, int] | None, subject: str) -> bool:
    if _FORWARDED.match(subject):
        above = lines[introduction[0] : introduction[0] + 3] if introduction else []
        return not (_FINNISH_ANSWER.match(subject) and _FINNISH.search("\n".join(above)))
    end = introduction[0] if introduction else len(lines)
    return any(map(_FORWARD_LINE.fullmatch, (line[:_MAX_LINE] for line in lines[:end])))


def _introduction(lines: Sequence[str]) -> tuple[int, int] | None:
    """First line of what introduces the history, and first line after it."""
    tries = 0
    for number, line in enumerate(lines):
        if not line or (line.startswith(_MARKS) and line.rstrip() != ">:"):
            continue
        line = line[: _MAX_LINE + 1]
        if _SEPARATOR.fullmatch(line):
            return number, _after_headers(lines, number + 1)
        is_from = _FROM.match(line)
        if is_from or line.rstrip().endswith(":"):
            tries += 1
            if tries > _MAX_TRIES:
                return None
            if is_from and _is_header_block(lines, number):
                return _rule_above(lines, number), _after_headers(lines, number)
            start = None if is_from else _attribution(lines, number)
            if start is not None:
                return start, number + 1
    return None


def _after_headers(lines: Sequence[str], number: int) -> int:
    """The empty line that ends the headers which begin at line `number`."""
    for end in range(number, min(number + _HEADERS, len(lines))):
        if not lines[end].strip():
            return end
    return number


def _is_header_block(lines: Sequence[str], number: int) -> bool:
    if _SENT_BESIDE.search(lines[number][:_MAX_LINE]):
        return True
    top = _top_of_headers(lines, number)
    near = [line[:_MAX_LINE] for line in (*lines[top:number], *lines[number + 1 : number + _HEADERS]) if line.strip()]
    sent = [line for line in near if _SENT.match(line)]
    is_sure = "@" in lines[number] + "".join(near) or any(map(_TIME.search, sent))  # people make lists with such labels
    return bool(sent) and is_sure and any(map(_SUBJECT.match, near))


def _top_of_headers(lines: Sequence[str], number: int) -> int:
    """The first of the header lines around the one that says from whom; some programs put others above it."""
    for above in range(number - 1, max(-1, number - 5), -1):
        if not any(label.match(lines[above][:_MAX_LINE]) for label in (_TO, _SENT, _SUBJECT)):
            return above + 1
    return max(0, number - 4)


def _rule_above(lines: Sequence[str], number: int) -> int:
    """The rule that Outlook draws above its headers, or Notes' line with a name, belongs to the history."""
    number = _top_of_headers(lines, number)
    for above in range(number - 1, max(-1, number - 3), -1):
        if _RULE.fullmatch(lines[above][:_MAX_LINE]) or _WROTE_IN_DASHES.fullmatch(lines[above][:_MAX_LINE]):
            return above
        if lines[above].strip():
            break
    return number


def _attribution(lines: Sequence[str], end: int) -> int | None:
    """The first line of "Den … skrev Anna:" when it ends with line `end`; programs break it over up to three lines."""
    found = None
    for start in range(end, max(-1, end - 3), -1):
        if not lines[start].strip():
            break
        joined = " ".join(line[: _MAX_LINE + 1].strip() for line in lines[start : end + 1])
        if len(joined) > _MAX_LINE:
            break
        if _OPENING.match(joined) and _VERB.search(joined):
            return start if _is_sure(lines, joined, end) else None
        if found is None and _NUMBER.match(joined) and _VERB.search(joined) and _is_sure(lines, joined, end):
            found = start  # "19 nov. 2026 kl. 10:12 skrev …", unless the line above begins it
    last = lines[end][: _MAX_LINE + 1]
    if found is None and _VERB.search(last) and _is_sure(lines, last, end):
        return end  # "Anna Ek <anna@example.se> skrev:"
    return found


def _is_sure(lines: Sequence[str], joined: str, end: int) -> bool:
    """An address, a date with a time, or a quote right below: people write "skrev min granne:" in their own words."""
    if _OWN_STORY.search(joined):
        return False
    if "@" in joined or (_DATE.search(joined) and _TIME.search(joined)):
        return True
    return _next_line(lines, end + 1, 4).startswith(_MARKS)


def _next_line(lines: Sequence[str], number: int, within: int) -> str:
    return next((line for line in islice(lines, number, number + within) if line.strip()), "")


def _answered_below(lines: Sequence[str], after: int) -> bool:
    """Whether a quote marked with `>` is followed by words of the writer's own, which are more than a signature."""
    if not _next_line(lines, after, len(lines)).startswith(_MARKS):
        return False
    first = next(number for number in range(after, len(lines)) if lines[number].startswith(_MARKS))
    last = next(number for number in range(len(lines) - 1, -1, -1) if lines[number].startswith(_MARKS))
    if any(line.strip() and not line.startswith(_MARKS) for line in lines[first:last]):
        return True
    below = lines[last + 1 :]
    return any(map(str.strip, below)) and not is_signature(below)


def _trailing_quote(lines: Sequence[str]) -> int | None:
    """The first of the lines with `>` that end the mail, when there are no others further up.

    "I lagen står det:" above it is an introduction of the writer's own.
    """
    first = next((number for number, line in enumerate(lines) if line.startswith(_MARKS)), None)
    if first is None or _answered_below(lines, first):
        return None
    above = next((line for line in reversed(lines[max(0, first - 3) : first]) if line.strip()), "")[-_MAX_LINE:]
    if above.rstrip().endswith(":") and not ("@" in above or _DATE.search(above) or _TIME.search(above)):
        return None
    return first

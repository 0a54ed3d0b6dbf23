"""Where the writer's signature begins: the line `-- ` (RFC 3676 §4.3), what a telephone adds, a PGP signature.

A signature is short. What follows `-- ` at length, or asks something, is an answer that somebody wrote below it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_DASHES = re.compile(r"\s{0,3}(?:--|—)\s{0,3}")
_DEVICE = (
    r"(?:iphone|ipad|ios|mac|android|galaxy|samsung|huawei|xperia|pixel|mobil\w{0,12}|telefon\w{0,8}|smartphone|phone|"
    r"handy|puhelim\w{0,6}|surfplatta|dator|outlook|mail|e-post|gmail|yahoo|proton|windows|app|айфон\w?|الآيفون)"
)
_TELEPHONE = re.compile(  # a few words, a device or program, a few words: more than that is a sentence
    r"\s{0,3}[*_]?(?:(?:skickat|sänt) (?:från|(?:med|via)(?! (?:e-?post|mejl|mail|telefon|post)))|"
    r"sent (?:from|with|via)|(?:get|hämta|skaffa|hanki|hent|last ned)"
    r"(?= (?:outlook|yahoo|bluemail|spark|mail|e-?post) \w)|"
    r"von|gesendet (?:von|mit)|lähetetty|sendt (?:fra|med)|envoyé (?:de|depuis)|enviado desde|надіслано з|"
    r"отправлено с|أرسلت? من|تم الإرسال من|wysłane z)"
    rf"(?:\s[^\s?]{{1,30}}){{0,3}}\s{_DEVICE}[-\w]{{0,15}}[.*_]?(?:\s?<[^\s<>]{{1,300}}>|\s[^\s?]{{1,80}}){{0,3}}\s*",
    re.IGNORECASE,
)
_RULE = re.compile(r"\s{0,3}[_-]{5,}\s{0,3}")
_FOOTER = re.compile(
    r"https?://|www\.|\S@\S|\b(?:mailing list|e-postlista|avprenumer|unsubscribe|virus)", re.IGNORECASE
)
_PGP = "-----BEGIN PGP SIGNATURE-----"
_LABEL = (
    r"(?:(?:tel|telefon|tfn|mobil|mob|phone|mobile|puh|växel|direkt|fax|e-?post|e-?mail|mejl|mail|webb?)"
    r"[.:]{0,2}\s{0,3})?"
)
_TOWN = r"(?:(?:SE|S|se)-)?[1-9]\d\d ?\d\d {1,2}[A-ZÅÄÖ][a-zåäöéüA-ZÅÄÖ-]{1,30}(?: [A-ZÅÄÖ][a-zåäöéü-]{1,30})?"
_STREET = (
    r"[A-ZÅÄÖ][a-zåäöéü]{0,30}(?: ?[A-ZÅÄÖa-zåäöéü]{1,30})?(?:gatan|gata|vägen|väg|gränd|gränden|stigen|stig|torget"
    r"|torg|backen|allén|allé|plan|platsen|leden|kajen|esplanaden) \d{1,4} ?[A-Za-z]?"
)
_CONTACT = (  # one of them is all of a line, or of a part of it between commas
    re.compile(rf"{_LABEL}(?:\+|0)(?:[ ()/-]{{0,2}}\d){{7,14}}", re.IGNORECASE),
    re.compile(rf"{_LABEL}<?(?:mailto:)?[^\s<>@,;?]{{1,64}}@[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{1,8}}>?", re.IGNORECASE),
    re.compile(rf"{_LABEL}(?:https?://|www\.)[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{1,8}}/?", re.IGNORECASE),
    re.compile(_TOWN),
    re.compile(_STREET),
    re.compile(r"[-–—_*=~.]{0,100}"),
)
_MOST_LINES = 10
_LONGEST = 100  # characters of a line
_LONGEST_TELEPHONE = 500  # with the address of an app
_TAIL = 30  # lines that are looked at


def find_signature(text: str, end: int | None) -> int | None:
    """The offset where the signature at the end of `text[:end]` begins, None when there is none or nothing above it."""
    own = (text if end is None else text[:end]).rstrip()
    lines = own.split("\n")
    for count in range(min(len(lines) - 1, _TAIL), 0, -1):
        tail = lines[-count:]
        if tail[0].strip() and is_signature(tail) and any(map(str.strip, lines[:-count])):
            return sum(map(len, lines[:-count])) + len(lines) - count
    return None


def is_signature(lines: Sequence[str]) -> bool:
    """Whether all of `lines`, which end a text, are a signature or what a mailing list puts below."""
    filled = [line for line in lines if line.strip()]
    if not filled:
        return False
    if filled[0].rstrip() == _PGP:
        return True
    if len(filled) <= 3 and all(_TELEPHONE.fullmatch(line[:_LONGEST_TELEPHONE]) for line in filled):
        return True
    if len(filled) > _MOST_LINES + 1 or any(len(line) > _LONGEST for line in filled[1:]):
        return False
    if _DASHES.fullmatch(filled[0]):
        return not any(line.rstrip().endswith("?") for line in filled)
    if _RULE.fullmatch(filled[0]):
        return len(filled) > 1 and any(map(_FOOTER.search, filled[1:]))
    return False


def tells_how_to_reach(part: str) -> bool:
    """Whether a line of a signature, or what stands between its commas, is a telephone number, an address of mail, web
    or post, a rule, or what a telephone adds: it says nothing else. A title or an organisation is not known to.
    """
    part = part.strip()
    if len(part) > _LONGEST_TELEPHONE:
        return False
    return any(pattern.fullmatch(part) for pattern in (*_CONTACT, _TELEPHONE))

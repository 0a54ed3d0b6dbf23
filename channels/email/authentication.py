"""What a mail server before us found out about the sender: `Authentication-Results` (RFC 8601), read and weighed.

Anybody can write such a line. Whoever reads a verdict must know the name (authserv-id) of the server that is believed,
and only the topmost line with that name is its: servers put theirs on top (§5), what lies lower came with the mail.

The verdict is about the domain of the From line alone, as DMARC's is (RFC 7489 §3.1), never about the name beside it:

1. DMARC said pass or fail of that domain: so it is.
2. Otherwise a DKIM signature or SPF that passed, of that domain or of one above or below it, is a pass.
3. Everything else says nothing. SPF and DKIM fail for honest mail too, which was sent on by others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from channels.email.addresses import with_letters

PASS, FAIL = "pass", "fail"
NOBODYS = "@"
"""A value that is told and says nothing: where it stands, no other is looked for."""
MAX_LINES = 20
MAX_RESULTS = 100
_TOKEN = re.compile(
    r"\"(?P<quoted>(?:[^\"\\]|\\.)*+)\"?|(?P<open>\()|(?P<end>;)|(?P<equals>=)|(?P<word>[^\s\"();=]++)|(?P<other>[)])",
    re.DOTALL,
)
_PARENTHESIS = re.compile(r"\\.|[()]", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_VERSION = re.compile(r"[0-9]{1,4}")
_DOMAIN = re.compile(r"[^\s@<>\"]{1,253}")


@dataclass(frozen=True, slots=True)
class Result:
    """One `resinfo`: a method, how it ended, and its properties by name (`header.from`), all in lower case."""

    method: str
    result: str
    properties: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One line: who wrote it, empty where no name stands (Microsoft 365), and what it says."""

    server: str
    results: tuple[Result, ...]


def attested(values: Sequence[str], sender: str) -> tuple[tuple[str, str], ...]:
    """The verdict on `sender` of each line, from the top down: the server's name, and `pass`, `fail` or nothing."""
    lines = (read_line(value) for value in values[:MAX_LINES])
    return tuple((line.server, _weighed(line.results, sender)) for line in lines)


def verdict(found: Iterable[tuple[str, str]], trusted: Sequence[str]) -> str:
    """`pass`, `fail` or nothing: what the topmost line says that one of the `trusted` servers wrote."""
    names = {name.strip().rstrip(".").lower() for name in trusted}
    return next((said for server, said in found if server in names), "")


def in_one_organisation(one: str, other: str) -> bool:
    """Whether two addresses are of one domain, or one of a domain below the other's."""
    return _is_aligned(_domain(one), _domain(other))


def read_line(value: str) -> Line:
    """One value of the field, leniently: what makes no sense is passed over, what stands in it twice is there twice.

    A comment or quote that never ends takes the rest of the line with it, which so says nothing.
    """
    first, *others = _items(value)
    is_named = "=" not in first
    head = [word for word in first if not _VERSION.fullmatch(word)] if is_named else []
    infos = others if is_named else [first, *others]
    results = (_result(words) for words in infos)
    return Line(head[0].rstrip(".").lower() if head else "", tuple(found for found in results if found is not None))


def _items(value: str) -> list[list[str]]:
    """The words between semicolons, without comments; the name of a method loses its version (`dkim/1`)."""
    items: list[list[str]] = [[]]
    for kind, text in _tokens(value):
        if kind == "end":
            if len(items) > MAX_RESULTS:
                break
            items.append([])
        else:
            items[-1].append(text)
    return items


def _tokens(value: str) -> Iterator[tuple[str, str]]:
    """Kinds and texts. What is quoted and what is not are one word where nothing stands between: `"anna ek"@evil.se`
    is one value (RFC 8601 §2.2), whose domain is what stands last.
    """
    position, word, joined = 0, "", -1
    while found := _TOKEN.search(value, position):
        kind = str(found.lastgroup)
        is_word = kind in ("word", "quoted")
        if joined >= 0 and not (is_word and found.start() == joined):
            yield "word", word
            word, joined = "", -1
        position = found.end()
        if is_word:
            word += found["word"] or _ESCAPE.sub(r"\1", found["quoted"] or "")
            joined = position
        elif kind == "open":
            position = _end_of_comment(value, found.start())
        elif kind != "other":
            yield kind, found[kind]
    if joined >= 0:
        yield "word", word


def _end_of_comment(value: str, start: int) -> int:
    depth = 0
    for found in _PARENTHESIS.finditer(value, start):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth == 0:
            return found.end()
    return len(value)


def _result(words: list[str]) -> Result | None:
    """`method = result`, then `reason = …` and `ptype.property = value`, in any order, with other words between."""
    if len(words) < 3 or words[1] != "=" or "=" in (words[0], words[2]):
        return None
    properties: dict[str, str] = {}
    for place, word in enumerate(words[:-1]):
        if word == "=" and place > 1 and "=" not in (words[place - 2], words[place - 1], words[place + 1]):
            # the first holds: what follows may be what a stranger wrote
            properties.setdefault(words[place - 1].lower(), _value(words, place + 1))
    return Result(words[0].lower().partition("/")[0], words[2].lower(), properties)


def _value(words: list[str], place: int) -> str:
    """The value at `place`, or what is nobody's domain when it goes on after it: a stranger chooses the beginning of
    an address, `="anna@example.se" @evil.se` as well as `=example.se=anna@evil.se` (RFC 5322 §3.2.3 and §3.4.1).
    """
    after = words[place + 1 : place + 3]
    is_whole = not after or (after[0] != "=" and after[1:] == ["="])
    return words[place].lower() if is_whole else NOBODYS


def _weighed(results: Sequence[Result], sender: str) -> str:
    domain = _domain(sender)
    if not domain or "@" not in sender:
        return ""
    about = [result for result in results if result.method == "dmarc"]
    if any(_is_of_another(result, domain) for result in about):
        return ""
    said = {result.result for result in about}
    if FAIL in said:
        return FAIL
    if said == {PASS}:
        return PASS
    vouched = (_vouching(result) for result in results if result.result == PASS)
    return PASS if any(_is_aligned(other, domain) for other in vouched) else ""


def _is_of_another(result: Result, domain: str) -> bool:
    """Whether the server looked at another From than we do: then what it says is not about this sender."""
    told = result.properties.get("header.from", "")
    return bool(told) and _domain(told) != domain


def _vouching(result: Result) -> str:
    """The domain that a passed check is about. SPF of the greeting alone (`smtp.helo`) is not about the sender."""
    if result.method == "dkim":
        return _domain(result.properties.get("header.d") or result.properties.get("header.i", ""))
    return _domain(result.properties.get("smtp.mailfrom", "")) if result.method == "spf" else ""


def _is_aligned(one: str, other: str) -> bool:
    """The same domain, or one below the other where that has two parts or more; without a list of public suffixes
    two siblings are not (RFC 7489 §3.1 lets them be where they have one organisation above them).
    """
    shorter, longer = sorted((one, other), key=len)
    return bool(shorter) and (one == other or ("." in shorter and longer.endswith(f".{shorter}")))


def _domain(value: str) -> str:
    """The domain of an address, or a domain alone, in its one form; empty when it is none."""
    told = value.strip().rpartition("@")[2].strip("<>").rstrip(".").lower()
    return with_letters(f"x@{told}")[2:] if _DOMAIN.fullmatch(told) else ""

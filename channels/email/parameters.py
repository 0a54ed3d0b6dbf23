"""Values with parameters (`text/plain; charset=utf-8`), RFC 2045 §5.1 and RFC 2231, read leniently in linear time."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from channels.email import charset
from channels.email.words import decode_words

_QUOTED = r"\"(?:[^\"\\]|\\.|\"(?!\s*(?:;|\Z|[^\s=;\"]{1,80}\s?=)))*+\"?"  # a quote within quotes is not its end
_PARAMETER = re.compile(rf"(?:;|(?<=\")\s)\s*+([^\s=;\"]{{1,80}})\s*+=\s*+({_QUOTED}|[^;]*+)", re.DOTALL)
_END_OF_HEAD = re.compile(r"[\s;,(]")  # "text/html charset=utf-8", "text/html (comment)" and the like are sent too
_ESCAPE = re.compile(r"\\([\"\\])")  # only these: `C:\Users\anna` is written as it is
_MAX_PARAMETERS = 200


def read_parameters(value: str) -> tuple[str, dict[str, str]]:
    """The lower-case word that comes first, and the parameters by lower-case name, decoded.

    Of a parameter given twice the first one holds, as in most mail programs.
    """
    value = value.strip()
    end = found.start() if (found := _END_OF_HEAD.search(value)) else len(value)
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for count, found in enumerate(_PARAMETER.finditer(";" + value[end:].lstrip(", \t"))):
        if count == _MAX_PARAMETERS:
            break
        name, text = found[1].lower(), _unquote(found[2])
        stem, star, tail = name.partition("*")
        if not star:
            plain.setdefault(name, decode_words(text) if "=?" in text else text)
            continue
        number = tail.rstrip("*")
        if number == "" or (number.isascii() and number.isdigit() and len(number) < 4):
            pieces.setdefault(stem, {}).setdefault(int(number or 0), (text, tail.endswith("*") or tail == ""))
    for stem, numbered in pieces.items():
        plain[stem] = _join(numbered)
    return value[:end].lower(), plain


def _unquote(text: str) -> str:
    if text.startswith('"'):
        return _ESCAPE.sub(r"\1", text[1:].removesuffix('"'))
    return text.strip()


def _join(numbered: dict[int, tuple[str, bool]]) -> str:
    """RFC 2231 §3–4: pieces in order; the first encoded piece names the character set."""
    declared = ""
    data = bytearray()
    for place, number in enumerate(sorted(numbered)):
        text, encoded = numbered[number]
        if encoded and place == 0 and text.count("'") >= 2:
            declared, _, text = text.split("'", 2)
        data += unquote_to_bytes(text) if encoded else text.encode("utf-8", "replace")
    return charset.decode(bytes(data), declared)
